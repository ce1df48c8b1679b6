"""Trees that were read once and go on growing: each new token sees its trunk, its own branch, and nothing else.

Axes: B rows, M branches of all rows, K of them that grow now, D width.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from lensmith.batching.masks import PADDING, tree_mask
from lensmith.batching.rows import lay_rows, lay_trees, place_branches, read_inputs
from lensmith.batching.trees import Tree
from lensmith.families.contract import Family
from lensmith.families.inputs import Inputs


class GrowingTrees:
    """Rows of trees in a cache. Reading them computes every trunk once; growing computes new tokens alone.

    Args:
        model: in evaluation mode, unwrapped.
        family: that shares trunks.
        rows: what `lensmith.batching.trees.pack_trees` makes, of questions without their answers.
        pictures: pixels, or kept features, of the rows' trees in order.

    Attributes:
        branches: the questions, in the order of M.
        hidden_MD: the state after each question's last token.
    """

    def __init__(
        self, model: nn.Module, family: Family, rows: Sequence[Sequence[Tree]], pictures: Mapping[str, Tensor]
    ) -> None:
        self.model = model
        self.family = family
        alone = all(len(tree.branches) == 1 for row in rows for tree in row)
        rows = [[tree] for row in rows for tree in row] if alone else rows
        placed = place_branches(rows)
        self.branches = [branch.item for branch in placed]
        self._row_M = np.asarray([branch.row for branch in placed])
        self._segment_M = np.asarray([branch.segment for branch in placed])
        self._trunk_M = np.asarray([branch.trunk for branch in placed])
        self._last_M = np.asarray([branch.columns_T[-1] for branch in placed])
        self._next_M = np.asarray([branch.item.positions.max() + 1 for branch in placed])
        self._axes = placed[0].item.positions.shape[:-1]
        self._device = next(model.parameters()).device
        self._cache = family.new_cache(model)
        laid = lay_trees(rows, family.pad_id)
        self._segment_BS = laid["segment_BT"].to(self._device)
        if alone:  # plain rows say the same, and a plain causal mask is faster
            laid = lay_rows(self.branches, family.pad_id)
        batch = {name: value.to(self._device) for name, value in {**laid, **pictures}.items()}
        hidden_BTD = family.hidden(model, read_inputs(model, family, batch, self._cache))
        self.hidden_MD = hidden_BTD[torch.from_numpy(self._row_M), torch.from_numpy(self._last_M)]

    def grow(self, chosen_K: Sequence[int], ids_K: Sequence[int]) -> Tensor:
        """Adds a token to some branches and returns the states after them, `hidden_KD`.

        Args:
            chosen_K: places in `branches`, ascending.
            ids_K: one token for each.
        """
        chosen = np.asarray(chosen_K)
        row_K = self._row_M[chosen]
        slot_K = np.arange(len(chosen)) - np.searchsorted(row_K, row_K)  # branches of one row side by side
        past = self._segment_BS.shape[1]
        shape = len(self._segment_BS), int(slot_K.max()) + 1
        ids_BT = np.full(shape, self.family.pad_id)
        positions_BT = np.zeros((*self._axes, *shape), dtype=np.int64)
        segment_BT, trunk_BT, before_BT = (np.full(shape, PADDING) for _ in range(3))
        ids_BT[row_K, slot_K] = ids_K
        positions_BT[..., row_K, slot_K] = self._next_M[chosen]
        segment_BT[row_K, slot_K] = self._segment_M[chosen]
        trunk_BT[row_K, slot_K] = self._trunk_M[chosen]
        before_BT[row_K, slot_K] = self._last_M[chosen]
        self._next_M[chosen] += 1
        self._last_M[chosen] = past + slot_K
        segments = self._place(segment_BT)
        self._segment_BS = torch.cat([self._segment_BS, segments], dim=1)
        mask = tree_mask(segments, self._place(trunk_BT), self._segment_BS)
        inputs = Inputs(self._place(ids_BT), mask, self._place(positions_BT), self._place(before_BT), cache=self._cache)
        hidden_BTD = self.family.hidden(self.model, inputs)
        return hidden_BTD[torch.from_numpy(row_K), torch.from_numpy(slot_K)]

    def _place(self, value: np.ndarray) -> Tensor:
        return torch.from_numpy(value).to(self._device)
