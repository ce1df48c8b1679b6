"""Predictions into a file that grows batch by batch and can be taken up again after a kill."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from lensmith.batching.kept import KeptFeatures
from lensmith.evaluation.decode import answer_batch, plan_batches
from lensmith.evaluation.greedy import DecodeSettings
from lensmith.evaluation.predictions import prediction_from_json, prediction_to_json
from lensmith.families.contract import Family
from lensmith.families.placement import is_sharded
from lensmith.ranks import agree, count_ranks, gather, have_joined, own_rank
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

    Where a launcher started several processes, they take the batches in turn, and the main one writes.
    """
    writes = is_main_process()
    rows = read_jsonl_prefix(path) if writes else []
    exists, done = agree((path.exists(), [prediction_from_json(row) for row in rows]))
    if exists and [item.id for item in done] == [example.id for example in examples]:
        return done
    kept, left = _whole_batches(done, plan_batches(ask.family, examples, ask.settings.batch_size))
    if writes and (kept != done or not exists):
        write_jsonl(path, [prediction_to_json(item) for item in kept])
    for answered in answer_batches(ask, left):
        if writes:
            append_jsonl(path, [prediction_to_json(item) for item in answered])
        kept += answered
        if on_progress is not None:
            on_progress(len(kept))
    ordered = _in_order(kept, examples)
    if writes and ordered != kept:
        write_jsonl(path, [prediction_to_json(item) for item in ordered])
    return ordered


def answer_all(ask: Ask, examples: Sequence[Example]) -> list[Prediction]:
    """One answer an example, in the examples' order, in every process."""
    batches = plan_batches(ask.family, examples, ask.settings.batch_size)
    return _in_order([each for answered in answer_batches(ask, batches) for each in answered], examples)


def answer_batches(ask: Ask, batches: Sequence[Sequence[Example]]) -> Iterator[list[Prediction]]:
    """Yields the predictions of each batch, in order, in every process; each answers its part of the batches.

    A model of which each process holds a part is read by all for every batch.
    """
    rank, ranks = (0, 1) if is_sharded(ask.model) or not have_joined() else (own_rank(), count_ranks())
    for start in range(0, len(batches), ranks):
        own = batches[start : start + ranks][rank : rank + 1]
        said = [answer_batch(ask.model, ask.family, batch, ask.settings, ask.kept) for batch in own]
        yield from (answered for each in (gather(said) if ranks > 1 else [said]) for answered in each)


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
