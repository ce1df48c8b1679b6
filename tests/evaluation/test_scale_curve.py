"""The rule by which a scale is chosen, on answers whose worth is known."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensmith.config.sections import EvaluateSection
from lensmith.evaluation.metrics import build_metrics
from lensmith.evaluation.metrics.contract import Metric
from lensmith.evaluation.scale_curve import BASE_RIGHT, CONTROLS, Curve, draw_curve, near_best, standard_error
from lensmith.evaluation.statistics import Resampling
from lensmith.types import Prediction

RESAMPLING = Resampling(0, 0.95, 100)


def exact_match() -> Metric:
    return build_metrics(EvaluateSection(metrics=["exact_match"]))[0]


def answer(right: Sequence[int], group: str, offset: int = 0) -> list[Prediction]:
    """One question a picture, those with 1 answered right."""
    return [
        Prediction(f"{group}{at}", f"{at + offset}.png", "Кто это?", ("Гена 🐊",), "Гена 🐊" if each else "нет",
                   True, {"subject_group": group})
        for at, each in enumerate(right)
    ]  # fmt: skip


def draw(
    learned: dict[float, list[int]], kept: dict[float, list[int]] | None = None, most_lost: float | None = None
) -> Curve:
    answers = {
        scale: answer(right, "target") + (answer(kept[scale], "control", 1000) if kept else [])
        for scale, right in learned.items()
    }
    curve = draw_curve(
        answers, lambda said: said.metadata["subject_group"] == "control", exact_match(), RESAMPLING, most_lost
    )
    assert curve is not None
    return curve


def test_the_smallest_scale_that_learns_about_as_much_is_chosen() -> None:
    learned = {0.0: [0] * 20, 0.4: [1] * 10 + [0] * 10, 0.7: [1] * 19 + [0], 1.0: [1] * 20}
    curve = draw(learned)
    assert (curve.chosen, curve.kept, curve.kept_on) == (0.7, {}, "")
    assert [curve.learned[scale].value for scale in learned] == [0.0, 0.5, 0.95, 1.0]
    assert "nothing to measure forgetting on" in curve.sentence()
    learned[0.7] = [1] * 16 + [0] * 4
    assert draw(learned).chosen == 1.0, "four of twenty are more than one standard error"


def test_among_those_the_best_kept_wins_where_it_is_clear() -> None:
    """Forgetting need not grow with the scale: here a middle one keeps more than the smallest."""
    learned = {0.0: [0] * 20, 0.4: [1] * 20, 0.7: [1] * 20, 1.0: [1] * 20}
    kept = {0.0: [1] * 20, 0.4: [1] * 10 + [0] * 10, 0.7: [1] * 18 + [0] * 2, 1.0: [0] * 20}
    curve = draw(learned, kept)
    assert (curve.chosen, curve.kept_on) == (0.7, CONTROLS)
    assert curve.sentence() == (
        "scale 0.7: exact_match 100.0 %, 100.0 % at 1, 0.0 % for the base; "
        "controls: 90.0 %, 0.0 % at 1, 100.0 % for the base"
    )
    kept[0.4] = [1] * 17 + [0] * 3
    assert draw(learned, kept).chosen == 0.4, "one answer of twenty decides nothing"


def test_keeping_does_not_buy_less_learning() -> None:
    learned = {0.0: [0] * 20, 0.4: [1] * 10 + [0] * 10, 1.0: [1] * 20}
    kept = {0.0: [1] * 20, 0.4: [1] * 20, 1.0: [0] * 20}
    assert draw(learned, kept).chosen == 1.0


def test_a_bound_comes_before_learning() -> None:
    learned = {0.0: [0] * 20, 0.4: [1] * 10 + [0] * 10, 0.7: [1] * 16 + [0] * 4, 1.0: [1] * 20}
    kept = {0.0: [1] * 20, 0.4: [1] * 20, 0.7: [1] * 19 + [0], 1.0: [0] * 20}
    assert draw(learned, kept).chosen == 1.0
    bounded = draw(learned, kept, most_lost=0.05)
    assert (bounded.chosen, bounded.told) == (0.7, True), "a loss as large as the bound keeps it"
    assert bounded.sentence().endswith("; at most 5 points may be lost")
    assert draw(learned, kept, most_lost=0.0).chosen == 0.4
    assert draw(learned, {**kept, 0.4: [0] * 20, 0.7: [0] * 20}, most_lost=0.0).chosen == 0.0, "only the base keeps it"


def test_where_nothing_was_learned_within_the_bound_no_more_is_applied_than_it_allows() -> None:
    learned = {0.0: [0] * 20, 0.4: [0] * 20, 0.7: [0] * 20, 1.0: [1] * 20}
    curve = draw(learned, {0.0: [1] * 20, 0.4: [1] * 20, 0.7: [1] * 20, 1.0: [0] * 20}, most_lost=0.1)
    assert (curve.chosen, curve.told) == (0.7, False)
    assert "as much as the bound allows" in curve.sentence()


def test_without_controls_there_is_no_bound() -> None:
    right = [1] * 10 + [0] * 10
    curve = draw({0.0: right, 1.0: [0] * 10 + [1] * 10}, most_lost=0.0)
    assert (curve.chosen, curve.most_lost) == (1.0, None)


def test_without_controls_what_the_base_answers_right_is_kept() -> None:
    right = [1] * 10 + [0] * 10
    learned = {0.0: right, 0.4: [1] * 20, 0.7: [0] * 4 + [1] * 16, 1.0: [0] * 10 + [1] * 10}
    curve = draw(learned)
    assert (curve.chosen, curve.kept_on) == (0.4, BASE_RIGHT)
    assert {scale: each.value for scale, each in curve.kept.items()} == {0.0: 1.0, 0.4: 1.0, 0.7: 0.6, 1.0: 0.0}
    assert curve.kept[0.0].n == 10


@pytest.mark.parametrize("right", [0, 9])
def test_where_nothing_was_learned_nothing_is_chosen(right: int) -> None:
    """The smallest scale would take away what the metric is too coarse to see."""
    base = [1] * right + [0] * (10 - right)
    curve = draw({0.0: base, 0.25: [0, *base[1:]], 1.0: [1, 0, *base[2:]]})
    assert (curve.chosen, curve.told) == (1.0, False)
    assert "validation cannot tell" in curve.sentence()
    point = curve.to_json()["points"][0]
    assert (point["scale"], point["learned"]["value"]) == (0.0, right / 10)
    assert point["kept"] is None if right == 0 else point["kept"]["n"] == 9


def test_questions_that_the_metric_leaves_out_are_counted() -> None:
    unanswered = [Prediction("?", "9.png", "?", (), "что-то", True, {"subject_group": "target"})]
    answers = {scale: answer(right, "target") + unanswered for scale, right in ((0.0, [0, 0]), (1.0, [1, 1]))}
    curve = draw_curve(answers, lambda said: False, exact_match(), RESAMPLING)
    assert curve is not None
    assert (curve.left_out, curve.learned[1.0].n) == (1, 2)
    assert draw_curve({0.0: unanswered, 1.0: unanswered}, lambda said: False, exact_match(), RESAMPLING) is None


def test_questions_on_one_picture_are_one_piece_of_evidence() -> None:
    """Nine answers lost and three gained: clear where each is on a picture of its own, chance where there are two."""
    best = np.array([1.0] * 9 + [0.0] * 3 + [1.0] * 8)
    behind = np.array([0.0] * 9 + [1.0] * 3 + [1.0] * 8)
    apart = [str(at) for at in range(20)]
    together = [*["одна"] * 9, *["другая"] * 3, *apart[12:]]
    assert near_best({0.5: behind, 1.0: best}, apart) == [1.0]
    assert near_best({0.5: behind, 1.0: best}, together) == [0.5, 1.0]
    assert standard_error(behind, ["одна"] * 20) == 0.0


@given(st.lists(st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=6, max_size=6), min_size=1, max_size=5))
def test_the_best_is_always_among_the_near(rows: list[list[float]]) -> None:
    values = {(at + 1) / 10: np.asarray(row) for at, row in enumerate(rows)}
    near = near_best(values, ["а", "а", "б", "б", "в", "г"])
    best = max(row.mean() for row in values.values())
    assert near == sorted(near)
    assert any(values[scale].mean() == pytest.approx(best) for scale in near)
