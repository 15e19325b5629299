"""Scenes composed by chance: all is seen, nothing is half said, and all kinds come."""

import random
import time
from collections import Counter

from PIL import Image

from scenes.compose import random_scene
from scenes.facts import graph_of
from scenes.scene import KINDS, PLACES, STYLES, stamps

SPRITES = {
    "wide": Image.new("RGBA", (64, 30), "red"),
    "high": Image.new("RGBA", (25, 64), "red"),
    "dog": Image.new("RGBA", (64, 64), "red"),
    "pea": Image.new("RGBA", (50, 50), "red"),
    "pod": Image.new("RGBA", (50, 60), "red"),
}


def scenes(number, seed=0, **given):
    rng = random.Random(seed)
    return [random_scene(rng, **given) for _ in range(number)]


def test_groups_and_things_are_as_many_as_asked_for():
    many = scenes(2000)
    groups = Counter(len(graph_of(scene).groups) for scene in many)
    for number, share in zip((1, 2, 3, 4), (0.20, 0.35, 0.30, 0.15), strict=True):
        assert abs(groups[number] / len(many) - share) < 0.04
    assert max(len(scene.things) for scene in many) == 7
    several = [group.count > 1 for scene in many for group in graph_of(scene).groups]
    assert 0.25 < sum(several) / len(several) < 0.4
    assert {len(graph_of(scene).groups) for scene in scenes(200, most=2)} == {1, 2}


def test_every_kind_colour_place_and_style_comes():
    many = scenes(4500)
    assert {scene.place for scene in many} == set(PLACES)
    assert {scene.style for scene in many} == set(STYLES)
    seen = {(thing.kind, thing.colour) for scene in many for thing in scene.things}
    assert seen == {(kind.name, colour) for kind in KINDS.values() for colour in kind.colours}
    flips = Counter(thing.flip for scene in many for thing in scene.things)
    assert 0.9 < flips[True] / flips[False] < 1.1


def test_things_are_seen_almost_whole_and_hide_little_of_each_other():
    side = 200
    drawn = [stamps(scene, side) for scene in scenes(200)]
    for pasted in drawn + [stamps(one, side, SPRITES) for one in scenes(100, sprites=SPRITES)]:
        boxes = []
        for image, left, top in pasted:
            inner = image.getbbox()
            box = left + inner[0], top + inner[1], left + inner[2], top + inner[3]
            inside = max(0, box[0]), max(0, box[1]), min(side, box[2]), min(side, box[3])
            assert area(inside) >= 0.83 * area(box)  # 0.85, and the edges of pixels
            assert min(box[2] - box[0], box[3] - box[1]) >= side * 0.07
            boxes.append(box)
        for number, one in enumerate(boxes):
            for other in boxes[:number]:
                shared = (
                    max(one[0], other[0]), max(one[1], other[1]),
                    min(one[2], other[2]), min(one[3], other[3]),
                )  # fmt: skip
                if shared[0] < shared[2] and shared[1] < shared[3]:
                    assert area(shared) <= 0.3 * min(area(one), area(other))


def area(box):
    return (box[2] - box[0]) * (box[3] - box[1])


def test_no_size_is_between_the_words_for_it():
    words = Counter()
    for scene in scenes(1500):
        for thing in scene.things:
            ratio = thing.size / KINDS[thing.kind].size
            assert ratio < 0.75 or 0.85 < ratio < 1.2 or ratio > 1.35 or thing.colour == ""
        words.update(group.size for group in graph_of(scene).groups)
    assert min(words["small"], words["big"]) > 0.05 * words.total()
    assert words[""] > 0.6 * words.total()


def test_two_groups_lie_clearly_in_most_scenes():
    pairs = [graph for graph in map(graph_of, scenes(1000)) if len(graph.groups) == 2]
    assert sum(bool(graph.relations) for graph in pairs) > 0.85 * len(pairs)
    words = Counter(word for graph in pairs for _, word, _ in graph.relations)
    assert min(words.values()) > 0.3 * max(words.values())
    assert set(words) == {"left", "right", "above", "below"}


def test_groups_of_one_kind_differ_in_colour_and_do_come():
    alike = 0
    for scene in scenes(1000):
        groups = graph_of(scene).groups
        assert len({(group.kind, group.colour) for group in groups}) == len(groups)
        alike += len({group.kind for group in groups}) < len(groups)
    assert alike > 50


def test_things_are_mostly_where_they_belong_but_not_always():
    high = [t.y for s in scenes(2000) for t in s.things if KINDS[t.kind].where == "sky"]
    assert 0.75 < sum(y <= 50 for y in high) / len(high) < 0.97


def test_sprites_alone_have_no_colour_and_the_drawn_may_join_them():
    alone = [thing for scene in scenes(100, sprites=SPRITES) for thing in scene.things]
    assert {thing.kind for thing in alone} == set(SPRITES)
    assert {thing.colour for thing in alone} == {""}
    both = scenes(200, kinds={"cat": KINDS["cat"]}, sprites=SPRITES)
    assert {thing.kind for scene in both for thing in scene.things} == {"cat", *SPRITES}
    assert {t.kind for s in scenes(50, kinds={"cat": KINDS["cat"]}) for t in s.things} == {"cat"}


def test_a_world_of_few_things_has_no_more_groups_than_it_can_tell_apart():
    for scene in scenes(100, kinds={"snowman": KINDS["snowman"], "river": KINDS["river"]}):
        assert len(graph_of(scene).groups) <= 2


def test_the_same_chance_gives_the_same_scene():
    assert scenes(20, seed=4) == scenes(20, seed=4)
    assert scenes(20, seed=4) != scenes(20, seed=5)


def test_a_scene_takes_well_below_a_millisecond():
    scenes(50)  # measures each kind's shape once
    start = time.process_time()
    scenes(1000)
    assert time.process_time() - start < 1
