"""Holding a model to its base while it learns: KL(base ‖ tuned) at the answers of anchored examples, in the loss.

The direction is that of distillation, and the one in which divergence predicts forgetting (Shenfeld et al. 2025, "RL's
Razor", arXiv 2509.04259): what the base would say must stay likely. It is taken where the model is read anyway, at the
tokens of answers:

- of replayed examples, where there are any: the base's own answers, to which the divergence adds how sure the base
  was of each token and what else it held possible. Matching logits on what is replayed keeps more than its
  labels alone (Buzzega et al. 2020, "Dark Experience for General Continual Learning", arXiv 2004.07211).
- else of the training examples: nothing else of the base's is at hand, as in learning without forgetting (Li and Hoiem
  2016, arXiv 1606.09282). There it pulls against what is to be learned, so the weight trades one for the other.

A token's divergence stands beside its cross-entropy: both are summed, and divided by the tokens of the whole optimiser
step. So one replayed token more or less in a batch does not change what the others weigh.

Axes: N supervised tokens, K those of them that are anchored, D the width, V the vocabulary.
"""

import copy
from dataclasses import dataclass

import torch
from torch import Tensor, distributed, nn

from lensmith.batching.rows import read_inputs
from lensmith.config.sections import Recipe
from lensmith.families.contract import Family
from lensmith.families.facts import Facts
from lensmith.families.tuned import TunedPair
from lensmith.training.adapters import apply_tuning
from lensmith.training.chunks import sum_in_chunks


@dataclass(frozen=True, slots=True)
class Anchor:
    """What a model is held to, and how firmly.

    Attributes:
        pair: the model in training and its base.
        weight: of a token's divergence, beside its cross-entropy.
    """

    pair: TunedPair
    weight: float

    def is_read_for(self, batch: dict[str, Tensor]) -> bool:
        """True where the base must read this batch.

        Among several processes it reads every batch, because a model whose weights are spread over them is read by
        all or by none.
        """
        return "anchor_K" in batch or (distributed.is_available() and distributed.is_initialized())

    def read(self, family: Family, batch: dict[str, Tensor]) -> Tensor:
        """The base's states `base_ND` that predict the supervised tokens; in evaluation mode, without gradients."""
        with torch.no_grad(), self.pair.as_base() as base:
            was_training = base.training
            base.eval()
            hidden_BTD = family.hidden(base, read_inputs(base, family, batch))
            base.train(was_training)
        return hidden_BTD.flatten(0, 1)[batch["from_N"]]

    def sum_nats(
        self, family: Family, model: nn.Module, states_ND: tuple[Tensor, Tensor], batch: dict[str, Tensor], rows: int
    ) -> Tensor:
        """KL(base ‖ tuned) summed over the anchored tokens by their weights, in nats, in float32.

        Args:
            family: the seam.
            model: in training, unwrapped.
            states_ND: its own states at the supervised tokens, and the base's.
            batch: with `anchor_K` and `weight_N`.
            rows: tokens whose logits may live at once.
        """

        def one_chunk(tuned_KD: Tensor, base_KD: Tensor, weight_K: Tensor) -> Tensor:
            tuned_KV = torch.log_softmax(family.logits(model, tuned_KD).float(), dim=-1)
            with torch.no_grad(), self.pair.as_base() as base:
                base_KV = torch.log_softmax(family.logits(base, base_KD).float(), dim=-1)
            return ((base_KV.exp() * (base_KV - tuned_KV)).sum(dim=-1) * weight_K).sum()

        at_K = batch["anchor_K"]
        tuned_ND, base_ND = states_ND
        return sum_in_chunks(one_chunk, rows, tuned_ND[at_K], base_ND[at_K], batch["weight_N"][at_K])


def tune_anchored(model: nn.Module, facts: Facts, recipe: Recipe) -> tuple[nn.Module, Anchor | None]:
    """The model tuned as `lensmith.training.adapters.apply_tuning` does, and what it is held to; None: nothing.

    With adapters the base is the model without them. Full tuning holds a copy of the base on the same device, in the
    format in which it was loaded; parts that stay frozen are shared and take no memory twice.

    Args:
        model: as it was loaded, not tuned yet; changed in place.
        facts: of its family.
        recipe: its tune and keep sections and the seed are read.

    Raises:
        RecipeError: as `apply_tuning`.
    """
    base = None
    if recipe.keep.kl and recipe.tune.method == "full":
        frozen = recipe.tune.freeze
        shared = {id(each): each for name, each in model.named_parameters() if facts.component_of(name) in frozen}
        base = copy.deepcopy(model, shared).requires_grad_(False).eval()
    tuned = apply_tuning(model, facts, recipe.tune, recipe.run.seed)
    return tuned, Anchor(TunedPair(tuned, base), recipe.keep.kl) if recipe.keep.kl else None
