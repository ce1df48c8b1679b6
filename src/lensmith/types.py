"""The nouns that every part of lensmith speaks in. No torch, no model, no file format.

A *record* (one row of a user's file) becomes an `Example`; a model's answer to it is a `Prediction`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class ImageRef(Protocol):
    """A picture that has not been read yet. Picklable, so that workers can read it.

    `name` is what a person would call it (a path relative to the image root, or a row of a table) and is
    unique within its source: pictures with one name are one picture.
    """

    @property
    def name(self) -> str:
        """What a person would call it."""
        ...

    def read_bytes(self) -> bytes:
        """The encoded file, as it is stored.

        Raises:
            OSError: the bytes cannot be had.
        """
        ...


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its accepted answers; the first is the one that training teaches."""

    question: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """Pictures (usually one; several or none), a conversation (usually one turn), and where they came from.

    Attributes:
        id: unique within its dataset.
        images: in the order the model sees them, all before the first question.
        turns: at least one. Training supervises every answer; evaluation asks the last question, with the
            earlier turns given.
        group: rows that must stay together in a split, by default the first picture's name.
        metadata: every other column, untouched.
    """

    id: str
    images: tuple[ImageRef, ...]
    turns: tuple[Turn, ...]
    group: str
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def question(self) -> str:
        """The question that evaluation asks: the last."""
        return self.turns[-1].question

    @property
    def answers(self) -> tuple[str, ...]:
        """The accepted answers to `question`."""
        return self.turns[-1].answers


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model answered to one question, with all that scoring it needs.

    Attributes:
        id: the example's.
        group: the cluster for intervals, usually the picture.
        question: as asked by the data, before any prompt template.
        answers: the accepted ones; empty where unknown.
        prediction: the answer, decoded, special tokens and outer white space removed.
        finished: True when the model ended the answer itself, False when the length limit cut it, None
            where that is not known (predictions made elsewhere).
        metadata: the example's, for slices.
        log_probabilities: of each label as the whole answer, in nats; empty where labels were not scored.
        confidence: the probability of the whole answer as decoded, 0–1: the product of its tokens' probabilities, its
            end included, each where it was chosen (`lensmith.evaluation.greedy.Said`); where labels were scored, the
            label's share of all labels' probability. None where that is not known. Two predictions that
            differ in nothing else are equal: its last digits depend on what else was in the batch.
    """

    id: str
    group: str
    question: str
    answers: tuple[str, ...]
    prediction: str
    finished: bool | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    log_probabilities: Mapping[str, float] = field(default_factory=dict)
    confidence: float | None = field(default=None, compare=False)
