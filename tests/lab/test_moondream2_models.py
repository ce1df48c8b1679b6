"""Moondream2 models of the lab: the same bytes from the same seed, laid out as releases are."""

import json
from pathlib import Path

import pytest
from safetensors.torch import load_file

from lensmith.errors import UnknownNameError
from lensmith.lab.moondream2 import EARLY, QUERY, RELEASES, SIZES, build_moondream2, plain_tokenizer, reserved_tokenizer


@pytest.mark.parametrize("release", RELEASES)
def test_same_seed_same_bytes(tmp_path: Path, release: str) -> None:
    first, second, other = (
        build_moondream2(tmp_path / name, seed=seed, release=release) for name, seed in (("a", 5), ("b", 5), ("c", 6))
    )
    assert sorted(path.name for path in first.iterdir()) == [
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    ]
    for path in first.iterdir():
        assert path.read_bytes() == (second / path.name).read_bytes(), path.name
    assert (first / "model.safetensors").read_bytes() != (other / "model.safetensors").read_bytes()
    config = json.loads((first / "config.json").read_text(encoding="utf-8"))
    assert config["architectures"] == ["Moondream" if release == EARLY else "HfMoondream"]


def test_weights_are_random_and_finite(tmp_path: Path) -> None:
    for release in (EARLY, RELEASES[-1]):
        for name, value in load_file(
            build_moondream2(tmp_path / release, seed=5, release=release) / "model.safetensors"
        ).items():
            assert value.isfinite().all(), name
            vector = name.endswith("bias") or "norm" in name or "ln" in name
            assert vector or value.std() > 1e-3, name


@pytest.mark.parametrize("size", SIZES)
def test_every_size_can_be_built(tmp_path: Path, size: str) -> None:
    config = json.loads((build_moondream2(tmp_path, seed=1, size=size) / "config.json").read_text(encoding="utf-8"))
    side, rest = divmod(config["vision_config"]["crop_px"], config["vision_config"]["patch_size"])
    assert rest == 0
    assert side**2 in (16, 36, 64)


@pytest.mark.parametrize("tokenizer", [plain_tokenizer, reserved_tokenizer])
def test_any_text_survives(tokenizer) -> None:
    made = tokenizer()
    for text in ("What is it?", "Ёлка и 🐈‍⬛", "query quick que", "\n\t ˆ"):
        assert made.decode(made(text, add_special_tokens=False)["input_ids"]) == text
    assert (made.bos_token_id, made.eos_token_id) == (made.convert_tokens_to_ids("<|endoftext|>"),) * 2


def test_the_later_tokenizer_has_the_prompts_ids() -> None:
    made = reserved_tokenizer()
    assert made("<|endoftext|><|md_reserved_0|>query<|md_reserved_1|>")["input_ids"] == [0, 1, QUERY, 2]


@pytest.mark.parametrize("wrong", [{"size": "huge"}, {"release": "2024-01-01"}])
def test_unknown_names_are_named(tmp_path: Path, wrong: dict[str, str]) -> None:
    with pytest.raises(UnknownNameError) as caught:
        build_moondream2(tmp_path, seed=1, **wrong)
    assert next(iter(wrong.values())) in str(caught.value)
