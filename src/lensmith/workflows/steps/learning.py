"""The training itself: what is tuned, what it learns from, and who watches."""

from collections.abc import Sequence

from transformers import TrainerCallback

from lensmith.rundir import RunDir
from lensmith.training.adapters import apply_tuning
from lensmith.training.fit import Course, Fit, fit
from lensmith.training.module import SupervisedModule
from lensmith.training.preflight.contract import Case
from lensmith.training.trackers import follow
from lensmith.workflows.steps.guarding import watch_parts, with_controls
from lensmith.workflows.steps.parts import Parts, ask_model, make_validate


def learn(run: RunDir, case: Case, parts: Parts, callbacks: Sequence[TrainerCallback]) -> tuple[SupervisedModule, Fit]:
    """Trains from wherever the run folder stands; the module holds the best checkpoint's weights.

    Args:
        run: the folder.
        case: model, family, placement and settled recipe.
        parts: what is learned from and validated on.
        callbacks: the caller's own.

    Raises:
        GuardStopError: a guard ended it, and there is nothing to deliver.
    """
    recipe, family, kept = case.recipe, case.family, case.kept
    if case.model is None or case.placement is None:
        raise TypeError("a training needs a model with weights, and a place for it")
    module = SupervisedModule(apply_tuning(case.model, family.facts, recipe.tune, recipe.run.seed), family)
    if recipe.train.gradient_checkpointing:
        module.recompute_activations()
    ask = ask_model(module.bare, family, recipe, kept)
    with follow(run, recipe.run.trackers) as watchers:
        validate = with_controls(make_validate(module, parts, recipe, kept), ask, parts, recipe)
        watched = watch_parts(ask, parts, recipe)
        mixture = case.parts.mixture
        course = Course(parts.train.encoded, validate, [*callbacks, *watchers], kept, mixture, watched)
        return module, fit(module, recipe, case.placement, run, course)
