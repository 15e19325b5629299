"""The page of benchmarks: every script is on it, and a new run leaves the others' part alone."""

from benchmarks import __main__ as all_of_them
from core.paths import ROOT

NO_SCRIPTS = {"__init__", "__main__", "rates", "timing"}
ELSEWHERE = {"adapters"}  # trains for hours on data that is not here; the page says so


def test_every_benchmark_is_run_in_a_quarter_of_an_hour():
    there = {path.stem for path in (ROOT / "benchmarks").glob("*.py")}
    assert {one.name for one in all_of_them.SCRIPTS} == there - NO_SCRIPTS - ELSEWHERE
    assert sum(one.seconds for one in all_of_them.SCRIPTS) <= 900


def test_the_ratios_of_a_script_are_found_in_lines_and_in_tables():
    told = "a: 3 ms\nratio: 1.25 told, 0.8 alone\n"
    assert all_of_them.ratios(told) == "1.25 told, 0.8 alone"
    table = "| | plain | ours | ratio |\n|---|---|---|---|\n| s of CPU | 18 | 9 | 2.0 |\n"
    assert all_of_them.ratios(table) == "2.0 (s of CPU)"
    assert all_of_them.ratios("nothing") == "–"


def test_who_runs_one_script_again_keeps_what_the_others_told(tmp_path, monkeypatch):
    monkeypatch.setattr(all_of_them, "PAGE", tmp_path / "benchmarks.md")
    said = iter(["ratio: 2.0", "| a | b |\n|---|---|\n| 1 | 2 |", "ratio: 3.0"])

    def run(script):
        told = next(said)
        return f"| `python -m benchmarks.{script.name}` | x | {told[-3:]} |", told

    monkeypatch.setattr(all_of_them, "run", run)
    all_of_them.main(["attention", "hall"])
    all_of_them.main(["attention"])
    text = all_of_them.PAGE.read_text("utf-8")
    assert "2.0" not in text
    assert "```text\nratio: 3.0\n```" in text
    assert "## hall\n\n| a | b |\n|---|---|\n| 1 | 2 |\n" in text
    assert text.index("## attention") < text.index("## hall")
