"""Tables whose rows hold conversations: the formats of JSON objects, told by the types of a table's columns.

texts: list<struct<user, assistant, source>>, images: list<struct<bytes, path>>    as the hub keeps the_cauldron
"""

from typing import Any

from lensmith.data.sources.cauldron import CAULDRON
from lensmith.data.sources.json_format import JsonFormat
from lensmith.data.sources.llava import LLAVA
from lensmith.data.sources.messages import MESSAGES
from lensmith.data.sources.paligemma import PALIGEMMA
from lensmith.data.sources.sharegpt import SHAREGPT

CHATS: tuple[JsonFormat, ...] = (LLAVA, SHAREGPT, MESSAGES, CAULDRON, PALIGEMMA)
_SURE = 0.9


def chat_format(schema: Any) -> tuple[JsonFormat, str] | None:
    """The format whose records the rows of a table are, and the reason; None where they are no conversations.

    Args:
        schema: a `pyarrow.Schema`.
    """
    record = {each.name: _sample(each.type) for each in schema}
    judged = ((chat, chat.judge(record)) for chat in CHATS)
    return next(((chat, found.reason) for chat, found in judged if found.sure >= _SURE), None)


def _sample(kind: Any) -> Any:
    """A value of a type: what tells formats apart is names, of columns and of what is in them."""
    import pyarrow as pa  # type: ignore[import-untyped]

    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return [_sample(kind.value_type)]
    if pa.types.is_struct(kind):
        return dict.fromkeys(kind.field(k).name for k in range(kind.num_fields))
    return "text"
