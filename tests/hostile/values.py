"""What nobody would type: texts, numbers, files and lists, for any control there is or will be."""

import json
from typing import Any

from hypothesis import strategies as st

WORD = "Zaphod7Beeblebrox"  # in every text, so that it is found where it must not be: in the log

# What has broken something somewhere: encodings, directions, markup, formulas, paths, lengths.
NASTY = (
    "",
    " ",
    "\x00",
    "\ud800",
    "\udfff",
    "\ufeff",
    "\u202e\u2066",
    "\r\n\u2028\x85",
    "\x1b[31m\x07",
    "a" + "\u0301" * 300,
    "👩‍👧" * 40,
    "\u200d" * 400,
    "</script><img src=x onerror=alert(1)>",
    "=cmd|'/c calc'!A1",
    "../../../etc/passwd",
    "%00%s%n${e}{{7*7}}#{1}",
    "'\";--",
    "[[[[" * 100,
    "[MASK] [CLS] [SEP] [PAD] [UNK] <|endoftext|>",
    "ﬁ İ ß ǆ ﷺ 𝔘 ٣ ½",
    "http://127.0.0.1:1/",
    "data:text/html,<b>",
    '{"view": "' + "x" * 50 + '"}',
)
LONG = (
    "x" * 5_000,
    "word " * 3_000,
    "One.\n" * 700,
    "x" * 20_001,
    "two words " * 6_001,
    "\U0001f600" * 20_000,
    "a,b\n" * 5_000,
)
EXTREME = (
    float("nan"),
    float("inf"),
    float("-inf"),
    -1,
    -0.0,
    0.5,
    1e308,
    -1e308,
    5e-324,
    2**31,
    2**53 + 1,
    2**63,
    -(2**63),
    2**64,
    10**400,
)
FILES = (
    {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}},
    {"path": "../../etc/passwd", "orig_name": WORD, "meta": {"_type": "gradio.FileData"}},
    {"path": "", "url": "data:image/png;base64,AAAA"},
    {"path": "\x00", "meta": {"_type": "gradio.FileData"}},
    {"path": "x", "url": "http://127.0.0.1:1/x.png"},
    {"path": f"http://127.0.0.1:1/{WORD}"},
    {"background": None, "layers": [], "composite": {"path": "/etc/passwd"}, "id": None},
    {"background": None, "layers": [], "composite": None, "id": WORD},
    {"id": ["x"]},
)


def texts() -> st.SearchStrategy[str]:
    """Any characters, halves of surrogate pairs among them; now and then very many."""
    letters = st.text(st.characters(exclude_categories=()), max_size=20)
    short = st.lists(st.sampled_from(NASTY) | letters, max_size=3)
    long = st.sampled_from(LONG).map(lambda text: [text])
    pieces = st.integers(0, 9).flatmap(lambda one: long if one == 0 else short)
    return pieces.map(lambda some: WORD.join(["", *some]) or WORD)


def numbers() -> st.SearchStrategy[float]:
    """Those at which something ends, and any other."""
    return st.sampled_from(EXTREME) | st.integers() | st.floats()


def anything() -> st.SearchStrategy[Any]:
    """Whatever JSON can say."""
    leaves = st.none() | st.booleans() | numbers() | texts() | st.sampled_from(FILES)
    names = st.sampled_from(("path", "url", "__type__", "meta", WORD))
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner),
        max_leaves=6,
    )


def for_control(part: dict[str, Any]) -> st.SearchStrategy[Any]:
    """What a control of the page may be said to hold: of its own kind, and of any other."""
    props, kind = part["props"], part["type"]
    own: st.SearchStrategy[Any]
    if "choices" in props:
        offered = st.sampled_from([value for _, value in props["choices"]] or [""])
        own = offered | texts()
        if isinstance(props.get("value"), list):
            own = st.lists(own, max_size=12)
    elif kind in ("slider", "number"):
        ends = [props.get(end, 0) or 0 for end in ("minimum", "maximum")]
        own = numbers() | st.sampled_from([*ends, ends[0] - 1, ends[1] + 1, ends[1] - 0.5])
    elif kind == "checkbox":
        own = st.booleans()
    elif kind in ("file", "image", "imageeditor"):
        own = st.sampled_from(FILES)
    elif kind == "textbox":
        own = texts()
    else:  # what an endpoint takes, and controls to come
        own = texts() | numbers() | st.booleans() | st.lists(texts() | numbers(), max_size=5)
    return own | own | anything()


def as_json(value: Any) -> bytes:
    """The value as a hostile client writes it: halves of pairs, NaN and endless numbers in it."""
    return json.dumps(value).encode()
