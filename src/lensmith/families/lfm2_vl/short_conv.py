"""Short convolutions along branches: a token is mixed with the tokens before it in its example, wherever they lie.

The published layer mixes neighbouring columns. In a row of trees the column to the left may be another branch's; here
each token's predecessors are gathered by their columns, and loss and gradients are those of examples alone.

Axes: B rows, T tokens of this pass, S tokens in sight (those in the cache, then those of this pass), D width.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import pad
from transformers import DynamicCache
from transformers.models.lfm2.modeling_lfm2 import Lfm2ShortConv


@dataclass(frozen=True, slots=True, eq=False)
class Predecessors:
    """Stands where transformers gives a convolution its mask.

    Attributes:
        columns_BT: the column (among S) of each token's predecessor: first the nearest, then the one before it, as many
            as the convolution reaches back; -1 where there is none.
    """

    columns_BT: tuple[Tensor, ...]


def find_predecessors(before_BS: Tensor, n_tokens: int, reach: int) -> Predecessors:
    """The last `n_tokens` columns' predecessors, `reach` of them.

    >>> trunk_of_2_and_branches_of_2_and_1 = torch.tensor([[-1, 0, 1, 2, 1]])
    >>> find_predecessors(trunk_of_2_and_branches_of_2_and_1, 3, 2).columns_BT
    (tensor([[1, 2, 1]]), tensor([[0, 1, 0]]))

    Args:
        before_BS: the column of the token before each one, -1 where there is none.
        n_tokens: T.
        reach: one less than the convolution's length.
    """
    column_BT = before_BS[:, before_BS.shape[1] - n_tokens :]
    found: list[Tensor] = []
    for _ in range(reach):
        found.append(column_BT)
        column_BT = torch.where(column_BT >= 0, before_BS.gather(1, column_BT.clamp(min=0)), -1)
    return Predecessors(tuple(found))


class TreeCache(DynamicCache):  # type: ignore[misc]
    """Keys and values, and what convolutions need of earlier tokens: their inputs, and who came before whom."""

    def __init__(self, config: Any) -> None:
        super().__init__(config=config)
        self.before_BS: Tensor | None = None
        self._inputs_BSD: dict[int, Tensor] = {}

    def follow(self, before_BT: Tensor) -> Tensor:
        """Adds this pass's `before_BT` and returns it for all columns in sight."""
        self.before_BS = before_BT if self.before_BS is None else torch.cat([self.before_BS, before_BT], dim=1)
        return self.before_BS

    def keep(self, layer: int, inputs_BTD: Tensor) -> Tensor:
        """Adds this pass's inputs of one convolution and returns those of all columns in sight."""
        known = self._inputs_BSD.get(layer)
        self._inputs_BSD[layer] = inputs_BTD if known is None else torch.cat([known, inputs_BTD], dim=1)
        return self._inputs_BSD[layer]


class TreeConv(Lfm2ShortConv):  # type: ignore[misc]
    """The published layer, weights and adapters included; given `Predecessors` for a mask, it follows branches."""

    def forward(
        self, hidden_states: Tensor, past_key_values: Any = None, attention_mask: Any = None, **settings: Any
    ) -> Tensor:
        """Mixes each token with its predecessors; without `Predecessors`, does what the published layer does."""
        if not isinstance(attention_mask, Predecessors):
            return torch.as_tensor(super().forward(hidden_states, past_key_values, attention_mask, **settings))
        opened_BTD, passed_BTD, value_BTD = self.in_proj(hidden_states).chunk(3, dim=-1)
        inputs_BTD = inputs_BSD = opened_BTD * value_BTD
        if past_key_values is not None:
            inputs_BSD = past_key_values.keep(self.layer_idx, inputs_BTD)
        mixed_BTD = _mix(self.conv, inputs_BTD, inputs_BSD, attention_mask)
        return torch.as_tensor(self.out_proj(passed_BTD * mixed_BTD))


def follow_branches(model: nn.Module) -> None:
    """Makes the convolutions of this model able to take `Predecessors`; changes no weight and no name.

    The layers stay so, rather than for one pass: gradient checkpointing runs them again during the backward pass.
    """
    body: Any = model.model
    for layer in body.language_model.layers:
        conv = getattr(layer, "conv", None)
        if type(conv) is Lfm2ShortConv:
            conv.__class__ = TreeConv


def _mix(conv: nn.Conv1d, inputs_BTD: Tensor, inputs_BSD: Tensor, predecessors: Predecessors) -> Tensor:
    """Each channel's weighted sum of a token's input and its predecessors' inputs; who is not there counts as zero."""
    weight_DK = conv.weight.squeeze(1)  # the last weighs the token itself
    mixed_BTD = inputs_BTD * weight_DK[:, -1]
    rows, tokens, width = inputs_BTD.shape
    # a column of zeros at the front of every row, for those who have no predecessor
    source_ND = pad(inputs_BSD, (0, 0, 1, 0)).flatten(0, 1)
    starts_B1 = torch.arange(rows, device=source_ND.device)[:, None] * (inputs_BSD.shape[1] + 1)
    for back, column_BT in enumerate(predecessors.columns_BT, start=1):
        # index_select beats gather: it copies whole vectors, and adds whole vectors on the way back
        earlier_BTD = source_ND.index_select(0, (column_BT + 1 + starts_B1).flatten()).view(rows, tokens, width)
        mixed_BTD = mixed_BTD + earlier_BTD * weight_DK[:, -1 - back]
    if conv.bias is not None:
        mixed_BTD = mixed_BTD + conv.bias
    return mixed_BTD.to(inputs_BTD.dtype)
