import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from published import png, write_pictures
from published_boxes import CAR, PROJECT, ZEBRA, box, picture, write_coco

from lensmith.config.sections import DataSection, SourceSection
from lensmith.data.dataset import load_data
from lensmith.data.reading import read_rows
from lensmith.data.sources import SOURCES, recognise
from lensmith.data.sources.contract import Row
from lensmith.errors import DataError

HASH = "0f3c2a9b7d1e4c5f8a6b0d2e4f6a8c0e"


def read(path: Path, **settings: Any) -> list[Row]:
    return list(read_rows(SourceSection.model_validate({"path": str(path), "format": "coco", **settings})))


def answers(rows: list[Row]) -> dict[str, tuple[str, ...]]:
    return {example.id: example.answers for row in rows for example in row.examples}


def codes(rows: list[Row]) -> list[str]:
    return [problem.code for row in rows for problem in row.problems]


def notes(rows: list[Row]) -> Counter[str]:
    return Counter(note.code for row in rows for note in row.notes)


def test_roboflow_folders_are_splits_and_the_category_of_the_project_is_no_class(tmp_path: Path) -> None:
    for part in ("train", "valid", "test"):
        (tmp_path / part).mkdir()
        write_coco(
            tmp_path / part / "_annotations.coco.json", [picture(0, "a.png"), picture(1, "b.png")], [box(0, 0, 2)]
        )
    assert SOURCES["coco"].splits(str(tmp_path)) == ("test", "train", "valid")
    rows = read(tmp_path, split="valid")
    assert answers(rows) == {"0": ("car",), "1": ("none",)}
    assert rows[0].examples[0].question.endswith("one of: зебра, car, none.")
    assert notes(rows) == {"data/project-category": 1, "data/unused-category": 1}
    with pytest.raises(DataError, match="available: test, train, valid"):
        read(tmp_path)


def test_a_category_zero_that_is_used_or_stands_above_nothing_is_a_class(tmp_path: Path) -> None:
    images = [picture(0, "a.png")]
    used = write_coco(tmp_path / "used.json", images, [box(0, 0, 0)])
    assert answers(read(used)) == {"0": ("улица-🚦",)}
    alone = write_coco(tmp_path / "alone.json", images, [], [{"id": 0, "name": "zebra", "supercategory": "none"}])
    assert read(alone)[0].examples[0].question.endswith("one of: zebra, none.")


def test_the_folders_of_the_project_are_read(tmp_path: Path) -> None:
    for part in ("train", "val"):
        images = [picture(k, f"{k:012d}.jpg") for k in (9, 139)]
        file = write_coco(tmp_path / "annotations" / "x", images, [box(1, 139, 2)], [CAR])
        file.rename(file.with_name(f"instances_{part}2017.json"))
        captions = {"images": images, "annotations": [{"id": 1, "image_id": 9, "caption": "Кот"}]}
        (file.parent / f"captions_{part}2017.json").write_text(json.dumps(captions))
        for image in images:
            (file.parent / image["file_name"]).unlink(missing_ok=True)
            write_pictures(tmp_path / f"{part}2017", image["file_name"])
    assert SOURCES["coco"].splits(str(tmp_path)) == ("train", "val")
    rows = read(tmp_path, split="val")
    assert answers(rows) == {"9": ("none",), "139": ("car",)}
    assert all(Path(row.examples[0].images[0].path).is_file() for row in rows)  # type: ignore[attr-defined]
    assert answers(read(tmp_path / "annotations" / "instances_val2017.json")) == answers(rows)


def test_annotations_before_the_pictures_and_ids_as_text_are_read(tmp_path: Path) -> None:
    content = {"annotations": [box(1, "7", "2")], "categories": [CAR], "images": [picture(7, "a.png")]}
    (tmp_path / "a.json").write_text(json.dumps(content))
    assert recognise(str(tmp_path / "a.json"))[0] == "coco"
    assert answers(read(tmp_path / "a.json")) == {"7": ("car",)}


@pytest.mark.parametrize(
    ("image", "code"),
    [
        (picture(0, "c.png"), "data/duplicate-image-id"),
        (picture(0, "a.png"), "data/duplicate-image"),
        (picture(5, "a.png"), "data/duplicate-image"),
        ({"file_name": "c.png"}, "data/no-id"),
        ({"id": 5}, "data/bad-image-path"),
        (picture(5, " "), "data/bad-image-path"),
        (picture(5, "../c.png"), "data/image-outside"),
        (7, "data/not-an-object"),
    ],
)
def test_each_bad_entry_of_images_is_told_and_the_next_is_read(tmp_path: Path, image: Any, code: str) -> None:
    file = tmp_path / "a.json"
    content = {"images": [picture(0, "a.png"), image, picture(9, "z.png")], "annotations": [box(1, 9, 1)]}
    file.write_text(json.dumps({**content, "categories": [PROJECT, ZEBRA, CAR]}))
    rows = read(file)
    assert code in codes(rows)
    assert answers(rows)["9"] == ("зебра",)
    both = code == "data/duplicate-image-id"
    assert len(rows) - len(answers(rows)) == (2 if both else 1)


def test_a_picture_under_two_ids_has_the_boxes_of_both(tmp_path: Path) -> None:
    images = [picture(1, "a.png"), picture(2, "a.png")]
    rows = read(write_coco(tmp_path / "a.json", images, [box(1, 2, 1), box(2, 1, 2), box(3, 2, 1)]))
    assert answers(rows) == {"1": ("зебра", "car")}
    assert codes(rows) == ["data/duplicate-image"]


@pytest.mark.parametrize(
    ("annotation", "code"),
    [
        (box(1, 0, 77), "data/bad-annotation"),
        ({"id": 1, "image_id": 0}, "data/bad-annotation"),
        (box(1, 0, 1, bbox=[0, 0, 0, 5]), "data/bad-annotation"),
        (box(1, 0, 1, bbox=[0, 0, 5]), "data/bad-annotation"),
        (box(1, 0, 1, bbox=["0", 0, 5, 5]), "data/bad-annotation"),
        (box(1, 0, 1, bbox=[0, -(10**400), 0, 5]), "data/bad-annotation"),
    ],
)
def test_a_picture_with_a_wrong_annotation_is_left_out(tmp_path: Path, annotation: Any, code: str) -> None:
    rows = read(write_coco(tmp_path / "a.json", [picture(0, "a.png"), picture(1, "b.png")], [annotation, box(2, 1, 1)]))
    assert codes(rows) == [code]
    assert "annotations:1" in rows[0].problems[0].found
    assert answers(rows) == {"1": ("зебра",)}


@pytest.mark.parametrize("annotation", [box(1, 77, 1), {"id": 1, "category_id": 1}, "text"])
def test_an_annotation_without_a_picture_is_told(tmp_path: Path, annotation: Any) -> None:
    rows = read(write_coco(tmp_path / "a.json", [picture(0, "a.png")], [annotation]))
    assert codes(rows) == ["data/not-an-object" if annotation == "text" else "data/unknown-image-id"]
    assert rows[-1].where.endswith("annotations:1")
    assert answers(rows) == {"0": ("none",)}


def test_crowds_run_lengths_and_missing_boxes_count(tmp_path: Path) -> None:
    crowd = box(1, 0, 1, iscrowd=1, segmentation={"counts": "PYh0", "size": [6, 8]})
    bare = {"id": 2, "image_id": 1, "category_id": 2}
    rows = read(write_coco(tmp_path / "a.json", [picture(0, "a.png"), picture(1, "b.png")], [crowd, bare]))
    assert answers(rows) == {"0": ("зебра",), "1": ("car",)}


def test_a_group_of_categories_that_is_no_text_is_no_matter(tmp_path: Path) -> None:
    categories = [{**ZEBRA, "supercategory": ["none"]}, {**CAR, "supercategory": {}}]
    whole = {"images": [picture(0, "a.png")], "annotations": [box(1, 0, 1)], "categories": categories}
    (tmp_path / "a.json").write_text(json.dumps(whole))
    write_pictures(tmp_path, "a.png")
    assert answers(read(tmp_path / "a.json")) == {"0": ("зебра",)}


def test_annotations_that_share_an_id_all_count_and_are_noted(tmp_path: Path) -> None:
    rows = read(write_coco(tmp_path / "a.json", [picture(0, "a.png")], [box(1, 0, 1), box(1, 0, 2), box(1, 0, 2)]))
    assert answers(rows) == {"0": ("car", "зебра")}
    assert notes(rows)["data/duplicate-annotation-id"] == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"categories": [ZEBRA, {**CAR, "id": 1}]}, "data/duplicate-category-id"),
        ({"categories": [{"id": 1}]}, "data/bad-category"),
        ({"categories": []}, "data/no-classes"),
        ({"images": []}, "data/no-images"),
        ({"annotations": {}}, "data/not-a-list"),
    ],
)
def test_what_spoils_the_whole_file_is_told(tmp_path: Path, content: Any, code: str) -> None:
    whole = {"images": [picture(0, "a.png")], "annotations": [], "categories": [ZEBRA], **content}
    (tmp_path / "a.json").write_text(json.dumps(whole))
    with pytest.raises(DataError) as caught:
        read(tmp_path / "a.json")
    assert caught.value.problems[0].code == code


def test_a_file_that_is_cut_is_refused_since_boxes_may_be_missing(tmp_path: Path) -> None:
    file = write_coco(tmp_path / "a.json", [picture(0, "a.png")], [box(1, 0, 1), box(2, 0, 2)])
    file.write_text(file.read_text()[:-40])
    assert recognise(str(file))[0] == "coco"
    with pytest.raises(DataError) as caught:
        read(file)
    assert caught.value.problems[0].code == "data/truncated-file"


def test_copies_of_one_picture_stay_together(tmp_path: Path) -> None:
    images = [picture(k, f"street{k // 3}_jpg.rf.{HASH[:-2]}{k:02d}.jpg") for k in range(60)]
    file = write_coco(tmp_path / "a.json", images, [box(k, k, 1) for k in range(60)])
    for k, entry in enumerate(images):  # otherwise those of the same bytes are one picture
        (tmp_path / entry["file_name"]).write_bytes(png((k, k, k)))
    data = load_data(DataSection.model_validate({"train": {"path": str(file)}}), 0)
    parts = [{one.images[0].name.split(".rf.")[0] for one in part} for part in (data.train, data.validation, data.test)]
    assert all(parts)
    assert sum(map(len, parts)) == len(set.union(*parts)) == 20


def test_presence_is_read_from_a_file(tmp_path: Path) -> None:
    file = write_coco(tmp_path / "a.json", [picture(0, "a.png"), picture(1, "b.png")], [box(1, 0, 1)])
    rows = read(file, ask="presence", question="Есть ли тут {class}?", wording={"yes": "да", "no": "нет"})
    found = {one.id: (one.question, one.answers[0]) for row in rows for one in row.examples}
    assert found == {"0#зебра": ("Есть ли тут зебра?", "да"), "0#car": ("Есть ли тут car?", "нет")}
    assert notes(rows)["data/not-asked"] == 1


def test_a_setting_for_boxes_is_refused_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"question": "?", "answer": "x"}\n')
    with pytest.raises(DataError) as caught:
        list(read_rows(SourceSection(path=str(tmp_path / "a.jsonl"), ask="presence", classes={"a": "b"})))
    assert [problem.code for problem in caught.value.problems] == ["data/unused-setting"] * 2
