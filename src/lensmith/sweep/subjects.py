"""Subject by setting: who was learned, who now bears whose name, and which control was lost, over the seeds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lensmith.sweep.statistics import Spread, mean_over
from lensmith.sweep.table import Row
from lensmith.sweep.trials import comparisons

TARGET, CONTROL = "target", "control"
LEARNED, LOST = ("learned", "already known"), ("degraded", "leaked")


@dataclass(frozen=True, slots=True)
class Cell:
    """What became of one subject with one setting.

    Attributes:
        name: of the setting.
        after: the tuned models' score, over its runs.
        statuses: how many runs say what.
        leaked_as: subjects that it is surely named as, and in how many runs.
    """

    name: str
    after: Spread
    statuses: Mapping[str, int]
    leaked_as: Mapping[str, int]

    def runs_with(self, statuses: Sequence[str]) -> int:
        """How many runs say one of these."""
        return sum(self.statuses.get(status, 0) for status in statuses)

    def mostly_named(self) -> list[str]:
        """Whom most of the runs take it for."""
        return [name for name, runs in self.leaked_as.items() if 2 * runs > sum(self.statuses.values())]

    def to_json(self) -> dict[str, Any]:
        """The fields."""
        told = {"statuses": dict(self.statuses), "leaked_as": dict(self.leaked_as)}
        return {"name": self.name, "after": self.after.to_json(), **told}


@dataclass(frozen=True, slots=True)
class SubjectLine:
    """One subject.

    Attributes:
        subject: as the data call it.
        group: `target`, `control`, or what the data say.
        before: the base's score.
        cells: a setting each.
    """

    subject: str
    group: str
    before: Spread
    cells: tuple[Cell, ...]

    def to_json(self) -> dict[str, Any]:
        """The fields."""
        return {
            "subject": self.subject,
            "group": self.group,
            "before": self.before.to_json(),
            "settings": [cell.to_json() for cell in self.cells],
        }


def gather_subjects(rows: Sequence[Row], confidence: float) -> list[SubjectLine]:
    """A line for each subject of any run, in the runs' order; none where the data name no subjects."""
    found: dict[str, dict[str, list[Any]]] = {}
    for row in rows:
        for comparison in comparisons(row.runs):
            for told in comparison.get("subjects", {}).get("rows", []):
                found.setdefault(told["subject"], {}).setdefault(row.trial.name, []).append(told)
    return [_line(subject, by_setting, confidence) for subject, by_setting in found.items()]


def _line(subject: str, by_setting: Mapping[str, Sequence[Any]], confidence: float) -> SubjectLine:
    every = [told for runs in by_setting.values() for told in runs]
    cells = [
        Cell(
            name,
            _mean([told["after"]["value"] for told in runs], confidence),
            Counter(told["status"] for told in runs),
            Counter(leak["subject"] for told in runs for leak in told["leaked_as"]),
        )
        for name, runs in by_setting.items()
    ]
    before = _mean([told["before"]["value"] for told in every], confidence)
    return SubjectLine(subject, every[0]["group"], before, tuple(cells))


def _mean(values: Sequence[float | None], confidence: float) -> Spread:
    known = [value for value in values if value is not None]
    return mean_over(known, confidence) if known else Spread(0, float("nan"), None, None, confidence)


def describe_subjects(lines: Sequence[SubjectLine], name: str) -> str:
    """Who was learned, not learned, lost and taken for whom with one setting, in a sentence; by most of its runs."""
    cells = [(line, cell) for line in lines for cell in line.cells if cell.name == name]
    learned = [line.subject for line, cell in cells if line.group == TARGET and _most(cell, LEARNED)]
    missed = [line.subject for line, _ in cells if line.group == TARGET and line.subject not in learned]
    lost = [line.subject for line, cell in cells if line.group == CONTROL and _most(cell, LOST)]
    leaks = [f"{line.subject} → {', '.join(names)}" for line, cell in cells if (names := cell.mostly_named())]
    parts = (("learned", learned), ("not surely learned", missed), ("controls lost", lost), ("leaked", leaks))
    return "; ".join(f"{title}: {', '.join(names)}" for title, names in parts if names)


def _most(cell: Cell, statuses: Sequence[str]) -> bool:
    return 2 * cell.runs_with(statuses) > sum(cell.statuses.values())
