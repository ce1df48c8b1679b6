"""Part of the way from the base to the tuned model: what was learned, applied with less than its full strength.

For adapters their update is scaled; for full tuning every trained weight lies on the line between what it was and what
it became (Wortsman et al. 2022, arXiv 2109.01903). Both are the same thing: base + share · (tuned - base).
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from lensmith.training.shards import put, whole

SCALES = (0.0, 0.25, 0.4, 0.55, 0.7, 0.85, 1.0)
"""What `keep.scale: auto` measures."""
# Of what is to be learned and of controls each, so that a scale costs as much however large validation is.
MOST_QUESTIONS = 128


class Blend:
    """A model that can be moved between base and tuned; the weights themselves hold where it is.

    Args:
        model: wrapped by PEFT with LoRA (not DoRA, whose update is no multiple of anything), or trained in full; as
            tuned as it gets.
        base: a bare model as it was before training in full, anywhere; None for adapters. Its weights are copied.
    """

    def __init__(self, model: nn.Module, base: nn.Module | None = None) -> None:
        trained = {name: value for name, value in model.named_parameters() if value.requires_grad}
        if base is None:
            # the update is B·A, and B begins at 0: scaling B scales the update
            trained = {name: value for name, value in trained.items() if ".lora_B." in name}
        if not trained:
            raise RuntimeError("the model has nothing that was trained and can be scaled")
        self.moved = trained
        self.tuned = {name: _copy(value, keep_device=base is None) for name, value in trained.items()}
        self.start = _starts(trained, base) if base is not None else {}

    def move(self, share: float) -> None:
        """Puts the model so far from the base, 0, to what training made of it, 1; both ends are exact.

        Raises:
            ValueError: the share is not between 0 and 1.
        """
        if not 0 <= share <= 1:
            raise ValueError(f"{share} is no share")
        with torch.no_grad():
            for name, value in self.moved.items():
                tuned, start = self.tuned[name], self.start.get(name)
                put(value, tuned * share if start is None else torch.lerp(start, tuned, share))


def _starts(trained: Mapping[str, Tensor], base: nn.Module) -> dict[str, Tensor]:
    """The base's values of what was trained, in main memory."""
    weights: dict[str, Any] = dict(base.named_parameters())
    return {name: _copy(weights[name]) for name in trained}


def _copy(value: Tensor, *, keep_device: bool = False) -> Tensor:
    """A whole float32 copy, in main memory unless it is to stay where the value is."""
    found = whole(value.detach())
    return found.to(found.device if keep_device else "cpu", torch.float32, copy=True)
