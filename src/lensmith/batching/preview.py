"""What encoding made of the data, for a person to see: counts, and one example with the tokens that carry loss."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lensmith.batching.encode import EncodedSet
from lensmith.families.contract import Family
from lensmith.families.encoded import Encoded

Kind = Literal["prompt", "image", "answer"]


@dataclass(frozen=True, slots=True)
class Segment:
    """Neighbouring tokens of one kind: only `answer` carries loss. A picture's tokens are folded: `<image>×576`."""

    kind: Kind
    tokens: int
    text: str


@dataclass(frozen=True, slots=True)
class TokenOverview:
    """What a model reads.

    Attributes:
        counts: by part, then prompt, image, answer and all: mean, median, p95, max and sum.
        used: examples that are trained on, watched or asked, by part.
        left_out: examples that this model cannot use, by problem code, over all parts.
        stop_tokens: the texts that end an answer.
        template: the chat template.
        template_origin: where it was found: the recipe's file, or the checkpoint.
        notes: what the family mended in the checkpoint's processor.
        example_id: whose segments these are.
        segments: the training example of median length, piece by piece.
    """

    counts: Mapping[str, Mapping[str, Mapping[str, float]]]
    used: Mapping[str, int]
    left_out: Mapping[str, int]
    stop_tokens: tuple[str, ...]
    template: str
    template_origin: str
    notes: tuple[str, ...]
    example_id: str
    segments: tuple[Segment, ...]


def describe_tokens(family: Family, parts: Mapping[str, EncodedSet]) -> TokenOverview:
    """Counts the tokens of every part and shows one example of the part called `train`.

    Args:
        family: that encoded them.
        parts: `train` among them; it may be empty.
    """
    ordered = sorted(parts["train"].encoded, key=len)
    shown = ordered[len(ordered) // 2] if ordered else None
    return TokenOverview(
        counts={name: item.token_counts() for name, item in parts.items()},
        used={name: len(item.encoded) for name, item in parts.items()},
        left_out=dict(Counter(problem.code for item in parts.values() for problem in item.problems)),
        stop_tokens=tuple(str(text) for text in family.tokenizer.convert_ids_to_tokens(list(family.stop_ids))),
        template=family.template,
        template_origin=family.prompt.chat_template or "the checkpoint's own",
        notes=tuple(family.notes),
        example_id=shown.example_id if shown else "",
        segments=cut_segments(family, shown) if shown else (),
    )


def cut_segments(family: Family, item: Encoded) -> tuple[Segment, ...]:
    """The example as text, cut where prompt, picture and answer meet."""
    kinds: list[Kind] = ["answer" if weight else "prompt" for weight in item.weights_T]
    for span in item.spans:
        kinds[span.start : span.start + span.length] = ["image"] * span.length
    segments: list[Segment] = []
    start = 0
    for at in range(1, len(kinds) + 1):
        if at == len(kinds) or kinds[at] != kinds[start]:
            segments.append(
                Segment(kinds[start], at - start, _text(family, item.ids_T[start:at].tolist(), kinds[start]))
            )
            start = at
    return tuple(segments)


def _text(family: Family, ids: Sequence[int], kind: Kind) -> str:
    if kind == "image":
        return f"{family.image_token}×{len(ids)}"
    return str(family.tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False))
