"""Captions of drawn scenes: true, varied, and read back without loss."""

import random
import re
from dataclasses import astuple

import pytest
from PIL import Image

from scenes.captions import describe, parse, score
from scenes.compose import random_scene
from scenes.facts import Graph, Group, graph_of
from scenes.reading import PLACE_WORDS
from scenes.scene import COLOURS, KINDS, PLACES, Scene, Thing
from training.captioning.emoji import EMOJI

PLURALS = {name: plural for name, (plural, _) in EMOJI.items()}
SPRITES = {name: Image.new("RGBA", (40 + number % 25, 64)) for number, name in enumerate(EMOJI)}
# A tree on the right; two red balls under it; a small brown dog far to the left of the tree.
PARK = Scene(
    (
        Thing("tree", "green", 70, 30, 40),
        Thing("ball", "red", 64, 80, 14),
        Thing("ball", "red", 76, 82, 14),
        Thing("dog", "brown", 15, 35, 16),
    ),
    "meadow",
)


def told(number, emoji):
    """Scenes by chance, each with a caption."""
    rng = random.Random(f"told {emoji}")
    for _ in range(number):
        scene = random_scene(rng, sprites=SPRITES) if emoji else random_scene(rng)
        yield scene, describe(scene, rng, PLURALS)


def there(said, scene):
    """Which group of the scene each said group is: by kind and, where it has any, colour."""
    true = graph_of(scene).groups
    places = []
    for group in said.groups:
        fit = [at for at, one in enumerate(true) if one.kind == group.kind]
        if len(fit) > 1:
            fit = [at for at in fit if true[at].colour == group.colour]
        assert len(fit) == 1, group
        places += fit
    return places


@pytest.mark.parametrize("emoji", [False, True])
def test_what_is_said_of_a_scene_is_read_back_and_true_of_it(emoji):
    for scene, caption in told(1500, emoji):
        said, true = parse(caption, PLURALS), graph_of(scene)
        places = there(said, scene)
        assert sorted(places) == list(range(len(true.groups))), caption
        for group, at in zip(said.groups, places, strict=True):
            assert group.count == true.groups[at].count, caption
            assert group.colour in ("", true.groups[at].colour), caption
            assert group.size in ("", true.groups[at].size), caption
        for one, word, other in said.relations:
            assert (places[one], word, places[other]) in true.relations, caption
        assert bool(said.relations) == bool(true.relations), caption
        assert said.place in ("", true.place), caption


@pytest.mark.parametrize("emoji", [False, True])
def test_every_true_caption_scores_as_wholly_right(emoji):
    for scene, caption in told(500, emoji):
        one = score(caption, scene, PLURALS)
        assert one.objects_said == one.objects_true == one.objects_right, caption
        said, right = astuple(one)[3::2], astuple(one)[4::2]
        assert said == right, caption


def test_nothing_said_is_lost_in_reading():
    # Independent of the reader: count the words themselves.
    for scene, caption in told(800, emoji=False):
        said = parse(caption)
        words = re.findall("[a-z]+", re.sub("|".join(sum(PLACE_WORDS.values(), ())), "", caption))
        there_is_one = sum(words.count(word) for word in ("a", "an", "one"))
        more = sum(words.count(word) for word in ("two", "three", "four", "five"))
        assert [group.count == 1 for group in said.groups].count(True) == there_is_one, caption
        assert sum(group.count > 1 for group in said.groups) == more, caption
        assert sum(word in ("small", "big") for word in words) == sum(
            group.size != "" for group in said.groups
        )
        assert any(words in caption for words in sum(PLACE_WORDS.values(), ())) == (
            said.place != ""
        )
        assert sum(word in COLOURS for word in words) >= sum(
            group.colour != "" for group in said.groups
        )
        assert len(said.groups) == len(graph_of(scene).groups)


def test_wording_varies_and_stays_short():
    captions = [caption for _, caption in told(1500, emoji=False)]
    shapes = set()
    for caption in captions:
        for name, plural in [(kind.name, kind.plural) for kind in KINDS.values()]:
            caption = re.sub(rf"\b({name}|{plural})\b", "thing", caption)
        caption = re.sub(rf"\b({'|'.join(COLOURS)}|small|big) ", "", caption)
        for words in sum(PLACE_WORDS.values(), ()):
            caption = caption.replace(words, "somewhere")
        caption = re.sub(r"\b(an?|one|two|three|four|five)\b", "some", caption)
        shapes.add(re.sub(r"left|right|above|below|over|under|beneath", "so", caption))
    assert len(shapes) > 300
    lengths = sorted(len(caption.split()) for caption in captions)
    assert lengths[len(lengths) // 50] >= 2
    assert lengths[-len(lengths) // 20] <= 34
    assert all(caption == caption.lower() and caption[-1] != "." for caption in captions)


def test_the_same_chance_gives_the_same_caption_and_another_one_others():
    assert describe(PARK, random.Random(3)) == describe(PARK, random.Random(3))
    assert len({describe(PARK, random.Random(seed)) for seed in range(50)}) > 40


def test_articles_plurals_and_verbs_agree():
    scene = Scene((Thing("apple", "red", 20, 50, 14),))
    said = {describe(scene, random.Random(seed)) for seed in range(1500)}
    assert said >= {"a red apple", "one red apple", "there is a red apple", "an apple"}
    assert said <= {
        f"{there}{count}apple"
        for there in ("", "there is ")
        for count in ("a red ", "one red ", "an ", "one ")
    }
    for name, article in (("unicorn", "a"), ("hourglass", "an"), ("octopus", "an"), ("owl", "an")):
        sprite = Scene((Thing(name, "", 50, 50, 30),))
        said = {describe(sprite, random.Random(seed), PLURALS) for seed in range(200)}
        assert said == {f"{there}{count} {name}" for there in ("", "there is ")
                        for count in (article, "one")}  # fmt: skip
    mice = Scene(tuple(Thing("mouse", "", x, 50, 30) for x in (20, 70)))
    said = {describe(mice, random.Random(seed), PLURALS) for seed in range(60)}
    assert said == {"two mice", "there are two mice"}


def test_the_truth_about_a_hand_made_scene():
    graph = graph_of(PARK)
    assert graph.groups == (
        Group("tree", 1, "green"),
        Group("ball", 2, "red"),
        Group("dog", 1, "brown", "small"),
    )
    # Dog and balls: 55 apart across, 46 down, which is not 1.2 times as much.
    assert set(graph.relations) == {
        (0, "above", 1), (1, "below", 0), (0, "right", 2), (2, "left", 0),
    }  # fmt: skip
    assert graph.place == "meadow"


@pytest.mark.parametrize(
    ("x", "y", "word"),
    [
        (62, 50, "right"),
        (61, 50, ""),  # nearer than 12
        (38, 50, "left"),
        (50, 38, "above"),
        (50, 62, "below"),
        (80, 75, "right"),  # 30 across, 25 down: 1.2 times
        (80, 76, ""),
        (74, 80, "below"),
        (26, 21, "above"),
    ],
)
def test_a_relation_holds_only_where_it_is_clear(x, y, word):
    scene = Scene((Thing("cat", "black", x, y, 22), Thing("dog", "brown", 50, 50, 24)))
    assert [held for one, held, _ in graph_of(scene).relations if one == 0] == [word][: word != ""]


def test_a_relation_of_groups_is_one_of_all_their_members():
    cats = (Thing("cat", "black", 10, 50, 22), Thing("cat", "black", 45, 50, 22))
    dog = Thing("dog", "brown", 60, 50, 24)
    assert (0, "left", 1) in graph_of(Scene((*cats, dog))).relations
    between = Thing("dog", "brown", 40, 50, 24)
    assert graph_of(Scene((*cats, between))).relations == ()


@pytest.mark.parametrize(
    ("size", "word"), [(17, "small"), (18, ""), (24, ""), (32, ""), (33, "big")]
)
def test_small_and_big_are_so_for_their_kind(size, word):
    assert graph_of(Scene((Thing("dog", "brown", 50, 50, size),))).groups[0].size == word
    assert graph_of(Scene((Thing("dog", "", 50, 50, size),))).groups[0].size == ""  # a sprite


def test_groups_of_mixed_sizes_are_neither_small_nor_big():
    dogs = (Thing("dog", "brown", 20, 50, 12), Thing("dog", "brown", 70, 50, 24))
    assert graph_of(Scene(dogs)).groups == (Group("dog", 2, "brown"),)


@pytest.mark.parametrize(
    ("caption", "graph"),
    [
        (
            "two red balls under a tree, a small dog to the left",
            Graph(
                (Group("ball", 2, "red"), Group("tree", 1), Group("dog", 1, "", "small")),
                ((0, "below", 1), (2, "left", 0), (2, "left", 1)),
            ),
        ),
        (
            "a house with a yellow sun above it on a meadow",
            Graph((Group("house", 1), Group("sun", 1, "yellow")), ((1, "above", 0),), "meadow"),
        ),
        (
            "three birds and a boat at sea; the birds are above the boat",
            Graph((Group("bird", 3), Group("boat", 1)), ((0, "above", 1),), "sea"),
        ),
        (
            "there is a cat to the right of two green cars",
            Graph((Group("cat", 1), Group("car", 2, "green")), ((0, "right", 1),)),
        ),
        (
            "above a house there is an orange sun",
            Graph((Group("house", 1), Group("sun", 1, "orange")), ((1, "above", 0),)),
        ),
        (
            "a red ball, a blue ball and a key; the key is left of the blue ball",
            Graph(
                (Group("ball", 1, "red"), Group("ball", 1, "blue"), Group("key", 1)),
                ((2, "left", 1),),
            ),
        ),
        (
            "from left to right: a cat, two dogs and a bus",
            Graph(
                (Group("cat", 1), Group("dog", 2), Group("bus", 1)),
                ((0, "left", 1), (1, "left", 2)),
            ),
        ),
        (
            "at night, a cat on the left and one dog on the right",
            Graph((Group("cat", 1), Group("dog", 1)), ((1, "right", 0),), "night"),
        ),
        (
            "a gift; above it is a blue plane and on the left of the gift are two keys",
            Graph(
                (Group("gift", 1), Group("plane", 1, "blue"), Group("key", 2)),
                ((1, "above", 0), (2, "left", 0)),
            ),
        ),
        (
            "a hot dog beneath a fire truck with a dog above it",
            Graph(
                (Group("hot dog", 1), Group("fire truck", 1), Group("dog", 1)),
                ((0, "below", 1), (2, "above", 0)),
            ),
        ),
    ],
)
def test_captions_are_read_as_a_person_reads_them(caption, graph):
    assert parse(caption, PLURALS) == graph


@pytest.mark.parametrize(
    ("caption", "groups"),
    [
        ("", ()),
        ("the of to the left", ()),
        ("a fluffy red zebra dog", (Group("dog", 1, "red"),)),
        ("a cat and a cat", (Group("cat", 1), Group("cat", 1))),
        ("it above it a", ()),
        ("dogs", (Group("dog", 0),)),
        ("the cat is left of", (Group("cat", 1),)),
        ("two two dog under under the dog", (Group("dog", 2),)),
        ("A RED Ball!", (Group("ball", 1, "red"),)),
    ],
)
def test_what_a_small_model_may_write_wrong_is_read_as_far_as_it_goes(caption, groups):
    graph = parse(caption)
    assert graph.groups == groups
    assert graph.relations == ()


def test_no_jumble_of_words_stops_the_reader():
    rng = random.Random(0)
    words = " ".join(caption for _, caption in told(300, emoji=True)).split()
    for _ in range(2000):
        jumble = " ".join(rng.choices(words, k=rng.randint(1, 30)))
        graph = parse(jumble, PLURALS)
        assert all(one != other for one, _, other in graph.relations)
        score(jumble, PARK, PLURALS)


RIGHT = "two red balls under a green tree on a meadow, a small brown dog to the left of the tree"


@pytest.mark.parametrize(
    ("caption", "wrong"),
    [
        (RIGHT, {}),
        (RIGHT.replace("left", "right"), {"relations": 1}),
        (RIGHT.replace("under", "above"), {"relations": 1}),
        (RIGHT.replace("red", "blue"), {"colours": 1}),
        (RIGHT.replace("two red balls", "three red balls"), {"counts": 1}),
        (RIGHT.replace("two red balls", "a red ball"), {"counts": 1}),
        (RIGHT.replace("small", "big"), {"sizes": 1}),
        (RIGHT.replace("on a meadow", "in the snow"), {"place": 1}),
        (RIGHT + ", and a cat", {"objects": 1}),
        (RIGHT.replace("dog", "cat"), {"objects": 1}),
        (RIGHT + ", and a small brown dog", {"objects": 1}),
    ],
)
def test_every_kind_of_mistake_is_counted(caption, wrong):
    one = score(caption, PARK)
    for part in ("objects", "colours", "counts", "sizes", "relations", "place"):
        missed = getattr(one, f"{part}_said") - getattr(one, f"{part}_right")
        assert missed == wrong.get(part, 0), part
    assert one.objects_true == 3


def test_a_missing_object_is_missed_and_what_is_unsaid_is_not_counted():
    one = score("balls", PARK)
    assert (one.objects_said, one.objects_true, one.objects_right) == (1, 3, 1)
    assert one.colours_said == one.counts_said == one.relations_said == one.place_said == 0


def test_groups_of_one_kind_are_matched_by_their_colour():
    scene = Scene((Thing("ball", "red", 20, 50, 14), Thing("ball", "blue", 80, 50, 14)))
    assert score("a blue ball to the right of a red ball", scene).relations_right == 1
    swapped = score("a red ball to the right of a blue ball", scene)
    assert (swapped.colours_right, swapped.relations_right) == (2, 0)


def test_without_colours_they_are_matched_by_their_count():
    red = tuple(Thing("ball", "red", 20, y, 14) for y in (40, 60))
    one = score("a ball left of two balls", Scene((*red, Thing("ball", "blue", 80, 50, 14))))
    assert (one.objects_right, one.counts_right, one.relations_right) == (2, 2, 0)


def test_scores_judge_a_relation_more_mildly_than_captions_state_it():
    scene = Scene((Thing("cat", "black", 56, 54, 22), Thing("dog", "brown", 50, 50, 24)))
    assert graph_of(scene).relations == ()
    assert score("a cat to the right of a dog", scene).relations_right == 1
    assert score("a cat below a dog", scene).relations_right == 0


def test_every_place_but_plain_paper_has_words_and_every_kind_its_own():
    assert set(PLACE_WORDS) == set(PLACES) - {"paper"}
    for name, plural in PLURALS.items() | {(kind.name, kind.plural) for kind in KINDS.values()}:
        assert parse(f"a {name}", PLURALS).groups == (Group(name, 1),)
        assert parse(f"two {plural}", PLURALS).groups == (Group(name, 2),)
        assert name not in COLOURS


def test_colours_are_said_nearly_always_where_a_kind_has_several():
    said = [group for _, caption in told(1000, emoji=False) for group in parse(caption).groups]
    several = [group for group in said if len(KINDS[group.kind].colours) > 1]
    assert sum(group.colour != "" for group in several) >= 0.9 * len(several)
