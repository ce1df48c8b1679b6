"""KL(base ‖ tuned): 0 for what was not changed, the slow sum for what was, with adapters and with a second model."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from lensmith.batching.rows import lay_rows, read_inputs, read_pixels
from lensmith.config.sections import TuneSection
from lensmith.evaluation.decode import answer_questions
from lensmith.evaluation.divergence import Divergence, sum_up
from lensmith.evaluation.greedy import DecodeSettings
from lensmith.evaluation.kl import draw_pictures, measure_kl
from lensmith.evaluation.statistics import Resampling
from lensmith.families.contract import Family
from lensmith.families.encoded import Encoded
from lensmith.families.tuned import TunedPair
from lensmith.lab.lfm2_vl import build_lfm2_vl
from lensmith.lab.models import Variant, build_llava
from lensmith.training.adapters import apply_tuning
from lensmith.types import Example, Turn
from tiny_models import Noise, load_tiny, make_example, open_tiny

BUILDERS: dict[str, Callable[[Path], object]] = {
    "llava": lambda out: build_llava(out, seed=7, size="test", variant=Variant("llama", "clip")),
    "lfm2-vl": lambda out: build_lfm2_vl(out, seed=7, size="test"),
}
EXAMPLES = (
    *(Example(f"a{n}", (Noise(1),), (Turn(f"Кто это {n}?", ("кот",)),), "a") for n in range(3)),
    make_example(("What is it?", "a cat"), ("Где 🐈?", "тут"), number=6),
    make_example(("What changed between the two?", "nothing"), pictures=2, number=4),
)
LORA = TuneSection.model_validate({"lora": {"targets": "all", "r": 4}})


class Opened:
    """A checkpoint, its family, and what the base answers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.family: Family = open_tiny(folder)
        made = answer_questions(self.load(), self.family, EXAMPLES, DecodeSettings(8, 5))
        by_id = {each.id: each for batch in made for each in batch}
        self.asked = [(example, by_id[example.id]) for example in EXAMPLES]

    def load(self) -> nn.Module:
        return load_tiny(self.family, self.folder)

    def tune(self, *, changed: bool) -> nn.Module:
        """The base with adapters: fresh ones, which change nothing, or ones that do."""
        tuned = apply_tuning(self.load(), self.family.facts, LORA, 0).eval()
        if changed:
            torch.manual_seed(0)
            for name, parameter in tuned.named_parameters():
                if "lora_B" in name:
                    nn.init.normal_(parameter, std=0.3)
        return tuned

    def measure(self, pair: TunedPair, batch_size: int = 8) -> dict[str, Divergence]:
        measured = measure_kl(pair, self.family, self.asked, self.show, batch_size)
        assert not measured.not_spelled
        return {each.id: each for each in measured.divergences}

    def show(self, items: Sequence[Encoded]) -> dict[str, torch.Tensor]:
        return read_pixels(self.family, items)


@pytest.fixture(params=BUILDERS)
def opened(request: pytest.FixtureRequest, build_once: Callable[..., Path]) -> Opened:
    return Opened(build_once(f"kl-{request.param}", BUILDERS[request.param]))


@torch.no_grad()
def next_tokens(model: nn.Module, family: Family, item: Encoded) -> torch.Tensor:
    """The log-probabilities of every token at every place, one example a pass."""
    batch = {**lay_rows([item], family.pad_id), **read_pixels(family, [item])}
    hidden_1TD = family.hidden(model, read_inputs(model, family, batch))
    return torch.log_softmax(family.logits(model, hidden_1TD[0]).double(), dim=-1)


def slowly(opened: Opened, base: nn.Module, tuned: nn.Module, example: Example, answer: str) -> tuple[int, float]:
    """Tokens and nats of one question, place by place."""
    sizes: Any = [(36, 40)] * len(example.images)
    answered = replace(example, turns=(*example.turns[:-1], Turn(example.question, (answer,))))
    item = opened.family.encode(answered, sizes)
    start = len(opened.family.encode(answered, sizes, answered=False))
    base_TV, tuned_TV = (next_tokens(model, opened.family, item) for model in (base, tuned))
    nats = 0.0
    for at in range(start - 1, len(item) - 1):
        nats += float(sum(p * (q - r) for p, q, r in zip(base_TV[at].exp(), base_TV[at], tuned_TV[at], strict=True)))
    return len(item) - start, nats


def test_a_model_that_was_not_changed_has_diverged_by_exactly_nothing(opened: Opened) -> None:
    for pair in (TunedPair(opened.tune(changed=False), None), TunedPair(opened.load(), opened.load())):
        assert [each.nats for each in opened.measure(pair).values()] == [0.0] * len(EXAMPLES)


def test_it_is_the_slow_sum_with_adapters_and_with_a_second_model(opened: Opened) -> None:
    tuned, base = opened.tune(changed=True), opened.load()
    inner: Any = tuned
    found = opened.measure(TunedPair(tuned, None))
    beside = opened.measure(TunedPair(tuned, base))
    alone = opened.measure(TunedPair(tuned, None), batch_size=1)
    for example, said in opened.asked:
        tokens, nats = slowly(opened, base, inner.get_base_model(), example, said.prediction)
        assert nats > 1e-4, "a change too small to see would prove nothing"
        for each in (found, beside, alone):
            assert each[example.id].tokens == tokens
            assert each[example.id].nats == pytest.approx(nats, rel=1e-3, abs=1e-6)


def test_adapters_are_on_again_afterwards(opened: Opened) -> None:
    tuned = opened.tune(changed=True)
    trained = [name for name, parameter in tuned.named_parameters() if parameter.requires_grad]
    inner: Any = tuned
    item = opened.family.encode(EXAMPLES[0], [(36, 40)])
    before = next_tokens(inner.get_base_model(), opened.family, item)
    opened.measure(TunedPair(tuned, None))
    assert torch.equal(next_tokens(inner.get_base_model(), opened.family, item), before)
    assert [name for name, parameter in tuned.named_parameters() if parameter.requires_grad] == trained


def test_an_answer_that_cannot_be_written_is_left_out_and_told(llava: Path) -> None:
    opened = Opened(llava)
    (first, said), *rest = opened.asked
    asked = [(first, replace(said, prediction="<image>")), *rest]
    measured = measure_kl(TunedPair(opened.load(), opened.load()), opened.family, asked, opened.show, 8)
    assert measured.not_spelled == (first.id,)
    assert len(measured.divergences) == len(rest)


def test_whole_pictures_are_drawn_by_the_seed() -> None:
    examples = [make_example(("?", "x"), number=at // 3) for at in range(30)]
    drawn = draw_pictures(examples, 10, seed=1)
    assert len(drawn) == 12
    assert drawn == [each for each in examples if each.group in {one.group for one in drawn}]
    assert drawn == draw_pictures(examples[::-1], 10, seed=1)[::-1]
    assert {each.group for each in draw_pictures(examples, 10, seed=2)} != {each.group for each in drawn}
    assert draw_pictures(examples, 99, seed=1) == examples


def test_the_sum_counts_tokens_and_controls_come_first() -> None:
    measured = [
        (Divergence("1", "a", 1, 4.0), "target"),
        (Divergence("2", "b", 3, 0.0), "control"),
        (Divergence("3", "c", 1, 2.0), "control"),
    ]
    shift = sum_up(measured, {"why": ["4"]}, Resampling(0))
    assert shift is not None
    shown = shift.to_json()
    assert (shown["on"], shown["value"], shown["tokens"], shown["n"]) == ("control", 0.5, 4, 2)
    assert shown["parts"]["target"]["value"] == 4.0
    assert shown["left_out"] == {"why": {"n": 1, "ids": ["4"]}}
    assert "control questions 0.5" in shown["sentence"]
    assert sum_up([], {}, Resampling(0)) is None


def test_nothing_changed_anywhere_has_an_interval_of_nothing() -> None:
    shift = sum_up([(Divergence(str(at), str(at), 2, 0.0), "") for at in range(8)], {}, Resampling(0))
    assert shift is not None
    interval = shift.parts[""].interval
    assert interval is not None
    assert (interval.low, interval.high) == (0.0, 0.0)
