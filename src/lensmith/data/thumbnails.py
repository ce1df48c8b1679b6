"""Small copies of pictures, to be shown in pages."""

import io
from dataclasses import dataclass

from PIL import Image

from lensmith.data.images import decode_reduced, read_bytes
from lensmith.types import ImageRef

_QUALITY = 80


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A picture made small.

    Attributes:
        jpeg: the encoded file, without anything that the picture's file said about itself.
        width_px: of the small picture.
        height_px: of the small picture.
        full_width_px: of the picture itself, upright.
        full_height_px: of the picture itself, upright.
    """

    jpeg: bytes
    width_px: int
    height_px: int
    full_width_px: int
    full_height_px: int


def make_thumbnail(image: ImageRef, most_px: int, quality: int = _QUALITY) -> Thumbnail:
    """The picture, upright, as a JPEG that fits into a square of `most_px`; smaller ones keep their size.

    Raises:
        DataError: as `lensmith.data.images.decode`.
    """
    picture, traits = decode_reduced(read_bytes(image), image.name, most_px)
    picture.thumbnail((most_px, most_px), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality)
    return Thumbnail(stream.getvalue(), picture.width, picture.height, traits.width_px, traits.height_px)
