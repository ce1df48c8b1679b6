"""The Cauldron's layout (Laurençon et al. 2024, arXiv 2405.02246), in JSON lines or a JSON list.

    {"images": ["a.png"], "texts": [{"user": "Who is it?", "assistant": "Чебурашка", "source": "vqa"}, …]}

What else stands beside `user` and `assistant` becomes metadata.
"""

from collections.abc import Mapping
from typing import Any

from lensmith.data.sources.contract import Detection, Place, Row
from lensmith.data.sources.json_format import JsonFormat, Reading, ReadRecord
from lensmith.data.sources.turns import ANSWERS, ASKS, Conversations, Said, Speaker, listed_turns

USUAL = {
    "conversation": ("texts",),
    "image": ("image",),
    "images": ("images",),
    "id": ("id",),
    "group": ("group",),
}


class CauldronSource(JsonFormat):
    """Pictures, and questions with answers about them."""

    name = "cauldron"
    describe = "the_cauldron: images, and texts with user and assistant"
    usual = USUAL

    def judge(self, record: Mapping[str, Any]) -> Detection:
        """Sure where there are `texts` with `user` and `assistant`."""
        texts = record.get("texts")
        if not isinstance(texts, list):
            return Detection(0.0, "its rows have no list of `texts`")
        if texts and isinstance(texts[0], dict) and {"user", "assistant"} <= set(texts[0]):
            return Detection(0.9, "its rows hold `texts` with `user` and `assistant`")
        return Detection(0.0, "its `texts` have no `user` and `assistant`")

    def reader(self, reading: Reading) -> ReadRecord:
        """Pictures come before the first question."""
        conversations = Conversations.of(reading)

        def read(record: Mapping[str, Any], number: int, where: str) -> Row:
            return conversations.row(record, number, where, read_texts)

        return read


CAULDRON = CauldronSource()


def read_texts(values: dict[str, Any], _: dict[str, Any], place: Place) -> list[Said]:
    """The questions and answers of a record."""
    return [one for text in listed_turns(values.get("conversation"), place) for one in _pair(text, place)]


def _pair(text: Any, place: Place) -> list[Said]:
    question = text.get("user") if isinstance(text, dict) else None
    answer = text.get("assistant") if isinstance(text, dict) else None
    if not isinstance(question, str) or not isinstance(answer, str | None):
        expected = "an object with the texts `user` and `assistant`"
        place.reject("data/bad-turn", f"one of the texts is {str(text)[:60]}", expected=expected)
        return []
    extra = {name: value for name, value in text.items() if name not in ("user", "assistant")}
    return [Said(Speaker(ASKS), question, extra=extra), Said(Speaker(ANSWERS), answer or "")]
