"""Answers to questions, with the prompt that training saw: a picture is read once for all its questions."""

import math
from collections.abc import Hashable, Iterator, Sequence

import torch
from torch import Tensor, nn

from lensmith.batching.encode import image_sizes
from lensmith.batching.kept import KeptFeatures
from lensmith.batching.rows import read_pixels
from lensmith.batching.trees import grow_trees, pack_trees
from lensmith.evaluation.choosing import label_tokens, score_labels
from lensmith.evaluation.greedy import Candidates, DecodeSettings, Said, answer_rows, answer_trees
from lensmith.families.contract import Family
from lensmith.families.encoded import Encoded
from lensmith.families.placement import is_sharded
from lensmith.types import Example, Prediction

# Questions on one picture that are decoded together at most, however small the batch: they cost little beside it.
MOST_TOGETHER = 128


def plan_batches(family: Family, examples: Sequence[Example], batch_size: int) -> list[list[Example]]:
    """The batches in which questions are asked: `batch_size` questions, or all of one picture's where those are more.

    Questions on one picture follow each other where the family can share it; pictures, and the questions on each,
    keep the examples' order. What is left after some batches gives the batches that are left.

    Args:
        family: who answers.
        examples: to ask.
        batch_size: questions.
    """
    pictures: dict[Hashable, list[Example]] = {}
    for at, example in enumerate(examples):
        shared = family.shares_trunk and bool(example.images)
        pictures.setdefault(example.images if shared else at, []).append(example)
    batches: list[list[Example]] = []
    room = 0
    for asked in pictures.values():
        for start in range(0, len(asked), MOST_TOGETHER):
            together = asked[start : start + MOST_TOGETHER]
            if len(together) > room:
                batches.append([])
                room = batch_size
            batches[-1] += together
            room -= len(together)
    return batches


def answer_questions(
    model: nn.Module,
    family: Family,
    examples: Sequence[Example],
    settings: DecodeSettings,
    kept: KeptFeatures | None = None,
) -> Iterator[list[Prediction]]:
    """Yields the predictions of one batch of `plan_batches` after the other.

    Args:
        model: in evaluation mode, unwrapped (adapters in place).
        family: the seam that training used.
        examples: what to ask.
        settings: how.
        kept: features that stand in for the pictures; None: pictures are decoded and seen.

    Raises:
        DataError: an example cannot be encoded; nothing of its batch is answered.
    """
    for batch in plan_batches(family, examples, settings.batch_size):
        yield answer_batch(model, family, batch, settings, kept)


def answer_batch(
    model: nn.Module,
    family: Family,
    batch: Sequence[Example],
    settings: DecodeSettings,
    kept: KeptFeatures | None = None,
) -> list[Prediction]:
    """The predictions of one batch; see `answer_questions`."""
    # weights that are gathered in inference mode could not be trained afterwards
    with torch.no_grad() if is_sharded(model) else torch.inference_mode():
        return _answer(model, family, batch, settings, kept)


def _answer(
    model: nn.Module, family: Family, batch: Sequence[Example], settings: DecodeSettings, kept: KeptFeatures | None
) -> list[Prediction]:
    def show(items: Sequence[Encoded]) -> dict[str, Tensor]:
        return kept.read(items) if kept else read_pixels(family, items)

    if settings.score_labels:
        scored = score_labels(model, family, batch, settings.labels, show)
        return [_choose(example, found) for example, found in zip(batch, scored, strict=True)]
    items = [family.encode(example, image_sizes(family, example), answered=False) for example in batch]
    candidates: Candidates | None = None
    if settings.labels:
        candidates = {
            item.example_id: label_tokens(family, example, item, settings.labels)
            for example, item in zip(batch, items, strict=True)
        }
    if family.shares_trunk:
        rows = pack_trees(grow_trees(items, share=True))
        pictures = show([tree.branches[0] for row in rows for tree in row])
        said = answer_trees(model, family, (rows, pictures), settings, candidates)
    else:
        said = answer_rows(model, family, (items, read_pixels(family, items)), settings, candidates)
    return [_predict(example, family, said[example.id]) for example in batch]


def _predict(example: Example, family: Family, said: Said) -> Prediction:
    return Prediction(
        id=example.id,
        group=example.group,
        question=example.question,
        answers=example.answers,
        prediction=family.decode(said.ids),
        finished=any(token in family.stop_ids for token in said.ids),
        metadata=example.metadata,
        confidence=min(1.0, math.exp(said.log_probability)),
    )


def _choose(example: Example, scored: dict[str, float]) -> Prediction:
    highest = max(scored.values())
    return Prediction(
        id=example.id,
        group=example.group,
        question=example.question,
        answers=example.answers,
        prediction=max(scored, key=scored.__getitem__),
        finished=True,
        metadata=example.metadata,
        log_probabilities=scored,
        confidence=1.0 / sum(math.exp(each - highest) for each in scored.values()),
    )
