"""Rows in JSON with a question each: one object a line, or one list of objects. The plainest format there is.

    {"image_path": "cats/1.png", "question": "How many cats?", "answer": "2"}

A row without a `question` may hold a conversation in `turns`:

    {"image_path": "cats/1.png", "turns": [{"question": "How many cats?", "answer": "2"}, {"question": "And dogs?", …}]}
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lensmith.data.sources.columns import Roles
from lensmith.data.sources.contract import Detection, Place, Request, Row
from lensmith.data.sources.flat import FlatRows, read_answers, read_group, read_id, read_question
from lensmith.data.sources.json_format import JsonFormat, Reading, ReadRecord
from lensmith.data.sources.pictures import read_pictures
from lensmith.data.sources.turns import listed_turns, separate
from lensmith.types import Example, Turn

USUAL = {
    "image": ("image_path", "image"),
    "images": ("images",),
    "question": ("question",),
    "answer": ("answer",),
    "answers": ("answers",),
    "turns": ("turns",),
    "id": ("id",),
    "group": ("group",),
}


class JsonlSource(JsonFormat):
    """Questions, answers and picture paths in columns of their own."""

    name = "jsonl"
    describe = "JSON lines or a JSON list with image_path (or image, images), question, answer (or answers); or turns"
    usual = USUAL

    def judge(self, record: Mapping[str, Any]) -> Detection:
        """Sure where there is a `question` column or `turns`; any other object could be read once columns are named."""
        if {"question", "image_id", "choices"} <= record.keys():
            return Detection(0.3, "its rows hold `choices`")
        if "question" in record:
            return Detection(0.9, "its rows are objects with a `question`")
        turns = record.get("turns")
        if isinstance(turns, list) and turns and isinstance(turns[0], dict) and "question" in turns[0]:
            return Detection(0.9, "its rows hold `turns` with a `question`")
        if "conversations" in record:
            return Detection(0.0, "its rows hold conversations")
        return Detection(0.3, "its rows are objects, though none of their columns is called `question`")

    def needed(self, request: Request) -> tuple[tuple[str, ...], ...]:
        """A column of questions or turns, and one of answers where they are required."""
        asked = ("question", "turns")
        return (asked, ("answer", "answers", "turns")) if request.answers_required else (asked,)

    def reader(self, reading: Reading) -> ReadRecord:
        """A row with a question is one example; one with turns, as `turns` of the source says."""
        columns = dict(reading.roles.columns)
        turns, asked = columns.pop("turns", ()), columns.get("question", ())
        flat_roles = Roles(columns, reading.roles.named)
        flat = FlatRows(flat_roles, reading.find_picture, reading.request.answers_required, reading.prefix)
        conversations = _Turns(reading)

        def read(record: Mapping[str, Any], number: int, where: str) -> Row:
            for name in turns:
                if record.get(name) is not None and all(record.get(other) is None for other in asked):
                    return conversations.row(record, number, where)
                if name in record and record[name] is None:
                    record = {other: value for other, value in record.items() if other != name}
            return flat.row(record, number, where)

        return read


JSONL = JsonlSource()


@dataclass(frozen=True, slots=True)
class _Turns:
    reading: Reading

    def row(self, record: Mapping[str, Any], number: int, where: str) -> Row:
        """The examples of a row with turns, or all that is wrong with it."""
        place = Place(where)
        values, metadata = self.reading.roles.take(record)
        listed = listed_turns(values.get("turns"), place)
        turns = tuple(self._turn(turn, k == len(listed), place) for k, turn in enumerate(listed, start=1))
        images = read_pictures(values, self.reading.find_picture, place)
        name = read_id(values.get("id"), f"{self.reading.prefix}:{number}", place)
        group = read_group(values.get("group"), images, name, place)
        whole = Example(name, images, turns, group, metadata)
        return place.row(*([whole] if self._together() else separate(whole)))

    def _turn(self, turn: Any, last: bool, place: Place) -> Turn:
        if not isinstance(turn, dict):
            expected = 'an object such as {"question": …, "answer": …}'
            place.reject("data/bad-turn", f"a turn is {str(turn)[:60]}", expected=expected)
            return Turn("", ())
        required = self.reading.request.answers_required or (self._together() and not last)
        given = {field: turn[field] for field in ("answer", "answers") if turn.get(field) is not None}
        return Turn(read_question(turn.get("question"), place), read_answers(given, place, required=required))

    def _together(self) -> bool:
        return self.reading.request.section.turns == "conversation"
