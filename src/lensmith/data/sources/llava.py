"""LLaVA conversations (Liu et al. 2023, arXiv 2304.08485), as a JSON list or JSON lines.

    {"id": "7", "image": "a.png", "conversations": [
        {"from": "human", "value": "<image>\\nWhat is it?"}, {"from": "gpt", "value": "A cat."}]}

Every question with its answer becomes an example of its own, with the picture: the second question is asked
without the first. A record with several questions gives the ids `<id>#1`, `<id>#2`, …
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lensmith.data.sources.columns import Roles, resolve_roles
from lensmith.data.sources.contract import Detection, Layout, Place, Request, Row
from lensmith.data.sources.flat import read_group, read_id
from lensmith.data.sources.pictures import FindPicture, ImageRoot, read_pictures
from lensmith.data.sources.rows import choose_file, first_record, folder_splits, peek_columns, read_records, start_of
from lensmith.types import Example, Turn

USUAL = {"image": ("image",), "images": ("images",), "id": ("id",), "group": ("group",)}
MARK = "<image>"
SPEAKERS = {"human": "asks", "user": "asks", "gpt": "answers", "assistant": "answers"}


class LlavaSource:
    """Conversations between a human and a model about a picture."""

    name = "llava"
    describe = "LLaVA conversations: id, image, conversations with turns from human and gpt"

    def detect(self, path: str) -> Detection:
        """Sure where the first record has `conversations` whose turns have `from` and `value`."""
        record = first_record(start_of(path))
        if isinstance(record, str):
            return Detection(0.0, record)
        turns = record.get("conversations")
        if not isinstance(turns, list):
            return Detection(0.0, "its rows have no `conversations`")
        if turns and isinstance(turns[0], dict) and {"from", "value"} <= set(turns[0]):
            return Detection(0.9, "its rows hold `conversations` with `from` and `value`")
        return Detection(0.0, "its `conversations` have no `from` and `value`")

    def splits(self, path: str) -> tuple[str, ...]:
        """In a folder, the names of its JSON files."""
        return folder_splits(path)

    def layout(self, request: Request) -> Layout:
        """Columns as they occur in the first rows."""
        file = choose_file(request.section)
        columns = peek_columns(file)
        return Layout(columns, resolve_roles(request.section.columns, USUAL, columns, str(file)))

    def read(self, request: Request) -> Iterator[Row]:
        """One row a record, with an example for each of its questions."""
        file = choose_file(request.section)
        pictures = ImageRoot.of(request.section, file.parent)
        reader = _Conversations(self.layout(request).roles, pictures.find, request.answers_required, file.stem)
        for entry in read_records(file):
            yield entry if isinstance(entry, Row) else reader.row(entry.value, entry.number, entry.where)


LLAVA = LlavaSource()


def remove_marks(text: str) -> tuple[str, bool]:
    """A question without its `<image>` marks and the white space they stood in; True when one stood amid words.

    >>> remove_marks("<image>\\nWhat is it?")
    ('What is it?', False)
    >>> remove_marks("Is <image> like <image>?")
    ('Is like ?', True)
    """
    pieces = text.split(MARK)
    if len(pieces) == 1:
        return text, False
    first, last = pieces[0].rstrip(), pieces[-1].lstrip()
    words = [piece for piece in (first, *(piece.strip() for piece in pieces[1:-1]), last) if piece.strip()]
    return " ".join(words), len(words) > 1


@dataclass(frozen=True, slots=True)
class _Conversations:
    roles: Roles
    find_picture: FindPicture
    answers_required: bool
    prefix: str

    def row(self, record: Mapping[str, Any], number: int, where: str) -> Row:
        place = Place(where)
        values, metadata = self.roles.take(record)
        turns = self._turns(metadata.pop("conversations", None), place)
        images = read_pictures(values, self.find_picture, place)
        name = read_id(values.get("id"), f"{self.prefix}:{number}", place)
        group = read_group(values.get("group"), images, name, place)
        if not place.problems:
            turns = _without_marks(turns, len(images), place)
        names = [name] if len(turns) == 1 else [f"{name}#{k}" for k in range(1, len(turns) + 1)]
        return place.row(
            *(Example(one, images, (turn,), group, metadata) for one, turn in zip(names, turns, strict=True))
        )

    def _turns(self, conversation: Any, place: Place) -> list[Turn]:
        if not isinstance(conversation, list) or not conversation:
            place.reject("data/no-conversation", "the row has no list of `conversations`", fix="write its turns")
            return []
        said = [_spoken(turn, place) for turn in conversation]
        if place.problems:
            return []
        if not self.answers_required and len(said) % 2:
            said.append(("answers", ""))
        for k, (part, text) in enumerate(said):
            expected = ("asks", "answers")[k % 2]
            if part != expected:
                found = f"turn {k + 1} {part} where one that {expected} was due"
                place.reject("data/broken-alternation", found, fix="let human and gpt take turns, human first")
                return []
            if not text.strip() and (part == "asks" or self.answers_required):
                missing = "question" if part == "asks" else "answer"
                place.reject(f"data/no-{missing}", f"turn {k + 1}, the {missing}, is empty", fix="write it")
        if len(said) % 2:
            place.reject("data/no-answer", "the last question has no answer", fix="add the answer of gpt")
            return []
        pairs = zip(said[::2], said[1::2], strict=True)
        return [Turn(question, (answer,) if answer.strip() else ()) for (_, question), (_, answer) in pairs]


def _spoken(turn: Any, place: Place) -> tuple[str, str]:
    speaker = turn.get("from") if isinstance(turn, dict) else None
    text = turn.get("value") if isinstance(turn, dict) else None
    if not isinstance(speaker, str) or not isinstance(text, str):
        place.reject(
            "data/bad-turn", f"a turn is {str(turn)[:60]}", expected="an object with the texts `from` and `value`"
        )
        return "", ""
    if speaker not in SPEAKERS:
        place.reject("data/unknown-speaker", f"a turn is from {speaker!r}", expected=" or ".join(SPEAKERS))
    return SPEAKERS.get(speaker, ""), text


def _without_marks(turns: list[Turn], pictures: int, place: Place) -> list[Turn]:
    marks = [turn.question.count(MARK) for turn in turns]
    if any(MARK in answer for turn in turns for answer in turn.answers):
        place.reject("data/mark-in-answer", f"an answer contains {MARK}", fix=f"remove {MARK} from the answer")
    if sum(marks[1:]):
        place.reject(
            "data/late-picture", f"a later question contains {MARK}", fix="put all marks into the first question"
        )
    elif sum(marks) != pictures:
        found = f"{sum(marks)} {MARK} in the question, {pictures} in `image`"
        place.reject("data/picture-count", found, expected="one mark for each picture", fix="mend the row")
    cleaned = []
    for turn in turns:
        question, moved = remove_marks(turn.question)
        if moved:
            place.note("data/picture-moved", f"{MARK} stands amid the words; the picture comes before the question now")
        if not question.strip():
            place.reject("data/no-question", f"a question is nothing but {MARK}", fix="write the question")
        cleaned.append(Turn(question, turn.answers))
    return cleaned
