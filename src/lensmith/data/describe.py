"""What a source looks like, before anybody decides what to do with it: for writing a recipe, and for `check`."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from lensmith.config.sections import SourceSection
from lensmith.data.reading import read_rows
from lensmith.data.sources import SOURCES, recognise
from lensmith.data.sources.contract import Request, splits_of_section
from lensmith.errors import Problem
from lensmith.types import ImageRef


@dataclass(frozen=True, slots=True)
class SourceDescription:
    """A source as it was recognised and read; no picture was opened.

    Attributes:
        format: its name.
        reason: why this format; "named by the user" where it was.
        splits: the names that `split` may have; empty where there is one undivided set.
        columns: as they occur in the beginning.
        roles: field of an example to its column.
        rows: records read.
        examples: what they gave.
        problems: what was wrong with the others.
        pictures: distinct ones that the examples name.
        answers: how often each answer occurs (the first accepted one), most frequent first, at most as many as asked.
        distinct_answers: how many different ones there are in all.
    """

    format: str
    reason: str
    splits: tuple[str, ...]
    columns: tuple[str, ...]
    roles: Mapping[str, str]
    rows: int
    examples: int
    problems: tuple[Problem, ...]
    pictures: int
    answers: Mapping[str, int]
    distinct_answers: int


def describe_source(section: SourceSection, *, answers: int = 20, answers_required: bool = True) -> SourceDescription:
    """Reads a source once and tells what is in it.

    Args:
        section: as in a recipe; `split` must be given where the source has several, see `splits_of`.
        answers: how many of the most frequent answers to list.
        answers_required: False lets rows through that have no answer.

    Raises:
        DataError: it cannot be recognised or read; a column is missing.
    """
    name, reason = format_of(section)
    source = SOURCES[name]
    request = Request(section, answers_required)
    layout = source.layout(request)
    rows = examples = 0
    problems: list[Problem] = []
    pictures: set[ImageRef] = set()
    counted: Counter[str] = Counter()
    for row in read_rows(section.model_copy(update={"format": name}), answers_required=answers_required):
        rows += row.is_record
        problems.extend(row.problems)
        for example in row.examples:
            examples += 1
            pictures.update(example.images)
            counted.update(example.answers[:1])
    return SourceDescription(
        format=name,
        reason=reason,
        splits=splits_of_section(source, section),
        columns=layout.columns,
        roles=layout.roles.matched(layout.columns),
        rows=rows,
        examples=examples,
        problems=tuple(problems),
        pictures=len(pictures),
        answers=dict(counted.most_common(answers)),
        distinct_answers=len(counted),
    )


def format_of(section: SourceSection) -> tuple[str, str]:
    """The format's name, and the reason for it."""
    return recognise(section.path) if section.format == "auto" else (section.format, "named by the user")


def splits_of(section: SourceSection) -> tuple[str, ...]:
    """The splits to choose from, () where there is one undivided set.

    Raises:
        DataError: the format cannot be recognised.
    """
    return splits_of_section(SOURCES[format_of(section)[0]], section)
