"""What is said where a model's own sign is typed, which it does not read as these letters."""

import html
from collections.abc import Sequence
from typing import Any

from core.text import all_of
from models.loaded import Loaded
from models.tokens import signs_in
from tabs.kit.view import Asked, View


def signs_note(asked: Asked[Any], view: View, texts: Sequence[str]) -> str:
    """One sentence for each model that reads signs of its own in the texts; empty for none.

    A [MASK] that is typed is one token to a BERT, as if the tokenizer had put it in; to a GPT-2 it
    is six letters.
    """
    titles_of: dict[tuple[str, ...], list[str]] = {}  # the titles by the signs that they read
    for entry in view.read_by(asked):
        if signs := asked.desk.tokenize(typed_signs, entry, tuple(texts)):
            titles_of.setdefault(signs, []).append(entry.title)
    return "".join(
        f'<p class="signs" role="note">{_sentence(titles, signs)}</p>'
        for signs, titles in titles_of.items()
    )


def typed_signs(model: Loaded, texts: Sequence[str]) -> tuple[str, ...]:
    """The signs of a model's own that are typed in texts, each once."""
    found = [sign for text in texts for sign in signs_in(model.tokenizer, text)]
    return tuple(dict.fromkeys(found))


def _sentence(titles: Sequence[str], signs: Sequence[str]) -> str:
    who = all_of([html.escape(title) for title in titles])
    what = all_of([f"<code>{html.escape(sign)}</code>" for sign in signs])
    reads = "reads" if len(titles) == 1 else "read"
    as_what = "as a sign of its own" if len(signs) == 1 else "as signs of its own"
    if len(titles) > 1:
        as_what = as_what.replace("its", "their")
    return f"{who} {reads} the {what} in this text {as_what}, not as these letters."
