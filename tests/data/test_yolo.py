from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from published_boxes import ROBOFLOW_YAML, write_yolo

from lensmith.config.sections import SourceSection
from lensmith.data.reading import read_rows
from lensmith.data.sources import SOURCES, recognise
from lensmith.data.sources.contract import Row
from lensmith.errors import DataError

BOX = "0 0.5 0.5 0.2 0.2\n"


def read(path: Path, **settings: Any) -> list[Row]:
    return list(read_rows(SourceSection.model_validate({"path": str(path), "format": "yolo", **settings})))


def answers(rows: list[Row]) -> dict[str, tuple[str, ...]]:
    return {example.images[0].name: example.answers for row in rows for example in row.examples}


def codes(rows: list[Row]) -> list[str]:
    return [problem.code for row in rows for problem in row.problems]


def notes(rows: list[Row]) -> Counter[str]:
    return Counter(note.code for row in rows for note in row.notes)


@pytest.mark.parametrize(
    "path",
    [
        "train/images",
        "../train/images",
        "./train/images/",
        "/content/улицы/train/images",
        "D:\\\\work\\\\train\\\\images",
    ],
)
def test_paths_that_are_wrong_are_found_by_their_ends(tmp_path: Path, path: str) -> None:
    write_yolo(tmp_path, f'train: "{path}"\nnames: [зебра]\n', {"train/images/а 😀.png": BOX, "train/images/b.png": ""})
    rows = read(tmp_path)
    assert answers(rows) == {"train/images/а 😀.png": ("зебра",), "train/images/b.png": ("none",)}
    assert notes(rows)["data/path-corrected"] == (not path.startswith(("t", "./")))


def test_a_path_that_leads_out_is_followed_only_where_allowed(tmp_path: Path) -> None:
    write_yolo(tmp_path, "", {"train/images/a.png": BOX})
    inner = tmp_path / "export"
    inner.mkdir()
    (inner / "data.yaml").write_text("train: ../train/images\nnames: [зебра]\n")
    with pytest.raises(DataError) as caught:
        read(inner)
    assert caught.value.problems[0].code == "data/no-image-folder"
    rows = read(inner, allow_outside=True)
    assert [row.examples[0].answers for row in rows] == [("зебра",)]
    assert answers(read(inner, images=str(tmp_path))) == {"train/images/a.png": ("зебра",)}


@pytest.mark.parametrize(
    ("yaml", "name"),
    [
        ("names: {0: зебра, 1: car}\npath: ../datasets/улицы\ntrain: images/train\n", "images/train/a.png"),
        ("names:\n  0: зебра\ntrain: [images/train]\npath: .\n", "images/train/a.png"),
        ("names: [зебра]\npath: set\ntrain: images\n", "set/images/a.png"),
        ("names: [зебра]\ntrain: train\n", "train/a.png"),
    ],
)
def test_layouts_of_folders(tmp_path: Path, yaml: str, name: str) -> None:
    write_yolo(tmp_path, yaml, {name: BOX})
    (tmp_path / "data.yaml").rename(tmp_path / "улицы.yml")
    (tmp_path / "other.yaml").write_text("a: 1\n")
    assert recognise(str(tmp_path))[0] == "yolo"
    assert answers(read(tmp_path)) == {name: ("зебра",)}


def test_splits_are_those_that_the_file_names(tmp_path: Path) -> None:
    write_yolo(tmp_path, ROBOFLOW_YAML, {"valid/images/a.png": BOX, "train/images/a.png": BOX})
    assert SOURCES["yolo"].splits(str(tmp_path)) == ("train", "val", "test")
    assert list(answers(read(tmp_path, split="val"))) == ["valid/images/a.png"]
    with pytest.raises(DataError, match="leads to no folder"):
        read(tmp_path, split="test")


@pytest.mark.parametrize(
    "line",
    [
        "1 0.5 0.5 1.0 1.0",
        "1.0 0.5 0.5 1.005 1.0",
        "1 0.1 0.1 0.3 0.1 0.2 0.4",
        "1 0.1 0.1 0.3 0.1 0.3 0.4 0.1 0.4",
        "\n1 0.5 0.5 0.2 0.2 \r\n\n",
    ],
)
def test_boxes_and_polygons_are_read(tmp_path: Path, line: str) -> None:
    write_yolo(tmp_path, "train: images\nnames: [зебра, car]\n", {"images/a.png": line})
    assert answers(read(tmp_path)) == {"images/a.png": ("car",)}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("2 0.5 0.5 0.2 0.2", "data/class-out-of-range"),
        ("-1 0.5 0.5 0.2 0.2", "data/bad-label-line"),
        ("0.5 0.5 0.5 0.2 0.2", "data/bad-label-line"),
        ("nan 0.5 0.5 0.2 0.2", "data/bad-label-line"),
        ("зебра 0.5 0.5 0.2 0.2", "data/bad-label-line"),
        ("0", "data/bad-label-line"),
        ("0 0.5 0.5 0.2", "data/bad-label-line"),
        ("0 0.5 0.5 0.2 0.2 0.99", "data/bad-label-line"),
        ("0 320 240 64 64", "data/bad-label-line"),
        ("0 0.5 0.5 nan 0.2", "data/bad-label-line"),
        ("0 0.5 0.5 0 0.2", "data/bad-label-line"),
    ],
)
def test_a_picture_with_a_wrong_line_is_left_out(tmp_path: Path, line: str, code: str) -> None:
    labels = {"images/a.png": f"{BOX}{line}\n", "images/b.png": BOX}
    rows = read(write_yolo(tmp_path, "train: images\nnames: [зебра, car]\n", labels))
    assert codes(rows) == [code]
    assert "a.txt:2: " in rows[0].problems[0].found
    assert answers(rows) == {"images/b.png": ("зебра",)}


def test_key_points_follow_the_box(tmp_path: Path) -> None:
    yaml = "train: images\nnames: [человек]\nkpt_shape: [2, 3]\n"
    write_yolo(tmp_path, yaml, {"images/a.png": "0 0.5 0.5 0.2 0.2 0.4 0.4 2 0.6 0.6 1\n"})
    assert answers(read(tmp_path)) == {"images/a.png": ("человек",)}


def test_a_missing_file_of_labels_is_an_empty_picture_and_noted(tmp_path: Path) -> None:
    labels = {"images/a.png": BOX, "images/b.png": None, "images/c.png": "\n"}
    rows = read(write_yolo(tmp_path, "train: images\nnames: [зебра]\n", labels))
    assert answers(rows) == {"images/a.png": ("зебра",), "images/b.png": ("none",), "images/c.png": ("none",)}
    assert notes(rows) == {"data/no-label-file": 1}


def test_no_file_of_labels_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read(write_yolo(tmp_path, "train: images\nnames: [зебра]\n", {"images/a.png": None}))
    assert caught.value.problems[0].code == "data/no-labels"


def test_labels_that_cannot_be_read_or_belong_to_nothing_are_told(tmp_path: Path) -> None:
    write_yolo(tmp_path, "train: images\nnames: [зебра]\n", {"images/a.png": "", "images/b.png": BOX})
    (tmp_path / "labels" / "a.txt").write_bytes(b"\xff\xfe0")
    (tmp_path / "labels" / "лишний.txt").write_text(BOX)
    (tmp_path / "labels" / "classes.txt").write_text("зебра\n")
    rows = read(tmp_path)
    assert codes(rows) == ["data/unreadable-labels", "data/label-without-image"]
    assert rows[-1].where.endswith("лишний.txt")


@pytest.mark.parametrize(
    ("yaml", "code"),
    [
        ("train: images\nnames: []\n", "data/bad-names"),
        ("train: images\nnames: зебра\n", "data/bad-names"),
        ("train: images\nnames: [зебра, null]\n", "data/bad-names"),
        ("train: images\nnames: {a: зебра}\n", "data/bad-names"),
        ("train: pictures\nnames: [зебра]\n", "data/no-image-folder"),
        ("train: empty\nnames: [зебра]\n", "data/no-images"),
        ("names: [зебра]\n", "data/no-boxes"),
        ("train: [a\n", "data/no-boxes"),
    ],
)
def test_what_spoils_the_whole_export_is_told(tmp_path: Path, yaml: str, code: str) -> None:
    (tmp_path / "empty").mkdir()
    write_yolo(tmp_path, yaml, {"images/a.png": BOX})
    with pytest.raises(DataError) as caught:
        read(tmp_path)
    assert caught.value.problems[0].code == code


def test_names_that_look_like_truth_values_and_numbers_are_names(tmp_path: Path) -> None:
    yaml = "train: images\nnc: 3\nnames: [no, 7]\n"
    rows = read(write_yolo(tmp_path, yaml, {"images/a.png": BOX, "images/b.png": BOX.replace("0 ", "1 ", 1)}))
    assert answers(rows) == {"images/a.png": ("no",), "images/b.png": ("7",)}
    assert notes(rows) == {"data/class-count": 1}


def test_copies_of_one_picture_are_one_group(tmp_path: Path) -> None:
    names = [f"images/улица_jpg.rf.{k:032x}.jpg" for k in (11, 12)]
    rows = read(write_yolo(tmp_path, "train: images\nnames: [зебра]\n", dict.fromkeys(names, BOX)))
    assert {row.examples[0].group for row in rows} == {"images/улица_jpg.jpg"}
    assert [row.examples[0].id for row in rows] == names
