"""How Moondream2 cuts pictures up, byte for byte as the authors' own code does."""

import hashlib
import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from moondream_vectors import FIRST, GOLDEN, SECOND
from numpy.typing import NDArray
from PIL import Image

from lensmith.families.moondream2.configuration import MoondreamConfig
from lensmith.families.moondream2.pictures import choose_tiling, cut_picture
from lensmith.families.moondream2.processing import picture_settings
from lensmith.families.moondream2.views import join_first, name_pixels, read_pixels, split_views

ABOUT = json.loads((GOLDEN / "moondream2-preprocessing.json").read_text(encoding="utf-8"))
VISION = SimpleNamespace(**picture_settings(MoondreamConfig()))
SIZES = [
    (generation, size)
    for generation in (FIRST, SECOND)
    for size in ABOUT[generation]["target_size_HxW_by_input" if generation == FIRST else "tiling_by_input"]
]


def draw(name: str) -> Image.Image:
    """The picture that the vectors describe by a formula."""
    kind, _, size = name.partition("_")
    width, height = (int(side) for side in size.split("x"))
    y, x = np.mgrid[:height, :width]
    if kind == "grad":
        channels = [255 * x // (width - 1), 255 * y // (height - 1), 255 * (x + y) // (width + height - 2)]
    else:
        channels = [(7 * x + 3 * y) % 256, np.where((x // 16 + y // 16) % 2 == 0, 255, 0), x * y % 256]
    pixels_HWC = np.stack(channels, axis=-1).astype(np.uint8)
    assert hashlib.sha256(pixels_HWC.tobytes()).hexdigest() == expected(FIRST, name)["image_sha256"]
    return Image.fromarray(pixels_HWC)


def expected(generation: str, name: str) -> dict[str, Any]:
    case: dict[str, Any] = ABOUT[generation]["cases"][name]
    return case if generation == FIRST else case["pil"]


def to_bytes(pixels: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Back from -1…1 to 0…255, channels last, and an error where that is not exact."""
    grey = (pixels.astype(np.float64) + 1) * 127.5
    assert np.abs(grey - grey.round()).max() < 1e-4
    return np.moveaxis(grey.round().astype(np.uint8), -3, -1)


@pytest.mark.parametrize(("generation", "size"), SIZES)
def test_tiling_of_every_size(generation: str, size: str) -> None:
    width, height = (int(side) for side in size.removesuffix(" (WxH)").split("x"))
    tiling = choose_tiling((height, width), VISION, second=generation == SECOND)
    if generation == FIRST:
        assert [378 * count for count in tiling] == ABOUT[FIRST]["target_size_HxW_by_input"][size]
    else:
        assert list(tiling) == ABOUT[SECOND]["tiling_by_input"][size]["tiling_rows_cols"]


@pytest.mark.parametrize("name", ABOUT[FIRST]["cases"])
def test_pixels_of_2024(name: str) -> None:
    case = expected(FIRST, name)
    tiling, pixels_CHW = cut_picture(draw(name), VISION, second=False)
    assert tiling == tuple(max(1, count) for count in case["tiles"])
    assert hashlib.sha256(to_bytes(pixels_CHW).tobytes()).hexdigest() == case["resized_uint8_hwc_sha256"]
    for place, value in case["pixel_samples"].items():
        c, y, x = (int(part[1:]) for part in place.split("_"))
        assert pixels_CHW[c, y, x] == np.float32(value)
    views = split_views(torch.from_numpy(pixels_CHW)[None], tiling)[0].numpy()
    assert len(views) == case["n_views"]
    for place, value in case["global_samples"].items():
        c, y, x = (int(part[1:]) for part in place.split("_"))
        assert views[0][c, y, x] == pytest.approx(value, abs=1e-6)
    assert views[0].mean(axis=(1, 2)) == pytest.approx(case["global_view"]["mean_per_channel"], abs=1e-6)
    for place, value in case.get("tile_samples (tile row,col,c,y,x)", {}).items():
        row, column, c, y, x = (int(part) for part in place.split(","))
        assert views[1 + row * tiling[1] + column][c, y, x] == np.float32(value)


@pytest.mark.parametrize("name", ABOUT[SECOND]["cases"])
def test_pixels_of_2025(name: str) -> None:
    case = expected(SECOND, name)
    tiling, pixels_KCHW = cut_picture(draw(name), VISION, second=True)
    assert list(tiling) == case["tiling"]
    crops_KHWC = to_bytes(pixels_KCHW)
    assert list(crops_KHWC.shape) == case["crops_shape"]
    assert hashlib.sha256(crops_KHWC.tobytes()).hexdigest() == case["crops_uint8_nhwc_sha256"]
    for place, value in case["float32_samples"].items():
        crop, c, y, x = (int("".join(filter(str.isdigit, part))) for part in place.split("_"))
        assert pixels_KCHW[crop, c, y, x] == np.float32(value)


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (4000, 1), (2, 3), (377, 512), (10_000, 10_000)])
@pytest.mark.parametrize("second", [False, True])
def test_any_size_has_a_tiling(size: tuple[int, int], second: bool) -> None:
    rows, columns = choose_tiling(size, VISION, second=second)
    assert 1 <= rows * columns <= (12 if second else 4)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "CMYK", "I;16", "LA"])
@pytest.mark.parametrize("second", [False, True])
def test_any_mode_is_a_colour_picture(mode: str, second: bool) -> None:
    tiling, pixels = cut_picture(Image.new(mode, (40, 30)), VISION, second=second)
    assert tiling == (1, 1)
    assert pixels.shape[-3:] == (3, 378, 378)
    assert pixels.dtype == np.float32
    assert -1 <= pixels.min() <= pixels.max() <= 1


def test_pictures_of_one_tiling_share_a_tensor_and_keep_their_places() -> None:
    cut = [((1, 1), 10.0), ((2, 1), 20.0), ((1, 1), 30.0), ((1, 2), 40.0)]
    pixels = name_pixels([(tiling, torch.full((3, 2, 2), value)) for tiling, value in cut])
    alike = read_pixels(pixels)
    assert [each.tiling for each in alike] == [(1, 1), (2, 1), (1, 2)]
    assert [each.places_N.tolist() for each in alike] == [[0, 2], [1], [3]]
    assert alike[0].values[:, 0, 0, 0].tolist() == [10, 30]
    assert name_pixels([]) == {}


def test_local_features_of_2024_are_means_over_blocks() -> None:
    """One number per patch, so that the map can be written down: tile by tile, row by row."""
    tiles_NKP = torch.arange(5 * 4).reshape(1, 5, 4, 1).float()
    joined_NPD = join_first(tiles_NKP, (2, 2))
    assert joined_NPD[0, :, 0].tolist() == [0, 1, 2, 3]
    # the map of the tiles is 4 4: rows (4 5 8 9) (6 7 10 11) (12 13 16 17) (14 15 18 19)
    assert joined_NPD[0, :, 1].tolist() == [5.5, 9.5, 13.5, 17.5]
    assert join_first(tiles_NKP[:, :3], (1, 2))[0, :, 1].tolist() == [4.5, 8.5, 6.5, 10.5]
    assert join_first(tiles_NKP[:, :1], (1, 1))[0].tolist() == [[at, at] for at in (0, 1, 2, 3)]
