"""Pictures: references that are cheap to hold and to send to workers, and the one way to decode them.

A picture becomes RGB, upright, 8 bits a channel, here and nowhere else, so training, evaluation and the app see
the same pixels. Everything that can be wrong with its bytes is a `DataError` with one problem.
"""

import io
import stat
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

from PIL import Image, UnidentifiedImageError

from lensmith.errors import DataError, Problem
from lensmith.types import ImageRef

# Where Pillow begins to warn of decompression bombs; 268 MB once decoded to RGB.
MAX_PIXELS = 89_478_485
MAX_FILE_BYTES = 128 << 20

# Formats by Pillow's names. Left out are those whose first bytes say too little to tell them from other files, and
# EPS, which runs an interpreter on what the file says.
FORMATS = ("AVIF", "BMP", "DIB", "GIF", "ICO", "JPEG", "JPEG2000", "MPO", "PNG", "PPM", "TIFF", "WEBP")

# Pillow warns where we raise an error, and of metadata that nobody asked for.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")

# What Pillow's plugins let out when their parsing meets bytes they did not expect.
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    ArithmeticError,
    AttributeError,
    AssertionError,
    RuntimeError,
    struct.error,
    zlib.error,
)

_ORIENTATION_TAG = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_TURNS_SIDEWAYS = (5, 6, 7, 8)


@dataclass(frozen=True, slots=True)
class FileImage:
    """A picture in a file. Two with one path are one picture.

    Attributes:
        path: absolute.
        name: the path from the image root, with forward slashes.
    """

    path: str
    name: str = field(compare=False)

    def open(self) -> BinaryIO:
        """The file, for reading from its beginning.

        Raises:
            OSError: it is missing, is not a plain file, or is larger than `MAX_FILE_BYTES`.
        """
        path = Path(self.path)
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise OSError("not a plain file")
        if found.st_size > MAX_FILE_BYTES:
            raise OSError(f"larger than {MAX_FILE_BYTES >> 20} MiB")
        return path.open("rb")

    def read_bytes(self) -> bytes:
        """The file as it is.

        Raises:
            OSError: as `open`.
        """
        with self.open() as stream:
            return stream.read()


class Traits(NamedTuple):
    """How a picture is stored.

    Attributes:
        format: by Pillow's name.
        mode: by Pillow's name: `CMYK`, `I;16`, `P`.
        height_px: of the upright picture.
        width_px: of the upright picture.
        frames: more than 1 where it is animated.
        is_turned: an EXIF orientation turns it.
        has_transparency: some of it may let white through.
    """

    format: str
    mode: str
    height_px: int
    width_px: int
    frames: int
    is_turned: bool
    has_transparency: bool


def decode(ref: ImageRef) -> Image.Image:
    """The picture in mode RGB, turned upright by its EXIF orientation, what is transparent laid on white.

    The first frame of an animation counts. 16-bit greys are divided by 257, so that white stays white; grey levels
    of 32 bits or floats, which have no agreed white, are stretched over their own range. An EXIF block that cannot
    be parsed, or that comes after a PNG's pixels, leaves the picture as it lies.

    Raises:
        DataError: `data/missing-image`, `data/unreadable-image`, `data/empty-image`, `data/not-an-image`,
            `data/broken-image` (cut short or damaged) or `data/huge-image` (over `MAX_PIXELS`).
    """
    return decode_bytes(read_bytes(ref), ref.name)


def read_size(ref: ImageRef) -> tuple[int, int]:
    """(height_px, width_px) of what `decode` will give, from the header alone.

    Raises:
        DataError: as `decode`, but damage behind the header goes unseen.
    """
    with _telling(ref.name):
        stream = ref.open() if isinstance(ref, FileImage) else io.BytesIO(ref.read_bytes())
    with stream:
        return _size(stream, ref.name)


def read_bytes(ref: ImageRef) -> bytes:
    """The picture's encoded bytes.

    Raises:
        DataError: they cannot be had.
    """
    with _telling(ref.name):
        return ref.read_bytes()


def size_of_bytes(data: bytes, name: str) -> tuple[int, int]:
    """As `read_size`, for bytes that have been read already; `name` is for messages."""
    return _size(io.BytesIO(data), name)


def decode_bytes(data: bytes, name: str) -> Image.Image:
    """As `decode`, for bytes that have been read already; `name` is for messages."""
    with _open(io.BytesIO(data), name) as image:
        return _decode(image, name)


def decode_reduced(data: bytes, name: str, least_px: int) -> tuple[Image.Image, Traits]:
    """As `decode_bytes`, and how the picture is stored.

    The whole file is read, so damage is found as `decode` finds it, but a JPEG gives its pixels at a half, a quarter or
    an eighth of its size where both sides stay above `least_px`: a fraction of the work.
    """
    with _open(io.BytesIO(data), name) as image:
        orientation = _orientation(image)
        width_px, height_px = image.size[::-1] if orientation in _TURNS_SIDEWAYS else image.size
        stored = image.format or "", image.mode, height_px, width_px
        transparency = image.has_transparency_data
        image.draft(image.mode, (least_px, least_px))
        decoded = _decode(image, name)
        return decoded, Traits(*stored, _count_frames(image), orientation in _UPRIGHT, transparency)


def _count_frames(image: Image.Image) -> int:
    # After the pixels: for some formats, counting reads on through the file.
    if image.format not in ("GIF", "PNG", "WEBP", "AVIF"):
        return 1
    try:
        return int(getattr(image, "n_frames", 1))
    except _DAMAGE:
        return 1


def _decode(image: Image.Image, name: str) -> Image.Image:
    orientation = _orientation(image)
    try:
        image.load()
        flat = _to_rgb(image)
    except MemoryError as error:
        raise _error("huge-image", name, "there is not enough memory to decode it", "make it smaller") from error
    except _DAMAGE as error:
        found = f"the picture is cut short or damaged: {str(error) or type(error).__name__}"
        raise _error("broken-image", name, found, "copy or download it again") from error
    # Without what the file said about itself, lest somebody turn the picture a second time.
    flat.info.clear()
    return flat.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else flat


@contextmanager
def _telling(name: str) -> Iterator[None]:
    """Turns what the operating system says into a problem."""
    try:
        yield
    except FileNotFoundError as error:
        found, fix = "there is no such picture", "add the file, or correct the path"
        raise _error("missing-image", name, found, fix) from error
    except OSError as error:
        found = f"the picture cannot be read: {error.strerror or error}"
        raise _error("unreadable-image", name, found, "check the file") from error


def _size(stream: BinaryIO, name: str) -> tuple[int, int]:
    with _open(stream, name) as image:
        width_px, height_px = image.size
        return (width_px, height_px) if _orientation(image) in _TURNS_SIDEWAYS else (height_px, width_px)


def _open(stream: BinaryIO, name: str) -> Image.Image:
    if not stream.read(1):
        raise _error("empty-image", name, "the picture has zero bytes", "copy or download it again")
    stream.seek(0)
    try:
        image = Image.open(stream, formats=_formats())
    except Image.DecompressionBombError as error:
        raise _error("huge-image", name, f"the picture is too large: {error}", "make it smaller") from error
    except UnidentifiedImageError as error:
        stream.seek(0)
        found = f"not a picture in any known format; it begins with {stream.read(12)!r}"
        raise _error("not-an-image", name, found, f"replace it with one of {', '.join(FORMATS)}") from error
    except _DAMAGE as error:
        found = f"the picture's header is damaged: {str(error) or type(error).__name__}"
        raise _error("broken-image", name, found, "copy or download it again") from error
    width_px, height_px = image.size
    if width_px * height_px > MAX_PIXELS:
        found = f"the picture is {width_px} × {height_px} pixels; the limit is {MAX_PIXELS} in all"
        raise _error("huge-image", name, found, "make it smaller")
    return image


@cache
def _formats() -> tuple[str, ...]:
    """Those of `FORMATS` that this build of Pillow has."""
    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


def _orientation(image: Image.Image) -> int:
    # Pillow turns a TIFF upright itself, its size included. For a PNG, `getexif` would decode all pixels in search of
    # an EXIF block behind them.
    if image.format == "TIFF" or (image.format == "PNG" and "exif" not in image.info):
        return 1
    try:
        return int(image.getexif().get(_ORIENTATION_TAG, 1))
    except _DAMAGE:
        return 1


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        return _from_wide_grey(image).convert("RGB")
    if image.has_transparency_data:
        clear = image if image.mode == "RGBA" else image.convert("RGBA")
        flat = Image.new("RGB", clear.size, (255, 255, 255))
        flat.paste(clear, mask=clear)
        return flat
    return image.convert("RGB")


def _from_wide_grey(image: Image.Image) -> Image.Image:
    import numpy as np

    if image.mode.startswith("I;16"):
        grey = np.asarray(image).astype(np.float32) / 257.0
    else:
        grey = np.nan_to_num(np.asarray(image, dtype=np.float32), nan=0.0, posinf=0.0, neginf=0.0)
        low, high = float(grey.min()), float(grey.max())
        grey = (grey - low) * (255.0 / (high - low) if high > low else 0.0)
    return Image.fromarray(np.rint(grey).astype(np.uint8))


def _error(code: str, name: str, found: str, fix: str) -> DataError:
    return DataError(Problem(f"data/{code}", name, found, consequence="examples that show it are left out", fix=fix))
