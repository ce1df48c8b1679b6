"""read → check → open → answer → score: a model, tuned or not, on any data."""

from lensmith.config.origins import LoadedRecipe
from lensmith.evaluation.results import Scores, score_predictions
from lensmith.families.opening import load_model, open_family
from lensmith.families.placement import choose_placement
from lensmith.families.tuned import attach_adapter, find_tuned, unwrap
from lensmith.rundir import write_json
from lensmith.training.faults import tell_faults
from lensmith.training.settle import settle_answers, settle_length, settle_machine
from lensmith.workflows.steps.parts import ask_model, predict_part
from lensmith.workflows.steps.questions import choose_prompt, read_questions
from lensmith.workflows.steps.recording import record, run_folder, take_up


def evaluate_model(loaded: LoadedRecipe) -> Scores:
    """Answers the questions in `data.test` with `model` and scores the answers; a killed evaluation is taken up.

    A model that lensmith tuned is asked as it was asked in training.

    Args:
        loaded: `model.name` is a run, an adapter or a model; `data.test` what it is asked; `run.out` the folder.
    """
    run = run_folder(loaded)
    with run.lock(), tell_faults(run):
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

        model = load_model(family, tuned.base, device=placement.device, dtype=placement.weights_dtype)
        if tuned.adapter is not None:
            model = unwrap(attach_adapter(model, tuned.adapter))
        predictions = predict_part(run / "predictions.jsonl", ask_model(model, family, recipe), questions.examples)
        scores = score_predictions(predictions, recipe.evaluate, recipe.run.seed)
        write_json(run / "scores.json", {"predictions": scores.to_json()})
        return scores
