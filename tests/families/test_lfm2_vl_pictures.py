"""Pictures for LFM2-VL are the published processor's, number for number and token for token, torchvision or not."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from odd_checkpoints import edit_json
from PIL import Image
from transformers import AutoProcessor

from lensmith.errors import ModelError
from lensmith.families.lfm2_vl.family import Lfm2Vl
from lensmith.families.lfm2_vl.pictures import Lfm2VlImageProcessor
from lensmith.families.lfm2_vl.tiles import lay_out, read_tiling
from lensmith.lab.lfm2_vl import Lfm2Variant, build_lfm2_vl
from tiny_models import Noise, load_tiny, make_example, open_tiny

GOLDEN: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "golden" / "lfm2-vl-pictures.json").read_text(encoding="utf-8")
)
# One step of 8 bits, after the published scaling to -1…1: how far two machines' kernels may be apart.
STEP = 2 / 255


def draw(kind: str, width: int, height: int) -> np.ndarray:
    """The golden file's pictures, from their formulas."""
    x_HW, y_HW = np.meshgrid(np.arange(width), np.arange(height))
    if kind == "grad":
        planes = [255 * x_HW // (width - 1), 255 * y_HW // (height - 1), 255 * (x_HW + y_HW) // (width + height - 2)]
    else:
        checks = np.where((x_HW // 16 + y_HW // 16) % 2 == 0, 255, 0)
        planes = [(7 * x_HW + 3 * y_HW) % 256, checks, x_HW * y_HW % 256]
    return np.stack(planes, axis=-1).astype(np.uint8)


def named(case: dict[str, Any]) -> str:
    return f"{case['settings']}-{case.get('kind', 'size')}-{case['width_px']}x{case['height_px']}"


@pytest.mark.parametrize("case", GOLDEN["pictures"], ids=named)
def test_pixels_are_the_published_ones(case: dict[str, Any]) -> None:
    picture_HWC = draw(case["kind"], case["width_px"], case["height_px"])
    assert hashlib.sha256(picture_HWC.tobytes()).hexdigest() == case["picture_sha256"]
    processor = Lfm2VlImageProcessor(**GOLDEN["settings"][case["settings"]])
    made = processor([Image.fromarray(picture_HWC)], return_tensors="pt")
    assert made["spatial_shapes"].tolist() == case["spatial_shapes"]
    assert made["pixel_attention_mask"].sum(dim=1).tolist() == case["patches"]
    values = made["pixel_values"]
    assert values.shape[1] == made["pixel_attention_mask"].shape[1] == case["padded_to"]
    used_N = torch.cat([piece[:count].flatten() for piece, count in zip(values, case["patches"], strict=True)])
    assert float(used_N.mean()) == pytest.approx(case["mean"], abs=1e-3)
    assert float(used_N.std(correction=0)) == pytest.approx(case["deviation"], abs=1e-3)
    for place, value in case["samples"]:
        assert float(used_N[place]) == pytest.approx(value, abs=1.01 * STEP)
    if torch.backends.cpu.get_cpu_capability() == "AVX512":  # as where the golden numbers were made
        assert hashlib.sha256(values.numpy().astype("<f4").tobytes()).hexdigest() == case["values_sha256"]


@pytest.mark.parametrize("case", GOLDEN["layouts"], ids=named)
def test_tiles_are_the_published_ones(case: dict[str, Any]) -> None:
    tiling = read_tiling(Lfm2VlImageProcessor(**GOLDEN["settings"][case["settings"]]))
    layout = lay_out((case["height_px"], case["width_px"]), tiling)
    assert (layout.rows, layout.columns, list(layout.whole_px)) == (case["rows"], case["columns"], case["whole_px"])


@pytest.mark.parametrize("settings", GOLDEN["settings"])
def test_tokens_are_the_published_ones(tmp_path: Path, settings: str) -> None:
    folder = build_lfm2_vl(tmp_path / "m", seed=1, size="test")
    changed = GOLDEN["settings"][settings]
    edit_json(
        folder / "processor_config.json",
        lambda made: made.update(image_processor={"image_processor_type": "Lfm2VlImageProcessor", **changed}),
    )
    patch_px = changed.get("encoder_patch_size", 16)
    edit_json(folder / "config.json", lambda config: config["vision_config"].update(patch_size=patch_px))
    family = open_tiny(folder)
    assert not family.notes
    cases = [case for case in GOLDEN["layouts"] if case["settings"] == settings]
    assert len(cases) > 20
    for case in cases:
        ids = list(family.image_ids((case["height_px"], case["width_px"])))
        assert ids.count(family.config.image_token_id) == case["image_tokens"], case
        assert len(ids) == case["all_tokens"], case
        text = family.tokenizer.decode(ids)
        assert text.startswith("<|image_start|>")
        assert text.endswith("<|image_end|>")


def test_live_published_processor_agrees() -> None:
    """Where torchvision works, on many pictures of every shape."""
    try:
        import torchvision  # noqa: F401
        from transformers.models.lfm2_vl.image_processing_lfm2_vl import Lfm2VlImageProcessor as Published
    except (ImportError, RuntimeError) as error:
        pytest.skip(f"torchvision does not load here: {error}")
    random = np.random.default_rng(0)
    for settings in GOLDEN["settings"].values():
        ours, published = Lfm2VlImageProcessor(**settings), Published(**settings)
        assert ours.to_dict() == published.to_dict()
        for _ in range(6):
            sizes = np.exp(random.uniform(np.log(20), np.log(700), (2, 2))).astype(int)
            pictures = [Image.fromarray(random.integers(0, 256, (*size, 3), dtype=np.uint8)) for size in sizes]
            made = ours(pictures, return_tensors="pt", return_row_col_info=True)
            right = published(pictures, return_tensors="pt", return_row_col_info=True)
            assert made.keys() == right.keys()
            for name in right:
                assert torch.equal(torch.as_tensor(made[name]), torch.as_tensor(right[name])), name


def test_processor_is_saved_and_loaded_under_the_published_name(tmp_path: Path) -> None:
    folder = build_lfm2_vl(tmp_path / "m", seed=1, size="test", variant=Lfm2Variant(splits=True))
    text = (folder / "processor_config.json").read_text(encoding="utf-8")
    assert '"Lfm2VlImageProcessor"' in text
    assert "lensmith" not in text
    assert isinstance(open_tiny(folder), Lfm2Vl)  # with the family, its image processor is known to transformers
    before = AutoProcessor.from_pretrained(folder).image_processor
    assert isinstance(before, Lfm2VlImageProcessor)
    assert before.tile_size == 32
    AutoProcessor.from_pretrained(folder).save_pretrained(tmp_path / "again")
    assert AutoProcessor.from_pretrained(tmp_path / "again").image_processor.to_dict() == before.to_dict()


def test_padding_that_no_piece_needs_is_left_out(tmp_path: Path) -> None:
    family = open_tiny(build_lfm2_vl(tmp_path / "m", seed=1, size="test"))
    whole = family.processor.image_processor([Noise(1).draw()], return_tensors="pt")
    made = family.pixels([Noise(1).draw()])
    used = int(whole["pixel_attention_mask"].sum())
    assert made["pixel_values"].shape[1] == used < whole["pixel_values"].shape[1] == 64
    assert torch.equal(made["pixel_values"], whole["pixel_values"][:, :used])
    assert family.pixels([]) == {}


def test_strip_longer_than_any_piece_is_seen_whole(tmp_path: Path) -> None:
    """Published code cannot stack it: it is a token wide and more tokens long than a piece may have."""
    folder = build_lfm2_vl(tmp_path / "m", seed=1, size="test")
    family, size_px = open_tiny(folder), (2, 600)
    strip = Image.fromarray(draw("tex", size_px[1], size_px[0]))
    pixels = family.pixels([strip, Noise(1).draw()])
    layout = lay_out(size_px, read_tiling(family.processor.image_processor))
    assert layout.whole_tokens > 16
    assert pixels["pixel_attention_mask"].sum(dim=1).tolist() == [4 * layout.whole_tokens, 16]
    model: Any = load_tiny(family, folder)
    seen = model.model.get_image_features(**pixels).pooler_output
    assert [len(features) for features in seen] == [layout.whole_tokens, 4]
    assert list(family.image_ids(size_px)).count(family.config.image_token_id) == layout.whole_tokens


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"resample": 1}, "resample"),
        ({"min_tiles": 1}, "min_tiles"),
        ({"min_tiles": 5, "max_tiles": 3}, "max_tiles"),
        ({"tile_size": 40}, "tile_size"),
    ],
)
def test_settings_without_an_exact_reading_are_refused(tmp_path: Path, changed: dict[str, int], word: str) -> None:
    folder = build_lfm2_vl(tmp_path / "m", seed=1, size="test", variant=Lfm2Variant(splits=True))
    edit_json(folder / "processor_config.json", lambda made: made["image_processor"].update(changed))
    with pytest.raises(ModelError) as caught:
        open_tiny(folder)
    (problem,) = caught.value.problems
    assert problem.code == "model/image-settings"
    assert word in problem.where


def test_model_config_decides_over_the_processor(tmp_path: Path) -> None:
    folder = build_lfm2_vl(tmp_path / "m", seed=1, size="test")
    right = open_tiny(folder).encode(make_example(("?", "1")), [(36, 40)]).ids_T.tolist()
    wrong = {"encoder_patch_size": 16, "downsample_factor": 1}
    edit_json(folder / "processor_config.json", lambda made: made["image_processor"].update(wrong))
    family = open_tiny(folder)
    assert family.encode(make_example(("?", "1")), [(36, 40)]).ids_T.tolist() == right
    assert [name for name in wrong for note in family.notes if name in note] == list(wrong)
    assert family.pixels([Noise(1).draw()])["spatial_shapes"].tolist() == [[4, 4]]
