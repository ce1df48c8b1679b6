"""A step is the same questions, however many processes share it; all of them compute equally often."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as some
from torch.utils.data import DataLoader

from lensmith.batching.order import PictureSampler
from lensmith.batching.shares import StepBatches, count_passes, deal, take
from lensmith.families.encoded import Encoded
from tiny_models import Noise


def questions(counts: list[int]) -> list[Encoded]:
    """So many questions on each picture."""
    pictures = [picture for picture, count in enumerate(counts) for _ in range(count)]
    ids, weights = np.asarray([1, 2]), np.asarray([0, 1], np.float32)
    return [Encoded(ids, weights, (), (Noise(picture),), f"вопрос {at}") for at, picture in enumerate(pictures)]


@given(some.integers(1, 60), some.integers(1, 7), some.integers(1, 9))
def test_each_question_is_met_once_and_all_have_as_many_batches(count: int, size: int, ranks: int) -> None:
    shares = [deal(range(count), size, rank, ranks) for rank in range(ranks)]
    learned = [at for share in shares for batch in share for at in batch if at >= 0]
    assert sorted(learned) == list(range(count))
    assert {len(share) for share in shares} == {count_passes(count, size * ranks)}
    for together in zip(*shares, strict=True):
        lengths = [sum(at >= 0 for at in batch) for batch in together]
        assert max(lengths) <= size
        assert max(lengths) - min(lengths) <= 1
        seen = [batch for batch in together if batch[0] < 0]
        assert all(len(batch) == 1 and ~batch[0] in together[0] for batch in seen)


@given(some.integers(1, 25), some.integers(1, 4), some.integers(1, 4), some.integers(1, 5))
def test_steps_hold_what_one_process_would(count: int, size: int, accumulate: int, ranks: int) -> None:
    batches = [_batches(count, size, accumulate, rank, ranks) for rank in range(ranks)]
    (alone,) = [_batches(count, size, accumulate, 0, 1)]
    steps = [_steps(list(each), count_passes(accumulate, ranks)) for each in batches]
    right = _steps(list(alone), accumulate)
    assert {len(each) for each in steps} == {len(right)}
    for at, wanted in enumerate(right):
        assert sorted(place for each in steps for place in each[at] if place >= 0) == sorted(wanted)
    assert [len(each) for each in batches] == [len(list(each)) for each in batches]


def test_one_process_meets_batches_as_torch_cuts_them() -> None:
    order = PictureSampler(questions([3, 1, 4, 2, 1]), 2, 5)
    loader = DataLoader(range(11), sampler=order, batch_size=2, collate_fn=list)  # type: ignore[arg-type]
    assert list(_batches_of(order, 2, 3, 0, 1)) == list(loader)


def test_what_is_only_seen_teaches_nothing() -> None:
    items = questions([1, 2])
    assert take(items, 1) is items[1]
    seen = take(items, ~1)
    assert seen.example_id == items[1].example_id
    assert (seen.n_answer_tokens, items[1].n_answer_tokens > 0) == (0, True)


@pytest.mark.parametrize("epoch", [0, 3])
def test_an_epoch_is_the_orders(epoch: int) -> None:
    order = PictureSampler(questions([3, 1, 4]), 2, 5)
    order.set_epoch(epoch)
    right = torch.tensor(list(order)).split(2)
    batches = _batches_of(PictureSampler(questions([3, 1, 4]), 2, 5), 2, 2, 0, 1)
    batches.set_epoch(epoch)
    assert list(batches) == [each.tolist() for each in right]


def _batches(count: int, size: int, accumulate: int, rank: int, ranks: int) -> StepBatches:
    return _batches_of(PictureSampler(questions([1] * count), 1, 0), size, accumulate, rank, ranks)


def _batches_of(order: PictureSampler, size: int, accumulate: int, rank: int, ranks: int) -> StepBatches:
    made = StepBatches(order, size, accumulate)
    made.rank, made.ranks = rank, ranks
    return made


def _steps(batches: list[list[int]], length: int) -> list[list[int]]:
    groups = [batches[start : start + length] for start in range(0, len(batches), length)]
    return [[place for batch in group for place in batch] for group in groups]
