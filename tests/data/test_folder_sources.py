import json
from pathlib import Path
from typing import Any

import pytest
from published import write_pictures

from lensmith.config.sections import SourceSection
from lensmith.data.reading import read_rows
from lensmith.data.sources import SOURCES, recognise
from lensmith.data.sources.contract import Row
from lensmith.errors import DataError
from lensmith.types import Example

COPY = "street_jpg.rf.{}.jpg"


def rows_of(path: Path, **section: Any) -> list[Row]:
    return list(read_rows(SourceSection(path=str(path), **section)))


def examples_of(path: Path, **section: Any) -> list[Example]:
    return [example for row in rows_of(path, **section) for example in row.examples]


def notes_of(rows: list[Row]) -> dict[str, str]:
    return {note.code: note.found for row in rows for note in row.notes}


class TestClassFolders:
    def test_the_question_is_the_users_and_the_answer_the_folder(self, tmp_path: Path) -> None:
        write_pictures(tmp_path, "зебра/1.png", "зебра/вид/2.JPG", "none/3.webp")
        rows = rows_of(tmp_path, question="Есть переход? 🦓")
        examples = [example for row in rows for example in row.examples]
        assert [(example.id, example.question, example.answers) for example in examples] == [
            ("none/3.webp", "Есть переход? 🦓", ("none",)),
            ("зебра/1.png", "Есть переход? 🦓", ("зебра",)),
            ("зебра/вид/2.JPG", "Есть переход? 🦓", ("зебра",)),
        ]
        assert not notes_of(rows)

    def test_without_one_the_classes_of_all_splits_are_offered_and_it_is_told(self, tmp_path: Path) -> None:
        write_pictures(tmp_path, "train/a/1.png", "train/b/2.png", "valid/a/3.png", "test/c/4.png")
        assert recognise(str(tmp_path))[0] == "folders"
        assert SOURCES["folders"].splits(str(tmp_path)) == ("test", "train", "valid")
        asked = "What is in the picture? Answer with one of: a, b, c."
        for split in ("train", "test"):
            rows = rows_of(tmp_path, split=split)
            assert {row.examples[0].question for row in rows} == {asked}
            assert asked in notes_of(rows)["data/default-question"]

    def test_very_many_classes_are_not_listed(self, tmp_path: Path) -> None:
        write_pictures(tmp_path, *(f"класс {k}/1.png" for k in range(21)))
        assert examples_of(tmp_path)[0].question == "What is in the picture?"

    def test_a_class_may_be_called_train(self, tmp_path: Path) -> None:
        write_pictures(tmp_path, "train/1.png", "car/2.png")
        assert recognise(str(tmp_path))[0] == "folders"
        assert [example.answers for example in examples_of(tmp_path)] == [("car",), ("train",)]

    def test_copies_that_roboflow_made_stay_together(self, tmp_path: Path) -> None:
        names = [COPY.format(digit * 32) for digit in "ab"]
        write_pictures(tmp_path, *(f"zebra/{name}" for name in names), "none/1.png")
        groups = [example.group for example in examples_of(tmp_path)]
        assert groups == ["none/1.png", "zebra/street_jpg.jpg", "zebra/street_jpg.jpg"]

    def test_what_is_passed_over_is_told(self, tmp_path: Path) -> None:
        write_pictures(tmp_path, "train/a/1.png", "train/b/2.png", "raw/3.png")
        (tmp_path / "train" / "a" / "Thumbs.db").touch()
        (tmp_path / "train" / "a" / ".DS_Store").touch()
        rows = rows_of(tmp_path, split="train")
        assert notes_of(rows)["data/unused-folder"] == "folders of no split: raw"
        assert [Path(row.where).name for row in rows if not row.is_record] == ["Thumbs.db"]

    def test_a_picture_that_is_a_link_out_of_the_folder_is_refused(self, tmp_path: Path) -> None:
        write_pictures(tmp_path, "secret.png", "data/a/1.png", "data/b/2.png")
        (tmp_path / "data" / "a" / "9.png").symlink_to(tmp_path / "secret.png")
        rows = rows_of(tmp_path / "data")
        assert [row.problems[0].code for row in rows if row.problems] == ["data/image-outside"]

    @pytest.mark.parametrize(
        "names",
        [
            ("train/1.png", "valid/2.png"),
            ("train/_annotations.coco.json", "train/1.png", "valid/2.png"),
            ("data.yaml", "train/images/1.png", "train/labels/1.txt"),
            ("train2017/1.png", "val2017/2.png", "annotations/instances_val2017.json"),
            ("train.json", "images/1.png", "more/2.png"),
            ("images/1.png", "masks/1.png"),
            ("only/1.png",),
        ],
    )
    def test_folders_that_may_be_no_classes_are_not_taken_for_sure(
        self, tmp_path: Path, names: tuple[str, ...]
    ) -> None:
        write_pictures(tmp_path, *names)
        assert SOURCES["folders"].detect(str(tmp_path)).sure < 0.9

    def test_a_folder_of_images_of_its_own_makes_no_sense(self, tmp_path: Path) -> None:
        write_pictures(tmp_path, "a/1.png", "b/2.png")
        with pytest.raises(DataError) as caught:
            rows_of(tmp_path, images=str(tmp_path))
        assert caught.value.problems[0].code == "data/unused-setting"

    def test_no_classes_are_told(self, tmp_path: Path) -> None:
        write_pictures(tmp_path, "1.png")
        with pytest.raises(DataError) as caught:
            rows_of(tmp_path, format="folders")
        assert caught.value.problems[0].code == "data/no-classes"


def write_metadata(folder: Path, rows: list[dict[str, Any]], *, csv: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if csv:
        names = list(rows[0])
        lines = [",".join(names), *(",".join(str(row.get(name, "")) for name in names) for row in rows)]
        (folder / "metadata.csv").write_text("\n".join(lines), encoding="utf-8")
    else:
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        (folder / "metadata.jsonl").write_text("\n".join(lines), encoding="utf-8")


@pytest.mark.parametrize("csv", [True, False], ids=["csv", "jsonl"])
class TestImagefolder:
    def test_the_metadata_may_be_named_itself(self, tmp_path: Path, csv: bool) -> None:
        write_pictures(tmp_path, "кот.png")
        write_metadata(tmp_path, [{"file_name": "кот.png", "question": "Кто? 😀", "answer": "кот"}], csv=csv)
        path = next(tmp_path.glob("metadata.*"))
        for each in (tmp_path, path):
            assert recognise(str(each))[0] == "imagefolder"
            (example,) = examples_of(each)
            assert (example.question, example.answers, example.group) == ("Кто? 😀", ("кот",), "кот.png")

    def test_a_label_is_asked_for(self, tmp_path: Path, csv: bool) -> None:
        write_pictures(tmp_path, "a.png")
        write_metadata(tmp_path, [{"file_name": "a.png", "label": "зебра"}], csv=csv)
        assert examples_of(tmp_path, question="Что это?")[0].answers == ("зебра",)
        with pytest.raises(DataError, match="set `question`"):
            rows_of(tmp_path)

    def test_several_columns_of_pictures_are_shown_in_order(self, tmp_path: Path, csv: bool) -> None:
        write_pictures(tmp_path, "1.png", "2.png")
        row = {"before_file_name": "1.png", "question": "?", "after_file_name": "2.png", "answer": "x"}
        write_metadata(tmp_path, [row, {**row, "after_file_name": ""}], csv=csv)
        names = [[image.name for image in example.images] for example in examples_of(tmp_path)]
        assert names == [["1.png", "2.png"], ["1.png"]]
        assert examples_of(tmp_path)[0].metadata == {}

    def test_splits_have_metadata_of_their_own(self, tmp_path: Path, csv: bool) -> None:
        for split in ("train", "test"):
            write_pictures(tmp_path / split, "a.png")
            write_metadata(tmp_path / split, [{"file_name": "a.png", "question": split, "answer": "x"}], csv=csv)
        assert SOURCES["imagefolder"].splits(str(tmp_path)) == ("test", "train")
        (example,) = examples_of(tmp_path, split="test")
        assert (example.id.partition(":")[0], example.question) == ("test", "test")

    def test_bad_rows_and_pictures_without_a_row_are_told(self, tmp_path: Path, csv: bool) -> None:
        write_pictures(tmp_path, "a.png", "more/b.png", "c.png")
        rows = [{"file_name": name, "question": "?", "answer": "x"} for name in ("a.png", "../x.png")]
        write_metadata(tmp_path, rows, csv=csv)
        read = rows_of(tmp_path)
        assert [row.problems[0].code if row.problems else "good" for row in read if row.is_record] == [
            "good",
            "data/image-outside",
        ]
        assert notes_of(read)["data/unnamed-pictures"] == "pictures that no good row names: 2 (c.png, more/b.png)"


def test_a_list_of_pictures_in_one_column(tmp_path: Path) -> None:
    write_pictures(tmp_path, "1.png", "2.png")
    row = {"file_names": ["2.png", "1.png"], "question": "?", "answer": "x"}
    write_metadata(tmp_path, [row], csv=False)
    assert [image.name for image in examples_of(tmp_path)[0].images] == ["2.png", "1.png"]


def test_a_folder_without_metadata_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        rows_of(tmp_path, format="imagefolder")
    assert caught.value.problems[0].code == "data/no-metadata"
