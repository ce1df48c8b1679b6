"""What `check` finds: every source as training would read it, and what the doctor says of all of them together."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lensmith.config.sections import SourceSection
from lensmith.data.check import ImageCheck, Progress
from lensmith.data.dataset import DataReport, inspect_sources
from lensmith.data.describe import format_of, splits_of
from lensmith.data.doctor.case import Case, Entry
from lensmith.data.doctor.contract import SEVERITIES, Finding
from lensmith.data.sources.parts import role_of
from lensmith.errors import LensmithError, Problem
from lensmith.types import Example


@dataclass(frozen=True, slots=True)
class SourceCheck:
    """One source, read as training would read it.

    Attributes:
        name: the path, with its split where it has one.
        role: `train`, `validation` or `test`, told from the name of its split or file; "" where that tells none.
        format: its name, "" where none fits.
        reason: why that format.
        splits: the names that `split` may have.
        report: counts and problems.
        failed: what kept the whole source from being read.
        entries: the usable examples, each with the row that it stands in.
        pictures: all that were decoded.
    """

    name: str
    role: str
    format: str
    reason: str
    splits: tuple[str, ...]
    report: DataReport
    failed: tuple[Problem, ...]
    entries: tuple[Entry, ...]
    pictures: ImageCheck

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All of them, the gravest first."""
        return (*self.failed, *self.report.problems)

    @property
    def is_clean(self) -> bool:
        """True when every row can be used."""
        return bool(self.entries) and not self.problems

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, without the examples themselves."""
        found = {"source": self.name, "role": self.role, "format": self.format, "reason": self.reason}
        failed = [asdict(problem) for problem in self.failed]
        trouble = {"trouble": self.pictures.trouble}
        return {**found, "splits": list(self.splits), **self.report.to_json(), "failed": failed, **trouble}


@dataclass(frozen=True, slots=True)
class CheckResult:
    """All sources, and what the doctor found in them.

    Attributes:
        sources: those that were given, one for each split, held-out ones among them.
        case: what was examined.
        findings: the gravest first.
    """

    sources: tuple[SourceCheck, ...]
    case: Case
    findings: tuple[Finding, ...]

    @property
    def exit_code(self) -> int:
        """0 when every row can be used and the doctor found no error; 2 when the run would be wrong."""
        errors = any(finding.severity == "error" for finding in self.findings)
        return 2 if errors or not all(source.is_clean for source in self.sources) else 0

    @property
    def clean(self) -> list[Example]:
        """The training examples that no finding condemns."""
        condemned = {place for finding in self.findings for place in finding.condemned}
        return [entry.example for place, entry in enumerate(self.case.train) if place not in condemned]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        counts = Counter(finding.severity for finding in self.findings)
        return {
            "clean": self.exit_code == 0,
            "sources": [source.to_json() for source in self.sources],
            "examined": {"train": len(self.case.train), "held_out": len(self.case.held_out)},
            "severities": {severity: counts[severity] for severity in SEVERITIES},
            "findings": [finding.to_json() for finding in self.findings],
        }


@dataclass(frozen=True, slots=True)
class Recognised:
    """A source that `examine_source` can read, or why it cannot.

    Attributes:
        section: with its format and, where it has several, its split filled in.
        reason: why that format.
        splits: the names that `split` may have.
        failed: why the format is not known.
    """

    section: SourceSection
    reason: str = ""
    splits: tuple[str, ...] = ()
    failed: tuple[Problem, ...] = ()


def each_split(section: SourceSection) -> list[Recognised]:
    """A source by its splits: the one it names, or all that it has. Never raises for what is wrong with the data."""
    try:
        name, reason = format_of(section)
        known = section.model_copy(update={"format": name})
        splits = splits_of(known)
    except LensmithError as error:
        return [Recognised(section, failed=error.problems)]
    if section.split is not None or not splits:
        return [Recognised(known, reason, splits)]
    return [Recognised(known.model_copy(update={"split": split}), reason, splits) for split in splits]


def examine_source(source: Recognised, on_progress: Progress) -> SourceCheck:
    """Reads one source and decodes all its pictures. Never raises for what is wrong with the data."""
    section = source.section
    name = section.path if section.split is None else f"{section.path} {section.split}"
    found = inspect_sources([] if source.failed else [section], on_progress=on_progress, thumbnails=True)
    failed = (*source.failed, *found.failed)
    if not (found.report.rows or failed):
        failed = (Problem("data/empty-file", name, "there are no rows", fix="point at a file with rows in it"),)
    return SourceCheck(
        name=name,
        role=role_of(section.split or Path(section.path).name),
        format="" if source.failed else section.format,
        reason=source.reason,
        splits=source.splits,
        report=found.report,
        failed=failed,
        entries=tuple(Entry(example, found.places[example.id]) for example in found.examples),
        pictures=found.pictures,
    )


def part_roles(sources: Sequence[SourceCheck]) -> tuple[list[SourceCheck], list[SourceCheck]]:
    """Sources to train on, and those that are held out by their name: only where another is named for training."""
    if not any(source.role == "train" for source in sources):
        return list(sources), []
    held_out = [source for source in sources if source.role in ("validation", "test")]
    return [source for source in sources if source not in held_out], held_out
