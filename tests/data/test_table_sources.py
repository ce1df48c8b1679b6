import datetime
import decimal
import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from published import png
from published_tables import BLUE, GREEN, picture_rows, picture_table, write_repository

from lensmith.config.sections import SourceSection
from lensmith.data.describe import splits_of
from lensmith.data.findings import each_split
from lensmith.data.reading import read_rows
from lensmith.data.sources import SOURCES, recognise
from lensmith.data.sources.arrow_cache import arrow_of
from lensmith.data.sources.contract import Request, Row
from lensmith.errors import DataError
from lensmith.types import Example

FLAT = {"question": ["Кто это? 😀"], "answer": ["кот"]}


def write(path: Path, columns: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)
    return path


def rows_of(path: Path, **section: Any) -> list[Row]:
    return list(read_rows(SourceSection(path=str(path), **section)))


def examples_of(path: Path, **section: Any) -> list[Example]:
    return [example for row in rows_of(path, **section) for example in row.examples]


class TestPictures:
    @pytest.mark.parametrize(
        "cell",
        [BLUE, {"bytes": BLUE, "path": "a.png"}, {"bytes": BLUE, "path": None}, {"bytes": BLUE}],
        ids=["bytes", "struct", "no path", "bytes alone"],
    )
    def test_bytes_in_a_cell_are_a_picture(self, tmp_path: Path, cell: Any) -> None:
        (example,) = examples_of(write(tmp_path / "a.parquet", {"image": [cell], **FLAT}))
        (image,) = example.images
        assert image.read_bytes() == BLUE
        assert image.name == ("a.png" if isinstance(cell, dict) and cell.get("path") else "a:1")

    def test_a_list_of_them_is_several_in_order(self, tmp_path: Path) -> None:
        cell = [{"bytes": GREEN, "path": None}, {"bytes": BLUE, "path": "b.png"}]
        (example,) = examples_of(write(tmp_path / "a.parquet", {"images": [cell], **FLAT}))
        assert [image.read_bytes() for image in example.images] == [GREEN, BLUE]
        assert [image.name for image in example.images] == ["a:1#1", "b.png"]

    def test_a_path_is_looked_for_beside_the_table_and_may_not_leave(self, tmp_path: Path) -> None:
        (tmp_path / "a.png").write_bytes(GREEN)
        for cells in (["a.png", "../x.png"], [{"bytes": None, "path": "a.png"}, {"bytes": None, "path": "../x.png"}]):
            path = write(tmp_path / "a.parquet", {"image": cells, **{name: each * 2 for name, each in FLAT.items()}})
            rows = rows_of(path)
            assert rows[0].examples[0].images[0].read_bytes() == GREEN
            assert [problem.code for problem in rows[1].problems] == ["data/image-outside"]

    def test_one_content_is_one_picture_so_that_its_questions_stay_together(self, tmp_path: Path) -> None:
        cells = [{"bytes": data, "path": path} for data, path in ((BLUE, "1.png"), (GREEN, "1.png"), (BLUE, "2.png"))]
        columns = {"image": cells, "question": ["?"] * 3, "answer": ["x"] * 3}
        examples = examples_of(write(tmp_path / "a.parquet", columns))
        assert [example.group for example in examples] == ["1.png", "a:2", "1.png"]
        assert examples[0].images == examples[2].images != examples[1].images

    def test_a_lone_column_of_pictures_is_the_picture(self, tmp_path: Path) -> None:
        (example,) = examples_of(write(tmp_path / "a.parquet", {"photo": [BLUE], **FLAT}))
        assert example.images[0].read_bytes() == BLUE

    def test_pictures_that_play_no_part_are_told_and_are_no_metadata(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.parquet", {"left": [BLUE], "right": [GREEN], **FLAT})
        (row,) = rows_of(path)
        assert [note.code for note in row.notes] == ["data/unused-pictures"]
        assert row.examples[0].metadata == {}
        assert examples_of(path, columns={"image": "right"})[0].images[0].read_bytes() == GREEN

    def test_nothing_in_the_cell_is_no_picture(self, tmp_path: Path) -> None:
        cells = pa.array([None], pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
        assert examples_of(write(tmp_path / "a.parquet", {"image": cells, **FLAT}))[0].images == ()

    def test_no_column_but_the_picture_is_enough_to_ask_about_it(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.parquet", {"image": [BLUE, GREEN]})
        request = Request(SourceSection(path=str(path), question="Что это?"), answers_required=False)
        rows = list(SOURCES["parquet"].read(request))
        assert [row.examples[0].question for row in rows] == ["Что это?"] * 2


def test_any_column_can_be_written_as_json(tmp_path: Path) -> None:
    more = {
        "when": [datetime.datetime(2026, 1, 2, 3, 4)],
        "price": [decimal.Decimal("1.50")],
        "boxes": [[{"label": "кот", "mask": b"123", "xy": [1, 2]}]],
    }
    (example,) = examples_of(write(tmp_path / "a.parquet", {**FLAT, **more}))
    assert json.loads(json.dumps(dict(example.metadata))) == {
        "when": "2026-01-02T03:04:00",
        "price": "1.50",
        "boxes": [{"label": "кот", "mask": "3 bytes", "xy": [1, 2]}],
    }


def test_lists_of_answers_are_accepted_answers(tmp_path: Path) -> None:
    columns = {"question": ["?"], "answers": [["да", "ага"]]}
    assert examples_of(write(tmp_path / "a.parquet", columns))[0].answers == ("да", "ага")


class TestClasses:
    @pytest.fixture
    def labelled(self, tmp_path: Path) -> Path:
        from datasets import ClassLabel, Dataset, Features, Image

        features = Features({"image": Image(), "label": ClassLabel(names=["зебра", "none 🚫"])})
        rows = [{"image": {"bytes": png((k, 0, 0)), "path": None}, "label": k - 1} for k in (2, 1, 0)]
        Dataset.from_list(rows, features=features).to_parquet(tmp_path / "train.parquet")
        return tmp_path / "train.parquet"

    def test_a_label_is_answered_by_its_name_and_asked_for(self, labelled: Path) -> None:
        assert recognise(str(labelled))[0] == "parquet"
        rows = rows_of(labelled)
        asked = "What is in the picture? Answer with one of: зебра, none 🚫."
        assert [(row.examples[0].question, row.examples[0].answers) for row in rows[:2]] == [
            (asked, ("none 🚫",)),
            (asked, ("зебра",)),
        ]
        assert [problem.code for problem in rows[2].problems] == ["data/no-answer"]
        assert [note.code for note in rows[0].notes] == ["data/default-question"]

    def test_a_question_of_the_user_is_asked_instead(self, labelled: Path) -> None:
        row = rows_of(labelled, question="Что это?")[0]
        assert row.examples[0].question == "Что это?"
        assert not row.notes


class TestParquet:
    def test_a_broken_file_costs_its_own_rows(self, tmp_path: Path) -> None:
        whole = write(tmp_path / "train-00002.parquet", FLAT)
        (tmp_path / "train-00000.parquet").write_bytes(whole.read_bytes()[:-9])
        write(tmp_path / "train-00001.parquet", {"text": ["?"]})
        (tmp_path / "train-00001.parquet").write_bytes(b"PAR1")
        write(tmp_path / "train-00003.parquet", {"question": ["?"], "gold": ["x"]})
        rows = rows_of(tmp_path)
        told = {Path(row.where.partition(":")[0]).name: row.problems[0].code for row in rows if row.problems}
        assert told == {
            "train-00000.parquet": "data/unreadable-table",
            "train-00001.parquet": "data/unreadable-table",
            "train-00003.parquet": "data/other-columns",
        }
        assert [(row.where, row.examples[0].id) for row in rows if row.examples] == [(f"{whole}:1", "train:1")]

    def test_a_file_with_two_columns_of_one_name_is_told(self, tmp_path: Path) -> None:
        twice = pa.table([["Кто? 😀"], ["кот"], ["пёс"]], names=["question", "answer", "answer"])
        pq.write_table(twice, tmp_path / "a.parquet")
        with pytest.raises(DataError, match="columns of one name: 'answer'"):
            rows_of(tmp_path / "a.parquet", format="parquet")

    def test_a_file_whose_pictures_are_of_another_kind_costs_its_own_rows(self, tmp_path: Path) -> None:
        write(tmp_path / "train-00000.parquet", {**FLAT, "image": [{"bytes": png(), "path": "кот.png"}]})
        write(tmp_path / "train-00001.parquet", {**FLAT, "image": [3]})
        rows = rows_of(tmp_path)
        assert [row.problems[0].code for row in rows if row.problems] == ["data/other-columns"]
        assert "`image` is int64" in next(row.problems[0].found for row in rows if row.problems)
        assert [row.examples[0].id for row in rows if row.examples] == ["train:1"]

    def test_no_file_that_can_be_read_is_told_once_for_all(self, tmp_path: Path) -> None:
        for k in range(2):
            (tmp_path / f"train-{k:02d}.parquet").write_bytes(b"PAR1")
        with pytest.raises(DataError) as caught:
            rows_of(tmp_path, format="parquet")
        assert [problem.code for problem in caught.value.problems] == ["data/unreadable-table"] * 2

    @pytest.mark.parametrize("place", [".", "data", "train"])
    def test_a_folder_is_read_by_split(self, tmp_path: Path, place: str) -> None:
        write(tmp_path / place / "train-00000-of-00001.parquet", FLAT)
        if place == "train":
            write(tmp_path / "test" / "0000.parquet", FLAT)
        else:
            write(tmp_path / place / "test.parquet", FLAT)
        assert SOURCES["parquet"].splits(str(tmp_path)) == ("test", "train")
        assert examples_of(tmp_path, split="train")[0].id == "train:1"

    def test_a_changed_file_is_converted_again_and_an_old_one_is_not(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.parquet", FLAT)
        first, again = arrow_of(path), arrow_of(path)
        assert first == again
        assert examples_of(path)[0].answers == ("кот",)
        write(path, {"question": ["?", "?"], "answer": ["пёс", "ёж"]})
        assert [example.answers for example in examples_of(path)] == [("пёс",), ("ёж",)]
        assert not list(first.parent.glob(".converting-*"))

    def test_a_file_that_cannot_be_converted_leaves_nothing_behind(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.parquet", {"question": ["?" * 5000] * 200, "answer": ["x"] * 200})
        data = bytearray(path.read_bytes())
        data[4:60] = bytes(56)
        path.write_bytes(data)
        before = set(arrow_of(write(tmp_path / "b.parquet", FLAT)).parent.iterdir())
        with pytest.raises((OSError, ValueError)):
            arrow_of(path)
        assert set(arrow_of(tmp_path / "b.parquet").parent.iterdir()) == before


class TestSavedDatasets:
    @pytest.fixture
    def saved(self, tmp_path: Path) -> Path:
        picture_table(picture_rows()).save_to_disk(str(tmp_path / "train"), num_shards=2)
        return tmp_path / "train"

    def test_one_set_in_several_files(self, saved: Path) -> None:
        assert recognise(str(saved))[0] == "datasets"
        assert SOURCES["datasets"].splits(str(saved)) == ()
        assert [example.id for example in examples_of(saved)] == ["train:1", "train:2", "train:3"]

    def test_rows_that_were_chosen_are_those_that_are_read(self, tmp_path: Path) -> None:
        picture_table(picture_rows()).select([2]).save_to_disk(str(tmp_path / "a"))
        assert [example.question for example in examples_of(tmp_path / "a")] == ["Где он?"]

    def test_a_cut_file_costs_its_own_rows(self, saved: Path) -> None:
        first = saved / "data-00000-of-00002.arrow"
        first.write_bytes(first.read_bytes()[:300])
        rows = rows_of(saved)
        assert [row.problems[0].code if row.problems else "good" for row in rows] == ["data/unreadable-table", "good"]

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("state.json", "{"),
            ("state.json", "[]"),
            ("state.json", '{"_data_files": 7}'),
            ("state.json", '{"_data_files": [{"filename": "../../secret.arrow"}]}'),
            ("state.json", '{"_data_files": [{"filename": "a.arrow"}], "_indices_data_files": [{"filename": "i"}]}'),
            ("dataset_dict.json", '{"splits": ["../out"]}'),
        ],
    )
    def test_files_of_the_library_that_are_damaged_are_told(self, saved: Path, name: str, text: str) -> None:
        if name == "dataset_dict.json":
            (saved / "state.json").unlink()
        (saved / name).write_text(text)
        with pytest.raises(DataError) as caught:
            rows_of(saved, format="datasets")
        assert caught.value.problems[0].code == "data/unreadable-table"
        assert name in caught.value.problems[0].where


class TestHub:
    @pytest.fixture
    def repository(self, tmp_path: Path) -> Path:
        return write_repository(tmp_path / "set", {"ru": ("train", "test"), "en": ("train",)})

    def test_a_config_must_be_named_where_there_are_several(self, repository: Path) -> None:
        with pytest.raises(DataError) as caught:
            rows_of(repository)
        assert caught.value.problems[0].code == "data/no-such-config"
        assert caught.value.problems[0].fix == "available: en, ru"

    def test_a_config_that_is_not_there_names_those_that_are(self, repository: Path) -> None:
        with pytest.raises(DataError) as caught:
            rows_of(repository, config="rus")
        assert caught.value.problems[0].fix == "did you mean `ru`? available: en, ru"

    def test_a_split_that_is_not_there_names_those_of_the_config(self, repository: Path) -> None:
        with pytest.raises(DataError) as caught:
            rows_of(repository, config="ru", split="tset")
        assert caught.value.problems[0].fix == "did you mean `test`? available: test, train"

    def test_the_only_split_of_a_config_is_read(self, repository: Path) -> None:
        assert [example.id for example in examples_of(repository, config="en")] == [f"en/train:{k}" for k in (1, 2, 3)]

    def test_splits_are_those_of_the_config(self, repository: Path) -> None:
        section = SourceSection(path=str(repository), config="ru")
        assert splits_of(section) == ("train", "test")
        assert [source.section.split for source in each_split(section)] == ["train", "test"]

    def test_without_a_config_a_check_says_so_and_reads_nothing(self, repository: Path) -> None:
        (source,) = each_split(SourceSection(path=str(repository)))
        assert [problem.code for problem in source.failed] == ["data/no-such-config"]

    def test_pictures_that_the_repository_keeps_as_files_are_found(self, tmp_path: Path) -> None:
        folder = tmp_path / "set"
        (folder / "train").mkdir(parents=True)
        (folder / "train" / "a.png").write_bytes(BLUE)
        (folder / "train" / "metadata.csv").write_text("file_name,question,answer\na.png,Кто?,кот\n")
        card = "---\nconfigs:\n- config_name: all\n  data_files:\n  - split: train\n    path: train/*\n---\n"
        (folder / "README.md").write_text(card)
        (example,) = examples_of(folder, format="hub")
        assert example.images[0].read_bytes() == BLUE
        assert example.images[0].name == "train/a.png"

    def test_a_readme_that_names_no_configs_is_no_repository(self, repository: Path) -> None:
        (repository / "README.md").write_text("# Данные\n\nconfigs: none\n")
        assert SOURCES["hub"].detect(str(repository)).sure == 0.0

    def test_a_set_that_is_gone_is_told(self, repository: Path) -> None:
        shutil.rmtree(repository)
        with pytest.raises(DataError):
            rows_of(repository, format="hub")
