"""Rows: encoded examples, or trees of them, laid side by side, padded, with the places where the loss looks.

Axes: B rows, T tokens of the longest row, N supervised tokens.
"""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from lensmith.batching.kept import KeptFeatures
from lensmith.batching.masks import PADDING, TRUNK
from lensmith.batching.trees import Tree, grow_trees
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


def lay_trees(trees: Sequence[Tree], pad_id: int) -> dict[str, Tensor]:
    """One tree a row, padded on the right: the trunk, then each branch's own tokens.

    Returns:
        `ids_BT` int64; `positions_BT` int64, restarting at the trunk's end in every branch; `branch_BT` int64, for
        `lensmith.batching.masks.tree_mask`; `from_N`, `target_N` and `weight_N` as `lay_rows`, where the state that
        predicts a branch's first own token is the trunk's last.
    """
    width = max(len(tree) for tree in trees)
    ids_BT = torch.full((len(trees), width), pad_id, dtype=torch.int64)
    positions_BT = torch.zeros((len(trees), width), dtype=torch.int64)
    branch_BT = torch.full((len(trees), width), PADDING, dtype=torch.int64)
    from_N: list[Tensor] = []
    target_N: list[Tensor] = []
    weight_N: list[Tensor] = []
    for row, tree in enumerate(trees):
        shared = tree.trunk_tokens
        ids_BT[row, :shared] = torch.from_numpy(tree.branches[0].ids_T[:shared])
        positions_BT[row, :shared] = torch.arange(shared)
        branch_BT[row, :shared] = TRUNK
        start = shared
        for number, branch in enumerate(tree.branches, start=1):
            own = torch.from_numpy(branch.ids_T[shared:])
            place = slice(start, start + len(own))
            ids_BT[row, place] = own
            positions_BT[row, place] = torch.arange(shared, len(branch))
            branch_BT[row, place] = number
            weights = torch.from_numpy(branch.weights_T[shared:])
            at = weights.nonzero().squeeze(1)
            predecessor = torch.where(at > 0, start + at - 1, shared - 1)
            from_N.append(row * width + predecessor)
            target_N.append(own[at])
            weight_N.append(weights[at])
            start += len(own)
    return {
        "ids_BT": ids_BT,
        "positions_BT": positions_BT,
        "branch_BT": branch_BT,
        "from_N": torch.cat(from_N),
        "target_N": torch.cat(target_N),
        "weight_N": torch.cat(weight_N),
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
    """Makes a batch of encoded examples, each picture in it once; picklable, so that worker processes can do it.

    Args:
        family: whose pictures and padding, and whether its questions can share a picture.
        kept: features that stand in for the pictures; None: pictures are decoded.
    """

    def __init__(self, family: Family, kept: KeptFeatures | None = None) -> None:
        self.family = family
        self.kept = kept

    def __call__(self, items: Sequence[Encoded]) -> dict[str, Tensor]:
        """Rows or trees with padding on the right, targets and pictures.

        See `lay_trees`, `lay_rows` (where no two examples share a picture) and `read_pixels`.
        """
        trees = grow_trees(items, share=self.family.facts.shares_trunk)
        shown = [tree.branches[0] for tree in trees]
        pictures = self.kept.read(shown) if self.kept else read_pixels(self.family, shown)
        if len(trees) == len(items):
            return {**lay_rows(shown, self.family.pad_id), **pictures}
        return {**lay_trees(trees, self.family.pad_id), **pictures}
