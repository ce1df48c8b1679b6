"""Plans can be drawn, are what they say, and favour no side; what is asked about can be seen."""

import math
from collections import Counter
from functools import cache
from random import Random

import pytest
from PIL import Image

from lensmith.lab.worlds.gqa_ru.painting import PICTURE_PX, paint
from lensmith.lab.worlds.gqa_ru.plan import LACKS, PLACES, SMALL_SIDE, Plan, draw_plan
from lensmith.lab.worlds.objects import OBJECTS, PEOPLE, RGB, check_look


@cache
def plans() -> tuple[Plan, ...]:
    return tuple(draw_plan(Random(f"plans/{number}")) for number in range(600))


def test_a_seed_decides_a_plan_and_its_picture() -> None:
    first, again, other = (draw_plan(Random(seed)) for seed in (1, 1, 2))
    assert first == again != other
    assert paint(first, Random(5)).tobytes() == paint(again, Random(5)).tobytes()
    assert paint(first, Random(5)).tobytes() != paint(first, Random(6)).tobytes()


def test_of_each_kind_there_is_at_most_one_thing_and_every_kind_is_drawn() -> None:
    counted: Counter[str] = Counter()
    for plan in plans():
        names = [thing.name for thing in plan.things]
        assert len(set(names)) == len(names) >= 2
        assert len({thing.id for thing in plan.things}) == len(names)
        assert not LACKS[plan.place] & set(names)
        counted.update(names)
    assert set(counted) == set(OBJECTS)


def test_everything_can_be_drawn_as_it_looks() -> None:
    for plan in plans():
        for thing in plan.things:
            check_look(thing.name, thing.look)


def test_what_is_borne_has_a_bearer_that_can_bear_it() -> None:
    seen: Counter[tuple[str, str]] = Counter()
    for plan in plans():
        assert {lower for lower, _, _ in plan.bonds} == {
            thing.id for thing in plan.things if thing.stands in ("on", "under", "held", "worn")
        }
        for thing in plan.things:
            bearer = plan.bearer(thing)
            if bearer:
                assert thing.group == bearer.group and plan.borne(bearer, thing.stands) == thing
                assert (bearer.name in PEOPLE) == (thing.stands in ("held", "worn"))
                seen[thing.stands, bearer.name] += 1
    assert {("on", "table"), ("on", "chair"), ("under", "table"), ("under", "tree"), ("held", "child")} <= set(seen)


def test_big_is_half_as_big_again_as_small() -> None:
    sides = {"big": [], "small": []}
    for thing in (thing for plan in plans() for thing in plan.things if thing.size):
        sides[thing.size].append(thing.side)
    assert max(sides["small"]) == SMALL_SIDE
    assert min(sides["big"]) >= 1.5 * SMALL_SIDE
    assert 0.4 < len(sides["big"]) / (len(sides["big"]) + len(sides["small"])) < 0.6


def test_no_side_place_or_colour_is_favoured() -> None:
    things = [thing for plan in plans() for thing in plan.things]
    halves = Counter(thing.half for thing in things if thing.half)
    assert abs(halves["left"] - halves["right"]) < 4 * halves.total() ** 0.5
    places = Counter(plan.place for plan in plans())
    assert set(places) == set(PLACES) and max(places.values()) < 1.4 * min(places.values())
    colours = Counter(thing.colour for thing in things if thing.name == "chair")
    assert colours.keys() == RGB.keys()


def test_left_and_right_are_each_others_opposite() -> None:
    for plan in plans()[:100]:
        for thing in plan.things:
            for other in plan.beside(thing, "left"):
                assert other.centre < thing.centre
                assert thing in plan.beside(other, "right") or other.group < 0
            assert not set(plan.beside(thing, "left")) & set(plan.beside(thing, "right"))


@pytest.mark.parametrize("place", PLACES)
def test_a_place_can_be_asked_for(place: str) -> None:
    assert {draw_plan(Random(seed), place).place for seed in range(5)} == {place}


def test_a_picture_shows_the_colours_that_are_asked_for() -> None:
    """Where a plain thing stands, its colour covers part of the square that it is drawn in."""
    looked = 0
    for number, plan in enumerate(plans()[:60]):
        picture = paint(plan, Random(number))
        assert (picture.mode, picture.size) == ("RGB", (PICTURE_PX, PICTURE_PX))
        for thing in plan.things:
            if thing.stands in ("alone", "above") and not thing.material and thing.name not in PEOPLE:
                top, left = thing.foot - thing.side, thing.centre - thing.side / 2
                box = (left, top, left + thing.side, thing.foot)
                share = covered(picture.crop(tuple(round(PICTURE_PX * each) for each in box)), thing.colour)
                assert share > 0.02, (number, thing.colour, thing.name, share)
                looked += 1
    assert looked > 80


def covered(picture: Image.Image, colour: str) -> float:
    pixels = list(zip(*[iter(picture.tobytes())] * 3, strict=True))
    return sum(math.dist(pixel, RGB[colour]) < 70 for pixel in pixels) / len(pixels)
