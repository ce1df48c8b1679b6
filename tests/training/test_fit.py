"""A run that was interrupted anywhere and taken up again is the run that was not, bit for bit."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from small_runs import (
    InterruptionError,
    Validate,
    make_examples,
    make_recipe,
    read_log,
    same,
    start,
    steps_kept,
    watch_loss,
    weights,
    worsen,
)
from torch import Tensor

from lensmith.config.sections import Recipe
from lensmith.data.balance import Balance
from lensmith.errors import RunError
from lensmith.training.fit import Fit
from lensmith.training.module import SupervisedModule

# Eleven examples in batches of two, two batches a step: three steps an epoch, the third with three examples.
HOW: dict[str, Any] = {"epochs": 3.0, "batch_size": 2, "accumulate": 2, "save_every": 2, "log_every": 4}
DROPOUT = {"lora": {"r": 4, "targets": "all", "dropout": 0.3}}


@dataclass(frozen=True)
class Undisturbed:
    """What a run leaves behind when nothing happens to it."""

    recipe: Recipe
    out: Path
    done: Fit
    weights: dict[str, Tensor]
    log: bytes
    steps: list[int]
    best: bytes

    def check(self, module: SupervisedModule, done: Fit, out: Path) -> None:
        """Compares another run with this one: every bit of the result."""
        assert done == self.done
        assert (out / "metrics.jsonl").read_bytes() == self.log
        assert same(weights(module), self.weights)
        assert steps_kept(out) == self.steps
        assert (out / "checkpoints" / "best.json").read_bytes() == self.best

    def copy(self, out: Path) -> Path:
        """The finished run's folder, to be spoilt."""
        return Path(shutil.copytree(self.out, out))


def run_undisturbed(
    recipe: Recipe, out: Path, validate: Validate = watch_loss, weights_of_sources: Sequence[float] = ()
) -> Undisturbed:
    module, done = start(recipe, out, validate=validate, weights=weights_of_sources)
    log, best = (out / "metrics.jsonl").read_bytes(), (out / "checkpoints" / "best.json").read_bytes()
    return Undisturbed(recipe, out, done, weights(module), log, steps_kept(out), best)


@pytest.fixture(scope="module")
def undisturbed(llava: Path, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    return run_undisturbed(make_recipe(llava, DROPOUT, **HOW), tmp_path_factory.mktemp("undisturbed"))


@pytest.fixture(scope="module")
def worsened(llava: Path, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """A run whose best checkpoint is its first."""
    recipe = make_recipe(llava, DROPOUT, **(HOW | {"epochs": 2.0}))
    return run_undisturbed(recipe, tmp_path_factory.mktemp("worsened"), worsen)


class FailsAt:
    """A validation that fails when it is asked for the n-th time, after half of its work."""

    def __init__(self, at: int, then: Validate = watch_loss) -> None:
        self.left = at
        self.then = then

    def __call__(self, module: SupervisedModule) -> dict[str, float]:
        found = self.then(module)
        self.left -= 1
        if self.left == 0:
            raise InterruptionError
        return found


def test_same_seed_same_run(undisturbed: Undisturbed, tmp_path: Path) -> None:
    undisturbed.check(*start(undisturbed.recipe, tmp_path), tmp_path)


def test_dropout_is_at_work(undisturbed: Undisturbed, llava: Path, tmp_path: Path) -> None:
    """Without it, a random state that was lost would not be missed."""
    start(make_recipe(llava, {"lora": DROPOUT["lora"] | {"dropout": 0.0}}, **HOW), tmp_path)
    assert (tmp_path / "metrics.jsonl").read_bytes() != undisturbed.log


@pytest.mark.parametrize("reads", [0, 5, 9, 12, 14, 20, 26, 31])
def test_interrupted_between_steps(undisturbed: Undisturbed, tmp_path: Path, reads: int) -> None:
    """Before the first step, inside one, after a save, between epochs: counted in examples read, of 33."""
    with pytest.raises(InterruptionError):
        start(undisturbed.recipe, tmp_path, allowed=reads)
    undisturbed.check(*start(undisturbed.recipe, tmp_path), tmp_path)


def test_weights_of_one_train_the_same_bits(undisturbed: Undisturbed, tmp_path: Path) -> None:
    undisturbed.check(*start(undisturbed.recipe, tmp_path, weights=[1.0, 1.0]), tmp_path)


@pytest.mark.parametrize("reads", [4, 14, 24])
def test_a_mixture_is_taken_up_where_it_was(llava: Path, tmp_path: Path, reads: int) -> None:
    """Six examples of weight 0.5, three an epoch, and five of weight 2: 13 an epoch, so four steps."""
    recipe = make_recipe(llava, DROPOUT, **(HOW | {"epochs": 2.0}))
    first = run_undisturbed(recipe, tmp_path / "one", weights_of_sources=[0.5, 2.0])
    assert first.done.last_step == 8
    assert not same(first.weights, run_undisturbed(recipe, tmp_path / "even").weights)
    with pytest.raises(InterruptionError):
        start(recipe, tmp_path / "two", allowed=reads, weights=[0.5, 2.0])
    first.check(*start(recipe, tmp_path / "two", weights=[0.5, 2.0]), tmp_path / "two")


@pytest.mark.parametrize("reads", [4, 14])
def test_balanced_classes_are_taken_up_where_they_were(llava: Path, tmp_path: Path, reads: int) -> None:
    """Eleven examples, two of them of the rare class: it is met 6 times an epoch, the other 5 of 9 times."""
    recipe = make_recipe(llava, DROPOUT, **(HOW | {"epochs": 2.0}))
    class_of = {example.id: "редкий" if at < 2 else "частый" for at, example in enumerate(make_examples(11))}
    balance = Balance("answer", class_of, {"редкий": 3.0, "частый": 5 / 9})
    how = {"weights": [1.0], "balance": balance}
    module, done = start(recipe, tmp_path / "one", **how)
    assert not same(weights(module), run_undisturbed(recipe, tmp_path / "even").weights)
    with pytest.raises(InterruptionError):
        start(recipe, tmp_path / "two", allowed=reads, **how)
    again, resumed = start(recipe, tmp_path / "two", **how)
    assert (same(weights(again), weights(module)), resumed) == (True, done)


@pytest.mark.parametrize("at", [1, 2, 4])
def test_interrupted_while_validating(undisturbed: Undisturbed, tmp_path: Path, at: int) -> None:
    with pytest.raises(InterruptionError):
        start(undisturbed.recipe, tmp_path, validate=FailsAt(at))
    undisturbed.check(*start(undisturbed.recipe, tmp_path), tmp_path)


def test_interrupted_again_and_again(undisturbed: Undisturbed, tmp_path: Path) -> None:
    for attempt in range(12):
        try:
            validate = FailsAt(1) if attempt % 2 else watch_loss
            finished = start(undisturbed.recipe, tmp_path, allowed=14, validate=validate)
        except InterruptionError:
            continue
        assert attempt >= 3
        undisturbed.check(*finished, tmp_path)
        return
    pytest.fail("no attempt got further than the one before it")


def test_finished_run_is_not_trained_again(undisturbed: Undisturbed, tmp_path: Path) -> None:
    out = undisturbed.copy(tmp_path / "copy")
    undisturbed.check(*start(undisturbed.recipe, out, allowed=0), out)


@pytest.mark.parametrize("epochs", [0.4, 1.0, 1.5])
def test_finished_run_of_broken_epochs_is_not_trained_again(llava: Path, tmp_path: Path, epochs: float) -> None:
    """A kill after the last checkpoint, before the model is delivered, must not add a step."""
    recipe = make_recipe(llava, DROPOUT, epochs=epochs, batch_size=2, scheduler="constant", save_every=2)
    first = run_undisturbed(recipe, tmp_path)
    first.check(*start(recipe, tmp_path), tmp_path)


@pytest.mark.parametrize("epochs", [0.4, 1.5])
def test_broken_epochs_end_where_they_say(llava: Path, tmp_path: Path, epochs: float) -> None:
    recipe = make_recipe(llava, DROPOUT, epochs=epochs, batch_size=2, save_every=2)
    first = run_undisturbed(recipe, tmp_path / "one")
    assert first.done.last_step == {0.4: 3, 1.5: 9}[epochs]  # six steps an epoch
    assert read_log(tmp_path / "one")[-1]["step"] == first.done.last_step
    assert "eval_validation_loss" in read_log(tmp_path / "one")[-1]
    with pytest.raises(InterruptionError):
        start(recipe, tmp_path / "two", allowed=5)
    first.check(*start(recipe, tmp_path / "two"), tmp_path / "two")


@pytest.mark.parametrize(("count", "batch", "accumulate"), [(1, 8, 1), (3, 8, 4), (3, 2, 8)])
def test_fewer_examples_than_a_batch(llava: Path, tmp_path: Path, count: int, batch: int, accumulate: int) -> None:
    recipe = make_recipe(llava, DROPOUT, epochs=2.0, batch_size=batch, accumulate=accumulate)
    _, done = start(recipe, tmp_path, count=count)
    assert done.last_step == 2
    assert [row["step"] for row in read_log(tmp_path) if "eval_validation_loss" in row] == [0, 1, 2]


def test_log_says_each_thing_once_and_in_order(undisturbed: Undisturbed) -> None:
    log = read_log(undisturbed.out)
    said = [(row["step"], "loss" if "loss" in row else "validation") for row in log]
    assert len(said) == len(set(said))
    assert [step for step, _ in said] == sorted(step for step, _ in said)
    assert [step for step, what in said if what == "validation"] == [0, 3, 6, 9]
    losses = [step for step, what in said if what == "loss"]
    assert set(losses) >= {2, 3, 4, 6, 8, 9}
    assert all(torch.isfinite(torch.tensor(value)) for row in log for value in row.values())


def test_best_is_kept_and_delivered_not_the_last(worsened: Undisturbed, tmp_path: Path) -> None:
    done = worsened.done
    assert (done.best_step, done.last_step) == (3, 6)
    assert worsened.steps == [3, 6]
    log = read_log(worsened.out)
    validated = {row["step"]: row["eval_validation_loss"] for row in log if "eval_validation_loss" in row}
    assert done.best_value == validated[3] < validated[6]
    assert validated[0] < validated[3], "the base itself does not count as a tuned model"
    module, _ = start(worsened.recipe, worsened.copy(tmp_path / "copy"), validate=worsen)
    assert worsen(module)["validation_loss"] == pytest.approx(done.best_value, abs=1e-6)
    assert not module.training


def test_higher_is_better_for_a_metric_and_the_earliest_of_equals_wins(llava: Path, tmp_path: Path) -> None:
    values = iter([0.9, 0.2, 0.7, 0.7])
    recipe = make_recipe(llava, best="exact_match", epochs=3.0, batch_size=4)
    _, done = start(recipe, tmp_path, count=4, validate=lambda _: {"validation_loss": 1.0, "exact_match": next(values)})
    assert (done.best_step, done.best_value) == (2, 0.7)
    assert steps_kept(tmp_path) == [2, 3]


def test_value_that_is_not_a_number_is_never_best(llava: Path, tmp_path: Path) -> None:
    values = iter([1.0, float("nan"), 0.8, 0.9])
    recipe = make_recipe(llava, epochs=3.0, batch_size=4)
    _, done = start(recipe, tmp_path, count=4, validate=lambda _: {"validation_loss": next(values)})
    assert (done.best_step, done.best_value) == (2, 0.8)


@pytest.mark.parametrize("reads", [16, 20])
def test_best_survives_interruptions(worsened: Undisturbed, tmp_path: Path, reads: int) -> None:
    with pytest.raises(InterruptionError):
        start(worsened.recipe, tmp_path, allowed=reads, validate=worsen)
    worsened.check(*start(worsened.recipe, tmp_path, validate=worsen), tmp_path)


SPOILT = ["trained.safetensors", "optimizer.pt", "scheduler.pt", "rng_state.pth", "trainer_state.json", "manifest.json"]


@pytest.mark.parametrize(
    ("how", "name"), [*(("cut", name) for name in SPOILT), ("lost", SPOILT[1]), ("lost", SPOILT[5])]
)
def test_spoilt_checkpoint_is_passed_over_and_removed(
    worsened: Undisturbed, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, how: str
) -> None:
    out = worsened.copy(tmp_path / "copy")
    file = out / "checkpoints" / "checkpoint-6" / name
    data = file.read_bytes()
    file.unlink() if how == "lost" else file.write_bytes(data[: len(data) // 2])
    with pytest.raises(InterruptionError):
        start(worsened.recipe, out, allowed=0, validate=worsen)
    assert steps_kept(out) == [3]
    told = capsys.readouterr().err
    assert "checkpoint-6" in told
    assert "going on after step 3" in told
    worsened.check(*start(worsened.recipe, out, validate=worsen), out)


def test_all_checkpoints_spoilt_begins_again(worsened: Undisturbed, tmp_path: Path) -> None:
    out = worsened.copy(tmp_path / "copy")
    for manifest in (out / "checkpoints").glob("*/manifest.json"):
        manifest.write_text("{")
    worsened.check(*start(worsened.recipe, out, validate=worsen), out)


def test_spoilt_best_is_an_error_with_a_way_out(worsened: Undisturbed, tmp_path: Path) -> None:
    out = worsened.copy(tmp_path / "copy")
    file = out / "checkpoints" / "checkpoint-3" / "trained.safetensors"
    file.write_bytes(file.read_bytes()[:-7])
    with pytest.raises(RunError) as caught:
        start(worsened.recipe, out, validate=worsen)
    assert caught.value.problems[0].fix


@pytest.mark.parametrize(
    "tune", [{"lora": {"r": 5, "targets": "all"}}, {"lora": {"r": 4}}, {"method": "full"}], ids=str
)
def test_checkpoint_of_another_recipe_is_refused(
    worsened: Undisturbed, llava: Path, tmp_path: Path, tune: dict[str, Any]
) -> None:
    out = worsened.copy(tmp_path / "copy")
    with pytest.raises(RunError) as caught:
        start(make_recipe(llava, tune, **HOW), out)
    assert caught.value.problems[0].code == "run/other-checkpoint"


def test_log_cut_in_the_middle_of_a_line_is_mended(undisturbed: Undisturbed, tmp_path: Path) -> None:
    with pytest.raises(InterruptionError):
        start(undisturbed.recipe, tmp_path, allowed=20)
    with (tmp_path / "metrics.jsonl").open("a") as stream:
        stream.write('{"step": 5, "epo')
    undisturbed.check(*start(undisturbed.recipe, tmp_path), tmp_path)


def test_bfloat16_trains_on_a_cpu(llava: Path, tmp_path: Path) -> None:
    recipe = make_recipe(llava, {"lora": {"r": 4, "targets": "all"}}, precision="bf16", epochs=6.0, batch_size=4)
    start(recipe, tmp_path, count=8)
    validated = [row["eval_validation_loss"] for row in read_log(tmp_path) if "eval_validation_loss" in row]
    assert validated[-1] < validated[0] - 0.5
