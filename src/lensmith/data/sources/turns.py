"""From conversations to examples, whatever names a format has for who speaks and for the pictures that are shown.

A format turns each record into a list of `Said`; all that follows is the same for every format. By `turns` of the
source, a conversation becomes one example a question, each without what was said before it, or one example in which
every answer is learned.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, takewhile
from typing import Any, NamedTuple

from lensmith.data.sources.columns import Roles
from lensmith.data.sources.contract import Place, Row
from lensmith.data.sources.flat import read_group, read_id
from lensmith.data.sources.json_format import Reading
from lensmith.data.sources.pictures import FindPicture, read_pictures
from lensmith.types import Example, ImageRef, Turn

MARK = "<image>"
ASKS, ANSWERS, SYSTEM = "asks", "answers", "system"

_OTHER_MEDIA = ("videos", "audios")


class Speaker(NamedTuple):
    """What one name in a record stands for.

    Attributes:
        part: ASKS, ANSWERS or SYSTEM.
        tool: True where it is a call of a tool or what the tool gave.
    """

    part: str
    tool: bool = False


PEOPLE = {"human": Speaker(ASKS), "user": Speaker(ASKS), "gpt": Speaker(ANSWERS), "assistant": Speaker(ANSWERS)}
SPEAKERS = PEOPLE | {
    "system": Speaker(SYSTEM),
    "developer": Speaker(SYSTEM),
    "function_call": Speaker(ANSWERS, tool=True),
    "tool_call": Speaker(ANSWERS, tool=True),
    "observation": Speaker(ASKS, tool=True),
    "tool_response": Speaker(ASKS, tool=True),
    "tool": Speaker(ASKS, tool=True),
}


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a conversation.

    Attributes:
        speaker: who says it.
        text: with an `<image>` for each picture that is shown in it.
        shows: for each of these, what the message calls the picture, None for the next of the row's own; () where
            all are the row's.
        extra: what is known of this message alone; becomes metadata.
    """

    speaker: Speaker
    text: str
    shows: tuple[Any, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def pictures(self) -> tuple[Any, ...]:
        """One entry for each `<image>`."""
        return self.shows or (None,) * self.text.count(MARK)


class Asked(NamedTuple):
    """A question with its answer, and the message it came in."""

    turn: Turn
    said: Said


# Takes a record's values by field, and its other columns, which it may take from; tells `Place` what is wrong.
ReadSaid = Callable[[dict[str, Any], dict[str, Any], Place], list[Said]]


@dataclass(frozen=True, slots=True)
class Conversations:
    """Makes examples of conversations, all in the same way.

    Attributes:
        roles: which column plays which part.
        find_picture: from what a row calls a picture to a reference.
        answers_required: False lets conversations through whose last question has no answer.
        prefix: begins the id of a row that brings none: `<prefix>:<number>`.
        together: one example a conversation, not one a question.
        strict_marks: every picture has an `<image>` in the first question. Otherwise later questions may show
            pictures too, and those of a row without any mark come before its first question.
    """

    roles: Roles
    find_picture: FindPicture
    answers_required: bool
    prefix: str
    together: bool
    strict_marks: bool = False

    @classmethod
    def of(cls, reading: Reading, *, strict_marks: bool = False) -> "Conversations":
        """As a source is asked to read them."""
        request = reading.request
        together = request.section.turns == "conversation"
        return cls(
            reading.roles, reading.find_picture, request.answers_required, reading.prefix, together, strict_marks
        )

    def row(self, record: Mapping[str, Any], number: int, where: str, read_said: ReadSaid) -> Row:
        """The examples of one record, or all that is wrong with it. Of several, the ids are `<id>#1`, `<id>#2`, …"""
        place = Place(where)
        values, metadata = self.roles.take(record)
        said = read_said(values, metadata, place)
        said = said if place.problems else _set_aside(said, metadata, place)
        asked = [] if place.problems else self._pair(said, place)
        images = read_pictures(values, self.find_picture, place)
        shown: list[int] = []
        if not place.problems:
            images, shown = self._show(asked, images, place)
        name = read_id(values.get("id"), f"{self.prefix}:{number}", place)
        group = read_group(values.get("group"), images, name, place)
        if place.problems:
            return place.row()
        turns = tuple(_without_marks(each.turn, place) for each in asked)
        extras = [each.said.extra for each in asked]
        whole = Example(name, images, turns, group, metadata)
        if self.together:
            return place.row(replace(whole, metadata={**metadata, **_gathered(extras)}))
        return place.row(
            *(
                replace(one, images=images[:count], metadata={**metadata, **extra})
                for one, count, extra in zip(separate(whole), shown, extras, strict=True)
            )
        )

    def _pair(self, said: Sequence[Said], place: Place) -> list[Asked]:
        """Questions with their answers; [] where `place` has been told what is wrong."""
        if not said:
            place.reject("data/no-conversation", "the conversation has no turns", fix="write its turns")
            return []
        if any(one.speaker.tool for one in said):
            self._judge_tools(place)
        turns = list(said)
        if not self.answers_required and len(turns) % 2:
            turns.append(Said(Speaker(ANSWERS), ""))
        for k, one in enumerate(turns):
            expected = (ASKS, ANSWERS)[k % 2]
            if one.speaker.part != expected:
                part = "is a system text" if one.speaker.part == SYSTEM else one.speaker.part
                found = f"turn {k + 1} {part} where one that {expected} was due"
                place.reject("data/broken-alternation", found, fix="let questions and answers alternate")
                return []
            last = k + 1 == len(turns)
            needed = expected == ASKS or self.answers_required or (self.together and not last)
            if not one.text.strip() and needed:
                missing = "question" if expected == ASKS else "answer"
                place.reject(f"data/no-{missing}", f"turn {k + 1}, the {missing}, is empty", fix="write it")
        if len(turns) % 2:
            place.reject("data/no-answer", "the last question has no answer", fix="add the answer")
        elif any(MARK in one.text for one in turns[1::2]):
            place.reject("data/mark-in-answer", f"an answer contains {MARK}", fix=f"remove {MARK} from the answer")
        pairs = zip(turns[::2], turns[1::2], strict=False)
        return [Asked(Turn(q.text, (a.text,) if a.text.strip() else ()), q) for q, a in pairs]

    def _judge_tools(self, place: Place) -> None:
        if self.together:
            place.note("data/tool-turn", "what a tool gave is put to the model as a question, its call as an answer")
            return
        found = "the conversation calls a tool; what the tool gave is no question by itself"
        place.reject("data/tool-turn", found, fix="set `turns: conversation`, or remove the row")

    def _show(
        self, asked: Sequence[Asked], own: tuple[ImageRef, ...], place: Place
    ) -> tuple[tuple[ImageRef, ...], list[int]]:
        """All pictures in the order they are shown, and how many have been shown by the end of each question."""
        slots = [slot for each in asked for slot in each.said.pictures]
        if not slots and not self.strict_marks:
            return own, [len(own)] * len(asked)
        late = any(each.said.pictures for each in asked[1:])
        if late and (self.strict_marks or self.together):
            fix = "put all marks into the first question" if self.strict_marks else "set `turns: separate`"
            place.reject("data/late-picture", f"a later question contains {MARK}", fix=fix)
            return (), []
        if slots.count(None) != len(own):
            found = f"{slots.count(None)} {MARK} in the text, {len(own)} pictures in the row"
            place.reject("data/picture-count", found, expected="one mark for each picture", fix="mend the row")
            return (), []
        rest = iter(own)
        images: list[ImageRef] = []
        for slot in slots:
            images += [next(rest)] if slot is None else read_pictures({"image": slot}, self.find_picture, place)
        return tuple(images), list(accumulate(len(each.said.pictures) for each in asked))


def separate(conversation: Example) -> tuple[Example, ...]:
    """Each question with its answers as an example of its own, `<id>#1`, `<id>#2`, …; itself where there is but one.

    >>> [one.id for one in separate(Example("7", (), (Turn("a?", ("b",)), Turn("c?", ("d",))), "g"))]
    ['7#1', '7#2']
    """
    turns = conversation.turns
    if len(turns) == 1:
        return (conversation,)
    return tuple(
        replace(conversation, id=f"{conversation.id}#{k}", turns=(turn,)) for k, turn in enumerate(turns, start=1)
    )


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


def listed_turns(conversation: Any, place: Place) -> list[Any]:
    """The list of a conversation's turns; [] where `place` has been told that there is none."""
    if isinstance(conversation, list) and conversation:
        return conversation
    place.reject("data/no-conversation", "the row has no list of turns", fix="write its turns")
    return []


def spoken(turn: Any, speakers: Mapping[str, Speaker], place: Place) -> Said:
    """A turn `{"from": …, "value": …}`."""
    name = turn.get("from") if isinstance(turn, dict) else None
    text = turn.get("value") if isinstance(turn, dict) else None
    if not isinstance(name, str) or not isinstance(text, str):
        expected = "an object with the texts `from` and `value`"
        place.reject("data/bad-turn", f"a turn is {str(turn)[:60]}", expected=expected)
        return Said(Speaker(""), "")
    return Said(speaker_of(name, speakers, place), text)


def speaker_of(name: str, speakers: Mapping[str, Speaker], place: Place) -> Speaker:
    """Whom a name stands for."""
    if name not in speakers:
        fix = "name the format: sharegpt" if name in SPEAKERS else "correct the name"
        place.reject("data/unknown-speaker", f"a turn is from {name!r}", expected=" or ".join(speakers), fix=fix)
    return speakers.get(name, Speaker(""))


def _set_aside(said: Sequence[Said], metadata: dict[str, Any], place: Place) -> list[Said]:
    """The turns after the system texts, which go to the metadata: a model is told one system text, the recipe's."""
    for medium in _OTHER_MEDIA:
        if metadata.get(medium):
            place.reject("data/other-medium", f"the row has `{medium}`", expected="pictures", fix="remove the row")
    system = list(takewhile(lambda one: one.speaker.part == SYSTEM, said))
    if any(one.pictures for one in system):
        place.reject("data/picture-in-system", "the system text shows a picture", fix="show it in the first question")
    texts = [one.text for one in system]
    own = metadata.get("system")
    if isinstance(own, str) and own not in texts:
        texts.insert(0, own)
    if any(text.strip() for text in texts):
        metadata["system"] = "\n\n".join(text for text in texts if text.strip())
        found = "the row's system text is kept as metadata and not put to the model"
        place.note("data/system-unused", found, fix="write it to prompt.system where all rows share it")
    if metadata.get("tools"):
        place.note("data/tools-unused", "the row's `tools` are kept as metadata and not put to the model")
    return list(said[len(system) :])


def _without_marks(turn: Turn, place: Place) -> Turn:
    question, moved = remove_marks(turn.question)
    if moved:
        place.note("data/picture-moved", f"{MARK} stands amid the words; the picture comes before the question now")
    if not question.strip():
        place.reject("data/no-question", f"a question is nothing but {MARK}", fix="write the question")
    return Turn(question, turn.answers)


def _gathered(extras: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What is known of single turns, for all of them: the value where they agree, else a list with one a turn."""
    names = dict.fromkeys(name for extra in extras for name in extra)
    values = {name: [extra.get(name) for extra in extras] for name in names}
    return {name: each[0] if all(one == each[0] for one in each) else each for name, each in values.items()}
