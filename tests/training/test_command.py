"""What all training scripts share of their command line."""

from training.engine.command import smoke


def test_a_smoke_run_goes_where_it_is_told_or_to_a_folder_of_its_own(tmp_path, capsys):
    ran = []
    told = smoke("stem", lambda *folders: ran.append(folders), tmp_path / "model")
    assert told == tmp_path / "model"
    own = smoke("stem", lambda *folders: ran.append(folders), None)
    assert [out for out, _ in ran] == [told, own]
    assert [folder.name for _, folder in ran] == ["checkpoints"] * 2
    assert own.parent == ran[1][1].parent
    assert own.parent.name.startswith("stem-")
    assert capsys.readouterr().out == "".join(
        f"smoke run finished: {out}\n" for out in (told, own)
    )
