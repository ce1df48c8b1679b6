"""Rows: encoded examples, or trees of them, laid side by side, padded, with the places where the loss looks.

Axes: B rows, T tokens of the longest row, N supervised tokens, K those of them at which the model is held to its base.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lensmith.batching.kept import KeptFeatures
from lensmith.batching.masks import PADDING, tree_block_mask, tree_mask
from lensmith.batching.trees import Tree, grow_trees, pack_trees
from lensmith.data.images import decode
from lensmith.families.attention import takes_block_masks
from lensmith.families.contract import Family
from lensmith.families.encoded import Encoded
from lensmith.families.inputs import Inputs

PIXELS = "pixels_"


def lay_rows(items: Sequence[Encoded], pad_id: int, side: Literal["right", "left"] = "right") -> dict[str, Tensor]:
    """One example a row.

    Returns:
        `ids_BT` int64 and `mask_BT` int64 (1 on tokens, 0 on padding); `positions_ABT` int64 as `positions_BT`, only
        where positions have several axes; `from_N` int64, the places in the
        flattened B·T whose hidden state predicts a supervised token; `target_N` int64, those tokens;
        `weight_N` float32, their loss weights; `anchor_K` int64, the places among the N of the tokens of anchored
        examples, only where there are any.
    """
    width = max(len(item) for item in items)
    ids_BT = torch.full((len(items), width), pad_id, dtype=torch.int64)
    mask_BT = torch.zeros((len(items), width), dtype=torch.int64)
    weight_BT = torch.zeros((len(items), width), dtype=torch.float32)
    axes = items[0].positions.shape[:-1]
    positions_ABT = torch.zeros((*axes, *ids_BT.shape), dtype=torch.int64)
    for row, item in enumerate(items):
        start = 0 if side == "right" else width - len(item)
        place = slice(start, start + len(item))
        ids_BT[row, place] = torch.from_numpy(item.ids_T)
        mask_BT[row, place] = 1
        positions_ABT[..., row, place] = torch.from_numpy(item.positions)
        weight_BT[row, place] = torch.from_numpy(item.weights_T)
    at_N = weight_BT.flatten().nonzero().squeeze(1)
    anchored_N = torch.tensor([item.anchored for item in items])[at_N // width]
    return {
        "ids_BT": ids_BT,
        "mask_BT": mask_BT,
        **({"positions_BT": positions_ABT} if axes else {}),
        "from_N": at_N - 1,
        "target_N": ids_BT.flatten()[at_N],
        "weight_N": weight_BT.flatten()[at_N],
        **({"anchor_K": anchored_N.nonzero().squeeze(1)} if anchored_N.any() else {}),
    }


@dataclass(frozen=True, slots=True, eq=False)
class PlacedBranch:
    """Where one example of a tree lies.

    Attributes:
        item: the whole example, trunk included.
        row: of the batch.
        columns_T: int64, the column of each of its tokens; the first `trunk_tokens` are shared with its siblings.
        trunk_tokens: how many.
        trunk: the trunk's segment number in the row.
        segment: that of the example's own tokens.
    """

    item: Encoded
    row: int
    columns_T: NDArray[np.int64]
    trunk_tokens: int
    trunk: int
    segment: int


def place_branches(rows: Sequence[Sequence[Tree]]) -> list[PlacedBranch]:
    """Where each branch of these rows' trees lies, row by row, tree by tree, branch by branch."""
    placed: list[PlacedBranch] = []
    for row, trees in enumerate(rows):
        end = segments = 0
        for tree in trees:
            trunk, shared_T = segments, np.arange(end, end + tree.trunk_tokens)
            end += tree.trunk_tokens
            segments += 1
            for item in tree.branches:
                own = len(item) - tree.trunk_tokens
                columns_T = np.concatenate([shared_T, np.arange(end, end + own)])
                placed.append(PlacedBranch(item, row, columns_T, tree.trunk_tokens, trunk, segments))
                end += own
                segments += 1
    return placed


def lay_trees(rows: Sequence[Sequence[Tree]], pad_id: int) -> dict[str, Tensor]:
    """Trees in rows, padded on the right: a trunk, then each branch's own tokens, then the next tree.

    Returns:
        `ids_BT` int64; `positions_BT` int64 (`positions_ABT` where there are several axes), restarting at the trunk's
        end in every branch; `segment_BT` and
        `trunk_BT` int64, for `lensmith.batching.masks.tree_mask`; `before_BT` int64, the column of the token before
        each one, -1 where there is none; `from_N`, `target_N`, `weight_N` and `anchor_K` as `lay_rows`, where the state
        that predicts a branch's first own token is the trunk's last. The N are in the order of `place_branches`.
    """
    placed = place_branches(rows)
    shape = len(rows), max(sum(len(tree) for tree in trees) for trees in rows)
    ids_BT = np.full(shape, pad_id, dtype=np.int64)
    positions_BT = np.zeros((*placed[0].item.positions.shape[:-1], *shape), dtype=np.int64)
    segment_BT, trunk_BT, before_BT = (np.full(shape, PADDING, dtype=np.int64) for _ in range(3))
    from_N: list[NDArray[np.int64]] = []
    target_N: list[NDArray[np.int64]] = []
    weight_N: list[NDArray[np.float32]] = []
    anchored_N: list[NDArray[np.bool_]] = []
    for branch in placed:
        row, columns_T, shared = branch.row, branch.columns_T, branch.trunk_tokens
        ids_BT[row, columns_T] = branch.item.ids_T
        positions_BT[..., row, columns_T] = branch.item.positions
        before_BT[row, columns_T[1:]] = columns_T[:-1]
        segment_BT[row, columns_T[:shared]] = branch.trunk
        segment_BT[row, columns_T[shared:]] = branch.segment
        trunk_BT[row, columns_T] = branch.trunk
        at = np.flatnonzero(branch.item.weights_T)
        from_N.append(row * shape[1] + columns_T[at - 1])
        target_N.append(branch.item.ids_T[at])
        weight_N.append(branch.item.weights_T[at])
        anchored_N.append(np.full(len(at), branch.item.anchored))
    laid = {
        "ids_BT": ids_BT,
        "positions_BT": positions_BT,
        "segment_BT": segment_BT,
        "trunk_BT": trunk_BT,
        "before_BT": before_BT,
        "from_N": np.concatenate(from_N),
        "target_N": np.concatenate(target_N),
        "weight_N": np.concatenate(weight_N),
    }
    if any(branch.item.anchored for branch in placed):
        laid["anchor_K"] = np.flatnonzero(np.concatenate(anchored_N))
    return {name: torch.from_numpy(value) for name, value in laid.items()}


def read_pixels(family: Family, items: Sequence[Encoded]) -> dict[str, Tensor]:
    """Decodes and preprocesses the pictures of these examples, in order.

    Returns:
        the vision tower's inputs, each name prefixed with `pixels_`; empty when there is no picture.
    """
    pictures = [decode(image) for item in items for image in item.images]
    return {PIXELS + name: value for name, value in family.pixels(pictures).items()}


def take_pixels(batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The vision tower's inputs of a batch, under the tower's own names."""
    return {name.removeprefix(PIXELS): value for name, value in batch.items() if name.startswith(PIXELS)}


def read_inputs(model: nn.Module, family: Family, batch: Mapping[str, Tensor], cache: Any = None) -> Inputs:
    """What the model reads of a batch, on the batch's device.

    Args:
        model: unwrapped; projects kept features, where the batch holds what the tower made of a picture.
        family: of the model.
        batch: what `Collator` makes.
        cache: to grow by this batch.
    """
    projected_UPD = batch.get("projected_UPD")
    if "seen_UPD" in batch:
        projected_UPD = family.project(model, batch["seen_UPD"])
    return Inputs(
        batch["ids_BT"],
        _read_mask(model, batch, cache),
        batch.get("positions_BT"),
        batch.get("before_BT"),
        take_pixels(batch),
        projected_UPD,
        cache,
        None if "segment_BT" in batch else _find_answers(batch),
    )


def _find_answers(batch: Mapping[str, Tensor]) -> Tensor:
    ids_BT = batch["ids_BT"]
    supervised_N = torch.zeros(ids_BT.numel(), dtype=torch.int64, device=ids_BT.device)
    supervised_N[batch["from_N"] + 1] = 1
    return supervised_N.view_as(ids_BT).cumsum(1) > 0


def _read_mask(model: nn.Module, batch: Mapping[str, Tensor], cache: Any) -> Any:
    if "segment_BT" not in batch:
        return batch["mask_BT"]
    blocks = cache is None and takes_block_masks(model)
    return (tree_block_mask if blocks else tree_mask)(batch["segment_BT"], batch["trunk_BT"])


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

        See `pack_trees` and `lay_trees`, `lay_rows` (where no two examples share a picture) and `read_pixels`.
        """
        trees = grow_trees(items, share=self.family.shares_trunk)
        if len(trees) == len(items):
            return {**lay_rows(items, self.family.pad_id), **self._show(items)}
        rows = pack_trees(trees)
        shown = [tree.branches[0] for row in rows for tree in row]
        return {**lay_trees(rows, self.family.pad_id), **self._show(shown)}

    def _show(self, items: Sequence[Encoded]) -> dict[str, Tensor]:
        return self.kept.read(items) if self.kept else read_pixels(self.family, items)
