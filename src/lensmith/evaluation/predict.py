"""Predictions into a file that grows batch by batch and can be taken up again after a kill."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from torch import nn

from lensmith.evaluation.decode import DecodeSettings, answer_questions
from lensmith.evaluation.predictions import prediction_from_json, prediction_to_json
from lensmith.families.contract import Family
from lensmith.rundir import append_jsonl, is_main_process, read_jsonl_prefix, write_jsonl
from lensmith.types import Example, Prediction

OnProgress = Callable[[int], None]


def predict_into(
    path: Path,
    model: nn.Module,
    family: Family,
    examples: Sequence[Example],
    settings: DecodeSettings,
    on_progress: OnProgress | None = None,
) -> list[Prediction]:
    """Answers every example once and returns all predictions, those of an earlier, killed attempt included.

    An earlier attempt is cut back to whole batches first, so that the batches are the same as without a kill.

    Args:
        path: JSON lines of predictions, in the examples' order.
        model: in evaluation mode, unwrapped.
        family: the seam.
        examples: what to ask.
        settings: how.
        on_progress: told how many are done.

    Where a launcher started several processes, the main one answers and the others wait for its file.
    """
    if not is_main_process():
        return _wait_for(path, len(examples))
    done = [prediction_from_json(row) for row in read_jsonl_prefix(path)]
    whole = len(done) if len(done) == len(examples) else len(done) - len(done) % settings.batch_size
    kept = done[:whole]
    if [item.id for item in kept] != [example.id for example in examples[:whole]]:
        kept = []
    if kept != done or not path.exists():
        write_jsonl(path, [prediction_to_json(item) for item in kept])
    for batch in answer_questions(model, family, examples[len(kept) :], settings):
        append_jsonl(path, [prediction_to_json(item) for item in batch])
        kept += batch
        if on_progress is not None:
            on_progress(len(kept))
    return kept


def _wait_for(path: Path, count: int) -> list[Prediction]:
    """The predictions that the main process writes, once all are there."""
    while len(read_jsonl_prefix(path)) < count:
        time.sleep(1.0)
    return [prediction_from_json(row) for row in read_jsonl_prefix(path)]
