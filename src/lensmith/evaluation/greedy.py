"""The likeliest next token, again and again: many questions at once, each as if it were alone.

Two ways with the same answers: on trees, where the family shares trunks, a picture is read once for all its questions;
else transformers' `generate` reads one question a row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from lensmith.batching.rows import lay_rows, take_pixels
from lensmith.batching.trees import Tree
from lensmith.evaluation.growing import GrowingTrees
from lensmith.families.contract import Family
from lensmith.families.encoded import Encoded

Candidates = Mapping[str, Sequence[Sequence[int]]]
"""For each example's id, the only answers it may be given, as tokens with their end."""


@dataclass(frozen=True, slots=True)
class Said:
    """An answer as it came out.

    Attributes:
        ids: its tokens, its stop token included where it came to one.
        log_probability: the sum over `ids` of each token's log-probability among those it was chosen from, in nats:
            after the repetition penalty, and where only labels may be written, among the tokens that can still
            become one.
    """

    ids: list[int]
    log_probability: float


@dataclass(frozen=True, slots=True)
class DecodeSettings:
    """How answers are made: greedily, always.

    Attributes:
        batch_size: questions decoded together; does not change the answers.
        max_new_tokens: an answer that reaches it is cut and marked unfinished.
        repetition_penalty: 1.0 is none (Keskar et al. 2019).
        labels: the only answers there are; empty: any text.
        score_labels: choose the label with the highest log-probability, instead of writing one token after the other.
    """

    batch_size: int
    max_new_tokens: int
    repetition_penalty: float = 1.0
    labels: tuple[str, ...] = ()
    score_labels: bool = False

    def limit(self, candidates: Candidates | None) -> int:
        """The most tokens an answer may have: labels are never cut."""
        if candidates is None:
            return self.max_new_tokens
        return max(len(ids) for each in candidates.values() for ids in each)


def answer_trees(
    model: nn.Module,
    family: Family,
    work: tuple[Sequence[Sequence[Tree]], Mapping[str, Tensor]],
    settings: DecodeSettings,
    candidates: Candidates | None = None,
) -> dict[str, Said]:
    """What is answered to each example's id.

    Args:
        model: in evaluation mode, unwrapped.
        family: that shares trunks.
        work: rows of trees without answers, and their pictures.
        settings: how.
        candidates: None: any text.
    """
    growing = GrowingTrees(model, family, *work)
    limit = settings.limit(candidates)
    said: list[list[int]] = [[] for _ in growing.branches]
    chances = [0.0] * len(said)
    going = list(range(len(said)))
    seen = _Seen(growing.branches, settings.repetition_penalty)
    hidden_KD = growing.hidden_MD
    while True:
        scores_KV = seen.penalise(going, family.logits(model, hidden_KD).float())
        if said[going[0]]:  # all branches have as many tokens
            scores_KV[:, list(family.forbidden_later_ids)] = -torch.inf
        if candidates is not None:
            left = [_next_tokens(candidates[growing.branches[m].example_id], said[m]) for m in going]
            scores_KV = _allow(scores_KV, left)
        ids_K = scores_KV.argmax(dim=-1).tolist()
        for m, token, chance in zip(going, ids_K, _likeliest(scores_KV).tolist(), strict=True):
            said[m].append(token)
            chances[m] += chance
        goes_on = [token not in family.stop_ids and len(said[m]) < limit for m, token in zip(going, ids_K, strict=True)]
        ids_K = [token for token, on in zip(ids_K, goes_on, strict=True) if on]
        going = [m for m, on in zip(going, goes_on, strict=True) if on]
        if not going:
            answers = zip(growing.branches, said, chances, strict=True)
            return {branch.example_id: Said(ids, chance) for branch, ids, chance in answers}
        seen.add(going, ids_K)
        hidden_KD = growing.grow(going, ids_K)


class _Seen:
    """The tokens of each branch, for the repetition penalty (Keskar et al. 2019); nothing where there is none."""

    def __init__(self, branches: Sequence[Encoded], penalty: float) -> None:
        self.ids: list[list[int]] | None = None
        if penalty != 1.0:
            from transformers import RepetitionPenaltyLogitsProcessor

            self.processor = RepetitionPenaltyLogitsProcessor(penalty)
            self.ids = [sorted(set(branch.ids_T.tolist())) for branch in branches]

    def add(self, chosen: Sequence[int], tokens: Sequence[int]) -> None:
        if self.ids is not None:
            for m, token in zip(chosen, tokens, strict=True):
                self.ids[m].append(token)

    def penalise(self, chosen: Sequence[int], scores_KV: Tensor) -> Tensor:
        if self.ids is None:
            return scores_KV
        width = max(len(self.ids[m]) for m in chosen)
        # filled up with a token of its own: a token counts once, however often it was said
        filled = [[*self.ids[m], *self.ids[m][:1] * (width - len(self.ids[m]))] for m in chosen]
        return torch.as_tensor(self.processor(torch.tensor(filled, device=scores_KV.device), scores_KV))


def _likeliest(scores_KV: Tensor) -> Tensor:
    """The log-probability of each row's likeliest token (K,), in nats."""
    return scores_KV.amax(dim=-1) - scores_KV.logsumexp(dim=-1)


def _next_tokens(candidates: Sequence[Sequence[int]], said: Sequence[int]) -> list[int]:
    """What may follow, so that one of the candidates can still come out."""
    at = len(said)
    return sorted({ids[at] for ids in candidates if len(ids) > at and list(ids[:at]) == list(said)})


def _allow(scores_KV: Tensor, allowed: Sequence[Sequence[int]]) -> Tensor:
    kept = torch.full_like(scores_KV, -torch.inf)
    for row, tokens in enumerate(allowed):
        kept[row, list(tokens)] = scores_KV[row, list(tokens)]
    return kept


def answer_rows(
    model: nn.Module,
    family: Family,
    work: tuple[Sequence[Encoded], Mapping[str, Tensor]],
    settings: DecodeSettings,
    candidates: Candidates | None = None,
) -> dict[str, Said]:
    """The same as `answer_trees` for a family that shares nothing: one question a row, padded on the left.

    Args:
        model: in evaluation mode, unwrapped; transformers can generate with it.
        family: any.
        work: questions without answers, and their pictures' pixels.
        settings: how.
        candidates: None: any text.
    """
    items, pictures = work
    rows = lay_rows(items, family.pad_id, side="left")
    width = rows["ids_BT"].shape[1]
    parameter = next(model.parameters())
    inputs = {"input_ids": rows["ids_BT"], "attention_mask": rows["mask_BT"], **take_pixels(pictures)}
    inputs |= family.generation_inputs(rows["ids_BT"])
    if "positions_BT" in rows:  # places on several axes: `generate` goes on from them, and without them counts tokens
        inputs["position_ids"] = rows["positions_BT"]
    placed = {
        name: value.to(parameter.device, parameter.dtype if value.is_floating_point() else value.dtype)
        for name, value in inputs.items()
    }
    allowed = None
    if candidates is not None:

        def allowed(row: int, ids_T: Tensor) -> list[int]:
            left = _next_tokens(candidates[items[row].example_id], ids_T[width:].tolist())
            return left or [family.pad_id]  # a row that has ended is padded

    generation = _greedy(family, settings, settings.limit(candidates))
    generator: Any = model
    published = generator.generation_config
    listening = _Listening()
    generator.generation_config = generation  # the checkpoint's own sampling settings are set aside
    try:
        ids_BT = generator.generate(
            **placed, generation_config=generation, prefix_allowed_tokens_fn=allowed, logits_processor=[listening]
        )
    finally:
        generator.generation_config = published
    chances_BT = torch.stack(listening.chances, dim=1).tolist()
    return {
        item.example_id: _end_at_stop(ids, chances, family)
        for item, ids, chances in zip(items, ids_BT[:, width:].tolist(), chances_BT, strict=True)
    }


class _Listening:
    """The last of `generate`'s logits processors: changes nothing, and keeps how likely each chosen token was."""

    def __init__(self) -> None:
        self.chances: list[Tensor] = []

    def __call__(self, ids_BT: Tensor, scores_BV: Tensor) -> Tensor:
        self.chances.append(_likeliest(scores_BV.float()))
        return scores_BV


def _end_at_stop(ids: Sequence[int], chances: Sequence[float], family: Family) -> Said:
    """An answer without what `generate` filled its row up with after its end."""
    end = next((at + 1 for at, token in enumerate(ids) if token in family.stop_ids), len(ids))
    return Said(list(ids[:end]), sum(chances[:end]))


def _greedy(family: Family, settings: DecodeSettings, limit: int) -> Any:
    from transformers import GenerationConfig

    return GenerationConfig(
        do_sample=False,
        num_beams=1,
        max_new_tokens=limit,
        repetition_penalty=settings.repetition_penalty,
        eos_token_id=list(family.stop_ids),
        pad_token_id=family.pad_id,
    )
