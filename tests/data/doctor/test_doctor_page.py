"""The page: whole without a network, safe whatever the data holds, and complete."""

import base64
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from doctor_samples import check_rows, good_rows, scene
from PIL import Image

from lensmith.data.doctor.page import render_page

VOID = {"meta", "img"}
EVIL = "</style><script>alert('ой')</script><img src=x onerror=alert(1)>\"'&\u202e\x07"


class Outline(HTMLParser):
    """Elements as they open, checked to close in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def outline(page: str) -> Outline:
    parsed = Outline()
    parsed.feed(page)
    parsed.close()
    assert parsed.open == []
    return parsed


@pytest.fixture
def page(tmp_path: Path) -> str:
    rows = good_rows(tmp_path, 5)
    name = "картинка <b>&\"'.png"
    scene(40, 900, 300).save(tmp_path / name)
    rows.append({"image_path": name, "question": EVIL, "answer": EVIL})
    rows.append({"image_path": name, "question": EVIL, "answer": f"{EVIL}!"})
    rows.append({"image_path": name, "question": EVIL, "answer": "другой"})
    rows.append({"image_path": EVIL.replace("/", "|"), "question": "?", "answer": "a"})
    return render_page(check_rows(tmp_path, rows))


def test_it_is_well_formed_and_holds_no_script_of_the_data(page: str) -> None:
    parsed = outline(page)
    tags = {tag for tag, _ in parsed.seen}
    assert not tags & {"script", "iframe", "object", "embed", "link", "base", "form", "b"}
    assert not [name for _, attributes in parsed.seen for name in attributes if name.startswith("on")]
    assert "<script>alert('ой')</script>" in parsed.text
    assert "\u202e" not in page
    assert "\x07" not in page


def test_nothing_is_fetched(page: str) -> None:
    parsed = outline(page)
    policy = next(a["content"] for tag, a in parsed.seen if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'; img-src data:")
    sources = [a["src"] or "" for tag, a in parsed.seen if tag == "img"]
    assert sources
    assert all(source.startswith("data:image/jpeg;base64,") for source in sources)
    assert not re.search(r"url\(|@import|https?://", page)


def test_pictures_are_small_and_what_they_should_be(page: str) -> None:
    pictures = [a for tag, a in outline(page).seen if tag == "img"]
    for attributes in pictures:
        source = attributes["src"] or ""
        picture = Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2])))
        assert max(picture.size) <= 160
        assert picture.size == (int(attributes["width"] or 0), int(attributes["height"] or 0))
        assert attributes["alt"]


def test_it_tells_all_that_was_found(page: str) -> None:
    text = outline(page).text
    for word in ("doctor/conflicting-answers", "doctor/duplicate-questions", "data/missing-image", "train.jsonl:6"):
        assert word in text
    assert "The run would be wrong" in text
    assert page.count("<svg") == 3
    assert "prefers-color-scheme:dark" in page


def test_a_picture_that_went_away_leaves_its_name(tmp_path: Path) -> None:
    rows = good_rows(tmp_path, 2)
    result = check_rows(tmp_path, [*rows, {**rows[0], "answer": "слон"}])
    (tmp_path / "good-0.png").unlink()
    assert "good-0.png cannot be read any more" in outline(render_page(result)).text


def test_there_may_be_nothing_to_show(tmp_path: Path) -> None:
    parsed = outline(render_page(check_rows(tmp_path, ["no JSON"])))
    assert "Findings: 0" in parsed.text
    assert "data/unknown-format" in parsed.text
