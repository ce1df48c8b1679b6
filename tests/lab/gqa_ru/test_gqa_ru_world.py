"""The files are those of deepvk/GQA-ru: columns, types, ids, many row groups, whole or not at all."""

import io
import pickle
from ast import literal_eval
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pyarrow.parquet as pq
import pytest
from PIL import Image

from lensmith.config.sections import SourceSection
from lensmith.data.reading import read_rows
from lensmith.data.sources import SOURCES
from lensmith.lab.worlds import WORLDS
from lensmith.lab.worlds.gqa_ru.asking import ask
from lensmith.lab.worlds.gqa_ru.plan import draw_plan
from lensmith.lab.worlds.gqa_ru.rows import rows_of
from lensmith.lab.worlds.gqa_ru.tables import PICTURES_A_GROUP, QUESTIONS_A_GROUP, write_split
from lensmith.lab.worlds.gqa_ru.world import (
    TEST_PICTURES,
    TEST_QUESTIONS,
    TRAIN_QUESTIONS,
    draw_scene,
    plan_parts,
    sentences,
)
from lensmith.lab.worlds.scenes import Drawn, draw_one

COLUMNS = [
    *("id", "imageId", "question", "answer", "fullAnswer", "isBalanced", "groups"),
    *("entailed", "equivalent", "types", "annotations", "semantic", "semanticStr"),
]
SPLITS = ("train", "testdev")


@pytest.fixture
def folder(build_once: Callable[..., Path]) -> Path:
    return build_once("gqa-ru", lambda out: WORLDS["gqa-ru"](out, pictures=24, seed=1))


@pytest.fixture
def folder_10(build_once: Callable[..., Path]) -> Path:
    return build_once("gqa-ru-10", lambda out: WORLDS["gqa-ru-10"](out, pictures=24, seed=1))


def table(folder: Path, split: str, kind: str) -> list[dict[str, Any]]:
    return pq.read_table(folder / f"{split}_balanced_{kind}" / f"{split}-00000-of-00001.parquet").to_pylist()


def test_there_are_two_tables_a_split_and_nothing_else(folder: Path) -> None:
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    kinds = ("images", "instructions")
    assert files == {f"{split}_balanced_{kind}/{split}-00000-of-00001.parquet" for split in SPLITS for kind in kinds}
    assert SOURCES["gqa"].splits(str(folder)) == ("testdev_balanced", "train_balanced")
    assert SOURCES["gqa"].detect(str(folder)).sure > 0.9


@pytest.mark.parametrize("split", SPLITS)
def test_columns_and_their_types_are_those_of_the_published_set(folder: Path, split: str) -> None:
    path = folder / f"{split}_balanced_instructions" / f"{split}-00000-of-00001.parquet"
    schema = pq.read_schema(path)
    assert schema.names == COLUMNS
    spans = "list<element: struct<objectId: string, value: string>>"
    types = {name: str(schema.field(name).type) for name in COLUMNS}
    assert types["isBalanced"] == "bool"
    assert types["groups"] == "struct<global: string, local: string>"
    assert types["types"] == "struct<structural: string, semantic: string, detailed: string>"
    assert types["annotations"] == f"struct<answer: {spans}, question: {spans}, fullAnswer: {spans}>"
    step = "struct<operation: string, argument: string, dependencies: list<element: int32>>"
    assert types["semantic"] == f"list<element: {step}>"
    plain = set(COLUMNS) - {"isBalanced", "groups", "types", "annotations", "semantic"}
    assert {types[name] for name in plain} == {"string"}


def test_pictures_are_known_as_pictures_by_the_datasets_library(folder: Path) -> None:
    from datasets import Image as ImageFeature
    from datasets import load_dataset

    files = str(folder / "testdev_balanced_images" / "*.parquet")
    images = load_dataset("parquet", data_files=files, split="train")
    assert isinstance(images.features["image"], ImageFeature)
    assert images[0]["image"].size == (192, 192)


@pytest.mark.parametrize("split", SPLITS)
def test_questions_join_pictures_and_ids_are_unique(folder: Path, split: str) -> None:
    pictures, questions = table(folder, split, "images"), table(folder, split, "instructions")
    names = [row["id"] for row in pictures]
    assert len(set(names)) == len(names) and {row["imageId"] for row in questions} == set(names)
    assert len({row["id"] for row in questions}) == len(questions)
    for row in pictures:
        assert Image.open(io.BytesIO(row["image"]["bytes"])).size == (192, 192)
        assert row["image"]["path"] == f"{row['id']}.png"


def test_splits_share_no_id(folder: Path) -> None:
    for kind in ("images", "instructions"):
        train, testdev = ({row["id"] for row in table(folder, split, kind)} for split in SPLITS)
        assert not train & testdev


def test_questions_refer_to_others_of_their_picture(folder: Path) -> None:
    rows = table(folder, "testdev", "instructions")
    of_picture: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        of_picture[row["imageId"]].add(row["id"])
    for row in rows:
        for column in ("entailed", "equivalent"):
            assert set(literal_eval(row[column])) <= of_picture[row["imageId"]]
        assert row["id"] in literal_eval(row["equivalent"])
    assert any(literal_eval(row["entailed"]) for row in rows)


def test_testdev_asks_thirty_questions_a_picture(folder: Path) -> None:
    counts = Counter(row["imageId"] for row in table(folder, "testdev", "instructions"))
    assert set(counts.values()) == {TEST_QUESTIONS}


def test_train_asks_as_many_as_published_or_ten(folder: Path, folder_10: Path) -> None:
    counts = Counter(row["imageId"] for row in table(folder, "train", "instructions"))
    assert set(counts.values()) == {1, 2}
    ten = Counter(row["imageId"] for row in table(folder_10, "train", "instructions"))
    assert set(ten.values()) == {10}
    drawn = [len(draw_scene(Random(number), questions=TRAIN_QUESTIONS).rows) for number in range(100)]
    assert sum(drawn) / 100 == pytest.approx(40000 / 27519, abs=0.2)


def test_ten_questions_are_asked_about_the_same_pictures(folder: Path, folder_10: Path) -> None:
    for split in SPLITS:
        assert table(folder, split, "images") == table(folder_10, split, "images")
    few, many = (table(each, "train", "instructions") for each in (folder, folder_10))
    assert {(row["imageId"], row["question"]) for row in few} <= {(row["imageId"], row["question"]) for row in many}


def test_no_more_is_held_out_than_was_published(tmp_path: Path) -> None:
    assert [part.pictures for part in plan_parts(tmp_path, 27519, 1)] == [27519, TEST_PICTURES]
    assert [part.pictures for part in plan_parts(tmp_path, 80, 1)] == [80, 10]


def scenes(count: int) -> Iterator[Drawn]:
    """Scenes without a drawn picture: the tables do not look into them."""
    plan = draw_plan(Random(0))
    rows = rows_of(ask(plan, Random(0), 10))
    for number in range(count):
        yield Drawn("train", number, f"picture {number}".encode(), rows)


def test_a_big_table_is_written_in_row_groups(tmp_path: Path) -> None:
    count = 2 * PICTURES_A_GROUP + 1
    write_split(tmp_path, "train", scenes(count))
    images, questions = (
        pq.ParquetFile(tmp_path / f"train_balanced_{kind}" / "train-00000-of-00001.parquet")
        for kind in ("images", "instructions")
    )
    groups = [images.metadata.row_group(at).num_rows for at in range(images.metadata.num_row_groups)]
    assert groups == [PICTURES_A_GROUP, PICTURES_A_GROUP, 1]
    assert questions.metadata.num_rows == 10 * count
    assert questions.metadata.row_group(0).num_rows == QUESTIONS_A_GROUP
    assert images.read().to_pylist()[count - 1] == {
        "id": str(count),
        "image": {"bytes": f"picture {count - 1}".encode(), "path": f"{count}.png"},
    }


def test_a_table_that_is_cut_short_leaves_no_file(tmp_path: Path) -> None:
    def broken() -> Iterator[Drawn]:
        yield from scenes(PICTURES_A_GROUP + 5)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_split(tmp_path, "train", broken())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_row_can_be_read_and_its_structural_type_is_a_column(folder: Path) -> None:
    section = SourceSection.model_validate({"path": str(folder), "format": "gqa", "split": "testdev"})
    rows = list(read_rows(section))
    assert all(not row.problems for row in rows)
    counted = Counter(row.examples[0].metadata["structural"] for row in rows)
    assert set(counted) <= {"query", "verify", "choose", "logical", "compare"} and len(counted) >= 4


def test_what_a_worker_draws_is_what_is_drawn_here(tmp_path: Path) -> None:
    train, _ = plan_parts(tmp_path, 5, 10)
    copy = pickle.loads(pickle.dumps(train))
    assert draw_one(copy, 3, 4) == draw_one(train, 3, 4)


def test_sentences_hold_every_word_of_the_world(folder_10: Path) -> None:
    known = set(" ".join(sentences()).lower().replace("?", " ").replace(",", " ").split())
    assert sentences() == sentences()
    for row in table(folder_10, "train", "instructions"):
        words = set(f"{row['question']} {row['answer']}".lower().replace("?", " ").replace(",", " ").split())
        assert words <= known, words - known
