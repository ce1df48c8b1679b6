"""An example in a family's tokens."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lensmith.types import ImageRef


@dataclass(frozen=True, slots=True)
class ImageSpan:
    """Where one picture's tokens stand: `ids[start : start + length]`, its frame tokens included."""

    start: int
    length: int


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """Tokens of one example, and which of them training is about.

    Attributes:
        ids_T: int64, the whole sequence.
        weights_T: float32, 1 on every token of an answer and on the token that ends it, 0 on everything
            else: prompt, picture, and what the template puts after an answer.
        spans: one a picture, in order.
        images: the pictures, not read yet.
        example_id: whose tokens these are.
        positions_AT: int64, a place on each of A axes for each token, where a family's positions have several (rows
            and columns of a picture); None: tokens are counted.
        anchored: at its answers training holds the model to its base (`lensmith.training.anchor`).
    """

    ids_T: NDArray[np.int64]
    weights_T: NDArray[np.float32]
    spans: tuple[ImageSpan, ...]
    images: tuple[ImageRef, ...]
    example_id: str
    positions_AT: NDArray[np.int64] | None = None
    anchored: bool = False

    def __len__(self) -> int:
        return len(self.ids_T)

    @property
    def positions(self) -> NDArray[np.int64]:
        """`positions_AT`, or `positions_T` where tokens are counted."""
        return np.arange(len(self)) if self.positions_AT is None else self.positions_AT

    @property
    def n_answer_tokens(self) -> int:
        """Tokens with a loss weight, the end tokens among them."""
        return int(np.count_nonzero(self.weights_T))

    @property
    def n_image_tokens(self) -> int:
        """Tokens that stand for pictures."""
        return sum(span.length for span in self.spans)

    @property
    def n_prompt_tokens(self) -> int:
        """Tokens that are neither answer nor picture."""
        return len(self) - self.n_answer_tokens - self.n_image_tokens
