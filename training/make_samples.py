"""Write training/samples: tiny made-up data in the layout of ../shared/data, to try things on.

    python -m training.make_samples

Every sentence comes from the templates below; nothing is copied from a data set.
"""

import json
import random

from core.paths import ROOT

FOLDER = ROOT / "training" / "samples"
PEOPLE = ["Nora", "Emil", "the baker", "my uncle", "the girl", "our teacher", "the old man"]
THINGS = ["boat", "kite", "lamp", "basket", "ladder", "drum", "coat"]
PLACES = ["in the garden", "near the river", "at the market", "on the hill"]
DEEDS = [("sees", "see"), ("carries", "carry"), ("paints", "paint"), ("sells", "sell")]


def capital(text: str) -> str:
    """The text with its first letter large."""
    return text[0].upper() + text[1:]


def twins(chance: random.Random) -> tuple[str, str]:
    """A good sentence and its bad twin, which lacks agreement or order."""
    who, what, where = chance.choice(PEOPLE), chance.choice(THINGS), chance.choice(PLACES)
    third, base = chance.choice(DEEDS)
    good = capital(f"{who} {third} the {what} {where}.")
    bad = f"{who} {base} the {what} {where}." if chance.random() < 0.6 else (
        f"{who} {third} {what} the {where}."
    )  # fmt: skip
    return good, capital(bad)


def write(name: str, lines: list[str]) -> None:
    """One sample file, a line for each entry."""
    path = FOLDER / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_sentences(chance: random.Random) -> None:
    """What training.grammaticality reads."""

    def judged(count: int) -> list[str]:
        pairs = [twins(chance) for _ in range(count // 2)]
        return [
            f"made\t{label}\t{'' if label else '*'}\t{text}"
            for good, bad in pairs
            for label, text in ((1, good), (0, bad))
        ]

    def pairs(paradigms: list[str], phenomenon: str | None) -> list[str]:
        rows = []
        for paradigm in paradigms:
            for _ in range(6):
                good, bad = twins(chance)
                row = {"good": good, "bad": bad, "paradigm": paradigm}
                rows.append(json.dumps(row | ({"phenomenon": phenomenon} if phenomenon else {})))
        return rows

    write("cola/in_domain_train.tsv", judged(160))
    write("cola/in_domain_dev.tsv", judged(40))
    seen = pairs(["sample_order_1", "sample_order_2", "sample_order_3"], "subject_verb_agreement")
    write("blimp/pairs.jsonl", seen + pairs(["sample_ellipsis"], "ellipsis"))
    write("zorro/pairs.jsonl", pairs(["agreement_subject_verb-sample"], None))
    write("tatoeba/sentences.txt", [twins(chance)[0] for _ in range(60)])
    write("stories/plus_train.txt", [" ".join(twins(chance)[0] for _ in range(5))] * 8)
    rows = ["\t".join((*reversed(twins(chance)), "sample_agreement")) for _ in range(10)]
    write("harper/pairs.tsv", ["incorrect\tcorrect\trule", *rows])


def passage(chance: random.Random) -> tuple[str, list[tuple[str, str]]]:
    """A few sentences, and questions with the words that answer them."""
    sentences, asked = [], []
    for who in chance.sample(PEOPLE, 3):
        what, where = chance.choice(THINGS), chance.choice(PLACES)
        third, base = chance.choice(DEEDS)
        sentences.append(capital(f"{who} {third} a {what} {where}."))
        asked.append((f"Where does {who} {base} a {what}?", where))
    return " ".join(sentences), asked


def write_questions(chance: random.Random) -> None:
    """What training.answering reads."""
    articles, tales = [], []
    for number in range(60):
        paragraphs = []
        for _ in range(3):
            context, asked = passage(chance)
            questions = [
                {
                    "id": f"{number}-{question}",
                    "question": question,
                    "answers": [{"text": answer, "answer_start": context.index(answer)}],
                }
                for question, answer in asked
            ]
            paragraphs.append({"context": context, "qas": questions})
        articles.append({"title": f"Sample_{number}", "paragraphs": paragraphs})
    for number in range(6):
        context, asked = passage(chance)
        for question, answer in asked:
            span = {"text": answer, "answer_start": context.index(answer)}
            row = {"story": f"tale-{number // 2}", "question": question, "context": context}
            tales.append(json.dumps(row | {"answers": [answer], "spans": [span]}))
    write("squad/train-v1.1.json", [json.dumps({"version": "sample", "data": articles})])
    write("fairytaleqa/train.jsonl", tales[:9])
    write("fairytaleqa/val.jsonl", tales[9:])


if __name__ == "__main__":
    source = random.Random(0)
    write_sentences(source)
    write_questions(source)
