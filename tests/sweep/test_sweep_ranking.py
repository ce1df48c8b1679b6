"""Which setting is best and how sure: over seeds and pictures at once, for as many comparisons as there are."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from lensmith.sweep.contrast import Contrast, Judge, Judged, contrast
from lensmith.sweep.ranking import rank
from sample_sweeps import BOTH, QUESTIONS, Tried, make_recipe, write_sweep

THREE = {
    "лучшая": Tried({"tune.lora.r": 16}, (0.85, 0.6)),
    "почти": Tried({"tune.lora.r": 8}, (0.84, 0.61)),
    "слабая": Tried({"tune.lora.r": 2}, (0.3, 0.95)),
}


def judged(values_SG: "np.ndarray") -> list[Judged]:
    """A question a group; its pull on the mean is exact."""
    made = []
    for values_G in values_SG:
        count = len(values_G)
        pulls = {str(at): values_G.mean() - (values_G.sum() - value) / (count - 1) for at, value in enumerate(values_G)}
        made.append(Judged(pulls, {str(at): (float(value),) for at, value in enumerate(values_G)}))
    return made


def against_zero(values_SG: "np.ndarray", confidence: float = 0.95) -> Contrast:
    """The contrast of these values with zeros."""
    pairs = list(zip(judged(values_SG), judged(np.zeros_like(values_SG)), strict=True))
    return contrast(values_SG.mean(axis=1).tolist(), pairs, confidence)


def test_both_variances_count() -> None:
    values_SG = np.random.default_rng(0).normal(0.1, 0.3, (4, 30))
    found = against_zero(values_SG).difference
    of_groups = values_SG.mean(axis=0).var(ddof=1) / 30
    of_seeds = values_SG.mean(axis=1).var(ddof=1) / 4
    freedom = (of_groups + of_seeds) ** 2 / (of_groups**2 / 29 + of_seeds**2 / 3)
    half = stats.t.ppf(0.975, freedom) * (of_groups + of_seeds) ** 0.5
    assert (found.low, found.high) == pytest.approx((values_SG.mean() - half, values_SG.mean() + half))


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    lots, held = np.random.default_rng(1), 0
    for _ in range(200):
        seeds, groups = lots.normal(0, 0.05, (3, 1)), lots.normal(0, 0.3, (1, 40))
        found = against_zero(0.2 + seeds + groups + lots.normal(0, 0.1, (3, 40))).difference
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0.2 <= found.high
    assert 0.93 <= held / 200 <= 1.0


def test_one_seed_is_never_sure() -> None:
    values_SG = np.random.default_rng(2).normal(0.5, 0.1, (1, 40))
    one = against_zero(values_SG)
    assert one.difference.sign == 1
    assert not one.sure
    assert against_zero(np.concatenate([values_SG, values_SG + 0.01])).sure


def test_few_pictures_that_differ_are_never_sure() -> None:
    values_SG = np.zeros((3, 40))
    values_SG[:, :3] = 1.0
    values_SG[0, :3] = 0.9
    found = against_zero(values_SG, 0.5)
    assert found.difference.sign == 1
    assert found.changed == 3
    assert found.sure == (2 * 0.5**3 < 0.5)
    assert not against_zero(values_SG, 0.8).sure


def test_the_best_is_compared_with_each_and_corrected_for_their_number(tmp_path: Path) -> None:
    outcome = write_sweep(tmp_path / "s", THREE)
    targets, controls = outcome.rankings
    assert {row.trial.name for row in targets.alike} <= {"лучшая", "почти"}
    assert [row.trial.name for row in targets.behind] == ["слабая"]
    assert targets.contrasts[0] is not None
    assert targets.contrasts[0].difference.confidence == pytest.approx(1 - 0.05 / 2)
    assert targets.contrasts[0].groups == QUESTIONS // 3
    assert "surely better than 1 of the 2 others; cannot be told from" in targets.sentence()
    assert controls.rows[0].trial.name == "слабая"
    assert not controls.alike
    written = outcome.to_json()["rankings"][0]
    assert [other["sure"] for other in written["others"]] == [False, True]


def test_settings_that_end_at_one_number_are_called_equal(tmp_path: Path) -> None:
    always = {name: Tried({"tune.lora.r": r}, (2.0, 2.0)) for r, name in enumerate(("первая", "вторая", "третья"))}
    outcome = write_sweep(tmp_path / "s", {**always, "слабая": THREE["слабая"]}, seeds=2)
    targets = outcome.rankings[0]
    assert sorted(row.trial.name for row in (targets.rows[0], *targets.equal)) == sorted(always)
    assert f"100.0 %, as {targets.rows[1].trial.name}, {targets.rows[2].trial.name}" in targets.sentence()
    assert "surely better than 1 of the 3 others" in targets.sentence()

    recipe = make_recipe(tmp_path / "again", THREE, 2, BOTH, subjects=True)
    alone = rank([row for row in outcome.rows if row.trial.name in always], 0, Judge(recipe.evaluate), 0.95)
    assert alone.sentence() == f"none is best in {alone.objective.text}: all 3 settings end at 100.0 %"
    assert alone.to_json()["equal"] == [row.trial.name for row in alone.rows[1:]]


def test_with_one_seed_nothing_is_said_of_seeds(tmp_path: Path) -> None:
    (ranking,) = write_sweep(tmp_path / "s", THREE, seeds=1, objectives=["exact_match"], subjects=False).rankings
    assert not ranking.behind
    assert "with one seed nothing can be said of seeds" in ranking.sentence()


def test_without_the_answers_the_seeds_must_do(tmp_path: Path) -> None:
    rows = write_sweep(tmp_path / "s", THREE).rows
    for path in tmp_path.glob("s/trials/слабая/*/after.jsonl"):
        path.unlink()
    recipe = make_recipe(tmp_path / "again", THREE, 3, BOTH, subjects=True)
    told = rank(rows, 0, Judge(recipe.evaluate), 0.95)
    groups = {row.trial.name: each.groups for row, each in zip(told.rows[1:], told.contrasts, strict=True) if each}
    assert groups["слабая"] == 0
    assert set(groups.values()) == {0, QUESTIONS // 3}


def test_subjects_are_gathered_over_seeds_and_told_in_words(tmp_path: Path) -> None:
    tried = {"лучшая": Tried({"r": 1}, (0.9, 0.95)), "жадная": Tried({"r": 2}, (0.95, 0.3), takes="Колобок")}
    outcome = write_sweep(tmp_path / "s", tried)
    lines = {line.subject: line for line in outcome.subjects}
    assert lines.keys() == {"Чебурашка", "Колобок", "Матрёшка", "Супермен"}
    cells = {cell.name: cell for cell in lines["Супермен"].cells}
    assert cells["жадная"].leaked_as == {"Колобок": 3}
    assert cells["жадная"].statuses == {"leaked": 3}
    assert lines["Чебурашка"].before.value == 0.0
    told = list(outcome.describe_subjects())
    assert any("controls lost: Матрёшка, Супермен" in each and "Супермен → Колобок" in each for each in told)
    assert any(each.startswith("лучшая: learned: Колобок, Чебурашка") for each in told)
