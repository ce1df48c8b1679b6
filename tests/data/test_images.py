import io
import struct
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from published import png

from lensmith.data import images
from lensmith.data.images import FileImage, decode, read_size
from lensmith.errors import DataError


@dataclass(frozen=True)
class Bytes:
    data: bytes
    name: str = field(default="picture", compare=False)

    def read_bytes(self) -> bytes:
        return self.data


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> Bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return Bytes(stream.getvalue())


def photo(size: tuple[int, int] = (64, 48)) -> Image.Image:
    noise = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(noise)


def code(ref: Bytes | FileImage) -> str:
    with pytest.raises(DataError) as caught:
        decode(ref)
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].fix
    return caught.value.problems[0].code


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_every_exif_orientation_ends_upright(orientation: int, kind: str) -> None:
    # Where the top left corner of the upright picture lies in the stored one, by the EXIF standard.
    upright = Image.new("RGB", (40, 24), (0, 0, 255))
    upright.paste((255, 0, 0), (0, 0, 16, 8))
    undo = {
        2: "FLIP_LEFT_RIGHT",
        3: "ROTATE_180",
        4: "FLIP_TOP_BOTTOM",
        5: "TRANSPOSE",
        6: "ROTATE_90",
        7: "TRANSVERSE",
    }
    name = {**undo, 8: "ROTATE_270"}.get(orientation)
    stored = upright.transpose(Image.Transpose[name]) if name else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    ref = encoded(stored, kind, exif=exif.tobytes() if kind != "TIFF" else exif)
    decoded = decode(ref)
    assert decoded.size == (40, 24)
    assert not decoded.getexif()
    assert read_size(ref) == (24, 40)
    red = np.asarray(decoded)[..., 0].astype(int)
    assert red[2:6, 2:14].min() > 200
    assert red[12:, 20:].max() < 50


def test_an_exif_block_that_is_garbage_leaves_the_picture_as_it_lies() -> None:
    ref = encoded(photo(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    assert decode(ref).size == (64, 48)
    assert read_size(ref) == (48, 64)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB", "I", "F", "I;16"])
def test_every_mode_becomes_rgb(mode: str) -> None:
    image = Image.new("I;16", (8, 6), 30000) if mode == "I;16" else photo((8, 6)).convert("L").convert(mode)
    # Pillow 12 cannot read the uncompressed YCbCr that it writes.
    packed = {"compression": "tiff_lzw"} if mode == "YCbCr" else {}
    assert decode(encoded(image, "TIFF", **packed)).mode == "RGB"


def test_what_is_transparent_lies_on_white() -> None:
    half = Image.new("RGBA", (2, 1), (0, 0, 0, 0))
    half.putpixel((1, 0), (255, 0, 0, 255))
    assert [decode(encoded(half)).getpixel((x, 0)) for x in (0, 1)] == [(255, 255, 255), (255, 0, 0)]
    palette = Image.new("P", (1, 1), 0)
    palette.putpalette([10, 20, 30])
    assert decode(encoded(palette, transparency=0)).getpixel((0, 0)) == (255, 255, 255)
    assert decode(encoded(palette)).getpixel((0, 0)) == (10, 20, 30)


@pytest.mark.parametrize(("level", "expected"), [(0, 0), (257 * 100, 100), (65535, 255)])
def test_sixteen_bits_keep_their_brightness(level: int, expected: int) -> None:
    grey = Image.fromarray(np.full((2, 2), level, dtype=np.uint16))
    assert decode(encoded(grey)).getpixel((0, 0)) == (expected,) * 3


def test_floats_are_stretched_over_their_range() -> None:
    grey = Image.fromarray(np.array([[0.0, 0.5, 1.0, np.nan]], dtype=np.float32))
    assert [decode(encoded(grey, "TIFF")).getpixel((x, 0))[0] for x in range(4)] == [0, 128, 255, 0]


def test_the_first_frame_of_an_animation_counts() -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ((255, 0, 0), (0, 255, 0))]
    ref = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert decode(ref).getpixel((0, 0)) == (255, 0, 0)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_a_picture_cut_short_is_an_error_or_whole_and_never_half_a_picture(kind: str) -> None:
    data = encoded(photo((24, 16)), kind).data
    whole = decode(Bytes(data)).tobytes()
    survived = 0
    for cut in range(1, len(data), 7):
        try:
            assert decode(Bytes(data[:cut])).tobytes() == whole
            survived += 1
        except DataError as error:
            assert error.problems[0].code in ("data/broken-image", "data/not-an-image")
    # Only what follows the pixels may be missing.
    assert survived <= 10


def test_a_picture_with_a_damaged_middle_does_not_crash() -> None:
    data = bytearray(encoded(photo()).data)
    data[len(data) // 2] ^= 0xFF
    assert code(Bytes(bytes(data))) == "data/broken-image"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "data/empty-image"),
        (b"<html>not found</html>", "data/not-an-image"),
        (b"\x89PNG\r\n\x1a\n", "data/not-an-image"),
        (b"\0" * 1000, "data/not-an-image"),
    ],
)
def test_what_is_no_picture_is_told(data: bytes, expected: str) -> None:
    assert code(Bytes(data)) == expected


def bomb(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [9_500, 30_000])
def test_a_decompression_bomb_is_refused_from_its_header(side: int) -> None:
    assert code(Bytes(bomb(side, side))) == "data/huge-image"
    with pytest.raises(DataError):
        read_size(Bytes(bomb(side, side)))


def test_files_that_cannot_be_read_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert code(FileImage(str(tmp_path / "none.png"), "none.png")) == "data/missing-image"
    assert code(FileImage(str(tmp_path), "folder")) == "data/unreadable-image"
    assert code(FileImage("/dev/zero", "zero")) == "data/unreadable-image"
    (tmp_path / "big.png").write_bytes(png())
    monkeypatch.setattr(images, "MAX_FILE_BYTES", 10)
    assert code(FileImage(str(tmp_path / "big.png"), "big.png")) == "data/unreadable-image"


def test_no_file_runs_an_interpreter() -> None:
    assert code(Bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n")) == "data/not-an-image"


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM"]),
    at=st.integers(0, 5000),
    noise=st.binary(max_size=8),
)
def test_no_damage_is_more_than_a_problem(kind: str, at: int, noise: bytes) -> None:
    data = encoded(photo((12, 8)), kind).data
    at %= len(data)
    ref = Bytes(data[:at] + noise + data[at + len(noise) :])
    try:
        size = read_size(ref)
        assert decode(ref).size[::-1] == size
    except DataError as error:
        assert error.problems[0].code in ("data/broken-image", "data/not-an-image", "data/huge-image")


def test_four_colour_jpegs_keep_their_colours() -> None:
    for colour in ((200, 30, 40), (20, 120, 60), (240, 240, 240)):
        printed = Image.new("RGB", (16, 16), colour).convert("CMYK")
        found = decode(encoded(printed, "JPEG", quality=95)).getpixel((8, 8))
        assert all(abs(one - other) <= 4 for one, other in zip(found, colour, strict=True))


def test_grey_with_transparency_and_palettes_with_partial_transparency_lie_on_white() -> None:
    assert decode(encoded(Image.new("LA", (1, 1), (0, 0)))).getpixel((0, 0)) == (255, 255, 255)
    palette = Image.new("P", (2, 1))
    palette.putpalette([0, 0, 0, 255, 0, 0])
    palette.putpixel((1, 0), 1)
    found = decode(encoded(palette, transparency=bytes([128, 255])))
    assert [found.getpixel((x, 0)) for x in (0, 1)] == [(127, 127, 127), (255, 0, 0)]


def test_a_wrong_suffix_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "picture.jpg").write_bytes(encoded(photo()).data)
    assert decode(FileImage(str(tmp_path / "picture.jpg"), "picture.jpg")).tobytes() == photo().tobytes()


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_the_first_frame_of_every_animated_format_counts(kind: str) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ((255, 0, 0), (0, 255, 0))]
    ref = encoded(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True)
    assert decode(ref).getpixel((4, 4)) == (255, 0, 0)
    assert images.decode_reduced(ref.data, "a", 1)[1].frames == 2


def test_a_reduced_jpeg_is_smaller_and_upright_with_the_size_of_the_whole() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(photo((640, 480)), "JPEG", exif=exif.tobytes()).data
    small, traits = images.decode_reduced(data, "a", 100)
    assert small.size == (120, 160)
    assert (traits.height_px, traits.width_px, traits.is_turned) == (640, 480, True)
    whole, _ = images.decode_reduced(data, "a", 480)
    assert whole.tobytes() == decode(Bytes(data)).tobytes()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_reduced_decoding_finds_the_same_damage(kind: str) -> None:
    data = encoded(photo((160, 120)), kind).data
    for cut in range(1, len(data), max(1, len(data) // 60)):
        outcomes = []
        for read in (images.decode_bytes, lambda part, name: images.decode_reduced(part, name, 32)):
            try:
                read(data[:cut], "a")
                outcomes.append("good")
            except DataError as error:
                outcomes.append(error.problems[0].code)
        assert outcomes[0] == outcomes[1]
