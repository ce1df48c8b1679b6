"""Qwen-VL's facts and traps: parameters as published, adapters where they are meant, and what does not fit refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from odd_checkpoints import edit_json
from qwen_pictures import Stripes
from transformers import Qwen2_5_VLConfig, Qwen2VLConfig, Qwen3VLConfig

from lensmith.batching.encode import encode_examples
from lensmith.config.sections import LoraSection, ModelSection, TuneSection
from lensmith.errors import DataError, LensmithError, ModelError
from lensmith.families.opening import build_on_meta, load_model
from lensmith.families.qwen_vl.family import QwenVl
from lensmith.lab.qwen_vl import QwenVariant, build_qwen_vl
from lensmith.training.adapters import apply_tuning, count_parameters, find_targets
from lensmith.training.deliver import save_processing
from lensmith.types import Example
from tiny_models import CPU, make_example, open_tiny

ASK = make_example(("Какой цвет?", "жёлтый"), number=3)
SIZE_PX = (36, 40)
TOWER = {"depth": 32, "num_heads": 16}


def text(width: int, inner: int, layers: int, heads: tuple[int, int], vocabulary: int = 151_936) -> dict[str, Any]:
    return {
        "hidden_size": width,
        "intermediate_size": inner,
        "num_hidden_layers": layers,
        "num_attention_heads": heads[0],
        "num_key_value_heads": heads[1],
        "vocab_size": vocabulary,
    }


def edit(folder: Path, name: str, change: Callable[[dict[str, Any]], object]) -> Path:
    edit_json(folder / name, change)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return build_qwen_vl(tmp_path / "m", seed=1, size="test")


# The sums are those of the published weights; rank 8 on the language model's attention, by hand:
# 8 · layers · (q: in + out, k and v: in + out, o: in + out).
@pytest.mark.parametrize(
    ("config", "total", "adapters"),
    [
        (
            Qwen2VLConfig(
                text_config=text(1536, 8960, 28, (12, 2)),
                vision_config=TOWER | {"embed_dim": 1280, "hidden_size": 1536},
                tie_word_embeddings=True,
            ),
            2_208_985_600,
            8 * 28 * (2 * (1536 + 1536) + 2 * (1536 + 256)),
        ),
        (
            Qwen2_5_VLConfig(
                text_config=text(2048, 11008, 36, (16, 2)),
                vision_config=TOWER | {"hidden_size": 1280, "intermediate_size": 3420, "out_hidden_size": 2048},
                tie_word_embeddings=True,
            ),
            3_754_622_976,
            8 * 36 * (2 * (2048 + 2048) + 2 * (2048 + 256)),
        ),
        (
            Qwen2_5_VLConfig(
                text_config=text(3584, 18944, 28, (28, 4), 152_064),
                vision_config=TOWER | {"hidden_size": 1280, "intermediate_size": 3420, "out_hidden_size": 3584},
            ),
            8_292_166_656,
            8 * 28 * (2 * (3584 + 3584) + 2 * (3584 + 512)),
        ),
    ],
    ids=["2-2B", "2.5-3B", "2.5-7B"],
)
def test_parameters_are_as_many_as_published(config: Any, total: int, adapters: int) -> None:
    model = build_on_meta(config)
    parts = count_parameters(model, QwenVl.facts).total
    assert sum(parts.values()) == total
    assert all(parts.values())
    tune = TuneSection(method="lora", lora=LoraSection(r=8, targets="attention"))
    trained = count_parameters(apply_tuning(model, QwenVl.facts, tune, 0), QwenVl.facts).trained
    assert trained == {"vision": 0, "projector": 0, "language": adapters}


def test_every_tower_has_its_own_parts() -> None:
    """Qwen3-VL's tower adds learned positions, and projectors of its earlier layers."""
    model = build_on_meta(Qwen3VLConfig())
    owner = QwenVl.facts.component_of
    assert owner("model.visual.pos_embed.weight") == "vision"
    assert owner("model.visual.deepstack_merger_list.0.linear_fc1.weight") == "projector"
    assert {owner(name) for name, _ in model.named_parameters()} == {"vision", "projector", "language"}


@pytest.mark.parametrize("kind", ["qwen2_vl", "qwen2_5_vl", "qwen3_vl"])
def test_adapters_reach_what_is_named_in_each_part_and_nothing_else(tmp_path: Path, kind: str) -> None:
    family = open_tiny(build_qwen_vl(tmp_path, seed=1, size="test", variant=QwenVariant(kind)))
    model = build_on_meta(family.config)
    language = find_targets(model, family.facts, LoraSection(targets="all"))
    assert len(language) == 2 * 7
    assert all(name.startswith("model.language_model.layers.") for name in language)
    tower = find_targets(model, family.facts, LoraSection(targets="all", components=["vision"]))
    assert len(tower) == 2 * (5 if kind == "qwen2_5_vl" else 4)
    assert all(name.startswith("model.visual.blocks.") for name in tower)
    projector = find_targets(model, family.facts, LoraSection(targets="all", components=["projector"]))
    assert len(projector) == (4 if kind == "qwen3_vl" else 2)


def test_tokens_cannot_be_counted_without_the_pictures_size(folder: Path) -> None:
    family = open_tiny(folder)
    assert family.needs_image_sizes
    with pytest.raises(ValueError, match="size"):
        family.encode(ASK)
    assert len(family.encode(make_example(("?", "1"), pictures=0))) > 0


@pytest.mark.parametrize("size_px", [(1, 201), (4020, 20)])
def test_a_sliver_is_a_problem_of_that_example(folder: Path, size_px: tuple[int, int]) -> None:
    family = open_tiny(folder)
    assert len(family.encode(ASK, [(20, 4000)])) > 0
    with pytest.raises(DataError) as caught:
        family.encode(ASK, [size_px])
    (problem,) = caught.value.problems
    assert problem.code == "data/picture-too-long"
    assert ASK.id in problem.where
    assert f"{size_px[1]} × {size_px[0]}" in problem.found
    images = (Stripes(201, 1), Stripes(30, 20))
    bad, good = (Example(str(n), (image,), ASK.turns, "g") for n, image in enumerate(images))
    found = encode_examples(family, [bad, good], None)
    assert [item.example_id for item in found.encoded] == ["1"]
    assert [each.code for each in found.problems] == ["data/picture-too-long"]


def test_settings_that_count_tokens_are_the_models(folder: Path) -> None:
    edit(folder, "processor_config.json", lambda all_: all_["image_processor"].update(patch_size=6, merge_size=3))
    family = open_tiny(folder)
    assert len(family.notes) == 2
    assert family.encode(ASK, [SIZE_PX]).n_image_tokens == 20


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"do_resize": False}, "do_resize"),
        ({"size": {"shortest_edge": 100}}, "longest_edge"),
        ({"size": {"shortest_edge": 0, "longest_edge": 900}}, "shortest_edge"),
    ],
)
def test_settings_that_cannot_be_kept_are_refused(folder: Path, settings: dict[str, Any], named: str) -> None:
    edit(folder, "processor_config.json", lambda all_: all_["image_processor"].update(settings))
    with pytest.raises(ModelError) as caught:
        open_tiny(folder)
    assert [named in problem.where for problem in caught.value.problems] == [True]


def test_patches_that_are_not_square_are_refused(folder: Path) -> None:
    edit(folder, "config.json", lambda config: config["vision_config"].update(patch_size=[4, 6]))
    with pytest.raises(ModelError, match="patch_size"):
        open_tiny(folder)


def test_image_token_of_another_tokenizer_is_refused(folder: Path) -> None:
    edit(folder, "config.json", lambda config: config.update(image_token_id=3))
    with pytest.raises(ModelError) as caught:
        open_tiny(folder)
    assert caught.value.problems[0].code == "model/vocabulary"


def test_tokenizer_with_more_tokens_than_embeddings_is_refused(folder: Path) -> None:
    family = open_tiny(folder)
    family.tokenizer.add_tokens([f"word{n}" for n in range(100)])
    with pytest.raises(LensmithError) as caught:
        load_model(family, ModelSection(name=str(folder)), device=CPU, dtype=torch.float32)
    assert caught.value.problems[0].code == "model/vocabulary"


def test_a_window_over_the_last_tokens_cannot_share(folder: Path) -> None:
    """A branch would see less of its trunk than the example alone does."""
    assert open_tiny(folder).shares_trunk
    windows = {"use_sliding_window": True, "sliding_window": 8, "max_window_layers": 1, "layer_types": None}
    edit(folder, "config.json", lambda config: config["text_config"].update(windows))
    assert not open_tiny(folder).shares_trunk


@pytest.mark.parametrize("legacy", [False, True])
def test_what_is_delivered_opens_again_and_keeps_the_settings_for_videos(tmp_path: Path, legacy: bool) -> None:
    """A machine with torchvision wants them; one without carries them along."""
    variant = QwenVariant("qwen2_vl", legacy)
    source = build_qwen_vl(tmp_path / "m", seed=1, size="test", variant=variant)
    family = open_tiny(source)
    out = tmp_path / "delivered"
    out.mkdir()
    save_processing(family, out)
    settings = json.loads((out / "processor_config.json").read_text(encoding="utf-8"))
    assert settings["processor_class"] == "Qwen2VLProcessor"
    assert settings["image_processor"]["image_processor_type"] == "Qwen2VLImageProcessor"
    assert settings["video_processor"]["patch_size"] == 4
    assert settings["video_processor"]["merge_size"] == 2
    (out / "config.json").write_bytes((source / "config.json").read_bytes())
    again = open_tiny(out)
    assert again.encode(ASK, [SIZE_PX]).ids_T.tolist() == family.encode(ASK, [SIZE_PX]).ids_T.tolist()
    assert again.seeing_settings()["image_processor"] == family.seeing_settings()["image_processor"]
