"""Predictions into a file that grows batch by batch and can be taken up again after a kill."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from lensmith.batching.kept import KeptFeatures
from lensmith.evaluation.decode import answer_questions, plan_batches
from lensmith.evaluation.greedy import DecodeSettings
from lensmith.evaluation.predictions import prediction_from_json, prediction_to_json
from lensmith.families.contract import Family
from lensmith.rundir import append_jsonl, is_main_process, read_jsonl_prefix, write_jsonl
from lensmith.types import Example, Prediction

OnProgress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Ask:
    """Who answers, and how.

    Attributes:
        model: in evaluation mode, unwrapped.
        family: the seam.
        settings: of decoding.
        kept: features that stand in for pictures; None: pictures are decoded and seen.
    """

    model: nn.Module
    family: Family
    settings: DecodeSettings
    kept: KeptFeatures | None = None


def predict_into(
    path: Path,
    ask: Ask,
    examples: Sequence[Example],
    on_progress: OnProgress | None = None,
) -> list[Prediction]:
    """Answers every example once and returns all predictions, those of an earlier, killed attempt included.

    The file grows batch by batch, and holds the examples' order once it is whole. An earlier attempt is cut back to
    whole batches first, so that the batches are the same as without a kill.

    Args:
        path: JSON lines of predictions.
        ask: who answers, and how.
        examples: what to ask.
        on_progress: told how many are done.

    Where a launcher started several processes, the main one answers and the others wait for its file.
    """
    if not is_main_process():
        return _wait_for(path, examples)
    done = [prediction_from_json(row) for row in read_jsonl_prefix(path)]
    if [item.id for item in done] == [example.id for example in examples] and path.exists():
        return done
    batches = plan_batches(ask.family, examples, ask.settings.batch_size)
    kept, left = _whole_batches(done, batches)
    if kept != done or not path.exists():
        write_jsonl(path, [prediction_to_json(item) for item in kept])
    asked = [example for batch in left for example in batch]
    for answered in answer_questions(ask.model, ask.family, asked, ask.settings, ask.kept):
        append_jsonl(path, [prediction_to_json(item) for item in answered])
        kept += answered
        if on_progress is not None:
            on_progress(len(kept))
    ordered = _in_order(kept, examples)
    if ordered != kept:
        write_jsonl(path, [prediction_to_json(item) for item in ordered])
    return ordered


def _whole_batches(
    done: Sequence[Prediction], batches: Sequence[Sequence[Example]]
) -> tuple[list[Prediction], Sequence[Sequence[Example]]]:
    """Those predictions that are the first of the batches, whole, and the batches that are left."""
    kept: list[Prediction] = []
    for at, batch in enumerate(batches):
        found = list(done[len(kept) : len(kept) + len(batch)])
        if [item.id for item in found] != [example.id for example in batch]:
            return kept, batches[at:]
        kept += found
    return kept, []


def _in_order(predictions: Sequence[Prediction], examples: Sequence[Example]) -> list[Prediction]:
    by_id = {item.id: item for item in predictions}
    return [by_id[example.id] for example in examples]


def _wait_for(path: Path, examples: Sequence[Example]) -> list[Prediction]:
    """The predictions that the main process writes, once all are there."""
    while len(rows := read_jsonl_prefix(path)) < len(examples):
        time.sleep(1.0)
    return _in_order([prediction_from_json(row) for row in rows], examples)
