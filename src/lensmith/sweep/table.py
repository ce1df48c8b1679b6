"""What a sweep came to: each setting's numbers over its seeds, which nothing beats, and what each value does."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lensmith.sweep.objectives import Objective
from lensmith.sweep.space import Setting, describe_setting
from lensmith.sweep.statistics import Spread, difference_of, mean_over
from lensmith.sweep.trials import Run, Trial, comparisons


@dataclass(frozen=True, slots=True)
class Row:
    """A setting with at least one finished run.

    Attributes:
        trial: the setting and where its runs are.
        runs: the finished ones.
        before: of each objective, the base's.
        after: of each objective, the tuned models'.
        change: of each objective, the runs' own paired differences.
        best: nothing else is better in one objective and as good in all.
    """

    trial: Trial
    runs: tuple[Run, ...]
    before: tuple[Spread, ...]
    after: tuple[Spread, ...]
    change: tuple[Spread, ...]
    best: bool

    def to_json(self, objectives: Sequence[Objective]) -> dict[str, Any]:
        """The setting and its numbers."""
        return {
            "name": self.trial.name,
            "setting": dict(self.trial.setting),
            "seeds": [run.seed for run in self.runs],
            "runs": [str(run.folder) for run in self.runs],
            "best": self.best,
            "objectives": {
                objective.text: {
                    "before": before.to_json(),
                    "after": after.to_json(),
                    "change": change.to_json(),
                }
                for objective, before, after, change in zip(
                    objectives, self.before, self.after, self.change, strict=True
                )
            },
        }


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
    """

    objective: Objective
    key: str
    first: str
    second: str
    difference: Spread
    paired: bool

    def sentence(self) -> str:
        """In words, with the interval; points are hundredths."""
        shown = f"{self.key} {self.second} over {self.first}: {100 * self.difference.value:+.1f} points"
        found = self.difference
        if found.low is None or found.high is None:
            return f"{shown} in {self.objective.text}; too few runs for an interval"
        interval = f"{100 * found.confidence:g} % interval {100 * found.low:+.1f} to {100 * found.high:+.1f}"
        what = f"{found.n} {'pairs of runs' if self.paired else 'runs'}"
        unsure = "" if found.sign else "; that may be chance"
        return f"{shown} in {self.objective.text} ({interval}, {what}){unsure}"


def make_rows(trials: Mapping[str, Sequence[Run]], objectives: Sequence[Objective], confidence: float) -> list[Row]:
    """A row for each trial with a finished run, the best of the first objective on top.

    Args:
        trials: the runs of each, by name.
        objectives: at least one.
        confidence: of intervals.

    Raises:
        RunError: a run was not scored by an objective.
    """
    rows = []
    for runs in trials.values():
        finished = tuple(run for run in runs if run.comparison is not None)
        if finished:
            rows.append(_make_row(finished, objectives, confidence))
    signs = [-1 if objective.less else 1 for objective in objectives]
    wanted = [[sign * spread.value for sign, spread in zip(signs, row.after, strict=True)] for row in rows]
    marked = [
        replace(row, best=not any(_beats(other, mine) for other in wanted))
        for row, mine in zip(rows, wanted, strict=True)
    ]
    return order_rows(marked, objectives, 0)


def order_rows(rows: Sequence[Row], objectives: Sequence[Objective], at: int) -> list[Row]:
    """The rows with the best of one objective on top, equals by name."""
    sign = 1 if objectives[at].less else -1
    return sorted(rows, key=lambda row: (sign * row.after[at].value, row.trial.name))


def _make_row(runs: tuple[Run, ...], objectives: Sequence[Objective], confidence: float) -> Row:
    sides: dict[str, list[Spread]] = {"before": [], "after": [], "difference": []}
    for objective in objectives:
        found = [objective.read(comparison) for comparison in comparisons(runs)]
        for side, spreads in sides.items():
            values = [each[side]["value"] for each in found if each[side]["value"] is not None]
            spread = mean_over(values, confidence) if values else Spread(0, float("nan"), None, None, confidence)
            if spread.n == 1 and len(found) == 1 and found[0][side]["interval"]:  # then the run's own is all there is
                interval = found[0][side]["interval"]
                spread = Spread(1, spread.value, interval["low"], interval["high"], confidence)
            spreads.append(spread)
    before, after, change = (tuple(spreads) for spreads in sides.values())
    return Row(runs[0].trial, runs, before, after, change, best=False)


def _beats(other: Sequence[float], mine: Sequence[float]) -> bool:
    """True where the other is at least as good everywhere and better somewhere."""
    return all(a >= b for a, b in zip(other, mine, strict=True)) and any(
        a > b for a, b in zip(other, mine, strict=True)
    )


def compare_best(rows: Sequence[Row], objective: Objective, confidence: float) -> str:
    """How sure it is that the first row is better than the second, in a sentence; by seed where both have several."""
    if len(rows) < 2:
        return f"{rows[0].trial.name} is the only setting that finished" if rows else "no setting finished"
    first, second = rows[0], rows[1]
    pairs = [
        (mine[seed], theirs[seed])
        for mine, theirs in [(_by_seed(first, objective), _by_seed(second, objective))]
        for seed in mine
        if seed in theirs
    ]
    spread = mean_over([a - b for a, b in pairs], confidence) if pairs else None
    shown = f"{first.trial.name} ({describe_setting(first.trial.setting)})"
    other = f"{second.trial.name} ({describe_setting(second.trial.setting)})"
    if spread is None or spread.low is None or spread.high is None:
        return f"best in {objective.text}: {shown}, before {other}; with one seed that may be chance"
    interval = f"{100 * spread.value:+.1f} points, {100 * confidence:g} % interval over {spread.n} seeds "
    interval += f"{100 * spread.low:+.1f} to {100 * spread.high:+.1f}"
    sure = "better than" if spread.sign else "cannot be told from"
    return f"best in {objective.text}: {shown}; {sure} {other}: {interval}"


def _by_seed(row: Row, objective: Objective) -> dict[int, float]:
    found = {run.seed: objective.read(run.comparison)["after"]["value"] for run in row.runs if run.comparison}
    return {seed: value for seed, value in found.items() if value is not None}


def find_effects(rows: Sequence[Row], objective: Objective, confidence: float) -> list[Effect]:
    """What each value of each key does against the first that the key has, the surest first.

    Numbers of a searched range are parted at their median: below it, and from it on.
    """
    keys = list(dict.fromkeys(key for row in rows for key in row.trial.setting))
    found = [effect for key in keys for effect in _effects_of(key, rows, objective, confidence)]
    return sorted(found, key=lambda each: (each.difference.sign == 0, -abs(each.difference.value)))


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
        yield Effect(objective, key, first, other, spread, len(pairs) >= 2)


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
        for seed, value in _by_seed(row, objective).items():
            found.setdefault((_rest(row.trial.setting, key), seed), []).append(value)
    return found


def _rest(setting: Setting, key: str) -> str:
    return repr(sorted((name, value) for name, value in setting.items() if name != key))


def _values(rows: Sequence[Row], objective: Objective) -> Iterator[float]:
    for row in rows:
        yield from _by_seed(row, objective).values()
