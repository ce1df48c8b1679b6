"""Whether two pictures are one picture, turned over, encoded again, resized or slightly cropped.

Each picture is a thumbnail of `SIDE_PX` × `SIDE_PX` RGB pixels, whatever its shape. Candidates are found by the
low frequencies of the thumbnails (one matrix product for all pairs); then the one is laid over the other, its edges
moved by Gauss-Newton until the two agree best (after Lucas and Kanade 1981), and what is left is compared pixel by
pixel. 64-bit difference and DCT hashes were tried first: drawings that share a layout lie as near to each other in
them as a picture to its crop. `bench/likeness.py` measures recall and false alarms.

Axes: N and M pictures, B pairs, S rows or columns of a thumbnail, F frequencies, C colours, D numbers of a sketch.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lensmith.data.doctor.alignment import compare_thumbnails
from lensmith.data.fingerprints import SIDE_PX

Floats = NDArray[np.float32]
Thumbnails = NDArray[np.uint8]

# From this correlation on two aligned thumbnails show one picture, if their worst pixels, in grey levels, do not
# differ by more than that; both measured by bench/likeness.py.
SAME_CORRELATION = 0.96
MOST_DIFFERENT_LEVELS = 32.0
# Cosine of two sketches below which no pair is aligned, and how many of a picture's nearest are.
CANDIDATE_COSINE = 0.8
NEAREST = 4

_FREQUENCIES = 6
_ROWS = 1024
# Cosines worked out at once, so that a hundred thousand pictures need no more memory than ten thousand.
_COSINES = 8_000_000
_PAIRS = 64
# Thumbnails that vary less than this, in grey levels, are blank: any two of them would agree.
_BLANK_LEVELS = 1.5
_FLIPS = ((1, 1), (1, -1), (-1, 1), (-1, -1))


class Pair(NamedTuple):
    """Two pictures that look alike, by their places in what was compared, and their correlation."""

    one: int
    other: int
    likeness: float


def find_alike(ours_NSSC: Thumbnails, theirs_MSSC: Thumbnails | None = None) -> list[Pair]:
    """Pairs of pictures that look alike, most alike first.

    For each picture of ours only the nearest few are looked at closely, so of a picture with many copies not every
    pair is told, but every copy is in some pair.

    Args:
        ours_NSSC: thumbnails.
        theirs_MSSC: to compare ours with; None: ours among each other, each pair once.
    """
    theirs = ours_NSSC if theirs_MSSC is None else theirs_MSSC
    if not (len(ours_NSSC) and len(theirs)):
        return []
    found: dict[tuple[int, int], float] = {}
    candidates = _candidates(ours_NSSC, theirs, among_themselves=theirs_MSSC is None)
    for one_B, other_B, flip_B in candidates:
        correlation_B, levels_B = _look_closely(ours_NSSC[one_B], theirs[other_B], flip_B)
        alike_B = (correlation_B >= SAME_CORRELATION) & (levels_B <= MOST_DIFFERENT_LEVELS)
        for one, other, likeness in zip(one_B[alike_B], other_B[alike_B], correlation_B[alike_B], strict=True):
            swap = theirs_MSSC is None and one > other
            pair = (int(other), int(one)) if swap else (int(one), int(other))
            found[pair] = max(found.get(pair, 0.0), float(likeness))
    pairs = [Pair(one, other, round(likeness, 4)) for (one, other), likeness in found.items()]
    return sorted(pairs, key=lambda pair: (-pair.likeness, pair.one, pair.other))


def sketch(thumbnails_NSSC: Thumbnails) -> Floats:
    """`sketch_NFFC`: the low frequencies of each thumbnail without its mean, of length 1; zeros where it is blank."""
    waves_FS = _cosines(thumbnails_NSSC.shape[1])
    sketches = np.empty((len(thumbnails_NSSC), _FREQUENCIES, _FREQUENCIES, 3), np.float32)
    for start in range(0, len(thumbnails_NSSC), _ROWS):
        part = thumbnails_NSSC[start : start + _ROWS].astype(np.float32)
        part -= part.mean(axis=(1, 2), keepdims=True)
        spread_N = part.std(axis=(1, 2, 3))
        found = np.einsum("fs,nstc,gt->nfgc", waves_FS, part, waves_FS, optimize=True)
        length_N = np.linalg.norm(found.reshape(len(found), -1), axis=1)
        scale_N = np.where(spread_N < _BLANK_LEVELS, 0.0, 1.0 / np.maximum(length_N, 1e-6))
        sketches[start : start + _ROWS] = found * scale_N[:, None, None, None]
    return sketches


def read_thumbnails(thumbnails: list[bytes]) -> Thumbnails:
    """Thumbnails as they are kept, in one array `NSSC`."""
    return np.frombuffer(b"".join(thumbnails), np.uint8).reshape(-1, SIDE_PX, SIDE_PX, 3)


def _candidates(
    ours_NSSC: Thumbnails, theirs_MSSC: Thumbnails, *, among_themselves: bool
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]:
    """Pairs to look at closely, some at a time: places of ours, places of theirs, and how theirs is flipped."""
    ours_NFFC, theirs_MFFC = sketch(ours_NSSC), sketch(theirs_MSSC)
    theirs_DM = theirs_MFFC.reshape(len(theirs_MFFC), -1).T
    # A mirrored picture has the same waves, with the odd ones upside down.
    odd = np.where(np.arange(_FREQUENCIES) % 2, -1.0, 1.0).astype(np.float32)
    waiting: list[NDArray[np.int64]] = []
    rows = max(1, min(_ROWS, _COSINES // max(1, len(theirs_MFFC))))
    for start in range(0, len(ours_NFFC), rows):
        part = ours_NFFC[start : start + rows]
        best_NM = np.full((len(part), theirs_DM.shape[1]), -1.0, np.float32)
        flip_NM = np.zeros(best_NM.shape, np.int8)
        for number, (down, across) in enumerate(_FLIPS):
            flipped = part * (odd[:, None, None] if down < 0 else 1.0) * (odd[:, None] if across < 0 else 1.0)
            cosine_NM = flipped.reshape(len(part), -1).astype(np.float32) @ theirs_DM
            better = cosine_NM > best_NM
            best_NM[better] = cosine_NM[better]
            flip_NM[better] = number
        if among_themselves:
            here = np.arange(len(part))
            best_NM[here, here + start] = -1.0
        nearest_NK = _nearest(best_NM)
        one, column = np.nonzero(np.take_along_axis(best_NM, nearest_NK, axis=1) >= CANDIDATE_COSINE)
        other = nearest_NK[one, column]
        waiting.append(np.stack([one + start, other, flip_NM[one, other].astype(np.int64)]))
    together = np.concatenate(waiting, axis=1) if waiting else np.zeros((3, 0), np.int64)
    for start in range(0, together.shape[1], _PAIRS):
        one, other, flip = together[:, start : start + _PAIRS]
        yield one, other, flip


def _nearest(cosine_NM: Floats) -> NDArray[np.int64]:
    count = min(NEAREST, cosine_NM.shape[1])
    return np.argpartition(-cosine_NM, count - 1, axis=1)[:, :count].astype(np.int64)


def _look_closely(ours_BSSC: Thumbnails, theirs_BSSC: Thumbnails, flip_B: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Correlation of each pair once laid over each other, and by how many levels the worst pixels differ."""
    flipped = theirs_BSSC.copy()
    for number, (down, across) in enumerate(_FLIPS):
        flipped[flip_B == number] = theirs_BSSC[flip_B == number][:, ::down, ::across]
    return compare_thumbnails(ours_BSSC.astype(np.float32), flipped.astype(np.float32))


def _cosines(side: int) -> Floats:
    """The first waves of the discrete cosine transform, `FS`."""
    steps = np.arange(_FREQUENCIES)[:, None] * (np.arange(side)[None] + 0.5)
    waves = np.cos(np.pi * steps / side)
    waves[0] *= np.sqrt(0.5)
    return waves.astype(np.float32)
