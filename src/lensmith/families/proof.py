"""Whether questions on one picture can share its computation, tried on a loaded model with real weights.

Two questions on a picture of noise are read as one tree, and alone. Three things must hold, of the last hidden states:

- a branch of the tree is, within rounding, what the question alone gives;
- what a branch holds does not change the other at all: here rounding is no excuse, so that a small leak is seen in
  half precision too;
- the same is so for a token that is added to each branch of a tree in a cache, as answering does.

Axes: B = 1 row, T tokens of this pass, S tokens in sight, D width.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from lensmith.families.encoded import Encoded
from lensmith.families.inputs import Inputs
from lensmith.types import Example, Turn

if TYPE_CHECKING:
    from lensmith.families.contract import Family

SIZE_PX = (48, 64)
QUESTIONS = ("How many are there?", "Что это?")
ANSWER = "no"
# Of the largest state. Half precision rounds to 1/256 a step; float32 products may be done in TF32 on a GPU.
ROUNDING = {torch.float32: 1e-3, torch.bfloat16: 5e-2, torch.float16: 5e-2}
# Of the above: what one branch may change of the other.
LEAK = 0.01


@dataclass(frozen=True, slots=True)
class NoisePicture:
    """Random pixels of one size."""

    size_px: tuple[int, int] = SIZE_PX
    name: str = "noise"

    def draw(self) -> Image.Image:
        """The same picture every time."""
        return Image.fromarray(np.random.default_rng(0).integers(0, 256, (*self.size_px, 3), dtype=np.uint8))

    def read_bytes(self) -> bytes:
        """It, as PNG."""
        buffer = io.BytesIO()
        self.draw().save(buffer, "PNG")
        return buffer.getvalue()


def find_differences(family: "Family", model: nn.Module) -> list[str]:
    """How a tree of two questions differs from its questions alone, in sentences; empty: it does not.

    Args:
        family: open on the model's checkpoint.
        model: in evaluation mode.
    """
    try:
        with torch.inference_mode():
            return _Trial(family, model).find()
    except (RuntimeError, ValueError, TypeError, IndexError, KeyError, AttributeError) as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return [f"the model does not take a tree: {lines[0]}"]


class _Trial:
    """Two questions on one picture, and a model to read them."""

    def __init__(self, family: "Family", model: nn.Module) -> None:
        self.family = family
        self.model = model
        picture = NoisePicture()
        self.pixels = {name: value.to(_device(model)) for name, value in family.pixels([picture.draw()]).items()}
        examples = [Example(question, (picture,), (Turn(question, (ANSWER,)),), "") for question in QUESTIONS]
        self.items = [family.encode(example, [SIZE_PX]) for example in examples]
        least = min(len(item) for item in self.items) - 3  # each keeps tokens of its own
        self.trunk_tokens = next(
            (at for at in range(least) if len({int(item.ids_T[at]) for item in self.items}) > 1), least
        )
        self.rounding = ROUNDING.get(next(model.parameters()).dtype, 5e-2)

    def find(self) -> list[str]:
        if self.items[0].spans[0].start + self.items[0].spans[0].length > self.trunk_tokens:
            return ["the questions part before the picture ends"]
        found = []
        tree = self._read_tree(self.items)
        alone = [self._read_tree([item])[0] for item in self.items]
        plain = [self._read_plain(item) for item in self.items]
        if self._differ(tree, plain) or self._differ(alone, plain):
            found.append("a question on a shared picture is not computed as it is alone")
        changed = [replace(item, ids_T=self._stir(item)) for item in self.items]
        first, second = self._read_tree([self.items[0], changed[1]]), self._read_tree([changed[0], self.items[1]])
        if self._differ([tree[0], tree[1]], [first[0], second[1]], LEAK):
            found.append("a question sees another question on its picture")
        if not found and self._differ(self._grow(), [states_TD[-1:] for states_TD in plain]):
            found.append("a token that is added to a question is not computed as it is alone")
        return found

    def _stir(self, item: Encoded) -> Any:
        ids_T = item.ids_T.copy()
        ids_T[self.trunk_tokens :] = ids_T[self.trunk_tokens :][::-1]
        return ids_T

    def _read_plain(self, item: Encoded) -> Tensor:
        ids_BT = self._place([item.ids_T.tolist()])
        inputs = Inputs(ids_BT, torch.ones_like(ids_BT), pixels=self.pixels)
        return self.family.hidden(self.model, inputs)[0, self.trunk_tokens :]

    def _read_tree(self, items: Sequence[Encoded], cache: Any = None, cut: int = 0) -> list[Tensor]:
        """The states of each branch's own tokens; `cut`: without the last so many of each."""
        owns = [range(self.trunk_tokens, len(item) - cut) for item in items]
        places = [*range(self.trunk_tokens), *(at for own in owns for at in own)]
        segment_T = np.asarray([-1] * self.trunk_tokens + [n for n, own in enumerate(owns) for _ in own])
        ids = [*items[0].ids_T[: self.trunk_tokens], *(items[n].ids_T[at] for n, own in enumerate(owns) for at in own)]
        before = [self.trunk_tokens - 1 if at == self.trunk_tokens else column - 1 for column, at in enumerate(places)]
        sees_TT = (segment_T[None] == -1) | (segment_T[None] == segment_T[:, None])
        mask_B1TT = torch.from_numpy(np.tril(sees_TT))[None, None].to(_device(self.model))
        inputs = Inputs(
            self._place([ids]), mask_B1TT, self._place([places]), self._place([before]), self.pixels, cache=cache
        )
        hidden_TD = self.family.hidden(self.model, inputs)[0]
        return [hidden_TD[torch.from_numpy(segment_T == n)] for n in range(len(items))]

    def _grow(self) -> list[Tensor]:
        """The states of each question's last token, added to a tree that was read without."""
        cache = self.family.new_cache(self.model)
        self._read_tree(self.items, cache, cut=1)
        owns = [len(item) - 1 - self.trunk_tokens for item in self.items]
        segment_S = np.asarray([-1] * self.trunk_tokens + [n for n, own in enumerate(owns) for _ in range(own)])
        later_TS = np.concatenate([[(segment_S == -1) | (segment_S == n)] for n in range(len(owns))])
        mask_B1TS = torch.from_numpy(np.concatenate([later_TS, np.eye(len(owns), dtype=bool)], axis=1))[None, None]
        lasts = [int(np.flatnonzero(segment_S == n)[-1]) for n in range(len(owns))]
        inputs = Inputs(
            self._place([[item.ids_T[-1] for item in self.items]]),
            mask_B1TS.to(_device(self.model)),
            self._place([[len(item) - 1 for item in self.items]]),
            self._place([lasts]),
            cache=cache,
        )
        hidden_TD = self.family.hidden(self.model, inputs)[0]
        return [hidden_TD[at : at + 1] for at in range(len(lasts))]

    def _differ(self, ones: Sequence[Tensor], others: Sequence[Tensor], share: float = 1.0) -> bool:
        """True where a state is further from the other than rounding, times `share`, explains."""
        one, other = torch.cat(list(ones)).float(), torch.cat(list(others)).float()
        return not bool((one - other).abs().max() <= share * self.rounding * other.abs().max())

    def _place(self, rows: Sequence[Sequence[Any]]) -> Tensor:
        return torch.from_numpy(np.asarray(rows, dtype=np.int64)).to(_device(self.model))


def _device(model: nn.Module) -> torch.device:
    return next(model.parameters()).device
