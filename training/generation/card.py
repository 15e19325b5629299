"""The pocket GPT-2 as it ships: training record and model card."""

from pathlib import Path

from training.engine.card import labelled, megabytes, percent, stages_table, table, write_record
from training.generation.scores import LENGTH, TEMPERATURE

HEAD = """---
license: cc-by-sa-4.0
language: en
pipeline_tag: text-generation
---

# pocket-gpt2

A small GPT-2 that continues English stories. Its byte-level BPE and its weights were both trained
from nothing by `python -m training.generation`; no other model's weights, vocabulary or text are
in it. `training.json` beside this file holds the same as this card for programs.
"""

DATA = """## Data and licences

| Data | Used for | Licence |
| --- | --- | --- |
| core: children's and young readers' books (Project Gutenberg, ChiLit, African Storybook, \
Pratham, OneStop, FairytaleQA), 17.6 M words | training, some documents held back \
| public domain (USA), CC BY, CC BY-SA 4.0 (OneStop), Apache-2.0 (FairytaleQA, the compilation) |
| easy: its easiest part, 4.5 M words | the end of training | as core |
| plus: other plain prose and news, 16.5 M words | training, where the recipe says so | \
public domain (USA), CC BY 2.5 (Wikinews) |
| core_val, 0.12 M words | reported here, and used for nothing else | as core |

One of these licences asks for the same terms, so the weights carry CC BY-SA 4.0.

Split by document. Whole documents that share a paragraph of 60 characters or more with the
validation text or with the held-back documents were taken out of every training part, and so out
of the training of the BPE: the easy part as delivered holds whole books of the validation text.
Books were not kept apart: of the 92 validation documents with names that are rare elsewhere, 79
share them with three or more training documents, and 90 of 104 held-back ones do. So both scores
are for new pages, mostly of books of which other pages were read; a new book would score worse.
Settings were chosen by the held-back documents, never by the validation text.
"""

LIMITS = """## Limits

- It is very small. It keeps grammar and tone for some sentences and loses who is who within a
  paragraph; it has no plan and no plot.
- Most of its books are of the 19th and early 20th century and hold that century's attitudes to
  women, to servants, to other peoples and religions. Paragraphs with strong slurs were taken out
  of the data and 87 books with many of them left out, which mends words and not attitudes.
- It knows stories for children. It has no facts: a date, a place or a sum that it writes is made
  up. It does not follow instructions or answer questions.
- Words of our time (telephones that one carries, computers, the net) hardly occur in its books.
- English only; any text can be read, since all bytes are tokens, but other languages and code
  fall apart into many tokens and continue as nonsense.
- Do not put a child in front of it alone: nobody has read what it may write.
"""


def _shape(record: dict, folder: Path) -> str:
    recipe = record["recipe"]
    return (
        f"{record['parameters']:,} parameters: {recipe['layers']} layers, {recipe['width']} wide, "
        f"{recipe['width'] // recipe['head_width']} heads, {recipe['vocabulary']:,} tokens, "
        f"context of {recipe['context']} tokens, the table of tokens shared with the output. "
        f"Weights: {megabytes(folder):.1f} MB of float16. `<|endoftext|>` starts and ends a text."
    )


def _data(record: dict) -> str:
    head = ["Part", "Documents", "Characters", "Tokens", "Characters for each", "Kept out"]
    rows = [
        [
            part,
            f"{count['documents']:,}",
            f"{count['characters']:,}",
            f"{count['tokens']:,}",
            f"{count['characters'] / count['tokens']:.2f}",
            f"{count['documents_kept_out']:,} documents",
        ]
        for part, count in record["data"].items()
    ]
    return table(head, rows)


def _order(recipe: dict) -> str:
    wide, easy = recipe["wide_share"], recipe["easy_share"]
    shares = {"core and plus together": wide, "core": 1 - wide - easy, "the easy part": easy}
    order = [f"{name} ({percent(share)} of the run)" for name, share in shares.items() if share]
    return f"The run reads {', then '.join(order)}."


def _recipe(record: dict) -> str:
    recipe, seen = record["recipe"], record["tokens_seen"]
    once = sum(count["tokens"] for part, count in record["data"].items() if part != "easy")
    muon = "Muon moves the matrices of the layers (Jordan 2024, scaled as Liu et al. 2025) and "
    return "\n\n".join(
        [
            "## Recipe and compute",
            f"{_order(recipe)} Documents stand one after another with the end token between, "
            f"cut into rows of {recipe['context']} tokens without padding, at other places each "
            "epoch; attention reads across the end token. "
            f"{muon if recipe['optimizer'] == 'muon' else ''}AdamW moves "
            f"{'the rest' if recipe['optimizer'] == 'muon' else 'all weights'}; warm-up, then "
            f"{_fall(recipe)}; gradients clipped at 1; bfloat16 autocast; {recipe['attention']} "
            f"attention, dropout {recipe['dropout']}.",
            f"{seen:,} tokens seen ({seen / once:.1f} times those of the parts other than easy) "
            f"at {record['tokens_per_second']:,} tokens/s on {record['device']}.",
            stages_table(record["stages"]),
            "Settings: " + labelled(recipe) + ".",
            _curve(record),
        ]
    )


def _fall(recipe: dict) -> str:
    """What the learning rates do after the warm-up."""
    if not recipe["cooldown"]:
        return "a cosine to zero"
    return f"level rates, which fall to zero over the last {percent(recipe['cooldown'])}"


def _curve(record: dict) -> str:
    points = [point for point in record["stages"]["generation"]["curve"] if "validation" in point]
    rows = [
        [percent(point["share"]), f"{point['loss']:.3f}", point["held_back"], point["validation"]]
        for point in points
    ]
    head = ["Share of the run", "Training loss, nats per token", "Held back", "Validation"]
    return "\n\n".join(
        [
            "The curve, in bits per character on some documents of each kept-out part:",
            table(head, rows),
        ]
    )


def _outcome(row: dict) -> str:
    return f"failed: {row['failed']}" if "failed" in row else f"{row['held_back']:.4f}"


def _trials(record: dict) -> str:
    parts = ["## Trials"]
    if not record["trials"] and not record["measures"]:
        return "\n\n".join([*parts, "None were run for these weights."])
    if record["trials"]:
        rows = [
            [
                row["trial"],
                labelled(row["settings"]),
                labelled(row["base"]),
                row["minutes"],
                f"{row['parameters'] / 1e6:.1f} M" if "parameters" in row else "",
                f"{row['tokens'] / 1e6:.2f} M" if "tokens" in row else "",
                _outcome(row),
            ]
            for row in sorted(record["trials"], key=lambda row: row["trial"])
        ]
        parts += [
            "Runs from nothing for the same few minutes each; bits per character on the held-back "
            "documents. Short runs favour small models and high rates. Other work took part of "
            "the machine during some of them: the tokens that each came to stand beside it.",
            table(
                ["Trial", "Settings", "Beside", "Minutes", "Parameters", "Tokens", "Held back"],
                rows,
            ),
        ]
    if record["measures"]:
        parts += [
            "Training speed before the choice:",
            table(
                ["Settings", "Beside", "Tokens per second"],
                [
                    [
                        labelled(row["settings"]),
                        labelled(row["base"]),
                        row.get("tokens_per_second", row.get("failed")),
                    ]
                    for row in record["measures"]
                ],
            ),
        ]
    return "\n\n".join(parts)


def _scores(record: dict) -> str:
    scores = record["validation"]
    aim = "1.15" if record["device"] == "cuda" else "1.35"
    rows = [
        ["bits per character, all of core_val", scores["bits_per_character"], f"at most {aim}"],
        [
            "bits per character, held-back documents",
            scores["held_back_bits_per_character"],
            "",
        ],
        ["perplexity per token, core_val", scores["perplexity_per_token"], ""],
    ]
    return "\n\n".join(
        [
            "## Scores",
            table(["Measure", "Score", "Aim"], rows),
            f"{scores['documents']} validation documents, {scores['characters']:,} characters, "
            f"{scores['tokens']:,} tokens. Bits per character: the summed nats of all tokens of "
            "the documents, divided by ln 2 and by their Unicode code points. Each document "
            "begins with the start token, after which its first token is scored; windows of a "
            "full context, half a context apart, score every token once; the end token is not "
            "scored. Computed in float32 from the float16 files. (Aims: 1.35 trained on two CPU "
            "cores, 1.15 on a GPU.)",
        ]
    )


def _samples(record: dict) -> str:
    rows = [[row["prompt"], row["seed"], row["text"]] for row in record["samples"]]
    return "\n\n".join(
        [
            "## Samples",
            f"Twenty continuations, not cherry-picked: temperature {TEMPERATURE}, up to {LENGTH} "
            "tokens, nothing cut from the distribution, seeds as given. Line breaks are shown as "
            "spaces.",
            table(["Prompt", "Seed", "Continuation"], rows),
        ]
    )


def _failures(record: dict) -> str:
    return "\n\n".join(
        [
            "## Failures",
            "Greedy decoding (always the likeliest token) repeats itself; here also prompts that "
            "it was not made for:",
            table(
                ["Prompt", "Greedy continuation"],
                [[row["prompt"], row["text"]] for row in record["greedy"]],
            ),
            "Runs of four words that had been written before in the same text: "
            f"{percent(record['greedy_repeated'])} of the greedy texts, "
            f"{percent(record['repeated'])} of the samples above.",
            "The validation documents that it predicts worst:",
            table(
                ["Bits per character", "Beginning"],
                [[row["bits_per_character"], row["text"]] for row in record["worst"]],
            ),
        ]
    )


def write_model_card(record: dict, folder: Path) -> None:
    """training.json and the model card, from the training record alone."""
    write_record(record, folder)
    parts = [
        HEAD + "\n" + _shape(record, folder),
        DATA.strip(),
        _data(record),
        _recipe(record),
        _trials(record),
        _scores(record),
        _samples(record),
        LIMITS.strip(),
        _failures(record),
    ]
    (folder / "README.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    print(_scores(record).split("\n\n")[1])
