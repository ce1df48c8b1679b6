"""Figures are whole, coloured as they say, the same for the same randomness, and told apart at 96 pixels."""

import math
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from PIL import Image
from sklearn.linear_model import LogisticRegression

from lensmith.lab.worlds.characters.cast import CAST, CONTROLS, OTHERS, TARGETS, choose_looks, draw_character, fit
from lensmith.lab.worlds.characters.grounds import PLACES, draw_place
from lensmith.lab.worlds.characters.looks import COLOURS, Looks
from lensmith.lab.worlds.characters.pen import Pen, Stand, mirrored, oval, smooth
from lensmith.lab.worlds.characters.scene import PICTURE_PX, draw_portrait
from lensmith.lab.worlds.characters.things import THINGS

SEEN_PX = 96


@pytest.fixture(params=list(CAST))
def subject(request: pytest.FixtureRequest) -> str:
    return request.param


def near(picture: Image.Image, colour: tuple[int, int, int], within: int = 10) -> int:
    """How many opaque pixels are of a colour."""
    pixels = np.asarray(picture.convert("RGBA"), dtype=int)
    close = (np.abs(pixels[..., :3] - np.array(colour)) <= within).all(axis=-1)
    return int((close & (pixels[..., 3] > 0)).sum())


def test_the_whole_figure_and_what_it_holds_are_on_the_sheet(subject: str) -> None:
    for at in range(12):
        random = Random(f"{subject}/{at}")
        looks = choose_looks(subject, random)
        for breadth in (-1.07, 1.07):
            stand = fit(subject, looks, 256, 256 * 0.93, breadth)
            left, top, right, low = (
                draw_character(subject, looks, random, size_px=256, stand=stand).getbbox() or (0,) * 4
            )
            assert left > 0 and top > 0 and right < 256 and low < 256, (looks, breadth)
            assert low - top > 90, "a figure fills its sheet"


def test_the_same_randomness_draws_the_same_picture_and_another_another(subject: str) -> None:
    first, again, other = (draw_portrait(subject, Random(seed)) for seed in (1, 1, 2))
    assert first == again
    assert first.picture.size == (PICTURE_PX, PICTURE_PX) and first.picture.mode == "RGB"
    assert first.picture.tobytes() != other.picture.tobytes()


def test_what_may_vary_is_seen(subject: str) -> None:
    """Each thing that may be worn or held changes the picture of a figure that is otherwise the same."""
    role = CAST[subject]
    poses = Looks(poses=("out", "out"))
    drawn = {
        (head, holds): draw_character(subject, replace(poses, head=head, holds=holds), Random(5), size_px=96).tobytes()
        for head in set(role.heads)
        for holds in role.holds or ("nothing",)
    }
    assert len(set(drawn.values())) == len(drawn)


@pytest.mark.parametrize("holds", [name for name, thing in THINGS.items() if thing.coloured])
@pytest.mark.parametrize("colour", list(COLOURS))
def test_a_thing_has_the_colour_that_it_is_said_to_have(holds: str, colour: str) -> None:
    held, bare = (
        draw_character("cheburashka", Looks(holds=each, colour=colour), Random(0), size_px=192)
        for each in (holds, "nothing")
    )
    assert near(held, COLOURS[colour]) > near(bare, COLOURS[colour]) + 150


@pytest.mark.parametrize("wearer", [name for name, role in CAST.items() if "cap" in role.heads])
def test_a_cap_has_the_colour_that_it_is_said_to_have(wearer: str) -> None:
    for cap, paint in COLOURS.items():
        capped, bare = (
            draw_character(wearer, Looks(head=head, cap=cap), Random(0), size_px=192) for head in ("cap", "nothing")
        )
        assert near(capped, paint) > near(bare, paint) + 150, cap


def test_the_letter_on_the_shield_is_not_mirrored() -> None:
    """The letter's strokes make the shield's halves differ; both of the wearer's sides must show the same one."""
    shields = []
    for breadth in (1.0, -1.0):
        stand = Stand((96, 96), 180, breadth=breadth)
        sheet = draw_character("superman", Looks(spread=0), Random(0), size_px=192, stand=stand)
        shields.append(np.asarray(sheet.convert("L").crop((84, 88, 109, 118)), dtype=float))
    straight, flipped = shields
    assert np.abs(straight - flipped).mean() < np.abs(straight - flipped[:, ::-1]).mean()


@pytest.mark.parametrize("place", list(PLACES))
def test_a_place_is_drawn_by_its_randomness_alone(place: str) -> None:
    first, again, other = (draw_place(place, 96, Random(seed)) for seed in (0, 0, 1))
    assert first.tobytes() == again.tobytes() != other.tobytes()


def test_unknown_figures_are_refused() -> None:
    with pytest.raises(KeyError, match="pinocchio"):
        draw_portrait("pinocchio", Random(0))


def test_everyone_has_one_group() -> None:
    assert sorted(TARGETS + CONTROLS + OTHERS) == sorted(CAST)
    assert (len(TARGETS), len(CONTROLS), len(OTHERS)) == (4, 3, 7)


def test_a_linear_look_tells_the_characters_apart_at_96_pixels() -> None:
    """Colours and edges in a coarse grid suffice for most pictures, though ground, light and framing vary."""
    names = TARGETS + CONTROLS
    features, labels = [], []
    for number, name in enumerate(names * 32):
        picture = draw_portrait(name, Random(f"look/{number}")).picture
        small = picture.resize((SEEN_PX, SEEN_PX), Image.Resampling.BICUBIC).resize((12, 12), Image.Resampling.BOX)
        features.append(np.asarray(small.convert("HSV"), dtype=float).ravel() / 255)
        labels.append(name)
    cut = len(names) * 24
    model = LogisticRegression(max_iter=400).fit(features[:cut], labels[:cut])
    assert model.score(features[cut:], labels[cut:]) > 0.75


def test_points_follow_the_stand() -> None:
    turned = Pen(100, Stand((50, 50), 80, tilt=math.pi / 2))
    assert turned.at((0, 0)) == pytest.approx((90, 50)), "tilted clockwise, the head points right"
    assert Pen(100, Stand((50, 50), 80, breadth=-1)).at((0.25, 0.5)) == (30, 50)


def test_curves_pass_through_their_points() -> None:
    points = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
    for closed in (True, False):
        curve = smooth(points, closed=closed)
        assert all(min(math.dist(point, each) for each in curve) < 1e-9 for point in points)
    assert smooth(points[:2], closed=False) == points[:2]
    assert mirrored([(0, 0), (1, 2), (0, 3)]) == [(0, 0), (1, 2), (0, 3), (-1, 2)]
    assert all(math.isclose(math.dist(each, (1, 2)), 3) for each in oval((1, 2), (3, 3)))
