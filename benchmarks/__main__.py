"""All benchmarks, one after the other: `python -m benchmarks [name …]` writes docs/benchmarks.md.

Where some are named, the others' part of the page stays as it is, with the commit that it was
measured at. One that takes longer than its seconds is ended, and what it told until then stands
there with a word on it.
"""

import platform
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import psutil

from core.paths import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

`make benchmark` writes this page in at most 15 minutes. Each script measures both sides in one run
on one machine, so its ratio says more than its seconds; other work there makes both slower. Not
here: `benchmarks.adapters`, which trains for hours on data that lies outside the repository.

| Script | What is measured | Ratio | Machine | Commit | Took |
|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Script:
    """A benchmark, how it is called here, and the seconds that it may take."""

    name: str
    arguments: tuple[str, ...] = ()
    seconds: int = 60


SCRIPTS = (
    Script("attention", seconds=60),
    Script("captioning", seconds=60),
    Script("generation", seconds=120),
    Script("hall", ("50",), seconds=90),
    Script("crowd", ("--visitors", "40", "--seconds", "8", "--waves", "1"), seconds=230),
    Script("phone", seconds=120),
    Script("memory", seconds=100),
    Script("growth", ("tokenization",), seconds=60),
    Script("attacks", ("component_server",), seconds=60),
)


def run(script: Script) -> tuple[str, str]:
    """One script's row of the table, and what it told."""
    module = f"benchmarks.{script.name}"
    command = [sys.executable, "-u", "-m", module, *script.arguments]
    began = time.monotonic()
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            told, errors = process.communicate(timeout=script.seconds)
            if process.returncode:
                told += f"\nIt ended with status {process.returncode}: {errors.strip()[-300:]}"
        except subprocess.TimeoutExpired:
            for child in psutil.Process(process.pid).children(recursive=True):
                child.terminate()
            process.terminate()
            told = process.communicate()[0] + f"\nEnded after {script.seconds} s, as it has here."
    took = time.monotonic() - began
    said = (import_module(module).__doc__ or "").splitlines()[0].partition(":")[0].rstrip(".")
    asked = " ".join(["python -m", module, *script.arguments])
    cells = f"`{asked}`", said, ratios(told), machine(), commit(), f"{took:.0f} s"
    return f"| {' | '.join(cells)} |", told.strip()


def ratios(told: str) -> str:
    """What a script says of both sides: its lines on ratios, or a column of that name."""
    found = re.findall(r"^ratio: (.+)$", told, re.MULTILINE)
    column = None
    for line in told.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if "ratio" in cells:
            column = cells.index("ratio")
        elif column is not None and len(cells) > column and not set(line) <= set("|-"):
            found.append(f"{cells[column]} ({cells[0]})")
    return ", ".join(found) or "–"


def machine() -> str:
    """The processor, its cores and the memory."""
    name = platform.processor() or platform.machine()
    lines = Path("/proc/cpuinfo")
    if lines.exists() and (found := re.search(r"model name\s*: (.+)", lines.read_text("utf-8"))):
        name = found[1]
    memory = psutil.virtual_memory().total / 1e9
    return f"{name}, {psutil.cpu_count()} cores, {memory:.0f} GB"


def commit() -> str:
    """The commit that is measured; with a plus where files differ from it."""

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", *words], cwd=ROOT, capture_output=True, text=True, check=False
        ).stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs")
    return (git("rev-parse", "--short", "HEAD") or "unknown") + ("+" if changed else "")


def read() -> tuple[dict[str, str], dict[str, str]]:
    """Rows and sections that are on the page, by the script's name."""
    text = PAGE.read_text("utf-8") if PAGE.exists() else ""
    head, *sections = text.split("\n## ")
    rows = {
        found[1]: found[0] for found in re.finditer(r"\| `python -m benchmarks\.(\w+).*", head)
    }
    told = {one.partition("\n")[0]: one.partition("\n")[2].strip() for one in sections}
    return rows, told


def main(names: list[str]) -> None:
    """Run them and write the page after each, so that nothing is lost."""
    unknown = set(names) - {script.name for script in SCRIPTS}
    if unknown:
        known = ", ".join(script.name for script in SCRIPTS)
        sys.exit(f"There is no {', '.join(sorted(unknown))} here; there are {known}.")
    rows, told = read()
    for script in SCRIPTS:
        if names and script.name not in names:
            continue
        print(f"{script.name} …", flush=True)
        rows[script.name], said = run(script)
        told[script.name] = said if said.startswith("|") else f"```text\n{said}\n```"
        there = [one.name for one in SCRIPTS if one.name in rows]
        table = "\n".join(rows[name] for name in there)
        parts = "".join(f"\n\n## {name}\n\n{told[name]}" for name in there)
        PAGE.write_text(f"{HEAD}{table}{parts}\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
