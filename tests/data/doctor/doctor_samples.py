"""Pictures and rows that the doctor's tests are made of, and one way to have them checked."""

import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from lensmith.config.sections import SourceSection
from lensmith.data.check import silent
from lensmith.data.doctor.contract import Finding
from lensmith.data.findings import CheckResult
from lensmith.workflows.check import check_data

Row = dict[str, Any]


def scene(seed: int, width_px: int = 120, height_px: int = 90) -> Image.Image:
    """Soft blobs and a few sharp shapes: no two seeds alike."""
    rng = np.random.default_rng(seed)
    ground = Image.fromarray(rng.integers(40, 216, (4, 5, 3), dtype=np.uint8))
    picture = ground.resize((width_px, height_px), Image.Resampling.BICUBIC)
    for _ in range(6):
        w, h = (int(rng.integers(side // 8, side // 3)) for side in (width_px, height_px))
        x, y = int(rng.integers(0, width_px - w)), int(rng.integers(0, height_px - h))
        picture.paste(tuple(int(level) for level in rng.integers(0, 256, 3)), (x, y, x + w, y + h))
    return picture


def encoded(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def write_rows(path: Path, rows: Iterable[Row | str | bytes]) -> Path:
    """JSON lines; a text or bytes stand as they are."""
    lines = (row if isinstance(row, bytes) else (row if isinstance(row, str) else _dump(row)).encode() for row in rows)
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def _dump(row: Row) -> str:
    return json.dumps(row, ensure_ascii=False)


def good_rows(folder: Path, count: int, first_seed: int = 0) -> list[Row]:
    """Rows that nothing can be said against, with their pictures in `folder`."""
    words = ["куб", "шар", "конус", "кольцо"]
    rows = []
    for number in range(count):
        name = f"good-{first_seed + number}.png"
        scene(first_seed + number).save(folder / name)
        rows.append({"image_path": name, "question": f"Что лежит на полке {number}? 🙂", "answer": words[number % 4]})
    return rows


def check(train: Path, *held_out: Path, **settings: Any) -> CheckResult:
    sections = [SourceSection(path=str(train), **settings)]
    return check_data(sections, silent, against=[SourceSection(path=str(path), **settings) for path in held_out])


def codes(result: CheckResult) -> list[str]:
    return [finding.code for finding in result.findings]


def finding(result: CheckResult, code: str) -> Finding:
    found = [each for each in result.findings if each.code == code]
    assert len(found) == 1, f"{code} is not among {codes(result)}"
    assert found[0].advice.strip()
    assert found[0].count > 0
    return found[0]


def places(found: Finding) -> list[str]:
    """Rows by file name and number."""
    return [Path(where).name for exhibit in found.exhibits for where in exhibit.where.split("; ")]


def check_rows(folder: Path, rows: Sequence[Row | str | bytes], held_out: Sequence[Row] = ()) -> CheckResult:
    """Checks rows whose pictures are in `folder`."""
    train = write_rows(folder / "train.jsonl", rows)
    return check(train, *([write_rows(folder / "held.jsonl", held_out)] if held_out else []))
