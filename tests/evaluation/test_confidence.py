"""How sure an answer is: the product of its tokens' probabilities, whatever way and company it was made in."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from transformers import RepetitionPenaltyLogitsProcessor

from lensmith.batching.rows import lay_rows, read_inputs, read_pixels
from lensmith.errors import DataError
from lensmith.evaluation.decode import answer_questions
from lensmith.evaluation.greedy import DecodeSettings
from lensmith.evaluation.predictions import prediction_from_json, prediction_to_json, read_predictions
from lensmith.families.contract import Family
from lensmith.lab.models import Variant, build_llava
from lensmith.types import Example, Prediction, Turn
from tiny_models import Noise, load_tiny, open_tiny

EXAMPLES = tuple(
    Example(f"{picture}-{n}", (Noise(picture),), (Turn(f"Кто это{'?' * n} 🐻", ("да",)),), str(picture))
    for n in range(1, 4)
    for picture in range(2)
)
LABELS = ("красный", "красный дом", "blue")
NEW_TOKENS = 6


class Rows:
    """A family that says it shares nothing: transformers' own `generate` answers."""

    shares_trunk = False

    def __init__(self, family: Family) -> None:
        self._family = family

    def __getattr__(self, name: str) -> Any:
        return getattr(self._family, name)


@pytest.fixture(scope="module")
def opened(build_once: Callable[..., Path]) -> tuple[nn.Module, Family]:
    """A model that is not sure of everything it says."""
    variant = Variant("llama", "siglip")
    folder = build_once("llava-llama-siglip", lambda out: build_llava(out, seed=7, size="test", variant=variant))
    family = open_tiny(folder)
    return load_tiny(family, folder), family


def answer(model: nn.Module, family: Any, batch: int = 4, **how: Any) -> dict[str, Prediction]:
    settings = DecodeSettings(batch, NEW_TOKENS, **how)
    return {item.id: item for each in answer_questions(model, family, EXAMPLES, settings) for item in each}


@torch.no_grad()
def say_slowly(model: nn.Module, family: Family, example: Example, penalty: float) -> tuple[str, float]:
    """The likeliest tokens one after the other, everything read anew for each, and the product of their chances."""
    item = family.encode(example, answered=False)
    pixels = read_pixels(family, [item])
    ids, chance = item.ids_T.tolist(), 1.0
    punish = RepetitionPenaltyLogitsProcessor(penalty)
    said: list[int] = []
    while len(said) < NEW_TOKENS and not {*said[-1:]} & {*family.stop_ids}:
        grown = replace(item, ids_T=torch.tensor(ids).numpy(), weights_T=torch.zeros(len(ids)).numpy())
        batch = {**lay_rows([grown], family.pad_id), **pixels}
        hidden_1D = family.hidden(model, read_inputs(model, family, batch))[0, -1:]
        scores_1V = torch.as_tensor(punish(torch.tensor([ids]), family.logits(model, hidden_1D).float()))
        chances_V = scores_1V[0].softmax(dim=-1)
        said.append(int(chances_V.argmax()))
        ids.append(said[-1])
        chance *= float(chances_V[said[-1]])
    return family.decode(said), chance


@pytest.mark.parametrize("penalty", [1.0, 1.7])
@pytest.mark.parametrize("way", ["trees", "rows"])
@pytest.mark.parametrize("batch", [1, 5])
def test_free_answers(opened: tuple[nn.Module, Family], penalty: float, way: str, batch: int) -> None:
    model, family = opened
    if way == "rows" and penalty > 1 and batch > 1:
        pytest.skip("`generate` also punishes padding")
    made = answer(model, family if way == "trees" else Rows(family), batch, repetition_penalty=penalty)
    for example in EXAMPLES:
        text, chance = say_slowly(model, family, example, penalty)
        assert made[example.id].prediction == text
        assert made[example.id].confidence == pytest.approx(chance, rel=1e-3)
    assert len({item.confidence for item in made.values()}) > 1


def test_labels_have_the_chances_that_they_have_among_each_other(opened: tuple[nn.Module, Family]) -> None:
    """Written token after token: only where labels part is there anything to choose."""
    model, family = opened
    trees, rows = (answer(model, each, labels=LABELS) for each in (family, Rows(family)))
    scored = answer(model, family, labels=LABELS, score_labels=True)
    for name, item in trees.items():
        assert item.confidence is not None
        assert 1 / 4 <= item.confidence <= 1, "three labels part at two places, each into two"
        assert rows[name].confidence == pytest.approx(item.confidence, rel=1e-3)
        chances = {label: torch.tensor(nats).exp() for label, nats in scored[name].log_probabilities.items()}
        share = chances[scored[name].prediction] / torch.stack(list(chances.values())).sum()
        assert scored[name].confidence == pytest.approx(float(share), rel=1e-5)


def test_a_single_label_is_certain(opened: tuple[nn.Module, Family]) -> None:
    for scored in (False, True):
        made = answer(*opened, labels=("blue",), score_labels=scored)
        assert [item.confidence for item in made.values()] == [1.0] * len(EXAMPLES)


def write(path: Path, rows: Sequence[str]) -> Path:
    path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def test_it_is_written_and_read_again(tmp_path: Path) -> None:
    known = Prediction("1", "a.png", "Кто?", ("кот 🐈",), "кот", confidence=0.1234567890123)
    for item in (known, replace(known, confidence=None), replace(known, confidence=0.0)):
        assert prediction_from_json(prediction_to_json(item)).confidence == item.confidence
    assert "confidence" not in prediction_to_json(replace(known, confidence=None))
    table = read_predictions(write(tmp_path / "p.csv", ["answer,prediction,confidence", "да,да,0.5", "да,нет,"]))
    assert [item.confidence for item in table.predictions] == [0.5, None]


def test_a_column_of_that_name_that_holds_something_else_is_metadata(tmp_path: Path) -> None:
    path = write(tmp_path / "p.csv", ["answer,prediction,confidence", "да,да,high", "да,нет,87 %", "да,нет,1"])
    table = read_predictions(path)
    assert [item.confidence for item in table.predictions] == [None, None, 1.0]
    assert [dict(item.metadata) for item in table.predictions] == [{"confidence": "high"}, {"confidence": "87 %"}, {}]
    asked = read_predictions(path, {"confidence": "confidence"})
    assert [problem.found for problem in asked.problems] == [
        "column `confidence` holds 'high', not a number between 0 and 1",
        "column `confidence` holds '87 %', not a number between 0 and 1",
    ]
    with pytest.raises(DataError):
        prediction_from_json({**prediction_to_json(Prediction("1", "a", "?", (), "x")), "confidence": 1.5})
