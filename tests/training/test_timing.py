"""Time: measured speeds are speeds, and the estimate grows with what a run does."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from transformers import Trainer, TrainerCallback, TrainingArguments

from lensmith.batching.encode import EncodedSet
from lensmith.config.sections import KeepSection, Recipe
from lensmith.data.mixture import Mixture
from lensmith.families.encoded import Encoded
from lensmith.families.placement import choose_placement
from lensmith.training.timing import Amounts, Speed, count_amounts, estimate_time, measure_speed
from lensmith.training.tracing import StepTrace, Work

SPEED = Speed(flops_per_s=1e9, bytes_per_s=1e9, operation_s=1e-5, overlaps=False)
STEP = StepTrace(4, 400, Work(10**9, 100, 10**6), Work(2 * 10**9, 200, 10**6), 0, frozenset())
AMOUNTS = Amounts(train=10, validation=4, test=6, answer_tokens=3.0, trained_values=1000, weights_bytes=4000)


def recipe_with(**train) -> Recipe:
    return Recipe.model_validate({"model": "org/name", "data": {"train": "a.jsonl"}, "train": train})


def seconds(name: str, amounts: Amounts = AMOUNTS, **train) -> float:
    lines = estimate_time(STEP, amounts, recipe_with(**train), SPEED).lines
    return next(line.high_s for line in lines if line.name == name)


def test_training_takes_its_passes():
    assert seconds("training", epochs=4.0) == pytest.approx(2 * seconds("training", epochs=2.0))
    assert seconds("training", replace(AMOUNTS, train=20)) > seconds("training")
    expected = (3.002 + 0.003) / 4 * 10  # seconds of a step of four, for ten examples
    line = estimate_time(STEP, AMOUNTS, recipe_with(epochs=1.0), SPEED).lines[0]
    assert line.low_s < expected < line.high_s


def test_validation_is_as_often_as_epochs_and_once_before():
    assert seconds("validation", epochs=3.0) == pytest.approx(2 * seconds("validation", epochs=1.0))
    assert seconds("validation", replace(AMOUNTS, validation=0)) == 0


def test_a_scale_that_is_measured_takes_its_answers_and_no_more_than_its_bound():
    def scale_s(validation: int, scale: object = "auto") -> list[float]:
        recipe = recipe_with().model_copy(update={"keep": KeepSection.model_validate({"scale": scale})})
        lines = estimate_time(STEP, replace(AMOUNTS, validation=validation), recipe, SPEED).lines
        return [line.high_s for line in lines if line.name == "scale"]

    assert scale_s(6)[0] == pytest.approx(7 / 2 * seconds("answering"))
    assert scale_s(256) == scale_s(10_000) > scale_s(200)
    assert scale_s(6, 0.5) == scale_s(6, 1.0) == []


def test_answering_takes_longer_for_longer_answers():
    assert seconds("answering", replace(AMOUNTS, answer_tokens=30.0)) > seconds("answering")


def test_a_device_that_overlaps_waits_for_the_slower_of_the_two():
    work = Work(flops=10**9, operations=1000, moved_bytes=0)
    assert SPEED.seconds(work) == pytest.approx(1.01)
    assert replace(SPEED, overlaps=True).seconds(work) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("examples", "batch", "accumulate", "epochs"), [(10, 4, 2, 2.5), (10, 4, 1, 0.5), (7, 8, 4, 3.0), (9, 2, 2, 1.0)]
)
def test_the_steps_are_those_that_the_trainer_takes(tmp_path, examples, batch, accumulate, epochs):
    class Tiny(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(1, 1)

        def forward(self, x):
            return {"loss": self.layer(x).sum()}

    class Stop(TrainerCallback):
        def on_train_begin(self, args, state, control, **given):
            planned.append(state.max_steps)
            control.should_training_stop = True

    planned: list[int] = []
    arguments = TrainingArguments(
        output_dir=str(tmp_path),
        per_device_train_batch_size=batch,
        gradient_accumulation_steps=accumulate,
        num_train_epochs=epochs,
        use_cpu=True,
        report_to="none",
        disable_tqdm=True,
        save_strategy="no",
    )
    data = [{"x": torch.ones(1)} for _ in range(examples)]
    Trainer(model=Tiny(), args=arguments, train_dataset=data, callbacks=[Stop()]).train()
    recipe = recipe_with(batch_size=batch, accumulate=accumulate, epochs=epochs)
    assert estimate_time(STEP, replace(AMOUNTS, train=examples), recipe, SPEED).optimizer_steps == planned[0]


def test_measured_speeds_are_finite_and_positive_and_leave_the_random_state_alone():
    before = torch.get_rng_state()
    speed = measure_speed(choose_placement("cpu", "fp32", full=False))
    for value in (speed.flops_per_s, speed.bytes_per_s, speed.operation_s):
        assert 0 < value < math.inf
    assert 1e8 < speed.flops_per_s < 1e14
    assert speed.operation_s < 0.01
    assert torch.equal(torch.get_rng_state(), before)


def test_amounts_count_what_an_epoch_meets():
    items = [Encoded(np.ones(3, np.int64), np.ones(3, np.float32), (), (), name) for name in "абвгд"]
    parts = {"train": EncodedSet(tuple(items), ())} | dict.fromkeys(("validation", "test"), EncodedSet((), ()))
    mixture = Mixture(("one", "other"), (0.5, 3.0), {name: "абвгд".index(name) % 2 for name in "абвгд"})
    assert count_amounts(parts, nn.Linear(2, 2)).train == 5
    assert count_amounts(parts, nn.Linear(2, 2), mixture).train == 2 + 6


def test_amounts_of_nothing_are_nothing():
    parts = dict.fromkeys(("train", "validation", "test"), EncodedSet((), ()))
    assert count_amounts(parts, nn.Linear(2, 2)) == Amounts(0, 0, 0, 0.0, 6, 24)
