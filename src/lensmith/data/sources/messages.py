"""Messages with roles, as OpenAI, Hugging Face, TRL and ms-swift write them, in JSON lines or a JSON list.

    {"messages": [{"role": "user", "content": [
        {"type": "text", "text": "Who?"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,…"}}]},
        {"role": "assistant", "content": "Чебурашка"}]}
    {"messages": [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Who is it?"}]}, …],
     "images": ["a.png"]}
    {"messages": [{"role": "user", "content": "<image>Who is it?"}, …], "images": ["a.png"]}
    {"prompt": [{"role": "user", "content": "Who?"}], "completion": [{"role": "assistant", …}], "images": ["a.png"]}

Blocks of one message are joined by line ends. A block that names no picture shows the next of the row's own; where a
row has neither such blocks nor marks, its pictures come before the first question.
"""

from collections.abc import Mapping
from typing import Any

from lensmith.data.sources.contract import Detection, Place, Row
from lensmith.data.sources.json_format import JsonFormat, Reading, ReadRecord
from lensmith.data.sources.turns import (
    ANSWERS,
    ASKS,
    MARK,
    SPEAKERS,
    Conversations,
    Said,
    Speaker,
    listed_turns,
    speaker_of,
)

_COLUMNS = ("messages", "conversations")
# What ms-swift puts the row's `objects` in place of, in each model's own notation.
_OBJECT_MARKS = ("<ref-object>", "<bbox>")

USUAL = {
    "conversation": _COLUMNS,
    "prompt": ("prompt",),
    "completion": ("completion",),
    "image": ("image",),
    "images": ("images",),
    "id": ("id",),
    "group": ("group",),
}


class MessagesSource(JsonFormat):
    """Conversations with a role and a content a message."""

    name = "messages"
    describe = "messages with role and content (OpenAI vision, Hugging Face blocks, ms-swift), or prompt and completion"
    usual = USUAL

    def judge(self, record: Mapping[str, Any]) -> Detection:
        """Sure where there are `messages` with `role` and `content`, or a `prompt` and a `completion`."""
        if "prompt" in record and "completion" in record:
            return Detection(0.9, "its rows have a `prompt` and a `completion`")
        column = next((name for name in _COLUMNS if isinstance(record.get(name), list)), None)
        if column is None:
            return Detection(0.0, "its rows have neither a list of `messages` nor a `prompt` with a `completion`")
        turns = record[column]
        if turns and isinstance(turns[0], dict) and {"role", "content"} <= set(turns[0]):
            return Detection(0.9, f"its rows hold `{column}` with `role` and `content`")
        return Detection(0.0, f"its `{column}` have no `role` and `content`")

    def reader(self, reading: Reading) -> ReadRecord:
        """Pictures may be shown in any question."""
        conversations = Conversations.of(reading)

        def read(record: Mapping[str, Any], number: int, where: str) -> Row:
            return conversations.row(record, number, where, _said)

        return read


MESSAGES = MessagesSource()


def _said(values: dict[str, Any], metadata: dict[str, Any], place: Place) -> list[Said]:
    if "conversation" in values:
        said = [_message(turn, place) for turn in listed_turns(values["conversation"], place)]
    else:
        said = [*_side(values.get("prompt"), ASKS, place), *_side(values.get("completion"), ANSWERS, place)]
    if metadata.get("objects") and any(mark in one.text for one in said for mark in _OBJECT_MARKS):
        fix = "write the boxes into the text, in the notation that the model is to learn"
        place.reject("data/object-marks", f"the texts leave places for `objects`: {', '.join(_OBJECT_MARKS)}", fix=fix)
    return said


def _side(value: Any, part: str, place: Place) -> list[Said]:
    """A prompt or a completion: one text, or messages."""
    if isinstance(value, str):
        return [Said(Speaker(part), value)]
    if value is None and part == ANSWERS:
        return []
    return [_message(turn, place) for turn in listed_turns(value, place)]


def _message(turn: Any, place: Place) -> Said:
    role = turn.get("role") if isinstance(turn, dict) else None
    if not isinstance(role, str):
        expected = "an object with the texts `role` and `content`"
        place.reject("data/bad-turn", f"a message is {str(turn)[:60]}", expected=expected)
        return Said(Speaker(""), "")
    speaker = speaker_of(role, SPEAKERS, place)
    if speaker.part == ANSWERS and (turn.get("loss") is False or turn.get("weight") == 0):
        found = "an answer is marked as not to be learned (`loss` or `weight`)"
        place.reject("data/unlearned-answer", found, fix="remove the mark or the row")
    content = turn.get("content")
    if isinstance(content, str):
        return Said(speaker, content)
    if not isinstance(content, list):
        what = "a tool call" if turn.get("tool_calls") else str(content)[:60]
        place.reject("data/bad-turn", f"the content of a message is {what}", expected="text, or a list of blocks")
        return Said(speaker, "")
    texts: list[str] = []
    shows: list[Any] = []
    for block in content:
        text = _text(block)
        if text is not None:
            texts.append(text)
            shows += [None] * text.count(MARK)
        elif _is_picture(block, place):
            texts.append(MARK)
            shows.append(_shown(block, place))
    return Said(speaker, "\n".join(texts), tuple(shows))


def _text(block: Any) -> str | None:
    text = block.get("text") if isinstance(block, dict) and block.get("type") == "text" else block
    return text if isinstance(text, str) else None


def _is_picture(block: Any, place: Place) -> bool:
    if isinstance(block, dict) and block.get("type") in ("image", "image_url"):
        return True
    expected = 'an object whose `type` is "text", "image" or "image_url"'
    place.reject("data/bad-block", f"a block of a message is {str(block)[:60]}", expected=expected)
    return False


def _shown(block: dict[str, Any], place: Place) -> str | None:
    """What a block calls its picture; None where it names none."""
    named = next((block[key] for key in ("image", "url", "path", "image_url") if block.get(key) is not None), None)
    if isinstance(named, dict):
        named = named.get("url", named)
    if named is None or isinstance(named, str):
        return named
    place.reject("data/bad-block", f"a picture is given as {str(named)[:60]}", expected="a path or a data URL, as text")
    return None
