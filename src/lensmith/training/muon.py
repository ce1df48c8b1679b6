"""Muon for matrices and AdamW for all else, as one optimiser.

Muon (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon) updates a matrix by its momentum with all singular
values made one. Both steps are torch's own. A matrix is the weight of a linear layer, or of a patch embedding, which is
one written as a convolution; embeddings, the output head, norms, biases and other convolutions go to AdamW. One
learning rate serves both: torch scales Muon's updates to the size of AdamW's.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from lensmith.config.names import MUON


class MuonAndAdamW(torch.optim.Optimizer):
    """Two optimisers under one schedule and in one checkpoint.

    Args:
        matrices: updated by Muon; those of more than two dimensions with all but the first as one.
        others: updated by AdamW; groups may set a `weight_decay` of their own.
        lr: of both.
        weight_decay: decoupled, of both.
    """

    def __init__(
        self, matrices: list[nn.Parameter], others: list[dict[str, Any]], *, lr: float, weight_decay: float
    ) -> None:
        how: dict[str, Any] = {"lr": lr, "weight_decay": weight_decay}
        self._inner: dict[bool, torch.optim.Optimizer] = {}
        self._patches = [value for value in matrices if value.ndim > 2]
        if matrices:  # torch refuses an empty list
            with _flattened(self._patches):
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
            with _flattened(self._patches if is_muon else ()):
                inner.step()
        return loss


@contextmanager
def _flattened(values: Sequence[nn.Parameter]) -> Iterator[None]:
    """Within it these parameters and their gradients are matrices, all dimensions but the first as one."""
    shapes = [value.shape for value in values]
    for value in values:
        _reshape(value, (len(value), -1))
    try:
        yield
    finally:
        for value, shape in zip(values, shapes, strict=True):
            _reshape(value, tuple(shape))


def _reshape(value: nn.Parameter, shape: tuple[int, ...]) -> None:
    gradient, value.grad = value.grad, None
    value.data = value.data.reshape(shape)
    value.grad = None if gradient is None else gradient.reshape(shape)


def find_matrices(model: nn.Module, vocabulary: int) -> set[int]:
    """The `id` of every weight that Muon updates where it is trained.

    Those are of linear layers, except an output head's, and of patch embeddings: convolutions that step as far as they
    reach, so that each patch is multiplied by one matrix.
    """
    return {
        id(module.weight)
        for module in model.modules()
        if (isinstance(module, nn.Linear) and module.weight.shape[0] < vocabulary) or _embeds_patches(module)
    }


def _embeds_patches(module: nn.Module) -> bool:
    return (
        isinstance(module, nn.Conv2d | nn.Conv3d) and module.groups == 1 and tuple(module.stride) == module.kernel_size
    )


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
