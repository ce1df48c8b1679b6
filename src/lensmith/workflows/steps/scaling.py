"""How much of what was learned is applied: settled after training, on validation questions, before all judging."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from lensmith.config.sections import Recipe
from lensmith.console import say, warn
from lensmith.errors import GuardStopError, Problem
from lensmith.evaluation.kl import draw_pictures
from lensmith.evaluation.metrics import build_metrics
from lensmith.evaluation.predict import Ask
from lensmith.evaluation.scale_curve import BASE, Curve, draw_curve
from lensmith.evaluation.statistics import Resampling
from lensmith.evaluation.subjects import CONTROL, find_subjects
from lensmith.families.opening import load_model
from lensmith.rundir import RunDir, is_main_process, read_json, write_json
from lensmith.training.blend import MOST_QUESTIONS, SCALES, Blend
from lensmith.training.deliver import deliver
from lensmith.training.module import SupervisedModule
from lensmith.training.preflight.contract import Case
from lensmith.types import Example
from lensmith.workflows.steps.parts import Parts, ask_model, predict_part

FILE = "scale.json"


def deliver_scaled(run: RunDir, case: Case, parts: Parts, module: SupervisedModule) -> Path:
    """Writes what the run delivers, with as much of its update as `keep.scale` says; the module is left like that."""
    apply_scale(run, case, parts, module)
    return deliver(module.model, case.family, case.recipe.model, run.path)


def apply_scale(run: RunDir, case: Case, parts: Parts, module: SupervisedModule) -> None:
    """Leaves the module with as much of its update as `keep.scale` says, and scale.json behind; 1 changes nothing.

    What is delivered, asked and merged afterwards is the model with that scale. The answers that a choice rests on are
    in scale/, and are not asked for again when the run is taken up. With `guards.forgetting.max_loss` a chosen scale
    keeps that bound.

    Args:
        run: the folder.
        case: family, placement, recipe and kept features.
        parts: the validation part is asked.
        module: trained, in evaluation mode; changed in place.

    Raises:
        GuardStopError: no scale but that of the base keeps the bound.
    """
    recipe = case.recipe
    if recipe.keep.scale == 1.0:
        return
    blend = Blend(module.model, _load_base(case))
    if recipe.keep.scale != "auto":
        blend.move(recipe.keep.scale)
        _write(run, {"chosen": recipe.keep.scale, "sentence": f"scale {recipe.keep.scale:g}: keep.scale says so"})
        return
    curve = _measure(run, ask_model(module.bare, case.family, recipe, case.kept), parts, recipe, blend)
    if curve is None:
        blend.move(1.0)
        found = f"{recipe.evaluate.metrics[0]} applies to none of the validation answers"
        warn(f"keep.scale cannot be chosen: {found}; it stays 1")
        _write(run, {"chosen": 1.0, "sentence": f"scale 1: {found}"})
        return
    _write(run, curve.to_json())
    if curve.chosen == BASE:
        raise _nothing_keeps(run, curve)
    blend.move(curve.chosen)
    say(f"  {curve.sentence()}")


def choose_questions(examples: Sequence[Example], recipe: Recipe) -> list[Example]:
    """The validation questions that are asked at each scale: whole pictures, drawn by the run's seed."""
    columns = find_subjects(recipe.evaluate, examples)
    parts: dict[bool, list[Example]] = {}
    for example in examples:
        parts.setdefault(columns is not None and columns.group_of(example) == CONTROL, []).append(example)
    drawn = {
        example.id for members in parts.values() for example in draw_pictures(members, MOST_QUESTIONS, recipe.run.seed)
    }
    return [example for example in examples if example.id in drawn]


def scale_json(run: RunDir) -> dict[str, Any]:
    """The key `scale` of a comparison: what was chosen and why; nothing where nothing was scaled."""
    if not (run / FILE).exists():
        return {}
    found = read_json(run / FILE)
    return {"scale": {"chosen": found["chosen"], "sentence": found["sentence"]}}


def _measure(run: RunDir, ask: Ask, parts: Parts, recipe: Recipe, blend: Blend) -> Curve | None:
    """Asks the same questions at every scale."""
    asked = choose_questions(parts.validation_examples, recipe)
    columns = find_subjects(recipe.evaluate, asked)
    say(f"how much of what was learned to apply: {len(asked)} validation questions at {len(SCALES)} scales")
    answers = {}
    for scale in SCALES:
        blend.move(scale)
        answers[scale] = predict_part(run / "scale" / f"scale-{scale:g}.jsonl", ask, asked)
    metric = build_metrics(recipe.evaluate.model_copy(update={"metrics": recipe.evaluate.metrics[:1]}))[0]
    resampling = Resampling(recipe.run.seed, recipe.evaluate.confidence, recipe.evaluate.resamples)
    return draw_curve(
        answers,
        lambda said: columns is not None and columns.group_of(said) == CONTROL,
        metric,
        resampling,
        recipe.guards.forgetting.max_loss,
    )


def _nothing_keeps(run: RunDir, curve: Curve) -> GuardStopError:
    smallest = min(scale for scale in curve.kept if scale > BASE)
    lost = 100 * abs((curve.kept[BASE].value or 0) - (curve.kept[smallest].value or 0))
    return GuardStopError(
        Problem(
            "guard/forgetting",
            str(run.path),
            f"at {smallest:g} of the update controls lose {lost:.1f} points; {100 * (curve.most_lost or 0):g} may be",
            consequence="nothing is delivered; checkpoints and scale.json are kept",
            fix="set keep.replay and keep.sources, lower train.learning_rate, or allow more in guards.forgetting",
        )
    )


def _load_base(case: Case) -> torch.nn.Module | None:
    """The base once more, in main memory, where there are no adapters to take away."""
    if case.recipe.tune.method == "lora" or case.placement is None:
        return None
    return load_model(case.family, case.recipe.model, device=torch.device("cpu"), dtype=case.placement.weights_dtype)


def _write(run: RunDir, found: dict[str, Any]) -> None:
    if is_main_process():
        write_json(run / FILE, found)
