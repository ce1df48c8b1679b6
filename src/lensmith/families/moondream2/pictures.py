"""How a picture is cut up, as each release does it: every picture is stretched to a size that views fit into.

Axes: C channels, H and W pixels, K views.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Tiling = tuple[int, int]
"""Rows and columns of local views."""

# In the order in which the release tries them.
FIRST_TILINGS: tuple[Tiling, ...] = ((1, 1), (1, 2), (2, 1), (2, 2))


def choose_tiling(size_px: tuple[int, int], vision: Any, *, second: bool) -> Tiling:
    """The tiling of a picture of `size_px` (height, width), as its release chooses it."""
    return _choose_second(size_px, vision) if second else _choose_first(size_px, vision)


def cut_picture(picture: Image.Image, vision: Any, *, second: bool) -> tuple[Tiling, NDArray[np.float32]]:
    """The tiling, and pixels from -1 to 1.

    Args:
        picture: in any mode.
        vision: the tower's config.
        second: True for the generation of 2025.

    Returns:
        for 2024 `pixels_CHW`, the whole picture stretched over the tiling's views; for 2025 `pixels_KCHW`, the whole
        picture in one view, then the overlapping local views row by row.
    """
    picture = picture.convert("RGB")
    tiling = choose_tiling((picture.height, picture.width), vision, second=second)
    rows, columns = tiling
    side = vision.crop_px
    if not second:
        stretched = picture.resize((columns * side, rows * side), Image.Resampling.BICUBIC)
        # that release multiplies where the later ones divide, which differs in the last bit
        return tiling, _centre(np.asarray(stretched, dtype=np.float32) * np.float32(1 / 255))
    step = side - 2 * vision.overlap_patches * vision.patch_size
    size = (columns * step + side - step, rows * step + side - step)
    stretched = picture.resize(size, Image.Resampling.LANCZOS)
    corners = [(row * step, column * step) for row in range(rows) for column in range(columns)]
    local = [stretched.crop((left, top, left + side, top + side)) for top, left in corners]
    whole = picture.resize((side, side), Image.Resampling.LANCZOS)
    return tiling, np.stack([_centre(np.asarray(view, dtype=np.float32) / np.float32(255)) for view in (whole, *local)])


def _centre(shares_HWC: NDArray[np.float32]) -> NDArray[np.float32]:
    return ((shares_HWC - np.float32(0.5)) / np.float32(0.5)).transpose(2, 0, 1)


def _choose_first(size_px: tuple[int, int], vision: Any) -> Tiling:
    """Nearest in shape, then in size. The second measure mixes height and width, as the release does."""
    height, width = size_px
    if max(height, width) < vision.whole_below_px:
        return (1, 1)

    def distance(tiling: Tiling) -> tuple[float, int]:
        tall, wide = (count * vision.crop_px for count in tiling)
        return abs(wide / tall - width / height), abs(tall - width) + abs(wide - height)

    return min(FIRST_TILINGS, key=distance)


def _choose_second(size_px: tuple[int, int], vision: Any) -> Tiling:
    """As many views as the picture fills at its own size, and more where there is room for them."""
    margin = 2 * vision.overlap_patches * vision.patch_size
    step = vision.crop_px - margin
    height, width = (side - margin for side in size_px)
    most = vision.max_crops
    if height <= step or width <= step:
        return (1, 1)
    rows, columns = math.ceil(height / step), math.ceil(width / step)
    if rows * columns > most:
        shrink = math.sqrt(most / (rows * columns))
        return max(1, math.floor(rows * shrink)), max(1, math.floor(columns * shrink))
    rows = max(math.floor(math.sqrt(most * height / width)), rows)
    columns = max(math.floor(math.sqrt(most * width / height)), columns)
    if rows * columns > most:
        return (rows, most // rows) if columns > rows else (most // columns, columns)
    return rows, columns
