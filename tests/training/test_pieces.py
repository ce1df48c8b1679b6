"""A batch that memory does not hold is done in parts, and the step is the same one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import small_runs
import torch
from small_runs import encode, make_examples, make_module, make_recipe, read_log, start, weights
from torch import Tensor

from lensmith.batching.rows import Collator
from lensmith.config.sections import Recipe
from lensmith.errors import RunError
from lensmith.training.module import SupervisedModule
from lensmith.training.pieces import StepCollator, cut, in_pieces
from lensmith.training.trainer import validation_loss
from tiny_models import make_example

HOW: dict[str, Any] = {"optimizer": "sgd", "learning_rate": 0.3, "epochs": 1.0, "log_every": 1}
LORA = {"lora": {"r": 4, "targets": "all"}}


class Cramped(SupervisedModule):
    """A model on a device that holds `room` rows: allocators raise in the forward pass, or deep in the backward one."""

    room = 2
    where = "forward"
    error: Callable[[], BaseException] = staticmethod(lambda: torch.OutOfMemoryError("CUDA out of memory."))
    failures = 0

    def forward(self, **batch: Tensor) -> dict[str, Tensor]:
        full = len(batch["ids_BT"]) > self.room
        if full and self.where == "forward":
            type(self).failures += 1
            raise self.error()
        first: Any = self.bare.get_submodule("model.language_model.layers.0.mlp.up_proj")
        hook = first.register_forward_hook(self._spring) if full else None
        try:
            return super().forward(**batch)
        finally:
            if hook is not None:
                hook.remove()

    def _spring(self, layer: Any, given: Any, made: Tensor) -> None:
        if made.requires_grad:
            made.register_hook(self._burst)

    def _burst(self, gradient: Tensor) -> None:
        type(self).failures += 1
        raise self.error()


def run(monkeypatch: pytest.MonkeyPatch, recipe: Recipe, out: Path, **how: Any) -> SupervisedModule:
    """Trains eleven examples, `how` being what is the matter with the device."""
    kind: Any = type("Cramped", (Cramped,), how)

    def make(recipe: Recipe) -> SupervisedModule:
        made = make_module(recipe)
        return kind(made.model, made.family)

    monkeypatch.setattr(small_runs, "make_module", make)
    module, _ = start(recipe, out)
    assert (kind.failures > 0) == (how["room"] < 8)
    return module


@pytest.mark.parametrize("where", ["forward", "backward"])
@pytest.mark.parametrize("room", [1, 3])
@pytest.mark.parametrize(("batch", "accumulate"), [(8, 1), (4, 2)])
def test_the_same_run_in_parts(
    llava: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, room: int, batch: int, accumulate: int
) -> None:
    """With accumulation, a backward pass that fails leaves half a gradient over what earlier batches had added."""
    recipe = make_recipe(llava, LORA, batch_size=batch, accumulate=accumulate, **HOW)
    whole = run(monkeypatch, recipe, tmp_path / "whole", room=99)
    parts = run(monkeypatch, recipe, tmp_path / "parts", room=room, where=where)
    for name, value in weights(parts).items():
        torch.testing.assert_close(value, weights(whole)[name], rtol=1e-5, atol=1e-6)
    logs = [read_log(tmp_path / name) for name in ("whole", "parts")]
    assert [row["loss"] for row in logs[1] if "loss" in row] == pytest.approx(
        [row["loss"] for row in logs[0] if "loss" in row], rel=1e-5
    )
    batches = {(8, 1): [1, 1], (4, 2): [2, 1]}[batch, accumulate]  # 8 and 3 examples; 4, 4 and 3
    split = [row.get("split_batches", 0) for row in logs[1] if "loss" in row]
    assert split == ([*batches[:1], batches[1] if room < 3 else 0])
    assert not any("split_batches" in row for row in logs[0])


@pytest.mark.parametrize(
    "error",
    [
        lambda: MemoryError(),
        lambda: RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: 9 bytes"),
        lambda: RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"),
    ],
    ids=["Python", "CPU", "MPS"],
)
def test_every_allocator_is_understood(
    llava: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Callable[[], BaseException]
) -> None:
    run(monkeypatch, make_recipe(llava, LORA, batch_size=8, **HOW), tmp_path, room=4, error=staticmethod(error))
    assert [row["split_batches"] for row in read_log(tmp_path) if "split_batches" in row] == [1]


def test_another_error_is_not_taken_for_one(llava: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def error() -> BaseException:
        return RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="mat1"):
        run(monkeypatch, make_recipe(llava, LORA, **HOW), tmp_path, room=4, error=staticmethod(error))


def test_one_question_that_does_not_fit_names_the_setting(
    llava: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RunError) as caught:
        run(monkeypatch, make_recipe(llava, LORA, **HOW), tmp_path, room=0)
    (problem,) = caught.value.problems
    assert problem.code == "run/out-of-memory"
    assert "train.gradient_checkpointing" in problem.fix
    assert "train.max_length" in problem.fix


def test_the_first_split_is_told_once_with_what_to_change(
    llava: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, make_recipe(llava, LORA, **(HOW | {"epochs": 3.0})), tmp_path, room=2)
    told = [line for line in capsys.readouterr().err.splitlines() if "do not fit" in line]
    assert len(told) == 1
    assert "8 questions" in told[0]
    assert "4 parts" in told[0]
    assert "train.batch_size" in told[0]


def test_validation_in_parts_is_the_same_mean(llava: Path) -> None:
    module = make_module(make_recipe(llava)).eval()
    items = encode(module, make_examples(7))
    expected = validation_loss(module, items, 7, 0)
    cramped: Any = type("Cramped", (Cramped,), {"room": 2})(module.model, module.family)
    assert validation_loss(cramped.eval(), items, 7, 0) == pytest.approx(expected, rel=1e-6)
    assert cramped.failures == 3, "of seven, three and four; halves of these fit"


def test_halves_keep_the_questions_of_a_picture_together(llava: Path) -> None:
    module = make_module(make_recipe(llava))
    items = encode(module, [make_example((f"Что {at}?", "да"), number=at % 3) for at in range(6)])
    first, second = cut(items)
    assert [len({item.images for item in half}) for half in (first, second)] == [2, 2]
    assert sorted(map(id, (*first, *second))) == sorted(map(id, items))
    with pytest.raises(RunError):
        cut(items[:1])


def test_what_was_computed_before_the_failure_is_not_counted_twice(llava: Path) -> None:
    module = make_module(make_recipe(llava))
    items = encode(module, make_examples(5))
    collate = StepCollator(Collator(module.family))

    def compute(batch: dict[str, Tensor]) -> int:
        if len(batch["ids_BT"]) > 1:
            raise torch.OutOfMemoryError
        return len(batch["target_N"])

    assert sum(in_pieces(collate(items), collate, compute)) == sum(item.n_answer_tokens for item in items)
