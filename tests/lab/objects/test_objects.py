"""Objects can be told from each other, show the colour they are given, and refuse looks they do not have."""

from itertools import product
from math import dist
from random import Random

import pytest
from PIL import Image, ImageChops

from lensmith.errors import DataError
from lensmith.lab.worlds.nouns import NOUNS
from lensmith.lab.worlds.objects import (
    COLOURS,
    FIGURES,
    HELD,
    MATERIALS,
    OBJECTS,
    PATTERNS,
    PEOPLE,
    POSES,
    RGB,
    Look,
    draw_figure,
    draw_object,
    draw_sign,
    place,
)

THIRTY = (
    "cat dog bird fish horse butterfly car bus bicycle boat plane tree flower house chair table lamp cup bottle apple "
    "banana book clock umbrella ball hat mushroom man woman child"
)
# A bicycle is thin, and its colour is on its frame alone.
SHOWN = {"bicycle": 0.05, "boat": 0.1, "woman": 0.1, "child": 0.06, "man": 0.1}


def draw(name: str, seed: object = 0, size_px: int = 128, **look: object) -> Image.Image:
    return draw_object(name, Look(**{"colour": OBJECTS[name].colours[0], **look}), Random(f"{name}/{seed}"), size_px)


def opaque(sprite: Image.Image) -> list[tuple[int, int, int]]:
    pixels = [sprite.getpixel((x, y)) for x in range(sprite.width) for y in range(sprite.height)]
    return [pixel[:3] for pixel in pixels if pixel[3] > 128]


def named(pixel: tuple[int, int, int]) -> str:
    return min(RGB, key=lambda name: dist(RGB[name], pixel))


def test_the_catalogue_is_what_the_worlds_speak_of() -> None:
    assert list(OBJECTS) == THIRTY.split() == list(NOUNS)
    assert {material for kind in OBJECTS.values() for material in kind.materials} == set(MATERIALS)
    assert all(kind.colours and set(kind.colours) <= set(COLOURS) for kind in OBJECTS.values())
    assert set(HELD) < set(OBJECTS) and set(PEOPLE) < set(OBJECTS)


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_shows_each_of_its_colours(name: str) -> None:
    for colour in OBJECTS[name].colours:
        pixels = [named(pixel) for pixel in opaque(draw(name, colour, 72, colour=colour))]
        assert pixels.count(colour) > SHOWN.get(name, 0.16) * len(pixels), colour


@pytest.mark.parametrize("name", OBJECTS)
def test_a_picture_is_cut_out_close_and_fits(name: str) -> None:
    sprite = draw(name, size_px=100)
    assert sprite.mode == "RGBA"
    assert sprite.getbbox() == (0, 0, *sprite.size)
    assert 70 < max(sprite.size) < 118


def test_a_seed_decides_every_pixel() -> None:
    for name in OBJECTS:
        assert draw(name).tobytes() == draw(name).tobytes()
        assert draw(name).tobytes() != draw(name, seed=1).tobytes()


def test_objects_are_told_apart_by_their_outlines() -> None:
    """The nearest other outline of 180, scaled to 16×16, is mostly that of the same object."""
    outlines = []
    for name, seed in product(OBJECTS, range(6)):
        sprite = draw(name, seed, 64, pose=POSES.get(name, ("",))[0])
        square = Image.new("L", (max(sprite.size),) * 2)
        square.paste(sprite.getchannel("A"), ((square.width - sprite.width) // 2, (square.height - sprite.height) // 2))
        outlines.append((name, list(square.resize((16, 16), Image.Resampling.BOX).tobytes())))
    right = 0
    for at, (name, outline) in enumerate(outlines):
        others = outlines[:at] + outlines[at + 1 :]
        right += min(others, key=lambda other: dist(outline, other[1]))[0] == name
    assert right > 0.75 * len(outlines)


def test_materials_and_patterns_show() -> None:
    for name, kind in OBJECTS.items():
        patterns = PATTERNS if kind.patterned else ()
        looks = [{}, *({"material": each} for each in kind.materials), *({"pattern": each} for each in patterns)]
        colour = "blue" if "blue" in kind.colours else kind.colours[0]
        drawn = [Image.new("RGB", (180, 180), (255, 255, 255)) for _ in looks]
        for picture, look in zip(drawn, looks, strict=True):
            place(picture, draw(name, colour=colour, **look), (90, 90))
        for one, other in ((a, b) for a in drawn for b in drawn if a is not b):
            changed = ImageChops.difference(one, other).convert("L").point(lambda level: 255 if level > 20 else 0)
            assert changed.histogram()[255] > 250, (name, looks)


def test_glass_is_seen_through() -> None:
    alphas = draw("ball", material="glass").getchannel("A").histogram()
    assert sum(alphas[100:240]) > 0.5 * sum(alphas[1:])


def test_people_wear_hold_and_sit() -> None:
    for name in PEOPLE:
        bare = draw(name, colour="grey", pose="standing")
        pictures = [bare]
        for look in ({"hat": "green"}, {"holds": ("ball", "green")}, {"pose": "sitting"}, {"label": "42"}):
            pictures.append(draw(name, **{"colour": "grey", "pose": "standing", **look}))
        assert len({picture.tobytes() for picture in pictures}) == 5
        assert not [pixel for pixel in opaque(bare) if named(pixel) == "green"]
        for picture in pictures[1:3]:
            assert sum(named(pixel) == "green" for pixel in opaque(picture)) > 40


def test_everything_that_can_be_held_is_drawn_in_the_hand() -> None:
    for held in HELD:
        colour = OBJECTS[held].colours[0]
        assert draw("woman", holds=(held, colour)).tobytes() != draw("woman").tobytes()


@pytest.mark.parametrize("shape", FIGURES)
def test_a_figure_is_of_its_colour(shape: str) -> None:
    for colour in COLOURS:
        pixels = [named(pixel) for pixel in opaque(draw_figure(shape, Look(colour), Random(shape + colour), 48))]
        assert pixels.count(colour) > 0.7 * len(pixels), colour


def test_signs_differ_by_what_is_written() -> None:
    for text in ("A", "7", "BUS", "2024"):
        written = draw_sign(text, "yellow", Random(4), 96)
        assert written.tobytes() != draw_sign("X", "yellow", Random(4), 96).tobytes()
        assert any(named(pixel) == "black" for pixel in opaque(written))


@pytest.mark.parametrize("text", ["", "HELLO", "КОТ", "🙂", "A B", "\n"])
def test_a_text_that_cannot_be_written_is_refused(text: str) -> None:
    with pytest.raises(DataError, match="cannot be a label"):
        draw_sign(text, "red", Random(0), 96)


def test_a_look_is_refused_with_every_reason() -> None:
    look = Look("gold", material="steel", pattern="stripes", pose="sitting", hat="red", holds=("bal", "red"))
    with pytest.raises(DataError) as caught:
        draw_object("table", look, Random(0), 64)
    assert len(caught.value.problems) == 7
    assert all(problem.code == "lab/cannot-draw" and problem.fix for problem in caught.value.problems)
    assert "did you mean `ball`?" in str(caught.value)


def test_an_unknown_object_or_figure_is_refused() -> None:
    with pytest.raises(DataError, match="did you mean `chair`"):
        draw_object("chairs", Look("red"), Random(0), 64)
    with pytest.raises(DataError, match="there is no figure called `circel`"):
        draw_figure("circel", Look("red"), Random(0), 64)


def test_a_sprite_is_cut_off_at_the_edge_and_casts_a_shadow() -> None:
    picture = Image.new("RGB", (80, 80), (255, 255, 255))
    place(picture, draw("apple", size_px=40, colour="red"), (0, 0))
    place(picture, draw("apple", size_px=40, colour="red"), (500, 500))
    assert picture.size == (80, 80)
    assert picture.getpixel((79, 79)) == (255, 255, 255) != picture.getpixel((5, 5))
    sprite = draw("apple", size_px=40, colour="red")
    plain, shadowed = (Image.new("RGB", (80, 80), (255, 255, 255)) for _ in range(2))
    place(plain, sprite, (40, 40))
    place(shadowed, sprite, (40, 40), shadow=True)
    below = 40 + sprite.height // 2
    assert sum(shadowed.getpixel((40, below))) < sum(plain.getpixel((40, below))) - 60
