"""Lab Qwen-VL models load as hub models do, in every kind and layout, and are the same for the same arguments."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from transformers import AutoModelForImageTextToText

from lensmith.errors import UnknownNameError
from lensmith.lab.qwen_vl import SIZES, QwenVariant, build_qwen_vl, train_qwen_tokenizer

VARIANTS = [
    *(QwenVariant(kind) for kind in ("qwen2_vl", "qwen2_5_vl", "qwen3_vl")),
    *(QwenVariant(kind, legacy=True) for kind in ("qwen2_vl", "qwen2_5_vl")),
]


def name(variant: QwenVariant) -> str:
    return variant.kind + ("-legacy" if variant.legacy else "")


@pytest.mark.parametrize("variant", VARIANTS, ids=name)
def test_every_weight_comes_from_the_file(variant: QwenVariant, build_once: Callable[..., Path]) -> None:
    folder = build_once(f"lab-{name(variant)}", lambda out: build_qwen_vl(out, seed=0, size="test", variant=variant))
    model, info = AutoModelForImageTextToText.from_pretrained(folder, output_loading_info=True)
    assert not any(info.values()), info
    assert type(model).__module__.endswith(f".modeling_{variant.kind}")
    assert all(parameter.abs().sum() > 0 for parameter in model.parameters())
    with safe_open(folder / "model.safetensors", "pt") as file:
        named = set(file.keys())
    if variant.kind != "qwen3_vl":  # as released, without the levels that transformers put around them since
        assert {each.split(".")[0] for each in named} <= {"model", "visual", "lm_head"}
        assert "model.embed_tokens.weight" in named
    assert ("lm_head.weight" in named) == variant.legacy


def test_old_layout_keeps_settings_apart(tmp_path: Path) -> None:
    build_qwen_vl(tmp_path, seed=0, size="test", variant=QwenVariant(legacy=True))
    config, images = (json.loads((tmp_path / file).read_text()) for file in ("config.json", "preprocessor_config.json"))
    assert "text_config" not in config
    assert config["rope_scaling"]["type"] == "mrope"
    assert images["max_pixels"] == SIZES["test"].max_image_tokens * SIZES["test"].token_px ** 2
    assert (tmp_path / "chat_template.json").exists()
    assert not (tmp_path / "processor_config.json").exists()


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    tokenizer = train_qwen_tokenizer()
    state = torch.random.get_rng_state()
    for folder, seed in (("a", 1), ("b", 1), ("c", 2)):
        build_qwen_vl(tmp_path / folder, seed=seed, size="test", tokenizer=tokenizer)
    assert torch.equal(torch.random.get_rng_state(), state)
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    same = [file for file in files if (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()]
    assert same == files
    weights = [(tmp_path / folder / "model.safetensors").read_bytes() for folder in "ac"]
    assert weights[0] != weights[1]


def test_no_token_begins_a_text() -> None:
    tokenizer = train_qwen_tokenizer(sentences=["зелёный кот"], vocabulary_tokens=280)
    assert tokenizer.bos_token is None
    text = "зелёный кот 🐈"
    assert tokenizer.decode(tokenizer(text)["input_ids"]) == text


@pytest.mark.parametrize(("size", "kind", "nearest"), [("tset", "qwen2_vl", "test"), ("test", "qwen2_5", "qwen2_5_vl")])
def test_what_does_not_exist_is_named(tmp_path: Path, size: str, kind: str, nearest: str) -> None:
    with pytest.raises(UnknownNameError, match=nearest):
        build_qwen_vl(tmp_path, seed=1, size=size, variant=QwenVariant(kind))
