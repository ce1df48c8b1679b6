"""The base and the tuned model of a run, asked the same question as the run asked it."""

import math
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from lensmith.batching.rows import read_pixels
from lensmith.evaluation.choosing import score_labels
from lensmith.evaluation.decode import answer_questions
from lensmith.evaluation.greedy import DecodeSettings
from lensmith.families.contract import Family
from lensmith.families.encoded import Encoded
from lensmith.families.tuned import unwrap
from lensmith.types import Example, Turn


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture that somebody gave, as the file it was."""

    name: str
    data: bytes = field(repr=False)

    def read_bytes(self) -> bytes:
        """The file."""
        return self.data


@dataclass(frozen=True, slots=True)
class Reply:
    """What one model answered.

    Attributes:
        text: the answer.
        finished: False where the length limit cut it.
        shares: each label's part of the probability of all labels, 0–1; empty where there are no labels.
        labels_together: the probability that the whole answer is one of the labels, 0–1.
    """

    text: str
    finished: bool
    shares: Mapping[str, float]
    labels_together: float


@dataclass(frozen=True, slots=True)
class Replies:
    """What both answered to one question."""

    base: Reply
    tuned: Reply


class ModelPair:
    """Base and tuned model. One question is answered at a time.

    Args:
        tuned: in evaluation mode; a PEFT model, or a plain one.
        base: in evaluation mode; None where it is `tuned` with its adapters switched off.
        family: opened on the base, with the prompt of the run.
        settings: of decoding, as in the run.
        labels: whose probabilities are told; may be empty.
    """

    def __init__(
        self,
        tuned: nn.Module,
        base: nn.Module | None,
        family: Family,
        settings: DecodeSettings,
        labels: tuple[str, ...] = (),
    ) -> None:
        self.family = family
        self.settings = settings
        self.labels = labels
        self._tuned = tuned
        self._base = base
        self._one_at_a_time = threading.Lock()

    def ask(self, picture: Upload | None, question: str) -> Replies:
        """Asks both about a picture, or without one.

        Raises:
            DataError: the picture cannot be decoded, or the question holds a control token of the model.
        """
        images = (picture,) if picture else ()
        return self.ask_example(Example("asked", images, (Turn(question, ()),), "asked"))

    def ask_example(self, example: Example) -> Replies:
        """Asks both the last question of an example, its earlier turns given.

        Raises:
            DataError: a picture cannot be decoded, or a text holds a control token of the model.
        """
        with self._one_at_a_time:
            with self._as_base() as base:
                first = self._reply(base, example)
            return Replies(first, self._reply(unwrap(self._tuned), example))

    @contextmanager
    def _as_base(self) -> Iterator[nn.Module]:
        if self._base is not None:
            yield self._base
            return
        tuned: Any = self._tuned
        with tuned.disable_adapter():
            yield unwrap(self._tuned)

    def _reply(self, model: nn.Module, example: Example) -> Reply:
        ((said,),) = answer_questions(model, self.family, [example], self.settings)
        scored = said.log_probabilities
        if self.labels and not scored:

            def show(items: Sequence[Encoded]) -> dict[str, Tensor]:
                return read_pixels(self.family, items)

            with torch.inference_mode():
                (scored,) = score_labels(model, self.family, [example], self.labels, show)
        return Reply(
            said.prediction, said.finished is not False, share_out(scored), sum(map(math.exp, scored.values()))
        )


def share_out(scored: Mapping[str, float]) -> dict[str, float]:
    """Each label's part of the probability of all, from log-probabilities, however small.

    >>> share_out({"zebra": -1000.0, "none": -1000.0})
    {'zebra': 0.5, 'none': 0.5}
    """
    highest = max(scored.values(), default=0.0)
    weights = {label: math.exp(value - highest) for label, value in scored.items()}
    return {label: weight / sum(weights.values()) for label, weight in weights.items()}
