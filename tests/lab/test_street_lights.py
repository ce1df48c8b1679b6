"""What a traffic light shows can be seen, and where the answer is `unknown` it truly cannot."""

from collections import Counter
from dataclasses import replace
from random import Random

import pytest
from PIL import Image, ImageChops

from lensmith.lab.worlds.street.stage import STAGE_PX
from lensmith.lab.worlds.street_lights.painting import paint_street
from lensmith.lab.worlds.street_lights.plan import ANSWERS, PLAIN_CONDITIONS, REASONS, Plan, draw_plan
from lensmith.lab.worlds.street_lights.world import draw_light, sentences

MODEL_PX = 96


def plans_of(answer: str, condition: str, count: int = 8) -> list[tuple[int, Plan]]:
    plans = ((seed, draw_plan(Random(f"light {seed}"), answer)) for seed in range(400))
    found = [(seed, plan) for seed, plan in plans if plan.condition == condition][:count]
    assert len(found) == count
    return found


def around(plan: Plan, picture: Image.Image) -> Image.Image:
    """What is near the light's place, as a model sees it."""
    place = plan.camera.point((plan.mount.x, plan.mount.y, plan.mount.z))
    assert place is not None
    x, y = (each * MODEL_PX / STAGE_PX for each in place)
    reach = 0.8 * plan.camera.scale_at(plan.mount.x, plan.mount.z) * MODEL_PX / STAGE_PX
    small = picture.resize((MODEL_PX, MODEL_PX), Image.Resampling.BICUBIC)
    return small.crop((round(x - reach), round(y - reach), round(x + reach), round(y + reach)))


def strong(picture: Image.Image, channel: int) -> int:
    """How many pixels have much more of one channel than of red and green's other."""
    red, green, _ = picture.split()
    more = ImageChops.subtract(*((red, green) if channel == 0 else (green, red)))
    return sum(more.histogram()[70:])


@pytest.mark.parametrize("condition", PLAIN_CONDITIONS)
def test_the_colour_is_there_in_every_weather(condition: str) -> None:
    for answer, channel in (("red", 0), ("green", 1)):
        for seed, plan in plans_of(answer, condition):
            dark = paint_street(replace(plan, lit=""), Random(seed))
            lit = paint_street(plan, Random(seed))
            assert strong(around(plan, lit), channel) >= strong(around(plan, dark), channel) + 8, (answer, seed)


def test_what_is_covered_cannot_be_told() -> None:
    """The strongest proof there is: red, green and off give the same picture."""
    for seed, plan in plans_of("unknown", "covered", 16):
        pictures = {paint_street(replace(plan, lit=lit), Random(seed)).tobytes() for lit in ("red", "green", "")}
        assert len(pictures) == 1, seed


@pytest.mark.parametrize("reason", ["too dark", "too far"])
def test_what_is_too_dark_or_too_far_is_not_even_lit(reason: str) -> None:
    assert {plan.lit for _, plan in plans_of("unknown", reason)} == {""}


def test_too_dark_is_much_darker_than_night_and_too_far_much_smaller() -> None:
    dark = [paint_street(plan, Random(seed)).convert("L") for seed, plan in plans_of("unknown", "too dark", 6)]
    brightest = max(picture.getextrema()[1] for picture in dark)
    assert brightest < 60
    near = [plan.camera.scale_at(plan.mount.x, plan.mount.z) for _, plan in plans_of("off", "day")]
    far = [plan.camera.scale_at(plan.mount.x, plan.mount.z) for _, plan in plans_of("unknown", "too far")]
    assert max(far) < 0.6 * min(near)


@pytest.mark.parametrize("answer", ANSWERS)
def test_the_light_is_in_the_picture(answer: str) -> None:
    for seed in range(300):
        plan = draw_plan(Random(seed), answer)
        place = plan.camera.point((plan.mount.x, plan.mount.y, plan.mount.z))
        assert place is not None
        assert 0.1 < place[0] / STAGE_PX < 0.9
        assert 0.1 < place[1] / STAGE_PX < plan.camera.horizon


def test_without_a_light_the_street_is_the_same_but_for_the_light() -> None:
    for seed, plan in plans_of("off", "day", 6):
        with_light = around(plan, paint_street(plan, Random(seed)))
        without = around(plan, paint_street(replace(plan, answer="none"), Random(seed)))
        assert sum(ImageChops.difference(with_light, without).convert("L").histogram()[40:]) > 20, "a light is seen"


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_row_tells_what_was_drawn(answer: str) -> None:
    conditions: Counter[str] = Counter()
    for seed in range(12):
        (row,) = draw_light(Random(f"light {seed}"), answer=answer).rows
        plan = draw_plan(Random(f"light {seed}"), answer)
        assert row["answer"] == answer
        assert (row["condition"], row["distractor"]) == (plan.condition, plan.distractor)
        assert row["lamps"] == (0 if answer == "none" else plan.lamps)
        assert {row["question"], answer} <= set(sentences())
        conditions[row["condition"]] += 1
    assert set(conditions) <= set(REASONS if answer == "unknown" else PLAIN_CONDITIONS)
    assert len(conditions) > 1
