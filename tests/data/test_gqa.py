import io
import pickle
from pathlib import Path

import pytest
from PIL import Image
from published import gqa_question, gqa_tables, png

from lensmith.config.sections import DataSection, SourceSection
from lensmith.data.dataset import load_data
from lensmith.data.reading import read_rows
from lensmith.data.sources import SOURCES
from lensmith.data.sources.tables import TableImage, hub_configs, is_hub_id, open_hub
from lensmith.errors import DataError


def section(path: Path, **more: object) -> SourceSection:
    return SourceSection.model_validate({"path": str(path), "format": "gqa", **more})


@pytest.fixture
def both_splits(tmp_path: Path) -> Path:
    questions = [gqa_question(f"{k}", f"n{k // 2}", f"Что {k}?", "да") for k in range(24)]
    pictures = {f"n{k}": png((k, 0, 0)) for k in range(12)}
    gqa_tables(tmp_path, "train_balanced", questions, pictures)
    return gqa_tables(tmp_path, "testdev_balanced", questions[:4], pictures)


def test_questions_are_joined_to_their_own_picture(both_splits: Path) -> None:
    for row in read_rows(section(both_splits, split="train")):
        example = row.examples[0]
        with Image.open(io.BytesIO(example.images[0].read_bytes())) as image:
            assert example.images[0].name == f"n{image.getpixel((0, 0))[0]}"
        assert example.metadata["structural"] == "verify"
        assert example.metadata["types"] == {"structural": "verify", "semantic": "attr", "detailed": "existAttr"}
        assert example.metadata["semanticStr"] == "select: x"


@pytest.mark.parametrize("split", ["train", "train_balanced", "train_balanced_instructions"])
def test_a_split_is_named_in_full_or_by_its_first_word(both_splits: Path, split: str) -> None:
    assert len(list(read_rows(section(both_splits, split=split)))) == 24


@pytest.mark.parametrize("split", [None, "test"])
def test_there_is_no_split_called_test_and_those_that_exist_are_named(both_splits: Path, split: str | None) -> None:
    assert SOURCES["gqa"].splits(str(both_splits)) == ("testdev_balanced", "train_balanced")
    with pytest.raises(DataError) as caught:
        list(read_rows(section(both_splits, split=split)))
    assert caught.value.problems[0].code == "data/no-such-split"
    assert "available: testdev_balanced, train_balanced" in caught.value.problems[0].fix


def test_a_first_word_of_several_splits_is_not_enough(tmp_path: Path) -> None:
    for split in ("train_all", "train_balanced"):
        gqa_tables(tmp_path, split, [gqa_question("1", "n", "?", "да")], {"n": png()})
    with pytest.raises(DataError, match="could be train_all or train_balanced"):
        list(read_rows(section(tmp_path, split="train")))


def test_a_question_without_a_picture_is_told(tmp_path: Path) -> None:
    questions = [gqa_question("1", "n1", "?", "да"), gqa_question("2", "lost", "?", "да")]
    rows = list(read_rows(section(gqa_tables(tmp_path, "train", questions, {"n1": png()}))))
    assert [problem.code for problem in rows[1].problems] == ["data/missing-image"]
    assert rows[1].where == f"{tmp_path}/train_instructions:2"
    assert "'lost'" in rows[1].problems[0].found


def test_numbers_as_picture_ids_are_joined_too(tmp_path: Path) -> None:
    questions = [{**gqa_question("1", "", "?", "да"), "imageId": 2413}]
    rows = list(read_rows(section(gqa_tables(tmp_path, "train", questions, {"2413": png()}))))
    assert rows[0].examples[0].images[0].name == "2413"


def test_a_picture_that_comes_twice_is_noted(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    folder = gqa_tables(tmp_path, "train", [gqa_question("1", "n", "?", "да")], {"n": png((1, 1, 1))})
    file = next((folder / "train_images").glob("*.parquet"))
    pq.write_table(pq.read_table(file), file.with_name("train-00001-of-00001.parquet"))
    rows = list(read_rows(section(folder)))
    assert [note.code for row in rows for note in row.notes] == ["data/picture-twice"]
    assert len([row for row in rows if row.examples]) == 1


def test_a_reference_holds_no_picture(both_splits: Path) -> None:
    images = [row.examples[0].images[0] for row in read_rows(section(both_splits, split="train"))]
    assert all(isinstance(image, TableImage) for image in images)
    assert len(set(images)) == 12
    assert len(pickle.dumps(images[0])) < 600


def test_a_table_that_is_gone_is_an_error_of_the_picture(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        TableImage(str(tmp_path / "gone.arrow"), 0, "image", "x").read_bytes()


def test_an_empty_picture_in_the_table_costs_its_questions(tmp_path: Path) -> None:
    questions = [gqa_question(f"{k}", f"n{k % 5}", "?", "да") for k in range(10)]
    pictures = {**{f"n{k}": png((k, k, k)) for k in range(4)}, "n4": b""}
    gqa_tables(tmp_path, "train", questions, pictures)
    report = load_data(DataSection.model_validate({"train": {"path": str(tmp_path)}}), 0).report
    assert report.examples_left_out == {"data/empty-image": 2}
    assert sum(report.examples.values()) == 8


def test_parquet_that_is_no_parquet_is_told(tmp_path: Path) -> None:
    for kind in ("instructions", "images"):
        (tmp_path / f"train_{kind}").mkdir()
        (tmp_path / f"train_{kind}" / "0.parquet").write_text("no")
    with pytest.raises(DataError) as caught:
        list(read_rows(section(tmp_path)))
    assert caught.value.problems[0].code == "data/unreadable-table"


def test_a_table_of_pictures_without_its_columns_is_told(tmp_path: Path) -> None:
    from datasets import Dataset

    folder = gqa_tables(tmp_path, "train", [gqa_question("1", "n", "?", "да")], {"n": png()})
    Dataset.from_list([{"image_id": "n"}]).to_parquet(next((folder / "train_images").glob("*.parquet")))
    with pytest.raises(DataError) as caught:
        list(read_rows(section(folder)))
    assert "`id` or `image`" in caught.value.problems[0].found


def test_configs_of_a_data_set_repository_are_opened_by_name(both_splits: Path) -> None:
    # A repository's folder is opened by the same calls as the repository on the hub.
    names = ("train_balanced_images", "testdev_balanced_images")
    blocks = [
        f"- config_name: {name}\n  data_files:\n  - split: {name.split('_')[0]}\n    path: {name}/*" for name in names
    ]
    (both_splits / "README.md").write_text("---\nconfigs:\n" + "\n".join(blocks) + "\n---\n")
    assert hub_configs(str(both_splits)) == names
    table = open_hub(str(both_splits), names[1], "testdev")
    assert table.columns == ("id", "image")
    key, file, row = next(table.places("id"))
    assert TableImage(file, row, "image", key).read_bytes() == png((0, 0, 0))
    with pytest.raises(DataError) as caught:
        open_hub(str(both_splits), "train_balanced_picturse", "train")
    assert caught.value.problems[0].code == "data/unreadable-table"


def test_what_could_be_a_hub_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert is_hub_id("deepvk/GQA-ru")
    assert not any(map(is_hub_id, ("data.jsonl", "a/b/c", "/a/b", "../a", "./a")))
    (tmp_path / "data").mkdir()
    assert not is_hub_id("data/train.jsonl")
