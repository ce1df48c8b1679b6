"""The one module that the Trainer, DDP and FSDP wrap: a batch of rows in, a summed loss and its count out."""

from collections.abc import Callable
from typing import Any, TypeVar

from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from lensmith.batching.rows import read_inputs
from lensmith.families.contract import Family
from lensmith.families.tuned import unwrap
from lensmith.training.anchor import Anchor
from lensmith.training.chunks import sum_in_chunks

# Logits kept at once, in float32: 64 Mi numbers are 256 MiB.
CHUNK_LOGITS = 1 << 26

T = TypeVar("T")


class SupervisedModule(nn.Module):
    """A model and its loss on answers.

    Args:
        model: as transformers built it, or wrapped by PEFT.
        family: how it is run.
        anchor: what it is held to while it is trained; None: nothing.
    """

    accepts_loss_kwargs = False

    def __init__(self, model: nn.Module, family: Family, anchor: Anchor | None = None) -> None:
        super().__init__()
        self.model = model
        self.family = family
        self.anchor = anchor

    def recompute_activations(self) -> None:
        """Trades time for memory: activations are made again in the backward pass."""
        inner: Any = self.bare
        inner.activation_checkpointing_enable(activation_checkpointing_kwargs={"use_reentrant": False})

    @property
    def bare(self) -> nn.Module:
        """The transformers model inside a PEFT wrapper, its adapters in place."""
        return unwrap(self.model)

    def perform(self, compute: Callable[[], T]) -> T:
        """What `compute` answers. Where weights are spread over processes, it finds those of the module whole."""
        return compute()

    def forward(self, **batch: Tensor) -> dict[str, Tensor]:
        """The weighted sum of the supervised tokens' cross-entropies, in nats, and the sum of their weights.

        In training with an anchor, the anchored tokens' divergences are in the sum by the anchor's weight, and apart,
        without it, in `kl_sum`, over the weights in `kl_weight`.

        Args:
            batch: what `lensmith.batching.rows.Collator` makes.
        """
        anchor = self.anchor if self.training and self.anchor and self.anchor.is_read_for(batch) else None
        base_ND = anchor.read(self.family, batch) if anchor else None
        hidden_BTD = self.family.hidden(self.bare, read_inputs(self.bare, self.family, batch))
        hidden_ND = hidden_BTD.flatten(0, 1)[batch["from_N"]]
        vocabulary = int(self.family.config.get_text_config().vocab_size)
        loss = sum_cross_entropy(
            lambda chosen_ND: self.family.logits(self.bare, chosen_ND),
            hidden_ND,
            batch["target_N"],
            batch["weight_N"],
            vocabulary=vocabulary,
        )
        made = {"loss_sum": loss, "weight_sum": batch["weight_N"].sum()}
        if anchor is None or base_ND is None or "anchor_K" not in batch:
            return made
        kl = anchor.sum_nats(self.family, self.bare, (hidden_ND, base_ND), batch, _rows_at_once(vocabulary))
        kl_weight = batch["weight_N"][batch["anchor_K"]].sum()
        return {**made, "loss_sum": loss + anchor.weight * kl, "kl_sum": kl.detach(), "kl_weight": kl_weight}


def _rows_at_once(vocabulary: int) -> int:
    return max(1, CHUNK_LOGITS // vocabulary)


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

    return sum_in_chunks(one_chunk, _rows_at_once(vocabulary), hidden_ND, target_N, weight_N)
