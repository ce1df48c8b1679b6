"""Muon for matrices and AdamW for all else, as one optimiser.

Muon (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon) updates a matrix by its momentum with all singular
values made one. Both steps are torch's own. A matrix is the weight of a linear layer; embeddings, the output head,
norms, biases and convolutions go to AdamW. One learning rate serves both: torch scales Muon's updates to the size of
AdamW's.
"""

from collections.abc import Collection
from typing import Any

import torch
from torch import nn

from lensmith.config.names import MUON


class MuonAndAdamW(torch.optim.Optimizer):
    """Two optimisers under one schedule and in one checkpoint.

    Args:
        matrices: of two dimensions; updated by Muon.
        others: updated by AdamW; groups may set a `weight_decay` of their own.
        lr: of both.
        weight_decay: decoupled, of both.
    """

    def __init__(
        self, matrices: list[nn.Parameter], others: list[dict[str, Any]], *, lr: float, weight_decay: float
    ) -> None:
        how: dict[str, Any] = {"lr": lr, "weight_decay": weight_decay}
        self._inner: dict[bool, torch.optim.Optimizer] = {}
        if matrices:  # torch refuses an empty list
            self._inner[True] = torch.optim.Muon(matrices, adjust_lr_fn="match_rms_adamw", **how)
        if others:
            self._inner[False] = torch.optim.AdamW(others, **how)
        super().__init__(
            [{**group, MUON: is_muon} for is_muon, inner in self._inner.items() for group in inner.param_groups], {}
        )

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """One update of all parameters."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for is_muon, inner in self._inner.items():
            # groups and state are this optimiser's own, so that schedules and checkpoints see one
            inner.param_groups = [group for group in self.param_groups if group[MUON] is is_muon]
            inner.state = self.state
            inner.step()
        return loss


def find_matrices(model: nn.Module, vocabulary: int) -> set[int]:
    """The `id` of every weight that Muon updates where it is trained: of linear layers, except an output head's."""
    return {
        id(module.weight)
        for module in model.modules()
        if isinstance(module, nn.Linear) and module.weight.shape[0] < vocabulary
    }


def make_muon(
    model: nn.Module, decayed: Collection[str], *, vocabulary: int, lr: float, weight_decay: float
) -> MuonAndAdamW:
    """The optimiser over all that is trained.

    Args:
        model: the weights of its linear layers go to Muon, except an output head's.
        decayed: the names of the parameters that decay.
        vocabulary: tokens; a linear layer with as many rows is an output head.
        lr: the peak rate of both.
        weight_decay: of those that decay.
    """
    linear = find_matrices(model, vocabulary)
    matrices: list[nn.Parameter] = []
    others: dict[bool, list[nn.Parameter]] = {True: [], False: []}
    for name, value in model.named_parameters():
        if value.requires_grad and id(value) in linear:
            matrices.append(value)
        elif value.requires_grad:
            others[name in decayed].append(value)
    groups = [
        {"params": values, "weight_decay": weight_decay if decays else 0.0}
        for decays, values in others.items()
        if values
    ]
    return MuonAndAdamW(matrices, groups, lr=lr, weight_decay=weight_decay)
