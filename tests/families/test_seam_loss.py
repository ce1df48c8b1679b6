"""The loss, for every family: what a slow, obvious reading of the plain transformers model gives."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from checkpoints import CHECKPOINTS, Opened, open_checkpoint, skip_refused
from checkpoints import encode as encode_one
from torch import Tensor, nn

from lensmith.batching.encode import encode_examples
from lensmith.batching.rows import Collator, lay_rows, read_pixels
from lensmith.families.encoded import Encoded
from lensmith.training.module import SupervisedModule
from lensmith.types import Example
from tiny_models import Noise, load_tiny, make_example

EXAMPLES = (
    make_example(("What colour is it?", "red"), number=1),
    make_example(("Что на картинке? Опиши её одним предложением.", "кот 🐈 и звезда, потом ещё круг"), number=2),
    make_example(("What changed?", "nothing"), pictures=2, number=3),
    make_example(("What is two and two?", "four"), pictures=0, number=4),
    make_example(("What is it?", "a cat"), ("Какой?", "рыжий"), ("Where?", "there"), number=5),
)


@pytest.fixture(params=CHECKPOINTS, ids=str, scope="module")
def opened(request: pytest.FixtureRequest, build_once: Callable[..., Path]) -> Opened:
    """Every checkpoint of every family, one after the other."""
    return open_checkpoint(request.param, build_once)


@pytest.fixture(scope="module")
def model(opened: Opened) -> nn.Module:
    """The checkpoint's model; tests leave it as it is."""
    return load_tiny(opened.family, opened.folder)


def encode(opened: Opened, examples: Sequence[Example]) -> tuple[Encoded, ...]:
    return encode_examples(opened.family, examples, None).encoded


def loss_of(module: SupervisedModule, batch: dict[str, Tensor]) -> float:
    with torch.no_grad():
        return float(module(**batch)["loss_sum"])


def slow_loss(opened: Opened, model: nn.Module, example: Example) -> tuple[float, int]:
    """The summed negative log-probability of the answers, token by token, and how many tokens that is.

    Ids and pixels are the published processor's for the question; only the answers' ids are the family's own.
    """
    inputs: dict[str, Any] = opened.checkpoint.ask(opened.folder, example, None)
    encoded = encode_one(opened.family, example)
    n_asked = inputs["input_ids"].shape[1]
    assert encoded.ids_T[:n_asked].tolist() == inputs["input_ids"][0].tolist()
    ids_1T = torch.tensor([encoded.ids_T.tolist()])
    pixels = {name: value for name, value in inputs.items() if name.startswith(("pixel", "image", "spatial"))}
    if "mm_token_type_ids" in inputs:  # which of the question's tokens are pictures; the answer's are not
        kinds_1T = inputs["mm_token_type_ids"]
        pixels["mm_token_type_ids"] = torch.nn.functional.pad(kinds_1T, (0, ids_1T.shape[1] - n_asked))
    if "token_type_ids" in inputs:  # Gemma 3's say the same; PaliGemma's are 1 where a prompt has ended
        kinds_1T, rest = inputs["token_type_ids"], ids_1T.shape[1] - n_asked
        later = int(opened.checkpoint.one_question)
        pixels["token_type_ids"] = torch.nn.functional.pad(kinds_1T, (0, rest), value=later)
    caller: Any = model
    with torch.no_grad():
        logits_TV = caller(input_ids=ids_1T, attention_mask=torch.ones_like(ids_1T), **pixels).logits[0].double()
    total, count = 0.0, 0
    for at, weight in enumerate(encoded.weights_T.tolist()):
        if weight:
            total -= float(torch.log_softmax(logits_TV[at - 1], dim=-1)[ids_1T[0, at]])
            count += 1
    return total, count


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.id)
def test_loss_is_the_plain_models(opened: Opened, model: nn.Module, example: Example) -> None:
    skip_refused(opened.checkpoint, example)
    module = SupervisedModule(model, opened.family)
    batch = Collator(opened.family)(encode(opened, [example]))
    expected, count = slow_loss(opened, model, example)
    with torch.no_grad():
        outputs = module(**batch)
    assert float(outputs["loss_sum"]) == pytest.approx(expected, abs=1e-5 * count, rel=1e-5)
    assert float(outputs["weight_sum"]) == count
    assert expected / count > 0.5, "an untrained model cannot know the answer; the reference would prove nothing"


def test_batch_neighbours_do_not_change_the_loss(opened: Opened, model: nn.Module) -> None:
    module, collate = SupervisedModule(model, opened.family), Collator(opened.family)
    items = encode(opened, EXAMPLES)
    assert len({len(item) for item in items}) >= 3, "rows of one length would need no padding"
    alone = [loss_of(module, collate([item])) for item in items]
    weights = [item.n_answer_tokens for item in items]
    together = loss_of(module, collate(items))
    assert together / sum(weights) == pytest.approx(sum(alone) / sum(weights), abs=1e-5)
    assert loss_of(module, collate(items[::-1])) / sum(weights) == pytest.approx(together / sum(weights), abs=1e-5)


def test_padding_is_not_seen(opened: Opened, model: nn.Module) -> None:
    module = SupervisedModule(model, opened.family)
    items = encode(opened, EXAMPLES)
    batch = Collator(opened.family)(items)
    before = loss_of(module, batch)
    other = opened.family.tokenizer.convert_tokens_to_ids("a")
    padding_BT = batch["mask_BT"] == 0
    assert padding_BT.any()
    batch["ids_BT"] = torch.where(padding_BT, other, batch["ids_BT"])
    assert loss_of(module, batch) == before


def test_pixels_are_seen(opened: Opened, model: nn.Module) -> None:
    module, collate = SupervisedModule(model, opened.family), Collator(opened.family)
    for example in (EXAMPLES[0], EXAMPLES[2]):
        (item,) = encode(opened, [example])
        before = loss_of(module, collate([item]))
        for at in range(len(example.images)):
            images = [*example.images]
            images[at] = Noise(99)
            changed = Example(example.id, tuple(images), example.turns, example.group)
            assert abs(loss_of(module, collate(encode(opened, [changed]))) - before) > 1e-4


def test_pictures_go_to_their_own_rows_in_their_own_order(opened: Opened, model: nn.Module) -> None:
    module, collate = SupervisedModule(model, opened.family), Collator(opened.family)
    two = make_example(("What changed?", "nothing at all"), pictures=2, number=6)
    swapped = Example("swapped", two.images[::-1], two.turns, two.group)
    first, second = encode(opened, [two, swapped])
    alone = [loss_of(module, collate([item])) for item in (first, second)]
    assert abs(alone[0] - alone[1]) > 1e-5
    (none,) = encode(opened, [EXAMPLES[0 if opened.checkpoint.one_question else 3]])
    assert loss_of(module, collate([none, first])) - loss_of(module, collate([none])) == pytest.approx(
        alone[0], abs=1e-4
    )
    assert loss_of(module, collate([none, second])) - loss_of(module, collate([none])) == pytest.approx(
        alone[1], abs=1e-4
    )


def test_left_padding_gives_the_same_loss(opened: Opened, model: nn.Module) -> None:
    """Generation pads on the left and training on the right; both must be the same model."""
    module = SupervisedModule(model, opened.family)
    items = encode(opened, EXAMPLES)
    pixels = read_pixels(opened.family, items)
    right, left = (lay_rows(items, opened.family.pad_id, side=side) for side in ("right", "left"))
    count = float(right["weight_N"].sum())
    assert (left["mask_BT"][:, -1] == 1).all()
    assert loss_of(module, left | pixels) / count == pytest.approx(loss_of(module, right | pixels) / count, abs=1e-5)


def test_weights_between_nothing_and_all_are_honoured(opened: Opened, model: nn.Module) -> None:
    module = SupervisedModule(model, opened.family)
    batch = Collator(opened.family)(encode(opened, EXAMPLES[:2]))
    whole = loss_of(module, batch)
    batch["weight_N"] = batch["weight_N"] * 0.25
    assert loss_of(module, batch) == pytest.approx(whole / 4, rel=1e-6)
