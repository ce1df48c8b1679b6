"""A served model's answers, in a file that grows question by question and can be taken up again after a kill."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path

from lensmith.errors import DataError, Problem, RunError
from lensmith.evaluation.endpoint import EndpointClient, NoAnswerError
from lensmith.evaluation.predictions import prediction_from_json, prediction_to_json
from lensmith.rundir import append_jsonl, read_jsonl_prefix, write_jsonl
from lensmith.types import Example, Prediction

# So many questions in a row whose every attempt failed: the server is gone, and asking on would take hours.
MOST_FAILED_IN_A_ROW = 5


def ask_into(
    path: Path, client: EndpointClient, examples: Sequence[Example], on_progress: Callable[[int], None]
) -> list[Prediction]:
    """Asks every question that `path` holds no answer to, and returns all answers in the examples' order.

    The file grows in the order in which answers come, and holds the examples' order once it is whole.

    Args:
        path: JSON lines of predictions.
        client: who is asked; closed at the end.
        examples: with ids of their own.
        on_progress: told how many are answered.

    Raises:
        RunError: questions without an answer are left, each listed with the reason. What was answered is kept.
    """
    answered = _take_up(path, examples)
    on_progress(len(answered))
    failed: dict[str, Problem] = {}
    pool = ThreadPoolExecutor(client.endpoint.concurrency)
    try:
        left = [example for example in examples if example.id not in answered]
        futures = {pool.submit(client.ask, example): example for example in left}
        in_a_row = 0
        for future in as_completed(futures):
            found = _result(future, futures[future])
            if isinstance(found, Prediction):
                append_jsonl(path, [prediction_to_json(found)])
                answered[found.id] = found
                on_progress(len(answered))
                in_a_row = 0
                continue
            failed[futures[future].id], exhausted = found
            in_a_row += exhausted
            if in_a_row == MOST_FAILED_IN_A_ROW:
                break
    finally:
        client.stop()
        pool.shutdown(cancel_futures=True)
        client.close()
    if failed:
        raise RunError([*failed.values(), _unanswered(path, len(examples) - len(answered), len(examples))])
    ordered = [answered[example.id] for example in examples]
    write_jsonl(path, [prediction_to_json(item) for item in ordered])
    return ordered


def _take_up(path: Path, examples: Sequence[Example]) -> dict[str, Prediction]:
    """The answers of an earlier attempt by id; what a kill cut is taken out of the file."""
    wanted = {example.id for example in examples}
    found = [prediction_from_json(row) for row in read_jsonl_prefix(path)]
    kept = {item.id: item for item in found if item.id in wanted}
    write_jsonl(path, [prediction_to_json(item) for item in kept.values()])
    return kept


def _result(future: "Future[Prediction]", example: Example) -> Prediction | tuple[Problem, bool]:
    """The answer, or the problem and whether every attempt failed."""
    try:
        return future.result()
    except NoAnswerError as error:
        return Problem("endpoint/no-answer", f"question {example.id}", str(error)), error.exhausted
    except DataError as error:
        return error.problems[0], False


def _unanswered(path: Path, missing: int, total: int) -> Problem:
    found = f"{missing} of {total} questions have no answer"
    consequence = "nothing is scored; the answers that came are kept"
    fix = "see why above; the same command asks only those that are left"
    return Problem("endpoint/unanswered", str(path), found, consequence=consequence, fix=fix)
