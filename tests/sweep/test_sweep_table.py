"""What a sweep came to: means over seeds, settings that nothing beats, effects in words; and which runs are stopped."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scipy import stats

from lensmith.sweep.effects import find_effects
from lensmith.sweep.objectives import Objective
from lensmith.sweep.pruning import Pruner
from lensmith.sweep.space import Choice, Range, as_overrides, spread_grid
from lensmith.sweep.statistics import difference_of, mean_over
from lensmith.sweep.table import find_gaps, make_rows
from lensmith.sweep.trials import PrunedError, Run, Trial

TARGETS = Objective("exact_match @ group = target", "exact_match", slice="group = target")
CONTROLS = Objective("exact_match @ group = control", "exact_match", slice="group = control")


def estimate(value: float | None) -> dict[str, Any]:
    return {"n": 50, "groups": 10, "value": value, "interval": None}


def finished(name: str, setting: Mapping[str, Any], pairs: Sequence[tuple[float | None, float]]) -> list[Run]:
    """Runs of one setting: targets and controls, a seed each; the base had 0.1 and 0.9."""
    trial = Trial(name, setting, Path("somewhere") / name, tuple(range(len(pairs))))
    runs = []
    for seed, (target, control) in enumerate(pairs):
        slices = {
            "group = target": {
                "before": estimate(0.1),
                "after": estimate(target),
                "difference": estimate(None if target is None else target - 0.1),
            },
            "group = control": {
                "before": estimate(0.9),
                "after": estimate(control),
                "difference": estimate(control - 0.9),
            },
        }
        comparison = {"metrics": {"exact_match": {"slices": slices, "quantities": {}}}}
        runs.append(Run(trial, seed, comparison, "finished"))
    return runs


TRIALS = {
    "low": finished("low", {"r": 4, "alpha": 8}, [(0.50, 0.90), (0.54, 0.88), (0.52, 0.89)]),
    "high": finished("high", {"r": 64, "alpha": 8}, [(0.80, 0.50), (0.84, 0.52), (0.82, 0.51)]),
    "bad": finished("bad", {"r": 4, "alpha": 64}, [(0.40, 0.60), (0.44, 0.62), (0.42, 0.58)]),
    "gone": [Run(Trial("gone", {}, Path("gone"), (0,)), 0, None, "failed", "why")],
}


def test_rows_are_ordered_and_marked_where_nothing_beats_them() -> None:
    rows = make_rows(TRIALS, [TARGETS, CONTROLS], 0.95)
    assert [(row.trial.name, row.best) for row in rows] == [("high", True), ("low", True), ("bad", False)]
    after = rows[0].after[0]
    low, high = stats.t.interval(0.95, 2, loc=0.82, scale=stats.sem([0.80, 0.84, 0.82]))
    assert (after.n, after.value, after.low, after.high) == pytest.approx((3, 0.82, low, high))
    assert rows[0].change[1].value == pytest.approx(-0.39)


def test_a_setting_without_a_number_is_last_and_not_best() -> None:
    trials = {**TRIALS, "aaa": finished("aaa", {"r": 1}, [(None, 0.99)])}
    rows = make_rows(trials, [TARGETS, CONTROLS], 0.95)
    assert (rows[-1].trial.name, rows[-1].best) == ("aaa", False)
    assert rows[-1].to_json()["objectives"][TARGETS.text]["after"]["value"] is None


def test_a_setting_without_a_number_is_told_with_the_reason() -> None:
    runs = finished("пустая", {"r": 1}, [(None, 0.99), (0.5, 0.99)])
    runs[0].comparison["metrics"]["exact_match"]["slices"]["group = target"]["after"]["reason"] = "нечего судить"  # type: ignore[index]
    gaps = find_gaps(make_rows({**TRIALS, "пустая": runs}, [TARGETS, CONTROLS], 0.95))
    told = [gap.sentence() for gap in gaps]
    assert told == [f"пустая: 1 of 2 runs have no number for {TARGETS.text}: нечего судить"]
    (gone,) = find_gaps(make_rows({"x": finished("x", {}, [(None, 0.9)])}, [TARGETS], 0.95))
    assert gone.sentence() == f"x: no run has a number for {TARGETS.text}: the run does not say why"


def test_less_is_better_where_it_is_wanted() -> None:
    less = Objective("-exact_match @ group = target", "exact_match", slice="group = target", less=True)
    assert [row.trial.name for row in make_rows(TRIALS, [less], 0.95)] == ["bad", "low", "high"]


def test_effects_pair_runs_that_differ_in_one_key() -> None:
    rows = make_rows(TRIALS, [TARGETS], 0.95)
    rank, alpha = sorted(find_effects(rows, TARGETS, 0.95), key=lambda effect: effect.key, reverse=True)
    assert (rank.key, rank.first, rank.second, rank.paired, rank.difference.n) == ("r", "4", "64", True, 3)
    assert rank.difference.value == pytest.approx(0.30)
    assert rank.difference.sign == 1
    assert rank.sentence().startswith("r 64 over 4: +30.0 points in exact_match @ group = target (95 % interval")
    assert alpha.difference.value == pytest.approx(-0.10)


def test_an_effect_that_may_be_another_keys_is_never_sure() -> None:
    """As in settings tried by hand: alpha and dropout went up together."""
    settings = {
        "a": {"r": 16, "alpha": 16, "dropout": 0.05},
        "b": {"r": 8, "alpha": 16, "dropout": 0.05},
        "c": {"r": 16, "alpha": 32, "dropout": 0.1},
    }
    scores = {"a": 0.30, "b": 0.31, "c": 0.90}
    trials = {
        name: finished(name, setting, [(scores[name] + seed / 1000, 0.5) for seed in range(3)])
        for name, setting in settings.items()
    }
    found = {effect.key: effect for effect in find_effects(make_rows(trials, [TARGETS], 0.95), TARGETS, 0.95)}
    assert found["alpha"].mixed_with == ("dropout",)
    assert found["dropout"].mixed_with == ("alpha",)
    assert found["alpha"].adjusted_p is not None and found["alpha"].adjusted_p < 0.01
    assert not found["alpha"].sure
    assert found["alpha"].sentence().endswith("; dropout changed along")
    assert found["r"].mixed_with == (), "both values of alpha go with 16"


def test_effects_of_runs_that_are_no_pairs_get_welchs_interval() -> None:
    trials = {
        str(at): finished(str(at), {"r": r, "other": at}, [(value, 0.5)])
        for at, (r, value) in enumerate([(4, 0.2), (4, 0.3), (4, 0.25), (8, 0.5), (8, 0.6), (8, 0.4)])
    }
    effect = next(each for each in find_effects(make_rows(trials, [TARGETS], 0.95), TARGETS, 0.95) if each.key == "r")
    right = stats.ttest_ind([0.5, 0.6, 0.4], [0.2, 0.3, 0.25], equal_var=False).confidence_interval(0.95)
    assert not effect.paired
    assert (effect.difference.low, effect.difference.high) == pytest.approx((right.low, right.high))


def test_numbers_of_a_range_are_parted_in_the_middle() -> None:
    trials = {str(at): finished(str(at), {"rate": 0.1 * at}, [(0.1 * at, 0.5)]) for at in range(1, 8)}
    (effect,) = find_effects(make_rows(trials, [TARGETS], 0.95), TARGETS, 0.95)
    assert (effect.first, effect.second) == ("below 0.4", "from 0.4")
    assert effect.difference.value == pytest.approx(0.55 - 0.2)


def test_one_run_has_no_interval_over_runs() -> None:
    assert mean_over([0.4], 0.95).low is None
    assert difference_of([0.4], [0.5, 0.6], 0.95).low is None
    assert mean_over([0.4, 0.4], 0.95).sign == 1


def test_a_grid_has_every_point_and_overrides_are_values() -> None:
    space = {"a": Choice(("да", None)), "b": Range(0.5, 1.5, step=0.5)}
    points = spread_grid(space)
    assert len(points) == 6
    assert [point["b"] for point in points[:3]] == [0.5, 1.0, 1.5]
    assert as_overrides(points[0]) == ['a="да"', "b=0.5"]
    assert as_overrides(points[-1]) == ["a=null", "b=1.5"]


def write_run(folder: Path, losses: Sequence[float], *, whole: bool = True) -> Path:
    folder.mkdir(parents=True)
    rows = [{"step": 10 * at, "epoch": float(at), "eval_validation_loss": loss} for at, loss in enumerate(losses)]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    if whole:
        (folder / "comparison.json").write_text("{}", encoding="utf-8")
    return folder


def after_epoch(run: Path, trials: Path, epoch: float, epochs: float = 3) -> None:
    pruner = Pruner(run, trials, "validation_loss")
    pruner.on_evaluate(SimpleNamespace(num_train_epochs=epochs), SimpleNamespace(epoch=epoch), None)  # type: ignore[arg-type]


def test_a_run_worse_than_the_median_is_stopped_and_no_other(tmp_path: Path) -> None:
    for at, loss in enumerate([1.0, 2.0, 3.0, 4.0]):
        write_run(tmp_path / f"t{at}" / "seed-0", [9.0, loss, loss / 2, loss / 4])
    worse = write_run(tmp_path / "worse" / "seed-0", [0.5, 2.6], whole=False)
    better = write_run(tmp_path / "better" / "seed-0", [9.0, 2.4, 9.0], whole=False)
    with pytest.raises(PrunedError, match=r"2\.6000, the median of 4 runs was 2\.5000"):
        after_epoch(worse, tmp_path, 1)
    after_epoch(worse, tmp_path, 0.5)
    after_epoch(worse, tmp_path, 1, epochs=1)
    after_epoch(better, tmp_path, 1)
    with pytest.raises(PrunedError):
        after_epoch(better, tmp_path, 2)


def test_too_few_others_stop_nothing(tmp_path: Path) -> None:
    for at in range(3):
        write_run(tmp_path / f"t{at}" / "seed-0", [9.0, 1.0])
    write_run(tmp_path / "unfinished" / "seed-0", [9.0, 1.0], whole=False)
    after_epoch(write_run(tmp_path / "worse" / "seed-0", [9.0, 5.0], whole=False), tmp_path, 1)
