"""The training itself: what is tuned, what it learns from, and who watches."""

from collections.abc import Sequence

from torch import nn
from transformers import TrainerCallback

from lensmith.families.opening import load_model
from lensmith.families.placement import is_sharded
from lensmith.rundir import RunDir
from lensmith.training.anchor import tune_anchored
from lensmith.training.checkpoints import load_trained
from lensmith.training.fit import Course, Fit, fit
from lensmith.training.module import SupervisedModule
from lensmith.training.preflight.contract import Case
from lensmith.training.trackers import follow
from lensmith.workflows.steps.guarding import watch_parts, with_controls
from lensmith.workflows.steps.parts import Parts, ask_model, make_validate
from lensmith.workflows.steps.replaying import Replay, prepare_lessons


def learn(
    run: RunDir, case: Case, parts: Parts, replay: Replay, callbacks: Sequence[TrainerCallback]
) -> tuple[SupervisedModule, Fit]:
    """Trains from wherever the run folder stands; the module holds the best checkpoint's weights.

    Args:
        run: the folder.
        case: model, family, placement and settled recipe.
        parts: what it is validated on.
        replay: what the base is asked before it is tuned.
        callbacks: the caller's own.

    Raises:
        GuardStopError: a guard ended it, and there is nothing to deliver.
        DataError: nothing that the base answered can be learned.
    """
    recipe, family, kept = case.recipe, case.family, case.kept
    if case.model is None or case.placement is None:
        raise TypeError("a training needs a model with weights, and a place for it")
    lessons = prepare_lessons(run, case, replay)
    module = _tune(case.model, case)
    if recipe.train.gradient_checkpointing:
        module.recompute_activations()
    ask = ask_model(module.bare, family, recipe, kept)
    with follow(run, recipe.run.trackers) as watchers:
        validate = with_controls(make_validate(module, parts, recipe, kept), ask, parts, recipe)
        watched = watch_parts(ask, parts, recipe)
        course = Course(lessons.items, validate, [*callbacks, *watchers], kept, lessons.mixture, watched)
        fitted = fit(module, recipe, case.placement, run, course)
    return (_put_together(run, case, fitted) if is_sharded(module) else module), fitted


def _tune(base: nn.Module, case: Case) -> SupervisedModule:
    tuned, anchor = tune_anchored(base, case.family.facts, case.recipe)
    return SupervisedModule(tuned, case.family, anchor)


def _put_together(run: RunDir, case: Case, fitted: Fit) -> SupervisedModule:
    """What was delivered, whole in every process, where each held a part while it was trained."""
    assert case.placement is not None
    recipe, where, dtype = case.recipe, case.placement.device, case.placement.weights_dtype
    module = _tune(load_model(case.family, recipe.model, device=where, dtype=dtype), case)
    load_trained(module, run.checkpoints / f"checkpoint-{fitted.best_step}")
    return module.eval()
