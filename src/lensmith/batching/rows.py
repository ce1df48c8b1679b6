"""Rows: encoded examples laid side by side, padded, with the places where the loss looks.

Axes: B rows, T tokens of the longest row, N supervised tokens.
"""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from lensmith.data.images import decode
from lensmith.families.contract import Family
from lensmith.families.encoded import Encoded

PIXELS = "pixels_"


def lay_rows(items: Sequence[Encoded], pad_id: int, side: Literal["right", "left"] = "right") -> dict[str, Tensor]:
    """One example a row.

    Returns:
        `ids_BT` int64 and `mask_BT` int64 (1 on tokens, 0 on padding); `from_N` int64, the places in the
        flattened B·T whose hidden state predicts a supervised token; `target_N` int64, those tokens;
        `weight_N` float32, their loss weights.
    """
    width = max(len(item) for item in items)
    ids_BT = torch.full((len(items), width), pad_id, dtype=torch.int64)
    mask_BT = torch.zeros((len(items), width), dtype=torch.int64)
    weight_BT = torch.zeros((len(items), width), dtype=torch.float32)
    for row, item in enumerate(items):
        start = 0 if side == "right" else width - len(item)
        place = slice(start, start + len(item))
        ids_BT[row, place] = torch.from_numpy(item.ids_T)
        mask_BT[row, place] = 1
        weight_BT[row, place] = torch.from_numpy(item.weights_T)
    at_N = weight_BT.flatten().nonzero().squeeze(1)
    return {
        "ids_BT": ids_BT,
        "mask_BT": mask_BT,
        "from_N": at_N - 1,
        "target_N": ids_BT.flatten()[at_N],
        "weight_N": weight_BT.flatten()[at_N],
    }


def read_pixels(family: Family, items: Sequence[Encoded]) -> dict[str, Tensor]:
    """Decodes and preprocesses the pictures of these examples, in order.

    Returns:
        the vision tower's inputs, each name prefixed with `pixels_`; empty when there is no picture.
    """
    pictures = [decode(image) for item in items for image in item.images]
    return {PIXELS + name: value for name, value in family.pixels(pictures).items()}


def take_pixels(batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """The vision tower's inputs of a batch, under the tower's own names."""
    return {name.removeprefix(PIXELS): value for name, value in batch.items() if name.startswith(PIXELS)}


class Collator:
    """Makes a batch of encoded examples; picklable, so that worker processes can do it.

    Args:
        family: whose pictures and padding.
    """

    def __init__(self, family: Family) -> None:
        self.family = family

    def __call__(self, items: Sequence[Encoded]) -> dict[str, Tensor]:
        """Rows with padding on the right, targets and pictures: see `lay_rows` and `read_pixels`."""
        return {**lay_rows(items, self.family.pad_id), **read_pixels(self.family, items)}
