"""What every world keeps: the same seed gives the same bytes, no picture is seen twice, and blind guessing fails."""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from PIL import Image

from lensmith.config.sections import DataSection
from lensmith.data.dataset import load_data
from lensmith.errors import DataError, UnknownNameError
from lensmith.lab.worlds import WORLDS
from lensmith.lab.worlds.folder import Scene, blind_baseline, write_world

PICTURES = 320


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(params=list(WORLDS))
def world(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def folder(world: str, build_once: Callable[..., Path]) -> Path:
    return build_once(f"world-{world}", lambda out: WORLDS[world](out, pictures=PICTURES, seed=3))


def digest(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_seed_decides_every_byte(world: str, tmp_path: Path) -> None:
    for name, seed in (("first", 1), ("again", 1), ("other", 2)):
        WORLDS[world](tmp_path / name, pictures=12, seed=seed)
    first, again, other = (digest(tmp_path / name) for name in ("first", "again", "other"))
    assert first == again
    assert len(first) == 12 + 1 + 2
    assert first["images/train-00000.png"] != other["images/train-00000.png"]


def test_more_pictures_begin_with_the_same_ones(world: str, tmp_path: Path) -> None:
    WORLDS[world](tmp_path / "few", pictures=4, seed=1)
    WORLDS[world](tmp_path / "many", pictures=6, seed=1)
    few, many = read(tmp_path / "few" / "train.jsonl"), read(tmp_path / "many" / "train.jsonl")
    assert many[: len(few)] == few


def test_no_picture_is_there_twice(folder: Path) -> None:
    pixels = [Image.open(path).tobytes() for path in (folder / "images").iterdir()]
    assert len(pixels) == len(set(pixels)) == PICTURES + PICTURES // 8


def test_every_row_names_a_picture_of_its_own_file_and_every_picture_is_asked_about(folder: Path) -> None:
    for split, count in (("train", PICTURES), ("test", PICTURES // 8)):
        rows = read(folder / f"{split}.jsonl")
        names = {row["image_path"] for row in rows}
        assert names == {f"images/{split}-{number:05d}.png" for number in range(count)}
        assert all((folder / name).is_file() for name in names)
        assert all(row["question"] and row["answer"] and row["kind"] for row in rows)
        assert {row["language"] for row in rows} == {"en", "ru"}


def test_lensmith_reads_it_without_a_problem(folder: Path) -> None:
    paths = {split: str(folder / f"{split}.jsonl") for split in ("train", "test")}
    data = load_data(DataSection.model_validate({**paths, "split": {"validation": 0.1}}), seed=0)
    assert data.report.problems == ()
    assert len(data.train) + len(data.validation) == len(read(folder / "train.jsonl"))
    assert len(data.test) == len(read(folder / "test.jsonl"))
    assert {"kind", "language"} <= set(data.test[0].metadata)


def test_who_does_not_look_is_mostly_wrong(world: str, folder: Path, build_once: Callable[..., Path]) -> None:
    """Judged on as many new pictures as were learned from: a test file is small and would leave much to chance."""
    other = build_once(f"other-{world}", lambda out: WORLDS[world](out, pictures=PICTURES, seed=4))
    train = read(folder / "train.jsonl")
    blind = blind_baseline(train, read(other / "train.jsonl"))
    assert blind["all"] < 0.5
    for kind in set(blind) - {"all"}:
        choices = {row["answer"] for row in train if row["kind"] == kind and row["language"] == "en"}
        assert blind[kind] < 1 / len(choices) + 0.1, kind


def test_a_folder_tells_what_it_holds(world: str, tmp_path: Path) -> None:
    made = WORLDS[world](tmp_path, pictures=40, seed=0)
    train, test = read(made.train), read(made.test)
    assert made.pictures == {"train": 40, "test": 5}
    assert made.questions == {"train": len(train), "test": len(test)}
    assert made.blind == blind_baseline(train, test)


@pytest.mark.parametrize("pictures", [0, -3])
def test_no_pictures_are_refused(world: str, pictures: int, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="ask for 1 or more"):
        WORLDS[world](tmp_path, pictures=pictures, seed=0)
    assert list(tmp_path.iterdir()) == []


def test_a_world_that_runs_out_of_pictures_says_so(tmp_path: Path) -> None:
    def draw(random: Random) -> Scene:
        return Scene(Image.new("L", (1, 1), random.randrange(3)), ())

    with pytest.raises(DataError, match="3 different pictures were drawn") as caught:
        write_world(tmp_path, draw, pictures=4, seed=0)
    assert caught.value.problems[0].code == "lab/world-exhausted"


def test_an_unknown_world_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="did you mean `shapes`"):
        WORLDS["shape"]


def test_the_blind_baseline_answers_from_the_words_and_else_from_the_kind() -> None:
    def row(question: str, answer: str, kind: str = "k") -> dict[str, str]:
        return {"question": question, "answer": answer, "kind": kind}

    train = [row("a", "x"), row("a", "x"), row("a", "y"), row("b", "y"), row("b", "y"), row("b", "y")]
    test = [row("a", "x"), row("b", "y"), row("new", "y"), row("new", "x"), row("a", "", "unseen")]
    assert blind_baseline(train, test) == {"k": 0.75, "unseen": 0.0, "all": 0.6}
