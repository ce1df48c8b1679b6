"""Copies are found whatever was done to them, strangers are left alone; a small part of bench/likeness.py."""

import io
import random
from collections.abc import Callable

import numpy as np
import pytest
from doctor_samples import encoded, scene
from PIL import Image

from lensmith.data.doctor.likeness import SAME_CORRELATION, find_alike, read_thumbnails, sketch
from lensmith.data.fingerprints import content_of, take_fingerprint

COUNT = 24
# The bench found 98.9 % of 1,000 copies; of these few every one must be found.
Change = Callable[[Image.Image, random.Random], Image.Image]


def crop(picture: Image.Image, rng: random.Random, most: float) -> Image.Image:
    width, height = picture.size
    edges = [rng.uniform(0, most) for _ in range(4)]
    return picture.crop(
        (
            round(edges[0] * width),
            round(edges[1] * height),
            round((1 - edges[2]) * width),
            round((1 - edges[3]) * height),
        )
    )


CHANGES: dict[str, Change] = {
    "copied": lambda picture, rng: picture,
    "smaller": lambda picture, rng: picture.resize((picture.width // 2, picture.height // 2)),
    "larger": lambda picture, rng: picture.resize((picture.width * 2, picture.height * 2)),
    "stretched": lambda picture, rng: picture.resize((picture.width * 2, picture.height)),
    "mirrored": lambda picture, rng: picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "upside down": lambda picture, rng: picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
    "turned by 180°": lambda picture, rng: picture.transpose(Image.Transpose.ROTATE_180),
    "cropped": lambda picture, rng: crop(picture, rng, 0.05),
    "mirrored and cropped": lambda picture, rng: crop(picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT), rng, 0.05),
}


def thumbnail(data: bytes) -> bytes:
    return take_fingerprint(data, "picture", content_of(data)).thumbnail


def thumbnails(pictures: list[Image.Image]) -> np.ndarray:
    return read_thumbnails([thumbnail(encoded(picture)) for picture in pictures])


@pytest.fixture(scope="module")
def originals() -> list[Image.Image]:
    return [scene(seed) for seed in range(COUNT)]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("quality", [40, 90])
def test_copies_are_found(change: str, quality: int, originals: list[Image.Image]) -> None:
    rng = random.Random(0)
    changed = []
    for picture in originals:
        stream = io.BytesIO()
        CHANGES[change](picture, rng).save(stream, "JPEG", quality=quality)
        changed.append(thumbnail(stream.getvalue()))
    pairs = find_alike(thumbnails(originals), read_thumbnails(changed))
    assert {(pair.one, pair.other) for pair in pairs} == {(number, number) for number in range(COUNT)}
    assert all(SAME_CORRELATION <= pair.likeness <= 1.001 for pair in pairs)


def test_strangers_are_not_alike(originals: list[Image.Image]) -> None:
    strangers = [scene(seed) for seed in range(1000, 1000 + 4 * COUNT)]
    assert find_alike(thumbnails(originals), thumbnails(strangers)) == []


def test_a_small_object_makes_another_picture(originals: list[Image.Image]) -> None:
    """What a question is about may be a twentieth of a side's square: such pairs are no copies."""
    with_object = []
    for picture in originals:
        other = picture.copy()
        colour = tuple(255 if level < 128 else 0 for level in picture.getpixel((60, 45)))
        other.paste(colour, (50, 35, 74, 59))
        with_object.append(other)
    assert find_alike(thumbnails(originals), thumbnails(with_object)) == []


def test_another_light_makes_another_picture(originals: list[Image.Image]) -> None:
    darker = [picture.point(lambda level: level // 2) for picture in originals]
    assert find_alike(thumbnails(originals), thumbnails(darker)) == []


def test_among_themselves_each_pair_is_told_once(originals: list[Image.Image]) -> None:
    mirrored = [picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT) for picture in originals[:5]]
    pairs = find_alike(thumbnails([*originals, *mirrored]))
    assert sorted((pair.one, pair.other) for pair in pairs) == [(number, COUNT + number) for number in range(5)]


def test_every_one_of_many_copies_is_in_some_pair(originals: list[Image.Image]) -> None:
    pairs = find_alike(thumbnails([originals[0]] * 12 + originals[1:4]))
    assert {place for pair in pairs for place in pair[:2]} == set(range(12))


def test_blank_pictures_are_like_nothing() -> None:
    blank = [Image.new("RGB", (20, 20), (level,) * 3) for level in (0, 128, 255)]
    assert not sketch(thumbnails(blank)).any()
    assert find_alike(thumbnails(blank)) == []


def test_there_may_be_no_pictures(originals: list[Image.Image]) -> None:
    none = np.zeros((0, 32, 32, 3), np.uint8)
    assert find_alike(none) == []
    assert find_alike(none, thumbnails(originals)) == []
    assert find_alike(thumbnails(originals[:1])) == []
    assert find_alike(thumbnails(originals[:1]), none) == []
