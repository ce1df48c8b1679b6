"""Rows with one question each and named columns, whatever file they come from: the way from record to example."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lensmith.data.sources.columns import Roles, require, resolve_roles
from lensmith.data.sources.contract import Place, Request, Row
from lensmith.data.sources.pictures import FindPicture, read_pictures
from lensmith.errors import DataError, Problem
from lensmith.types import Example, ImageRef, Turn

USUAL = {
    "image": ("image_path", "image"),
    "images": ("images",),
    "question": ("question",),
    "answer": ("answer",),
    "answers": ("answers",),
    "id": ("id",),
    "group": ("group",),
}
"""The columns that tables of flat rows have."""

# A question that lists more is longer than what it asks about.
MAX_LISTED_CLASSES = 20


@dataclass(frozen=True, slots=True)
class FlatRows:
    """Makes examples of flat records, all in the same way.

    Attributes:
        roles: which column plays which part.
        find_picture: from what a row calls a picture to a reference.
        answers_required: False lets rows through that have no answer.
        prefix: begins the id of a row that brings none: `<prefix>:<number>`.
        asked: the question that every row is asked; None where each brings its own.
    """

    roles: Roles
    find_picture: FindPicture
    answers_required: bool
    prefix: str
    asked: str | None = None

    def row(self, record: Mapping[str, Any], number: int, where: str) -> Row:
        """One example, or all that is wrong with the record."""
        place = Place(where)
        values, metadata = self.roles.take(record)
        question = read_question(values.get("question"), place) if self.asked is None else self.asked
        answers = read_answers(values, place, required=self.answers_required)
        images = read_pictures(values, self.find_picture, place)
        name = read_id(values.get("id"), f"{self.prefix}:{number}", place)
        group = read_group(values.get("group"), images, name, place)
        if "group" in self.roles.named and "group" not in values:
            place.note("data/no-group", "the row has no group; it goes with its picture", fix="fill in the column")
        return place.row(Example(name, images, (Turn(question, answers),), group, metadata))


def flat_roles(
    request: Request, usual: Mapping[str, tuple[str, ...]], columns: Sequence[str], where: str, asked: str | None
) -> Roles:
    """Which column plays which part, where rows are flat.

    Args:
        request: the user's mapping, and whether there must be answers.
        usual: the fields that the format takes from columns, and the columns it expects them in.
        columns: that exist.
        where: the file, for messages.
        asked: the question that every row is asked, where rows bring none.

    Raises:
        DataError: a column that was named is not there, or there is none for the question or the answer.
    """
    roles = resolve_roles(request.section.columns, usual, columns, where)
    brought = roles.matched(columns).get("question")
    if brought and request.section.question is not None:
        found = f"`question` is set, and the rows bring questions of their own in the column `{brought}`"
        raise DataError(Problem("data/two-questions", where, found, fix="leave `question` out, or ask in other data"))
    if not brought and asked is None:
        require(roles, ("question",), columns, where, instead="; or set `question`, asked of every picture")
    if request.answers_required:
        require(roles, ("answer", "answers"), columns, where)
    return roles


def usual_columns(columns: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """`USUAL`, and `label` for the answer where there is no column of answers."""
    return USUAL if {"answer", "answers"} & set(columns) else {**USUAL, "answer": ("answer", "label")}


def question_on_classes(classes: Sequence[str]) -> str:
    """What a picture is asked whose answer is one of `classes`, where the user gave no question.

    >>> question_on_classes(["zebra", "none"])
    'What is in the picture? Answer with one of: zebra, none.'
    """
    question = "What is in the picture?"
    return f"{question} Answer with one of: {', '.join(classes)}." if len(classes) <= MAX_LISTED_CLASSES else question


def asked_note(where: str, question: str) -> Problem:
    """Tells which question was chosen, where the user gave none."""
    found = f"every picture is asked: {question}"
    return Problem("data/default-question", where, found, fix="set `question` to ask another")


def with_notes(notes: Sequence[Problem], rows: Iterator[Row]) -> Iterator[Row]:
    """The rows, with notes on the whole at the first of them."""
    first = next(rows, None)
    if first is not None:
        yield replace(first, notes=(*notes, *first.notes))
    yield from rows


def read_question(value: Any, place: Place) -> str:
    """The question as it stands."""
    if isinstance(value, str) and value.strip():
        return value
    found = "the row has no question" if value is None else "the question is empty"
    if value is not None and not isinstance(value, str):
        found = f"the question is {type(value).__name__}, not text"
    place.reject("data/no-question", found, fix="write the question, or remove the row")
    return ""


def read_answers(values: Mapping[str, Any], place: Place, *, required: bool) -> tuple[str, ...]:
    """The accepted answers: what `answer` says first, then what `answers` adds. () only where none is required."""
    given = [*_listed(values.get("answer")), *_listed(values.get("answers"))]
    texts = [answer_text(value) for value in given]
    if any(text is None for text in texts):
        odd = next(value for value, text in zip(given, texts, strict=True) if text is None)
        found = f"an answer is {type(odd).__name__}: {str(odd)[:60]}"
        place.reject("data/bad-answer", found, expected="text, a number, true or false, or a list of them")
        return ()
    answers = [text for text in texts if text is not None]
    if "answer" in values and "answers" in values:
        answers = [answers[0], *_without_first(answers[1:], answers[0])] if answers else []
    if not required and not any(text.strip() for text in answers):
        return ()
    if not answers:
        place.reject("data/no-answer", "the row has no answer", fix="write the answer, or remove the row")
    elif not all(text.strip() for text in answers):
        place.reject("data/empty-answer", "an answer is empty", fix="write the answer, or remove the row")
    return tuple(answers)


def answer_text(value: Any) -> str | None:
    """The text of one answer: a text as it stands, a number or truth value as JSON writes it; None for all else.

    >>> answer_text(True), answer_text(3), answer_text("да"), answer_text({})
    ('true', '3', 'да', None)
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return json.dumps(value)
    return None


def read_id(value: Any, otherwise: str, place: Place) -> str:
    """The row's own id as text, or `otherwise` where it brings none."""
    if value is None or value == "":
        return otherwise
    return _label(value, "id", place)


def read_group(value: Any, images: tuple[ImageRef, ...], name: str, place: Place) -> str:
    """What the row stays together with: its group, else its first picture, else nothing but itself."""
    if value is None or value == "":
        return images[0].name if images else name
    return _label(value, "group", place)


def _label(value: Any, part: str, place: Place) -> str:
    text = answer_text(value)
    if text is None:
        place.reject(f"data/bad-{part}", f"the {part} is {type(value).__name__}", expected="text or a number")
        return ""
    return text


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _without_first(answers: list[str], first: str) -> list[str]:
    # The answer that training teaches usually stands among the accepted ones too.
    kept = list(answers)
    if first in kept:
        kept.remove(first)
    return kept
