"""Tokens and places of pictures of every shape are transformers' own, and trees of them are singles."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from checkpoints import CHECKPOINTS, ask_in_blocks
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from qwen_pictures import Stripes
from torch import Tensor, nn

from lensmith.batching.encode import encode_examples
from lensmith.batching.rows import Collator, lay_rows, lay_trees, read_inputs, read_pixels
from lensmith.batching.trees import grow_trees, pack_trees
from lensmith.evaluation.decode import answer_questions
from lensmith.evaluation.greedy import DecodeSettings
from lensmith.families.attention import offer_flex
from lensmith.families.contract import Family
from lensmith.families.encoded import Encoded, ImageSpan
from lensmith.families.qwen_vl.places import Grid, lay_places
from lensmith.training.module import SupervisedModule
from lensmith.types import Example, Turn
from tiny_models import load_tiny, open_tiny

QWEN = [checkpoint for checkpoint in CHECKPOINTS if checkpoint.family == "qwen_vl"]
# Wide, tall, square, as small as can be, and larger than is allowed.
SHAPES = ((60, 20), (16, 70), (24, 24), (1, 1), (300, 200))
MEAN, DEVIATION = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
ASKED = ("Цвет?", "Цвет слева?", "How many?", "Что это? Опиши подробно.")


def ask(*pictures: tuple[int, int], turns: Sequence[str] = ("Цвет?",), number: int = 0) -> Example:
    images = tuple(Stripes(width, height, number) for width, height in pictures)
    return Example(f"e{number}", images, tuple(Turn(asked, ("да",)) for asked in turns), f"g{number}")


def ask_about(shapes: Sequence[tuple[int, int]], questions: int) -> list[Example]:
    return [
        Example(f"{at}-{n}", (Stripes(*shape, at),), (Turn(ASKED[n % 4], ("кот", "два", "1")[n % 3 :]),), str(at))
        for n in range(questions)
        for at, shape in enumerate(shapes)
    ]


@pytest.fixture(params=QWEN, ids=str)
def opened(request: pytest.FixtureRequest, build_once: Callable[..., Path]) -> tuple[Path, Family, Any]:
    folder = build_once(request.param.name, request.param.build)
    family = open_tiny(folder)
    return folder, family, load_tiny(family, folder)


EXAMPLES = {
    "wide": ask((60, 20)),
    "tall": ask((16, 70)),
    "two shapes": ask((60, 20), (16, 70)),
    "four": ask(*SHAPES[:4]),
    "conversation": ask((60, 20), turns=("Что?", "Где?", "Почему?")),
    "no picture": ask(),
}


def rope_index(model: Any, family: Family, rows: dict[str, Tensor], items: Sequence[Encoded]) -> Tensor:
    """What transformers makes of the same ids."""
    kinds_BT = (rows["ids_BT"] == family.config.image_token_id).int()
    grid = read_pixels(family, items).get("pixels_image_grid_thw")
    places_ABT, _ = model.model.get_rope_index(
        rows["ids_BT"], kinds_BT, image_grid_thw=grid, attention_mask=rows["mask_BT"]
    )
    return places_ABT


@pytest.mark.parametrize("side", ["right", "left"])
def test_places_are_those_of_transformers(opened: Any, side: Any) -> None:
    _, family, model = opened
    items = encode_examples(family, list(EXAMPLES.values()), None).encoded
    rows = lay_rows(items, family.pad_id, side=side)
    assert torch.equal(rows["positions_BT"], rope_index(model, family, rows, items))
    for item in items:
        assert item.positions_AT is not None
        assert item.positions_AT.shape == (3, len(item))
        assert (item.positions.max() < len(item) - 1) == bool(item.images), "else counting would have done"


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_prompt_is_the_real_processors_for_every_shape(opened: Any, example: Example) -> None:
    folder, family, _ = opened
    sizes = [(image.height, image.width) for image in example.images]
    asked = ask_in_blocks(folder, example, None)["input_ids"][0]
    assert family.encode(example, sizes, answered=False).ids_T.tolist() == asked.tolist()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(height=st.integers(1, 3000), width=st.integers(1, 3000))
def test_a_picture_has_as_many_tokens_as_the_processor_makes_patches_for(opened: Any, height: int, width: int) -> None:
    _, family, _ = opened
    if max(height, width) > 200 * min(height, width):
        return
    patches = family.processor.image_processor.get_number_of_image_patches(height, width)
    assert 4 * len(family.image_ids((height, width))) == patches


def slow_patches(picture: Image.Image, rows: int, columns: int) -> np.ndarray:
    """The published layout, patch by patch: blocks of 2 × 2 patches row by row; a picture is two frames alike."""
    scaled_HWC = np.asarray(picture.resize((8 * columns, 8 * rows), Image.Resampling.BICUBIC)) / 255
    scaled_HWC = (scaled_HWC - MEAN) / DEVIATION
    patches = []
    for block in range(rows * columns):
        for inner in range(4):
            top = 8 * (block // columns) + 4 * (inner // 2)
            left = 8 * (block % columns) + 4 * (inner % 2)
            patch_CHW = scaled_HWC[top : top + 4, left : left + 4].transpose(2, 0, 1)
            patches.append(np.stack([patch_CHW, patch_CHW], axis=1).ravel())
    return np.stack(patches)


def test_pixels_are_in_the_order_of_their_tokens(opened: Any) -> None:
    _, family, _ = opened
    pictures = [Stripes(*shape).draw() for shape in ((60, 20), (16, 70))]
    made = family.pixels(pictures)
    assert made["image_grid_thw"].tolist() == [[1, 4, 16], [1, 18, 4]]
    right = np.concatenate([slow_patches(pictures[0], 2, 8), slow_patches(pictures[1], 9, 2)])
    exact = type(family.processor.image_processor).__name__.endswith("Pil")  # torchvision scales a little differently
    np.testing.assert_allclose(made["pixel_values"].numpy(), right, atol=1e-5 if exact else 0.3)
    assert family.pixels([]) == {}


def test_places_by_hand() -> None:
    places_AT = lay_places(8, [ImageSpan(1, 2), ImageSpan(4, 2)], [Grid(1, 2), Grid(2, 1)])
    assert places_AT.tolist() == [
        [0, 1, 1, 3, 4, 4, 6, 7],
        [0, 1, 1, 3, 4, 5, 6, 7],
        [0, 1, 2, 3, 4, 4, 6, 7],
    ]
    assert lay_places(2, [ImageSpan(0, 2)], [Grid(2, 1)]).tolist() == [[0, 0], [0, 1], [0, 0]]
    assert lay_places(3, [], []).tolist() == [[0, 1, 2]] * 3


def gradients_of(module: nn.Module, batches: Sequence[dict[str, Tensor]]) -> tuple[float, dict[str, Tensor]]:
    module.zero_grad()
    total = 0.0
    for batch in batches:
        loss = module(**batch)["loss_sum"]
        loss.backward()
        total += float(loss.detach())
    return total, {name: value.grad.clone() for name, value in module.named_parameters() if value.grad is not None}


def test_trees_of_every_shape_are_singles(opened: Any) -> None:
    _, family, model = opened
    module = SupervisedModule(model, family)
    items = encode_examples(family, ask_about(SHAPES, 3), None).encoded
    assert len({item.n_image_tokens for item in items}) > 3
    loss, found = gradients_of(module, [Collator(family)(items)])
    singles = [{**lay_rows([item], family.pad_id), **read_pixels(family, [item])} for item in items]
    right_loss, right = gradients_of(module, singles)
    assert loss == pytest.approx(right_loss, rel=1e-5)
    floor = 1e-3 * torch.stack([value.norm() for value in right.values()]).norm()
    for name, value in right.items():
        error = (found[name] - value).norm() / torch.maximum(value.norm(), floor)
        assert error < 1e-5, (name, float(error))


def test_places_matter(opened: Any) -> None:
    """With tokens merely counted, the same trees have other losses: the places are read, and read on every axis."""
    _, family, model = opened
    module = SupervisedModule(model, family)
    batch = Collator(family)(encode_examples(family, ask_about(SHAPES[:2], 3), None).encoded)
    with torch.no_grad():
        right = float(module(**batch)["loss_sum"])
        for axis in range(3):
            moved = batch["positions_BT"].clone()
            moved[axis] = moved[axis].flip(-1)
            assert abs(float(module(**{**batch, "positions_BT": moved})["loss_sum"]) - right) > 1e-3


def test_answers_are_those_of_generate_on_the_published_inputs(opened: Any) -> None:
    folder, family, model = opened
    examples = ask_about(SHAPES, 4)
    batches = answer_questions(model, family, examples, DecodeSettings(batch_size=7, max_new_tokens=8))
    made = {item.id: item.prediction for batch in batches for item in batch}
    assert len(set(made.values())) > 4, "a model that always says the same would prove nothing"
    for example in examples[::3]:
        inputs = ask_in_blocks(folder, example, None)
        ids_T = model.generate(
            **inputs, max_new_tokens=8, do_sample=False, eos_token_id=list(family.stop_ids), pad_token_id=family.pad_id
        )[0, inputs["input_ids"].shape[1] :]
        assert made[example.id] == family.decode(ids_T.tolist())


def test_a_picture_is_seen_once(opened: Any) -> None:
    _, family, model = opened
    seen: list[int] = []
    model.model.visual.register_forward_hook(
        lambda _, args, kwargs, out: seen.append(len(kwargs["grid_thw"])), with_kwargs=True
    )
    settings_ = DecodeSettings(batch_size=8, max_new_tokens=3)
    assert sum(map(len, answer_questions(model, family, ask_about(SHAPES, 6), settings_))) == 30
    assert sum(seen) == len(SHAPES)


def test_flex_attention_gives_the_states_of_sdpa(opened: Any) -> None:
    _, family, model = opened
    items = encode_examples(family, ask_about(SHAPES[:3], 6), None).encoded
    rows = pack_trees(grow_trees(items, share=True))
    batch = {
        **lay_trees(rows, family.pad_id),
        **read_pixels(family, [tree.branches[0] for row in rows for tree in row]),
    }
    with torch.no_grad():
        right = family.hidden(model, read_inputs(model, family, batch))
        model.set_attn_implementation({"text_config": offer_flex()})
        inputs = read_inputs(model, family, batch)
        assert not isinstance(inputs.mask, Tensor)
        torch.testing.assert_close(family.hidden(model, inputs), right, rtol=1e-4, atol=1e-5)
