import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from published import noisy_png, png, write_jsonl
from published_chats import data_url, inline_name

from lensmith.config.sections import SourceSection
from lensmith.data.images import decode
from lensmith.data.reading import read_rows
from lensmith.data.sources.contract import Row
from lensmith.data.sources.inline import InlineImage

RED, GREY = png(), noisy_png()


def read(path: Path) -> list[Row]:
    return list(read_rows(SourceSection(path=str(path), format="jsonl")))


def row(**columns: Any) -> dict[str, Any]:
    return {"question": "Что это? 😀", "answer": "ё", **columns}


@pytest.mark.parametrize("beginning", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_pictures_are_read_from_their_rows_again(tmp_path: Path, name: str, beginning: bytes) -> None:
    rows = [row(note="ы" * 99), row(image=data_url(RED)), row(images=[data_url(GREY), data_url(RED)]), row()]
    lines = [json.dumps(one, ensure_ascii=False).encode() for one in rows]
    text = b"\r\n\r\n".join(lines) if name == "a.jsonl" else b"[\n " + b" ,\n".join(lines) + b"]"
    (tmp_path / name).write_bytes(beginning + text)
    found = [example for one in read(tmp_path / name) for example in one.examples]
    assert [[image.read_bytes() for image in example.images] for example in found] == [[], [RED], [GREY, RED], []]
    assert found[1].images[0] == found[2].images[1]
    assert found[1].images[0].name == found[2].images[1].name == found[1].group == inline_name(RED)
    assert decode(pickle.loads(pickle.dumps(found[2].images[0]))).size == (32, 24)


def test_a_reference_is_small_whatever_the_picture(tmp_path: Path) -> None:
    image = read(write_jsonl(tmp_path / "a.jsonl", [row(image=data_url(GREY))]))[0].examples[0].images[0]
    assert isinstance(image, InlineImage)
    assert len(pickle.dumps(image)) < 400 < len(GREY)


def test_a_file_that_changed_is_told(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", [row(image=data_url(RED))])
    image = read(path)[0].examples[0].images[0]
    for changed in ([row(image=data_url(GREY))], [row(note="x" * 500)], []):
        write_jsonl(path, changed)
        with pytest.raises(OSError, match="has changed"):
            image.read_bytes()
    path.unlink()
    with pytest.raises(OSError):
        image.read_bytes()


@pytest.mark.parametrize(
    "url",
    [
        "data:image/png,%89PNG",
        "data:image/png;base64",
        "data:image/png;base64,",
        "data:image/png;base64,AAA",
        "data:image/png;base64,AA*AA",
        "data:image/png;base64,картинка",
        "DATA:;base64,=",
    ],
)
def test_a_data_url_that_is_damaged_costs_its_row(tmp_path: Path, url: str) -> None:
    rows = read(write_jsonl(tmp_path / "a.jsonl", [row(image=url), row()]))
    assert [problem.code for problem in rows[0].problems] == ["data/bad-data-url"]
    assert len(rows[1].examples) == 1


@pytest.mark.parametrize("kind", ["image/png", "IMAGE/PNG", "image/svg+xml;charset=utf-8", "", "text/plain"])
def test_what_a_data_url_says_of_itself_does_not_matter(tmp_path: Path, kind: str) -> None:
    payload = data_url(RED).partition(",")[2]
    url = f"Data:{kind};BASE64,{payload[:20]}\n {payload[20:]}"
    image = read(write_jsonl(tmp_path / "a.jsonl", [row(image=url)]))[0].examples[0].images[0]
    assert image.read_bytes() == RED
