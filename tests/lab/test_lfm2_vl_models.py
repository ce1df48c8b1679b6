"""Lab models of LFM2-VL load as hub models do, in every variant, and are odd only where they say so."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from transformers import AutoProcessor, Lfm2VlForConditionalGeneration

from lensmith.errors import UnknownNameError
from lensmith.lab.lfm2_vl import IMAGE, Lfm2Variant, build_lfm2_vl, train_chat_tokenizer
from tiny_models import open_tiny

VARIANTS = {"plain": Lfm2Variant(), "tiles": Lfm2Variant(splits=True), "legacy": Lfm2Variant(legacy=True)}
QUESTION = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Что это?"}]}]


@pytest.fixture(params=VARIANTS)
def folder(request: pytest.FixtureRequest, build_once: Callable[..., Path]) -> Path:
    variant = VARIANTS[request.param]
    return build_once(
        f"lab-lfm2-vl-{request.param}", lambda out: build_lfm2_vl(out, seed=0, size="test", variant=variant)
    )


def open_processor(folder: Path) -> Any:
    """As transformers opens it, once it knows how to do without torchvision."""
    import lensmith.families.lfm2_vl.pictures  # noqa: F401

    return AutoProcessor.from_pretrained(folder)


def test_image_tokens_are_as_many_as_image_features(folder: Path) -> None:
    model, info = Lfm2VlForConditionalGeneration.from_pretrained(folder, output_loading_info=True)
    assert not any(info.values()), info
    processor = open_processor(folder)
    text = processor.apply_chat_template(QUESTION, add_generation_prompt=True)
    batch = processor(text=[text], images=[Image.new("RGB", (50, 40), (200, 30, 30))], return_tensors="pt")
    with torch.no_grad():
        assert torch.isfinite(model(**batch).logits).all()
    pieces = len(batch["pixel_values"])
    assert pieces == (5 if "tiles" in folder.name else 1)
    assert model.generation_config.eos_token_id == processor.tokenizer.convert_tokens_to_ids("<|im_end|>")


def test_only_legacy_has_its_pictures_settings_apart(folder: Path) -> None:
    files = {path.name for path in folder.iterdir()}
    legacy = "legacy" in folder.name
    assert ("preprocessor_config.json" in files) == legacy
    assert {path.suffix for path in folder.iterdir()} <= {".json", ".jinja", ".safetensors"}
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert (config["text_config"]["conv_bias"], config["text_config"]["conv_L_cache"]) == (legacy, 4 if legacy else 3)
    model: Any = Lfm2VlForConditionalGeneration.from_pretrained(folder)
    biases = [value for name, value in model.named_parameters() if ".conv." in name and name.endswith("bias")]
    assert len(biases) == (9 if legacy else 0)
    assert all(float(value.detach().std()) > 0.5 for value in biases)


def test_same_seed_gives_the_same_bytes_and_another_other_weights(tmp_path: Path) -> None:
    def digests(name: str, seed: int) -> dict[str, str]:
        out = build_lfm2_vl(tmp_path / name, seed=seed, size="test")
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in out.iterdir()}

    first, again, other = digests("a", 3), digests("b", 3), digests("c", 4)
    assert first == again
    assert {name for name in first if first[name] != other[name]} == {"model.safetensors"}


def test_pictures_of_base_models_take_64_tokens(tmp_path: Path) -> None:
    family = open_tiny(build_lfm2_vl(tmp_path / "m", seed=0))
    ids = list(family.image_ids((192, 192)))
    assert ids.count(family.config.image_token_id) == 64
    assert family.pixels([Image.new("RGB", (192, 192))])["spatial_shapes"].tolist() == [[16, 16]]


def test_vocabulary_can_be_learned_from_other_sentences(tmp_path: Path) -> None:
    sentences = ["Съешь ещё этих мягких французских булок"] * 3
    tokenizer = train_chat_tokenizer(sentences=sentences, vocabulary_tokens=700)
    assert len(tokenizer("французских")["input_ids"]) < len(train_chat_tokenizer()("французских")["input_ids"])
    folder = build_lfm2_vl(tmp_path / "m", seed=0, size="test", tokenizer=tokenizer)
    assert open_tiny(folder).config.image_token_id == tokenizer.convert_tokens_to_ids(IMAGE)


def test_a_system_turn_is_always_there(folder: Path) -> None:
    processor = open_processor(folder)
    assert processor.apply_chat_template(QUESTION, add_generation_prompt=True) == (
        "<|startoftext|><|im_start|>system\nYou answer questions about pictures.<|im_end|>\n"
        "<|im_start|>user\n<image>Что это?<|im_end|>\n<|im_start|>assistant\n"
    )
    messages = [{"role": "system", "content": " Кратко. "}, *QUESTION]
    assert processor.apply_chat_template(messages) == (
        "<|startoftext|><|im_start|>system\nКратко.<|im_end|>\n<|im_start|>user\n<image>Что это?<|im_end|>\n"
    )


def test_unknown_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError) as caught:
        build_lfm2_vl(tmp_path / "m", seed=0, size="bass")
    assert "base" in caught.value.problems[0].fix
