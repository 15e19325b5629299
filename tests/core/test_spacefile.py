"""The Spacefile is load-bearing: what is wrong in it stops the start, in one sentence."""

import re
import subprocess
import sys

import pytest

from core.door import Door
from core.errors import SpacefileError
from core.paths import ROOT
from core.spacefile import read_spacefile

SHIPPED = (ROOT / "Spacefile").read_text(encoding="utf-8")


def test_the_shipped_file_names_the_pocket_bert(space):
    bert = space.checkpoints[0]
    assert (bert.name, bert.tier, bert.layers, bert.heads) == ("pocket-bert", "pocket", 6, 12)
    assert space.limits.attention_tokens == 128


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("[space]", "[spcae]", r"Spacefile: spcae is unknown; remove it, or use one of"),
        ('title = "Lectern"', "title = 3", r"space.title is 3; write a text"),
        ('title = "Lectern"', 'title = "L"\nname = ["a"]', r"space.name is unknown; .*names"),
        (
            'title = "Lectern"',
            'title = "L"\nnames = "a"',
            r"space.names is 'a'; write a list of texts",
        ),
        (
            'title = "Lectern"',
            'title = "L"\nnames = ["https://a.org"]',
            r"space.names has 'https://a.org'; write a host name alone, such as",
        ),
        (
            'title = "Lectern"',
            'title = "L"\nproxies = ["nginx"]',
            r"space.proxies has 'nginx'; write an address or a network, such as",
        ),
        (
            'title = "Lectern"',
            'title = "L"\nembed = ["course.org; script-src *"]',
            r"space.embed has 'course.org; script-src \*'; write a site, such as",
        ),
        (
            'title = "Lectern"',
            'title = "L"\ncallers = ["https://*.org"]',
            r"space.callers has 'https://\*.org'; write a site without \*, such as",
        ),
        ("max_size = 200", "max_size = 0", r"queue.max_size is 0; write a whole number above 0"),
        ("max_size = 200", "max_size = true", r"queue.max_size is True; write a whole number"),
        ("max_size = 200", "", r"queue.max_size is missing; add it as a whole number"),
        ("max_size = 200", "max_sise = 200", r"queue.max_sise is unknown; .* max_size"),
        (
            'tier = "pocket"',
            'tier = "poket"',
            r"checkpoint\[0\].tier is 'poket'; use one of pocket",
        ),
        (
            '["tokenization",',
            '["tokenisation",',
            r"checkpoint\[0\].capabilities is 'tokenisation'; use one of",
        ),
        ("layers = 6", 'layers = "6"', r"checkpoint\[0\].layers is '6'; write a whole number"),
        ('package = "gt', 'pakage = "gt', r"checkpoint\[0\].pakage is unknown"),
        ("[limits]", "[limits", r"Spacefile: is not TOML"),
        ("longest = 64", "longest = 0", r"checkpoint\[1\].longest is 0; write a whole number ab"),
        ("cased = false", 'cased = "no"', r"checkpoint\[0\].cased is 'no'; write true or false"),
        (
            'languages = ["English"]',
            'languages = "English"',
            r"checkpoint\[0\].languages is 'English'; write a list of texts",
        ),
        ('load = "first use"', 'load = "never"', r"hub.load is 'never'; use one of first use, st"),
        ("memory_bytes = 4500000000", "memory_bytes = 0", r"hub.memory_bytes is 0; write a whole"),
        (
            "memory_bytes = 4500000000",
            "memory_bytes = 400000000",
            r"hub.memory_bytes is 400,000,000, and bert-base-uncased alone takes 437,928,960; al",
        ),
        (
            'revision = "86b5e0934494bd15c9632b12f734a8a67f723594"',
            "",
            r"checkpoint\[8\].revision is missing; a hub checkpoint has repo and revision",
        ),
        ('tier = "pocket"', 'tier = "hub"', r"checkpoint\[0\].revision is missing"),
        (
            'backbone = "pocket-bert"',
            'backbone = "pocket-qa"',
            r"checkpoint\[1\].backbone is 'pocket-qa'; use a checkpoint above it: pocket-bert",
        ),
        (
            'name = "roberta-base"',
            'name = "roberta-base"\nbackbone = "bert-base-uncased"',
            r"checkpoint\[9\].backbone is 'bert-base-uncased', a hub checkpoint, .*; use one of "
            "tier pocket, or remove backbone from roberta-base",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_fix(tmp_path, old, new, sentence):
    assert old in SHIPPED
    path = tmp_path / "Spacefile"
    path.write_text(SHIPPED.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SpacefileError, match=sentence) as error:
        read_spacefile(path)
    assert "\n" not in str(error.value)


def test_who_may_come_in_is_said_in_the_file_or_left_out(tmp_path, space):
    assert space.door == Door()
    path = tmp_path / "Spacefile"
    lists = (
        'names = ["lectern.example.org"]\nproxies = ["10.0.0.0/8", "::1", "*"]\nembed = []\n'
        'callers = ["https://course.example.org:8443"]'
    )
    path.write_text(SHIPPED.replace('title = "Lectern"', f'title = "L"\n{lists}', 1))
    assert read_spacefile(path).door == Door(
        names=("lectern.example.org",),
        proxies=("10.0.0.0/8", "::1", "*"),
        embed=(),
        callers=("https://course.example.org:8443",),
    )


def test_the_hubs_table_may_be_left_out(tmp_path):
    path = tmp_path / "Spacefile"
    before, _, after = SHIPPED.partition("[hub]")
    path.write_text(before + "[[checkpoint]]" + after.partition("[[checkpoint]]")[2])
    assert read_spacefile(path).hub.load == "first use"


def test_the_pocket_models_come_before_those_of_the_hub(space):
    tiers = [entry.tier for entry in space.checkpoints]
    assert tiers == sorted(tiers, reverse=True)  # pocket, then hub: a default is a pocket model


def test_a_revision_is_a_whole_commit_or_says_that_it_moves(space):
    for entry in space.checkpoints:
        if entry.tier == "hub":
            assert re.fullmatch(r"[0-9a-f]{40}|main|refs/pr/\d+", entry.revision), entry.name
            assert entry.name == entry.repo.split("/")[-1]


def test_what_an_entry_does_not_say_of_its_model_is_not_claimed(space):
    facts = {one.name: (one.longest, one.cased, one.languages) for one in space.checkpoints}
    assert facts["pocket-grammar"] == (64, False, ("English",))
    assert facts["roberta-base"] == (512, True, ("English",))
    assert facts["bert-base-multilingual-cased"] == (512, True, ())  # 104, in no one's alphabet
    assert facts["vit-gpt2-image-captioning"] == (0, None, ("English",))


def test_two_checkpoints_may_not_share_a_name(tmp_path):
    path = tmp_path / "Spacefile"
    entry = "[[checkpoint]]" + SHIPPED.split("[[checkpoint]]")[1]
    path.write_text(SHIPPED + "\n" + entry, encoding="utf-8")
    with pytest.raises(SpacefileError, match="'pocket-bert' is taken"):
        read_spacefile(path)


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(SpacefileError, match="Spacefile: cannot be read"):
        read_spacefile(tmp_path / "Spacefile")


def test_the_app_refuses_to_start_on_it(tmp_path):
    code = f"""
import sys, pathlib
sys.path.insert(0, {str(ROOT)!r})
import app
app.HERE = pathlib.Path({str(tmp_path)!r})
app.main()
"""
    (tmp_path / "Spacefile").write_text(SHIPPED.replace("[queue]", "[que]"), encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.strip().startswith("Spacefile: que is unknown; remove it, or use one of")
