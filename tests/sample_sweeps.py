"""Sweep folders made without a model: answers are invented, all else is computed and written as a sweep does it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from lensmith.config.loading import load_recipe
from lensmith.config.sections import Recipe
from lensmith.evaluation.compare import compare_predictions
from lensmith.evaluation.learning import compare_subjects
from lensmith.evaluation.metrics import build_metrics
from lensmith.evaluation.predictions import write_predictions
from lensmith.rundir import write_json
from lensmith.sweep.objectives import read_objectives
from lensmith.sweep.outcome import SweepOutcome, make_outcome
from lensmith.sweep.trials import Trial
from lensmith.types import Prediction

TARGETS, CONTROLS = ("Чебурашка", "Колобок"), ("Матрёшка", "Супермен")
BOTH = ("exact_match @ subject_group = target", "exact_match @ subject_group = control")
QUESTIONS = 120


@dataclass(frozen=True)
class Tried:
    """A setting: how often its models are right on targets and on controls, and runs that ended otherwise.

    Attributes:
        setting: values by key.
        right: the two shares.
        takes: whom a control that is answered wrongly is taken for.
        ended: file and reason of runs that did not finish, by seed.
    """

    setting: Mapping[str, Any]
    right: tuple[float, float] = (0.7, 0.7)
    takes: str = "не знаю"
    ended: Mapping[int, tuple[str, str]] = field(default_factory=dict)


def write_sweep(
    folder: Path, tried: Mapping[str, Tried], *, seeds: int = 3, objectives: Sequence[str] = BOTH, subjects: bool = True
) -> SweepOutcome:
    """Runs and sweep.json; three questions share a picture, two of them about controls."""
    recipe = make_recipe(folder, tried, seeds, objectives, subjects)
    trials = []
    for name, each in tried.items():
        trial = Trial(name, each.setting, folder / "trials" / name, tuple(range(seeds)))
        for seed in trial.seeds:
            if seed in each.ended:
                file, reason = each.ended[seed]
                write_json(trial.run_folder(seed) / file, {"reason": reason})
            else:
                write_answers(trial.run_folder(seed), each, recipe, f"{name} {seed}", subjects=subjects)
        trials.append(trial)
    wanted = read_objectives(objectives, build_metrics(recipe.evaluate), recipe.evaluate.slices)
    outcome = make_outcome(folder, recipe, trials, wanted)
    write_json(folder / "sweep.json", outcome.to_json())
    return outcome


def make_recipe(
    folder: Path, tried: Mapping[str, Tried], seeds: int, objectives: Sequence[str], subjects: bool
) -> Recipe:
    """A recipe that asks for these settings."""
    folder.mkdir(parents=True)
    asked = {
        "model": "some/model",
        "data": {"train": "t.jsonl", "test": "t.jsonl"},
        "evaluate": {
            "metrics": ["exact_match"],
            "slices": ["subject_group"] if subjects else [],
            "resamples": 100,
        },
        "sweep": {
            "settings": {name: dict(each.setting) for name, each in tried.items()},
            "seeds": seeds,
            "objectives": list(objectives),
        },
    }
    (folder / "recipe.yaml").write_text(json.dumps(asked, ensure_ascii=False), encoding="utf-8")
    return load_recipe(folder / "recipe.yaml", check_files=False).recipe


def write_answers(run: Path, tried: Tried, recipe: Recipe, lot: str, *, subjects: bool) -> None:
    """before.jsonl, after.jsonl and comparison.json of one run; the base knows controls and no target."""
    by_lot, before, after = Random(lot), [], []
    for at in range(QUESTIONS):
        target = at % 3 == 0
        name = TARGETS[at // 3 % 2] if target else CONTROLS[at % 2]
        metadata = {"subject": name, "subject_group": "target" if target else "control"} if subjects else {}
        hard = Random(at // 3).uniform(-0.15, 0.15)
        right = by_lot.random() < tried.right[0 if target else 1] + hard
        for answers, answer in (
            (before, "не знаю" if target else name),
            (after, name if right else "не знаю" if target else tried.takes),
        ):
            answers.append(Prediction(f"q{at}", f"{at // 3}.png", "Кто это?", (name,), answer, True, metadata))
    run.mkdir(parents=True)
    write_predictions(run / "before.jsonl", before)
    write_predictions(run / "after.jsonl", after)
    compared = compare_predictions(before, after, recipe.evaluate, 0).to_json()
    found = compare_subjects(before, after, recipe.evaluate, 0)
    write_json(run / "comparison.json", compared | ({"subjects": found.to_json()} if found else {}))
