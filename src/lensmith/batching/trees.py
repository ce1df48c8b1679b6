"""Trees: questions on one picture share everything up to where they part, picture included.

A trunk is the longest common prefix of the encoded examples, so that sharing it needs no assumption about templates. A
branch is what is an example's own. Positions restart where the trunk ends and a branch sees the trunk and itself, so
a tree's losses and gradients are those of its examples alone.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from lensmith.families.encoded import Encoded
from lensmith.types import ImageRef


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """Examples on the same pictures.

    Attributes:
        branches: whole examples; the first `trunk_tokens` ids are the same in all.
        trunk_tokens: how long the shared beginning is; holds every picture.
    """

    branches: tuple[Encoded, ...]
    trunk_tokens: int

    @property
    def images(self) -> tuple[ImageRef, ...]:
        """The pictures, once."""
        return self.branches[0].images

    def __len__(self) -> int:
        """Tokens of the whole tree, the trunk counted once."""
        return self.trunk_tokens + sum(len(branch) - self.trunk_tokens for branch in self.branches)


def grow_trees(items: Sequence[Encoded], *, share: bool) -> list[Tree]:
    """Joins examples on the same pictures into trees, in the order in which their pictures are met.

    Args:
        items: examples, at least one.
        share: False gives every example a tree of its own.
    """
    groups: dict[Hashable, list[Encoded]] = {}
    for at, item in enumerate(items):
        shared = share and bool(item.images)
        groups.setdefault((item.images, item.spans) if shared else at, []).append(item)
    trees: list[Tree] = []
    for group in groups.values():
        trunk_tokens = _common_tokens(group)
        if max((span.start + span.length for span in group[0].spans), default=0) <= trunk_tokens:
            trees.append(Tree(tuple(group), trunk_tokens))
        else:  # they part before the last picture ends: nothing worth sharing
            trees += [Tree((item,), _common_tokens([item])) for item in group]
    return trees


def pack_trees(trees: Sequence[Tree]) -> list[list[Tree]]:
    """Rows of trees, none longer than the longest tree: short trees share a row, which saves padding.

    The longest is laid first, each next one into the first row that has room (first fit decreasing, Johnson 1973).
    """
    width = max(len(tree) for tree in trees)
    rows: list[list[Tree]] = []
    room: list[int] = []
    for tree in sorted(trees, key=len, reverse=True):
        row = next((row for row, tokens in enumerate(room) if tokens >= len(tree)), len(rows))
        if row == len(rows):
            rows.append([])
            room.append(width)
        rows[row].append(tree)
        room[row] -= len(tree)
    return rows


def _common_tokens(group: Sequence[Encoded]) -> int:
    """Length of the longest common prefix that holds nothing supervised and leaves each example a token of its own."""
    longest = min(_unsupervised_tokens(item) for item in group)
    first = group[0].ids_T[:longest]
    for item in group[1:]:
        different = np.flatnonzero(first != item.ids_T[: len(first)])
        if len(different):
            first = first[: different[0]]
    return len(first)


def _unsupervised_tokens(item: Encoded) -> int:
    supervised = np.flatnonzero(item.weights_T)
    return int(supervised[0]) if len(supervised) else len(item) - 1
