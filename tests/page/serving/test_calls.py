"""Calls: of a handler that is there, with all its values, each of its kind."""

import http.client
import json
import re

import gradio as gr
import pytest
from gradio.state_holder import SessionState

from core.errors import UserError
from page.frame import build_page
from page.serving.calls import checked
from tabs.kit.gradio_inside.asking import handlers
from tabs.kit.misfits import misfit
from tests.page.serving.asking import ask, beside, call, sentence

FULL = {"data": ["Hello."], "session_hash": "a"}
WRONG = [None, True, "text", 5, -1e308, [], [[1]], {}, {"path": 5}, {"a": [1]}, "\ud800",
         {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}},
         {"path": "/etc/passwd", "url": "http://198.51.100.7/"}]  # fmt: skip


@pytest.fixture(scope="module")
def config(server):
    return json.loads(ask(server, "GET", "/config")[1])


@pytest.fixture(scope="module")
def page(desk):
    """The page, in this process and not served."""
    return build_page(desk)


def number_of(config, name):
    return next(each["id"] for each in config["dependencies"] if each["api_name"] == name)


# Names, numbers, sessions ------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["call/nope", "call/v2/nope", "call/refresh"])
def test_an_endpoint_that_is_not_there_is_named(server, path):
    status, said = call(server, path, FULL)
    assert status == 404
    assert sentence(said) == (
        f"There is no endpoint /{path.split('/')[-1]}; there are /answer, /attend, /caption, "
        "/compare, /count, /fill, /follows, /generate, /inspect, /judge, /models, /score, "
        "/tokenize, /translate."
    )


@pytest.mark.parametrize("name", ["n" * 65, "a-b", "%0a", "%1b[31m", "<b>"])
def test_a_name_that_is_no_name_is_not_repeated(server, name):
    status, said = call(server, f"call/{name}", FULL)
    assert (status, "There is nothing at this address" in said) == (404, True)
    assert "31m" not in said


@pytest.mark.parametrize("path", ["queue/join", "run/predict"])
@pytest.mark.parametrize(
    ("index", "status", "said"),
    [
        (99999, 404, '; got "99999".'),
        (-1, 404, '; got "-1".'),
        (3, 404, '; got "3".'),  # a script of the browser
        ("1", 422, "fn_index must be a whole number; got a text."),
        (True, 422, "fn_index must be a whole number; got true or false."),
        (None, 422, "fn_index must be a whole number; got nothing."),
        (1.5, 422, "fn_index must be a whole number; got a number."),
    ],
)
def test_a_handler_that_is_not_there_is_refused(server, path, index, status, said):
    got, text = call(server, path, FULL | {"fn_index": index})
    assert got == status
    assert sentence(text).endswith(said)


@pytest.mark.parametrize("name", ["", "a" * 65, "a b", "../a", "a\n", "é", 5, [], None])
def test_a_session_has_a_name_as_clients_give_one(server, config, name):
    asked = FULL | {"fn_index": number_of(config, "tokenize"), "session_hash": name}
    joined = call(server, "queue/join", asked)
    cancelled = call(server, "cancel", {"session_hash": name, "fn_index": 1, "event_id": "a"})
    for status, said in (joined, cancelled):
        assert status == 422
        assert sentence(said).startswith("session_hash must be 1 to 64 letters, digits, - or _;")
    if name is not None:
        assert call(server, "call/tokenize", FULL | {"session_hash": name})[0] == 422


@pytest.mark.parametrize("query", ["", "?session_hash=", "?session_hash=a%20b"])
def test_the_results_of_a_session_without_a_name_are_not_there(server, query):
    status, said, _ = ask(server, "GET", f"/gradio_api/queue/data{query}")
    assert (status, sentence(said)[:20]) == (422, "session_hash must be")
    assert ask(server, "GET", f"/gradio_api/heartbeat/{'a' * 65}")[0] == 404


def test_what_no_client_sends_is_not_heard(server, page):
    """`batched` would make Gradio take a text for a batch of texts, `event_id` for a run."""
    odd = {"batched": True, "simple_format": True, "event_id": "x", "oauth_token": "y", "more": 1}
    usual = {"data": [], "fn_index": 0, "session_hash": "a", "event_data": None, "trigger_id": 1}
    assert checked(handlers(page), "queue", "", usual | odd) == usual
    assert call(server, "queue/join", usual | odd)[0] == 200


def test_a_handler_with_a_queue_is_not_run_beside_it(server, config):
    joined = FULL | {"fn_index": number_of(config, "tokenize")}
    status, said = call(server, "run/predict", joined)
    assert (status, "POST it to /gradio_api/queue/join" in sentence(said)) == (404, True)


# Values ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("call/tokenize", {"data": []}, "/tokenize takes 1 to 3 values; got 0."),
        ("call/tokenize", {"data": ["a"] * 4}, "/tokenize takes 1 to 3 values; got 4."),
        ("call/answer", {"data": ["a"]}, "/answer takes 2 to 4 values; got 1."),
        ("call/models", {"data": [1]}, "/models takes 0 values; got 1."),
        ("call/models", {}, "data must be a list with the values in their order; got nothing."),
        ("call/models", {"data": "a"}, "data must be a list with the values in their order; "
                                       "got a text."),
        ("call/v2/tokenize", {}, "/tokenize needs text, which was not given."),
        ("call/v2/tokenize", {"text": "a", "nope": 1}, "text, tokenizer, text_pair are what "
                                                       '/tokenize takes; got "nope" as well.'),
    ],
)  # fmt: skip
def test_too_few_values_and_too_many_are_refused_with_both_numbers(server, path, body, said):
    status, text = call(server, path, body)
    assert (status, sentence(text)) == (422, said)


def test_a_handler_of_the_page_takes_all_its_values_and_no_more(server, config):
    for each in config["dependencies"]:
        if not each["backend_fn"] or each["api_visibility"] == "public":
            continue
        path = "queue/join" if each["queue"] is not False else "run/predict"
        count = len(each["inputs"])
        for given in {count + 1, max(count - 1, 0)} - {count}:
            body = {"data": [None] * given, "fn_index": each["id"], "session_hash": "few"}
            status, said = call(server, path, body)
            assert (status, sentence(said)) == (
                422,
                f"This handler takes {count} values; got {given}.",
            ), each["api_name"]


def test_what_is_left_out_is_the_default(server, client):
    def given(path, body):
        status, said = call(server, path, body)
        assert status == 200
        event = json.loads(said)["event_id"]
        connection = ask_stream(server, f"/gradio_api/{path}/{event}")
        return json.loads(connection)

    whole = client.predict("Two dogs.", api_name="/tokenize")
    assert given("call/tokenize", {"data": ["Two dogs."]}) == [whole]
    assert given("call/tokenize", {"data": ["Two dogs.", "pocket-bert"]}) == [whole]
    assert given("call/v2/tokenize", {"text": "Two dogs."}) == [whole]
    pair = client.predict("Two", "words", "dogs", api_name="/tokenize")
    assert given("call/tokenize", {"data": ["Two", "words", "dogs"]}) == [pair]


def ask_stream(server, path):
    """The data of the last event of a stream that ends."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", path)
    with connection.getresponse() as answer:
        lines = answer.read().decode().splitlines()
    assert "event: complete" in lines
    return next(line for line in reversed(lines) if line.startswith("data: ") and
                line != "data: null").removeprefix("data: ")  # fmt: skip


def test_an_endpoint_is_known_by_what_it_takes(page):
    known = {one.name: one for one in handlers(page).values() if one.name}
    assert known["tokenize"].takes == ("text", "tokenizer", "text_pair")
    assert known["tokenize"].defaults == {"tokenizer": "pocket-bert", "text_pair": ""}
    assert known["models"].queued
    assert any(not one.queued and not one.name for one in handlers(page).values())


# Kinds -------------------------------------------------------------------------------------------


def test_a_value_that_fits_no_control_is_told_in_a_sentence_by_every_handler(page, monkeypatch):
    """Each value alone wrong, in each place of each handler: Gradio's own errors say nothing."""
    functions = [one for one in page.fns.values() if one.fn and one.inputs]
    assert len(functions) > 30
    monkeypatch.setattr(page, "call_function", reached)

    async def said(function, values, state):
        try:
            await page.process_api(function, values, state=state)
        except gr.Error as error:
            return error

    async def told():
        heard, state = [], SessionState(page)
        for function in functions:
            right = [getattr(one, "value", None) for one in function.inputs]
            for place, component in enumerate(function.inputs):
                for value in () if component.stateful else WRONG:
                    values = [*right[:place], value, *right[place + 1 :]]
                    heard.append((function.api_name, place, await said(function, values, state)))
        return heard

    heard = [each for each in beside(told()) if REACHED not in each[-1].message]
    assert len(heard) > 500
    for name, place, error in heard:
        assert not error.print_exception
        assert "Something went wrong" not in error.message, (name, place, error.message)
        assert SAID.match(error.message), (name, place, error.message)
        assert error.message.encode()  # no half of a character


async def reached(*_, **__):
    """Instead of the handler, which would compute."""
    raise UserError(REACHED)


# Ours, and what Gradio says itself of a choice, a number's range, a file's type.
SAID = re.compile(r".* must be .*; got .*\.$|Value:? |Invalid file type\. Please ")
REACHED = "The values have come as far as the handler."


@pytest.mark.parametrize(
    ("component", "value", "said"),
    [
        (gr.Slider(label="Layer"), "high", "Layer must be a number; got a text of 4 characters."),
        (gr.Number(label="Seed", precision=0), [1], "Seed must be a whole number; got a li"),
        (gr.CheckboxGroup(["a"], label="Which"), 5, "Which must be a list; got a number."),
        (gr.Image(label="Picture"), "x.png", "Picture must be a file that was sent to this page"),
        (gr.File(label="List"), {"path": "/etc/passwd"}, "got a file that was not sent to it."),
        (gr.Textbox(label="Text"), {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}},
         "Text must be a text; got a file that was not sent to it."),
    ],
)  # fmt: skip
def test_the_sentence_names_the_control_and_both_kinds(component, value, said):
    assert said in misfit("", component, value)


def test_no_wrong_value_leaves_a_script_without_a_sentence(page):
    """Every endpoint, each value alone wrong."""
    right = {"text": "Hello.", "sentences": ["One.", "Two."], "question": "Who?", "prompt": "A",
             "context": "A dog.", "max_new_tokens": 1, "sentence": "A.",
             "following": "B."}  # fmt: skip
    wrong = (None, {"a": [1]}, [[1]], -1e308, {"path": "/etc/passwd"})
    endpoints = {number: one for number, one in handlers(page).items() if one.name}
    assert len(endpoints) == 14

    async def told():
        state = SessionState(page)
        for number, one in endpoints.items():
            values = [right.get(name, one.defaults.get(name)) for name in one.takes]
            for place in range(len(values)):
                for value in wrong:
                    asked = [*values[:place], value, *values[place + 1 :]]
                    try:
                        await page.process_api(number, asked, state=state)
                    except gr.Error as error:
                        yield one.name, place, error.message

    async def all_of_it():
        return [each async for each in told()]

    heard = beside(all_of_it())
    assert len(heard) > 150
    assert [each for each in heard if not each[-1] or "Something went wrong" in each[-1]] == []


def results(server, session):
    """What a session hears of what it has asked."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", f"/gradio_api/queue/data?session_hash={session}")
    with connection.getresponse() as answer:
        return answer.read().decode()


def test_a_handler_that_fails_says_so(page, monkeypatch):
    """With an error that nobody foresaw."""

    async def fails(*_, **__):
        raise ZeroDivisionError("private text")

    function = next(one for one in page.fns.values() if one.fn and not one.inputs)
    monkeypatch.setattr(page, "call_function", fails)
    with pytest.raises(gr.Error) as error:
        beside(page.process_api(function, [], state=SessionState(page)))
    assert error.value.message == (
        "Something went wrong here (ZeroDivisionError): an error of this page, not of yours."
    )


def test_a_run_without_its_number_is_told_what_it_lacks(server, config):
    named = re.compile(r"(run|anew)(_\d+)?$")
    runs = [each for each in config["dependencies"] if named.match(each["api_name"] or "")]
    parts = {each["id"]: each for each in config["components"]}
    assert len(runs) > 4
    for run in runs:
        values = [parts[each]["props"].get("value") for each in run["inputs"]]
        for number, got in ((None, "nothing"), (-1, "-1")):
            body = {"data": [*values[:-1], number], "fn_index": run["id"]}
            session = f"run{run['id']}{got}"
            assert call(server, "queue/join", body | {"session_hash": session})[0] == 200
            said = results(server, session)
            assert "The number of the run must be a whole number from 0 to 9,007" in said
            assert f"got {got}." in said


def test_half_a_character_in_a_choice_does_not_end_the_stream(server, config):
    shown = next(each for each in config["dependencies"] if each["api_name"] == "find")
    body = {"data": ["a", "", "\ud800", "\ud800"], "fn_index": shown["id"]}
    status, _ = call(server, "queue/join", body | {"session_hash": "half"})
    assert status == 200
    stream = results(server, "half")
    assert "Value 3 of what was sent has half of a surrogate pair" in stream
    assert "close_stream" in stream
