"""Predictions survive a kill: whole batches are kept, the rest is asked again; the file ends in the data's order."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from torch import nn

from lensmith.evaluation.greedy import DecodeSettings
from lensmith.evaluation.predict import Ask, predict_into
from lensmith.types import Example, Turn
from tiny_models import Noise, load_tiny, open_tiny

# Two pictures' questions in turn, so that they are asked in another order than the data's.
EXAMPLES = tuple(
    Example(f"{picture}-{n}", (Noise(picture),), (Turn(f"Что тут {n}?", ("да",)),), str(picture))
    for n in range(3)
    for picture in range(2)
)


@pytest.fixture
def ask(llava: Path) -> Ask:
    family = open_tiny(llava)
    return Ask(load_tiny(family, llava), family, DecodeSettings(2, 4))


def passes(model: nn.Module) -> list[int]:
    """How many rows each reading of pictures had, from now on."""
    seen: list[int] = []
    model.model.vision_tower.register_forward_hook(lambda *given: seen.append(len(given[1][0])))
    return seen


def ids(path: Path) -> list[str]:
    return [json.loads(line)["id"] for line in path.read_text(encoding="utf-8").splitlines()]


def keep_lines(path: Path, lines: Sequence[str], count: int) -> None:
    path.write_text("".join(f"{line}\n" for line in lines[:count]), encoding="utf-8")


def test_the_file_has_the_datas_order_and_nothing_is_asked_twice(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    progress: list[int] = []
    made = predict_into(path, ask, EXAMPLES, progress.append)
    assert [item.id for item in made] == ids(path) == [example.id for example in EXAMPLES]
    assert progress == [3, 6], "a picture's questions are a batch, however small the batch"
    seen = passes(ask.model)
    assert predict_into(path, ask, EXAMPLES) == made
    assert seen == []


@pytest.mark.parametrize("left", range(6))
def test_a_killed_attempt_is_taken_up_at_a_whole_batch(ask: Ask, tmp_path: Path, left: int) -> None:
    whole, path = tmp_path / "whole.jsonl", tmp_path / "killed.jsonl"
    made = predict_into(whole, ask, EXAMPLES)
    rows = {json.loads(line)["id"]: line for line in whole.read_text(encoding="utf-8").splitlines()}
    asked = [rows[f"{picture}-{n}"] for picture in range(2) for n in range(3)]  # as the file grows
    keep_lines(path, asked, left)
    if left:
        path.write_text(path.read_text(encoding="utf-8") + asked[left][:20], encoding="utf-8")  # cut in mid-line
    seen = passes(ask.model)
    assert predict_into(path, ask, EXAMPLES) == made
    assert path.read_bytes() == whole.read_bytes()
    assert sum(seen) == (2 if left < 3 else 1)


def test_answers_to_other_questions_are_not_taken(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    predict_into(path, ask, EXAMPLES[3:])
    made = predict_into(path, ask, EXAMPLES[:3])
    assert [item.id for item in made] == ids(path) == [example.id for example in EXAMPLES[:3]]
