"""read → check → split → encode → before → train → after → compare: the story of a run, in order."""

from collections.abc import Sequence

from transformers import TrainerCallback

from lensmith.config.origins import LoadedRecipe
from lensmith.evaluation.blind import commonest_answer
from lensmith.families.opening import load_model, open_family
from lensmith.families.placement import choose_placement
from lensmith.training.adapters import apply_tuning
from lensmith.training.deliver import deliver
from lensmith.training.fit import Course, fit
from lensmith.training.module import SupervisedModule
from lensmith.training.seeing import keep_features
from lensmith.training.settle import settle_answers, settle_length, settle_machine
from lensmith.workflows.steps.judging import Answers, Outcome, judge
from lensmith.workflows.steps.parts import (
    ask_model,
    describe_parts,
    encode_parts,
    make_validate,
    predict_part,
    read_data,
)
from lensmith.workflows.steps.recording import record, run_folder, take_up


def train_recipe(loaded: LoadedRecipe, callbacks: Sequence[TrainerCallback] = ()) -> Outcome:
    """Takes a checked recipe to a tuned model and an honest comparison, from wherever its run folder stands.

    Args:
        loaded: the recipe; `run.out` names the folder. A folder that holds a part of this same run is taken up.
        callbacks: the caller's own, of transformers' kind, told of every step.

    Raises:
        LensmithError: with all problems of the step that found them; what was written is kept.
    """
    run = run_folder(loaded)
    with run.lock():
        asked = loaded = take_up(run, loaded)
        data = read_data(loaded.recipe)

        recipe = loaded.recipe
        placement = choose_placement(recipe.model.device, recipe.train.precision, full=recipe.tune.method == "full")
        family = open_family(recipe.model, recipe.prompt)
        loaded = settle_length(settle_machine(loaded, placement), family)
        parts = encode_parts(family, data, loaded.recipe)
        loaded = settle_answers(loaded, parts.train)
        recipe = loaded.recipe
        record(run, asked, loaded, describe_parts(data, parts), placement)

        model = load_model(family, recipe.model, device=placement.device, dtype=placement.weights_dtype)
        kept = keep_features(model, family, recipe, placement, parts.images())
        before = predict_part(run / "before.jsonl", ask_model(model, family, recipe, kept), parts.test)

        module = SupervisedModule(apply_tuning(model, family.facts, recipe.tune, recipe.run.seed), family)
        if recipe.train.gradient_checkpointing:
            module.recompute_activations()
        course = Course(parts.train.encoded, make_validate(module, parts, recipe, kept), callbacks, kept, data.mixture)
        fitted = fit(module, recipe, placement, run, course)
        delivered = deliver(module.model, family, recipe.model, run.path)

        after = predict_part(run / "after.jsonl", ask_model(module.bare, family, recipe, kept), parts.test)
        return judge(run, Answers(before, after, commonest_answer(data.train)), fitted, delivered, recipe)
