"""KL(base ‖ tuned) on the base's own answers, exactly: over the whole vocabulary, at each token of each answer.

Both models read the question and the base's answer up to a token, and what they would say next is compared. The answer
is greedy, so that this is the divergence along what the base would really say. It is 0 where nothing was changed.

Axes: N tokens of answers, V the vocabulary.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

import torch
from torch import Tensor, nn

from lensmith.batching.encode import image_sizes
from lensmith.batching.rows import read_inputs
from lensmith.errors import DataError
from lensmith.evaluation.choosing import Show, lay_answered
from lensmith.evaluation.decode import plan_batches
from lensmith.evaluation.divergence import Divergence
from lensmith.families.contract import Family
from lensmith.families.encoded import Encoded
from lensmith.families.tuned import TunedPair, unwrap
from lensmith.types import Example, Prediction, Turn

# Two models' logits in float32, a few times over, are made for so many tokens at a time.
CHUNK_TOKENS = 64
NOT_SPELLED = "the base's answer cannot be written with the model's tokens"


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured, and the ids of the questions that could not be."""

    divergences: tuple[Divergence, ...]
    not_spelled: tuple[str, ...]


def measure_kl(
    pair: TunedPair,
    family: Family,
    asked: Sequence[tuple[Example, Prediction]],
    show: Show,
    batch_size: int,
) -> Measured:
    """The divergence on each question, in the order in which they are asked.

    Args:
        pair: both models, in evaluation mode and in the same number format.
        family: the seam.
        asked: questions, each with what the base answered to it.
        show: reads the pictures.
        batch_size: questions in one forward pass; does not change the result but for rounding.
    """
    measured: list[Divergence] = []
    not_spelled: list[str] = []
    answers = {example.id: prediction.prediction for example, prediction in asked}
    for batch in plan_batches(family, [example for example, _ in asked], batch_size):
        encoded: list[tuple[Example, Encoded, int]] = []
        for example in batch:
            try:
                encoded.append((example, *_encode_with(family, example, answers[example.id])))
            except DataError:
                not_spelled.append(example.id)
        if encoded:
            with torch.inference_mode():
                measured += _measure_batch(pair, family, encoded, show)
    return Measured(tuple(measured), tuple(not_spelled))


def draw_pictures(examples: Sequence[Example], most: int, seed: int) -> list[Example]:
    """At least `most` of the examples, or all: whole groups, drawn by lot, in the order that they have.

    The last group that was drawn stays whole, so that a few more may come.
    """
    sizes = Counter(example.group for example in examples)
    groups = sorted(sizes)
    Random(f"{seed} questions for the divergence").shuffle(groups)
    drawn: set[str] = set()
    questions = 0
    while groups and questions < most:
        drawn.add(groups[-1])
        questions += sizes[groups.pop()]
    return [example for example in examples if example.group in drawn]


def _encode_with(family: Family, example: Example, answer: str) -> tuple[Encoded, int]:
    """The example with this answer to its last question, and how many tokens that answer has."""
    sizes = image_sizes(family, example)
    *earlier, last = example.turns
    answered = replace(example, turns=(*earlier, Turn(last.question, (answer,))))
    item = family.encode(answered, sizes)
    return item, len(item) - len(family.encode(answered, sizes, answered=False))


def _measure_batch(
    pair: TunedPair, family: Family, encoded: Sequence[tuple[Example, Encoded, int]], show: Show
) -> list[Divergence]:
    items, laid = lay_answered(family, [item for _, item, _ in encoded], show)
    device = next(pair.tuned.parameters()).device
    batch = {name: value.to(device) for name, value in laid.items()}
    nats_N = _nats(pair, family, batch)
    of_item = dict(zip(map(id, items), torch.split(nats_N, [item.n_answer_tokens for item in items]), strict=True))
    return [
        # earlier turns' answers stand before
        Divergence(example.id, example.group, own, float(of_item[id(item)][-own:].double().sum()))
        for example, item, own in encoded
    ]


def _nats(pair: TunedPair, family: Family, batch: dict[str, Tensor]) -> Tensor:
    """KL(base ‖ tuned) at each supervised token (N,), in nats, in float32."""

    def read(model: nn.Module) -> Tensor:
        return family.hidden(model, read_inputs(model, family, batch)).flatten(0, 1)[batch["from_N"]]

    def next_tokens(model: nn.Module, hidden_ND: Tensor) -> Tensor:
        return torch.log_softmax(family.logits(model, hidden_ND).float(), dim=-1)

    tuned = unwrap(pair.tuned)
    tuned_ND = read(tuned)
    with pair.as_base() as base:
        base_ND = read(base)
    found = []
    for chunk_ND, base_chunk_ND in zip(*(torch.split(each, CHUNK_TOKENS) for each in (tuned_ND, base_ND)), strict=True):
        tuned_NV = next_tokens(tuned, chunk_ND)
        with pair.as_base() as base:
            base_NV = next_tokens(base, base_chunk_ND)
        found.append((base_NV.exp() * (base_NV - tuned_NV)).sum(dim=-1))
    return torch.cat(found).clamp(min=0.0)  # rounding may fall below
