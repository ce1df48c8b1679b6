"""Labels as the only answers: the tokens each may be written with, and how likely a model finds each one.

Axes: N supervised tokens, V the vocabulary.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from lensmith.batching.encode import image_sizes
from lensmith.batching.rows import lay_rows, lay_trees, place_branches, read_inputs
from lensmith.batching.trees import grow_trees, pack_trees
from lensmith.families.contract import Family
from lensmith.families.encoded import Encoded
from lensmith.types import Example, Turn

# Logits are made for so many tokens at a time.
CHUNK_TOKENS = 256

Show = Callable[[Sequence[Encoded]], dict[str, Tensor]]
"""The pictures of these examples, in order: pixels, or kept features."""


def encode_labels(family: Family, example: Example, labels: Sequence[str]) -> dict[str, Encoded]:
    """The example answered with each label, as training would see it.

    Raises:
        DataError: the tokenizer cannot spell a label.
    """
    sizes = image_sizes(family, example)
    *earlier, last = example.turns
    return {
        label: family.encode(replace(example, turns=(*earlier, Turn(last.question, (label,)))), sizes)
        for label in labels
    }


def label_tokens(family: Family, example: Example, asked: Encoded, labels: Sequence[str]) -> list[list[int]]:
    """What each label is written with after the question, its end included.

    Args:
        family: the seam.
        example: whose question.
        asked: it, without an answer.
        labels: to write.
    """
    return [item.ids_T[len(asked) :].tolist() for item in encode_labels(family, example, labels).values()]


def score_labels(
    model: nn.Module, family: Family, examples: Sequence[Example], labels: Sequence[str], show: Show
) -> list[dict[str, float]]:
    """The log-probability of each label as the whole answer to each question, in nats, in float32.

    The end of the answer counts, so that the probabilities of labels of different lengths can be compared.

    Args:
        model: in evaluation mode, unwrapped.
        family: the seam; where it shares trunks, a picture is read once for all questions and labels.
        examples: to ask.
        labels: to score.
        show: reads the pictures.
    """
    wanted: list[tuple[int, str, Encoded, int]] = []
    for at, example in enumerate(examples):
        start = len(family.encode(example, image_sizes(family, example), answered=False))
        for label, item in encode_labels(family, example, labels).items():
            wanted.append((at, label, item, len(item) - start))
    items, batch = lay_answered(family, [item for _, _, item, _ in wanted], show)
    device = next(model.parameters()).device
    batch = {name: value.to(device) for name, value in batch.items()}
    hidden_BTD = family.hidden(model, read_inputs(model, family, batch))
    hidden_ND, target_N = hidden_BTD.flatten(0, 1)[batch["from_N"]], batch["target_N"]
    chunks = zip(torch.split(hidden_ND, CHUNK_TOKENS), torch.split(target_N, CHUNK_TOKENS), strict=True)
    found_N = torch.cat(
        [
            torch.log_softmax(family.logits(model, hidden).float(), dim=-1).gather(1, target[:, None])[:, 0]
            for hidden, target in chunks
        ]
    )
    of_item = dict(zip(map(id, items), torch.split(found_N, [item.n_answer_tokens for item in items]), strict=True))
    scored: list[dict[str, float]] = [{} for _ in examples]
    for at, label, item, own in wanted:
        scored[at][label] = float(of_item[id(item)][-own:].sum())  # earlier turns' answers stand before
    return scored


def lay_answered(
    family: Family, items: Sequence[Encoded], show: Show
) -> tuple[Sequence[Encoded], Mapping[str, Tensor]]:
    """Examples with their answers in the order in which their supervised tokens lie on axis N, and the batch."""
    if not family.shares_trunk:
        return items, {**lay_rows(items, family.pad_id), **show(items)}
    rows = pack_trees(grow_trees(items, share=True))
    shown = [tree.branches[0] for row in rows for tree in row]
    return [branch.item for branch in place_branches(rows)], {**lay_trees(rows, family.pad_id), **show(shown)}
