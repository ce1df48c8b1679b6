"""ShareGPT conversations as LLaMA-Factory and ms-swift write them, in JSON lines or a JSON list.

    {"conversations": [{"from": "human", "value": "<image>Who is it?"}, {"from": "gpt", "value": "Чебурашка"}],
     "images": ["a.png"], "system": "Be brief."}
    {"conversation": [{"human": "<image>Who is it?", "assistant": "Чебурашка"}], "images": ["a.png"]}
    {"query": "<image>Who is it?", "response": "Чебурашка", "history": [["Hello!", "Hi."]], "images": ["a.png"]}

The first may also have turns from `system`, `function_call` and `observation`. Each picture has an `<image>` where it
is shown, in any question, or there is no mark at all.
"""

from collections.abc import Mapping
from typing import Any

from lensmith.data.sources.contract import Detection, Place, Row
from lensmith.data.sources.flat import answer_text
from lensmith.data.sources.json_format import JsonFormat, Reading, ReadRecord
from lensmith.data.sources.llava import beyond_llava
from lensmith.data.sources.turns import ANSWERS, ASKS, SPEAKERS, Conversations, Said, Speaker, listed_turns, spoken

_COLUMNS = ("conversations", "messages", "conversation")

USUAL = {
    "conversation": _COLUMNS,
    "question": ("query",),
    "answer": ("response",),
    "history": ("history",),
    "image": ("image",),
    "images": ("images",),
    "id": ("id",),
    "group": ("group",),
}


class SharegptSource(JsonFormat):
    """Conversations with pictures in a list beside them."""

    name = "sharegpt"
    describe = "ShareGPT: conversations with from and value (LLaMA-Factory), or query and response (ms-swift); images"
    usual = USUAL

    def judge(self, record: Mapping[str, Any]) -> Detection:
        """Sure where the marks of one of its three layouts are found, and LLaVA's fits less well."""
        if "query" in record and ("response" in record or "history" in record):
            return Detection(0.9, "its rows have a `query` and a `response`")
        column = next((name for name in _COLUMNS if isinstance(record.get(name), list)), None)
        if column is None:
            return Detection(0.0, f"its rows have neither a `query` with a `response` nor a list `{_COLUMNS[0]}`")
        turns = record[column]
        keys = set(turns[0]) if turns and isinstance(turns[0], dict) else set()
        if {"human", "assistant"} <= keys:
            return Detection(0.9, f"its rows hold `{column}` with `human` and `assistant`")
        if not {"from", "value"} <= keys:
            return Detection(0.0, f"its `{column}` have no `from` and `value`")
        found = beyond_llava(record, turns) if column == _COLUMNS[0] else f"`{column}`"
        if found:
            return Detection(0.9, f"its rows hold turns with `from` and `value`, and {found}")
        return Detection(0.3, "its rows hold `conversations` with `from` and `value`, which LLaVA's do too")

    def reader(self, reading: Reading) -> ReadRecord:
        """Marks may stand in any question."""
        conversations = Conversations.of(reading)

        def read(record: Mapping[str, Any], number: int, where: str) -> Row:
            return conversations.row(record, number, where, _said)

        return read


SHAREGPT = SharegptSource()


def _said(values: dict[str, Any], _: dict[str, Any], place: Place) -> list[Said]:
    if "conversation" in values:
        turns = listed_turns(values["conversation"], place)
        return [one for turn in turns for one in _in_one_turn(turn, place)]
    if "question" not in values:
        place.reject("data/no-conversation", "the row has neither a conversation nor a query", fix="write its turns")
        return []
    history = values.get("history") or []
    if not (isinstance(history, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in history)):
        place.reject("data/bad-turn", "the history is no list of pairs", expected='[["a question", "its answer"], …]')
        return []
    pairs = [*history, [values["question"], values.get("answer")]]
    return [one for question, answer in pairs for one in _pair(question, answer, place)]


def _in_one_turn(turn: Any, place: Place) -> list[Said]:
    if isinstance(turn, dict) and "from" not in turn and "human" in turn:
        return _pair(turn["human"], turn.get("assistant"), place)
    return [spoken(turn, SPEAKERS, place)]


def _pair(question: Any, answer: Any, place: Place) -> list[Said]:
    text = "" if answer is None else answer_text(answer)
    if not isinstance(question, str) or text is None:
        found = f"a question and its answer are {str(question)[:40]!r} and {str(answer)[:40]!r}"
        place.reject("data/bad-turn", found, expected="two texts")
        return []
    return [Said(Speaker(ASKS), question), Said(Speaker(ANSWERS), text)]
