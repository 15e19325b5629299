"""The folder of one process: for its user alone, and gone with it, however it goes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.ages import Ages
from core.folder import FolderError, OwnFolder
from core.paths import ROOT

HOLD = """
import sys, time
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from core.folder import OwnFolder
folder = OwnFolder(Path(sys.argv[2]))
(folder.path / "photo.jpg").write_text("of somebody")
print(folder.path, flush=True)
time.sleep(60)
"""


def hold(base):
    """A process that has a folder there, and the folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(ROOT), str(base)], stdout=subprocess.PIPE, text=True
    )
    return process, Path(process.stdout.readline().strip())


def test_a_folder_is_for_its_user_alone_and_goes_with_all_that_is_in_it(tmp_path):
    folder = OwnFolder(tmp_path / "deep" / "er")
    assert folder.path.parent == tmp_path / "deep" / "er"
    assert folder.path.stat().st_mode & 0o777 == 0o700
    (folder.path / "a").mkdir()
    (folder.path / "a" / "photo.jpg").write_text("of somebody")
    folder.remove()
    assert list((tmp_path / "deep" / "er").iterdir()) == []


def test_two_have_each_their_own_and_what_a_killed_one_left_is_removed(tmp_path):
    (tmp_path / "lectern-others").mkdir()  # without a lock: none of ours
    (tmp_path / "foreign").write_text("")
    living, of_living = hold(tmp_path)
    killed, of_killed = hold(tmp_path)
    try:
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert (of_killed / "photo.jpg").exists()
        mine = OwnFolder(tmp_path)
        assert not of_killed.exists()
        assert (of_living / "photo.jpg").exists()
        mine.remove()
    finally:
        living.kill()
        living.wait()
    names = {path.name for path in tmp_path.iterdir() if path.suffix != ".lock"}
    assert names == {"lectern-others", "foreign", of_living.name}


def test_a_link_in_its_place_is_not_followed_when_it_is_removed(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("")
    base = tmp_path / "base"
    base.mkdir()
    (base / "lectern-link").symlink_to(elsewhere)
    (base / "lectern-link.lock").write_text("")
    OwnFolder(base).remove()
    assert (elsewhere / "kept").exists()


@pytest.mark.parametrize("base", ["/proc/nowhere", "file/below"])
def test_a_place_where_nothing_can_be_kept_is_one_sentence(tmp_path, base):
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderError) as told:
        OwnFolder(tmp_path / base)
    said = str(told.value)
    assert said.startswith(f"Temporary files cannot be kept in {tmp_path / base} (")
    assert said.endswith("GRADIO_TEMP_DIR=/path/to/folder")
    assert "\n" not in said


def test_the_age_of_a_file_is_counted_from_when_it_was_first_seen_as_it_is(tmp_path):
    now = [100.0]
    ages = Ages(lambda: now[0])
    file = tmp_path / "a"
    file.write_text("1")
    os.utime(file, (0, 0))  # the disk's own times mean nothing
    assert ages.of(file) == 0
    now[0] += 50
    assert ages.of(file) == 50
    os.utime(file)  # somebody looked at it
    assert ages.of(file) == 0
    file.unlink()
    with pytest.raises(FileNotFoundError):
        ages.of(file)
