"""Pictures for the vision tower: the published image processor's numbers, without torchvision, which it needs.

transformers has this model's image processor for torchvision alone. The scaling that it asks torchvision for is torch's
own, and the rest is arithmetic, so here it is done with torch; what a checkpoint's settings say is honoured. Once this
module is imported, transformers opens this model's processors with it, torchvision or not.
"""

import platform
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate, pad
from transformers import AutoImageProcessor, BatchFeature, Lfm2VlConfig
from transformers.image_processing_backends import PilBackend
from transformers.processing_utils import ImagesKwargs

from lensmith.families.lfm2_vl.tiles import Layout, Tiling, lay_out, read_tiling

# Pillow's numbers for ways of scaling, as settings files hold them, and torch's names.
MODES = {0: "nearest-exact", 2: "bilinear", 3: "bicubic"}


class Lfm2VlSettings(ImagesKwargs, total=False):  # type: ignore[misc, call-arg]
    """What `preprocessor_config.json` may set beside what all image processors have."""

    downsample_factor: int
    do_image_splitting: bool
    min_tiles: int
    max_tiles: int
    use_thumbnail: bool
    min_image_tokens: int
    max_image_tokens: int
    encoder_patch_size: int
    tile_size: int
    max_pixels_tolerance: float
    do_pad: bool
    return_row_col_info: bool


class Lfm2VlImageProcessor(PilBackend):  # type: ignore[misc]
    """Makes what the published class of this name makes, and is saved and loaded under its name.

    Calling it gives `pixel_values` (pieces × patches × values, float32), `pixel_attention_mask` (int32, 1 on patches
    and 0 on padding) and `spatial_shapes` (patches down and across each piece); with `return_row_col_info`, also each
    picture's `image_rows`, `image_cols` and `image_sizes`.
    """

    valid_kwargs = Lfm2VlSettings
    model_input_names = ("pixel_values", "pixel_attention_mask", "spatial_shapes")
    resample = 2
    image_mean = (0.5, 0.5, 0.5)
    image_std = (0.5, 0.5, 0.5)
    size = {"height": 512, "width": 512}  # noqa: RUF012 - transformers reads and copies it
    do_resize = True
    do_rescale = True
    do_normalize = True
    do_pad = True
    downsample_factor = 2
    do_image_splitting = True
    min_tiles = 2
    max_tiles = 10
    use_thumbnail = True
    min_image_tokens = 64
    max_image_tokens = 256
    encoder_patch_size = 16
    tile_size = 512
    max_pixels_tolerance = 2.0
    return_row_col_info = False

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.max_num_patches = read_tiling(self).most_patches  # saved with the settings, as published

    def _preprocess(self, images: Sequence[np.ndarray], **settings: Any) -> BatchFeature:
        tiling = read_tiling(_Named(settings))
        pieces: list[Tensor] = []
        layouts: list[Layout] = []
        for image_CHW in images:
            layout = lay_out((image_CHW.shape[1], image_CHW.shape[2]), tiling)
            picture_CHW = torch.from_numpy(np.ascontiguousarray(image_CHW))
            pieces += [
                _normalise(piece, settings) for piece in _cut(picture_CHW, layout, tiling, MODES[settings["resample"]])
            ]
            layouts.append(layout)
        made: dict[str, Any] = _lay(pieces, tiling)
        if settings["return_row_col_info"]:
            made["image_rows"] = [layout.rows for layout in layouts]
            made["image_cols"] = [layout.columns for layout in layouts]
            made["image_sizes"] = [list(layout.whole_px) for layout in layouts]
        return BatchFeature(data=made, tensor_type=settings.get("return_tensors"))


class _Named:
    """A dictionary's values as attributes."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__.update(values)


def _cut(picture_CHW: Tensor, layout: Layout, tiling: Tiling, mode: str) -> list[Tensor]:
    """Tiles row by row, then the picture as a whole where it is wanted."""
    pieces: list[Tensor] = []
    if layout.is_cut:
        side = tiling.tile_px
        grid_CHW = _scale(picture_CHW, (layout.rows * side, layout.columns * side), mode)
        pieces = [
            grid_CHW[:, row * side : (row + 1) * side, column * side : (column + 1) * side]
            for row in range(layout.rows)
            for column in range(layout.columns)
        ]
    if not layout.is_cut or tiling.thumbnail:
        pieces.append(_scale(picture_CHW, layout.whole_px, mode))
    return pieces


def _scale(picture_CHW: Tensor, size_px: tuple[int, int], mode: str) -> Tensor:
    """Scales as torchvision asks torch to, its choice of whole or broken numbers by machine included."""
    if tuple(picture_CHW.shape[1:]) == size_px:
        return picture_CHW
    if mode == "nearest-exact":
        return interpolate(picture_CHW[None], size_px, mode=mode)[0]
    whole = mode == "bicubic" or _scales_whole_numbers()
    source_1CHW = picture_CHW[None] if whole else picture_CHW[None].float()
    scaled_CHW = interpolate(source_1CHW, size_px, mode=mode, align_corners=False, antialias=True)[0]
    return scaled_CHW if whole else scaled_CHW.round_().to(picture_CHW.dtype)


def _scales_whole_numbers() -> bool:
    """True where torch scales bytes linearly without going through float32 in a way that torchvision trusts."""
    return torch.backends.cpu.get_cpu_capability() in ("AVX2", "AVX512") or platform.machine() in ("aarch64", "arm64")


def _normalise(piece_CHW: Tensor, settings: dict[str, Any]) -> Tensor:
    """Bytes to what the tower was trained on; scaling to 0–1 is folded into mean and deviation, as published."""
    factor = settings["rescale_factor"] if settings["do_rescale"] else 1.0
    if not settings["do_normalize"]:
        return piece_CHW * factor
    mean_C11, std_C11 = (
        (torch.tensor(settings[name]) * (1.0 / factor)).view(-1, 1, 1) for name in ("image_mean", "image_std")
    )
    return (piece_CHW.float() - mean_C11) / std_C11


def _lay(pieces: Sequence[Tensor], tiling: Tiling) -> dict[str, Tensor]:
    """Each piece as a list of patches, row by row, padded at its end; a patch is its pixels row by row, RGB together.

    A strip hundreds of times longer than wide has more patches than the settings mean a piece to have, since it cannot
    be less than a token wide: then the padding is as long as it is.
    """
    side = tiling.patch_px
    shapes = [[piece.shape[1] // side, piece.shape[2] // side] for piece in pieces]
    most = max(tiling.most_patches, *(down * across for down, across in shapes))
    values, masks = [], []
    for piece_CHW, (down, across) in zip(pieces, shapes, strict=True):
        patches = piece_CHW.reshape(-1, down, side, across, side).permute(1, 3, 2, 4, 0).flatten(2).flatten(0, 1)
        values.append(pad(patches, (0, 0, 0, most - len(patches))))
        masks.append((torch.arange(most) < len(patches)).to(torch.int32))
    return {
        "pixel_values": torch.stack(values),
        "pixel_attention_mask": torch.stack(masks),
        "spatial_shapes": torch.tensor(shapes),
    }


AutoImageProcessor.register(
    Lfm2VlConfig,
    image_processor_classes={"torchvision": Lfm2VlImageProcessor, "pil": Lfm2VlImageProcessor},
    exist_ok=True,
)
