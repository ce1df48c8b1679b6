"""What single values of a sweep's settings do to its objectives, in numbers and in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lensmith.evaluation.correction import holm
from lensmith.sweep.objectives import Objective
from lensmith.sweep.space import Setting, describe_setting
from lensmith.sweep.statistics import Spread, difference_of, mean_over
from lensmith.sweep.table import Row, by_seed


@dataclass(frozen=True, slots=True)
class Effect:
    """What one value of a setting does against another.

    Attributes:
        objective: to which number.
        key: of the recipe.
        first: the value it is compared with.
        second: the value.
        difference: the second's mean minus the first's.
        paired: the runs differ in this key alone, pair by pair.
        mixed_with: other keys of which the runs of the one value have only values that those of the other do not have:
            whose effect it is cannot be told.
        adjusted_p: corrected for all effects on this objective (Holm); None where there are too few runs.
    """

    objective: Objective
    key: str
    first: str
    second: str
    difference: Spread
    paired: bool
    mixed_with: tuple[str, ...] = ()
    adjusted_p: float | None = None

    @property
    def sure(self) -> bool:
        """It is no chance, though so many were looked at, and no other key's."""
        likely = self.adjusted_p is not None and self.adjusted_p < 1 - self.difference.confidence
        return likely and not self.mixed_with

    def to_json(self) -> dict[str, Any]:
        """The fields and the sentence."""
        return {
            "objective": self.objective.text,
            "key": self.key,
            "first": self.first,
            "second": self.second,
            "difference": self.difference.to_json(),
            "paired": self.paired,
            "mixed_with": list(self.mixed_with),
            "adjusted_p": self.adjusted_p,
            "sure": self.sure,
            "sentence": self.sentence(),
        }

    def sentence(self) -> str:
        """In words, with the interval; points are hundredths."""
        shown = f"{self.key} {self.second} over {self.first}: {100 * self.difference.value:+.1f} points"
        found = self.difference
        if found.low is None or found.high is None:
            return f"{shown} in {self.objective.text}; too few runs for an interval"
        interval = f"{100 * found.confidence:g} % interval {100 * found.low:+.1f} to {100 * found.high:+.1f}"
        what = f"{found.n} {'pairs of runs' if self.paired else 'runs'}"
        others = " and ".join(key.rpartition(".")[2] for key in self.mixed_with)
        doubt = f"{others} changed along" if others else "that may be chance"
        return f"{shown} in {self.objective.text} ({interval}, {what}){'' if self.sure else f'; {doubt}'}"


def find_effects(rows: Sequence[Row], objective: Objective, confidence: float) -> list[Effect]:
    """What each value of each key does against the first that the key has, the surest first.

    Numbers of a searched range are parted at their median: below it, and from it on. Whether an effect is sure is
    decided for all of them together.
    """
    keys = list(dict.fromkeys(key for row in rows for key in row.trial.setting))
    found = [effect for key in keys for effect in _effects_of(key, rows, objective, confidence)]
    told = [at for at, each in enumerate(found) if each.difference.p is not None]
    for at, p in zip(told, holm([found[at].difference.p or 0.0 for at in told]), strict=True):
        found[at] = replace(found[at], adjusted_p=p)
    return sorted(found, key=lambda each: (not each.sure, -abs(each.difference.value)))


def _effects_of(key: str, rows: Sequence[Row], objective: Objective, confidence: float) -> Iterator[Effect]:
    with_key = [row for row in rows if key in row.trial.setting]
    groups = _grouped(key, with_key)
    if len(groups) < 2:
        return
    first, *others = groups
    for other in others:
        pairs = _pairs(key, groups[first], groups[other], objective)
        if len(pairs) >= 2:
            spread = mean_over([b - a for a, b in pairs], confidence)
        else:
            here, there = ([*_values(rows, objective)] for rows in (groups[first], groups[other]))
            if not here or not there:
                continue
            spread = difference_of(here, there, confidence)
        mixed = () if len(pairs) >= 2 else _mixed_with(key, groups[first], groups[other])
        yield Effect(objective, key, first, other, spread, len(pairs) >= 2, mixed)


def _mixed_with(key: str, first: Sequence[Row], second: Sequence[Row]) -> tuple[str, ...]:
    """The other keys of which the two have no value in common, or, where they are numbers, no stretch."""
    others = dict.fromkeys(name for row in (*first, *second) for name in row.trial.setting if name != key)
    return tuple(
        name
        for name in others
        if _are_apart(*([row.trial.setting.get(name) for row in rows] for rows in (first, second)))
    )


def _are_apart(first: Sequence[Any], second: Sequence[Any]) -> bool:
    if all(isinstance(value, int | float) for value in (*first, *second)):
        return bool(max(first) < min(second) or max(second) < min(first))
    return not {repr(value) for value in first} & {repr(value) for value in second}


def _grouped(key: str, rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Rows by the value of a key; by halves where the values are numbers that hardly repeat."""
    values = [row.trial.setting[key] for row in rows]
    texts = [describe_setting({key: value}).partition(" ")[2] for value in values]
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    if numbers and len(set(values)) > max(4, len(values) // 2):
        middle = sorted(values)[len(values) // 2]
        texts = [f"below {middle:g}" if value < middle else f"from {middle:g}" for value in values]
    order = sorted(range(len(rows)), key=lambda at: values[at]) if numbers else range(len(rows))
    groups: dict[str, list[Row]] = {}
    for at in order:
        groups.setdefault(texts[at], []).append(rows[at])
    return groups


def _pairs(key: str, first: Sequence[Row], second: Sequence[Row], objective: Objective) -> list[tuple[float, float]]:
    """Values of runs that differ in this key alone; none where either side has several for a partner."""
    here, there = (_by_partner(key, rows, objective) for rows in (first, second))
    if any(len(values) > 1 for side in (here, there) for values in side.values()):
        return []
    return [(here[partner][0], values[0]) for partner, values in there.items() if partner in here]


def _by_partner(key: str, rows: Sequence[Row], objective: Objective) -> dict[tuple[str, int], list[float]]:
    """Values by everything that must be alike in the two runs of a pair."""
    found: dict[tuple[str, int], list[float]] = {}
    for row in rows:
        for seed, value in by_seed(row, objective).items():
            found.setdefault((_rest(row.trial.setting, key), seed), []).append(value)
    return found


def _rest(setting: Setting, key: str) -> str:
    return repr(sorted((name, value) for name, value in setting.items() if name != key))


def _values(rows: Sequence[Row], objective: Objective) -> Iterator[float]:
    for row in rows:
        yield from by_seed(row, objective).values()
