"""Block masks say what boolean masks say. FlexAttention trains on CUDA only: here its forward pass is compared."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from checkpoints import CHECKPOINTS

from lensmith.batching.encode import encode_examples
from lensmith.batching.masks import tree_block_mask, tree_mask
from lensmith.batching.rows import Collator, read_inputs
from lensmith.config.sections import ModelSection
from lensmith.families.attention import offer_flex, takes_block_masks
from lensmith.families.opening import load_model
from lensmith.types import Example, Turn
from tiny_models import Noise, load_tiny, open_tiny

# 1 picture of 40 questions, longer than a block of 128 tokens, and some that share a row with padding.
COUNTS = (40, 3, 1, 6)


def ask() -> list[Example]:
    return [
        Example(f"{picture}-{n}", (Noise(picture),), (Turn(f"Что {'там' * (n % 3)}?", ("кот",)),), str(picture))
        for picture, count in enumerate(COUNTS)
        for n in range(count)
    ]


@pytest.mark.parametrize("checkpoint", CHECKPOINTS[:4], ids=lambda each: each.name)
def test_flex_attention_gives_the_states_of_sdpa(checkpoint: Any, build_once: Callable[..., Path]) -> None:
    folder = build_once(checkpoint.name, checkpoint.build)
    family = open_tiny(folder)
    batch = Collator(family)(encode_examples(family, ask(), None).encoded)
    model: Any = load_tiny(family, folder)
    assert not takes_block_masks(model)
    with torch.no_grad():
        right = family.hidden(model, read_inputs(model, family, batch))
        model.set_attn_implementation({"text_config": offer_flex()})
        assert takes_block_masks(model)
        inputs = read_inputs(model, family, batch)
        assert not isinstance(inputs.mask, torch.Tensor)
        found = family.hidden(model, inputs)
        rows = {name: value for name, value in batch.items() if name not in ("segment_BT", "trunk_BT")}
        plain = family.hidden(model, read_inputs(model, family, {**rows, "mask_BT": torch.ones_like(batch["ids_BT"])}))
    torch.testing.assert_close(found, right, rtol=1e-4, atol=1e-5)
    assert not torch.allclose(plain, right, atol=1e-3), "a mask that nobody reads would prove nothing"


def test_block_masks_are_the_boolean_masks() -> None:
    segment_BT = torch.tensor([[0] * 130 + [1] * 20 + [2] * 40 + [3] * 60 + [4] * 5 + [-1] * 45])
    trunk_BT = torch.where(segment_BT >= 3, 3, torch.where(segment_BT >= 0, 0, -1))
    block: Any = tree_block_mask(segment_BT, trunk_BT)
    dense = tree_mask(segment_BT, trunk_BT)
    at = torch.arange(300)
    seen = block.mask_mod(torch.tensor(0), torch.tensor(0), at[:, None], at[None])
    assert torch.equal(seen, dense[0, 0])
    sees_any = dense[0, 0].new_zeros(384, 384)
    sees_any[:300, :300] = dense[0, 0]
    assert torch.equal(block.to_dense()[0, 0].bool(), sees_any.view(3, 128, 3, 128).any(dim=3).any(dim=1))


def test_flex_is_for_cuda(llava: Path) -> None:
    family = open_tiny(llava)
    section = ModelSection(name=str(llava), attention="flex")
    assert not takes_block_masks(load_model(family, section, device=torch.device("cpu"), dtype=torch.float32))
