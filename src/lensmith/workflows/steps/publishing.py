"""What a check leaves behind when asked: the good rows, and a page for people."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from lensmith.console import say, warn
from lensmith.data.doctor.page import render_page
from lensmith.data.findings import CheckResult
from lensmith.data.writing import write_jsonl
from lensmith.errors import DataError, Problem
from lensmith.rundir import write_text

T = TypeVar("T")


def write_clean_rows(result: CheckResult, out: Path) -> None:
    """Writes the training examples that nothing speaks against, and tells how many were left out and why.

    Raises:
        DataError: the file cannot be written, or is one of those that were read.
    """
    read = {entry.where.rpartition(":")[0] for entry in (*result.case.train, *result.case.held_out)}
    if out.absolute() in {Path(name).expanduser().absolute() for name in read}:
        found = "the file is one of those that were checked"
        raise DataError(Problem("data/would-overwrite", str(out), found, fix="give --write-clean another name"))
    examples = result.clean
    section = _written(out, lambda: write_jsonl(examples, out))
    left_out = {finding.code: len(finding.condemned) for finding in result.findings if finding.condemned}
    say(f"wrote {len(examples)} of {len(result.case.train)} usable training examples to {out}")
    for code, count in left_out.items():
        say(f"  left out for {code}: {count}")
    settings = section.model_dump(exclude_defaults=True, exclude={"path", "format"})
    if settings:
        warn(f"a recipe that reads it needs these settings: {settings}")


def write_page(result: CheckResult, out: Path) -> None:
    """Writes the page.

    Raises:
        DataError: the file cannot be written.
    """
    page = render_page(result)
    _written(out, lambda: write_text(out, page))
    say(f"wrote {out}")


def _written(out: Path, write: Callable[[], T]) -> T:
    try:
        return write()
    except OSError as error:
        found = f"it cannot be written: {error.strerror or error}"
        raise DataError(Problem("data/cannot-write", str(out), found, fix="give another file")) from error
