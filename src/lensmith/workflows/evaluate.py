"""read → check → open → answer → score → weak slices: a model, tuned or not, on any data."""

from lensmith.config.origins import LoadedRecipe
from lensmith.families.opening import load_model, open_family
from lensmith.families.placement import choose_placement
from lensmith.families.tuned import attach_adapter, find_tuned, unwrap
from lensmith.ranks import leave
from lensmith.training.faults import tell_faults
from lensmith.training.settle import settle_answers, settle_length, settle_machine
from lensmith.workflows.steps.evaluated import Evaluated, judge_alone
from lensmith.workflows.steps.parts import ask_model, predict_part
from lensmith.workflows.steps.questions import choose_prompt, choose_quantise, read_questions
from lensmith.workflows.steps.recording import record, run_folder, take_up
from lensmith.workflows.steps.together import meet


def evaluate_model(loaded: LoadedRecipe) -> Evaluated:
    """Answers the questions in `data.test` with `model` and scores the answers; a killed evaluation is taken up.

    A model that lensmith tuned is asked as it was asked in training.

    Args:
        loaded: `model.name` is a run, an adapter or a model; `data.test` what it is asked; `run.out` the folder.
    """
    run = run_folder(loaded)
    with run.lock(), tell_faults(run):
        meet(run, loaded.recipe)
        asked = loaded = take_up(run, loaded)
        recipe = loaded.recipe
        tuned = find_tuned(recipe.model)
        placement = choose_placement(recipe.model.device, recipe.train.precision, full=False)
        family = open_family(tuned.base, choose_prompt(tuned, recipe))
        questions = read_questions(family, recipe)
        loaded = settle_length(settle_machine(loaded, placement), family)
        loaded = settle_answers(loaded, questions.encoded)
        recipe = loaded.recipe
        record(run, asked, loaded, questions.describe(tuned.fingerprint()), placement)

        where, dtype = placement.device, placement.weights_dtype
        held = choose_quantise(tuned, loaded)
        model = load_model(family, tuned.base, device=where, dtype=dtype, quantise=held)
        if tuned.adapter is not None:
            model = unwrap(attach_adapter(model, tuned.adapter))
        predictions = predict_part(run / "predictions.jsonl", ask_model(model, family, recipe), questions.examples)
        evaluated = judge_alone(run, predictions, questions.examples, recipe)
    leave()
    return evaluated
