"""Where tokens stand: a picture's by row and column, text's by its order; and how many tokens a picture takes.

Axes: A = 3 places of a token (time, row, column), T tokens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lensmith.families.encoded import ImageSpan

SizePx = tuple[int, int]

# Beyond this the published processor refuses a picture.
MOST_ELONGATED = 200


@dataclass(frozen=True, slots=True)
class Grid:
    """A picture's tokens, row by row."""

    rows: int
    columns: int

    def __len__(self) -> int:
        return self.rows * self.columns


def lay_grid(size_px: SizePx, images: Any) -> Grid:
    """The grid of a picture's tokens: sides rounded to whole tokens, within the settings' least and most pixels.

    Args:
        size_px: height and width, neither more than `MOST_ELONGATED` times the other.
        images: the published image processor, whose settings and arithmetic count.
    """
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import smart_resize

    token_px = images.patch_size * images.merge_size
    least, most = images.size["shortest_edge"], images.size["longest_edge"]
    height_px, width_px = smart_resize(*size_px, factor=token_px, min_pixels=least, max_pixels=most)
    return Grid(height_px // token_px, width_px // token_px)


def lay_places(n_tokens: int, spans: Sequence[ImageSpan], grids: Sequence[Grid]) -> NDArray[np.int64]:
    """Each token's places, `places_AT`: the same on all axes for text, and for a picture its row and column.

    A picture takes as many places as its longer side has tokens, and the text after it goes on from there (Wang et al.
    2024, arXiv 2409.12191).

    >>> lay_places(9, [ImageSpan(1, 6)], [Grid(rows=2, columns=3)])
    array([[0, 1, 1, 1, 1, 1, 1, 4, 5],
           [0, 1, 1, 1, 2, 2, 2, 4, 5],
           [0, 1, 2, 3, 1, 2, 3, 4, 5]])
    """
    pieces: list[NDArray[np.int64]] = []
    at = start = 0
    for span, grid in zip(spans, grids, strict=True):
        pieces.append(_count(start, span.start - at))
        start += span.start - at
        row_T, column_T = np.divmod(np.arange(len(grid)), grid.columns)
        pieces.append(np.stack([np.zeros_like(row_T), row_T, column_T]) + start)
        start += max(grid.rows, grid.columns)
        at = span.start + span.length
    pieces.append(_count(start, n_tokens - at))
    return np.concatenate(pieces, axis=1)


def _count(start: int, n_tokens: int) -> NDArray[np.int64]:
    return np.tile(np.arange(start, start + n_tokens), (3, 1))
