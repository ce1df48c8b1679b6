"""LLaVA conversations (Liu et al. 2023, arXiv 2304.08485), as a JSON list or JSON lines.

    {"id": "7", "image": "a.png", "conversations": [
        {"from": "human", "value": "<image>\\nWhat is it?"}, {"from": "gpt", "value": "A cat."}]}

Every picture has its `<image>` in the first question. There are no speakers but human and gpt (or user and assistant).
"""

from collections.abc import Mapping
from typing import Any

from lensmith.data.sources.contract import Detection, Place, Row
from lensmith.data.sources.json_format import JsonFormat, Reading, ReadRecord
from lensmith.data.sources.turns import PEOPLE, Conversations, Said, listed_turns, spoken

# What LLaMA-Factory's layout has beside `conversations`, and LLaVA's has not.
_NOT_LLAVA = ("images", "system", "tools", "videos", "audios")

USUAL = {
    "conversation": ("conversations",),
    "image": ("image",),
    "images": ("images",),
    "id": ("id",),
    "group": ("group",),
}


class LlavaSource(JsonFormat):
    """Conversations between a human and a model about a picture."""

    name = "llava"
    describe = "LLaVA conversations: id, image, conversations with turns from human and gpt"
    usual = USUAL

    def judge(self, record: Mapping[str, Any]) -> Detection:
        """Sure where there are `conversations` whose turns have `from` and `value`, and nothing is LLaMA-Factory's."""
        turns = record.get("conversations")
        if not isinstance(turns, list):
            return Detection(0.0, "its rows have no `conversations`")
        if not (turns and isinstance(turns[0], dict) and {"from", "value"} <= set(turns[0])):
            return Detection(0.0, "its `conversations` have no `from` and `value`")
        if found := beyond_llava(record, turns):
            return Detection(0.0, f"its rows have {found}, as ShareGPT's do")
        return Detection(0.9, "its rows hold `conversations` with `from` and `value`")

    def reader(self, reading: Reading) -> ReadRecord:
        """One picture mark in the first question for each picture."""
        conversations = Conversations.of(reading, strict_marks=True)

        def read(record: Mapping[str, Any], number: int, where: str) -> Row:
            return conversations.row(record, number, where, _said)

        return read


LLAVA = LlavaSource()


def beyond_llava(record: Mapping[str, Any], turns: list[Any]) -> str:
    """What a record with `from` and `value` has that LLaVA's layout does not know; empty where it has nothing.

    >>> beyond_llava({"images": ["a.png"]}, []), beyond_llava({"image": "a.png", "system": "x"}, [])
    ('`images`', '')
    """
    speakers = [turn.get("from") for turn in turns if isinstance(turn, dict)]
    strange = [name for name in speakers if isinstance(name, str) and name not in PEOPLE]
    if strange:
        return f"turns from {strange[0]!r}"
    if record.get("image"):
        return ""
    return next((f"`{name}`" for name in _NOT_LLAVA if record.get(name)), "")


def _said(values: dict[str, Any], _: dict[str, Any], place: Place) -> list[Said]:
    return [spoken(turn, PEOPLE, place) for turn in listed_turns(values.get("conversation"), place)]
