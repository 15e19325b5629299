"""The scene builder: its pieces make the drawn scene, its routes refuse, its examples hold."""

import asyncio
import io
import re
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.errors import UserError
from figures.captioning.builder import workbench
from scenes.places import background
from scenes.scene import COLOURS, KINDS, PLACES, STYLES, Scene, draw, from_text, to_text
from scenes.tiles import CELL, COLUMNS, SIDE, place_picture, sheet, thing_picture
from tabs.captioning.builder import DRAWN_AT_ONCE, ROUTES, next_scene
from tabs.kit.examples import read_examples
from tests.weights.held import holds

# Places in steps of 5 hundredths fall on whole pixels of the builder's picture.
SCENE = "hills.{}.12~tree.green.75.55.40~car.red.30.75.28.f~dog.brown.60.80.22.-20"


def opened(content):
    return Image.open(io.BytesIO(content))


@pytest.fixture(scope="module")
def routes():
    return TestClient(Starlette(routes=ROUTES))


@pytest.mark.parametrize("style", STYLES)
def test_the_pieces_put_together_are_the_drawn_scene(style):
    scene = from_text(SCENE.format(style))
    whole = background(scene.place, style, SIDE, scene.seed)
    for number, thing in enumerate(scene.things):
        piece = opened(thing_picture(Scene((thing,), "paper", style, scene.seed), number))
        left = thing.x * SIDE // 100 - piece.width // 2
        whole.paste(piece, (left, thing.y * SIDE // 100 - piece.height // 2), piece)
    assert whole.tobytes() == draw(scene, SIDE).tobytes()


def test_the_number_and_the_seed_matter_to_strokes_by_hand_alone():
    def pieces(style):
        texts = (f"paper.{style}.{seed}~car.red.50.50.28" for seed in (0, 9))
        return {thing_picture(from_text(text), number) for text in texts for number in (0, 3)}

    assert [len(pieces(style)) for style in STYLES] == [1, 1, 4, 4]


def test_a_place_is_a_whole_picture():
    assert opened(place_picture(from_text("night.crayon.999999"))).size == (SIDE, SIDE)


def test_a_picture_of_one_thing_shows_one_thing():
    with pytest.raises(UserError, match=r"one thing .* got 2"):
        thing_picture(from_text("sea.flat.0~cat.black.1.2.30~cat.black.1.2.30"), 0)
    with pytest.raises(UserError, match="with the number 8"):
        thing_picture(from_text("sea.flat.0~cat.black.1.2.30"), 8)


def test_every_kind_is_on_the_sheet():
    alpha = opened(sheet()).getchannel("A")
    for number, kind in enumerate(KINDS):
        row, column = divmod(number, COLUMNS)
        box = (column * CELL, row * CELL, (column + 1) * CELL, (row + 1) * CELL)
        seen = alpha.crop(box).getbbox()
        assert seen is not None, kind
        assert max(seen[2] - seen[0], seen[3] - seen[1]) > CELL / 2, kind


def test_the_routes_give_pictures_that_browsers_keep(routes):
    for address in (
        "/scene/place.webp?of=beach.sketch.5",
        "/scene/thing.webp?of=paper.flat.0~car.red.50.50.28&number=0",
        "/scene/kinds.webp",
    ):
        answer = routes.get(address)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "image/webp"
        assert "max-age" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("place.webp?of=moonscape.flat.5", "place must be one of paper, meadow"),
        ("place.webp", "The scene is empty"),
        (f"place.webp?of={'a' * 5000}", "5,000 characters; at most 1,000"),
        ("thing.webp?of=paper.flat.0~car.puce.50.50.28", "colour of a car must be one of red"),
        ("thing.webp?of=paper.flat.0~car.red.50.50.101", "size must be a whole number from 3"),
        ("thing.webp?of=paper.flat.0", "got 0"),
        ("thing.webp?of=paper.flat.0~car.red.50.50.28&number=1e9", "from 0 to 7; got '1e9'"),
    ],
)
def test_the_routes_refuse_in_one_sentence(routes, address, sentence):
    answer = routes.get(f"/scene/{address}")
    assert answer.status_code == 400
    assert sentence in answer.text
    assert "cache-control" not in answer.headers


def test_few_pictures_are_drawn_at_once_so_that_others_have_threads(monkeypatch):
    drawing, most = [], []

    def slowly(scene):
        drawing.append(1)
        most.append(len(drawing))
        time.sleep(0.02)
        drawing.pop()
        return b""

    async def hall():  # in one loop, as the server's
        transport = httpx.ASGITransport(Starlette(routes=ROUTES))
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            of = [f"/scene/place.webp?of=meadow.sketch.{seed}" for seed in range(12)]
            return await asyncio.gather(*map(client.get, of))

    monkeypatch.setattr("tabs.captioning.builder.place_picture", slowly)
    with ThreadPoolExecutor(1) as pool:  # this thread may have a loop already, Playwright's
        answers = pool.submit(asyncio.run, hall()).result()
    assert {answer.status_code for answer in answers} == {200}
    assert max(most) <= DRAWN_AT_ONCE


def test_another_scene_follows_from_the_scene_before():
    first = next_scene("paper.flat.0")
    assert first == next_scene("paper.flat.0") != next_scene(first)
    assert to_text(from_text(first)) == first
    assert from_text(next_scene("no scene at all"))  # a way out of a bad link


def test_the_workbench_names_every_kind_colour_place_and_style():
    html = workbench('"><b>', KINDS, COLOURS, PLACES, STYLES, columns=COLUMNS, most=8)
    assert re.findall(r'data-kind="(\w+)"', html) == list(KINDS)
    assert re.findall(r'data-colour="(\w+)"', html) == list(COLOURS)
    assert re.findall(r"<option>(\w+)", html) == [*PLACES, *STYLES]
    assert "<b>" not in html.partition('data-world="')[0]


# The examples: what their hints say of the pictures --------------------------------------------


def example(title):
    return next(
        from_text(ex["inputs"]["scene"])
        for ex in read_examples("captioning")
        if ex["title"] == title
    )


def test_there_are_enough_examples_and_each_is_a_scene_as_the_page_writes_it():
    examples = read_examples("captioning")
    assert len({ex["title"] for ex in examples}) == len(examples) >= 14
    for ex in examples:
        text = ex["inputs"]["scene"]
        assert to_text(from_text(text)) == text
        assert ex["look_for"].endswith((".", "?"))


def test_the_swapped_scene_differs_in_two_places_alone():
    car, dog = example("Left and right").things
    swapped_car, swapped_dog = example("The same two, swapped").things
    assert (swapped_car.x, swapped_dog.x) == (dog.x, car.x)
    assert to_text(example("Left and right")).replace(".27.", ".0.").replace(
        ".73.", ".27."
    ).replace(".0.", ".73.") == to_text(example("The same two, swapped"))


def test_three_apples_are_the_two_and_one_more():
    two, three = example("Two apples"), example("Three apples")
    assert three.things[:2] == two.things
    assert len(three.things) == 3


def test_the_cat_is_half_hidden_by_the_bush():
    scene = example("Half hidden")
    with_bush = draw(scene, 200)
    cat = Scene(scene.things[:1], scene.place, scene.style, scene.seed)
    nothing, alone = draw(Scene((), *_look(scene)), 200), draw(cat, 200)
    seen = hidden = 0
    for empty, cats, both in zip(*map(_pixels, (nothing, alone, with_bush)), strict=True):
        if empty != cats:
            seen += cats == both
            hidden += cats != both
    assert 0.3 < hidden / (seen + hidden) < 0.7


def _pixels(image):
    flat = image.tobytes()
    return [flat[place : place + 3] for place in range(0, len(flat), 3)]


def _look(scene):
    return scene.place, scene.style, scene.seed


def test_the_fish_is_in_the_upper_half_and_the_crowd_is_full():
    fish = example("A fish in the sky").things[0]
    assert (fish.kind, fish.y < 50) == ("fish", True)
    crowd = example("A crowd")
    assert len({thing.kind for thing in crowd.things}) == 8


def test_two_elephants_one_twice_the_size():
    big, small = example("Big and small").things
    assert big.size >= 2 * small.size


def test_the_unusual_colours_are_not_the_usual_ones():
    for thing in example("Unusual colours").things:
        assert thing.colour != KINDS[thing.kind].colours[0]


def test_an_empty_scene_has_nothing_on_it():
    assert example("Nothing there").things == ()


@holds("captioning", "Tilted and mirrored", 1)
def test_the_house_and_the_horse_are_turned_and_mirrored():
    line = next(ex for ex in read_examples("captioning") if ex["title"] == "Tilted and mirrored")
    things = example("Tilted and mirrored").things
    assert all(thing.flip for thing in things)
    assert {abs(thing.turn) for thing in things} == {25}
    assert "turned by 25 degrees and mirrored" in line["look_for"]


@holds("captioning", "Smaller than a patch", 1)
def test_the_key_is_about_as_long_as_a_patch(space):
    line = next(ex for ex in read_examples("captioning") if ex["title"] == "Smaller than a patch")
    key = example("Smaller than a patch").things[-1]
    assert key.kind == "key"
    assert f"The key is {key.size} hundredths long, about one patch" in line["look_for"]
    assert key.size == pytest.approx(100 / 12, abs=1)  # the patches along a side
