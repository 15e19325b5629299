"""Scenes: what can be drawn, how true a drawing is to its words, and scenes as text."""

import re
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from core.errors import UserError
from scenes.recipes import DRAWN
from scenes.scene import (
    COLOURS,
    KINDS,
    MOST_THINGS,
    PLACES,
    STYLES,
    Scene,
    Thing,
    draw,
    from_text,
    stamps,
    to_text,
)

SIDE = 96


def stamp_of(kind, colour, style="flat", *, size=50, flip=False, turn=0, seed=0, side=SIDE):
    """The thing alone, in the middle of its picture: (RGBA picture, left, top)."""
    thing = Thing(kind, colour, 50, 50, size, flip, turn)
    return stamps(Scene((thing,), "paper", style, seed), side)[0]


def commonest_colour(image):
    """The name of the colour that most opaque pixels are nearest to."""
    pixels = np.asarray(image).reshape(-1, 4).astype(float)
    pixels = pixels[pixels[:, 3] > 200, :3]
    names = list(COLOURS)
    away = ((pixels[:, None] - np.array([COLOURS[name] for name in names])) ** 2).sum(axis=2)
    return names[Counter(away.argmin(axis=1).tolist()).most_common(1)[0][0]]


def coverage(image):
    return np.asarray(image.getchannel("A")).astype(float) / 255


def test_every_kind_of_the_table_is_drawn_and_no_other():
    assert set(KINDS) == set(DRAWN)
    assert len(KINDS) >= 44


def test_no_two_kinds_or_plurals_share_a_name():
    words = [word for kind in KINDS.values() for word in {kind.name, kind.plural}]
    assert len(words) == len(set(words))
    assert all(re.fullmatch("[a-z]+", word) for word in words)


@pytest.mark.parametrize("kind", KINDS)
def test_the_colour_word_names_what_most_of_a_flat_thing_has(kind):
    seen = {
        name: commonest_colour(stamp_of(kind, name)[0]) for name in KINDS[kind].colours if name
    }
    assert seen == {name: name for name in seen}


@pytest.mark.parametrize("style", STYLES)
def test_every_thing_fills_the_box_that_its_size_says(style):
    for kind, entry in KINDS.items():
        for colour in entry.colours:
            image, left, top = stamp_of(kind, colour, style)
            assert coverage(image).mean() > 0.15, (kind, colour)
            assert max(image.size) == pytest.approx(SIDE / 2, abs=5), (kind, colour)
            middle = (left + image.width / 2, top + image.height / 2)
            assert middle == pytest.approx((SIDE / 2, SIDE / 2), abs=3), (kind, colour)


def test_a_thing_twice_as_large_is_drawn_twice_as_large():
    small, large = (max(stamp_of("car", "red", size=size)[0].size) for size in (30, 60))
    assert large == pytest.approx(2 * small, abs=2)


@pytest.mark.parametrize("style", STYLES)
def test_the_same_scene_has_the_same_pixels_and_another_seed_has_others(style):
    def pixels(seed):
        things = (Thing("dog", "brown", 30, 70, 30), Thing("sun", "yellow", 80, 20, 25))
        return draw(Scene(things, "meadow", style, seed), SIDE).tobytes()

    assert pixels(3) == pixels(3)
    assert pixels(3) != pixels(4)


@pytest.mark.parametrize("style", ["sketch", "crayon"])
def test_a_hand_drawn_thing_depends_on_the_seed(style):
    first, second = (stamp_of("house", "red", style, seed=seed)[0] for seed in (3, 4))
    assert first.size != second.size or first.tobytes() != second.tobytes()


def test_a_mirrored_thing_is_the_mirror_image():
    for kind, entry in KINDS.items():
        plain, mirrored = (
            coverage(stamp_of(kind, entry.colours[0], flip=flip, side=4 * SIDE)[0])
            for flip in (False, True)
        )
        high, wide = np.minimum(plain.shape, mirrored.shape)
        apart = np.abs(plain[:high, :wide] - mirrored[:high, ::-1][:, :wide]).mean()
        assert apart < 0.05, kind
        if kind in ("dog", "whale", "train"):  # these would be other pictures unmirrored
            assert np.abs(plain[:high, :wide] - mirrored[:high, :wide]).mean() > 0.1


def test_a_turned_thing_turns_anticlockwise():
    plain, turned = (stamp_of("pencil", "red", turn=turn)[0] for turn in (0, 30))
    assert turned.height > plain.height  # it pointed up to the right; now it is steeper
    assert turned.width < plain.width


def test_things_are_drawn_over_the_place_in_their_order():
    red, blue = Thing("heart", "red", 50, 50, 60), Thing("heart", "blue", 50, 50, 60)
    centre = (SIDE // 2, SIDE // 2)
    assert draw(Scene((red, blue)), SIDE).getpixel(centre) == COLOURS["blue"]
    assert draw(Scene((blue, red)), SIDE).getpixel(centre) == COLOURS["red"]


def test_a_thing_may_stick_out_of_the_picture():
    picture = draw(Scene((Thing("heart", "red", 0, 50, 60),)), SIDE)
    assert picture.size == (SIDE, SIDE)
    assert picture.getpixel((4, SIDE // 2)) == COLOURS["red"]


@pytest.mark.parametrize("style", STYLES)
def test_places_differ_from_one_another(style):
    pictures = [draw(Scene((), place, style), 48) for place in PLACES]
    assert {picture.size for picture in pictures} == {(48, 48)}
    means = [np.asarray(picture).mean(axis=(0, 1)) for picture in pictures]
    for place, mean in enumerate(means):
        for other in means[:place]:
            assert np.abs(mean - other).max() > 2


def test_a_drawn_picture_can_be_changed_without_changing_the_next():
    scene = Scene((), "meadow")
    before = draw(scene, SIDE).tobytes()
    draw(scene, SIDE).paste("red", (0, 0, SIDE, SIDE))
    assert draw(scene, SIDE).tobytes() == before


def test_a_sprite_takes_the_place_of_a_drawing():
    left_red = Image.new("RGBA", (40, 20), (0, 0, 255, 255))
    left_red.paste((255, 0, 0, 255), (0, 0, 20, 20))
    thing = Thing("banjo", "", 50, 50, 50)
    image, left, top = stamps(Scene((thing,)), SIDE, {"banjo": left_red})[0]
    assert (image.size, left, top) == ((48, 24), 24, 36)
    assert image.getpixel((2, 12)) == (255, 0, 0, 255)
    mirrored = Thing("banjo", "", 50, 50, 50, flip=True)
    image, _, _ = stamps(Scene((mirrored,)), SIDE, {"banjo": left_red})[0]
    assert image.getpixel((2, 12)) == (0, 0, 255, 255)


def test_a_kind_that_nobody_drew_is_refused():
    with pytest.raises(UserError, match="banjo"):
        draw(Scene((Thing("banjo", "red", 50, 50, 20),)), SIDE)


@pytest.mark.parametrize(
    "scene",
    [
        Scene(()),
        Scene((Thing("rainbow", "", 0, 100, 3),), "sea", "crayon", 999_999),
        Scene(
            (Thing("dog", "brown", 30, 70, 25, True), Thing("cat", "black", 1, 2, 100, False, 9))
        ),
        Scene((Thing("kite", "red", 5, 6, 7, True, -30),) * MOST_THINGS, "night", "sketch", 7),
    ],
)
def test_a_scene_survives_as_text_that_a_url_needs_not_escape(scene):
    assert from_text(to_text(scene)) == scene
    assert re.fullmatch(r"[A-Za-z0-9._~-]*", to_text(scene))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "place.style.seed"),
        ("meadow.flat", "'meadow.flat'"),
        ("moon.flat.7", "'moon'"),
        ("meadow.oil.7", "'oil'"),
        ("meadow.flat.-1", "0 to 999999; got '-1'"),
        ("meadow.flat.7~", "''"),
        ("meadow.flat.7~dog.brown.3.4", "'dog.brown.3.4'"),
        ("meadow.flat.7~wug.brown.3.4.9", "'wug'"),
        ("meadow.flat.7~dog.blue.3.4.9", "colour of a dog must be one of brown.*'blue'"),
        ("meadow.flat.7~dog..3.4.9", "colour of a dog"),
        ("meadow.flat.7~dog.brown.101.4.9", "0 to 100; got '101'"),
        ("meadow.flat.7~dog.brown.3.4.2", "size must be .* 3 to 100; got '2'"),
        ("meadow.flat.7~dog.brown.3.4.nine", "'nine'"),
        ("meadow.flat.7~dog.brown.3.4.²", "'²'"),
        ("meadow.flat.7~dog.brown.3.4.9.31", "-30 to 30; got '31'"),
        ("meadow.flat.7~dog.brown.3.4.9.f.f", "turn"),
        ("meadow.flat.7~dog.brown.3.4.9.1.f", "mirrored"),
        ("meadow.flat.7" + "~dog.brown.3.4.9" * 9, "at most 8 things; got 9"),
    ],
)
def test_text_that_is_no_scene_is_refused_with_what_was_seen(text, said):
    with pytest.raises(UserError, match=said):
        from_text(text)
