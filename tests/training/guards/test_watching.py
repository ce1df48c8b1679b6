"""Real small trainings under all guards: sound ones are left alone, wrong ones are told by name and answered."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from guarded_runs import draw, fired, make_seeing, read_findings, train
from safetensors.torch import load_file
from small_runs import Interrupting, InterruptionError, make_recipe, read_log, same, weights

from lensmith.config.sections import Recipe
from lensmith.errors import GuardStopError
from lensmith.families.encoded import Encoded
from lensmith.rundir import write_jsonl
from lensmith.training.callbacks import Keeper
from lensmith.training.checkpoints import TRAINED

LORA: dict[str, Any] = {"lora": {"r": 8, "alpha": 16.0, "targets": "all"}}
FULL: dict[str, Any] = {"method": "full", "freeze": []}
HOW: dict[str, Any] = {"epochs": 4.0, "batch_size": 16, "learning_rate": 2e-2, "log_every": 4}
NAMES = ["divergence", "collapse", "overfit", "forgetting"]


@pytest.fixture(scope="module")
def seeing(llava: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that names the four colours; making it is the first sound run."""
    folder = tmp_path_factory.mktemp("seeing")
    make_seeing(llava, folder)
    assert fired(folder / "run") == []
    return folder / "model"


def recipe_with(folder: Path, tune: dict[str, Any], guards: dict[str, Any] | None = None, **train: Any) -> Recipe:
    seed = train.pop("seed", 0)
    made = make_recipe(folder, tune, seed, **(HOW | train)).model_dump()
    return Recipe.model_validate({**made, "guards": {"every": 4, **(guards or {})}})


def final_words(out: Path) -> dict[str, str]:
    return {row["guard"]: row["verdict"] for row in read_findings(out, final=True)}


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 10))])
def test_a_sound_training_fires_nothing(seeing: Path, tmp_path: Path, seed: int) -> None:
    tune, rate = (LORA, 2e-2) if seed % 2 else (FULL, 3e-3)
    recipe = recipe_with(seeing, tune, learning_rate=rate, seed=seed)
    _, done = train(recipe, tmp_path, draw(96, 10 + seed, renamed=True), draw(16, 30 + seed, renamed=True))
    assert {row["verdict"] for row in read_findings(tmp_path)} == {"ok"}
    assert done.stopped is None
    assert final_words(tmp_path) == {**dict.fromkeys(NAMES[:3], "ok"), "forgetting": "off"}
    assert "max_loss is not set" in read_findings(tmp_path, final=True)[3]["reason"]


def test_guards_do_not_touch_a_sound_training(seeing: Path, tmp_path: Path) -> None:
    off = {"divergence": False, "collapse": False, "overfit": False}
    dropout = {"lora": {**LORA["lora"], "dropout": 0.3}}
    found = []
    for name, guards in (("on", {}), ("off", off)):
        recipe = recipe_with(seeing, dropout, guards, epochs=2.0, save_every=5)
        module, _ = train(recipe, tmp_path / name, draw(64, 4, renamed=True), draw(16, 5, renamed=True))
        found.append((weights(module), read_log(tmp_path / name)))
    assert same(found[0][0], found[1][0])
    assert found[0][1] == found[1][1]
    assert final_words(tmp_path / "off") == dict.fromkeys(NAMES, "off")
    assert read_findings(tmp_path / "off") == []


def test_without_validation_guards_say_so(seeing: Path, tmp_path: Path) -> None:
    recipe = recipe_with(seeing, LORA, epochs=1.0)
    train(recipe, tmp_path, draw(32, 4), draw(4, 5))
    assert final_words(tmp_path)["collapse"] == final_words(tmp_path)["overfit"] == "could not check"


class Poisoned(Sequence[Encoded]):
    """Training examples whose `at`-th reading poisons the trained weights: what an overflow leaves behind."""

    def __init__(self, items: Sequence[Encoded], module: torch.nn.Module, at: int) -> None:
        self.items, self.module, self.left = items, module, at

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, at: Any) -> Any:
        self.left -= 1
        if self.left == 0:
            with torch.no_grad():
                for value in self.module.parameters():
                    if value.requires_grad:
                        value.fill_(math.nan)
        return self.items[at]

    def __iter__(self) -> Any:
        return iter(self.items)


def test_a_rate_far_too_high_is_stopped_by_name_and_leaves_nothing_to_deliver(seeing: Path, tmp_path: Path) -> None:
    recipe = recipe_with(seeing, FULL, learning_rate=1e3)
    with pytest.raises(GuardStopError) as caught:
        train(recipe, tmp_path, draw(96, 4), draw(16, 5))
    assert caught.value.exit_code == 3
    assert caught.value.problems[0].code == "guard/divergence"
    found = [row for row in read_findings(tmp_path) if row["guard"] == "divergence"]
    assert [row["verdict"] for row in found] == ["stop"] * 3, "two retries, and the end"
    assert all("back to the state of step 0" in row["action"] for row in found)
    assert "training ended" in found[-1]["action"]
    assert found[-1]["step"] <= 8
    assert final_words(tmp_path)["divergence"] == "stop"
    log = read_log(tmp_path)
    validated = [row["eval_validation_loss"] for row in log if "eval_validation_loss" in row]
    assert validated[-1] == pytest.approx(validated[0], rel=1e-5), "the weights at the end are the base's"
    assert all(math.isfinite(value) for row in log for value in row.values())
    with pytest.raises(GuardStopError):
        train(recipe, tmp_path, draw(96, 4), draw(16, 5), items=lambda items, _: Interrupting(items, 0))


def test_in_safe_mode_a_training_that_has_learned_nothing_ends_at_once(seeing: Path, tmp_path: Path) -> None:
    recipe = recipe_with(seeing, FULL, learning_rate=1e3, safe_mode=True)
    with pytest.raises(GuardStopError):
        train(recipe, tmp_path, draw(96, 4), draw(16, 5))
    (step,) = {row["step"] for row in read_findings(tmp_path) if row["verdict"] == "stop"}
    assert step == read_findings(tmp_path, final=True)[0]["step"], "the first failure is the end"
    assert "safe mode begins again" in read_findings(tmp_path)[-1]["action"]


def test_a_training_that_has_learned_goes_back_and_on_with_a_lower_rate(seeing: Path, tmp_path: Path) -> None:
    """Weights are spoilt once in mid-run; what was learned before is not lost, and the end is as good as ever."""
    recipe = recipe_with(seeing, FULL, learning_rate=3e-3, scheduler="constant", warmup=0.0)
    held_out = draw(16, 5, renamed=True)
    learned = draw(96, 4, renamed=True)
    _, done = train(recipe, tmp_path, learned, held_out, items=lambda items, module: Poisoned(items, module, 230))
    stops = [row for row in read_findings(tmp_path) if row["verdict"] == "stop"]
    assert {row["guard"] for row in stops} == {"divergence"}
    assert len(stops) == 1
    assert "learning rate × 0.5" in stops[0]["action"]
    assert "the loss is nan" in stops[0]["reason"]
    rates = [row["learning_rate"] for row in read_log(tmp_path) if "learning_rate" in row and row["step"] > 0]
    assert rates[0] == pytest.approx(3e-3)
    assert rates[-1] == pytest.approx(1.5e-3)
    assert done.stopped is None
    assert done.best_step == done.last_step == 24
    assert done.best_value is not None
    assert done.best_value < 1.5
    assert final_words(tmp_path)["divergence"] == "warn"


COLLAPSES: dict[str, Any] = {"learning_rate": 2.0, "epochs": 6.0, "save_every": 4}


@pytest.fixture(scope="module")
def collapsed(seeing: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that a rate far too high for its adapters made say nothing at all."""
    out = tmp_path_factory.mktemp("collapsed")
    train(recipe_with(seeing, LORA, **COLLAPSES), out, draw(96, 4, renamed=True), draw(16, 5, renamed=True))
    return out


def test_collapse_is_told_with_its_evidence(collapsed: Path) -> None:
    stops = [row for row in read_findings(collapsed) if row["verdict"] == "stop"]
    assert stops
    assert {row["guard"] for row in stops} == {"collapse"}
    assert "at the best it was 0" in stops[0]["reason"]
    assert "learning rate × 0.5" in stops[0]["action"]
    samples = stops[0]["evidence"]["samples"]
    assert len(samples) == 3
    assert all(each["expected"] and each["said"] != each["expected"] for each in samples)
    assert final_words(collapsed)["collapse"] == "warn"


def test_a_doubtful_checkpoint_is_best_only_where_all_are(tmp_path: Path) -> None:
    rows = [{"step": step, "epoch": step / 6, "eval_validation_loss": 9.0 - step} for step in (0, 6, 7, 8)]
    write_jsonl(tmp_path / "metrics.jsonl", rows)
    keeper = Keeper(tmp_path, tmp_path / "metrics.jsonl", "validation_loss", True, None)
    found = []
    for doubtful in ([], [8], [7, 8], [6, 7, 8]):
        keeper.doubtful = doubtful
        found.append(keeper.best_step())
    assert [each and each[0] for each in found] == [8, 7, 6, 8]


@pytest.mark.parametrize(
    "reads", [300, *(pytest.param(reads, marks=pytest.mark.slow) for reads in (40, 120, 200, 420, 520))]
)
def test_interrupted_guards_go_on_as_if_nothing_had_happened(
    seeing: Path, collapsed: Path, tmp_path: Path, reads: int
) -> None:
    recipe = recipe_with(seeing, LORA, **COLLAPSES)
    learned, held_out = draw(96, 4, renamed=True), draw(16, 5, renamed=True)
    with pytest.raises(InterruptionError):
        train(recipe, tmp_path, learned, held_out, items=lambda items, _: Interrupting(items, reads))
    train(recipe, tmp_path, learned, held_out)
    for name in ("guards.jsonl", "metrics.jsonl"):
        assert (tmp_path / name).read_text() == (collapsed / name).read_text()
    ends = [load_file(out / "checkpoints" / "checkpoint-36" / TRAINED) for out in (tmp_path, collapsed)]
    assert same(ends[0], ends[1])


def test_patience_ends_early_and_a_new_start_stays_there(seeing: Path, tmp_path: Path) -> None:
    """Answers that are often wrong by chance: they can be learned by heart and not be told for other pictures."""
    recipe = recipe_with(seeing, FULL, learning_rate=3e-3, epochs=30.0, patience=2, batch_size=8)
    learned, held_out = draw(16, 4, wrong=0.8), draw(16, 5, wrong=0.8)
    _, done = train(recipe, tmp_path, learned, held_out)
    assert done.last_step < 60
    assert done.stopped is None, "it is no failure"
    assert done.best_step == done.last_step - 4
    stop = next(row for row in read_findings(tmp_path) if row["verdict"] == "stop")
    assert (stop["guard"], stop["action"]) == ("overfit", "training ended")
    assert "2 validations without a better one" in stop["reason"]
    before = (tmp_path / "guards.jsonl").read_text()
    _, again = train(recipe, tmp_path, learned, held_out, items=lambda items, _: Interrupting(items, 0))
    assert again == done
    assert (tmp_path / "guards.jsonl").read_text() == before


def test_forgetting_more_than_the_bound_ends_and_nothing_is_delivered(seeing: Path, tmp_path: Path) -> None:
    """Other words for the same colours: the old ones are forgotten."""
    bound = {"forgetting": {"max_loss": 0.1}}
    recipe = recipe_with(seeing, FULL, bound, learning_rate=3e-3)
    with pytest.raises(GuardStopError) as caught:
        train(recipe, tmp_path, draw(96, 4, renamed=True), draw(16, 5, renamed=True), controls=draw(16, 6))
    assert caught.value.problems[0].code == "guard/forgetting"
    stop = next(row for row in read_findings(tmp_path) if row["verdict"] == "stop")
    assert (stop["guard"], stop["step"]) == ("forgetting", 6)
    assert stop["evidence"]["base"] == 1.0


def test_the_checkpoint_that_keeps_the_bound_is_the_best_one(seeing: Path, tmp_path: Path) -> None:
    """A rate so low that the first epochs forget nothing: one of them is delivered, though later ones learn more."""
    recipe = recipe_with(seeing, FULL, {"forgetting": {"max_loss": 0.1}}, learning_rate=2e-4, epochs=12.0, warmup=0.0)
    _, done = train(recipe, tmp_path, draw(96, 4, renamed=True), draw(16, 5, renamed=True), controls=draw(16, 6))
    scores = {row["step"]: row["eval_control_score"] for row in read_log(tmp_path) if "eval_control_score" in row}
    assert 0 < done.best_step < done.last_step < 72
    assert scores[done.best_step] >= 0.9 > scores[done.last_step]
    losses = {row["step"]: row["eval_validation_loss"] for row in read_log(tmp_path) if "eval_validation_loss" in row}
    assert losses[done.last_step] < losses[done.best_step]
    best = json.loads((tmp_path / "checkpoints" / "best.json").read_text())
    assert best["step"] == done.best_step


def test_a_failure_of_the_last_step_is_no_success(seeing: Path, tmp_path: Path) -> None:
    """There is nothing to try again with: what stands there is the base, and that is not delivered."""
    recipe = recipe_with(seeing, FULL, {"retries": 9}, learning_rate=1e3, epochs=1.0)
    with pytest.raises(GuardStopError):
        train(recipe, tmp_path, draw(96, 4), draw(16, 5))
    last = next(row for row in reversed(read_findings(tmp_path)) if row["verdict"] == "stop")
    assert last["step"] == 6
    assert "no step is left: training ended" in last["action"]
