"""The one module that the Trainer, DDP and FSDP wrap: a batch of rows in, a summed loss and its count out."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils.checkpoint import checkpoint

from lensmith.batching.rows import read_inputs
from lensmith.families.contract import Family
from lensmith.families.tuned import unwrap

# Logits kept at once, in float32: 64 Mi numbers are 256 MiB.
CHUNK_LOGITS = 1 << 26


class SupervisedModule(nn.Module):
    """A model and its loss on answers.

    Args:
        model: as transformers built it, or wrapped by PEFT.
        family: how it is run.
    """

    accepts_loss_kwargs = False

    def __init__(self, model: nn.Module, family: Family) -> None:
        super().__init__()
        self.model = model
        self.family = family

    def recompute_activations(self) -> None:
        """Trades time for memory: activations are made again in the backward pass."""
        inner: Any = self.bare
        inner.activation_checkpointing_enable(activation_checkpointing_kwargs={"use_reentrant": False})

    @property
    def bare(self) -> nn.Module:
        """The transformers model inside a PEFT wrapper, its adapters in place."""
        return unwrap(self.model)

    def forward(self, **batch: Tensor) -> dict[str, Tensor]:
        """The weighted sum of the supervised tokens' cross-entropies, in nats, and the sum of their weights.

        Args:
            batch: what `lensmith.batching.rows.Collator` makes.
        """
        hidden_BTD = self.family.hidden(self.bare, read_inputs(self.bare, self.family, batch))
        hidden_ND = hidden_BTD.flatten(0, 1)[batch["from_N"]]
        loss = sum_cross_entropy(
            lambda chosen_ND: self.family.logits(self.bare, chosen_ND),
            hidden_ND,
            batch["target_N"],
            batch["weight_N"],
            vocabulary=int(self.family.config.get_text_config().vocab_size),
        )
        return {"loss_sum": loss, "weight_sum": batch["weight_N"].sum()}


def sum_cross_entropy(
    head: Callable[[Tensor], Tensor], hidden_ND: Tensor, target_N: Tensor, weight_N: Tensor, *, vocabulary: int
) -> Tensor:
    """The weighted sum of cross-entropies in float32, never holding more than `CHUNK_LOGITS` logits.

    Args:
        head: hidden states to logits.
        hidden_ND: the states that predict the supervised tokens.
        target_N: those tokens.
        weight_N: their weights.
        vocabulary: columns of the logits, which decides how many rows fit a chunk.
    """

    def one_chunk(hidden: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        losses = cross_entropy(head(hidden).float(), target, reduction="none")
        return (losses * weight).sum()

    rows = max(1, CHUNK_LOGITS // vocabulary)
    if len(target_N) <= rows:
        return one_chunk(hidden_ND, target_N, weight_N)
    split = torch.split
    chunks = zip(split(hidden_ND, rows), split(target_N, rows), split(weight_N, rows), strict=True)
    total = hidden_ND.new_zeros((), dtype=torch.float32)
    for hidden, target, weight in chunks:
        # recomputed in the backward pass, so that one chunk's logits live at a time there too
        total = total + checkpoint(one_chunk, hidden, target, weight, use_reentrant=False)
    return total
