"""Names that Python, JavaScript and the sheets share: each that is used is there.

Where one is renamed on one side only, nothing else would say so before somebody presses it.
"""

import re

import pytest

from core.paths import ASSETS, ROOT
from page.files import SCRIPTS, sheets
from tabs import TABS
from tabs.kit.ids import PARTS, id_of

JS = {name: (ASSETS / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS}
PYTHON = {
    str(file.relative_to(ROOT)): file.read_text(encoding="utf-8")
    for folder in ("tabs", "page", "figures")
    for file in sorted((ROOT / folder).rglob("*.py"))
}
EVERY_JS, EVERY_PYTHON = "\n".join(JS.values()), "\n".join(PYTHON.values())
CSS = "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets())
STEMS = [tab.stem for tab in TABS]


def offered() -> set[str]:
    """What the scripts add to `lectern`: what each returns last, and what is set by name."""
    names = set(re.findall(r"lectern\.(\w+) = ", EVERY_JS))
    for script in JS.values():
        if "Object.assign(lectern, " in script:
            returned = re.findall(r"^  return \{(.*?)\};$", script, re.MULTILINE | re.DOTALL)[-1]
            names |= {name.split(":")[0].strip() for name in returned.split(",") if name.strip()}
    return names


def read_by_scripts() -> set[str]:
    """The attributes `data-…` that scripts read: by property, taken apart, or by selector."""
    camel = set(re.findall(r"dataset\??\.(\w+)(?!\w)(?! = )", EVERY_JS))
    for names in re.findall(r"\{([^{}]*)\} = [\w.]+\.dataset", EVERY_JS):
        camel |= {name.split(":")[0].strip() for name in names.split(",")}
    picks = re.search(r"const PICKS = \{(.*?)\};", JS["page/picks"], re.DOTALL)[1]
    camel |= set(re.findall(r"^ +(\w+): \(", picks, re.MULTILINE))
    return {kebab(name) for name in camel} | set(re.findall(r"\[data-([a-z-]+)", EVERY_JS))


def written() -> set[str]:
    """The attributes `data-…` that stand in Python's HTML, or that scripts set."""
    set_here = re.findall(r"dataset\.(\w+) = ", EVERY_JS)
    in_html = re.findall(
        r"(?<![\[`])\bdata-([a-z-]+)", EVERY_PYTHON
    )  # but not where prose names it
    in_html += re.findall(r"\bdata-([a-z-]+)=", EVERY_JS)
    # As an argument of `figures.parts.html.tag`.
    in_html += [n.replace("_", "-") for n in re.findall(r"\bdata_([a-z_]+)[=\"]", EVERY_PYTHON)]
    return {kebab(name) for name in set_here} | set(in_html)


def kebab(name: str) -> str:
    """`maskedSay` as HTML writes it, `masked-say`."""
    return re.sub(r"[A-Z]", lambda letter: f"-{letter[0].lower()}", name)


def test_what_is_called_of_lectern_is_offered_by_a_script():
    called = {
        name
        for text in (EVERY_PYTHON, EVERY_JS)
        for name in re.findall(r"\blectern\.(\w+)[.(]", text)
    }
    assert called > {"follow", "settle", "picked", "saveFigure", "scene"}
    assert called - offered() == set()


def test_what_is_offered_is_used():
    tested = (file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("*.py"))
    elsewhere = EVERY_PYTHON + EVERY_JS + "".join(tested)
    # Taken apart (`const { find } = lectern`) or called.
    apart = {
        n.strip() for ns in re.findall(r"\{([^}]*)\} = lectern;", EVERY_JS) for n in ns.split(",")
    }
    assert {
        n for n in offered() - apart if not re.search(rf"lectern\.{n}\b(?! =)", elsewhere)
    } == set()


def test_what_scripts_read_of_the_page_is_written_there():
    read = read_by_scripts()
    assert read > {"pick", "values", "masked-say", "waits", "pair"}
    assert read - written() == set()


def test_what_the_sheets_select_by_is_written():
    assert set(re.findall(r"\[data-([a-z-]+)", CSS)) - written() == set()


def test_the_ids_that_scripts_make_of_any_stem_are_those_of_parts():
    known = set(re.findall(r"id\$='-([a-z]+)'", EVERY_JS) + re.findall(r"\}-([a-z]+)`", EVERY_JS))
    assert known >= {"figure", "runner", "examples"}
    assert known - set(PARTS) == set()


def test_the_ids_that_sheets_know_are_parts_or_stand_in_python():
    known = set(re.findall(rf"#(?:{'|'.join(STEMS)})-([a-z]+)", CSS))
    own = set(re.findall(r"\{STEM\}-([a-z]+)", EVERY_PYTHON))  # a tab's own, beside the parts
    # A choice is found by its setting's name.
    own |= {name for tab in TABS for name, one in tab.settings.items() if one.offered}
    own |= set(re.findall(rf"\"(?:{'|'.join(STEMS)})-([a-z]+)\"", EVERY_PYTHON))
    assert "figure" in known
    assert known - set(PARTS) - own == set()


def test_a_part_that_nobody_knows_has_no_id():
    assert id_of("attention", "figure") == "attention-figure"
    with pytest.raises(KeyError, match="'figures' is not among figure, picture, view"):
        id_of("attention", "figures")
