"""What the review tried (docs/security.md), tried again: `python -m benchmarks.attacks [area …]`.

The tries are the tests: each is made on the app that the test starts, over real HTTP where it can
be. A second copy of them here would not be run each day, and would drift. This counts what was
tried and what held, by the review's areas, and prints the table of docs/security.md.
"""

import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from core.paths import ROOT


@dataclass(frozen=True)
class Area:
    """One row of the table: what the review counted, and where it is tried now."""

    name: str
    before: tuple[int, int]  # tried, and held
    tests: tuple[str, ...]  # files below tests/, or tests in them


AREAS = (
    Area(
        "known routes",
        (52, 40),
        (
            "page/serving/test_routes.py",
            "page/test_operation.py::test_the_server_says_that_it_lives_and_that_it_can_be_asked",
            "page/test_operation.py::test_nobody_reads_the_numbers_unless_they_are_turned_on",
            "page/test_operation.py::test_this_machine_reads_them_and_who_bears_the_token",
        ),
    ),
    Area(
        "`file=`, `proxy=`, traversal, `%` tricks",
        (24, 22),
        (
            "page/serving/test_routes.py::test_what_nobody_needs_is_not_there",
            "page/serving/test_routes.py::test_a_file_has_one_address",
            "page/serving/test_headers.py::"
            "test_a_file_that_was_sent_is_only_a_file_and_gives_no_header_back",
        ),
    ),
    Area(
        "addresses in call bodies",
        (21, 21),
        (
            "page/serving/test_bodies.py::test_a_file_that_is_named_by_its_address_is_not_fetched",
            "page/serving/test_bodies.py::test_the_page_itself_may_not_name_an_address_either",
        ),
    ),
    Area(
        "uploads",
        (35, 32),
        (
            "page/serving/test_uploads.py",
            "page/test_operation.py::test_an_upload_that_is_broken_off_leaves_nothing",
        ),
    ),
    Area("component_server", (17, 9), ("page/test_strangers.py", "kit/test_gradio_inside.py")),
    Area(
        "CORS, Host, forwarded headers, other sites",
        (26, 13),
        (
            "page/serving/test_hosts.py",
            "page/serving/test_headers.py",
            "page/test_under_a_path.py",
        ),
    ),
    Area("raw HTTP", (7, 7), ("hostile/test_requests.py",)),
    Area("fuzz, any type and extreme values", (2280, 2036), ("hostile/test_calls.py",)),
    Area("mistakes of a script", (38, 29), ("page/serving/test_calls.py",)),
    Area("is the typed text in the log?", (13, 6), ("page/test_log.py",)),
    Area(
        "hostile texts in every box of every view",
        (1718, 1718),
        (
            "kit/test_tabs.py::test_hostile_text_is_escaped_or_refused_in_a_sentence",
            "kit/test_tabs.py::test_text_that_no_model_may_see_is_refused_with_what_is_allowed",
            "kit/test_tabs.py::test_a_link_may_hold_any_text",
            "browser/test_tabs.py::"
            "test_hostile_text_of_a_link_fits_a_phone_in_every_view_and_runs_nothing",
        ),
    ),
    Area("edit search", (2, 1), ("grammaticality/test_edits.py",)),
    Area("texts that grow, patterns that backtrack", (84, 84), ("kit/test_growth.py",)),
    Area("pictures", (28, 28), ("pictures/test_pictures.py",)),
    Area("state files", (31, 30), ("page/test_links.py",)),
    Area("list files", (23, 23), ("grammaticality/test_list.py",)),
    Area("CSV exports", (29, 12), ("core/test_sheets.py",)),
    Area(
        "privacy of pictures",
        (5, 2),
        (
            "captioning/test_input.py",
            "core/test_folder.py",
            "page/test_operation.py::"
            "test_what_is_sent_is_for_the_servers_user_alone_and_nothing_else_is_served",
        ),
    ),
    Area(
        "load",
        (21, 7),
        (
            "page/test_keeper.py",
            "page/test_shelf.py",
            "page/test_leaving.py",
            "page/serving/test_qr.py",
            "page/serving/test_bodies.py",
            "scenes/test_grain.py",
            "models/test_leaving.py",
            "generation/test_leaving.py",
        ),
    ),
    Area("Spacefile", (10, 10), ("core/test_spacefile.py",)),
    Area("model files", (9, 6), ("models/test_checks.py", "models/test_checkpoints.py")),
    Area(
        "start",
        (11, 5),
        (
            "page/test_app.py",
            "page/test_listening.py",
            "page/test_operation.py::"
            "test_a_place_where_nothing_can_be_kept_ends_the_start_with_one_sentence",
            "page/test_operation.py::"
            "test_a_disk_that_takes_nothing_ends_the_start_with_one_sentence",
        ),
    ),
    Area(
        "faults: clock, files, memory, disk, a model",
        (8, 6),
        (
            "kit/test_faults.py",
            "captioning/test_input.py::test_a_clock_that_jumps_takes_no_picture_from_anybody",
            "page/test_listening.py::"
            "test_with_few_files_idle_connections_lock_nobody_out_for_long",
            "page/test_operation.py::test_an_upload_that_finds_no_room_is_told_so_and_leaves_nothing",
            "page/test_operation.py::"
            "test_an_export_that_finds_no_room_is_told_so_and_the_page_goes_on",
        ),
    ),
    Area("SIGTERM, SIGINT, PID 1", (2, 0), ("page/test_stopping.py", "core/test_stopping.py")),
)


def made(nodes: list[str], report: Path) -> None:
    """Run the tests, one after the other, as `make test` runs each of them."""
    command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}"]
    command += ["-o", "junit_family=xunit1", *nodes]  # the one with properties
    subprocess.run(command, cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"})


def counted(report: Path) -> Counter[tuple[str, bool]]:
    """How often something was tried, by the test and by whether it held."""
    found: Counter[tuple[str, bool]] = Counter()
    for case in ET.parse(report).iter("testcase"):
        if case.find("skipped") is not None:
            continue
        file = case.get("classname", "").replace(".", "/") + ".py"
        test = f"{file}::{case.get('name', '').partition('[')[0]}"
        held = case.find("failure") is None and case.find("error") is None
        told = {one.get("name"): one.get("value") for one in case.iter("property")}
        found[test, held] += int(told.get("tried") or 1)
    return found


def row(area: Area, found: Counter[tuple[str, bool]]) -> str:
    """One row of the table."""
    nodes = [f"tests/{node}" for node in area.tests]
    counts = Counter[bool]()
    for (test, held), count in found.items():
        if any(test == node or test.startswith(f"{node}::") for node in nodes):
            counts[held] += count
    tried, held = area.before
    now = f"{sum(counts.values()):,} | {counts[True]:,}"
    return f"| {area.name} | {tried:,} | {held:,} | {now} |"


def main() -> None:
    """Try all of it, or the areas whose names begin as asked, and print the table."""
    areas = [area for area in AREAS if area.name.startswith(tuple(sys.argv[1:]) or "")]
    nodes = list(dict.fromkeys(f"tests/{node}" for area in areas for node in area.tests))
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        made(nodes, report)
        found = counted(report)
    print("| Area | tried before | held before | tried now | held now |\n|---|---|---|---|---|")
    for area in areas:
        print(row(area, found))


if __name__ == "__main__":
    main()
