"""FlexAttention against SDPA on the same batch of trees: loss, states, gradients of the adapters, and answers.

Four pictures with 40, 3, 1 and 6 questions, so that rows hold several trees, blocks and padding. Both are also compared
with SDPA in float32 on the very same weights: how far SDPA in bf16 is from that is what bf16 costs, and FlexAttention
may cost as much. A plain causal mask is compared, too: that must be far away, or the masks proved nothing. Adapters
have random values, since fresh ones give half of them no gradient.

Answers go through a cache, where both are given boolean masks, and must be the same. On a CPU FlexAttention has no
backward pass: there losses, states and answers are compared, and gradients are null.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import clock
import torch
import workload
from torch import Tensor
from torch.nn.functional import cosine_similarity

COUNTS = (40, 3, 1, 6)
MOST = max(COUNTS)
STANDARD = 0.02
# FlexAttention may be so many times as far from float32 as SDPA in the same format.
ALLOWANCE = 1.5


@dataclass(frozen=True)
class Pass:
    """What one forward and backward pass gave, in float32.

    Attributes:
        loss: the mean over supervised tokens, in nats.
        states: the last layer's, of supervised tokens, one after the other.
        gradients: of all adapters, one after the other; None where there was no backward pass.
    """

    loss: float
    states: Tensor
    gradients: Tensor | None


def run_pass(module: Any, batch: Mapping[str, Tensor], *, autocast: Any, backward: bool) -> Pass:
    """One pass over the batch, as a training step has it."""
    heard: list[Tensor] = []
    hook = module.bare.model.language_model.register_forward_hook(
        lambda layer, given, made: heard.append(made.last_hidden_state.detach().float())
    )
    module.zero_grad()
    try:
        with torch.set_grad_enabled(backward), autocast:
            made = module(**batch)
            loss = made["loss_sum"] / made["weight_sum"]
    finally:
        hook.remove()
    gradients = None
    if backward:
        loss.backward()
        trained = [value.grad for value in module.parameters() if value.requires_grad]
        gradients = torch.cat([value.float().flatten() for value in trained])
    states = heard[0].flatten(0, 1)[batch["from_N"]].flatten()
    return Pass(float(loss.detach()), states, gradients)


def compare(found: Pass, right: Pass) -> dict[str, float | None]:
    """How far one pass is from another: the loss relative to it, the others by the norm of the difference and angle."""
    distances: dict[str, float | None] = {"loss": abs(found.loss - right.loss) / abs(right.loss)}
    for name in ("states", "gradients"):
        own, other = getattr(found, name), getattr(right, name)
        both = own is not None and other is not None
        distances[name] = float((own - other).norm() / other.norm()) if both else None
        distances[f"{name}_cosine"] = float(cosine_similarity(own.double(), other.double(), dim=0)) if both else None
    return distances


@contextmanager
def attention(model: Any, name: str) -> Iterator[None]:
    """The language model runs with this attention, and with SDPA again afterwards."""
    model.set_attn_implementation({"text_config": name})
    try:
        yield
    finally:
        model.set_attn_implementation({"text_config": "sdpa"})


def compare_passes(module: Any, batch: Mapping[str, Tensor], setup: workload.Setup) -> dict[str, Any]:
    """All passes and their distances; leaves the model in float32.

    Raises:
        RuntimeError: the attention that was asked for did not run.
    """
    from torch.nn.attention.flex_attention import BlockMask

    from lensmith.batching.rows import read_inputs
    from lensmith.families.attention import offer_flex

    backward = setup.device == "cuda"
    rows = {name: value for name, value in batch.items() if name not in ("segment_BT", "trunk_BT")}
    plain = {**rows, "mask_BT": torch.ones_like(batch["ids_BT"])}
    sdpa = run_pass(module, batch, autocast=setup.autocast(), backward=backward)
    causal = run_pass(module, plain, autocast=setup.autocast(), backward=False)
    with attention(module.bare, offer_flex()):
        if not isinstance(read_inputs(module.bare, module.family, batch).mask, BlockMask):
            raise RuntimeError("the model was not given a block mask: nothing was compared")
        flex = run_pass(module, batch, autocast=setup.autocast(), backward=backward)
    module.float()
    exact = run_pass(module, batch, autocast=nullcontext(), backward=backward)
    found = {
        "flex from sdpa": compare(flex, sdpa),
        "flex from float32": compare(flex, exact),
        "sdpa from float32": compare(sdpa, exact),
        "plain causal from sdpa": compare(causal, sdpa),
    }
    return {"distances": found, "as_near": None if setup.precision == "fp32" else is_as_near(found)}


def is_as_near(found: Mapping[str, Mapping[str, float | None]]) -> bool:
    """True where flex is no farther from float32 than SDPA in the same format, within `ALLOWANCE`, in all compared.

    The loss is left to the reader: one number may be right by chance.
    """
    pairs = [
        (found["flex from float32"][name], found["sdpa from float32"][name])
        for name in ("states", "gradients")
        if found["flex from float32"][name] is not None
    ]
    return all(own <= ALLOWANCE * other for own, other in pairs)


def compare_answers(model: Any, family: Any, examples: list[Any]) -> dict[str, int]:
    """How many answers are the same with both, of how many, and how many different ones there are among them."""
    from lensmith.evaluation.decode import DecodeSettings, answer_questions
    from lensmith.families.attention import offer_flex

    settings = DecodeSettings(workload.BATCH, workload.NEW_TOKENS)
    answers = []
    for name in ("sdpa", offer_flex()):
        with attention(model, name):
            batches = answer_questions(model, family, examples, settings)
            answers.append([each.prediction for batch in batches for each in batch])
    same = sum(own == other for own, other in zip(*answers, strict=True))
    return {"same": same, "answers": len(answers[0]), "distinct": len(set(answers[0]))}


def choose_examples(examples: list[Any]) -> list[Any]:
    """So many of the first pictures' questions as `COUNTS` says; each picture has `MOST`."""
    return [example for at, count in enumerate(COUNTS) for example in examples[at * MOST : at * MOST + count]]


def main() -> None:
    from lensmith.batching.encode import encode_examples
    from lensmith.batching.rows import Collator
    from lensmith.config.loading import load_recipe
    from lensmith.data.dataset import load_sources
    from lensmith.families.opening import load_model, open_family
    from lensmith.families.placement import choose_placement
    from lensmith.training.adapters import apply_tuning
    from lensmith.training.module import SupervisedModule

    arguments = clock.read_arguments(__doc__, **clock.SETUP)
    setup = workload.read_setup(arguments)
    path = workload.make(arguments.folder, MOST, setup)
    base = {
        "model": {"name": str(arguments.folder / "model"), "device": setup.device},
        "data": {"train": [{"path": str(path)}]},
        "tune": {"lora": {"r": workload.RANK, "alpha": float(workload.ALPHA)}},
    }
    recipe = load_recipe(None, base=base).recipe
    placement = choose_placement(setup.device, setup.precision, full=False)
    family = open_family(recipe.model, recipe.prompt)
    examples = choose_examples(load_sources(recipe.data.train)[0])
    model = load_model(family, recipe.model, device=placement.device, dtype=placement.weights_dtype)
    module = SupervisedModule(apply_tuning(model, family.facts, recipe.tune, recipe.run.seed), family).eval()
    chance = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for value in module.parameters():
            if value.requires_grad:
                value.copy_(STANDARD * torch.randn(value.shape, generator=chance))
    batch = Collator(family)(encode_examples(family, examples, None).encoded)
    placed = {name: value.to(setup.device) for name, value in batch.items()}
    answers = compare_answers(module.bare, family, examples)
    print(
        json.dumps({"rows": list(batch["ids_BT"].shape), "answers": answers, **compare_passes(module, placed, setup)})
    )


if __name__ == "__main__":
    main()
