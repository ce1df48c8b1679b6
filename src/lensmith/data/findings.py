"""What `check` finds: one `Findings` a source and split, and what holds between them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lensmith.config.sections import SourceSection
from lensmith.data.check import Progress
from lensmith.data.dataset import DataReport, inspect_sources, shared_pictures
from lensmith.data.describe import format_of, splits_of
from lensmith.errors import LensmithError, Problem
from lensmith.types import Example


@dataclass(frozen=True, slots=True)
class Findings:
    """One source, read as training would read it.

    Attributes:
        name: the path, with its split where it has one.
        format: its name, "" where none fits.
        reason: why that format.
        splits: the names that `split` may have.
        report: counts and problems.
        failed: what kept the whole source from being read.
        examples: the usable ones.
    """

    name: str
    format: str
    reason: str
    splits: tuple[str, ...]
    report: DataReport
    failed: tuple[Problem, ...]
    examples: tuple[Example, ...]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All of them, the gravest first."""
        return (*self.failed, *self.report.problems)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, without the examples themselves."""
        found = {"source": self.name, "format": self.format, "reason": self.reason, "splits": list(self.splits)}
        return {**found, **self.report.to_json(), "failed": [asdict(problem) for problem in self.failed]}


@dataclass(frozen=True, slots=True)
class CheckResult:
    """All sources, and what holds between them."""

    sources: tuple[Findings, ...]
    shared: tuple[Problem, ...]

    @property
    def exit_code(self) -> int:
        """0 when every row of every source can be used; 2 otherwise."""
        clean = all(source.examples and not source.problems for source in self.sources)
        return 0 if clean else 2

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "clean": self.exit_code == 0,
            "sources": [source.to_json() for source in self.sources],
            "shared_pictures": [asdict(problem) for problem in self.shared],
        }


@dataclass(frozen=True, slots=True)
class Recognised:
    """A source that `examine` can read, or why it cannot.

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


def examine(source: Recognised, on_progress: Progress) -> Findings:
    """Reads one source and decodes all its pictures. Never raises for what is wrong with the data."""
    section = source.section
    name = section.path if section.split is None else f"{section.path} {section.split}"
    examples, report, failed = inspect_sources([] if source.failed else [section], on_progress=on_progress)
    failed = (*source.failed, *failed)
    if not (report.rows or failed):
        failed = (Problem("data/empty-file", name, "there are no rows", fix="point at a file with rows in it"),)
    format_name = "" if source.failed else section.format
    return Findings(name, format_name, source.reason, source.splits, report, failed, examples)


def compare_sources(sources: Sequence[Findings]) -> tuple[Problem, ...]:
    """Pictures that two sources share, a warning for each two."""
    return tuple(shared_pictures({source.name: source.examples for source in sources}))
