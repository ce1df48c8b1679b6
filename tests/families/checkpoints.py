"""Tiny checkpoints of every family, and how people without lensmith put a conversation to each.

To bring a family under the contract, give it checkpoints here; a test fails until it has some.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

import pytest
import torch
from odd_checkpoints import build_doubled_bos, build_sentencepiece
from PIL import Image

from lensmith.batching.encode import image_sizes
from lensmith.config.sections import ModelSection, PromptSection
from lensmith.data.images import decode
from lensmith.families.contract import Family
from lensmith.families.encoded import Encoded
from lensmith.families.opening import open_family
from lensmith.lab.lfm2_vl import Lfm2Variant, build_lfm2_vl
from lensmith.lab.models import Text, Tower, Variant, build_llava
from lensmith.lab.moondream2 import LATE, build_moondream2
from lensmith.lab.other_models import (
    build_aya_vision,
    build_gemma3,
    build_internvl,
    build_llava_next,
    build_paligemma,
    build_smolvlm,
)
from lensmith.lab.qwen_vl import QwenVariant, build_qwen_vl
from lensmith.training.deliver import save_processing
from lensmith.types import Example
from tiny_models import open_tiny


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint of a family.

    Attributes:
        family: its name in FAMILIES.
        name: for test ids.
        build: fills a folder.
        ask: folder, example and system message to the inputs that the published processor makes of the chat template's
            prompt for the last question.
        one_question: True for an architecture that knows one question about one picture or more, and refuses the rest.
    """

    family: str
    name: str
    build: Callable[[Path], object]
    ask: Callable[[Path, Example, str | None], dict[str, Any]]
    one_question: bool = False

    def takes(self, example: Example) -> bool:
        """False for an example that the family refuses, and says so."""
        return not self.one_question or (len(example.turns) == 1 and len(example.images) > 0)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Opened:
    """A checkpoint's folder, and its family opened on it with the default prompt."""

    checkpoint: Checkpoint
    folder: Path
    family: Family


def open_checkpoint(checkpoint: Checkpoint, build_once: Callable[[str, Callable[[Path], object]], Path]) -> Opened:
    """Builds the checkpoint, unless an earlier test did, and opens its family."""
    folder = build_once(checkpoint.name, checkpoint.build)
    return Opened(checkpoint, folder, open_tiny(folder))


def encode(family: Family, example: Example, *, answered: bool = True) -> Encoded:
    """What the family makes of an example, the sizes of its pictures read where they matter."""
    return family.encode(example, image_sizes(family, example), answered=answered)


def skip_refused(checkpoint: Checkpoint, example: Example) -> None:
    """Leaves a test alone whose example the architecture does not know; that it is refused is a test of its own."""
    if not checkpoint.takes(example):
        pytest.skip("one question about a picture is all that it knows")


@lru_cache(maxsize=2)
def read_processor(folder: Path) -> Any:
    """The published processor, opened once for the many questions of one checkpoint."""
    from transformers import AutoProcessor

    return AutoProcessor.from_pretrained(folder)


def ask_in_blocks(folder: Path, example: Example, system: str | None) -> dict[str, Any]:
    """As the documentation of transformers does it: blocks of pictures and text through `apply_chat_template`."""
    messages: list[dict[str, Any]] = []
    if system is not None:
        messages.append({"role": "system", "content": [{"type": "text", "text": system}]})
    for at, turn in enumerate(example.turns):
        shown = [{"type": "image", "image": picture} for picture in _pictures(example)] if at == 0 else []
        messages.append({"role": "user", "content": [*shown, {"type": "text", "text": turn.question}]})
        if at + 1 < len(example.turns):
            messages.append({"role": "assistant", "content": [{"type": "text", "text": turn.answers[0]}]})
    processor = read_processor(folder)
    made = processor.apply_chat_template(
        messages, tokenize=True, add_generation_prompt=True, return_dict=True, return_tensors="pt"
    )
    return dict(made)


def ask_as_text(folder: Path, example: Example, system: str | None) -> dict[str, Any]:
    """As the cards of older LLaVA checkpoints do it, with the processor's three missing settings put right by hand."""
    from transformers import AutoConfig

    config, processor = AutoConfig.from_pretrained(folder), read_processor(folder)
    processor.patch_size = config.vision_config.patch_size
    processor.vision_feature_select_strategy = config.vision_feature_select_strategy
    processor.num_additional_image_tokens = 1 if config.vision_config.model_type == "clip_vision_model" else 0
    messages = []
    for at, turn in enumerate(example.turns):
        opening = "<image>\n" * len(example.images) + (f"{system}\n" if system else "") if at == 0 else ""
        messages.append({"role": "user", "content": opening + turn.question})
        if at + 1 < len(example.turns):
            messages.append({"role": "assistant", "content": turn.answers[0]})
    text = processor.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    return dict(processor(text=[text], images=_pictures(example) or None, return_tensors="pt"))


def ask_by_template(folder: Path, example: Example, system: str | None) -> dict[str, Any]:
    """The same in two steps: text by the template, then the processor. SmolVLM's one step asks for its video half."""
    messages: list[dict[str, Any]] = []
    if system is not None:
        messages.append({"role": "system", "content": [{"type": "text", "text": system}]})
    for at, turn in enumerate(example.turns):
        shown = [{"type": "image"}] * len(example.images) if at == 0 else []
        messages.append({"role": "user", "content": [*shown, {"type": "text", "text": turn.question}]})
        if at + 1 < len(example.turns):
            messages.append({"role": "assistant", "content": [{"type": "text", "text": turn.answers[0]}]})
    processor = read_processor(folder)
    text = processor.tokenizer.apply_chat_template(
        messages, chat_template=processor.chat_template, tokenize=False, add_generation_prompt=True
    )
    pictures = [_pictures(example)] if example.images else None
    return dict(processor(text=[text], images=pictures, return_tensors="pt"))


def ask_paligemma(folder: Path, example: Example, system: str | None) -> dict[str, Any]:
    """As its documentation does it: the question is the whole text."""
    question = f"{system}\n{example.question}" if system else example.question
    text = "<image>" * len(example.images) + question
    processor = read_processor(folder)
    made = processor(text=[text], images=[_pictures(example)], return_tensors="pt")
    return {name: value for name, value in made.items() if name != "labels"}


def _pictures(example: Example) -> Sequence[Image.Image]:
    return [decode(image) for image in example.images]


def _llava(text: Text, tower: Tower, legacy: bool) -> Checkpoint:
    def build(folder: Path) -> object:
        return build_llava(folder, seed=7, size="test", variant=Variant(text, tower, legacy))

    name = f"llava-{text}-{tower}" + ("-legacy" if legacy else "")
    return Checkpoint("llava", name, build, ask_as_text if legacy else ask_in_blocks)


def _lfm2_vl(name: str, variant: Lfm2Variant) -> Checkpoint:
    def build(folder: Path) -> object:
        return build_lfm2_vl(folder, seed=7, size="test", variant=variant)

    return Checkpoint("lfm2_vl", f"lfm2-vl{name}", build, ask_in_blocks)


def _qwen_vl(kind: str, *, legacy: bool = False) -> Checkpoint:
    def build(folder: Path) -> object:
        return build_qwen_vl(folder, seed=7, size="test", variant=QwenVariant(kind, legacy))

    return Checkpoint("qwen_vl", kind.replace("_", "-") + ("-legacy" if legacy else ""), build, ask_in_blocks)


def ask_moondream(before: str, after: str, lead: str) -> Callable[[Path, Example, str | None], dict[str, Any]]:
    """As the authors' own code does it: ids put together by hand, a picture's tokens right after the first.

    Args:
        before: a question.
        after: it.
        lead: before an answer.
    """

    def ask(folder: Path, example: Example, system: str | None) -> dict[str, Any]:
        from transformers import AutoConfig

        config, processor = AutoConfig.from_pretrained(folder), read_processor(folder)
        text = ""
        for at, turn in enumerate(example.turns):
            question = f"{system}\n{turn.question}" if system and at == 0 else turn.question
            text += f"{before}{question}{after}"
            if at + 1 < len(example.turns):
                text += f"{lead}{turn.answers[0].strip()}{processor.tokenizer.eos_token}"
        image = [config.image_token_id] * config.image_tokens * len(example.images)
        ids = [processor.tokenizer.bos_token_id, *image, *processor.tokenizer(text)["input_ids"]]
        return {"input_ids": torch.tensor([ids]), **processor(images=_pictures(example))}

    return ask


def build_spring(folder: Path) -> object:
    """A release that only its revision tells, saved again with its processor, as a tuned model is delivered."""
    build_moondream2(folder, seed=7, release="2025-04-14")
    save_processing(open_family(ModelSection(name=str(folder), revision="2025-04-14"), PromptSection()), folder)
    return folder


def _other(family: str, name: str, build: Callable[..., object], ask: Any = ask_in_blocks, **how: Any) -> Checkpoint:
    def fill(folder: Path) -> object:
        return build(folder, seed=7, **how)

    return Checkpoint(family, name, fill, ask, one_question=family == "paligemma")


def _moondream2(name: str, build: Callable[[Path], object], *around: str) -> Checkpoint:
    return Checkpoint("moondream2", f"moondream2-{name}", build, ask_moondream(*around))


CHECKPOINTS: tuple[Checkpoint, ...] = (
    *(_llava(text, tower, legacy) for text in get_args(Text) for tower in get_args(Tower) for legacy in (False, True)),
    Checkpoint("llava", "llava-sentencepiece", build_sentencepiece, ask_in_blocks),
    Checkpoint("llava", "llava-doubled-bos", build_doubled_bos, ask_in_blocks),
    _lfm2_vl("", Lfm2Variant()),
    _lfm2_vl("-tiles", Lfm2Variant(splits=True)),
    _lfm2_vl("-legacy", Lfm2Variant(legacy=True)),
    _moondream2("2024", lambda folder: build_moondream2(folder, seed=7), "\n\nQuestion: ", "\n\nAnswer:", " "),
    _moondream2("2025-spring", build_spring, "\n\nQuestion: ", "\n\nAnswer:", ""),
    _moondream2(
        "2025",
        lambda folder: build_moondream2(folder, seed=7, release=LATE),
        "<|md_reserved_0|>query<|md_reserved_1|>",
        "<|md_reserved_2|><|md_reserved_2|>",
        "",
    ),
    _qwen_vl("qwen2_vl"),
    _qwen_vl("qwen2_5_vl"),
    _qwen_vl("qwen2_5_vl", legacy=True),
    _qwen_vl("qwen3_vl"),
    _other("smolvlm", "smolvlm", build_smolvlm, ask_by_template),
    _other("smolvlm", "idefics3", build_smolvlm, kind="idefics3"),
    _other("gemma3", "gemma3", build_gemma3),
    _other("paligemma", "paligemma", build_paligemma, ask_paligemma),
    _other("paligemma", "paligemma2", build_paligemma, ask_paligemma, kind="gemma2"),
    _other("internvl", "internvl", build_internvl),
    _other("llava_next", "llava-next", build_llava_next),
    _other("generic", "generic-aya-vision", build_aya_vision),
    _other("generic", "generic-windows", build_aya_vision, window=9),
)

# LLaVA has a checkpoint for each pair of text model and tower, and other families some that share their code. What is
# costly is asked of one or two of each, and of all when slow tests run.
QUICK_LLAVAS = ("llava-gemma-clip", "llava-qwen2-siglip-legacy", "llava-sentencepiece")
SPARE = ("idefics3", "generic-windows", "qwen2-5-vl-legacy", "lfm2-vl-legacy", "moondream2-2025-spring")


def _is_spare(checkpoint: Checkpoint) -> bool:
    return checkpoint.name in SPARE or (checkpoint.family == "llava" and checkpoint.name not in QUICK_LLAVAS)


COSTLY = [pytest.param(each, id=each.name, marks=[pytest.mark.slow] if _is_spare(each) else []) for each in CHECKPOINTS]
