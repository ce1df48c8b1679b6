"""Moondream2 as released: counts and names from a config alone, and each release's prompt."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from moondream_vectors import FIRST, GOLDEN, SECOND

from lensmith.config.sections import ModelSection, PromptSection, Recipe
from lensmith.errors import ModelError, RecipeError
from lensmith.families.opening import open_family
from lensmith.families.placement import choose_placement
from lensmith.lab.moondream2 import EARLY, LATE, RELEASES, build_moondream2, plain_tokenizer
from lensmith.training.outline import mark_unreached, outline_model, tune_outline
from lensmith.training.tracing import trace_steps
from tiny_models import make_example, open_tiny

# What the released config.json says: no size at all.
RELEASED = {
    FIRST: {
        "architectures": ["Moondream"],
        "auto_map": {
            "AutoConfig": "configuration_moondream.MoondreamConfig",
            "AutoModelForCausalLM": "moondream.Moondream",
        },
        "model_type": "moondream1",
        "text_config": {"model_type": "phi"},
        "torch_dtype": "float16",
    },
    SECOND: {
        "architectures": ["HfMoondream"],
        "auto_map": {"AutoConfig": "hf_moondream.HfConfig", "AutoModelForCausalLM": "hf_moondream.HfMoondream"},
        "config": {},
        "model_type": "moondream1",
        "torch_dtype": "bfloat16",
    },
}
VISION, TEXT = 448_649_072, 1_418_270_720
REGION = {FIRST: 1_062_917, SECOND: 60_317_312}
COUNTS = {FIRST: 1_867_982_709, SECOND: 1_927_237_104}
BOTH = [FIRST, SECOND]


@pytest.fixture(params=BOTH)
def generation(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def released(generation: str, tmp_path: Path) -> Path:
    """A folder with a released config, and the tokenizer of another model."""
    (tmp_path / "config.json").write_text(json.dumps(RELEASED[generation]), encoding="utf-8")
    plain_tokenizer().save_pretrained(tmp_path)
    return tmp_path


def section(folder: Path, release: str | None = None) -> ModelSection:
    return ModelSection(name=str(folder), revision=release)


def write_recipe(folder: Path, **tune: Any) -> Recipe:
    return Recipe.model_validate({"model": str(folder), "data": {"train": "a.jsonl"}, "tune": tune})


# Released sizes, from a config alone


def test_counts_are_the_released_models(released: Path, generation: str) -> None:
    outline = outline_model(section(released))
    assert outline.total == {"vision": VISION, "projector": 0, "language": TEXT + REGION[generation]}
    assert sum(outline.total.values()) == COUNTS[generation]
    tuned = tune_outline(outline, write_recipe(released, method="full", freeze="vision"), torch.float32)
    assert tuned.trained is not None
    assert sum(tuned.trained.values()) == {FIRST: 1_419_333_637, SECOND: 1_478_588_032}[generation]


def test_names_and_shapes_are_the_released_files(released: Path, generation: str) -> None:
    table = json.loads((GOLDEN / f"moondream2-{generation}-tensors.json").read_text(encoding="utf-8"))
    state = outline_model(section(released)).model.state_dict()
    assert {name: list(value.shape) for name, value in state.items()} == table["tensors"]
    assert len(state) == table["count"]
    assert sum(value.numel() for value in state.values()) == table["elements"]


def test_what_text_never_reaches_is_counted(released: Path, generation: str) -> None:
    placement = choose_placement("cpu", "fp32", full=True)
    recipe = write_recipe(released, method="full", freeze="vision")
    outline = tune_outline(outline_model(recipe.model), recipe, placement.weights_dtype)
    family = open_family(section(released, EARLY if generation == FIRST else "2025-01-09"), PromptSection())
    items = [family.encode(make_example(("What is it?", "a cat")))]
    assert len(items[0]) > 730
    outline = mark_unreached(outline, trace_steps(outline.model, family, items, recipe, placement).unreached)
    assert outline.unreached is not None
    assert all("region" in name for name in outline.unreached)
    assert sum(outline.unreached_values().values()) == REGION[generation]


def test_adapters_land_in_the_text_and_nowhere_else(released: Path, generation: str) -> None:
    recipe = write_recipe(released, lora={"r": 16, "targets": "all"})
    outline = tune_outline(outline_model(recipe.model), recipe, torch.bfloat16)
    layers = 24 * 16 * ((2048 + 6144) + (2048 + 2048) + 2 * (2048 + 8192))
    assert outline.trained == {"vision": 0, "projector": 0, "language": layers}
    trained = [name for name, value in outline.model.named_parameters() if value.requires_grad]
    assert not any("region" in name or "lm_head" in name for name in trained)


def test_a_projector_of_its_own_is_refused(released: Path) -> None:
    recipe = write_recipe(released, lora={"components": ["projector"]})
    with pytest.raises(RecipeError, match="projector"):
        tune_outline(outline_model(recipe.model), recipe, torch.bfloat16)


# Prompts


AROUND = {
    EARLY: ("\n\nQuestion: What is it?\n\nAnswer:", " a cat"),
    "2025-01-09": ("\n\nQuestion:What is it?\n\nAnswer:", "a cat"),
    "2025-03-27": ("\n\nQuestion: What is it?\n\nAnswer:", "a cat"),
    "2025-04-14": ("\n\nQuestion: What is it?\n\nAnswer:", "a cat"),
    LATE: ("<|md_reserved_0|>query<|md_reserved_1|>What is it?<|md_reserved_2|><|md_reserved_2|>", "a cat"),
}


@pytest.mark.parametrize("release", RELEASES)
def test_each_release_is_asked_as_it_was_taught(release: str, build_once: Callable[..., Path]) -> None:
    folder = build_once(f"moondream2-{release}-3", lambda out: build_moondream2(out, seed=3, release=release))
    family = open_family(section(folder, release), PromptSection())
    encoded = family.encode(make_example(("What is it?", "a cat")))
    asked, answer = AROUND[release]
    tokens = family.tokenizer(asked, add_special_tokens=False)["input_ids"]
    said = family.tokenizer(answer, add_special_tokens=False)["input_ids"]
    bos = family.tokenizer.bos_token_id
    assert encoded.ids_T.tolist() == [bos, *[family.processor.image_token_id] * 16, *tokens, *said, bos]
    assert family.stop_ids == (bos,)


def test_ids_of_the_latest_prompt(build_once: Callable[..., Path]) -> None:
    folder = build_once(f"moondream2-{LATE}-3", lambda out: build_moondream2(out, seed=3, release=LATE))
    ids = open_tiny(folder).encode(make_example(("x", "y"), pictures=0), answered=False).ids_T.tolist()
    assert (ids[:4], ids[-2:]) == ([0, 1, 15381, 2], [3, 3])


def test_a_release_that_cannot_be_told_is_asked_for(build_once: Callable[..., Path]) -> None:
    release = "2025-03-27"
    folder = build_once(f"moondream2-{release}-3", lambda out: build_moondream2(out, seed=3, release=release))
    with pytest.raises(ModelError, match=r"model\.revision") as caught:
        open_tiny(folder)
    assert caught.value.problems[0].code == "model/cannot-open"
