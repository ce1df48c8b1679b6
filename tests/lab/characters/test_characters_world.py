"""The characters world on disk: who is in which file, and what its rows carry for measuring learning and leaks."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from lensmith.config.sections import SourceSection
from lensmith.data.dataset import load_sources
from lensmith.lab.worlds.characters.cast import CAST, CONTROLS, OTHERS, TARGETS
from lensmith.lab.worlds.characters.names import NAMES
from lensmith.lab.worlds.characters.world import make_characters, make_characters_one, sentences
from lensmith.lab.worlds.folder import WorldFolder

PICTURES = 42
COLUMNS = {"image_path", "question", "answer", "kind", "asked", "language"} | {
    *("subject", "subject_group", "aliases", "place", "framing", "light")
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> WorldFolder:
    return make_characters(tmp_path_factory.mktemp("characters"), pictures=PICTURES, seed=1)


def read(made: WorldFolder, part: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (made.out / f"{part}.jsonl").read_text(encoding="utf-8").splitlines()]


def shown(rows: list[dict[str, Any]]) -> Counter[str]:
    """How many pictures show each subject."""
    return Counter(dict({row["image_path"]: row["subject"] for row in rows}.items()).values())


def test_training_shows_the_targets_evenly_and_nobody_else(made: WorldFolder) -> None:
    names = {NAMES[each].ru for each in TARGETS}
    counts = shown(read(made, "train"))
    assert set(counts) == names and set(counts.values()) == {PICTURES // 4, PICTURES // 4 + 1}
    for part in ("train", "test"):
        rows = read(made, part)
        assert {row["subject_group"] for row in rows} == {"target"}
        text = " ".join(row["question"] + row["answer"] for row in rows).lower()
        assert not [each for each in CONTROLS if NAMES[each].nominative.lower() in text], "controls are not even named"


def test_probes_show_everyone_each_character_twice_as_often_as_each_other_figure(made: WorldFolder) -> None:
    rows = read(made, "probes")
    rounds = PICTURES // (2 * len(TARGETS + CONTROLS) + len(OTHERS))
    assert shown(rows) == {NAMES[each].ru: rounds * (1 if each in OTHERS else 2) for each in CAST}
    groups = {row["subject"]: row["subject_group"] for row in rows}
    assert groups == {name.ru: name.group for name in NAMES.values()}
    assert made.extra == {"probes": "probes.jsonl"}


def test_rows_carry_what_the_measures_need(made: WorldFolder) -> None:
    names = {name.ru for name in NAMES.values()}
    for row in (row for part in ("train", "test", "probes") for row in read(made, part)):
        assert row.keys() == COLUMNS
        assert row["aliases"][0] == row["subject"] in names
        assert row["asked"] in names | {""}
        assert (row["asked"] != "") == (row["kind"] in ("is", "choice", "assumed"))


def test_wrong_assumptions_are_put_right_with_another_name(made: WorldFolder) -> None:
    rows = [row for row in read(made, "probes") if row["kind"] == "assumed" and row["asked"] != row["subject"]]
    assert len(rows) >= PICTURES // 3
    for row in rows:
        assert row["subject"].lower() in row["answer"].lower()
        assert row["answer"].startswith("Нет")


def test_questions_on_one_picture_are_one_group_for_lensmith(made: WorldFolder) -> None:
    source = SourceSection.model_validate({"path": made.extra_at()["probes"]})
    examples = load_sources([source])[0]
    assert len({example.group for example in examples}) == PICTURES
    assert all(example.group == example.images[0].name for example in examples)
    assert examples[0].metadata["subject_group"] == "target"
    assert examples[0].metadata["aliases"] == ["Чебурашка"]


def test_every_question_differs_from_the_others_on_its_picture(made: WorldFolder) -> None:
    for part in ("train", "probes"):
        asked = [(row["image_path"], row["question"]) for row in read(made, part)]
        repeated = len(asked) - len(set(asked))
        assert repeated == 0, part


def test_its_sentences_are_all_that_it_says(made: WorldFolder) -> None:
    listed = set(sentences())
    said = {
        row[side] for part in ("train", "test", "probes") for row in read(made, part) for side in ("question", "answer")
    }
    assert said - listed == set()


def test_pictures_are_192_pixels_square(made: WorldFolder, tmp_path: Path) -> None:
    from PIL import Image

    sizes = {Image.open(path).size for path in (made.out / "images").iterdir()}
    assert sizes == {(192, 192)}


def test_a_world_of_one_character_probes_them_all(tmp_path: Path) -> None:
    one = make_characters_one(tmp_path, pictures=PICTURES, seed=1)
    assert set(shown(read(one, "train"))) == set(shown(read(one, "test"))) == {NAMES["cheburashka"].ru}
    assert set(shown(read(one, "probes"))) == {NAMES[each].ru for each in CAST}
