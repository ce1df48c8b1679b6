"""The index of a feature store: one slot of fixed size a record, each with a checksum of its own.

A slot says where a record lies in the data file, what array it is, and what its bytes sum up to. Damage to one slot
costs that record alone, because every slot can be found and judged without its neighbours.
"""

import hashlib
import math
import struct
import zlib
from dataclasses import dataclass

import numpy as np

SLOT_BYTES = 128  # divides a page, so that a slot never lies on two
MAX_AXES = 16

# numpy has no bfloat16. One field of that name keeps its bits and says what they are.
BFLOAT16 = np.dtype([("bfloat16", "<u2")])

_FORMAT = 1
_BODY = struct.Struct("<I16sQQI16sI16I")  # format, picture, offset, length, checksum, dtype, axes, shape
_SUM = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Record:
    """Where a record lies and what it is.

    Attributes:
        offset_bytes: from the beginning of the data file.
        length_bytes: of the array's bytes.
        checksum: CRC-32 of those bytes.
        dtype: as `write_dtype` writes it.
        shape: of the array.
    """

    offset_bytes: int
    length_bytes: int
    checksum: int
    dtype: str
    shape: tuple[int, ...]

    @property
    def end_bytes(self) -> int:
        """The first byte behind it."""
        return self.offset_bytes + self.length_bytes


def name_picture(picture: str) -> bytes:
    """The 16 bytes by which a slot knows a picture, whatever text names it."""
    return hashlib.blake2b(picture.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def write_dtype(dtype: np.dtype) -> str:
    """A dtype as text that `read_dtype` reads back.

    >>> write_dtype(np.dtype("float32")), write_dtype(BFLOAT16)
    ('<f4', 'bfloat16')

    Raises:
        TypeError: it holds Python objects, several fields, or no bytes.
    """
    if dtype == BFLOAT16:
        return "bfloat16"
    text = dtype.str
    if dtype.hasobject or not dtype.itemsize or len(text) > 16 or np.dtype(text) != dtype:
        raise TypeError(f"arrays of {dtype} cannot be stored")
    return text


def read_dtype(text: str) -> np.dtype:
    """The dtype that `write_dtype` wrote."""
    return BFLOAT16 if text == "bfloat16" else np.dtype(text)


def write_slot(name: bytes, record: Record) -> bytes:
    """A record's slot, `SLOT_BYTES` long.

    Raises:
        ValueError: the array has more than 16 axes, or one longer than 2³²-1.
    """
    if len(record.shape) > MAX_AXES or max(record.shape, default=0) >= 1 << 32:
        raise ValueError(f"an array of shape {record.shape} cannot be stored")
    shape = record.shape + (0,) * (MAX_AXES - len(record.shape))
    where = (record.offset_bytes, record.length_bytes, record.checksum)
    body = _BODY.pack(_FORMAT, name, *where, record.dtype.encode("ascii"), len(record.shape), *shape)
    return body + _SUM.pack(zlib.crc32(body))


def is_whole(slot: bytes) -> bool:
    """False when the slot is not what was written."""
    return zlib.crc32(slot[: _BODY.size]) == _SUM.unpack_from(slot, _BODY.size)[0] and slot[:4] == _SUM.pack(_FORMAT)


def read_slot(slot: bytes) -> tuple[bytes, Record]:
    """The picture's name and its record. The slot must be whole."""
    _, name, offset, length, checksum, dtype, axes, *shape = _BODY.unpack_from(slot)
    return name, Record(offset, length, checksum, dtype.rstrip(b"\0").decode("ascii"), tuple(shape[:axes]))


def view_record(record: Record, data: "memoryview[int] | bytes") -> np.ndarray:
    """The record as a read-only array over `data`, the bytes that it was written from."""
    array = np.frombuffer(data, dtype=read_dtype(record.dtype), count=math.prod(record.shape))
    return array.reshape(record.shape)
