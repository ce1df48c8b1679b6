"""Dividing examples into training, validation and test without a picture, or a group, on two sides.

Which side a group falls on depends on the seed, its name and the sizes of the groups; not on the order of the rows.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence

from lensmith.errors import DataError, Problem, suggest
from lensmith.types import Example

Groups = dict[str, list[int]]


def divide(
    examples: Sequence[Example], shares: Mapping[str, float], *, by: str = "image", seed: int = 0
) -> dict[str, tuple[Example, ...]]:
    """Examples by part: those of `shares`, and `train` with all the rest, each in the order of `examples`.

    A part gets the groups that bring its number of examples nearest to its share, and at least one group.

    Args:
        examples: at least one.
        shares: part to fraction; parts with 0 are left out. Together below 1.
        by: `image`: examples with a picture or a group in common stay together. Otherwise the name of a metadata
            column, or `group`, `id`, `question`, `answer`: examples with the same value stay together.
        seed: another seed gives another division.

    Raises:
        DataError: the shares leave nothing to train on, there are fewer groups than parts, or no such column.
    """
    parts = {part: share for part, share in shares.items() if share > 0}
    if sum(parts.values()) >= 1:
        asked = " + ".join(f"{part} {share}" for part, share in parts.items())
        raise DataError(Problem("data/shares", "data.split", f"{asked} leaves nothing to train on", fix="lower them"))
    groups = group_by_picture(examples) if by == "image" else group_by_column(examples, by)
    if len(groups) <= len(parts):
        raise DataError(_too_few(len(groups), len(examples), list(parts), by))
    order = sorted(groups, key=lambda name: (_rank(seed, name), name))
    chosen: dict[str, list[int]] = {}
    for position, (part, share) in enumerate(parts.items()):
        must_leave = len(parts) - position
        taken = _fill(order, groups, share * len(examples), must_leave)
        chosen[part] = sorted(index for name in taken for index in groups[name])
        order = [name for name in order if name not in taken]
    chosen["train"] = sorted(index for name in order for index in groups[name])
    return {part: tuple(examples[index] for index in indices) for part, indices in chosen.items()}


def group_by_picture(examples: Sequence[Example]) -> Groups:
    """Indices of examples that share a picture or a group, directly or through others, under the least of the names.

    >>> from lensmith.types import Turn
    >>> [list(group_by_picture([Example(i, (), (Turn("?", ("1",)),), g) for i, g in pairs]).values())
    ...  for pairs in [[("1", "a"), ("2", "b"), ("3", "a")]]]
    [[[0, 2], [1]]]
    """
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    # A group may happen to be called what a picture of another group is called; marks keep the two apart.
    keys = [_keys(example) for example in examples]
    for names in keys:
        for name in names:
            first, other = sorted((root(names[0]), root(name)))
            parent[other] = first
    groups: Groups = defaultdict(list)
    for index, names in enumerate(keys):
        groups[root(names[0])].append(index)
    return dict(groups)


def group_by_column(examples: Sequence[Example], column: str) -> Groups:
    """Indices of examples with the same value in `column`; those without a value stay with their own group.

    Raises:
        DataError: no example has the column; names those that exist.
    """
    groups: Groups = defaultdict(list)
    known = False
    for index, example in enumerate(examples):
        value = _value(example, column)
        known = known or value is not None
        groups[f"={value}" if value is not None else f"group {example.group}"].append(index)
    if not known:
        names = {name for example in examples for name in example.metadata} | {
            "image",
            "group",
            "id",
            "question",
            "answer",
        }
        found = f"no example has a column `{column}` to divide by"
        raise DataError(Problem("data/unknown-column", "data.split.by", found, fix=suggest(column, names)))
    return dict(groups)


def _keys(example: Example) -> list[str]:
    pictures = [f"picture {image.name}" for image in example.images]
    own = f"group {example.group}"
    if pictures and example.group == example.images[0].name:
        return pictures
    return [own, *pictures]


def _value(example: Example, column: str) -> str | None:
    if column in example.metadata:
        value = example.metadata[column]
        return None if value is None else str(value)
    answer = example.answers[0] if example.answers else None
    parts = {"group": example.group, "id": example.id, "question": example.question, "answer": answer}
    return parts.get(column)


def _fill(order: Sequence[str], groups: Groups, target: float, must_leave: int) -> set[str]:
    """Groups in order as long as each brings the sum nearer to the target; at least one, leaving `must_leave`."""
    taken: set[str] = set()
    have = 0
    for name in order:
        size = len(groups[name])
        if len(order) - len(taken) > must_leave and have + size / 2 <= target:
            taken.add(name)
            have += size
    # A share smaller than every group still gets one: the smallest.
    return taken or {min(order, key=lambda name: len(groups[name]))}


def _rank(seed: int, name: str) -> bytes:
    return hashlib.sha256(f"{seed}\0{name}".encode()).digest()


def _too_few(groups: int, examples: int, parts: list[str], by: str) -> Problem:
    what = "picture" if by == "image" else by
    return Problem(
        "data/too-few-groups",
        "data.split",
        f"{examples} examples with {groups} different `{what}` cannot be divided into {len(parts) + 1} parts",
        f"at least {len(parts) + 1}, for {', '.join(['train', *parts])}",
        fix=f"add data, give files for {' and '.join(parts)}, or set their shares to 0",
    )
