"""Forty-odd files that are no pictures, or no whole ones, each with what must be said of it."""

import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
from doctor_samples import encoded, scene
from PIL import Image

Make = Callable[[Path], None]

CUT = "data/broken-image"
NOT = "data/not-an-image"
EMPTY = "data/empty-image"
HUGE = "data/huge-image"
MISSING = "data/missing-image"
UNREADABLE = "data/unreadable-image"


def noise(size: tuple[int, int] = (64, 48)) -> Image.Image:
    levels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(levels)


def holding(data: bytes) -> Make:
    return lambda path: path.write_bytes(data) and None


def cut(kind: str, share: float, **options: object) -> Make:
    data = encoded(noise(), kind, **options)
    return holding(data[: int(len(data) * share)])


def flipped(kind: str, share: float) -> Make:
    data = bytearray(encoded(noise(), kind))
    data[int(len(data) * share)] ^= 0xFF
    return holding(bytes(data))


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    parts = [
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def header(width: int, height: int) -> tuple[bytes, bytes]:
    return b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)


def bomb(side: int) -> bytes:
    return png(header(side, side), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b""))


def bmp_bomb() -> bytes:
    data = bytearray(encoded(noise((8, 8)), "BMP"))
    data[18:26] = struct.pack("<ii", 50_000, 50_000)
    return bytes(data)


def gif_without_frames() -> bytes:
    return b"GIF89a" + struct.pack("<HHBBB", 10, 10, 0, 0, 0) + b";"


def zip_file() -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.png", encoded(scene(1)))
    return stream.getvalue()


def link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


def link_to_nothing(path: Path) -> None:
    path.symlink_to(path.with_name("gone.png"))


BAD_PICTURES: dict[str, tuple[Make, str]] = {
    "missing.png": (lambda path: None, MISSING),
    "dangling-link.png": (link_to_nothing, MISSING),
    "link-to-itself.png": (link_to_itself, UNREADABLE),
    "folder.png": (lambda path: path.mkdir(), UNREADABLE),
    "pipe.png": (lambda path: os.mkfifo(path), UNREADABLE),
    "socket.png": (lambda path: os.mknod(path, stat.S_IFSOCK | 0o600), UNREADABLE),
    "zero.png": (holding(b""), EMPTY),
    "zero.jpg": (holding(b""), EMPTY),
    "one-byte.jpg": (holding(b"\xff"), NOT),
    "zeros.png": (holding(b"\0" * 4096), NOT),
    "spaces.png": (holding(b" " * 100), NOT),
    "text.png": (holding("это не картинка 🙂".encode()), NOT),
    "page.jpg": (holding(b"<!DOCTYPE html><html><body>404 Not Found</body></html>"), NOT),
    "drawing.svg": (holding(b'<svg xmlns="http://www.w3.org/2000/svg"/>'), NOT),
    "drawing.png": (holding(b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'), NOT),
    "script.eps": (holding(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n"), NOT),
    "paper.pdf": (holding(b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"), NOT),
    "archive.jpg": (holding(zip_file()), NOT),
    "film.mp4": (holding(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0" * 64), NOT),
    "layers.psd": (holding(b"8BPS\0\x01" + b"\0" * 64), NOT),
    "pointer.png": (holding(b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n"), NOT),
    "base64.png": (holding(b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"), NOT),
    "json.jpg": (holding(b'{"error": "rate limit exceeded"}'), NOT),
    "signature.png": (holding(b"\x89PNG\r\n\x1a\n"), NOT),
    "start.jpg": (holding(b"\xff\xd8\xff\xe0\0\x10JFIF"), CUT),
    "half.jpg": (cut("JPEG", 0.5), CUT),
    "nearly-whole.jpg": (cut("JPEG", 0.97), CUT),
    "half-progressive.jpg": (cut("JPEG", 0.4, progressive=True), CUT),
    "half.png": (cut("PNG", 0.5), CUT),
    "nearly-whole.png": (cut("PNG", 0.98), CUT),
    "half.gif": (cut("GIF", 0.5), CUT),
    "half.webp": (cut("WEBP", 0.5), CUT),
    "half-lossless.webp": (cut("WEBP", 0.5, lossless=True), CUT),
    "half.bmp": (cut("BMP", 0.5), CUT),
    "half.tiff": (cut("TIFF", 0.5), CUT),
    "half.jp2": (cut("JPEG2000", 0.2), CUT),
    "half.ppm": (cut("PPM", 0.5), CUT),
    "half.ico": (cut("ICO", 0.5), CUT),
    "wrong-checksum.png": (flipped("PNG", 0.5), CUT),
    "wrong-header-checksum.png": (holding(png(header(8, 8)).replace(b"IHDR\0\0\0\x08", b"IHDR\0\0\0\x09")), NOT),
    "without-pixels.png": (holding(png(header(8, 8), (b"IEND", b""))), CUT),
    "too-few-pixels.png": (holding(png(header(64, 64), (b"IDAT", zlib.compress(b"\0" * 9)), (b"IEND", b""))), CUT),
    "without-frames.gif": (holding(gif_without_frames()), NOT),
    "bomb.png": (holding(bomb(30_000)), HUGE),
    "over-the-limit.png": (holding(bomb(9_500)), HUGE),
    "bomb.bmp": (holding(bmp_bomb()), HUGE),
}
