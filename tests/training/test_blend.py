"""Part of the way from base to tuned: exact at both ends, a line between them, and in the weights as delivered."""

from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file
from small_runs import encode, make_examples, make_module, make_recipe, same, weights
from transformers import AutoModelForImageTextToText, AutoProcessor

from lensmith.batching.rows import Collator
from lensmith.data.images import decode
from lensmith.training.blend import Blend
from lensmith.training.deliver import deliver, merge_adapter
from lensmith.training.module import SupervisedModule
from tiny_models import load_tiny, open_tiny

TUNES: dict[str, dict[str, Any]] = {
    "lora": {"lora": {"r": 4, "targets": "all", "components": ["language", "projector"]}},
    "rslora": {"lora": {"r": 4, "targets": "gate_up", "rslora": True}},
    "full": {"method": "full"},
}


def tuned(folder: Path, tune: dict[str, Any]) -> tuple[SupervisedModule, torch.nn.Module | None]:
    """A module whose trained weights have moved, and the base where full tuning has overwritten it."""
    module = make_module(make_recipe(folder, tune)).eval()
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for value in module.parameters():
            if value.requires_grad:
                value.add_(0.05 * torch.randn(value.shape, generator=generator))
    return module, load_tiny(open_tiny(folder), folder) if tune.get("method") == "full" else None


def loss(module: SupervisedModule, model: torch.nn.Module) -> torch.Tensor:
    batch = Collator(module.family)(encode(module, make_examples(3)))
    with torch.no_grad():
        return torch.as_tensor(SupervisedModule(model, module.family)(**batch)["loss_sum"])


@pytest.mark.parametrize("tune", TUNES.values(), ids=TUNES.keys())
def test_both_ends_are_exact_and_the_middle_is_between_them(llava: Path, tune: dict[str, Any]) -> None:
    module, base = tuned(llava, tune)
    after, full = weights(module), loss(module, module.model)
    blend = Blend(module.model, base)
    blend.move(0.0)
    assert torch.equal(loss(module, module.model), loss(module, load_tiny(module.family, llava)))
    before = weights(module)
    blend.move(0.25)
    quarter = weights(module)
    for name, value in quarter.items():
        torch.testing.assert_close(value, before[name] + 0.25 * (after[name] - before[name]), rtol=1e-6, atol=1e-7)
    assert not torch.equal(loss(module, module.model), full)
    blend.move(1.0)
    assert same(weights(module), after)
    assert torch.equal(loss(module, module.model), full)


def test_a_scaled_update_is_a_smaller_alpha(llava: Path) -> None:
    """What the literature calls scaling an adapter: W + scale · alpha / r · B A."""
    module, _ = tuned(llava, TUNES["lora"])
    other, _ = tuned(llava, {"lora": {**TUNES["lora"]["lora"], "alpha": 0.4 * 32}})
    Blend(module.model).move(0.4)
    torch.testing.assert_close(loss(module, module.model), loss(other, other.model), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("tune", TUNES.values(), ids=TUNES.keys())
def test_what_is_delivered_is_the_model_at_that_scale(llava: Path, tmp_path: Path, tune: dict[str, Any]) -> None:
    module, base = tuned(llava, tune)
    Blend(module.model, base).move(0.55)
    judged = logits(module.bare, module)
    delivered = deliver(module.model, module.family, make_recipe(llava).model, tmp_path)
    if base is not None:
        assert torch.equal(logits(AutoModelForImageTextToText.from_pretrained(delivered), module), judged)
        return
    loaded = PeftModel.from_pretrained(AutoModelForImageTextToText.from_pretrained(llava), delivered)
    assert torch.equal(logits(loaded, module), judged)
    merged = deliver(merge_adapter(module.model), module.family, make_recipe(llava).model, tmp_path / "merged")
    whole = logits(AutoModelForImageTextToText.from_pretrained(merged), module)
    torch.testing.assert_close(whole, judged, rtol=1e-4, atol=1e-4)
    assert any("lora_B" in name for name in load_file(delivered / "adapter_model.safetensors"))


def logits(model: Any, module: SupervisedModule) -> torch.Tensor:
    """As transformers alone computes them."""
    example = make_examples(2)[1]
    processor: Any = AutoProcessor.from_pretrained(Path(module.family.config._name_or_path))
    content = [{"type": "image"}, {"type": "text", "text": example.question}]
    text = processor.apply_chat_template([{"role": "user", "content": content}], add_generation_prompt=True)
    inputs = processor(text=[text], images=[decode(example.images[0])], return_tensors="pt")
    with torch.no_grad():
        return torch.as_tensor(model.eval()(**inputs).logits)


def test_what_cannot_be_scaled_is_refused(llava: Path) -> None:
    module, _ = tuned(llava, TUNES["lora"])
    with pytest.raises(ValueError, match="no share"):
        Blend(module.model).move(1.5)
    module.requires_grad_(False)
    with pytest.raises(RuntimeError, match="nothing that was trained"):
        Blend(module.model)
