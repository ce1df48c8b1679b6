"""Small trainings by several processes: `python rank_runs.py PLAN` reads launches from a JSON file and runs them.

The program imports everything once and forks, so that a launch costs no imports. As a launcher does, it numbers the
processes in RANK and ends them all when one fails.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from small_runs import encode, make_module, make_recipe, watch_loss

from lensmith.config.sections import Recipe
from lensmith.data.mixture import Mixture
from lensmith.evaluation.greedy import DecodeSettings
from lensmith.evaluation.predict import Ask, answer_all, predict_into
from lensmith.families.placement import choose_placement, is_sharded
from lensmith.ranks import join, leave
from lensmith.rundir import RunDir, write_json
from lensmith.training.fit import Course, fit
from lensmith.training.guards.contract import Watched
from lensmith.training.guards.probe import Probe, choose_probe
from lensmith.training.module import SupervisedModule
from lensmith.types import Example
from tiny_models import make_example

SETTINGS = DecodeSettings(4, 6)
WORDS = ("красный", "blue", "a tall green tree", "нет", "кот 🐈 и звезда")


@dataclass(frozen=True)
class Run:
    """One training.

    Attributes:
        model: checkpoint folder.
        out: run folder; an unfinished training there is taken up.
        tune: the recipe's section.
        train: settings of it.
        guards: settings of it.
        keep: settings of it; with `kl`, every third question is one at which the model is held to its base.
        weights: of two sources, between which the questions alternate; none: an epoch meets every question once.
        goes_on: a folder that is copied to `out` first.
        stop_after: the power goes after this validation.
        asks: the guards look at answers, too, and questions are answered at the end.
    """

    model: str
    out: str
    tune: dict[str, Any] = field(default_factory=dict)
    train: dict[str, Any] = field(default_factory=dict)
    guards: dict[str, Any] = field(default_factory=dict)
    keep: dict[str, Any] = field(default_factory=dict)
    weights: list[float] = field(default_factory=list)
    goes_on: str | None = None
    stop_after: int | None = None
    asks: bool = False


@dataclass(frozen=True)
class Launch:
    """Runs that the same processes do one after the other.

    Attributes:
        runs: in order.
        ranks: processes.
        sharded: with FSDP2, else with DDP.
    """

    runs: Sequence[Run]
    ranks: int = 2
    sharded: bool = False


class PowerCutError(Exception):
    """Stands for a kill."""


def make_questions() -> list[Example]:
    """Nineteen questions about eight pictures, one to four each."""
    made = []
    for at in range(19):
        picture = (0, 0, 0, 0, 1, 2, 2, 3, 4, 4, 4, 5, 5, 6, 6, 6, 7, 7, 7)[at]
        example = make_example((f"What is it? {'да ' * (at % 3)}{at}", WORDS[at % len(WORDS)]), number=picture)
        made.append(replace(example, id=f"q{at:02}"))
    return made


def perform(run: Run) -> dict[str, Any]:
    """Trains, and answers what came of it; the same in every process."""
    questions = make_questions()
    made = make_recipe(Path(run.model), run.tune, **run.train).model_dump()
    recipe = Recipe.model_validate({**made, "guards": {"every": 2, **run.guards}, "keep": run.keep})
    module = make_module(recipe)
    if recipe.train.gradient_checkpointing:
        module.recompute_activations()
    if recipe.train.precision == "bf16":
        for value in module.parameters():
            value.data = value.data if value.requires_grad else value.data.bfloat16()
    items = encode(module, questions)
    if recipe.keep.kl:
        items = tuple(replace(item, anchored=at % 3 == 0) for at, item in enumerate(items))
    ask = Ask(module.bare, module.family, SETTINGS)
    probe = Probe(choose_probe(questions, 12, 0), lambda asked: answer_all(ask, asked)) if run.asks else None
    mixture = None
    if run.weights:
        sources = {item.example_id: at % 2 for at, item in enumerate(items)}
        mixture = Mixture(("one.jsonl", "two.jsonl"), tuple(run.weights), sources)
    validations = 0

    def validate() -> dict[str, float]:
        nonlocal validations
        validations += 1
        if run.stop_after is not None and validations > run.stop_after:
            raise PowerCutError
        return watch_loss(module)

    placement = choose_placement("cpu", str(recipe.train.precision), full=recipe.tune.method == "full")
    course = Course(items, validate, mixture=mixture, watched=Watched(recipe, len(questions), probe))
    try:
        done = fit(module, recipe, placement, RunDir(Path(run.out)), course)
    except PowerCutError:
        return {"cut": True}
    return {**asdict(done), **_answer(run, module, questions)}


def _answer(run: Run, module: SupervisedModule, questions: list[Example]) -> dict[str, Any]:
    if is_sharded(module) or not run.asks:
        return {"sharded": is_sharded(module)}
    ask = Ask(module.bare, module.family, SETTINGS)
    said = predict_into(Path(run.out) / "after.jsonl", ask, questions)
    assert [each.id for each in said] == [example.id for example in questions]
    again = answer_all(ask, questions[::-1])
    assert [each.id for each in again] == [each.id for each in said[::-1]]
    assert again == said[::-1] or run.train.get("precision") == "bf16"  # there, other batches round otherwise
    return {"said": [each.prediction for each in said], "sharded": False}


def launch(launches: Sequence[Launch], folder: Path) -> None:
    """Runs the launches in a program of their own; what each run gave is in `result-RANK.json` in its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    plan = folder / "plan.json"
    write_json(plan, [asdict(each) for each in launches])
    here = Path(__file__).parent
    paths = [str(here), str(here.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    told: dict[str, Any] = {"capture_output": True, "text": True, "timeout": 900}
    done = subprocess.run([sys.executable, __file__, str(plan)], env=surroundings, check=False, **told)
    assert done.returncode == 0, done.stderr[-6000:]


def read_result(run: Run, rank: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(run.out) / f"result-{rank}.json").read_text(encoding="utf-8"))
    return found


def _fork_all(each: Launch) -> bool:
    """True when every process came to its end."""
    for run in each.runs:
        if run.goes_on:
            shutil.copytree(run.goes_on, run.out)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    children = {}
    for rank in range(each.ranks):
        child = os.fork()
        if child == 0:
            try:
                _be(rank, port, each)
                os._exit(0)
            finally:
                os._exit(1)
        children[child] = rank
    sound = True
    while children:
        child, status = os.wait()
        children.pop(child)
        if status and sound:
            sound = False
            for other in children:
                os.kill(other, signal.SIGKILL)
    return sound


def _be(rank: int, port: int, each: Launch) -> None:
    numbers = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": each.ranks, "LOCAL_WORLD_SIZE": each.ranks}
    os.environ.update({name: str(value) for name, value in numbers.items()})
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    if each.sharded:
        os.environ.update(ACCELERATE_USE_FSDP="true", FSDP_VERSION="2")
    try:
        join("cpu")
        for run in each.runs:
            write_json(Path(run.out) / f"result-{rank}.json", perform(run))
        leave()
    finally:
        if sys.exc_info()[0]:
            traceback.print_exc()


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    for launched in given:
        runs = [Run(**run) for run in launched.pop("runs")]
        if not _fork_all(Launch(runs, **launched)):
            sys.exit(1)
