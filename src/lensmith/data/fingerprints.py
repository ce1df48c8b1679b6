"""What is remembered of a picture once it has been decoded: enough to tell copies, and what is odd about its file."""

import hashlib
import zlib
from dataclasses import dataclass

from PIL import Image

from lensmith.data.images import Traits, decode_reduced

# The thumbnail's side: what `lensmith.data.doctor.likeness` compares.
SIDE_PX = 32
# JPEGs are decoded at a part of their size down to this, which is enough for a thumbnail.
_LEAST_PX = 128
# Formats that keep every pixel as it was: only their columns can be the same ones after they changed places.
_EXACT = ("PNG", "BMP", "DIB", "GIF", "PPM")
# Larger pictures are photographs or scans, whose columns nobody puts into another order.
_ARRANGED_PIXELS = 4_000_000


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """One picture's file and pixels, in a few bytes.

    Attributes:
        content: SHA-256 of the file.
        size_bytes: of the file.
        traits: how it is stored.
        is_blank: every pixel has one colour.
        arrangement: equal for two pictures that are made of the same columns of pixels, in whatever order; empty
            where that cannot be told.
        thumbnail: `SIDE_PX` × `SIDE_PX` RGB bytes, row by row, whatever the picture's shape; empty where not kept.
        sharpness: how much of its contrast is between neighbouring pixels once its shorter side is `_LEAST_PX`: 0 for
            one colour all over, about 4.5 for noise.
    """

    content: bytes
    size_bytes: int
    traits: Traits
    is_blank: bool
    arrangement: bytes
    thumbnail: bytes
    sharpness: float


def content_of(data: bytes) -> bytes:
    """What tells a file's content from every other's."""
    return hashlib.sha256(data).digest()


def take_fingerprint(data: bytes, name: str, content: bytes) -> Fingerprint:
    """Decodes the whole picture once.

    Args:
        data: the file.
        name: for messages.
        content: `content_of(data)`.

    Raises:
        DataError: as `lensmith.data.images.decode`.
    """
    picture, traits = decode_reduced(data, name, _LEAST_PX)
    thumbnail = picture.resize((SIDE_PX, SIDE_PX), Image.Resampling.BOX, reducing_gap=2.0).tobytes()
    is_blank = all(low == high for low, high in picture.getextrema())  # type: ignore[misc]
    exact = traits.format in _EXACT and picture.width * picture.height <= _ARRANGED_PIXELS and not is_blank
    arrangement = _arrangement(picture) if exact else b""
    return Fingerprint(content, len(data), traits, is_blank, arrangement, thumbnail, measure_sharpness(picture))


def measure_sharpness(picture: Image.Image) -> float:
    """The spread of the Laplacian over that of the grey levels, at one scale; for `Fingerprint.sharpness`.

    The Laplacian's spread is the usual measure of focus (Pech-Pacheco et al. 2000, ICPR); over the grey levels' own it
    does not call a dark picture blurred.
    """
    import numpy as np

    scale = _LEAST_PX / min(picture.size)
    if scale < 1:
        size = max(3, round(picture.width * scale)), max(3, round(picture.height * scale))
        picture = picture.resize(size, Image.Resampling.BOX, reducing_gap=2.0)
    grey = np.asarray(picture.convert("L"), np.float32)
    spread = float(grey.std())
    if min(grey.shape) < 3 or spread < 1.0:
        return 0.0
    middle = grey[1:-1, 1:-1]
    around = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:]
    return round(float((around - 4 * middle).std()) / spread, 4)


def _arrangement(picture: Image.Image) -> bytes:
    # On its side a picture's columns lie in one piece each.
    turned = picture.transpose(Image.Transpose.TRANSPOSE)
    pixels, length_bytes = memoryview(turned.tobytes()), turned.width * 3
    columns = sorted(zlib.crc32(pixels[at : at + length_bytes]) for at in range(0, len(pixels), length_bytes))
    digest = hashlib.blake2b(digest_size=16, key=f"{picture.width}×{picture.height}".encode())
    for column in columns:
        digest.update(column.to_bytes(4, "big"))
    return digest.digest()
