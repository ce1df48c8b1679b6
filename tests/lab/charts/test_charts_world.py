"""The charts world on disk: ChartLlama's layout, every type as often, and the real loader's view of it."""

import json
import re
from collections import Counter
from typing import Any

import pytest
from PIL import Image

from lensmith.config.sections import SourceSection
from lensmith.data.dataset import load_sources
from lensmith.data.sources import SOURCES
from lensmith.lab.worlds.charts import make_charts, sentences
from lensmith.lab.worlds.charts.words import TYPES
from lensmith.lab.worlds.folder import WorldFolder

PICTURES = 44


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> WorldFolder:
    return make_charts(tmp_path_factory.mktemp("charts"), pictures=PICTURES, seed=2)


def read(made: WorldFolder, part: str) -> list[dict[str, Any]]:
    return json.loads((made.out / f"{part}.json").read_text(encoding="utf-8"))


def test_a_record_is_one_question_in_the_published_form(made: WorldFolder) -> None:
    records = [record for part in ("train", "test") for record in read(made, part)]
    assert len({record["id"] for record in records}) == len(records)
    for record in records:
        assert set(record) == {"id", "image", "model", "conversations", "kind", "language", "chart"}
        assert re.fullmatch(r"ours/(\w+_chart)/png/\1_(train|test)-\d{5}\.png", record["image"])
        asked, answered = record["conversations"]
        assert asked["from"] == "human" and asked["value"].startswith("<image>\n")
        assert answered["from"] == "gpt" and answered["value"]
        with Image.open(made.out / record["image"]) as picture:
            assert (picture.size, picture.mode, picture.format) == ((192, 192), "RGB", "PNG")


def test_the_loader_takes_it_for_llava_and_keeps_what_slices_need(made: WorldFolder) -> None:
    path = made.data_at()["train"]
    assert max(SOURCES, key=lambda name: SOURCES[name].detect(path).sure) == "llava"
    examples = load_sources([SourceSection(path=path)])[0]
    assert len(examples) == made.questions["train"]
    assert {example.metadata["chart"] for example in examples} == set(TYPES)
    assert not any("<image>" in example.question for example in examples)


def test_every_type_is_drawn_as_often(made: WorldFolder) -> None:
    pictures = {record["image"]: record["chart"] for record in read(made, "train")}
    assert set(Counter(pictures.values()).values()) == {PICTURES // len(TYPES)}


def test_sentences_hold_every_word_of_the_world(made: WorldFolder) -> None:
    known = {word for sentence in sentences() for word in re.findall(r"[A-Za-z]+", sentence)}
    for record in read(made, "train"):
        text = " ".join(turn["value"].removeprefix("<image>") for turn in record["conversations"])
        assert set(re.findall(r"[A-Za-z]+", text)) <= known
