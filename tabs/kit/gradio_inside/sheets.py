"""Style sheets as Gradio would write them into the page: its own names stand before each rule.

Gradio does it in the browser, with every sheet, each time the page is opened
(`prefix_css` in its `core` script; tests/browser/test_first.py holds this to it).
"""

import re

import gradio as gr

WITHIN = f".gradio-container.gradio-container-{gr.__version__.replace('.', '-')} .contain"
BLOCKS = ("@media", "@container", "@supports")  # Gradio knows the first alone
WHOLE = ("@keyframes", "@font-face")


def within(css: str) -> str:
    """A sheet whose rules count for more than Gradio's. Raises ValueError on other at-rules."""
    return "".join(_written(head, body) for head, body in _rules(_bare(css)))


def _written(head: str, body: str) -> str:
    if head.startswith(BLOCKS):
        inner = "".join(f"{_prefixed(one, own)}{{{own}}}" for one, own in _rules(body))
        return f"{head}{{{inner}}}"
    if head.startswith(WHOLE):
        return f"{head}{{{body}}}"
    if head.startswith("@") or "{" in body:
        raise ValueError(f"{head!r} is not known here; add it where Gradio would leave it out")
    return f"{head},{_prefixed(head, body)}{{{body}}}"


def _prefixed(selectors: str, body: str) -> str:
    """As Gradio does it: what names `.dark` counts from there, and each comma begins another."""
    dark = ".dark " if ".dark" in selectors + body else ""
    parts = selectors.replace(".dark", "", 1).split(",")
    return ",".join(f"{dark}{WITHIN} {part.strip()}" for part in parts)


def _bare(css: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL))


def _rules(css: str) -> list[tuple[str, str]]:
    """What stands before each outermost pair of braces, and within it."""
    found, depth, start, opened = [], 0, 0, 0
    for index, letter in enumerate(css):
        if letter == "{":
            depth += 1
            if depth == 1:
                opened = index
        elif letter == "}":
            depth -= 1
            if depth == 0:
                found.append((css[start:opened].strip(), css[opened + 1 : index].strip()))
                start = index + 1
    return found
