"""read → check → ask → score → weak slices: a model served elsewhere, judged by the same code as one loaded here."""

from lensmith.config.origins import LoadedRecipe
from lensmith.console import progress
from lensmith.evaluation.endpoint import Endpoint, EndpointClient
from lensmith.evaluation.serving import ask_into
from lensmith.workflows.steps.evaluated import Evaluated, judge_alone
from lensmith.workflows.steps.recording import record, run_folder, take_up
from lensmith.workflows.steps.served import check_served, read_served_questions, settle_served_answers


def evaluate_endpoint(loaded: LoadedRecipe, endpoint: Endpoint) -> Evaluated:
    """Asks the endpoint every question in the data and scores the answers; a stopped evaluation is taken up.

    Args:
        loaded: the prompt, the questions, how to judge, and the folder (`run.out`).
        endpoint: who is asked.

    Raises:
        LensmithError: with all problems of the step that found them; answers that came are kept.
    """
    run = run_folder(loaded)
    with run.lock():
        asked = loaded = take_up(run, loaded)
        check_served(loaded.recipe)
        questions = read_served_questions(loaded.recipe)
        loaded = settle_served_answers(loaded, questions)
        record(run, asked, loaded, questions.describe(endpoint), None)

        recipe = loaded.recipe
        limit = recipe.evaluate.max_new_tokens
        assert isinstance(limit, int)
        client = EndpointClient(endpoint, recipe.prompt, limit)
        with progress(len(questions.examples), "asking", "question") as bar:

            def advance(done: int) -> None:
                bar.update(done - bar.n)

            predictions = ask_into(run / "predictions.jsonl", client, questions.examples, advance)
        return judge_alone(run, predictions, questions.examples, recipe)
