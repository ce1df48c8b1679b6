import json

import pytest
from answer_making import predict
from hypothesis import given, settings
from hypothesis import strategies as st

from lensmith.errors import DataError
from lensmith.evaluation.predictions import (
    prediction_from_json,
    prediction_to_json,
    read_predictions,
    write_predictions,
)
from lensmith.types import Prediction

texts = st.text(st.characters(exclude_categories=["Cs"]))
COLUMNS = {"question": "q", "answer": "gold", "prediction": "pred"}


def read(path, content, columns=None):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_predictions(path, columns)


def problems(caught):
    return [(problem.code, problem.where) for problem in caught.value.problems]


@settings(max_examples=100, deadline=None)
@given(
    st.builds(Prediction, texts, texts, texts, st.lists(texts).map(tuple), texts, st.sampled_from([True, False, None]))
)
def test_one_line_gives_the_prediction_back(prediction):
    assert prediction_from_json(json.loads(json.dumps(prediction_to_json(prediction)))) == prediction


def test_a_written_file_is_read_back_whole(tmp_path):
    rows = [
        predict(
            "да\u2028нет", "да", "нет", id="7", group="a.png", question="Что?", finished=True, metadata={"k": [1, None]}
        ),
        predict("", id="8", group="a.png", finished=False),
    ]
    write_predictions(tmp_path / "p.jsonl", rows)
    table = read_predictions(tmp_path / "p.jsonl")
    assert table.predictions == tuple(rows)
    assert not table.problems


def test_metadata_that_json_has_no_form_for_becomes_text():
    row = prediction_to_json(predict("a", metadata={"x": float("nan"), "y": {1: object}, "z": "\ud800"}))
    json.dumps(row, allow_nan=False).encode()
    assert row["metadata"] == {"x": "nan", "y": {"1": "<class 'object'>"}, "z": "?"}


@pytest.mark.parametrize("row", [{}, {"id": "1"}, {**prediction_to_json(predict("a")), "answers": [{}]}])
def test_a_line_of_another_layout_is_refused(row):
    with pytest.raises(DataError, match="not as lensmith writes it"):
        prediction_from_json(row)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", '{"q": "Что?", "gold": "да", "pred": " да "}\r\n\n{"q": "Где?", "gold": 3, "pred": true}\n'),
        ("a.json", '[{"q": "Что?", "gold": ["да"], "pred": "да"}, {"q": "Где?", "gold": [3], "pred": true}]'),
        ("a.csv", "\ufeffq,gold,pred\nЧто?,да,да\nГде?,3,true\n"),
        ("b.csv", 'q;gold;pred\n"Что?";да;да\n\nГде?;3;true\n'),
        ("a.tsv", "q\tgold\tpred\nЧто?\tда\tда\nГде?\t3\ttrue"),
    ],
)
def test_every_kind_of_file_gives_the_same_predictions(tmp_path, name, content):
    table = read(tmp_path / name, content, COLUMNS)
    assert table.predictions == (
        Prediction("1", "row 1", "Что?", ("да",), "да"),
        Prediction("2", "row 2", "Где?", ("3",), "true"),
    )
    assert table.rows == 2
    assert any("intervals assume independent rows" in note for note in table.notes)
    assert any("ids are row numbers" in note for note in table.notes)


def test_pictures_are_recognised_as_groups_and_other_columns_kept(tmp_path):
    row = {"id": 5, "imageId": "n1", "answer": "a", "prediction": "b", "types": {"x": 1}}
    table = read(tmp_path / "a.jsonl", json.dumps(row))
    assert table.predictions == (Prediction("5", "n1", "", ("a",), "b", metadata={"types": {"x": 1}}),)
    assert "rows are grouped by `imageId` for the intervals" in table.notes


def test_a_recognised_group_that_is_missing_leaves_the_row_alone_a_given_one_costs_it(tmp_path):
    content = '{"image": ["x.png", "y.png"], "answer": "a", "prediction": "a"}\n{"answer": "a", "prediction": "a"}'
    table = read(tmp_path / "a.jsonl", content)
    assert [each.group for each in table.predictions] == ["x.png", "row 2"]
    assert "1 of 2 rows name no group and stand alone" in table.notes
    strict = read(tmp_path / "a.jsonl", content, {"group": "image"})
    assert [problem.where for problem in strict.problems] == [f"{tmp_path}/a.jsonl:2"]


def test_bad_rows_are_left_out_counted_and_placed(tmp_path):
    content = "\n".join(
        [
            '{"answer": "a", "prediction": "a"}',
            "nonsense",
            '{"answer": "a", "prediction": null}',
            '{"answer": NaN, "prediction": "a"}',
            '{"answer": "a", "prediction": ["a"]}',
            "[]",
            '{"answer": "a", "prediction": "\\ud83d"}',
            '{"answer": null, "prediction": ""}',
        ]
    )
    table = read(tmp_path / "a.jsonl", content)
    assert (table.rows, len(table.predictions)) == (8, 2)
    assert sorted(problem.where.rpartition(":")[2] for problem in table.problems) == list("234567")
    assert table.predictions[1] == Prediction("8", "row 8", "", (), "")
    assert table.to_json()["left_out"]["n"] == 6


def test_broken_csv_rows_are_left_out_and_placed(tmp_path):
    table = read(tmp_path / "a.csv", 'answer,prediction\na,b\na\na,b,c\n"a","two\nlines"\na,"open\nb,c\n')
    assert [each.prediction for each in table.predictions] == ["b", "two\nlines"]
    assert [problem.where.rpartition(":")[2] for problem in table.problems] == ["3", "4", "7"]


def test_missing_columns_and_wrong_roles_are_told_together(tmp_path):
    with pytest.raises(DataError) as caught:
        read(tmp_path / "a.jsonl", '{"q": 1, "gold": 2, "pred": 3}', {"answer": "gald", "predicton": "pred"})
    text = str(caught.value)
    assert "did you mean `gold`" in text
    assert "did you mean `prediction`" in text
    assert "the file has: q, gold, pred" in text
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.jsonl", "", "empty"),
        ("a.csv", "", "holds no prediction"),
        ("a.csv", "answer,prediction\n", "holds no prediction"),
        ("a.csv", "ответ,answer\n".encode("cp1251"), "not UTF-8"),
        ("a.csv", "answer,answer\n1,2\n", "several columns have one name: answer"),
        ("a.csv", '"answer\n', "header"),
        ("a.txt", "hello\nworld\n", "JSON"),
        ("a.json", '{"answer": 1,\n"prediction": 2}', "JSON"),
        ("a.jsonl", b"\x89PNG\r\n\x1a\n\x00\x00", "JSON"),
        ("a.jsonl", '{"answer": "a", "prediction": null}', "is missing"),
    ],
)
def test_files_without_any_prediction_are_refused_in_words(tmp_path, name, content, found):
    with pytest.raises(DataError, match=found):
        read(tmp_path / name, content)


def test_a_file_that_is_not_there_suggests_the_nearest(tmp_path):
    (tmp_path / "after.jsonl").write_text("{}")
    with pytest.raises(DataError, match=r"did you mean `after.jsonl`"):
        read_predictions(tmp_path / "aftr.jsonl")


def test_a_hundred_thousand_rows_are_read(tmp_path):
    lines = "".join(f'{{"answer": "да", "prediction": "да", "id": {at}}}\n' for at in range(100_000))
    assert len(read(tmp_path / "a.jsonl", lines).predictions) == 100_000
