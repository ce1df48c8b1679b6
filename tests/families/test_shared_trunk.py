"""Questions that share a picture's computation have the losses and gradients of questions asked alone."""

from pathlib import Path

import pytest
import torch
from checkpoints import COSTLY
from torch import Tensor

from lensmith.batching.encode import encode_examples
from lensmith.batching.rows import Collator, lay_rows, read_pixels
from lensmith.batching.trees import grow_trees
from lensmith.config.sections import LoraSection, TuneSection
from lensmith.families.encoded import Encoded
from lensmith.training.adapters import apply_tuning
from lensmith.training.module import SupervisedModule
from lensmith.types import Example, Turn
from tiny_models import Noise, load_tiny, open_tiny

FULL = TuneSection(method="full", freeze=[])
LORA = TuneSection(method="lora", lora=LoraSection(r=4, targets="all"))
ASKED = ("Цвет?", "Цвет слева?", "How many?", "How many dogs are there in it?", "Цвет?", "x")
TAUGHT = ("красный", "нет", "two cats", "1", "синий", "кот 🐈 и звезда")


def ask(counts: list[int]) -> list[Example]:
    """One picture for each count, asked so many questions, some of them the same with other answers."""
    return [
        Example(f"{picture}-{n}", (Noise(picture),), (Turn(ASKED[n % 6], (TAUGHT[n % 5],)),), str(picture))
        for picture, count in enumerate(counts)
        for n in range(count)
    ]


def backward(module: SupervisedModule, batch: dict[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
    module.zero_grad()
    loss = module(**batch)["loss_sum"]
    loss.backward()
    return loss.detach(), {name: value.grad for name, value in module.named_parameters() if value.grad is not None}


def alone(module: SupervisedModule, items: tuple[Encoded, ...]) -> tuple[Tensor, dict[str, Tensor]]:
    """One example a row, one row a pass: the reference."""
    total, gradients = torch.zeros(()), dict[str, Tensor]()
    for item in items:
        rows = {**lay_rows([item], module.family.pad_id), **read_pixels(module.family, [item])}
        loss, found = backward(module, rows)
        total = total + loss
        gradients = {name: gradients.get(name, 0) + value.clone() for name, value in found.items()}
    return total, gradients


@pytest.mark.parametrize("tune", [FULL, LORA], ids=["full", "lora"])
@pytest.mark.parametrize("counts", [[1, 3, 1, 6], pytest.param([40], marks=pytest.mark.slow)], ids=["packed", "forty"])
@pytest.mark.parametrize("checkpoint", COSTLY)
def test_trees_are_singles(checkpoint, build_once, counts: list[int], tune: TuneSection) -> None:
    folder: Path = build_once(checkpoint.name, checkpoint.build)
    family = open_tiny(folder)
    model = load_tiny(family, folder)
    if counts == [40] and (tune is FULL or not family.shares_trunk):
        counts = [12]
    module = SupervisedModule(apply_tuning(model, family.facts, tune, 0), family)
    items = encode_examples(family, ask(counts), None).encoded
    assert len(items) == sum(counts)
    assert len(grow_trees(items, share=True)) == len(counts)
    batch = Collator(family)(items)
    assert len(batch["ids_BT"]) == len(items) or family.shares_trunk, "one example a row, where nothing is shared"
    loss, gradients = backward(module, batch)
    right_loss, right = alone(module, items)
    torch.testing.assert_close(loss, right_loss, rtol=1e-5, atol=0)
    assert gradients.keys() == right.keys()
    # a bias of keys moves nothing, softmax being what it is: its gradient is rounding alone, and has no relative error
    floor = 1e-3 * torch.stack([value.norm() for value in right.values()]).norm()
    for name, value in gradients.items():
        error = (value - right[name]).norm() / torch.maximum(right[name].norm(), floor)
        assert error < 1e-5, (name, float(error))
