"""Pictures reach the language model as the published code has it, without waiting for numbers of the device."""

from pathlib import Path
from typing import Any

import pytest
import torch
from checkpoints import encode
from odd_checkpoints import edit_json
from torch.nn.functional import interpolate

from lensmith.config.sections import LoraSection, Recipe, TuneSection
from lensmith.errors import ModelError
from lensmith.families.lfm2_vl import tower
from lensmith.families.placement import choose_placement
from lensmith.lab.lfm2_vl import Lfm2Variant, build_lfm2_vl
from lensmith.training.outline import outline_model, tune_outline
from lensmith.training.tracing import trace_steps
from tiny_models import Noise, load_tiny, make_example, open_tiny


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return build_lfm2_vl(tmp_path / "m", seed=1, size="test", variant=Lfm2Variant(splits=True))


@pytest.mark.parametrize("side", [4, 7, 16])
def test_positions_are_those_of_antialiased_interpolation(side: int) -> None:
    torch.manual_seed(side)
    table_GGD = torch.randn(side, side, 6)
    shapes = [(2, 2), (side, side), (2 * side, 3 * side), (5, 33), (32, 8), (3, side), (64, 2)]
    longest = max(down * across for down, across in shapes)
    found_UPD = tower.spread_positions(table_GGD, torch.tensor(shapes), longest)
    assert found_UPD.isfinite().all()
    for (down, across), positions_PD in zip(shapes, found_UPD, strict=True):
        right = interpolate(
            table_GGD.permute(2, 0, 1)[None], (down, across), mode="bilinear", align_corners=False, antialias=True
        )
        torch.testing.assert_close(positions_PD[: down * across], right[0].flatten(1).T, rtol=0, atol=3e-5)


def test_features_are_the_published_ones(folder: Path) -> None:
    """Pieces of many shapes in one pass, the largest without padding."""
    family = open_tiny(folder)
    model: Any = load_tiny(family, folder)
    pictures = [Noise(1).draw().resize(size) for size in ((40, 36), (20, 60), (16, 16), (90, 31), (70, 70))]
    pixels = family.pixels(pictures)
    assert len({tuple(shape) for shape in pixels["spatial_shapes"].tolist()}) > 3
    with torch.no_grad():
        right = model.model.get_image_features(**pixels).pooler_output
        seen_UPD = tower.see(model.model.vision_tower, pixels)
        found_UTD = tower.project(model.model.multi_modal_projector, seen_UPD, pixels["spatial_shapes"])
    assert found_UTD.isfinite().all()
    counts = tower.count_tokens(pixels["spatial_shapes"], 2).tolist()
    assert counts == [len(features) for features in right]
    for features, padded, count in zip(right, found_UTD, counts, strict=True):
        torch.testing.assert_close(padded[:count], features, rtol=1e-4, atol=1e-5)


def test_features_come_to_their_places_in_order() -> None:
    features_UTD = torch.arange(1, 10.0).view(3, 3, 1)
    places_BT = torch.tensor([[0, 1, 1, 0, 1], [1, 0, 0, 1, 1]]).bool()
    count_U = torch.tensor([2, 1, 3])
    placed = tower.place(torch.full((2, 5, 1), -1.0), places_BT, features_UTD, count_U)
    assert placed[..., 0].tolist() == [[-1, 1, 2, -1, 4], [7, -1, -1, 8, 9]]


def test_places_without_features_are_an_error() -> None:
    for places in ([[0, 1, 1]], [[1, 1, 1, 1]]):
        places_BT = torch.tensor(places).bool()
        with pytest.raises(RuntimeError, match="differ in number"):
            tower.place(torch.zeros(*places_BT.shape, 1), places_BT, torch.ones(1, 3, 1), torch.tensor([3]))


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_step_can_be_followed_without_its_numbers(folder: Path, precision: str) -> None:
    """That is how `plan` knows memory and time before anything is loaded."""
    family = open_tiny(folder)
    every = ["vision", "projector", "language"]
    tune = TuneSection(method="lora", lora=LoraSection(r=2, targets="all", components=every))
    recipe = Recipe.model_validate(
        {"model": str(folder), "data": {"train": "a.jsonl"}, "tune": tune.model_dump(), "train": {"batch_size": 4}}
    )
    placement = choose_placement("cpu", precision, full=False)
    outline = tune_outline(outline_model(recipe.model), recipe, placement.weights_dtype)
    items = [encode(family, make_example((f"Что {'там ' * n}?", "кот"), number=n % 2)) for n in range(4)]
    traces = trace_steps(outline.model, family, items, recipe, placement)
    assert traces.unreached == frozenset()
    assert traces.longest.peak_bytes > 0
    assert traces.longest.forward.flops > 0


def test_another_tower_is_refused(folder: Path) -> None:
    def other(config: dict[str, Any]) -> None:
        config["vision_config"] = {"model_type": "siglip_vision_model", "patch_size": 8, "hidden_size": 32}

    edit_json(folder / "config.json", other)
    with pytest.raises(ModelError) as caught:
        open_tiny(folder)
    assert caught.value.problems[0].code == "model/unknown-tower"
