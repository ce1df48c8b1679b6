"""Greedy answers to questions, in batches, with the prompt that training saw."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from lensmith.batching.encode import image_sizes
from lensmith.batching.rows import lay_rows, read_pixels
from lensmith.families.contract import Family
from lensmith.types import Example, Prediction


@dataclass(frozen=True, slots=True)
class DecodeSettings:
    """How answers are made: greedily, always.

    Attributes:
        batch_size: questions decoded together; does not change the answers.
        max_new_tokens: an answer that reaches it is cut and marked unfinished.
        repetition_penalty: 1.0 is none (Keskar et al. 2019).
    """

    batch_size: int
    max_new_tokens: int
    repetition_penalty: float = 1.0


def answer_questions(
    model: nn.Module, family: Family, examples: Sequence[Example], settings: DecodeSettings
) -> Iterator[list[Prediction]]:
    """Yields the predictions of one batch after the other, in the examples' order.

    Args:
        model: in evaluation mode, unwrapped (adapters in place).
        family: the seam that training used.
        examples: what to ask.
        settings: how.

    Raises:
        DataError: an example cannot be encoded; nothing of its batch is answered.
    """
    generation = _greedy(family, settings)
    device = next(model.parameters()).device
    for start in range(0, len(examples), settings.batch_size):
        batch = examples[start : start + settings.batch_size]
        encoded = [family.encode(example, image_sizes(family, example), answered=False) for example in batch]
        rows = lay_rows(encoded, family.pad_id, side="left")
        inputs = {"input_ids": rows["ids_BT"], "attention_mask": rows["mask_BT"]}
        pixels = {name.removeprefix("pixels_"): value for name, value in read_pixels(family, encoded).items()}
        new_BT = _generate(model, inputs | pixels, generation, device)
        yield [_predict(example, family, ids_T) for example, ids_T in zip(batch, new_BT.tolist(), strict=True)]


def _generate(model: nn.Module, inputs: dict[str, Tensor], generation: Any, device: torch.device) -> Tensor:
    """New tokens only, `new_BT`. The checkpoint's own sampling settings are set aside while it runs."""
    dtype = next(model.parameters()).dtype
    placed = {
        name: value.to(device, dtype) if value.is_floating_point() else value.to(device)
        for name, value in inputs.items()
    }
    generator: Any = model
    published = generator.generation_config
    generator.generation_config = generation
    try:
        with torch.inference_mode():
            ids_BT = generator.generate(**placed, generation_config=generation)
    finally:
        generator.generation_config = published
    return torch.as_tensor(ids_BT[:, inputs["input_ids"].shape[1] :])


def _greedy(family: Family, settings: DecodeSettings) -> Any:
    from transformers import GenerationConfig

    return GenerationConfig(
        do_sample=False,
        num_beams=1,
        max_new_tokens=settings.max_new_tokens,
        repetition_penalty=settings.repetition_penalty,
        eos_token_id=list(family.stop_ids),
        pad_token_id=family.pad_id,
    )


def _predict(example: Example, family: Family, ids_T: list[int]) -> Prediction:
    return Prediction(
        id=example.id,
        group=example.group,
        question=example.question,
        answers=example.answers,
        prediction=family.decode(ids_T),
        finished=any(token in family.stop_ids for token in ids_T),
        metadata=example.metadata,
    )
