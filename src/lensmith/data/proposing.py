"""A described source as recipe values and as words for the comments beside them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lensmith.config.paths import relative_path
from lensmith.config.sections import SourceSection
from lensmith.data.describe import SourceDescription
from lensmith.errors import DataError, Problem

ANSWERS_SHOWN = 12
PROBLEMS_SHOWN = 20


def source_values(section: SourceSection, found: SourceDescription, folder: Path) -> dict[str, Any]:
    """The settings of a source that differ from their defaults, its paths as a recipe in `folder` writes them."""
    values = {**section.model_dump(exclude_defaults=True), "format": found.format}
    for setting in ("path", "images"):
        if setting in values:
            values[setting] = relative_path(values[setting], folder)
    return values


def source_note(found: SourceDescription) -> str:
    """What is in a source, in two or three lines."""
    parts = [f"{field} from {column}" for field, column in found.roles.items()]
    lines = [
        f"Read as {found.format}: {found.reason}.",
        f"{found.rows} rows gave {found.examples} questions on {found.pictures} pictures; {'; '.join(parts)}.",
    ]
    if found.problems:
        lines.append(
            f"Problems found: {len(found.problems)}; `lensmith check` lists them. Pictures were not opened yet."
        )
    return "\n".join(lines)


def answers_note(found: SourceDescription) -> str:
    """How often each answer occurs among the questions, so that a reader can judge proposed labels."""
    shown = ", ".join(f"{answer} {count}" for answer, count in list(found.answers.items())[:ANSWERS_SHOWN])
    return f"From the answers of {found.examples} questions: {shown}."


def require_examples(described: Mapping[str, SourceDescription]) -> None:
    """Makes sure that every part has at least one row that can be used.

    Raises:
        DataError: with the first problems of each part that has none.
    """
    problems = [
        problem
        for role, found in described.items()
        if not found.examples
        for problem in (*found.problems[:PROBLEMS_SHOWN], _no_row(role))
    ]
    if problems:
        raise DataError(problems)


def _no_row(role: str) -> Problem:
    return Problem("data/empty-part", f"data.{role}", "no row can be used", fix="mend the rows, or give other data")
