"""On trees: a picture is read once for all its questions, and each answer is the one the question gets alone."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from checkpoints import CHECKPOINTS, COSTLY
from torch import nn
from torch.nn.functional import cross_entropy

from lensmith.batching.rows import lay_rows, read_inputs, read_pixels
from lensmith.data.images import read_size
from lensmith.errors import DataError
from lensmith.evaluation.decode import answer_questions, plan_batches
from lensmith.evaluation.greedy import DecodeSettings
from lensmith.families.contract import Family
from lensmith.types import Example, Prediction, Turn
from tiny_models import Noise, load_tiny, open_tiny

ASKED = (
    "Цвет?",
    "Цвет слева?",
    "How many?",
    "How many dogs are there in it?",
    "Цвет?",
    "x",
    "Что это? Опиши подробно.",
)


def ask(counts: Sequence[int]) -> list[Example]:
    """Pictures in turn, each asked as many questions as its count, so that a picture's questions do not follow."""
    asked = []
    for n in range(max(counts)):
        for picture, count in enumerate(counts):
            if n < count:
                question = ASKED[(n + picture) % len(ASKED)]
                asked.append(Example(f"{picture}-{n}", (Noise(picture),), (Turn(question, ("да",)),), str(picture)))
    return asked


@pytest.fixture(params=COSTLY)
def opened(request: pytest.FixtureRequest, build_once: Callable[..., Path]) -> tuple[nn.Module, Family]:
    folder = build_once(request.param.name, request.param.build)
    family = open_tiny(folder)
    return load_tiny(family, folder), family


def answer(opened: tuple[nn.Module, Family], examples: Sequence[Example], batch: int, **how: Any) -> list[Prediction]:
    settings = DecodeSettings(batch, how.pop("max_new_tokens", 8), **how)
    made = [item for batch_of in answer_questions(*opened, examples, settings) for item in batch_of]
    order = {example.id: at for at, example in enumerate(examples)}
    return sorted(made, key=lambda item: order[item.id])


class Alone:
    """A family that says it shares nothing: transformers' own `generate` answers, one question a row."""

    def __init__(self, family: Family) -> None:
        self._family = family

    shares_trunk = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._family, name)


@pytest.mark.parametrize("penalty", [1.0, 1.7])
def test_answers_are_those_of_generate_one_at_a_time(opened: tuple[nn.Module, Family], penalty: float) -> None:
    model, family = opened
    examples = ask([1, 7, 2, 3])
    alone = answer((model, Alone(family)), examples, batch=1, repetition_penalty=penalty)  # type: ignore[arg-type]
    for batch in (1, 4, 100):
        assert answer(opened, examples, batch, repetition_penalty=penalty) == alone
    if penalty > 1:
        assert len({item.prediction for item in alone}) > 2, "a model that always says the same would prove nothing"


@pytest.mark.parametrize("checkpoint", CHECKPOINTS[:2], ids=lambda each: each.name)
def test_a_picture_is_seen_once(checkpoint: Any, build_once: Callable[..., Path]) -> None:
    family = open_tiny(build_once(checkpoint.name, checkpoint.build))
    model: Any = load_tiny(family, build_once(checkpoint.name, checkpoint.build))
    seen: list[int] = []
    model.model.vision_tower.register_forward_hook(lambda *given: seen.append(len(given[1][0])))
    answer((model, family), ask([30, 1, 12]), batch=8)
    assert sum(seen) == 3


def test_batches_hold_what_was_asked_for_and_pictures_stay_whole(opened: tuple[nn.Module, Family]) -> None:
    _, family = opened
    if not family.shares_trunk:
        pytest.skip(f"{family.facts.name} refuses: {family.facts.sharing}")
    examples = ask([1, 7, 2, 3])
    batches = plan_batches(family, examples, 4)
    assert [[item.id for item in batch] for batch in batches] == [
        ["0-0"],
        [f"1-{n}" for n in range(7)],
        ["2-0", "2-1"],
        ["3-0", "3-1", "3-2"],
    ]
    assert [len(batch) for batch in plan_batches(family, examples, 6)] == [1, 7, 5]
    rest = [item for batch in batches[2:] for item in batch]
    assert plan_batches(family, rest, 4) == batches[2:], "a killed evaluation goes on with the same batches"
    many = plan_batches(family, ask([130, 2]), 4)
    assert [len(batch) for batch in many] == [128, 4], "a row has an end, however many questions a picture has"
    assert plan_batches(family, many[1], 4) == many[1:]
    assert plan_batches(family, [], 4) == []


def test_only_a_label_can_be_written(opened: tuple[nn.Module, Family]) -> None:
    model, family = opened
    labels = ("красный", "красный дом", "blue")
    examples = ask([3, 1])
    free = answer(opened, examples, 4)
    assert not {item.prediction for item in free} & set(labels), "chance would prove nothing"
    made = answer(opened, examples, 4, labels=labels, max_new_tokens=1)
    assert {item.prediction for item in made} <= set(labels)
    assert all(item.finished for item in made), "a label is never cut"
    assert made == answer((model, Alone(family)), examples, 4, labels=labels, max_new_tokens=1)  # type: ignore[arg-type]


def test_a_labels_score_is_its_log_probability(opened: tuple[nn.Module, Family]) -> None:
    model, family = opened
    labels = ("красный", "красный дом", "blue")
    talk = Example("talk", (Noise(1),), (Turn("Что?", ("кот и дом",)), Turn("Цвет?", ("да",))), "1")
    knows_turns = family.facts.name != "paligemma"
    examples = [*ask([3, 1]), *[talk][:knows_turns]]
    made = answer(opened, examples, 4, labels=labels, score_labels=True)
    assert made == answer(opened, examples, 1, labels=labels, score_labels=True) or family.shares_trunk
    for example, item in zip(examples, made, strict=True):
        expected = {label: log_probability(model, family, example, label) for label in labels}
        assert item.log_probabilities.keys() == expected.keys()
        for label, value in expected.items():
            assert item.log_probabilities[label] == pytest.approx(value, abs=1e-4)
        assert item.prediction == max(expected, key=expected.__getitem__)
        assert item.finished


def log_probability(model: nn.Module, family: Family, example: Example, label: str) -> float:
    """One row, its last answer's tokens alone."""
    sizes = [read_size(image) for image in example.images] if family.needs_image_sizes else []
    start = len(family.encode(example, sizes, answered=False))
    item = family.encode(replace(example, turns=(*example.turns[:-1], Turn(example.question, (label,)))), sizes)
    batch = {**lay_rows([item], family.pad_id), **read_pixels(family, [item])}
    with torch.no_grad():
        hidden_TD = family.hidden(model, read_inputs(model, family, batch))[0]
        own = torch.from_numpy(item.ids_T[start:])
        return -float(cross_entropy(family.logits(model, hidden_TD[start - 1 : -1]), own, reduction="sum"))


def test_a_label_that_cannot_be_spelled_is_an_error(opened: tuple[nn.Module, Family]) -> None:
    with pytest.raises(DataError):
        answer(opened, ask([1]), 4, labels=("yes", opened[1].image_token))
