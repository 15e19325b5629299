"""Other forms of an English word: those that stand beside it in a grammar's table."""

import re
from collections.abc import Container

# Words that take each other's place: each line is one table.
TABLES = """
be am is are was were been being
have has had having
do does did done doing
go goes went gone going
come comes came coming
see sees saw seen seeing
eat eats ate eaten eating
give gives gave given giving
take takes took taken taking
make makes made making
write writes wrote written writing
speak speaks spoke spoken speaking
break breaks broke broken breaking
drive drives drove driven driving
know knows knew known knowing
grow grows grew grown growing
throw throws threw thrown throwing
fly flies flew flown flying
draw draws drew drawn drawing
begin begins began begun beginning
drink drinks drank drunk drinking
sing sings sang sung singing
swim swims swam swum swimming
run runs ran running
fall falls fell fallen falling
forget forgets forgot forgotten forgetting
choose chooses chose chosen choosing
steal steals stole stolen stealing
wear wears wore worn wearing
bite bites bit bitten biting
ride rides rode ridden riding
rise rises rose risen rising
say says said saying
tell tells told telling
find finds found finding
think thinks thought thinking
buy buys bought buying
bring brings brought bringing
catch catches caught catching
teach teaches taught teaching
feel feels felt feeling
keep keeps kept keeping
sleep sleeps slept sleeping
leave leaves left leaving
meet meets met meeting
lose loses lost losing
send sends sent sending
spend spends spent spending
build builds built building
stand stands stood standing
hear hears heard hearing
hold holds held holding
win wins won winning
pay pays paid paying
sit sits sat sitting
sell sells sold selling
lead leads led leading
get gets got getting
become becomes became becoming
can could
will would
shall should
may might
man men
woman women
child children
person people
foot feet
tooth teeth
mouse mice
good better best well
bad worse worst badly
much many
more most
little less least
few fewer
a an the
this these that those
some any no
I me my mine myself
you your yours yourself
he him his himself
she her hers herself
it its itself
we us our ours ourselves
they them their theirs themselves
who whom whose
everybody somebody anybody nobody
everything something anything nothing
ever never always
in on at
"""
VOWELS = "aeiou"
SHORT = re.compile(r"[^aeiou]*[aeiou][^aeiouwxy]")  # one syllable that doubles its last letter
# Words of the closed classes: worth trying in any gap.
FUNCTION = (
    *("the", "a", "an", "to", "of", "in", "on", "at", "for", "with", "by", "from", "and", "or"),
    *("but", "that", "who", "which", "is", "are", "was", "were", "be", "been", "has", "have"),
    *("had", "do", "does", "did", "not", "will", "would", "can", "could", "it", "he", "she"),
    *("they", "i", "you", "we", "his", "her", "their", "as", "than", "if", "when", "there"),
)


def _tables() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for line in TABLES.lower().strip().splitlines():
        for word in line.split():
            found.setdefault(word, set()).update(line.split())
    return found


_BESIDE = _tables()


def forms_of(word: str, known: Container[str]) -> tuple[str, ...]:
    """The other forms of a word, lower case, that are `known`, in alphabetical order.

    Irregular words and those of closed classes come from a table. Any other takes or loses the
    endings -s, -ed, -ing, -er, -est, -ly by the rules of spelling; what is no word is left out,
    as far as `known` (a vocabulary) tells.
    """
    word = word.lower()
    found = set(_BESIDE.get(word, ()))
    if word not in _BESIDE:
        for stem in _stems(word, known):
            if stem in known:
                found |= {stem, *_endings(stem), *_BESIDE.get(stem, ())}
    return tuple(sorted(form for form in found if form != word and form in known))


def _stems(word: str, known: Container[str]) -> set[str]:
    """What the word may be a form of; itself among them."""
    stems = {word}
    for ending in ("s", "es", "ed", "d", "ing", "er", "est", "ly"):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > 2:
            stems.add(stem)
            if stem.endswith("i"):
                stems.add(stem[:-1] + "y")
            if ending in ("ing", "ed", "er", "est"):
                stems.add(stem + "e")
                if stem[-1] == stem[-2] and stem not in known:
                    stems.add(stem[:-1])  # stopped is of stop, but taller is of tall
    return stems


def _endings(stem: str) -> set[str]:
    """The stem with each ending, spelled as English does; some are no words."""
    hiss = stem.endswith(("s", "sh", "ch", "x", "z", "o"))
    if stem.endswith("y") and stem[-2:-1] not in VOWELS:
        return {stem[:-1] + end for end in ("ies", "ied", "ier", "iest", "ily")} | {stem + "ing"}
    if stem.endswith("e"):
        short = stem[:-1]
        return {stem + "s", *(short + end for end in ("ed", "ing", "er", "est")), stem + "ly"}
    forms = {stem + ("es" if hiss else "s"), stem + "ly"}
    doubled = {stem + stem[-1]}  # stop, stopped
    for base in doubled if SHORT.fullmatch(stem) else {stem, *doubled}:
        forms |= {base + end for end in ("ed", "ing", "er", "est")}
    return forms
