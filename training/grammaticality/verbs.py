"""Forms of common English verbs, for the rules of training/grammaticality/errors.py."""

from typing import NamedTuple


class Verb(NamedTuple):
    """One verb's five forms: go, goes, went, gone, going."""

    base: str
    third: str
    past: str
    participle: str
    ing: str


IRREGULAR = """
go went gone, come came come, see saw seen, eat ate eaten, give gave given, take took taken,
write wrote written, speak spoke spoken, break broke broken, drive drove driven, know knew known,
grow grew grown, throw threw thrown, fly flew flown, draw drew drawn, begin began begun,
drink drank drunk, sing sang sung, swim swam swum, ring rang rung, run ran run, fall fell fallen,
forget forgot forgotten, choose chose chosen, steal stole stolen, wake woke woken, wear wore worn,
tear tore torn, hide hid hidden, bite bit bitten, ride rode ridden, rise rose risen,
make made made, have had had, say said said, tell told told, find found found,
think thought thought, buy bought bought, bring brought brought, catch caught caught,
teach taught taught, feel felt felt, keep kept kept, sleep slept slept,
leave left left, meet met met, lose lost lost,
send sent sent, spend spent spent, build built built, stand stood stood, hear heard heard,
understand understood understood, hold held held, win won won, pay paid paid, sit sat sat,
sell sold sold, lead led led, mean meant meant, get got gotten, become became become, do did done
"""
REGULAR = """
ask want need like love help work play look walk talk call live move open close start stop try
study learn wait watch listen visit enjoy finish arrive believe remember follow laugh cook clean
wash turn stay happen change answer show use seem decide hope plan cry carry travel smile wish
explain accept agree allow cross drop enter fail join jump kick kill kiss miss notice offer order
pass pick plant point pull push reach receive save serve shout sign thank touch trust wonder hate
"""
VOWELS = "aeiou"
DOUBLED = {"stop", "plan", "drop", "get", "run", "swim", "sit", "win", "begin", "forget"}


def third_person(base: str) -> str:
    """The form after he, she or it: goes, tries, works."""
    if base == "have":
        return "has"
    if base.endswith(("s", "sh", "ch", "x", "o")):
        return base + "es"
    if base.endswith("y") and base[-2] not in VOWELS:
        return base[:-1] + "ies"
    return base + "s"


def ing_form(base: str) -> str:
    """The form after be: going, making, stopping."""
    if base in DOUBLED:
        return base + base[-1] + "ing"
    if base.endswith("e") and not base.endswith("ee"):
        return base[:-1] + "ing"
    return base + "ing"


def regular_past(base: str) -> str:
    """The regular past and participle: worked, tried, stopped."""
    if base in DOUBLED:
        return base + base[-1] + "ed"
    if base.endswith("e"):
        return base + "d"
    if base.endswith("y") and base[-2] not in VOWELS:
        return base[:-1] + "ied"
    return base + "ed"


def _all_verbs() -> list[Verb]:
    verbs = []
    for entry in IRREGULAR.replace("\n", " ").split(","):
        base, past, participle = entry.split()
        verbs.append(Verb(base, third_person(base), past, participle, ing_form(base)))
    for base in REGULAR.split():
        past = regular_past(base)
        verbs.append(Verb(base, third_person(base), past, past, ing_form(base)))
    return verbs


FORMS: dict[str, Verb] = {verb.base: verb for verb in _all_verbs()}
# "left" and "found" are bases of other verbs too; the first verb listed keeps the form.
BASE_OF: dict[str, str] = {}
for _verb in FORMS.values():
    for _form in _verb:
        BASE_OF.setdefault(_form, _verb.base)
# Irregular pasts that no other form of the verb shares, and no noun: went -> go.
PLAIN_PAST: dict[str, str] = {
    verb.past: verb.base
    for verb in FORMS.values()
    if verb.past not in {verb.base, verb.participle}
    and not verb.past.endswith("ed")
    and verb.past not in {"saw", "rose", "bit", "fell"}
}
