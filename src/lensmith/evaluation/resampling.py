"""Sums over groups: by group, on resamples of the groups, and without one group at a time.

Groups whose sums are alike are drawn together: which of them a resample holds makes no difference, only how many.
So a hundred thousand pictures with one right or wrong answer each are two rows, and cost what two rows cost.

Axes: N predictions, G groups, R resamples, D sums, U rows: distinct groups.
"""

import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

Combine = Callable[["np.ndarray"], "np.ndarray"]
"""Sums (R, D) to numbers (R,); NaN where the number is not defined."""

_WEIGHTS_AT_ONCE = 2_000_000
"""Resampled weights held in memory together: 16 MB each way."""

_CHEAPER_BY_ROWS = 8
"""Drawing a row's count costs about seven times what drawing one group does; measured."""


@dataclass(frozen=True, slots=True)
class Resampling:
    """How intervals are made: always with the same draws, so the same data give the same interval."""

    seed: int
    confidence: float = 0.95
    resamples: int = 2000

    def generator(self) -> "np.random.Generator":
        """A generator of its own among all that derive from the run's seed."""
        import numpy as np

        return np.random.default_rng([self.seed, zlib.crc32(b"bootstrap over groups")])


@dataclass(frozen=True, slots=True)
class Rows:
    """Groups by their sums.

    Attributes:
        sums: of each distinct group (U, D), numpy or scipy sparse.
        counts: how many groups have these sums (U,).
    """

    sums: Any
    counts: "np.ndarray"

    @property
    def groups(self) -> int:
        """How many groups there are in all."""
        return int(self.counts.sum())


def sum_by_group(contributions_ND: Any, groups: Sequence[str]) -> Any:
    """Each group's sums (G, D), in order of appearance, sparse where the contributions are."""
    import numpy as np
    from scipy import sparse

    place: dict[str, int] = {}
    group_of_N = np.array([place.setdefault(group, len(place)) for group in groups], dtype=int)
    n = len(group_of_N)
    member_GN = sparse.csr_array((np.ones(n), (group_of_N, np.arange(n))), shape=(len(place), n))
    return member_GN @ contributions_ND


def not_zero(sums_GD: Any) -> "np.ndarray":
    """The places of the groups that add anything."""
    import numpy as np

    return np.flatnonzero(dense(abs(sums_GD).sum(axis=1)).ravel())


def find_rows(sums_GD: Any) -> Rows:
    """The distinct groups, in an order that follows from their sums alone."""
    import numpy as np

    # Rows that are equal have equal projections on any direction, and on one by lot only those.
    direction_D = np.random.default_rng(0).random(sums_GD.shape[1])
    if hasattr(sums_GD, "sort_indices"):
        sums_GD.sort_indices()
        projected_G = sums_GD @ direction_D
    else:
        projected_G = (sums_GD * direction_D).sum(axis=1)
    _, first_U, counts_U = np.unique(projected_G, return_index=True, return_counts=True)
    return Rows(sums_GD[first_U], counts_U)


def resample(rows: Rows, combine: Combine, resampling: Resampling) -> "np.ndarray":
    """The number on `resamples` draws of all groups with replacement (R,), in chunks of bounded memory."""
    import numpy as np

    generator = resampling.generator()
    kinds = len(rows.counts)
    by_rows = kinds * _CHEAPER_BY_ROWS <= rows.groups
    chunk = max(1, _WEIGHTS_AT_ONCE // (kinds if by_rows else rows.groups))
    row_of_G = np.repeat(np.arange(kinds), rows.counts)
    drawn = []
    for start in range(0, resampling.resamples, chunk):
        some = min(chunk, resampling.resamples - start)
        if by_rows:
            weights_RU = generator.multinomial(rows.groups, rows.counts / rows.groups, size=some)
        else:
            picks_RG = row_of_G[generator.integers(rows.groups, size=(some, rows.groups))]
            picks_RG += np.arange(some)[:, None] * kinds
            weights_RU = np.bincount(picks_RG.ravel(), minlength=some * kinds).reshape(some, kinds)
        drawn.append(combine(dense(weights_RU.astype(float) @ rows.sums)))
    return np.concatenate(drawn)


def pulls(rows: Rows, combine: Combine) -> "np.ndarray":
    """By how much each kind of group raises the number: with all groups, less without one of these (U,).

    NaN where the number is not defined without it.
    """
    import numpy as np

    total_D = dense(rows.counts @ rows.sums).reshape(-1)
    whole = combine(total_D[None])[0]
    chunk = max(1, _WEIGHTS_AT_ONCE // len(total_D))
    parts = range(0, len(rows.counts), chunk)
    return np.concatenate([whole - combine(total_D - dense(rows.sums[at : at + chunk])) for at in parts])


def rarer_side(pulls_U: "np.ndarray", counts_U: "np.ndarray") -> float:
    """How many groups pull a number to the side that fewer pull it to, as an effective number; at least 1.

    Groups that pull with strengths w count as (Σw)² / Σw² groups (Kish 1965, Survey Sampling, for weights): as
    all of them where they pull alike, as one where one does it all. Of a share of 3 % these are the groups that
    hold the 3 %.
    """
    import numpy as np

    if np.isnan(pulls_U).any():
        return 1.0
    sides = (np.clip(pulls_U, 0, None), np.clip(-pulls_U, 0, None))
    squares = [float((counts_U * side_U**2).sum()) for side_U in sides]
    if min(squares) <= 1e-12 * max(squares):
        return 1.0
    numbers = [float((counts_U * side_U).sum()) ** 2 / square for side_U, square in zip(sides, squares, strict=True)]
    return max(1.0, min(numbers))


def variance_alike(contributions_ND: Any, groups: Sequence[str], combine: Combine) -> float:
    """The variance of a number if the predictions of a group were always as good as one.

    That is its variance among independent predictions, by leaving out one at a time, times the mean group size that a
    prediction meets (the design effect at an intra-cluster correlation of 1: Kish 1965).
    """
    import numpy as np

    told_N = not_zero(contributions_ND)
    rows = find_rows(contributions_ND[told_N])
    independent = float(np.nansum(rows.counts * pulls(rows, combine) ** 2))
    sizes_G = np.array(list(Counter(groups[at] for at in told_N.tolist()).values()), dtype=float)
    return independent * float((sizes_G**2).sum() / sizes_G.sum())


def dense(array: Any) -> "np.ndarray":
    """The array as a plain numpy one."""
    import numpy as np

    return np.asarray(array.todense() if hasattr(array, "todense") else array)
