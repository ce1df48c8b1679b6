"""Base and tuned model in the app answer as they did in the run, whichever way they are held."""

from pathlib import Path

import pytest
from torch import nn

from lensmith.app.mistakes import find_examples
from lensmith.app.pair import ModelPair, Upload
from lensmith.errors import DataError
from lensmith.evaluation.predictions import prediction_from_json
from lensmith.rundir import read_jsonl_prefix
from lensmith.types import Example
from lensmith.workflows.app import _load_pair
from lensmith.workflows.steps.reading import read_recipe


def examples(run: Path) -> list[Example]:
    """What the run was tested on."""
    wanted = {row["id"] for row in read_jsonl_prefix(run / "after.jsonl")}
    found, _ = find_examples(read_recipe(run, ()).recipe, wanted)
    assert found.keys() == wanted
    return list(found.values())


def said(run: Path, side: str) -> dict[str, str]:
    return {item.id: item.prediction for item in map(prediction_from_json, read_jsonl_prefix(run / f"{side}.jsonl"))}


def open_pair(run: Path) -> tuple[ModelPair, str]:
    return _load_pair(run, read_recipe(run, ()).recipe)


@pytest.mark.parametrize(("which", "held"), [("lora_run", "loaded once"), ("full_run", "both loaded")])
def test_both_answer_as_in_the_run(which: str, held: str, request: pytest.FixtureRequest) -> None:
    run: Path = request.getfixturevalue(which)
    pair, sides = open_pair(run)
    assert held in sides
    before, after = said(run, "before"), said(run, "after")
    for example in examples(run)[:4]:
        replies = pair.ask_example(example)
        assert (replies.base.text, replies.tuned.text) == (before[example.id], after[example.id])
        given = Upload("мой 🐈.png", example.images[0].read_bytes())
        assert pair.ask(given, example.question) == replies, "a picture that is dropped is seen as the run saw it"
    assert before != after


def test_labels_have_shares_and_the_likeliest_is_what_was_learned(full_run: Path) -> None:
    pair, _ = open_pair(full_run)
    example = examples(full_run)[0]
    replies = pair.ask_example(example)
    for reply in (replies.base, replies.tuned):
        assert list(reply.shares) == ["red", "yellow", "green", "blue", "красный", "жёлтый", "зелёный", "синий"]
        assert sum(reply.shares.values()) == pytest.approx(1.0)
        assert 0.0 <= reply.labels_together <= 1.0
    assert max(replies.tuned.shares, key=replies.tuned.shares.__getitem__) == replies.tuned.text
    assert replies.tuned.labels_together > 100 * replies.base.labels_together


def test_the_base_is_the_tuned_model_without_its_adapters(lora_run: Path) -> None:
    pair, _ = open_pair(lora_run)
    held = [value for value in vars(pair).values() if isinstance(value, nn.Module)]
    assert len(held) == 1


@pytest.mark.parametrize(("data", "found"), [(b"", "zero bytes"), (b"no picture", "not a picture")])
def test_a_broken_picture_is_told_and_the_next_question_is_answered(lora_run: Path, data: bytes, found: str) -> None:
    pair, _ = open_pair(lora_run)
    with pytest.raises(DataError, match=found):
        pair.ask(Upload("кот.png", data), "Что это?")
    assert pair.ask(Upload("ok.png", examples(lora_run)[0].images[0].read_bytes()), "Что это?")
