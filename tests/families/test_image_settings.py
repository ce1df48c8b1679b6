"""Settings of the image processor that a recipe changes: tokens and pixels follow, and a delivered model keeps them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from qwen_pictures import Stripes
from transformers import AutoProcessor

from lensmith.batching.rows import lay_rows, read_inputs, read_pixels
from lensmith.config.sections import ModelSection, PromptSection, TuneSection
from lensmith.errors import RecipeError
from lensmith.families.opening import open_family
from lensmith.families.tuned import find_tuned
from lensmith.lab.lfm2_vl import build_lfm2_vl
from lensmith.lab.models import build_llava
from lensmith.lab.moondream2 import build_moondream2
from lensmith.lab.other_models import build_internvl, build_smolvlm
from lensmith.lab.qwen_vl import QwenVariant, build_qwen_vl
from lensmith.training.adapters import apply_tuning
from lensmith.training.deliver import deliver
from lensmith.types import Example, Turn
from tiny_models import load_tiny

PICTURE = Stripes(140, 100)
ASK = Example("x", (PICTURE,), (Turn("Что?", ("кот 🐈",)),), "g")
SIZE_PX = (100, 140)


def small_qwen(folder: Path, seed: int, *, legacy: bool = False) -> Path:
    return build_qwen_vl(folder, seed=seed, size="test", variant=QwenVariant("qwen2_5_vl", legacy))


def small_lfm2(folder: Path, seed: int) -> Path:
    return build_lfm2_vl(folder, seed=seed, size="test")


def opened(folder: Path, settings: dict[str, Any]) -> Any:
    return open_family(ModelSection(name=str(folder), image_settings=settings), PromptSection())


@pytest.mark.parametrize(
    ("build", "settings"),
    [
        (small_qwen, {"max_pixels": 1024}),
        (lambda folder, seed: small_qwen(folder, seed, legacy=True), {"max_pixels": 1024}),
        (small_qwen, {"size": {"longest_edge": 1024}}),
        (small_lfm2, {"max_image_tokens": 8}),
        (build_smolvlm, {"do_image_splitting": False}),
        (build_internvl, {"max_patches": 1}),
    ],
)
def test_fewer_pixels_are_fewer_tokens_and_as_many_features(
    tmp_path: Path, build: Callable[..., Path], settings: dict[str, Any]
) -> None:
    folder = build(tmp_path / "m", seed=1)
    family = opened(folder, settings)
    item = family.encode(ASK, [SIZE_PX])
    assert item.n_image_tokens < opened(folder, {}).encode(ASK, [SIZE_PX]).n_image_tokens
    model = load_tiny(family, folder)
    batch = {**lay_rows([item], family.pad_id), **read_pixels(family, [item])}
    with torch.no_grad():
        assert family.hidden(model, read_inputs(model, family, batch)).isfinite().all()


def test_no_more_pixels_than_the_budget(tmp_path: Path) -> None:
    folder = small_qwen(tmp_path / "m", seed=1)
    for budget in (512, 1024, 4096):
        family = opened(folder, {"max_pixels": budget, "min_pixels": 64})
        patches = family.pixels([PICTURE.draw()])["image_grid_thw"][0].prod()
        assert int(patches) * family.processor.image_processor.patch_size**2 <= budget


def test_a_delivered_adapter_is_opened_with_them(tmp_path: Path) -> None:
    folder = small_qwen(tmp_path / "m", seed=1)
    section = ModelSection(name=str(folder), image_settings={"max_pixels": 1024})
    family = open_family(section, PromptSection())
    model = apply_tuning(load_tiny(family, folder), family.facts, TuneSection(), 0)
    delivered = deliver(model, family, section, tmp_path)
    found = find_tuned(ModelSection(name=str(delivered)))
    again = open_family(found.base, PromptSection())
    assert again.encode(ASK, [SIZE_PX]).ids_T.tolist() == family.encode(ASK, [SIZE_PX]).ids_T.tolist()
    asked = find_tuned(ModelSection(name=str(delivered), image_settings={"max_pixels": 2048}))
    assert asked.base.image_settings == {"max_pixels": 2048}
    assert AutoProcessor.from_pretrained(delivered).image_processor.size["longest_edge"] == 1024


@pytest.mark.parametrize(
    ("build", "settings", "said"),
    [
        (small_qwen, {"max_pixel": 1024}, "max_pixels"),
        (small_qwen, {"do_resize": 3}, "True"),
        (small_qwen, {"size": 3}, "several values"),
        (build_internvl, {"max_pixels": 3}, "max_patches"),
        (lambda folder, seed: build_llava(folder, seed=seed, size="test"), {"max_pixels": 3}, "crop_size"),
        (lambda folder, seed: build_moondream2(folder, seed=seed), {"max_pixels": 3}, "take it out"),
    ],
)
def test_what_a_processor_does_not_have_is_a_problem_each(
    tmp_path: Path, build: Callable[..., Path], settings: dict[str, Any], said: str
) -> None:
    folder = build(tmp_path / "m", seed=1)
    with pytest.raises(RecipeError, match=said) as caught:
        opened(folder, settings | {"no_such_thing": 1})
    assert [problem.code for problem in caught.value.problems] == ["recipe/image-setting"] * 2
