"""What a translator is worth: BLEU and chrF against all right answers, and what it says."""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from sacrebleu.metrics import BLEU, CHRF
from transformers import MarianMTModel, PreTrainedTokenizerBase

from training.translation.data import Corpus, Sentence, plain, typed

AT_ONCE = 64  # sentences
BEAMS = 4
SPARE = 20  # tokens that a translation may be longer than one and a half times its source
CAT = "Your cat is a lovely cat."
RARE = 5  # a word that fewer training sentences have
ASKED = (  # what it is asked beside dev: two sentences, a long one, names, numbers, no sentence
    CAT,
    "The weather is nice today. Shall we go for a walk?",
    "When I was a child, my grandmother used to tell me stories about the sea every evening "
    "before I went to sleep, and I have never forgotten them.",
    "Angela Merkel met Emmanuel Macron in Strasbourg on 14 May 2018.",
    "The mitochondrion is the powerhouse of the cell.",
    "He kicked the bucket.",
    "where is the station",
    "hello",
    "Attention is all you need.",
)


@torch.inference_mode()
def translations(
    model: MarianMTModel,
    tokenizer: PreTrainedTokenizerBase,
    texts: Sequence[str],
    *,
    beams: int = 1,
    autocast: bool = False,
) -> list[str]:
    """The French for each English text, greedy or by beams; those of like length together."""
    model.eval()
    said = [""] * len(texts)
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    for first in range(0, len(order), AT_ONCE):
        places = order[first : first + AT_ONCE]
        read = tokenizer([texts[place] for place in places], padding=True, return_tensors="pt")
        longest = model.config.max_position_embeddings
        room = min(longest, read["input_ids"].size(1) * 3 // 2 + SPARE)
        with torch.autocast(model.device.type, dtype=torch.bfloat16, enabled=autocast):
            rows = model.generate(
                **read.to(model.device), num_beams=beams, do_sample=False, max_length=room
            )
        texts_out = tokenizer.batch_decode(rows, skip_special_tokens=True)
        for place, text in zip(places, texts_out, strict=True):
            said[place] = text
    return said


def references(sentences: Sequence[Sentence]) -> list[list[str | None]]:
    """All right answers as sacrebleu reads them: a list for each place, None where it is empty."""
    most = max(len(one.french) for one in sentences)
    return [
        [one.french[place] if place < len(one.french) else None for one in sentences]
        for place in range(most)
    ]


def scored(said: Sequence[str], sentences: Sequence[Sentence]) -> dict[str, float]:
    """BLEU and chrF of a whole corpus, with all references; sacrebleu's own defaults."""
    right = references(sentences)
    return {
        "bleu": round(BLEU().corpus_score(said, right).score, 2),
        "chrf": round(CHRF().corpus_score(said, right).score, 2),
    }


def signatures(sentences: Sequence[Sentence]) -> dict[str, str]:
    """What sacrebleu did, in its own short hand."""
    bleu, chrf, right = BLEU(), CHRF(), references(sentences)
    for metric in (bleu, chrf):
        metric.corpus_score([""] * len(sentences), right)
    return {"bleu": str(bleu.get_signature()), "chrf": str(chrf.get_signature())}


def sentence_chrf(said: str, sentence: Sentence) -> float:
    """chrF of one translation, for finding what went wrong."""
    return CHRF().sentence_score(said, list(sentence.french)).score


def spread(sentences: Sequence[Sentence], count: int) -> list[Sentence]:
    """So many of the sentences, at even distances."""
    step = max(1, len(sentences) // max(1, count))
    return list(sentences[::step][:count])


def _words(text: str) -> list[str]:
    return plain(text).split()


def hard_parts(train: Sequence[Sentence]) -> dict[str, Callable[[Sentence], bool]]:
    """By what a sentence may be hard: its length in words, words that training hardly had, …"""
    known = Counter(word for one in train for word in set(_words(one.english)))

    def rarest(one: Sentence) -> int:
        return min((known[word] for word in _words(one.english)), default=0)

    return {
        "1 to 5 words": lambda one: len(_words(one.english)) <= 5,
        "6 to 9 words": lambda one: 6 <= len(_words(one.english)) <= 9,
        "10 to 14 words": lambda one: 10 <= len(_words(one.english)) <= 14,
        "15 words and more": lambda one: len(_words(one.english)) >= 15,
        "a word that training never had": lambda one: rarest(one) == 0,
        f"a word that 1 to {RARE - 1} training sentences have": lambda one: 0 < rarest(one) < RARE,
        "questions": lambda one: one.english.endswith("?"),
        "several sentences": lambda one: sum(one.english.count(end) for end in ".!?") > 1,
    }


def by_hardness(
    said: Sequence[str], corpus: Corpus, parts: Mapping[str, Callable[[Sentence], bool]]
) -> dict[str, dict[str, float]]:
    """BLEU and chrF of the sentences of dev of each kind; kinds that dev lacks are left out."""
    found = {}
    for name, belongs in parts.items():
        places = [place for place, one in enumerate(corpus.dev) if belongs(one)]
        if places:
            scores = scored([said[place] for place in places], [corpus.dev[i] for i in places])
            found[name] = {"sentences": len(places)} | scores
    return found


def lost_questions(said: Sequence[str], sentences: Sequence[Sentence]) -> list[int]:
    """Places of the questions whose French is none, where every right answer is one."""
    return [
        place
        for place, one in enumerate(sentences)
        if one.english.endswith("?")
        and all(text.endswith("?") for text in one.french)
        and not said[place].endswith("?")
    ]


def repeating(said: str) -> bool:
    """Whether a run of three words comes twice: a translator that has lost its place."""
    words = _words(said)
    runs = [tuple(words[place : place + 3]) for place in range(len(words) - 2)]
    return len(set(runs)) < len(runs)


def examine(
    model: MarianMTModel, tokenizer: PreTrainedTokenizerBase, corpus: Corpus
) -> dict[str, Any]:
    """Everything that the card says of a finished model, in float32."""
    say = partial(translations, model, tokenizer)
    dev, english = corpus.dev, [one.english for one in corpus.dev]
    said = {"greedy": say(english), "beams": say(english, beams=BEAMS)}
    greedy = said["greedy"]
    held = say([one.english for one in corpus.held_back])
    chance = random.Random(0)
    hurried = say([typed(text, chance) for text in english])
    chrf = [sentence_chrf(text, one) for text, one in zip(greedy, dev, strict=True)]
    worst = sorted(range(len(dev)), key=chrf.__getitem__)[:20]
    asked, beamed = say(ASKED), say(ASKED, beams=BEAMS)
    lost = lost_questions(greedy, dev)
    shown = [dev.index(one) for one in spread(dev, 20)]
    rows = {"samples": shown, "worst": worst, "lost_questions": lost[:10]}
    return {
        "dev": {way: scored(texts, dev) for way, texts in said.items()},
        "signatures": signatures(dev),
        "held_back": scored(held, corpus.held_back),
        "typed": scored(hurried, dev),
        "by_hardness": by_hardness(greedy, corpus, hard_parts(corpus.train)),
        "questions": sum(text.endswith("?") for text in english),
        "questions_lost": len(lost),
        "repeating": sum(map(repeating, greedy)),
        "asked": [
            {"english": text, "greedy": one, "beams": other}
            for text, one, other in zip(ASKED, asked, beamed, strict=True)
        ],
    } | {
        name: [
            {"english": english[i], "french": list(dev[i].french)}
            | {way: texts[i] for way, texts in said.items()}
            for i in places
        ]
        for name, places in rows.items()
    }
