"""A described source as recipe values and as words for the comments beside them."""

from pathlib import Path
from typing import Any

from lensmith.config.paths import relative_path
from lensmith.config.sections import SourceSection
from lensmith.data.describe import SourceDescription

ANSWERS_SHOWN = 12


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
