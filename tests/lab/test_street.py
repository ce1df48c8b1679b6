"""The street's camera: places fall where geometry says, and what is behind the eye is not drawn."""

import math
from functools import partial
from random import Random

import pytest
from PIL import Image

from lensmith.lab.worlds.street.camera import NEAR_M, Camera, rectangle, wall
from lensmith.lab.worlds.street.stage import STAGE_PX, Stage
from lensmith.lab.worlds.street.traffic import put_car, put_person

CAMERA = Camera(x_m=0.0, z_m=0.0, height_m=1.5, yaw=0.0, focal=1.0, horizon=0.4, size_px=STAGE_PX)


def test_a_place_at_eye_height_straight_ahead_lies_on_the_horizon() -> None:
    assert CAMERA.point((0.0, 1.5, 7.0)) == pytest.approx((STAGE_PX / 2, STAGE_PX * 0.4))


def test_twice_as_far_is_half_as_large() -> None:
    near, far = CAMERA.point((1.0, 0.0, 5.0)), CAMERA.point((1.0, 0.0, 10.0))
    assert near is not None and far is not None
    for at, middle in ((0, STAGE_PX / 2), (1, STAGE_PX * 0.4)):
        assert near[at] - middle == pytest.approx(2 * (far[at] - middle))
    assert CAMERA.scale_at(0.0, 5.0) == STAGE_PX / 5


def test_a_turned_eye_sees_what_was_beside_it() -> None:
    turned = Camera(2.0, 3.0, 1.5, math.pi / 2, 1.0, 0.4, STAGE_PX)
    assert turned.point((9.0, 1.5, 3.0)) == pytest.approx((STAGE_PX / 2, STAGE_PX * 0.4))
    assert turned.depth_m(9.0, 3.0) == pytest.approx(7.0)
    assert turned.point((0.0, 1.5, 3.0)) is None, "it is behind"


def test_what_is_partly_behind_is_cut_and_what_is_wholly_behind_is_gone() -> None:
    ground = CAMERA.project(rectangle((-1.0, 1.0), (-5.0, 5.0)))
    assert len(ground) == 4
    nearest = max(y for _, y in ground)
    assert nearest == pytest.approx(STAGE_PX * (0.4 + 1.5 / NEAR_M))
    assert CAMERA.project(rectangle((-1.0, 1.0), (-5.0, -1.0))) == []
    assert len(CAMERA.project(wall((-1.0, 4.0), (1.0, 4.0), (0.0, 2.0)))) == 4


def test_what_is_nearer_hides_what_is_farther_whatever_comes_first() -> None:
    for order in ((4.0, 8.0), (8.0, 4.0)):
        stage = Stage(Image.new("RGB", (STAGE_PX, STAGE_PX)), CAMERA, Random(0))
        for z in order:
            stage.stand(0.0, z, partial(stage.fill, wall((-1, z), (1, z), (0, 3)), (round(25 * z), 0, 0)))
        stage.raise_all()
        assert stage.picture.getpixel((STAGE_PX // 2, round(STAGE_PX * 0.4))) == (100, 0, 0)


@pytest.mark.parametrize("place", [(0.0, -3.0), (0.0, 0.0), (0.1, 0.4), (30.0, 0.2), (-2.0, 80.0)])
def test_cars_and_people_may_stand_anywhere(place: tuple[float, float]) -> None:
    for yaw in (0.0, 1.2, 3.1, -2.0):
        camera = Camera(0.0, 0.0, 1.5, yaw, 1.0, 0.4, STAGE_PX)
        stage = Stage(Image.new("RGB", (STAGE_PX, STAGE_PX)), camera, Random(1))
        put_car(stage, *place, ahead=True)
        put_person(stage, *place)
        stage.raise_all()
        assert stage.waiting == []
