"""Every public endpoint gives what it gave: the saved calls, made again over HTTP.

How the calls are saved and recorded: tests/house/contract.py. No endpoint streams: each answers
once, when it is done.
"""

import json
import urllib.request

import pytest

from tests.house.contract import FOLDER, check, differences, kept, read

CALLS = read("calls")
LOADED = ("state", "reason", "absent", "bytes_done", "bytes_total", "seconds_left")  # here and now


def asked(client, endpoint, positional=(), named=None, **_):
    """What a script gets: the answer, or the sentence with which it is refused."""
    from gradio_client import handle_file
    from gradio_client.exceptions import AppError

    values = dict(named or {})
    if "image" in values:
        values["image"] = handle_file(FOLDER / values["image"])
    try:
        return client.predict(*positional, api_name=endpoint, **values)
    except AppError as error:
        return {"refused": str(error)}


def test_the_endpoints_and_their_parameters_are_those_that_were_there(server):
    with urllib.request.urlopen(f"{server.url}/gradio_api/info", timeout=20) as answer:
        described = json.load(answer)
    given = {
        name: [parameter(one) for one in endpoint["parameters"]]
        for name, endpoint in described["named_endpoints"].items()
    }
    check("calls", "endpoints", given | {"unnamed": sorted(described["unnamed_endpoints"])})


def parameter(described):
    """One parameter in a line: its name, its type, and what it is where it is left out."""
    line = f"{described['parameter_name']}: {described['type'].get('type')}"
    if not described["parameter_has_default"]:
        return line
    return f"{line} = {described['parameter_default']!r}"


def test_the_models_are_those_that_were_there(client):
    models = client.predict(api_name="/models")
    given = [{name: v for name, v in one.items() if name not in LOADED} for one in models]
    check("calls", "models", {"models": given, "left out": sorted(set(models[0]) & set(LOADED))})


@pytest.mark.parametrize("name", [name for name, call in CALLS.items() if "endpoint" in call])
def test_a_call_gives_what_it_gave(client, name):
    check("calls", name, asked(client, **CALLS[name]))


@pytest.mark.parametrize(
    ("saved", "given", "said"),
    [
        ({"a": [1, 0.5]}, {"a": [1, 0.501]}, "a[1]: 0.5 was saved, 0.501 came"),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, "a.b: 1 was saved, 2 came"),
        ({"a": 1}, {"a": 1.0}, "a: 1 was saved, 1.0 came"),
        ({"a": 1}, {"b": 1}, "a: 1 was saved, 'nothing' came"),
        (["x"], ["x", "y"], "the whole: 1 items were saved, 2 came"),
    ],
)
def test_what_is_not_the_same_is_told_with_its_place(saved, given, said):
    assert next(differences(saved, given)) == said


def test_a_float_may_be_another_by_a_hundred_thousandth():
    assert list(differences([0.5, 3000.0], [0.500009, 3000.02])) == []


@pytest.mark.parametrize("place", [0, 7, 498])
def test_a_number_in_the_middle_of_a_long_list_cannot_change_unseen(place):
    numbers = [float(number) / 500 for number in range(500)]
    others = [*numbers[:place], numbers[place] + 0.01, *numbers[place + 1 :]]
    assert list(differences(kept(numbers), kept(others)))
