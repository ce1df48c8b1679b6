"""Dividing examples into training, validation and test without a picture, or a group, on two sides.

Which side a group falls on depends on the seed, its name, and the sizes and labels of the groups; not on the order of
the rows.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lensmith.data.dealing import Label, deal
from lensmith.errors import DataError, Problem, suggest
from lensmith.types import Example

Groups = dict[str, list[int]]
_LISTED = 5


@dataclass(frozen=True, slots=True)
class Fold:
    """One of `of` parts of about the same size that together hold everything once; `number` counts from 1."""

    number: int
    of: int


def divide(
    examples: Sequence[Example],
    shares: Mapping[str, float],
    *,
    by: str = "image",
    seed: int = 0,
    stratify: str | None = None,
    fold: Fold | None = None,
) -> dict[str, tuple[Example, ...]]:
    """Examples by part: those of `shares`, and `train` with all the rest, each in the order of `examples`.

    A part gets the groups that bring its number of examples nearest to its share, and at least one group.

    Args:
        examples: at least one.
        shares: part to fraction; parts with 0 are left out. Together below 1.
        by: `image`: examples with a picture or a group in common stay together. Otherwise the name of a metadata
            column, or `group`, `id`, `question`, `answer`: examples with the same value stay together.
        seed: another seed gives another division.
        stratify: a column as `by` may name: each part gets its share of the examples with each value there, as
            nearly as whole groups allow; see `deal`.
        fold: is the part `test`, whatever `shares` says of it. What each fold holds does not depend on the shares.

    Raises:
        DataError: the shares leave nothing to train on, there are fewer groups than parts, or no such column.
    """
    parts = {part: share for part, share in shares.items() if share > 0}
    if fold:
        parts = {"test": 1 / fold.of, **{part: share for part, share in parts.items() if part != "test"}}
    if sum(parts.values()) >= 1:
        asked = " + ".join(f"{part} {share:g}" for part, share in parts.items())
        raise DataError(Problem("data/shares", "data.split", f"{asked} leaves nothing to train on", fix="lower them"))
    groups = group_by_picture(examples) if by == "image" else group_by_column(examples, by)
    labels = read_column(examples, stratify, "data.split.stratify") if stratify else [None] * len(examples)
    order = sorted(groups, key=lambda name: (_rank(seed, name), name))
    chosen: dict[str, list[int]] = {}
    for position, (part, share) in enumerate(parts.items()):
        must_leave = len(parts) - position
        if len(order) <= must_leave or (fold and len(groups) < fold.of):
            raise DataError(_too_few(groups, list(parts), by, fold))
        target = share * len(examples)
        if fold and part == "test":
            taken = deal(_count(order, groups, labels), [1.0] * fold.of)[fold.number - 1]
        elif stratify:
            rest = sum(len(groups[name]) for name in order) - target
            taken = deal(_count(order, groups, labels), [target, max(1.0, rest)], [1, must_leave])[0]
        else:
            taken = _fill(order, groups, target, must_leave)
        chosen[part] = sorted(index for name in taken for index in groups[name])
        order = [name for name in order if name not in taken]
    chosen["train"] = sorted(index for name in order for index in groups[name])
    return {part: tuple(examples[index] for index in indices) for part, indices in chosen.items()}


def missing_labels(parts: Mapping[str, Sequence[Example]], column: str) -> list[Problem]:
    """A note for each part that lacks values of `column` which other parts have."""
    labels = {part: {_value(example, column) for example in examples} for part, examples in parts.items()}
    notes = []
    for part, own in labels.items():
        lacking = sorted(str(label) for label in set().union(*labels.values()) - own)
        listed = ", ".join(f"`{label}`" for label in lacking[:_LISTED]) + (", …" if len(lacking) > _LISTED else "")
        if lacking:
            notes.append(
                Problem(
                    "data/label-missing",
                    part,
                    f"values of `{column}` that it has no example of: {len(lacking)} ({listed})",
                    consequence="nothing is learned, or measured, about them there",
                    fix="give more examples of them, on more pictures, or hold out a larger share",
                )
            )
    return notes


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
    for index, value in enumerate(read_column(examples, column, "data.split.by", "image")):
        groups[f"={value}" if value is not None else f"group {examples[index].group}"].append(index)
    return dict(groups)


def read_column(examples: Sequence[Example], column: str, setting: str, *others: str) -> list[Label]:
    """The value that each example has in `column`, None where it has none.

    Args:
        examples: at least one.
        column: of their metadata, or `group`, `id`, `question`, `answer`.
        setting: that names the column.
        others: what else that setting may say.

    Raises:
        DataError: no example has the column; names those that exist.
    """
    values = [_value(example, column) for example in examples]
    if all(value is None for value in values):
        names = {name for example in examples for name in example.metadata}
        found = f"no example has a column `{column}` to divide by"
        fix = suggest(column, names | {"group", "id", "question", "answer", *others})
        raise DataError(Problem("data/unknown-column", setting, found, fix=fix))
    return values


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


def _count(order: Sequence[str], groups: Groups, labels: Sequence[Label]) -> dict[str, Counter[Label]]:
    """How many examples of each label are in each group, in order."""
    return {name: Counter(labels[index] for index in groups[name]) for name in order}


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


def _too_few(groups: Groups, parts: list[str], by: str, fold: Fold | None) -> Problem:
    what = "picture" if by == "image" else by
    examples = sum(len(indices) for indices in groups.values())
    into, needed = f"{len(parts) + 1} parts", f"{len(parts) + 1}, for {', '.join(['train', *parts])}"
    fix = f"add data, give files for {' and '.join(parts)}, or set their shares to 0"
    if fold:
        into, needed = (
            f"{fold.of} folds and what the other parts need",
            f"one a fold, and besides the fold {len(parts)}",
        )
        fix = "add data, or ask for fewer folds; data.split.validation: 0 needs no validation part"
    return Problem(
        "data/too-few-groups",
        "data.split",
        f"{examples} examples with {len(groups)} different `{what}` cannot be divided into {into}",
        f"at least {needed}",
        fix=fix,
    )
