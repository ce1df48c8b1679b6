"""How long a run would take: the work of traced steps, at speeds that the device shows now. An estimate, no more."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import torch
from torch import nn

from lensmith.batching.encode import EncodedSet
from lensmith.config.sections import Recipe
from lensmith.data.mixture import Mixture
from lensmith.families.placement import DTYPES, Placement
from lensmith.training.blend import MOST_QUESTIONS, SCALES
from lensmith.training.tracing import Ledger, StepTrace, Work

MEASURE_S = 0.08
# The measured speeds are those of large, even work; real kernels reach less, and small ones may stay in a cache.
LOW, HIGH = 0.7, 2.5
# AdamW reads weight, gradient and two moments, and writes weight and both moments: seven float32.
UPDATE_BYTES = 28


@dataclass(frozen=True, slots=True)
class Speed:
    """What a device does in a second.

    Attributes:
        flops_per_s: in matrix products of the run's number format.
        bytes_per_s: read and written, in element-wise operations.
        operation_s: seconds that it costs to start one operation.
        overlaps: True when the device computes while the next operation is being started.
    """

    flops_per_s: float
    bytes_per_s: float
    operation_s: float
    overlaps: bool

    def seconds(self, work: Work) -> float:
        """How long this work takes at these speeds."""
        computing = work.flops / self.flops_per_s + work.moved_bytes / self.bytes_per_s
        starting = work.operations * self.operation_s
        return max(computing, starting) if self.overlaps else computing + starting


@dataclass(frozen=True, slots=True)
class TimeLine:
    """One stage of a run: how often what is done, and for how long, from `low_s` to `high_s`."""

    name: str
    what: str
    low_s: float
    high_s: float


@dataclass(frozen=True, slots=True)
class TimeEstimate:
    """The stages of a run, the speeds they were computed with, and what is left out."""

    lines: tuple[TimeLine, ...]
    speed: Speed
    optimizer_steps: int
    missing: str = "loading the model, reading pictures where that is slower than the model, other programs"


@dataclass(frozen=True, slots=True)
class Amounts:
    """What a run goes through.

    Attributes:
        train: examples of an epoch.
        validation: examples that the model can use.
        test: the same.
        answer_tokens: of a mean answer.
        replayed: questions that the base answers for training to meet again.
        trained_values: that the optimiser updates.
        weights_bytes: of the whole model.
    """

    train: int
    validation: int
    test: int
    answer_tokens: float
    trained_values: int
    weights_bytes: int
    replayed: int = 0


def count_amounts(
    parts: Mapping[str, EncodedSet], model: nn.Module, mixture: Mixture | None = None, replayed: int = 0
) -> Amounts:
    """What a run over these encoded parts goes through; without a mixture, an epoch meets every example once."""
    values = list(model.parameters())
    ids = [item.example_id for item in parts["train"].encoded]
    return Amounts(
        train=sum(source.an_epoch for source in mixture.count(ids)) if mixture else len(ids),
        validation=len(parts["validation"].encoded),
        test=len(parts["test"].encoded),
        answer_tokens=parts["train"].token_counts()["answer"]["mean"],
        trained_values=sum(value.numel() for value in values if value.requires_grad),
        weights_bytes=sum(value.numel() * value.element_size() for value in values),
        replayed=replayed,
    )


def estimate_time(typical: StepTrace, amounts: Amounts, recipe: Recipe, speed: Speed) -> TimeEstimate:
    """The time of training, of validation, and of answering the test questions before and after.

    Args:
        typical: a step over examples of typical lengths.
        amounts: what the run goes through.
        recipe: the resolved recipe.
        speed: as measured.
    """
    train, keep = recipe.train, recipe.keep
    met = amounts.train / (1 - keep.replay_share)
    batches = math.ceil(met / train.batch_size)
    steps = math.ceil(train.epochs * math.ceil(batches / train.accumulate))
    update = speed.seconds(Work(moved_bytes=UPDATE_BYTES * amounts.trained_values))
    base_s = speed.seconds(typical.forward) if keep.kl else 0.0
    step_s = speed.seconds(typical.forward) + speed.seconds(typical.backward) + base_s
    training_s = step_s * met * train.epochs / typical.examples + update * steps
    passes = math.ceil(train.epochs) + 1
    forward_s = speed.seconds(typical.forward) / typical.examples
    answering_s = 2 * (amounts.test * forward_s + _decoding_s(typical, amounts, recipe, speed))
    asked = replace(amounts, test=amounts.replayed)
    replay_s = asked.test * forward_s + _decoding_s(typical, asked, recipe, speed)
    scaled = replace(amounts, test=min(amounts.validation, 2 * MOST_QUESTIONS))
    scale_s = len(SCALES) * (scaled.test * forward_s + _decoding_s(typical, scaled, recipe, speed))
    also = ", each read by the base as well" if keep.kl else ""
    what = f"{steps} optimiser steps of {train.batch_size * train.accumulate} questions{also}"
    lines = (
        *([_line("replay", f"{asked.test} questions that the base answers once", replay_s)] if asked.test else []),
        _line("training", what, training_s),
        _line("validation", f"{passes} times {amounts.validation} questions", passes * amounts.validation * forward_s),
        _line("answering", f"2 times {amounts.test} questions, before and after", answering_s),
        *([_line("scale", f"{len(SCALES)} times {scaled.test} questions", scale_s)] if keep.scale == "auto" else []),
    )
    return TimeEstimate(lines, speed, steps)


def measure_speed(placement: Placement) -> Speed:
    """Times matrix products, element-wise ones and a tiny network on the device; takes about a third of a second."""
    device, dtype = placement.device, DTYPES[placement.precision]
    on_gpu = device.type != "cpu"
    side = 8192 if device.type == "cuda" else 1024
    square = torch.ones(side, side, device=device, dtype=dtype)
    flat = torch.ones((64 if on_gpu else 8) << 20, device=device)
    return Speed(
        flops_per_s=2 * side**3 / _time_s(lambda: torch.mm(square, square), device),
        bytes_per_s=2 * flat.numel() * flat.element_size() / _time_s(lambda: flat.mul_(1.0), device),
        operation_s=_time_operation_s(device),
        overlaps=on_gpu,
    )


def _time_s(run: Callable[[], object], device: torch.device) -> float:
    """Seconds of one call: the fastest in `MEASURE_S`, which other programs disturbed least, after one to warm up."""
    fastest_s = math.inf
    run()
    _wait(device)
    began = time.perf_counter()
    while fastest_s == math.inf or time.perf_counter() - began < MEASURE_S:
        start = time.perf_counter()
        run()
        _wait(device)
        fastest_s = min(fastest_s, time.perf_counter() - start)
    return fastest_s


def _time_operation_s(device: torch.device) -> float:
    """What an operation costs when there is almost nothing to compute: mean over a small network, both passes."""
    with torch.random.fork_rng(devices=[]):  # layers draw their first values; the run's own draws must not move
        layers = [layer for _ in range(8) for layer in (nn.Linear(8, 8), nn.LayerNorm(8), nn.GELU())]
    network = nn.Sequential(*layers).to(device)
    inputs = torch.ones(2, 8, device=device)

    def step() -> None:
        torch.sum(network(inputs)).backward()  # type: ignore[no-untyped-call]

    with Ledger([]) as ledger:
        step()
    return _time_s(step, device) / int(ledger.work.operations)


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def _decoding_s(typical: StepTrace, amounts: Amounts, recipe: Recipe, speed: Speed) -> float:
    """Answers token by token: for each, all weights are read, and about a forward pass of operations started."""
    batches = math.ceil(amounts.test / recipe.evaluate.batch_size)
    work = Work(operations=typical.forward.operations, moved_bytes=amounts.weights_bytes)
    return batches * amounts.answer_tokens * speed.seconds(work)


def _line(name: str, what: str, seconds: float) -> TimeLine:
    return TimeLine(name, what, seconds * LOW, seconds * HIGH)
