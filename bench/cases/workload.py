"""The work that every case is measured on: model, processor, pictures and questions, from seeds, nothing downloaded.

A random LLaVA in one of two shapes, with pictures of 336 px, hence 576 image tokens. `small` has 22 million parameters:
a CLIP tower of 6 layers, 320 wide; a Gemma text model of 6 layers, 256 wide; a vocabulary of 32,000 words. `2b` has the
shape of LLaVA-Gemma-2B: CLIP-L/14 and Gemma 2B with 256,000 words, 2.8 billion parameters. A question is 14 tokens of
its own after the picture, an answer 4 with its end. Needs transformers, torch, Pillow and NumPy, and neither lensmith
nor any of its rivals, so that each rival makes the same work in an environment of its own.

    python bench/cases/workload.py FOLDER --questions 6
"""

import argparse
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

VOCABULARY, IMAGE_TOKENS, PICTURE_PX = 32_000, 576, 336
QUESTION_WORDS, ANSWER_WORDS = 12, 3
BATCH = 8  # questions in a step of those that run every question by itself
NEW_TOKENS = ANSWER_WORDS + 1  # of a generated answer, when it does not end by itself
PICTURES = 96
SPECIAL = ("<pad>", "<eos>", "<bos>", "<unk>", "<user>", "<model>")
IMAGE = "<image>"
# The picture stands between <bos> and <user>; then the question, <model>, the answer and <eos>.
TEMPLATE = (
    "{{ bos_token }}{%- for message in messages -%}"
    "{%- if message['role'] == 'user' -%}"
    "{%- for part in message['content'] -%}"
    "{%- if part['type'] == 'image' -%}{{ '<image>' }}{%- else -%}{{ '<user>' + part['text'] }}{%- endif -%}"
    "{%- endfor -%}"
    "{%- else -%}"
    "{{ '<model>' }}{%- if message['content'] is string -%}{{ message['content'] }}"
    "{%- else -%}{{ message['content'][0]['text'] }}{%- endif -%}{{ '<eos>' }}"
    "{%- endif -%}"
    "{%- endfor -%}{%- if add_generation_prompt -%}{{ '<model>' }}{%- endif -%}"
)
# Adapters of rank 16 on the language model's attention, for every case.
ADAPTED = r".*language_model.*\.[qkvo]_proj"
RANK, ALPHA = 16, 32
GROWN = {"q_proj": 6.0, "k_proj": 6.0, "o_proj": 20.0, "down_proj": 20.0}


@dataclass(frozen=True)
class Shape:
    """How large the model is: its vision tower's layers, heads and widths, and its text model's."""

    vocabulary: int
    tower_layers: int
    tower_heads: int
    tower_width: int
    tower_inner: int
    layers: int
    heads: int
    head_width: int
    width: int
    inner: int


SHAPES = {
    "small": Shape(VOCABULARY, 6, 5, 320, 1280, 6, 4, 64, 256, 1024),
    "2b": Shape(256_000, 24, 16, 1024, 4096, 18, 8, 256, 2048, 16_384),
}


@dataclass(frozen=True)
class Setup:
    """Which model is run, where, and in which number format: by the names that the cases take as flags."""

    shape: str = "small"
    device: str = "cpu"
    precision: str = "fp32"

    @property
    def sizes(self) -> Shape:
        """The model's."""
        return SHAPES[self.shape]

    @property
    def dtype(self) -> Any:
        """Torch's name of the number format."""
        import torch

        return {"fp32": torch.float32, "bf16": torch.bfloat16}[self.precision]

    @property
    def workers(self) -> int:
        """Processes that read pictures: on a CPU none, so that the one process whose memory is measured does all."""
        return 0 if self.device == "cpu" else max(1, min(8, (os.cpu_count() or 1) - 1))

    def autocast(self) -> Any:
        """Matrix products in the number format, as a Trainer makes them."""
        import torch

        return torch.autocast(self.device, torch.bfloat16, enabled=self.precision == "bf16")


SMALL = Setup()


def read_setup(arguments: argparse.Namespace) -> Setup:
    """What a case was told."""
    return Setup(arguments.shape, arguments.device, arguments.precision)


def plan_step(pictures: str, questions: int) -> tuple[int, int]:
    """Pictures in a forward pass of those that share them, and forward passes in a step.

    Args:
        pictures: `one` a pass, and so many passes that a step has about `BATCH` questions, or one picture with all of
            its own; the same in one pass, `step`; or `eight` in one pass, as many as others show with their questions.
        questions: on each picture.
    """
    step = max(1, round(BATCH / questions))
    return {"one": (1, step), "step": (step, 1), "eight": (BATCH, 1)}[pictures]


def row_tokens(questions: int) -> int:
    """Unique tokens of a picture and all its questions and answers."""
    return 1 + IMAGE_TOKENS + questions * (1 + QUESTION_WORDS + 1 + ANSWER_WORDS + 1)


def make_config(shape: Shape = SMALL.sizes) -> Any:
    """The model's config."""
    from transformers import CLIPVisionConfig, GemmaConfig, LlavaConfig

    return LlavaConfig(
        vision_config=CLIPVisionConfig(
            hidden_size=shape.tower_width,
            intermediate_size=shape.tower_inner,
            num_hidden_layers=shape.tower_layers,
            num_attention_heads=shape.tower_heads,
            image_size=PICTURE_PX,
            patch_size=14,
        ),
        text_config=GemmaConfig(
            vocab_size=shape.vocabulary,
            hidden_size=shape.width,
            intermediate_size=shape.inner,
            num_hidden_layers=shape.layers,
            num_attention_heads=shape.heads,
            num_key_value_heads=1,
            head_dim=shape.head_width,
            pad_token_id=0,
            eos_token_id=1,
            bos_token_id=2,
        ),
        image_token_index=shape.vocabulary - 1,
        pad_token_id=0,
        tie_word_embeddings=True,
    )


def make_processor(vocabulary: int = VOCABULARY) -> Any:
    """A word is a token; pictures are CLIP's."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlavaProcessor, PreTrainedTokenizerFast

    try:
        from transformers import CLIPImageProcessorPil as ImageProcessor
    except ImportError:  # transformers before 5 has one class for both
        from transformers import CLIPImageProcessor as ImageProcessor

    words = [*SPECIAL, *(f"w{number}" for number in range(len(SPECIAL), vocabulary - 1)), IMAGE]
    tokenizer = Tokenizer(models.WordLevel({word: at for at, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.add_special_tokens([*SPECIAL, IMAGE])
    names = dict(zip(("pad_token", "eos_token", "bos_token", "unk_token"), SPECIAL, strict=False))
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, padding_side="left", **names)
    fast.add_special_tokens({"additional_special_tokens": ["<user>", "<model>", IMAGE]})
    side = {"height": PICTURE_PX, "width": PICTURE_PX}
    return LlavaProcessor(
        image_processor=ImageProcessor(size={"shortest_edge": PICTURE_PX}, crop_size=side),
        tokenizer=fast,
        patch_size=14,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=TEMPLATE,
    )


def make_checkpoint(folder: Path, setup: Setup = SMALL) -> None:
    """Writes the model and its processor as `from_pretrained` reads them; made on the device, in the number format."""
    import torch
    from transformers import LlavaForConditionalGeneration

    torch.manual_seed(0)
    usual = torch.get_default_dtype()
    torch.set_default_dtype(setup.dtype)
    try:
        with torch.device(setup.device):
            model = LlavaForConditionalGeneration(make_config(setup.sizes))
    finally:
        torch.set_default_dtype(usual)
    # Fresh weights pass their input on; so grown, what comes out depends on all that was read. Sums over a wider layer
    # are larger by themselves: at every width attention is as sharp as in the small model.
    by_width = (SMALL.sizes.width / setup.sizes.width) ** 0.5
    with torch.no_grad():
        for name, weight in model.model.language_model.named_parameters():
            weight.mul_(next((times * by_width for layer, times in GROWN.items() if layer in name), 1.0))
    model.save_pretrained(folder)
    make_processor(setup.sizes.vocabulary).save_pretrained(folder)


def load_model(folder: Path, setup: Setup) -> Any:
    """The model that `make` wrote, on the device, in the number format."""
    from transformers import LlavaForConditionalGeneration

    model = LlavaForConditionalGeneration.from_pretrained(folder / "model", dtype=setup.dtype)
    return model.to(setup.device)


def make_pictures(folder: Path) -> list[str]:
    """Smooth coloured noise, as JPEG files; returns their names."""
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    names = [f"{number:03}.jpg" for number in range(PICTURES)]
    for number, name in enumerate(names):
        coarse = np.random.default_rng([1, number]).integers(0, 256, (12, 12, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((PICTURE_PX, PICTURE_PX), Image.Resampling.BICUBIC).save(folder / name)
    return names


def make_rows(names: list[str], questions: int, vocabulary: int = VOCABULARY) -> list[dict[str, str]]:
    """So many questions on each picture, each of its own words."""
    chance = np.random.default_rng([2, questions])
    rows = []
    for name in names:
        for _ in range(questions):
            drawn = chance.integers(len(SPECIAL), vocabulary - 1, QUESTION_WORDS + ANSWER_WORDS)
            words = [f"w{number}" for number in drawn]
            question, answer = " ".join(words[:QUESTION_WORDS]), " ".join(words[QUESTION_WORDS:])
            rows.append({"image": f"pictures/{name}", "question": question, "answer": answer})
    return rows


def make(folder: Path, questions: int, setup: Setup = SMALL) -> Path:
    """Makes `model/`, `pictures/` and `questions-N.jsonl` under `folder` where they are not there yet.

    Raises:
        SystemExit: `model/` is there and has another shape.
    """
    pictures, config = folder / "pictures", folder / "model" / "config.json"
    if not config.exists():
        make_checkpoint(folder / "model", setup)
    elif json.loads(config.read_text(encoding="utf-8"))["text_config"]["hidden_size"] != setup.sizes.width:
        raise SystemExit(f"{folder / 'model'} has another shape than {setup.shape}: name another folder")
    names = sorted(path.name for path in pictures.glob("*.jpg")) if pictures.is_dir() else make_pictures(pictures)
    path = folder / f"questions-{questions}.jsonl"
    if not path.exists():
        rows = make_rows(names, questions, setup.sizes.vocabulary)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def read_rows(folder: Path, questions: int) -> list[dict[str, str]]:
    """The rows that `make` wrote."""
    lines = (folder / f"questions-{questions}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--questions", type=int, nargs="+", default=[6])
    parser.add_argument("--shape", choices=list(SHAPES), default="small")
    arguments = parser.parse_args()
    for each in arguments.questions:
        make(arguments.folder, each, Setup(arguments.shape))
