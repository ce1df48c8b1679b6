"""Pictures that stay in a zip: nothing is unpacked, so no name in it can lead anywhere.

A reference holds where a member's bytes begin, and a worker reads them without the list of all members.
"""

import posixpath
import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path

from lensmith.data.images import MAX_FILE_BYTES
from lensmith.data.sources.contract import Place
from lensmith.data.sources.pictures import ImageRoot
from lensmith.errors import DataError, Problem
from lensmith.types import ImageRef

# PKWARE's APPNOTE 4.3.7: what stands before a member's bytes, up to its name and extra field.
_LOCAL = struct.Struct("<4s5HIIIHH")
_LOCAL_MARK = b"PK\x03\x04"
_ENCRYPTED = 0x1
_UTF8_NAME = 0x800


@dataclass(frozen=True, slots=True)
class ZipImage:
    """A picture in a zip. Two at one place of one file are one picture.

    Attributes:
        path: of the zip, absolute.
        offset: where the member's own header begins.
        packed_bytes: its size in the zip.
        size_bytes: its size unpacked.
        deflated: False where it is stored as it is.
        crc: CRC-32 of the unpacked bytes.
        name: the member's path in the zip.
    """

    path: str
    offset: int
    packed_bytes: int
    size_bytes: int
    deflated: bool
    crc: int
    name: str = field(compare=False)

    def read_bytes(self) -> bytes:
        """The picture's file, unpacked.

        Raises:
            OSError: the zip is gone, cut or damaged, or the member is larger than `MAX_FILE_BYTES`.
        """
        if max(self.size_bytes, self.packed_bytes) > MAX_FILE_BYTES:
            raise OSError(f"larger than {MAX_FILE_BYTES >> 20} MiB")
        with Path(self.path).open("rb") as stream:
            stream.seek(self.offset)
            header = stream.read(_LOCAL.size)
            if len(header) < _LOCAL.size or not header.startswith(_LOCAL_MARK):
                raise OSError("the zip is damaged: there is no member where its list says")
            *_, name_bytes, extra_bytes = _LOCAL.unpack(header)
            stream.seek(name_bytes + extra_bytes, 1)
            data = stream.read(self.packed_bytes)
        if self.deflated:
            try:
                # One byte more than is said, so that a member that unpacks to more is seen and never unpacked.
                data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, self.size_bytes + 1)
            except zlib.error as error:
                raise OSError(f"its bytes in the zip are damaged: {error}") from error
        if len(data) != self.size_bytes or zlib.crc32(data) != self.crc:
            raise OSError("its bytes in the zip are damaged: size or checksum is not what the zip says")
        return data


class ZipRoot(ImageRoot):
    """A zip that image paths start from, as though it were a folder.

    Args:
        path: the zip.

    Raises:
        DataError: it is no zip, or its list of members is damaged.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path.parent)
        self._path = str(path.absolute())
        self._members: dict[str, zipfile.ZipInfo] = {}
        try:
            with zipfile.ZipFile(path) as opened:
                for info in opened.infolist():
                    if not info.is_dir():
                        self._members[_path(info.filename)] = info
        except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile) as error:
            found = f"the zip cannot be read: {error}"
            raise DataError(
                Problem("data/unreadable-zip", str(path), found, fix="copy or download it again")
            ) from error
        for info in list(self._members.values()):
            for name in _other_spellings(info):
                self._members.setdefault(_path(name), info)

    def find(self, text: str, place: Place) -> ImageRef | None:
        """The member that a row calls `text`."""
        if "://" in text:
            return super().find(text, place)
        name = _path(text)
        info = self._members.get(name)
        if info is None:
            place.reject("data/missing-image", f"the zip has no member {text!r}", fix=self._nearest(name))
        elif info.flag_bits & _ENCRYPTED:
            place.reject("data/encrypted-image", f"{text!r} is encrypted", fix="unpack the zip and name the folder")
        elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            found, expected = f"{text!r} is packed by the method {info.compress_type}", "0 (stored) or 8 (deflated)"
            place.reject("data/unreadable-image", found, expected=expected, fix="unpack the zip and name the folder")
        else:
            deflated = info.compress_type == zipfile.ZIP_DEFLATED
            sizes = info.compress_size, info.file_size
            return ZipImage(self._path, info.header_offset, *sizes, deflated, info.CRC, name)
        return None

    def _nearest(self, name: str) -> str:
        ending = "/" + posixpath.basename(name)
        near = next((member for member in self._members if f"/{member}".endswith(ending)), None)
        return f"the zip has {near}: paths start from its root" if near else "add it to the zip, or correct the path"


def _path(name: str) -> str:
    return posixpath.normpath(name.replace("\\", "/"))


def _other_spellings(info: zipfile.ZipInfo) -> list[str]:
    """What a name may have been where the zip does not say how it is encoded: UTF-8, or Cyrillic from Windows."""
    if info.flag_bits & _UTF8_NAME or info.orig_filename.isascii():
        return []
    raw = info.orig_filename.encode("cp437")
    spellings = []
    for encoding in ("utf-8", "cp866"):
        try:
            spellings.append(raw.decode(encoding))
        except UnicodeDecodeError:
            continue
    return spellings
