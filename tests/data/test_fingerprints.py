"""What is remembered of a picture: the same for copies, another for others."""

import io
import itertools

import pytest
from PIL import Image
from published import noisy_png, png

from lensmith.data.fingerprints import SIDE_PX, Fingerprint, content_of, take_fingerprint
from lensmith.errors import DataError


def encoded(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def take(data: bytes) -> Fingerprint:
    return take_fingerprint(data, "picture", content_of(data))


def boxes(order: tuple[int, ...], kind: str = "PNG") -> Fingerprint:
    whole = Image.new("RGB", (60, 20))
    for place, box in enumerate(order):
        part = Image.linear_gradient("L").resize((20, 20)).rotate(90 * box)
        part.paste(40 * box, (2 * box, 3, 9, 12))
        whole.paste(part, (20 * place, 0))
    return take(encoded(whole, kind))


def test_what_is_kept_is_of_one_size_and_says_how_the_file_is_stored() -> None:
    found = take(noisy_png())
    assert len(found.thumbnail) == SIDE_PX * SIDE_PX * 3
    assert found.content == content_of(noisy_png()) != take(png()).content
    assert found.size_bytes == len(noisy_png())
    assert found.traits.format == "PNG"


def test_boxes_in_another_order_are_told_by_their_columns() -> None:
    arrangements = {boxes(order).arrangement for order in itertools.permutations(range(3))}
    assert len(arrangements) == 1
    assert boxes((0, 0, 1)).arrangement not in arrangements
    assert boxes((0, 1, 2), "JPEG").arrangement == b""


def test_a_blank_picture_is_told_and_has_no_arrangement() -> None:
    blank = take(encoded(Image.new("RGB", (9, 9), (1, 2, 3))))
    assert blank.is_blank
    assert blank.arrangement == b""
    assert not take(noisy_png()).is_blank


def test_a_large_jpeg_gives_nearly_the_thumbnail_of_its_pixels() -> None:
    large = Image.radial_gradient("L").convert("RGB").resize((1600, 1200))
    whole = large.resize((SIDE_PX, SIDE_PX), Image.Resampling.BOX).tobytes()
    found = take(encoded(large, "JPEG", quality=95)).thumbnail
    assert max(abs(one - other) for one, other in zip(found, whole, strict=True)) <= 4


def test_a_damaged_picture_has_no_fingerprint() -> None:
    with pytest.raises(DataError):
        take(noisy_png()[:-500])
