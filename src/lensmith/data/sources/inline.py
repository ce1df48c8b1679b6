"""Pictures that a row carries itself, as data URLs (RFC 2397): checked when it is read, decoded when they are seen."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lensmith.data.sources.contract import Place
from lensmith.data.sources.pictures import ImageRoot
from lensmith.data.sources.rows import Record
from lensmith.types import ImageRef

_SCHEME = "data:"
_SUBTYPE = re.compile(r"image/([a-z0-9]+)")


@dataclass(frozen=True, slots=True)
class InlineImage:
    """A picture in a row of a JSON file. Only where it stands is kept; two with one content are one picture.

    Attributes:
        digest: SHA-256 of the encoded picture, in hexadecimal.
        file: the JSON file.
        offset_bytes: where the row begins in it.
        size_bytes: how long the row is.
        name: from the digest, since a data URL has none.
    """

    digest: str
    file: str = field(compare=False)
    offset_bytes: int = field(compare=False)
    size_bytes: int = field(compare=False)
    name: str = field(compare=False)

    def read_bytes(self) -> bytes:
        """The encoded picture, read from its row again.

        Raises:
            OSError: the file is gone, or the row does not hold this picture any more.
        """
        with Path(self.file).open("rb") as stream:
            stream.seek(self.offset_bytes)
            text = stream.read(self.size_bytes)
        try:
            for url in _data_urls(json.loads(text)):
                data = decode_data_url(url)
                if hashlib.sha256(data).hexdigest() == self.digest:
                    return data
        except ValueError as error:
            raise OSError(f"its row has changed since it was read: {error}") from error
        raise OSError("its row has changed since it was read")


class RowPictures:
    """Finds the pictures of one row after the other: paths from a folder, data URLs in the row itself.

    Args:
        root: finds what is no data URL.
        file: that holds the rows.
    """

    def __init__(self, root: ImageRoot, file: Path) -> None:
        self._root = root
        self._file = str(file)
        self._record: Record | None = None

    def enter(self, record: Record) -> None:
        """From now on, data URLs are looked for in `record`."""
        self._record = record

    def find(self, text: str, place: Place) -> ImageRef | None:
        """The picture that the row calls `text`. None means that `place` has been told why there is none."""
        if self._record is None or text[: len(_SCHEME)].lower() != _SCHEME:
            return self._root.find(text, place)
        try:
            data = decode_data_url(text)
        except ValueError as error:
            fix = "write the picture again as data:image/…;base64,…, or save it as a file"
            place.reject("data/bad-data-url", f"the data URL of a picture cannot be decoded: {error}", fix=fix)
            return None
        digest = hashlib.sha256(data).hexdigest()
        kind = _SUBTYPE.match(text[len(_SCHEME) : 40].lower())
        name = f"inline-{digest[:16]}" + (f".{kind[1]}" if kind else "")
        return InlineImage(digest, self._file, self._record.offset_bytes, self._record.size_bytes, name)


def decode_data_url(url: str) -> bytes:
    """The content of a data URL in base64. White space in it counts for nothing.

    >>> decode_data_url("data:image/png;base64,0L/RgNC40LLQtdGC").decode()
    'привет'

    Raises:
        ValueError: it is not in base64, is damaged, or is empty.
    """
    header, comma, payload = url.partition(",")
    if not comma or not header.lower().endswith(";base64"):
        raise ValueError("it does not say ;base64,")
    data = base64.b64decode("".join(payload.split()), validate=True)
    if not data:
        raise ValueError("it is empty")
    return data


def _data_urls(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if value[: len(_SCHEME)].lower() == _SCHEME:
            yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _data_urls(inner)
