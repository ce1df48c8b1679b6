"""How a picture is cut into tiles, and so how many tokens it takes: arithmetic on sizes alone, in pixels.

A picture of moderate size is scaled to whole tokens and stays in one piece. A large one is scaled to a grid of square
tiles of nearly its shape, and followed by a thumbnail of the whole.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any


@dataclass(frozen=True, slots=True)
class Tiling:
    """The settings of an image processor that decide sizes.

    Attributes:
        patch_px: side of a vision patch.
        downsample: so many patches a side become one token.
        tile_px: side of a tile.
        min_tokens: a picture in one piece takes at least so many; smaller ones are enlarged.
        max_tokens: and at most so many.
        min_tiles: of a grid.
        max_tiles: of a grid.
        tolerance: a picture is cut when it has more than this times the pixels that `max_tokens` stand for.
        splits: False: no picture is ever cut.
        thumbnail: False: a cut picture is not seen as a whole.
    """

    patch_px: int = 16
    downsample: int = 2
    tile_px: int = 512
    min_tokens: int = 64
    max_tokens: int = 256
    min_tiles: int = 2
    max_tiles: int = 10
    tolerance: float = 2.0
    splits: bool = True
    thumbnail: bool = True

    @property
    def token_px(self) -> int:
        """Side of what one token stands for."""
        return self.patch_px * self.downsample

    @property
    def most_patches(self) -> int:
        """Patches of the largest piece that can come out; every piece is padded to as many."""
        tile = (self.tile_px // self.patch_px) ** 2 if self.splits else 0
        return max(tile, self.max_tokens * self.downsample**2)


@dataclass(frozen=True, slots=True)
class Layout:
    """What becomes of one picture.

    Attributes:
        rows: of tiles; 1 and 1 where the picture stays in one piece.
        columns: of tiles.
        whole_px: height and width of the picture in one piece, or of the thumbnail.
        tile_tokens: of each tile.
        whole_tokens: of the picture in one piece, or of the thumbnail.
    """

    rows: int
    columns: int
    whole_px: tuple[int, int]
    tile_tokens: int
    whole_tokens: int

    @property
    def is_cut(self) -> bool:
        """True where there is a grid of tiles."""
        return self.rows * self.columns > 1


def read_tiling(settings: Any) -> Tiling:
    """The tiling that an image processor's attributes describe."""
    return Tiling(
        patch_px=settings.encoder_patch_size,
        downsample=settings.downsample_factor,
        tile_px=settings.tile_size,
        min_tokens=settings.min_image_tokens,
        max_tokens=settings.max_image_tokens,
        min_tiles=settings.min_tiles,
        max_tiles=settings.max_tiles,
        tolerance=settings.max_pixels_tolerance,
        splits=settings.do_image_splitting and not settings.min_tiles == settings.max_tiles == 1,
        thumbnail=settings.use_thumbnail,
    )


@lru_cache(maxsize=4096)
def lay_out(size_px: tuple[int, int], tiling: Tiling) -> Layout:
    """What becomes of a picture of this height and width.

    >>> lay_out((256, 384), Tiling())
    Layout(rows=1, columns=1, whole_px=(256, 384), tile_tokens=256, whole_tokens=96)
    >>> lay_out((1000, 3000), Tiling())
    Layout(rows=1, columns=3, whole_px=(288, 864), tile_tokens=256, whole_tokens=243)
    """
    height, width = _whole_size(size_px, tiling)
    whole_tokens = (height // tiling.token_px) * (width // tiling.token_px)
    tile_tokens = math.ceil(tiling.tile_px // tiling.patch_px / tiling.downsample) ** 2
    columns, rows = _grid(size_px, tiling) if tiling.splits and _is_large(size_px, tiling) else (1, 1)
    return Layout(rows, columns, (height, width), tile_tokens, whole_tokens)


def _in_tokens(length_px: int, tiling: Tiling) -> int:
    return round(length_px / tiling.token_px) * tiling.token_px


def _is_large(size_px: tuple[int, int], tiling: Tiling) -> bool:
    height, width = (max(tiling.patch_px, _in_tokens(length, tiling)) for length in size_px)
    return height * width > tiling.max_tokens * tiling.token_px**2 * tiling.tolerance


def _whole_size(size_px: tuple[int, int], tiling: Tiling) -> tuple[int, int]:
    """Whole tokens a side, as near to the picture's size and shape as the limits on tokens allow."""
    unit, area = tiling.token_px, size_px[0] * size_px[1]
    height, width = (max(unit, _in_tokens(length, tiling)) for length in size_px)
    most, least = tiling.max_tokens * unit**2, tiling.min_tokens * unit**2
    if height * width > most:
        shrink = math.sqrt(area / most)
        height, width = (max(unit, math.floor(length / shrink / unit) * unit) for length in size_px)
    elif height * width < least:
        grow = math.sqrt(least / area)
        height, width = (math.ceil(length * grow / unit) * unit for length in size_px)
    return height, width


def _grid(size_px: tuple[int, int], tiling: Tiling) -> tuple[int, int]:
    """Columns and rows whose shape is nearest to the picture's; of two as near, the larger that it half fills."""
    height, width = size_px
    nearest, best = math.inf, (1, 1)
    for columns, rows in _grids(tiling.min_tiles, tiling.max_tiles):
        distance = abs(width / height - columns / rows)
        half_px = 0.5 * tiling.tile_px**2 * columns * rows
        if distance < nearest or (distance == nearest and height * width > half_px):
            nearest, best = distance, (columns, rows)
    return best


@lru_cache
def _grids(fewest: int, most: int) -> list[tuple[int, int]]:
    """All grids, smallest first; those of one size in the order of the set, which decides ties as published."""
    found = {
        (columns, rows)
        for tiles in range(fewest, most + 1)
        for columns in range(1, tiles + 1)
        for rows in range(1, tiles + 1)
        if fewest <= columns * rows <= most
    }
    return sorted(found, key=lambda grid: grid[0] * grid[1])
