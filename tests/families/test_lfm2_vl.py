"""LFM2-VL's facts and traps: parameters as published, adapters where they are meant, and what does not fit refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from odd_checkpoints import edit_json
from transformers import Lfm2VlConfig

from lensmith.config.sections import LoraSection, ModelSection, TuneSection
from lensmith.errors import LensmithError, ModelError, RecipeError
from lensmith.families.lfm2_vl.family import Lfm2Vl
from lensmith.families.opening import build_on_meta, load_model
from lensmith.lab.lfm2_vl import Lfm2Variant, build_lfm2_vl
from lensmith.training.adapters import apply_tuning, count_parameters, find_targets
from tiny_models import CPU, load_tiny, make_example, open_tiny

ASK = make_example(("Какой цвет?", "жёлтый"), number=3)
SIZE_PX = (36, 40)

# The published models as far as their files tell: sizes and parameter counts agree with them to the last one.
ATTENTION_LAYERS = (2, 5, 8, 10, 12, 14)
LARGE = (
    {"hidden_size": 2048, "block_ff_dim": 12288, "num_attention_heads": 32},
    {"hidden_size": 1152, "intermediate_size": 4304, "num_hidden_layers": 26, "num_attention_heads": 16},
)
SMALL = (
    {"hidden_size": 1024, "block_ff_dim": 6656, "num_attention_heads": 16},
    {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12},
)


def published(text: dict[str, int], vision: dict[str, int]) -> Lfm2VlConfig:
    kinds = ["full_attention" if layer in ATTENTION_LAYERS else "conv" for layer in range(16)]
    text_config = {"model_type": "lfm2", "vocab_size": 65536, "num_hidden_layers": 16, "num_key_value_heads": 8}
    vision_config = {"model_type": "siglip2_vision_model", "vision_use_head": False, "patch_size": 16}
    return Lfm2VlConfig(
        text_config={**text_config, "layer_types": kinds, **text}, vision_config={**vision_config, **vision}
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return build_lfm2_vl(tmp_path / "m", seed=1, size="test")


@pytest.mark.parametrize(
    ("config", "parts", "adapters"),
    [
        (published(*LARGE), {"vision": 397_410_208, "projector": 17_053_184, "language": 1_170_340_608}, 5_554_176),
        (published(*SMALL), {"vision": 85_843_200, "projector": 10_495_488, "language": 354_483_968}, 2_998_272),
    ],
    ids=["1.6B", "450M"],
)
def test_parameters_are_as_many_as_published(config: Any, parts: dict[str, int], adapters: int) -> None:
    model = build_on_meta(config)
    assert count_parameters(model, Lfm2Vl.facts).total == parts
    tune = TuneSection(method="lora", lora=LoraSection(r=8, targets="all"))
    trained = count_parameters(apply_tuning(model, Lfm2Vl.facts, tune, 0), Lfm2Vl.facts).trained
    assert trained == {"vision": 0, "projector": 0, "language": adapters}


def test_adapters_reach_every_kind_of_layer_and_not_the_tower(folder: Path) -> None:
    """Bare names of published recipes match the tower too: there most of their adapters land."""
    family = open_tiny(folder)
    model = build_on_meta(family.config)
    found = find_targets(model, family.facts, LoraSection(targets="all"))
    assert all(name.startswith("model.language_model.layers.") for name in found)
    assert {".".join(name.split(".")[4:]) for name in found} == {
        *("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.out_proj"),
        *("conv.in_proj", "conv.out_proj"),
        *("feed_forward.w1", "feed_forward.w2", "feed_forward.w3"),
    }
    assert len([name for name, _ in model.named_modules() if name.endswith("out_proj")]) == 4 + 2
    assert len(find_targets(model, family.facts, LoraSection(targets=["out_proj"]))) == 4
    with pytest.raises(RecipeError) as caught:
        find_targets(model, family.facts, LoraSection(targets=["q_proj", "gate_proj"]))
    assert "gate_proj" in str(caught.value)


@pytest.mark.parametrize("variant", [Lfm2Variant(), Lfm2Variant(legacy=True)], ids=["plain", "legacy"])
def test_every_parameter_has_a_component(build_once: Callable[..., Path], variant: Lfm2Variant) -> None:
    name = f"lfm2-vl{'-legacy' if variant.legacy else ''}"
    folder = build_once(name, lambda out: build_lfm2_vl(out, seed=7, size="test", variant=variant))
    family = open_tiny(folder)
    model = load_tiny(family, folder)
    owners = {family.facts.component_of(name) for name, _ in model.named_parameters()}
    assert owners == {"vision", "projector", "language"}


def test_tokens_cannot_be_counted_without_the_pictures_size(folder: Path) -> None:
    family = open_tiny(folder)
    assert family.needs_image_sizes
    with pytest.raises(ValueError, match="size"):
        family.encode(ASK)
    assert len(family.encode(make_example(("?", "1"), pictures=0))) > 0


def test_a_picture_takes_as_many_tokens_as_its_size_asks_for(folder: Path) -> None:
    family = open_tiny(folder)
    counts = [family.encode(ASK, [size]).n_image_tokens for size in ((16, 16), (36, 40), (64, 64), (640, 480))]
    assert counts == [4 + 2, 4 + 2, 16 + 2, 12 + 2]


def test_first_token_is_the_templates_alone(folder: Path) -> None:
    """The published processor forbids the tokenizer to add its own, so a template without one sends none."""

    def add_bos(settings: dict[str, Any]) -> None:
        settings["post_processor"] = {
            "type": "TemplateProcessing",
            "single": [
                {"SpecialToken": {"id": "<|startoftext|>", "type_id": 0}},
                {"Sequence": {"id": "A", "type_id": 0}},
            ],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {"<|startoftext|>": {"id": "<|startoftext|>", "ids": [1], "tokens": ["<|startoftext|>"]}},
        }

    edit_json(folder / "tokenizer.json", add_bos)
    family = open_tiny(folder)
    assert family.tokenizer("a")["input_ids"][0] == family.tokenizer.bos_token_id == 1
    assert family.encode(ASK, [SIZE_PX]).ids_T.tolist().count(1) == 1
    template = folder / "chat_template.jinja"
    template.write_text(template.read_text(encoding="utf-8").replace("{{ bos_token }}", ""), encoding="utf-8")
    assert open_tiny(folder).encode(ASK, [SIZE_PX]).ids_T.tolist().count(1) == 0


def test_image_token_of_another_tokenizer_is_refused(folder: Path) -> None:
    edit_json(folder / "config.json", lambda config: config.update(image_token_id=396))
    with pytest.raises(ModelError) as caught:
        open_tiny(folder)
    (problem,) = caught.value.problems
    assert problem.code == "model/vocabulary"
    assert "396" in problem.found


def test_tokenizer_with_more_tokens_than_embeddings_is_refused(folder: Path) -> None:
    family = open_tiny(folder)
    family.tokenizer.add_tokens([f"word{n}" for n in range(100)])
    with pytest.raises(LensmithError) as caught:
        load_model(family, ModelSection(name=str(folder)), device=CPU, dtype=torch.float32)
    assert caught.value.problems[0].code == "model/vocabulary"
