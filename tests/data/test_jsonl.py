import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from published import write_jsonl, write_pictures

from lensmith.config.sections import SourceSection
from lensmith.data.reading import read_rows
from lensmith.data.sources import SOURCES
from lensmith.data.sources.contract import Request, Row
from lensmith.errors import DataError

GOOD = {"image_path": "a.png", "question": "?", "answer": "x"}


def read(path: Path, *, answers_required: bool = True, **section: Any) -> list[Row]:
    return list(read_rows(SourceSection(path=str(path), **section), answers_required=answers_required))


def codes(rows: list[Row]) -> list[str]:
    return [row.problems[0].code if row.problems else "good" if row.examples else row.notes[0].code for row in rows]


def test_each_bad_row_is_told_and_the_next_is_read(tmp_path: Path) -> None:
    good = json.dumps(GOOD).encode()
    lines = {
        b"\xef\xbb\xbf" + good: "good",
        good + b"\r": "good",
        b"": "data/blank-line",
        b"  \t": "data/blank-line",
        good[:10] + b"\0" + good[10:]: "data/nul-byte",
        '{"question": "?", "answer": "да"}'.encode("cp1251"): "data/not-utf8",
        b"[1, 2]": "data/not-an-object",
        b'"text"': "data/not-an-object",
        b"null": "data/not-an-object",
        b"{broken}": "data/not-json",
        b"[" * 100_000: "data/not-json",
        b'{"question": "?", "answer": ' + b"9" * 5000 + b"}": "data/not-json",
        b'{"question": "\\ud83d", "answer": "x"}': "data/broken-text",
        b'{"answer": "x"}': "data/no-question",
        b'{"question": "  ", "answer": "x"}': "data/no-question",
        b'{"question": 7, "answer": "x"}': "data/no-question",
        b'{"question": "?"}': "data/no-answer",
        b'{"question": "?", "answer": null}': "data/no-answer",
        b'{"question": "?", "answers": []}': "data/no-answer",
        b'{"question": "?", "answer": " "}': "data/empty-answer",
        b'{"question": "?", "answers": ["x", ""]}': "data/empty-answer",
        b'{"question": "?", "answer": {"a": 1}}': "data/bad-answer",
        b'{"question": "?", "answer": NaN}': "data/bad-answer",
        b'{"question": "?", "answer": "x", "id": [1]}': "data/bad-id",
        b'{"question": "?", "answer": "x", "group": {}}': "data/bad-group",
        b'{"question": "?", "answer": "x", "image": ""}': "data/bad-image-path",
        b'{"question": "?", "answer": "x", "image": {"bytes": 1}}': "data/bad-image-path",
        b'{"question": "?", "answer": "x", "images": ["a.png", null]}': "data/bad-image-path",
        b'{"question": "?", "answer": "x", "image": "."}': "data/bad-image-path",
        b'{"question": "?", "answer": "x", "image": "a\\u0000.png"}': "data/bad-image-path",
        b'{"question": "?", "answer": "x", "image": "a.png", "images": ["b.png"]}': "data/two-images-columns",
        b'{"question": "?", "answer": "x", "image": "https://x.org/a.png"}': "data/remote-image",
        b'{"question": "?", "answer": "x", "image": "data:image/png;base64,AA"}': "data/bad-data-url",
        b'{"question": "?", "answer": "x", "image": "file:///a.png"}': "data/file-url",
        b'{"question": "cut': "data/truncated-row",
    }
    path = tmp_path / "bad.jsonl"
    path.write_bytes(b"\n".join(lines))
    rows = read(path)
    assert codes(rows) == list(lines.values())
    assert [row.where for row in rows] == [f"{path}:{number}" for number in range(1, len(lines) + 1)]
    assert all(problem.consequence and (problem.fix or problem.expected) for row in rows for problem in row.problems)


def test_all_that_is_wrong_with_a_row_is_told_at_once(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "a.jsonl", [GOOD, {"question": "", "answer": "", "image": "../x.png", "id": []}])
    row = read(tmp_path / "a.jsonl")[1]
    assert [problem.code for problem in row.problems] == [
        "data/no-question",
        "data/empty-answer",
        "data/image-outside",
        "data/bad-id",
    ]


@pytest.mark.parametrize(
    ("value", "text"), [(True, "true"), (False, "false"), (3, "3"), (-0.5, "-0.5"), ("да 😀", "да 😀"), (" x", " x")]
)
def test_an_answer_is_text_as_json_writes_it(tmp_path: Path, value: object, text: str) -> None:
    write_jsonl(tmp_path / "a.jsonl", [{**GOOD, "answer": value}])
    assert read(tmp_path / "a.jsonl")[0].examples[0].answers == (text,)


def test_answer_stands_before_answers_and_is_not_repeated(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "a.jsonl", [{"question": "?", "answer": "b", "answers": ["a", "b", "b"]}])
    assert read(tmp_path / "a.jsonl")[0].examples[0].answers == ("b", "a", "b")


def test_answers_may_be_missing_only_where_the_caller_says_so(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "a.jsonl", [{"question": "?"}, {"question": "!", "answer": ""}])
    assert codes(read(tmp_path / "a.jsonl")) == ["data/no-answer", "data/empty-answer"]
    rows = read(tmp_path / "a.jsonl", answers_required=False)
    assert [example.answers for row in rows for example in row.examples] == [(), ()]


def test_a_file_without_a_column_of_answers_is_told_once(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "a.jsonl", [{"question": "?", "gold": "x"}] * 3)
    with pytest.raises(DataError) as caught:
        read(tmp_path / "a.jsonl")
    assert [problem.code for problem in caught.value.problems] == ["data/no-answer-column"]
    assert "available: gold, question" in caught.value.problems[0].fix


def test_columns_may_have_any_name(tmp_path: Path) -> None:
    rows = [{"q": "?", "a": 1, "img": "x.png", "кто": "Чебурашка", "question": "not this"}]
    columns = {"question": "q", "answer": "a", "image": "img", "group": "кто"}
    example = read(write_jsonl(tmp_path / "a.jsonl", rows), columns=columns)[0].examples[0]
    assert (example.question, example.answers, example.group) == ("?", ("1",), "Чебурашка")
    assert [image.name for image in example.images] == ["x.png"]
    assert example.metadata == {"question": "not this"}


def test_naming_one_of_a_pair_sets_the_other_aside(tmp_path: Path) -> None:
    rows = [{"question": "?", "answer": "worse", "gold": ["better"], "images": ["a.png"], "pic": "b.png"}]
    columns = {"answers": "gold", "image": "pic"}
    example = read(write_jsonl(tmp_path / "a.jsonl", rows), columns=columns)[0].examples[0]
    assert example.answers == ("better",)
    assert [image.name for image in example.images] == ["b.png"]
    assert example.metadata == {"answer": "worse", "images": ["a.png"]}


def test_a_row_without_the_named_group_is_noted(tmp_path: Path) -> None:
    rows = read(write_jsonl(tmp_path / "a.jsonl", [{**GOOD, "who": "x"}, GOOD]), columns={"group": "who"})
    assert rows[1].examples[0].group == "a.png"
    assert [note.code for note in rows[1].notes] == ["data/no-group"]


def test_a_json_list_is_read_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps([GOOD, 7, {"answer": "x"}, GOOD], indent=2).encode())
    rows = read(path)
    assert codes(rows) == ["good", "data/not-an-object", "data/no-question", "good"]
    assert rows[3].where == f"{path}:4"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"[]", []),
        (b'[{"question": "?", "answer": "x"}', ["good", "data/truncated-row"]),
        (b'[{"question": "?", "answer": "x"},', ["good", "data/truncated-row"]),
        (b'[{"question": "?", "answer": "x"}, {"que', ["good", "data/truncated-row"]),
        (b'[{"question": "?", "answer": "x"} {}]', ["good", "data/not-json"]),
        (b'[{"question": "?", "answer": "x"}, {a}]', ["good", "data/not-json"]),
        (b'[{"question": "?", "answer": "x"}] tail', ["good", "data/extra-text"]),
        (b'[{"question": "\xff", "answer": "x"}, {"question": "?", "answer": "x"}]', ["data/not-utf8", "good"]),
    ],
)
def test_a_damaged_list_keeps_the_rows_before_the_damage(tmp_path: Path, text: bytes, expected: list[str]) -> None:
    (tmp_path / "a.json").write_bytes(text)
    assert codes(read(tmp_path / "a.json", format="jsonl")) == expected


def test_a_folder_is_read_by_split(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "train.jsonl", [GOOD])
    write_jsonl(tmp_path / "valid.jsonl", [GOOD, GOOD])
    assert SOURCES["jsonl"].splits(str(tmp_path)) == ("train", "valid")
    assert len(read(tmp_path, split="valid")) == 2
    for split in (None, "val"):
        with pytest.raises(DataError, match="train, valid"):
            read(tmp_path, split=split)


def test_a_folder_with_one_file_needs_no_split(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "train.jsonl", [GOOD])
    assert len(read(tmp_path)) == 1


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.jsonl").write_bytes(content)
    with pytest.raises(DataError) as caught:
        read(tmp_path / "a.jsonl", format="jsonl")
    assert caught.value.problems[0].code == "data/empty-file"


def test_a_row_that_never_ends_costs_itself_and_little_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lensmith.data.sources.rows.MAX_ROW_BYTES", 100)
    write_jsonl(tmp_path / "a.jsonl", [GOOD, {**GOOD, "note": "x" * 1000}, GOOD])
    assert codes(read(tmp_path / "a.jsonl")) == ["good", "data/row-too-long", "good"]


class TestTurns:
    @pytest.mark.parametrize(
        ("row", "code"),
        [
            ({"turns": []}, "data/no-conversation"),
            ({"turns": "2"}, "data/no-conversation"),
            ({"turns": ["?"]}, "data/bad-turn"),
            ({"turns": [{"answer": "x"}]}, "data/no-question"),
            ({"turns": [{"question": "?"}]}, "data/no-answer"),
            ({"turns": [{"question": "?", "answers": [""]}]}, "data/empty-answer"),
            ({"turns": [{"question": "?", "answer": "x"}], "image": "../a.png"}, "data/image-outside"),
        ],
    )
    def test_each_bad_row_is_told_and_the_next_is_read(self, tmp_path: Path, row: dict[str, Any], code: str) -> None:
        good = {"turns": [{"question": "Кто? 😀", "answer": "кот", "answers": ["кошка", "кот"]}]}
        rows = read(write_jsonl(tmp_path / "a.jsonl", [good, row, good]))
        assert rows[1].problems[0].code == code
        assert rows[2].examples[0].answers == ("кот", "кошка")
        assert rows[2].examples[0].id == "a:3"

    def test_a_row_with_a_question_keeps_its_turns_as_a_column(self, tmp_path: Path) -> None:
        rows = [{**GOOD, "turns": 3}, {**GOOD, "turns": None}, {"turns": [{"question": "?", "answer": "y"}]}]
        found = [row.examples[0] for row in read(write_jsonl(tmp_path / "a.jsonl", rows))]
        assert [dict(example.metadata) for example in found] == [{"turns": 3}, {}, {}]
        assert [example.answers for example in found] == [("x",), ("x",), ("y",)]

    def test_question_and_turns_may_be_in_one_file(self, tmp_path: Path) -> None:
        path = write_jsonl(tmp_path / "a.jsonl", [{"turns": [{"question": "?", "answer": "y"}]}, GOOD])
        assert codes(list(read_rows(SourceSection(path=str(path))))) == ["good", "good"]


class TestPaths:
    def test_names_are_the_path_from_the_root_however_it_is_written(self, tmp_path: Path) -> None:
        write_pictures(tmp_path / "root", "a/b.png")
        spellings = ["a/b.png", "./a/b.png", "a/../a//b.png", str(tmp_path / "root/a/b.png")]
        rows = [{**GOOD, "image_path": spelling} for spelling in spellings]
        path = write_jsonl(tmp_path / "a.jsonl", rows)
        images = {row.examples[0].images[0] for row in read(path, images=str(tmp_path / "root"))}
        assert [image.name for image in images] == ["a/b.png"]

    @pytest.mark.parametrize("escape", ["../out.png", "a/../../out.png", "{out}", "link.png", "linked/out.png"])
    def test_no_path_leaves_the_root_unless_allowed(self, tmp_path: Path, escape: str) -> None:
        write_pictures(tmp_path, "out.png", "root/in.png")
        root = tmp_path / "root"
        (root / "link.png").symlink_to(tmp_path / "out.png")
        (root / "linked").symlink_to(tmp_path)
        row = {**GOOD, "image_path": escape.format(out=tmp_path / "out.png")}
        path = write_jsonl(root / "a.jsonl", [row])
        assert codes(read(path)) == ["data/image-outside"]
        allowed = read(path, allow_outside=True)[0].examples[0].images[0]
        assert allowed.read_bytes() == (tmp_path / "out.png").read_bytes()

    def test_links_inside_the_root_and_a_linked_root_are_fine(self, tmp_path: Path) -> None:
        write_pictures(tmp_path / "root", "in.png")
        (tmp_path / "root" / "link.png").symlink_to("in.png")
        (tmp_path / "door").symlink_to(tmp_path / "root")
        write_jsonl(tmp_path / "root" / "a.jsonl", [{**GOOD, "image_path": "link.png"}])
        assert codes(read(tmp_path / "door" / "a.jsonl")) == ["good"]

    def test_a_name_that_is_too_long_is_a_picture_that_cannot_be_read(self, tmp_path: Path) -> None:
        path = write_jsonl(tmp_path / "a.jsonl", [{**GOOD, "image_path": "x" * 5000}])
        with pytest.raises(OSError):
            read(path)[0].examples[0].images[0].read_bytes()

    def test_a_root_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        path = write_jsonl(tmp_path / "a.jsonl", [GOOD])
        with pytest.raises(DataError) as caught:
            read(path, images=str(tmp_path / "nowhere"))
        assert caught.value.problems[0].code == "data/no-image-folder"


def test_a_hundred_thousand_rows(tmp_path: Path) -> None:
    path = tmp_path / "big.jsonl"
    with path.open("w") as stream:
        stream.writelines(
            f'{{"image_path": "i/{k // 10}.png", "question": "Сколько? {k}", "answer": {k % 7}}}\n'
            for k in range(100_000)
        )
    rows = examples = 0
    for row in read_rows(SourceSection(path=str(path))):
        rows += 1
        examples += len(row.examples)
    assert (rows, examples) == (100_000, 100_000)


def test_real_rows_are_read_whole() -> None:
    path = Path(__file__).parents[3] / "shared/data/nlvr-mini/train.jsonl"
    if not path.exists():
        pytest.skip(f"the NLVR rows are not at {path}")
    rows = read(path)
    assert len(rows) == 2478
    assert not any(row.problems or row.notes for row in rows)
    answers = [row.examples[0].answers for row in rows]
    assert answers.count(("true",)) == 1377
    assert set(answers) == {("true",), ("false",)}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
COLUMN = st.sampled_from(["image", "image_path", "images", "question", "answer", "answers", "id", "group", "x"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.dictionaries(COLUMN, JSON) | JSON, max_size=5),
    noise=st.binary(max_size=30),
    at=st.integers(0, 300),
)
def test_no_bytes_break_the_reader(tmp_path: Path, rows: list[Any], noise: bytes, at: int) -> None:
    text = "\n".join(json.dumps(row) for row in [GOOD, *rows]).encode()
    for name, content in (
        ("a.jsonl", text[:at] + noise + text[at:]),
        ("a.json", b"[" + text.replace(b"\n", b",") + noise),
    ):
        (tmp_path / name).write_bytes(content)
        SOURCES["jsonl"].detect(str(tmp_path / name))
        try:
            entries = list(SOURCES["jsonl"].read(Request(SourceSection(path=str(tmp_path / name)))))
        except DataError as error:
            assert error.problems
            continue
        for row in entries:
            assert not (row.examples and row.problems)
            assert row.examples or row.problems or row.notes
            for example in row.examples:
                json.dumps([example.id, example.group, example.question, example.answers], ensure_ascii=False).encode()
