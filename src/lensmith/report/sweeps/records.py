"""What stands in a sweep's sweep.json, as far as its page shows it."""

import json
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from lensmith.errors import Problem, RunError
from lensmith.report.records import Finite, Interval, Number, Record, Text

FILE, ASKED = "sweep.json", "asked.json"


class Spread(Finite):
    """A mean over runs, or over pairs of them."""

    n: int
    value: float | None
    low: float | None = None
    high: float | None = None
    confidence: float = 0.95

    def share(self) -> Number:
        """As a share, which lies between 0 and 1, and so does its interval."""
        if self.value is None or self.low is None or self.high is None:
            return Number(value=self.value, n=self.n)
        low, high = max(0.0, self.low), min(1.0, self.high)
        return Number(value=self.value, n=self.n, interval=Interval(low=low, high=high, confidence=self.confidence))


class Numbers(Record):
    """One objective of one setting."""

    before: Spread
    after: Spread
    change: Spread


class Setting(Record):
    """A setting with finished runs."""

    name: str
    text: str = ""
    setting: dict[str, Any] = Field(default_factory=dict)
    seeds: list[int] = Field(default_factory=list)
    best: bool = False
    objectives: dict[str, Numbers]


class Other(Record):
    """The best setting minus another."""

    name: str
    difference: Spread | None = None
    groups: int = 0
    sure: bool = False


class Ranking(Record):
    """Which setting is best in one objective."""

    objective: str
    best: str
    seeds: int
    confidence: float
    others: list[Other]
    equal: list[str] = Field(default_factory=list)


class Effect(Record):
    """What one value does against another."""

    objective: str
    key: str
    first: Text
    second: Text
    difference: Spread
    paired: bool = False
    mixed_with: tuple[str, ...] = ()
    sure: bool = False


class SubjectCell(Record):
    """A subject with one setting."""

    name: str
    after: Spread
    statuses: dict[str, int] = Field(default_factory=dict)
    leaked_as: dict[str, int] = Field(default_factory=dict)

    def mostly_named(self) -> list[str]:
        """Whom most of the runs take it for."""
        return [name for name, runs in self.leaked_as.items() if 2 * runs > sum(self.statuses.values())]


class SubjectLine(Record):
    """A subject with every setting."""

    subject: Text
    group: Text = ""
    before: Spread
    settings: list[SubjectCell]


class Unfinished(Record):
    """A run without a comparison."""

    name: str
    text: str = ""
    seed: int = 0
    ended: str
    reason: str = ""


class Gap(Record):
    """Runs of a setting that have no number for an objective."""

    name: str
    objective: str
    missing: int
    runs: int
    reasons: list[str]


class SweepRecord(Record):
    """A sweep."""

    asked: dict[str, Any] = Field(default_factory=dict)
    objectives: list[str]
    less: list[bool] = Field(default_factory=list)
    settings: list[Setting]
    gaps: list[Gap] = Field(default_factory=list)
    rankings: list[Ranking] = Field(default_factory=list)
    effects: list[Effect] = Field(default_factory=list)
    subjects: list[SubjectLine] = Field(default_factory=list)
    unfinished: list[Unfinished] = Field(default_factory=list)

    @property
    def seeds(self) -> int:
        """With how many seeds the settings were run, at most."""
        return max((len(setting.seeds) for setting in self.settings), default=0)

    def wants_less(self, objective: str) -> bool:
        """True where less of an objective is better."""
        return dict(zip(self.objectives, self.less, strict=False)).get(objective, False)

    def setting(self, name: str) -> Setting:
        """The setting of that name; the page's own names are all there."""
        return next(each for each in self.settings if each.name == name)


def is_sweep(path: Path) -> bool:
    """True for the folder of a sweep, ended or not."""
    return (path / FILE).is_file() or ((path / ASKED).is_file() and not (path / "recipe.json").exists())


def read_sweep(path: Path) -> SweepRecord:
    """Reads what a sweep came to.

    Raises:
        RunError: it has not ended, or its file is damaged.
    """
    file = path / FILE
    if not file.exists():
        fix = "give the sweep's command again: it goes on, and writes the page at its end"
        raise RunError(Problem("report/sweep-unfinished", str(path), "the sweep has not come to its end", fix=fix))
    try:
        return SweepRecord.model_validate(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError) as error:
        first = error.errors()[0] if isinstance(error, ValidationError) else None
        found = f"{'.'.join(map(str, first['loc'][:6]))}: {first['msg']}" if first else str(error)
        fix = "give the sweep's command again: runs that finished are not repeated"
        raise RunError(Problem("report/damaged", str(file), f"cannot be read: {found}", fix=fix)) from error
