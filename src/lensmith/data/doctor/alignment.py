"""Laying one thumbnail over another: its edges moved until both agree best, and what then still differs.

Axes: B pairs, S rows or columns, C colours, E the four edges: left, right, top, bottom, as parts of the picture.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# Coarse to fine, with Gauss-Newton steps at each: at 8 pixels a crop is a fraction of a pixel.
_STEPS = 4
_SIDES = (8, 16, 32)
# Pairs that correlate less after the coarser sides are given up: copies of measured pictures kept above.
_GIVEN_UP = {8: 0.8, 16: 0.88}
# A slight crop takes at most so much off an edge; more is another picture.
_LARGEST_CROP = 0.12
_LONGEST_STEP = 0.06
_DAMPING = 0.01
# The share of pixels that counts as the worst ones: a small object that only one of the pictures shows.
_WORST_PIXELS = 0.02


def compare_thumbnails(ours_BSSC: Floats, theirs_BSSC: Floats) -> tuple[Floats, Floats]:
    """Correlation of each pair laid over each other, and by how many grey levels the worst pixels differ, each `B`.

    Pairs that are given up early have the correlation of a coarse look, below any that counts, and infinite levels.
    """
    whole = np.array([0, 1, 0, 1], np.float32)
    edges_BE = np.tile(whole, (len(ours_BSSC), 1))
    correlation_B = np.zeros(len(ours_BSSC), np.float32)
    levels_B = np.full(len(ours_BSSC), np.inf, np.float32)
    left = np.arange(len(ours_BSSC))
    for side in _SIDES:
        if not len(left):
            break
        ours, theirs = _shrink(ours_BSSC[left], side), _shrink(theirs_BSSC[left], side)
        edges = edges_BE[left]
        for _ in range(_STEPS):
            edges = edges + np.clip(_gauss_newton(ours, theirs, edges), -_LONGEST_STEP, _LONGEST_STEP)
            edges = np.clip(edges, whole - _LARGEST_CROP, whole + _LARGEST_CROP).astype(np.float32)
        edges_BE[left] = edges
        correlation_B[left], levels_left = _compare(ours, theirs, edges)
        if side == _SIDES[-1]:
            levels_B[left] = levels_left
        left = left[correlation_B[left] >= _GIVEN_UP.get(side, -1.0)]
    return correlation_B, levels_B


def _compare(ours_BSSC: Floats, theirs_BSSC: Floats, edges_BE: Floats) -> tuple[Floats, Floats]:
    """Correlation over what both show, and the mean difference of the worst pixels.

    Both are blurred a little first: resampling moves thin lines by a part of a pixel.
    """
    moved, seen_BSS = _crop(ours_BSSC, edges_BE)
    ours, theirs = _blur(moved), _blur(theirs_BSSC)
    ours_centred, theirs_centred = _centre(ours, seen_BSS), _centre(theirs, seen_BSS)
    product = _product(ours_centred, theirs_centred)
    lengths = _product(ours_centred, ours_centred) * _product(theirs_centred, theirs_centred)
    difference = (np.abs(ours - theirs).mean(axis=3) * seen_BSS).reshape(len(ours), -1)
    worst = np.sort(difference, axis=1)[:, -max(1, int(_WORST_PIXELS * difference.shape[1])) :]
    return product / np.sqrt(lengths + 1e-6), worst.mean(axis=1)


def _product(one: Floats, other: Floats) -> Floats:
    flat = one.reshape(len(one), 1, -1) @ other.reshape(len(other), -1, 1)
    return np.asarray(flat[:, 0, 0], np.float32)


def _gauss_newton(ours: Floats, theirs: Floats, edges_BE: Floats) -> Floats:
    """The step of the edges that, to first order, makes ours most like theirs."""
    count, side = ours.shape[:2]
    moved, seen = _crop(ours, edges_BE)
    rest = _centre(theirs, seen) - _centre(moved, seen)
    across = np.gradient(moved, axis=2) * (side / (edges_BE[:, 1] - edges_BE[:, 0]))[:, None, None, None]
    down = np.gradient(moved, axis=1) * (side / (edges_BE[:, 3] - edges_BE[:, 2]))[:, None, None, None]
    place = ((np.arange(side) + 0.5) / side).astype(np.float32)
    x, y = place[None, None, :, None], place[None, :, None, None]
    slopes = np.stack([across * (1 - x), across * x, down * (1 - y), down * y], axis=1) * seen[:, None, :, :, None]
    slopes_BEP = slopes.reshape(count, 4, -1)
    normal_BEE = slopes_BEP @ slopes_BEP.transpose(0, 2, 1)
    trace_B = np.trace(normal_BEE, axis1=1, axis2=2)
    normal_BEE += np.eye(4, dtype=np.float32) * (_DAMPING * trace_B / 4 + 1e-3)[:, None, None]
    step = np.linalg.solve(normal_BEE, slopes_BEP @ rest.reshape(count, -1, 1))[..., 0]
    return np.asarray(step, np.float32)


def _crop(picture_BSSC: Floats, edges_BE: Floats) -> tuple[Floats, Floats]:
    """The part between the edges, at the same size, and which of its pixels the picture has: `BSSC`, `BSS`."""
    side = picture_BSSC.shape[1]
    rows_BSS, inside_rows = _samples(edges_BE[:, 2], edges_BE[:, 3], side)
    columns_BSS, inside_columns = _samples(edges_BE[:, 0], edges_BE[:, 1], side)
    moved = (rows_BSS @ picture_BSSC.reshape(len(picture_BSSC), side, -1)).reshape(picture_BSSC.shape)
    return columns_BSS[:, None] @ moved, inside_rows[:, :, None] * inside_columns[:, None, :]


def _samples(low_B: Floats, high_B: Floats, side: int) -> tuple[Floats, Floats]:
    """Weights `BSS` that sample a row linearly between two edges, and 1 where a sample lies inside the row, `BS`."""
    place = (np.arange(side, dtype=np.float32) + 0.5) / side
    at_BS = (low_B[:, None] + place * (high_B - low_B)[:, None]) * side - 0.5
    near = 1 - np.abs(np.clip(at_BS, 0, side - 1)[:, :, None] - np.arange(side, dtype=np.float32))
    inside = (at_BS >= -0.5) & (at_BS <= side - 0.5)
    return np.maximum(near, 0).astype(np.float32), inside.astype(np.float32)


def _centre(picture: Floats, seen: Floats) -> Floats:
    """The picture without each colour's mean, and nothing where it is not seen."""
    count, side = seen.shape[:2]
    weight = seen.reshape(count, 1, side * side)
    total = weight @ picture.reshape(count, side * side, -1)
    mean = total / (weight.sum(axis=2, keepdims=True) + 1e-6)
    return np.asarray((picture - mean[:, :, None]) * seen[..., None], np.float32)


def _shrink(picture: Floats, side: int) -> Floats:
    count, whole, _, colours = picture.shape
    means = np.repeat(np.eye(side, dtype=np.float32), whole // side, axis=1) * np.float32(side / whole)
    rows = (means @ picture.reshape(count, whole, -1)).reshape(count, side, whole, colours)
    return np.asarray(means @ rows, np.float32)


def _blur(picture: Floats) -> Floats:
    for axis in (1, 2):
        edges = [(0, 0)] * 4
        edges[axis] = (1, 1)
        wide = np.moveaxis(np.pad(picture, edges, mode="edge"), axis, 0)
        picture = np.moveaxis(0.25 * wide[:-2] + 0.5 * wide[1:-1] + 0.25 * wide[2:], 0, axis)
    return np.asarray(picture, np.float32)
