"""read → check → split → encode → preflight → before → train → after → compare → page: the story of a run, in order."""

from collections.abc import Sequence

from transformers import TrainerCallback

from lensmith.config.origins import LoadedRecipe
from lensmith.data.looks import take_looks
from lensmith.evaluation.blind import commonest_answer
from lensmith.families.opening import load_model, open_family
from lensmith.families.placement import choose_placement
from lensmith.ranks import leave
from lensmith.rundir import RunDir
from lensmith.training.cards import write_card
from lensmith.training.faults import tell_faults
from lensmith.training.preflight.contract import Case
from lensmith.training.seeing import keep_features
from lensmith.training.settle import settle_answers, settle_length, settle_machine
from lensmith.workflows.steps.judging import Answers, Outcome, judge
from lensmith.workflows.steps.learning import learn
from lensmith.workflows.steps.page import write_page
from lensmith.workflows.steps.parts import ask_model, describe_parts, encode_parts, predict_part, read_data
from lensmith.workflows.steps.preflight import check_ready
from lensmith.workflows.steps.probing import measure_shift
from lensmith.workflows.steps.recording import record, run_folder, take_up
from lensmith.workflows.steps.replaying import draw_replay
from lensmith.workflows.steps.safe_mode import in_safe_mode, leave_stopped
from lensmith.workflows.steps.scaling import deliver_scaled
from lensmith.workflows.steps.together import meet


def train_recipe(loaded: LoadedRecipe, callbacks: Sequence[TrainerCallback] = ()) -> Outcome:
    """Takes a checked recipe to a tuned model and an honest comparison, from wherever its run folder stands.

    Args:
        loaded: the recipe; `run.out` names the folder. A folder that holds a part of this same run is taken up.
        callbacks: the caller's own, of transformers' kind, told of every step.

    Raises:
        LensmithError: with all problems of the step that found them; what was written is kept.
    """
    run = run_folder(loaded)
    outcome = in_safe_mode(run, loaded, lambda: _train_once(run, loaded, callbacks))
    leave()
    return outcome


def _train_once(run: RunDir, given: LoadedRecipe, callbacks: Sequence[TrainerCallback]) -> Outcome:
    with run.lock(), tell_faults(run):
        meet(run, given.recipe)
        asked = loaded = take_up(run, given)
        data = read_data(loaded.recipe)

        recipe = loaded.recipe
        placement = choose_placement(recipe.model.device, recipe.train.precision, full=recipe.tune.method == "full")
        family = open_family(recipe.model, recipe.prompt)
        loaded = settle_length(settle_machine(loaded, placement), family)
        parts = encode_parts(family, data, loaded.recipe)
        loaded = settle_answers(loaded, parts.train)
        recipe = loaded.recipe
        replay = draw_replay(recipe, data, parts.train)
        record(run, asked, loaded, replay.describe(describe_parts(data, parts)), placement)

        where, dtype = placement.device, placement.weights_dtype
        model = load_model(family, recipe.model, device=where, dtype=dtype, quantise=recipe.tune.quantise)
        kept = keep_features(model, family, recipe, placement, [*parts.images(), *replay.images()])
        case = Case(recipe, family, parts.beside(data), model, placement, kept)
        check_ready(run, case)
        before = predict_part(run / "before.jsonl", ask_model(model, family, recipe, kept), parts.test)

        module, fitted = learn(run, case, parts, replay, callbacks)
        leave_stopped(run, given, fitted)
        delivered = deliver_scaled(run, case, parts, module)

        after = predict_part(run / "after.jsonl", ask_model(module.bare, family, recipe, kept), parts.test)
        shift = measure_shift(ask_model(module.model, family, recipe, kept), recipe, placement, parts.test, before)
        answers = Answers(before, after, commonest_answer(data.train), shift, take_looks(parts.test))
        outcome = judge(run, answers, fitted, delivered, recipe)
        write_card(run.path, delivered, family)
        write_page(run, parts.test)
        return outcome
