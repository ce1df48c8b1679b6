"""Prefix and suffix, as PaliGemma is tuned (Beyer et al. 2024, arXiv 2407.07726) and Roboflow exports, in JSON lines.

{"image": "a.png", "prefix": "answer ru Кто это?", "suffix": "Чебурашка"}
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lensmith.data.sources.contract import Detection, Place, Request, Row
from lensmith.data.sources.flat import FlatRows
from lensmith.data.sources.json_format import JsonFormat, Reading, ReadRecord
from lensmith.data.sources.turns import MARK, remove_marks
from lensmith.types import Turn

USUAL = {
    "image": ("image",),
    "images": ("images",),
    "question": ("prefix",),
    "answer": ("suffix",),
    "answers": (),
    "id": ("id",),
    "group": ("group",),
}


class PaligemmaSource(JsonFormat):
    """A picture, what comes before the answer, and the answer."""

    name = "paligemma"
    describe = "PaliGemma: image, prefix (the question), suffix (the answer)"
    usual = USUAL

    def judge(self, record: Mapping[str, Any]) -> Detection:
        """Sure where there is a `prefix` and a `suffix`."""
        if {"prefix", "suffix"} <= set(record):
            return Detection(0.9, "its rows have a `prefix` and a `suffix`")
        return Detection(0.0, "its rows have no `prefix` and `suffix`")

    def needed(self, request: Request) -> tuple[tuple[str, ...], ...]:
        """A prefix, and a suffix where answers are required."""
        return (("question",), ("answer", "answers")) if request.answers_required else (("question",),)

    def reader(self, reading: Reading) -> ReadRecord:
        """One example a row; marks of pictures in the prefix go, if there is one for each picture."""
        flat = FlatRows(reading.roles, reading.find_picture, reading.request.answers_required, reading.prefix)

        def read(record: Mapping[str, Any], number: int, where: str) -> Row:
            return _without_marks(flat.row(record, number, where))

        return read


PALIGEMMA = PaligemmaSource()


def _without_marks(row: Row) -> Row:
    if not any(MARK in example.question for example in row.examples):
        return row
    example = row.examples[0]
    place = Place(row.where, notes=list(row.notes))
    question, _ = remove_marks(example.question)
    marks = example.question.count(MARK)
    if marks != len(example.images):
        found = f"{marks} {MARK} in the prefix, {len(example.images)} pictures in the row"
        place.reject("data/picture-count", found, expected="one mark for each picture, or none", fix="mend the row")
    if not question.strip():
        place.reject("data/no-question", f"the prefix is nothing but {MARK}", fix="write the question")
    return place.row(replace(example, turns=(Turn(question, example.answers),)))
