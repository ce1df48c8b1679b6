import csv
import hashlib
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from published import png, write_pictures
from published_benchmarks import MMBENCH, embedded, write_tsv

from lensmith.config.sections import SourceSection
from lensmith.data.reading import read_rows
from lensmith.data.sources import recognise
from lensmith.data.sources.contract import Row
from lensmith.data.sources.tsv_pictures import TsvRow, read_tsv
from lensmith.errors import DataError

PICTURE = embedded((1, 2, 3))


def read(path: Path, *, answers_required: bool = True, **more: Any) -> list[Row]:
    section = SourceSection.model_validate({"path": str(path), "format": "multiple_choice", **more})
    return list(read_rows(section, answers_required=answers_required))


def row(**cells: str) -> list[str]:
    usual = {"index": "1", "question": "Кто?", "A": "кот", "B": "пёс", "answer": "A", "image": PICTURE, "split": "dev"}
    return [{**usual, **cells}.get(name.replace("-", "_"), "") for name in MMBENCH]


def test_the_last_line_follows_the_language_and_can_be_changed(tmp_path: Path) -> None:
    english = write_tsv(tmp_path / "en.tsv", [row(question="Who?", A="cat", B="dog", hint="Look.")])
    said = read(english)[0].examples[0].question
    last = "Answer with the option's letter from the given choices directly."
    assert said == f"Look. Who? There are several options:\nA. cat\nB. dog\n\n{last}"
    words = {"options": "Варианты:", "instruction": "Одна буква."}
    assert read(english, wording=words)[0].examples[0].question == "Look. Who? Варианты:\nA. cat\nB. dog\n\nОдна буква."
    with pytest.raises(DataError, match="did you mean `options`"):
        read(english, wording={"option": "x"})


def test_pictures_come_from_base64_from_an_earlier_row_or_from_a_file(tmp_path: Path) -> None:
    write_pictures(tmp_path, "фото/1.png")
    rows = [
        row(index="7"),
        row(index="8", image="7"),
        row(index="9"),
        row(index="10", image="фото/1.png"),
        row(image=""),
    ]
    images = [[*one.examples[0].images] for one in read(write_tsv(tmp_path / "a.tsv", rows))]
    assert images[0] == images[1] == images[2]
    assert images[0][0].read_bytes() == png((1, 2, 3))
    assert images[0][0].name == "a:7"
    assert images[3][0].name == "фото/1.png"
    assert images[4] == []


@pytest.mark.parametrize("text", ["картинка", "A-A"])
def test_what_is_not_base64_is_told(tmp_path: Path, text: str) -> None:
    image = read(write_tsv(tmp_path / "a.tsv", [row(image=text * 200)]))[0].examples[0].images[0]
    with pytest.raises(OSError, match="not base64"):
        image.read_bytes()


def test_a_reference_holds_no_picture_and_sees_when_its_row_has_changed(tmp_path: Path) -> None:
    file = write_tsv(tmp_path / "a.tsv", [row(question=f"Кто {k}?", image=embedded((k, 0, 0))) for k in range(30)])
    images = [one.examples[0].images[0] for one in read(file)]
    assert len(pickle.dumps(images[0])) < 600
    assert [hashlib.sha256(image.read_bytes()).digest() for image in images] == [
        hashlib.sha256(png((k, 0, 0))).digest() for k in range(30)
    ]
    write_tsv(file, [row(question="Кто")])
    with pytest.raises(OSError, match="changed"):
        images[3].read_bytes()


def test_a_picture_larger_than_a_cell_of_csv_may_be_is_read(tmp_path: Path) -> None:
    import base64
    import io
    import random

    from PIL import Image

    stream = io.BytesIO()
    Image.frombytes("RGB", (300, 300), random.Random(0).randbytes(270_000)).save(stream, "PNG")
    file = write_tsv(tmp_path / "a.tsv", [row(image=base64.b64encode(stream.getvalue()).decode())])
    assert recognise(str(file))[0] == "multiple_choice"
    assert read(file)[0].examples[0].images[0].read_bytes() == stream.getvalue()
    assert csv.field_size_limit() == 131072


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"answer": "E"}, "data/answer-not-an-option"),
        ({"answer": "D"}, "data/answer-not-an-option"),
        ({"answer": "кот"}, "data/answer-not-an-option"),
        ({"answer": ""}, "data/no-answer"),
        ({"B": ""}, "data/no-options"),
        ({"question": ""}, "data/no-question"),
        ({"image": "99"}, "data/missing-image"),
        ({"image": "../a.png"}, "data/image-outside"),
    ],
)
def test_each_bad_row_is_told_and_the_next_is_read(tmp_path: Path, cells: dict[str, str], code: str) -> None:
    rows = read(write_tsv(tmp_path / "a.tsv", [row(), row(**cells), row(index="3")]))
    assert [problem.code for problem in rows[1].problems] == [code]
    assert rows[1].where.endswith("a.tsv:3")
    assert len(rows[0].examples) == len(rows[2].examples) == 1


def test_without_answers_where_none_are_required(tmp_path: Path) -> None:
    file = write_tsv(tmp_path / "a.tsv", [row(answer="")])
    assert read(file, answers_required=False)[0].examples[0].answers == ()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"1\tonly two", "data/short-row"),
        (b"\0", "data/nul-byte"),
        (b"\xff\t\t", "data/not-utf8"),
        (b'1\t"a quote without an end\t\t', "data/short-row"),
        (b'1\t"a" b\t', "data/bad-quoting"),
    ],
)
def test_a_bad_line_costs_itself(tmp_path: Path, line: bytes, code: str) -> None:
    file = write_tsv(tmp_path / "a.tsv", [row(), row(index="3")])
    first, second, third = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"\xef\xbb\xbf" + first + second + line + b"\n\n" + third)
    rows = read(file)
    told = [problem.code for one in rows for problem in one.problems]
    assert told[0] in (code, "data/bad-quoting")
    assert [note.code for one in rows for note in one.notes] == ["data/blank-line"]
    assert [example.id for one in rows for example in one.examples] == ["1", "3"]
    assert all(example.images[0].read_bytes() for one in rows for example in one.examples)


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=8)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(cells=st.lists(st.tuples(texts, texts, texts), max_size=5))
def test_what_csv_writes_is_read_back(tmp_path: Path, cells: list[tuple[str, str, str]]) -> None:
    kept = [each for each in cells if "".join(each).strip() or "\n" in "".join(each)]
    file = write_tsv(tmp_path / "a.tsv", kept, ("x", "y", "z"))
    rows = list(read_tsv(file))
    assert [tuple(each.cells.values()) for each in rows if isinstance(each, TsvRow)] == kept
