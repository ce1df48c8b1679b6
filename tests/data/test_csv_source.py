from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lensmith.config.sections import SourceSection
from lensmith.data.reading import read_rows
from lensmith.data.sources import SOURCES, recognise
from lensmith.data.sources.contract import Request, Row
from lensmith.errors import DataError

HEADER = "image,question,answer\n"
GOOD = "a.png,Что это? 😀,кот\n"


def read(path: Path, text: str | bytes, **section: Any) -> list[Row]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(read_rows(SourceSection(path=str(path), format="csv", **section)))


def codes(rows: list[Row]) -> list[str]:
    return [row.problems[0].code if row.problems else "good" if row.examples else row.notes[0].code for row in rows]


def answers(rows: list[Row]) -> list[tuple[str, ...]]:
    return [example.answers for row in rows for example in row.examples]


def test_each_bad_row_is_told_with_its_line_and_the_next_is_read(tmp_path: Path) -> None:
    lines = [
        (GOOD, "good"),
        ("\n", "data/blank-line"),
        ("a.png,?\n", "data/short-row"),
        ("a.png,Red, or blue?,red\n", "data/long-row"),
        ('a.png,"Red, or blue?",red\n', "good"),
        ('a.png,"What?"now,x\n', "data/bad-quoting"),
        ("a.png,a\0b,x\n", "data/nul-byte"),
        (",,x\n", "data/no-question"),
        ("a.png,?,\n", "data/no-answer"),
        ("../a.png,?,x\n", "data/image-outside"),
        (GOOD, "good"),
    ]
    rows = read(tmp_path / "a.csv", HEADER + "".join(line for line, _ in lines))
    assert codes(rows) == [code for _, code in lines]
    assert [row.where for row in rows] == [f"{tmp_path}/a.csv:{k}" for k in range(2, len(lines) + 2)]


def test_a_row_over_several_lines_stands_where_it_begins_and_counts_on(tmp_path: Path) -> None:
    text = HEADER + 'a.png,"one\ntwo\r\nthree",x\na.png,?\n' + GOOD
    rows = read(tmp_path / "a.csv", text)
    assert [row.where.rpartition(":")[2] for row in rows] == ["2", "5", "6"]
    assert rows[0].examples[0].question == "one\ntwo\r\nthree"
    assert [example.id for row in rows for example in row.examples] == ["a:2", "a:6"]


def test_a_quote_that_never_ends_costs_its_own_row(tmp_path: Path) -> None:
    rows = read(tmp_path / "a.csv", HEADER + GOOD + 'a.png,"never,x\n' + GOOD * 3)
    assert codes(rows) == ["good", "data/bad-quoting", "good", "good", "good"]
    assert rows[1].where.endswith(":3")


def test_numbers_stay_text(tmp_path: Path) -> None:
    rows = read(tmp_path / "a.csv", HEADER + "a.png,?,007\na.png,?,1.50\na.png,?,1e3\na.png,?,True\n")
    assert answers(rows) == [("007",), ("1.50",), ("1e3",), ("True",)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.txt"])
def test_the_delimiter_is_told_from_the_header(tmp_path: Path, delimiter: str, name: str) -> None:
    rows = [("image", "question", "answer"), ("a.png", "Да, или; нет?", "да"), ("b.png", "tab\there", "x")]
    quoted = "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    assert answers(read(tmp_path / name, quoted)) == [("да",), ("x",)]
    assert recognise(str(tmp_path / name))[0] == "csv"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_unicode_with_a_mark_is_read(tmp_path: Path, encoding: str, end: str) -> None:
    mark = "\ufeff" if encoding[-2:] in ("le", "be") else ""
    text = (mark + HEADER + GOOD).replace("\n", end).encode(encoding)
    assert answers(read(tmp_path / "a.csv", text)) == [("кот",)]


@pytest.mark.parametrize(
    ("encoding", "said"), [("utf-16-le", "UTF-16 without"), ("utf-16-be", "UTF-16 without"), ("utf-32", "UTF-32")]
)
def test_unicode_without_a_mark_is_told(tmp_path: Path, encoding: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read(tmp_path / "a.csv", (HEADER + GOOD * 5).replace("😀", "").encode(encoding))


def test_another_encoding_costs_the_rows_that_have_it_and_is_named(tmp_path: Path) -> None:
    bad = "a.png,Кто это?,кот\n".encode("cp1251")
    rows = read(tmp_path / "a.csv", HEADER.encode() + GOOD.encode() + bad + b"a.png,?,x\n" + b"a.png,caf\xe9,x\n")
    assert codes(rows) == ["good", "data/not-utf8", "good", "data/not-utf8"]
    assert "in Windows-1251 it says: a.png,Кто это?,кот" in rows[1].problems[0].found
    assert "UTF-8" in rows[3].problems[0].found


def test_half_a_character_of_utf16_costs_its_row(tmp_path: Path) -> None:
    text = (HEADER + GOOD).encode("utf-16") + "b.png,?".encode("utf-16-le") + b"\x00\xd8" + ",x\n".encode("utf-16-le")
    rows = read(tmp_path / "a.csv", text + GOOD.encode("utf-16-le"))
    assert codes(rows) == ["good", "data/broken-text", "good"]


def test_a_header_in_another_encoding_spoils_the_file(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path / "a.csv", "вопрос,ответ\n".encode("cp1251"))
    assert caught.value.problems[0].code == "data/not-utf8"
    assert "вопрос,ответ" in caught.value.problems[0].found


def test_lists_are_json_where_a_list_may_be(tmp_path: Path) -> None:
    text = (
        "images,question,answers\n"
        '"[""a.png"", ""б.png""]",?,"[""да"", ""ага""]"\n'
        "a.png,?,да\n"
        "a.png,?,\"['да', 'нет']\"\n"
    )
    rows = read(tmp_path / "a.csv", text)
    assert codes(rows) == ["good", "good", "data/bad-list"]
    assert [image.name for image in rows[0].examples[0].images] == ["a.png", "б.png"]
    assert answers(rows) == [("да", "ага"), ("да",)]


def test_a_bracket_in_a_question_is_text(tmp_path: Path) -> None:
    assert answers(read(tmp_path / "a.csv", HEADER + "a.png,[sic] ?,[unknown]\n")) == [("[unknown]",)]


def test_a_column_without_a_name_is_no_trouble(tmp_path: Path) -> None:
    rows = read(tmp_path / "a.csv", ",image,question,answer\n0," + GOOD)
    assert rows[0].examples[0].metadata == {"column 1": "0"}


def test_two_columns_of_one_name_are_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="several columns are called `answer`"):
        read(tmp_path / "a.csv", "question,answer,answer\n?,a,b\n")


@pytest.mark.parametrize("text", ["", "\n", ",,\n"])
def test_a_file_without_a_header_is_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError):
        read(tmp_path / "a.csv", text)


def test_a_row_without_end_is_one_bad_row(tmp_path: Path) -> None:
    rows = read(tmp_path / "a.csv", HEADER + GOOD + "a.png," + "x," * (5 << 20) + "\n" + GOOD)
    assert codes(rows) == ["good", "data/row-too-long", "good"]


class TestQuestion:
    def test_asked_of_every_picture(self, tmp_path: Path) -> None:
        rows = read(tmp_path / "a.csv", "image,label\na.png,зебра\n", question="Что здесь? 🦓")
        example = rows[0].examples[0]
        assert (example.question, example.answers) == ("Что здесь? 🦓", ("зебра",))

    def test_the_setting_is_named_where_questions_are_missing(self, tmp_path: Path) -> None:
        with pytest.raises(DataError) as caught:
            read(tmp_path / "a.csv", "image,label\na.png,зебра\n")
        assert "set `question`" in caught.value.problems[0].fix

    def test_beside_questions_of_the_rows_it_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(DataError) as caught:
            read(tmp_path / "a.csv", HEADER + GOOD, question="?")
        assert caught.value.problems[0].code == "data/two-questions"

    def test_a_format_that_does_not_use_a_setting_refuses_it(self, tmp_path: Path) -> None:
        with pytest.raises(DataError) as caught:
            read(tmp_path / "a.csv", HEADER + GOOD, config="en")
        assert caught.value.problems[0].code == "data/unused-setting"


class TestFolder:
    def test_files_are_splits_and_shards_are_one(self, tmp_path: Path) -> None:
        for name in ("test.csv", "train-00000-of-00002.csv", "train-00001-of-00002.csv"):
            (tmp_path / name).write_text(HEADER + GOOD)
        assert recognise(str(tmp_path))[0] == "csv"
        assert SOURCES["csv"].splits(str(tmp_path)) == ("test", "train")
        rows = list(read_rows(SourceSection(path=str(tmp_path), split="train")))
        assert [row.examples[0].id for row in rows] == ["train-00000-of-00002:2", "train-00001-of-00002:2"]
        with pytest.raises(DataError, match="several splits"):
            list(read_rows(SourceSection(path=str(tmp_path))))


@pytest.mark.parametrize("name", [name for name in SOURCES if name in ("csv", "parquet", "datasets", "hub", "folders")])
def test_a_path_that_is_not_there_is_told_whatever_the_format(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError) as caught:
        list(SOURCES[name].read(Request(SourceSection(path=str(tmp_path / "train")))))
    assert caught.value.problems


CELLS = st.lists(st.text(max_size=6) | st.sampled_from(['"', "a,b", "\n", "\r", "[", "[1]", "x.png", "\0"]), max_size=5)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(CELLS, max_size=6), noise=st.binary(max_size=20), at=st.integers(0, 120))
def test_no_bytes_break_the_reader(tmp_path: Path, rows: list[list[str]], noise: bytes, at: int) -> None:
    text = (HEADER + GOOD + "\n".join(",".join(cells) for cells in rows)).encode("utf-8", errors="replace")
    path = tmp_path / "a.csv"
    path.write_bytes(text[:at] + noise + text[at:])
    SOURCES["csv"].detect(str(path))
    try:
        entries = list(SOURCES["csv"].read(Request(SourceSection(path=str(path)))))
    except DataError as error:
        assert error.problems
        return
    for row in entries:
        assert not (row.examples and row.problems)
        assert row.examples or row.problems or row.notes
        for example in row.examples:
            f"{example.id}{example.question}{example.answers}{example.metadata}".encode()
