"""Parameters from a config.json alone, against numbers that are published."""

import json

import pytest

from lensmith.config.sections import ModelSection, Recipe
from lensmith.errors import LensmithError, ModelError, RecipeError
from lensmith.training.outline import mark_unreached, outline_model, tune_outline

# The published shape of a LLaVA with Gemma 2B and CLIP ViT-L/14-336; the counts below are those of its weight files.
CONFIG = {
    "architectures": ["LlavaForConditionalGeneration"],
    "model_type": "llava",
    "image_token_index": 256000,
    "pad_token_id": 256001,
    "projector_hidden_act": "gelu",
    "vision_feature_layer": -2,
    "vision_feature_select_strategy": "default",
    "tie_word_embeddings": True,
    "text_config": {
        "model_type": "gemma",
        "vocab_size": 256064,
        "hidden_size": 2048,
        "intermediate_size": 16384,
        "num_hidden_layers": 18,
        "num_attention_heads": 8,
        "num_key_value_heads": 1,
        "head_dim": 256,
        "hidden_activation": None,
        "tie_word_embeddings": True,
    },
    "vision_config": {
        "model_type": "clip_vision_model",
        "hidden_size": 1024,
        "intermediate_size": 4096,
        "num_hidden_layers": 24,
        "num_attention_heads": 16,
        "image_size": 336,
        "patch_size": 14,
        "projection_dim": 768,
    },
}
VISION, PROJECTOR, EMBEDDINGS, BODY = 303_507_456, 6_295_552, 524_419_072, 1_981_884_416


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("config-only")
    (path / "config.json").write_text(json.dumps(CONFIG))
    return path


def tune(folder, **section):
    import torch

    recipe = Recipe.model_validate({"model": str(folder), "data": {"train": "a.jsonl"}, "tune": section})
    return tune_outline(outline_model(recipe.model), recipe, torch.bfloat16)


def test_every_parameter_is_counted_once_in_its_component(folder):
    total = outline_model(ModelSection(name=str(folder))).total
    assert total == {"vision": VISION, "projector": PROJECTOR, "language": EMBEDDINGS + BODY}
    assert sum(total.values()) == 2_816_106_496


@pytest.mark.parametrize(
    ("lora", "trained"),
    [
        ({"targets": "attention"}, {"vision": 0, "projector": 0, "language": 3_686_400}),
        ({"targets": "all"}, {"vision": 0, "projector": 0, "language": 19_611_648}),
        (
            {"targets": "attention", "components": ["vision", "language"]},
            {"vision": 24 * 4 * 16 * 2 * 1024, "projector": 0, "language": 3_686_400},
        ),
        ({"targets": "attention", "r": 8}, {"vision": 0, "projector": 0, "language": 1_843_200}),
    ],
)
def test_adapters_are_counted_where_they_sit(folder, lora, trained):
    assert tune(folder, lora=lora).trained == trained


@pytest.mark.parametrize(
    ("freeze", "trained"),
    [
        (["vision"], {"vision": 0, "projector": PROJECTOR, "language": EMBEDDINGS + BODY}),
        (["vision", "language"], {"vision": 0, "projector": PROJECTOR, "language": 0}),
        ([], {"vision": VISION, "projector": PROJECTOR, "language": EMBEDDINGS + BODY}),
    ],
)
def test_full_tuning_trains_what_is_not_frozen(folder, freeze, trained):
    outline = tune(folder, method="full", freeze=freeze)
    assert outline.trained == trained
    assert sum(outline.total.values()) == 2_816_106_496


def test_nothing_gets_storage(folder):
    assert {value.device.type for value in tune(folder).model.parameters()} == {"meta"}


def test_adapters_stay_in_float32_beside_half_precision_weights(folder):
    formats = {(value.requires_grad, str(value.dtype)) for value in tune(folder).model.parameters()}
    assert formats == {(False, "torch.bfloat16"), (True, "torch.float32")}


def test_a_layer_that_is_not_there_is_named(folder):
    with pytest.raises(RecipeError) as raised:
        tune(folder, lora={"targets": ["q_prj", "k_proj"]})
    assert "q_proj" in raised.value.problems[0].fix


def test_unreached_parameters_are_counted_by_component(folder):
    outline = tune(folder, lora={"targets": "all", "components": ["vision", "language"]})
    names = [name for name, value in outline.model.named_parameters() if value.requires_grad and ".layers.23." in name]
    marked = mark_unreached(outline, names)
    per_layer = 16 * (4 * 2 * 1024 + 2 * (1024 + 4096))
    assert marked.unreached_values() == {"vision": per_layer, "projector": 0, "language": 0}
    assert all(not name.startswith("base_model") for name in marked.unreached)
    assert marked.to_json()["without_gradient"]["vision"] == per_layer


@pytest.mark.parametrize("content", [None, "", "{", "[]", "{}", '{"model_type": "lava"}', '{"model_type": "bert"}'])
def test_a_config_that_tells_nothing_is_a_problem(tmp_path, content):
    if content is not None:
        (tmp_path / "config.json").write_text(content)
    with pytest.raises(LensmithError) as raised:
        outline_model(ModelSection(name=str(tmp_path)))
    assert raised.value.exit_code == 2
    assert isinstance(raised.value, ModelError)
