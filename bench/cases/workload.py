"""The work that every case is measured on: model, processor, pictures and questions, from seeds, nothing downloaded.

A random LLaVA of 22 million parameters: a CLIP tower of 6 layers, 320 wide, 336 px, hence 576 image tokens; a Gemma
text model of 6 layers, 256 wide; a vocabulary of 32,000 words. A question is 14 tokens of its own after the picture, an
answer 4 with its end. Needs transformers, torch, Pillow and NumPy, and neither lensmith nor any of its rivals, so that
each rival makes the same work in an environment of its own.

    python bench/cases/workload.py FOLDER --questions 6
"""

import argparse
import json
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


def make_config() -> Any:
    """The model of the table."""
    from transformers import CLIPVisionConfig, GemmaConfig, LlavaConfig

    return LlavaConfig(
        vision_config=CLIPVisionConfig(
            hidden_size=320,
            intermediate_size=1280,
            num_hidden_layers=6,
            num_attention_heads=5,
            image_size=PICTURE_PX,
            patch_size=14,
        ),
        text_config=GemmaConfig(
            vocab_size=VOCABULARY,
            hidden_size=256,
            intermediate_size=1024,
            num_hidden_layers=6,
            num_attention_heads=4,
            num_key_value_heads=1,
            head_dim=64,
            pad_token_id=0,
            eos_token_id=1,
            bos_token_id=2,
        ),
        image_token_index=VOCABULARY - 1,
        pad_token_id=0,
        tie_word_embeddings=True,
    )


def make_processor() -> Any:
    """A word is a token; pictures are CLIP's."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlavaProcessor, PreTrainedTokenizerFast

    try:
        from transformers import CLIPImageProcessorPil as ImageProcessor
    except ImportError:  # transformers before 5 has one class for both
        from transformers import CLIPImageProcessor as ImageProcessor

    words = [*SPECIAL, *(f"w{number}" for number in range(len(SPECIAL), VOCABULARY - 1)), IMAGE]
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


def make_checkpoint(folder: Path) -> None:
    """Writes the model and its processor as `from_pretrained` reads them."""
    import torch
    from transformers import LlavaForConditionalGeneration

    torch.manual_seed(0)
    model = LlavaForConditionalGeneration(make_config())
    with torch.no_grad():  # fresh weights pass their input on; so grown, what comes out depends on all that was read
        for name, weight in model.model.language_model.named_parameters():
            weight.mul_(next((times for layer, times in GROWN.items() if layer in name), 1.0))
    model.save_pretrained(folder)
    make_processor().save_pretrained(folder)


def make_pictures(folder: Path) -> list[str]:
    """Smooth coloured noise, as JPEG files; returns their names."""
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    names = [f"{number:03}.jpg" for number in range(PICTURES)]
    for number, name in enumerate(names):
        coarse = np.random.default_rng([1, number]).integers(0, 256, (12, 12, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((PICTURE_PX, PICTURE_PX), Image.Resampling.BICUBIC).save(folder / name)
    return names


def make_rows(names: list[str], questions: int) -> list[dict[str, str]]:
    """So many questions on each picture, each of its own words."""
    chance = np.random.default_rng([2, questions])
    rows = []
    for name in names:
        for _ in range(questions):
            drawn = chance.integers(len(SPECIAL), VOCABULARY - 1, QUESTION_WORDS + ANSWER_WORDS)
            words = [f"w{number}" for number in drawn]
            question, answer = " ".join(words[:QUESTION_WORDS]), " ".join(words[QUESTION_WORDS:])
            rows.append({"image": f"pictures/{name}", "question": question, "answer": answer})
    return rows


def make(folder: Path, questions: int) -> Path:
    """Makes `model/`, `pictures/` and `questions-N.jsonl` under `folder` where they are not there yet."""
    pictures = folder / "pictures"
    if not (folder / "model" / "config.json").exists():
        make_checkpoint(folder / "model")
    names = sorted(path.name for path in pictures.glob("*.jpg")) if pictures.is_dir() else make_pictures(pictures)
    path = folder / f"questions-{questions}.jsonl"
    if not path.exists():
        path.write_text("".join(json.dumps(row) + "\n" for row in make_rows(names, questions)), encoding="utf-8")
    return path


def read_rows(folder: Path, questions: int) -> list[dict[str, str]]:
    """The rows that `make` wrote."""
    lines = (folder / f"questions-{questions}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--questions", type=int, nargs="+", default=[6])
    arguments = parser.parse_args()
    for each in arguments.questions:
        make(arguments.folder, each)
