"""A zebra crossing is the only thing that tells a picture with one from a picture without."""

from collections import Counter
from itertools import pairwise
from random import Random

import pytest
from PIL import Image, ImageChops

from lensmith.lab.worlds.crosswalk.marks import other_marks, stripes
from lensmith.lab.worlds.crosswalk.plan import CONDITIONS, DISTRACTORS, VIEWS, Plan, draw_plan
from lensmith.lab.worlds.crosswalk.world import QUESTIONS, draw_street, sentences
from lensmith.lab.worlds.street.camera import rectangle
from lensmith.lab.worlds.street.stage import PICTURE_PX, STAGE_PX

# A model sees pictures this large.
MODEL_PX = 96


def plan_of(seed: int) -> Plan:
    return draw_plan(Random(f"street {seed}"))


def pair(seed: int) -> tuple[Image.Image, Image.Image]:
    """The same street with a zebra and without."""
    with_zebra, without = (draw_street(Random(f"street {seed}"), zebra=zebra).picture for zebra in (True, False))
    return with_zebra, without


def spot_box(plan: Plan, reach_px: int) -> tuple[int, int, int, int]:
    """The part of the picture in which the spot lies."""
    corners = plan.camera.project(rectangle((-plan.road.half_m, plan.road.half_m), plan.spot))
    across, down = ([place[at] * PICTURE_PX / STAGE_PX for place in corners] for at in (0, 1))
    left, right = int(min(across)) - reach_px, int(max(across)) + reach_px
    return (
        max(0, left),
        max(0, int(min(down)) - reach_px),
        min(PICTURE_PX, right),
        min(PICTURE_PX, int(max(down)) + reach_px),
    )


@pytest.mark.parametrize("seed", range(24))
def test_only_the_stripes_tell(seed: int) -> None:
    difference = ImageChops.difference(*pair(seed))
    difference.paste((0, 0, 0), spot_box(plan_of(seed), reach_px=4))
    assert difference.getbbox() is None, "everything else is the same, pixel for pixel"


@pytest.mark.parametrize("condition", CONDITIONS)
def test_stripes_can_be_seen_by_a_model_in_every_condition(condition: str) -> None:
    seeds = [seed for seed in range(150) if plan_of(seed).condition == condition][:12]
    assert len(seeds) == 12
    for seed in seeds:
        small = (picture.resize((MODEL_PX, MODEL_PX), Image.Resampling.BICUBIC) for picture in pair(seed))
        strong = ImageChops.difference(*small).convert("L").point(lambda grey: 255 * (grey > 20))
        assert strong.histogram()[255] > 0.012 * MODEL_PX**2, (seed, "about a hundred pixels that differ clearly")


def test_every_view_condition_and_distractor_is_as_frequent_as_the_others() -> None:
    plans = [plan_of(seed) for seed in range(1200)]
    for counted, ways in (
        (Counter(plan.view for plan in plans), VIEWS),
        (Counter(plan.condition for plan in plans), CONDITIONS),
        (Counter(plan.distractor for plan in plans), DISTRACTORS),
    ):
        expected = 1200 / len(ways)
        assert set(counted) == set(ways)
        assert all(abs(count - expected) < 4 * expected**0.5 for count in counted.values()), counted
    assert {plan.stripes for plan in plans} == set(range(4, 10))


@pytest.mark.parametrize("zebra", [True, False])
def test_a_row_tells_what_was_drawn(zebra: bool) -> None:
    for seed in range(8):
        plan, (row,) = plan_of(seed), draw_street(Random(f"street {seed}"), zebra=zebra).rows
        assert row["answer"] == ("zebra" if zebra else "none")
        assert (row["condition"], row["distractor"], row["view"]) == (plan.condition, plan.distractor, plan.view)
        assert row["negative"] == ("" if zebra else plan.distractor)
        assert row["stripes"] == (plan.stripes if zebra else 0)
        assert {row["question"], row["answer"]} <= set(sentences())
    assert len(set(QUESTIONS)) == len(QUESTIONS) >= 8


def test_stripes_go_from_kerb_to_kerb_with_gaps_as_wide_as_they() -> None:
    for seed in range(20):
        plan = plan_of(seed)
        across = [sorted({x for x, _, _ in stripe}) for stripe in stripes(plan)]
        wide = across[0][1] - across[0][0]
        assert len(across) == plan.stripes
        assert all(right - left == pytest.approx(wide) for left, right in across)
        assert all(after[0] - before[1] == pytest.approx(wide) for before, after in pairwise(across))
        assert -plan.road.half_m < across[0][0] < across[-1][1] < plan.road.half_m
        assert across[0][0] == pytest.approx(-across[-1][1])


def test_other_marks_keep_off_the_spot() -> None:
    for seed in range(60):
        plan = plan_of(seed)
        for mark in other_marks(plan, Random(seed)):
            along = [z for _, _, z in mark]
            assert max(along) < plan.spot[0] or min(along) > plan.spot[1]
