"""What each way of keeping knowledge learns, forgets and costs: the characters twin, over seeds, against plain LoRA.

Every run is an ordinary one in OUT/runs/OPTION/seed-N, so that a table that was stopped is taken up by the same
command, and finished runs are not made again. What the base is to keep are drawn pictures of the world that it was
pretrained on, with seeds of their own: no probe, and no picture of training, is among them. Without OUT nothing runs.

    python bench/keep.py OUT [--seeds 3] [--only NAME …] [--pictures N] [--keep-pictures 200] [--set KEY=VALUE …]

"learned" and "forgotten" are changes of exact_match on targets and on controls, base to tuned, in points; "beside
plain" are the same models against plain LoRA's on the same questions. Intervals resample whole pictures, all seeds
together. "cost" is the seconds of training and of the base's answers, over plain LoRA's seconds of training.
"""

import argparse
import json
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from lensmith.config.sections import EvaluateSection
from lensmith.errors import LensmithError
from lensmith.evaluation.compare import AspectComparison, compare_predictions
from lensmith.evaluation.predictions import prediction_from_json
from lensmith.lab.twins import TWINS, write_twin
from lensmith.lab.worlds import WORLDS
from lensmith.lab.worlds.claiming import workers_that_pay
from lensmith.rundir import read_json, read_jsonl_prefix, write_json, write_jsonl
from lensmith.types import Prediction
from lensmith.workflows.steps.reading import read_recipe
from lensmith.workflows.train import train_recipe

TWIN, KNOWN_WORLD = "characters", "everyday"
# Far from the seeds that the bases were pretrained with.
KEEP_SEED = 7000
PLAIN = "plain"
REPLAY = "keep.replay=0.25"
STRANGERS = "keep.sources=KEEP/strangers.jsonl"

OPTIONS: Mapping[str, tuple[str, ...]] = {
    PLAIN: (),
    "replay 10 %": ("keep.replay=0.1",),
    "replay 25 %": (REPLAY,),
    "replay 50 %": ("keep.replay=0.5",),
    "replay 25 %, no control shown": (REPLAY, STRANGERS),
    "replay 50 %, no control shown": ("keep.replay=0.5", STRANGERS),
    "kl 0.1": ("keep.kl=0.1",),
    "kl 1": ("keep.kl=1.0",),
    "replay 25 %, kl 1": (REPLAY, "keep.kl=1.0"),
    "replay 25 %, kl 5": (REPLAY, "keep.kl=5.0"),
    "replay 50 %, kl 1": ("keep.replay=0.5", "keep.kl=1.0"),
    "attention": ("tune.lora.targets=attention",),
    "gate and up": ("tune.lora.targets=gate_up",),
    "scale 0.7": ("keep.scale=0.7",),
    "scale auto": ("keep.scale=auto",),
    "replay 25 %, gate and up": (REPLAY, "tune.lora.targets=gate_up"),
}


class Clock(TrainerCallback):  # type: ignore[misc]
    """Seconds of a training that was not interrupted."""

    def __init__(self) -> None:
        self.began = 0.0
        self.seconds: float | None = None

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Begins."""
        self.began = time.perf_counter() if state.global_step == 0 else 0.0

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Ends."""
        self.seconds = time.perf_counter() - self.began if self.began else None


def draw(out: Path, seed: int, pictures: int | None, keep_pictures: int) -> Path:
    """What one seed's runs learn, are asked and keep; the recipe."""
    folder = out / f"seed-{seed}"
    recipe = write_twin(TWIN, folder, pictures=pictures, seed=seed)
    keep = folder / "keep"
    if not (keep / "strangers.jsonl").exists():
        workers = workers_that_pay(keep_pictures)
        WORLDS[KNOWN_WORLD](keep, pictures=keep_pictures, seed=KEEP_SEED + seed, workers=workers)
        rows = read_jsonl_prefix(keep / "train.jsonl")
        write_jsonl(keep / "strangers.jsonl", [row for row in rows if not shows_control(row)])
    return recipe


def shows_control(row: Mapping[str, Any]) -> bool:
    """True where one of the probes' controls is drawn."""
    shown = row["things"].lower()
    return row["ground"] == "portrait" or any(name in shown for name in ("matryoshka", "spider-man", "superman"))


def run(out: Path, name: str, seed: int, recipe: Path, settings: Sequence[str]) -> None:
    """One run, taken up where it stood; its cost is beside it."""
    folder = out / "runs" / slug(name) / f"seed-{seed}"
    if (folder / "cost.json").exists():
        return
    keep = recipe.parent / "keep"
    own = [each.replace("KEEP", str(keep)) for each in OPTIONS[name]]
    given = [] if any("keep.sources" in each for each in own) else [f"keep.sources={keep}/train.jsonl"]
    lend(out, folder, seed)
    clock = Clock()
    overrides = (*TWINS[TWIN].overrides, *given, *own, f"run.out={folder}", *settings)
    train_recipe(read_recipe(recipe, overrides), [clock])
    replay = folder / "replay.json"
    answered_s = read_json(replay)["answered_s"] if replay.exists() else 0.0
    write_json(folder / "cost.json", {"training_s": clock.seconds, "answered_s": answered_s})


def lend(out: Path, folder: Path, seed: int) -> None:
    """The base's answers to the test, which are the same in all of a seed's runs."""
    plain = out / "runs" / slug(PLAIN) / f"seed-{seed}"
    if (plain / "cost.json").exists() and not (folder / "before.jsonl").exists():
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy2(plain / "before.jsonl", folder / "before.jsonl")


def slug(name: str) -> str:
    """A folder's name."""
    return "-".join(name.replace("%", "").replace(",", "").split())


def read_answers(out: Path, name: str, seeds: Iterable[int], side: str) -> dict[str, list[Prediction]]:
    """The answers of an option's finished runs, all seeds together, by subject group."""
    found: dict[str, list[Prediction]] = {"target": [], "control": []}
    for seed in seeds:
        for row in read_jsonl_prefix(out / "runs" / slug(name) / f"seed-{seed}" / f"{side}.jsonl"):
            said = prediction_from_json(row)
            group = said.metadata.get("subject_group")
            if group in found:
                found[group].append(replace(said, id=f"{seed}/{said.id}", group=f"{seed}/{said.group}"))
    return found


def compare(first: Sequence[Prediction], second: Sequence[Prediction]) -> AspectComparison:
    """The paired difference of exact_match."""
    return compare_predictions(first, second, EvaluateSection(metrics=["exact_match"]), 0).metrics["exact_match"].mean


def points(found: AspectComparison) -> str:
    """A difference in points with its interval."""
    value, interval = found.difference.value, found.difference.interval
    if value is None or interval is None:
        return "–"
    return f"{100 * value:+.1f} ({100 * interval.low:+.1f} to {100 * interval.high:+.1f})"


def costs(out: Path, name: str, seeds: Sequence[int]) -> str:
    """The mean ratio to plain LoRA's training, over the seeds of which both were never interrupted."""
    ratios = []
    for seed in seeds:
        own, plain = (read_json(out / "runs" / slug(each) / f"seed-{seed}" / "cost.json") for each in (name, PLAIN))
        if own["training_s"] and plain["training_s"]:
            ratios.append((own["training_s"] + own["answered_s"]) / plain["training_s"])
    return f"× {sum(ratios) / len(ratios):.2f}" if ratios else "–"


def render(out: Path, seeds: Sequence[int], names: Sequence[str]) -> tuple[str, list[dict[str, Any]]]:
    """The table in Markdown, and its numbers."""
    head = ("", "seeds", "learned", "forgotten", "targets beside plain", "controls beside plain", "cost")
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    numbers = []
    for name in names:
        done = [
            seed
            for seed in seeds
            if all((out / "runs" / slug(each) / f"seed-{seed}" / "cost.json").exists() for each in (name, PLAIN))
        ]
        if not done:
            continue
        before, after = (read_answers(out, name, done, side) for side in ("before", "after"))
        plain = read_answers(out, PLAIN, done, "after")
        found = {
            "learned": compare(before["target"], after["target"]),
            "forgotten": compare(before["control"], after["control"]),
            "targets": compare(plain["target"], after["target"]),
            "controls": compare(plain["control"], after["control"]),
        }
        cost = costs(out, name, done)
        lines.append(f"| {name} | {len(done)} | {' | '.join(points(each) for each in found.values())} | {cost} |")
        told = {key: each.to_json() for key, each in found.items()}
        for each in told.values():
            each["groups_changed"] = {key: each.pop(key)["n"] for key in ("gained", "lost") if key in each}
        numbers.append({"option": name, "settings": OPTIONS[name], "seeds": done, "cost": cost, **told})
    return "\n".join(lines), numbers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, nargs="?")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=list(OPTIONS), default=list(OPTIONS), help="plain is always run")
    parser.add_argument("--pictures", type=int, help="to learn from, for a try; else as many as the twin is for")
    parser.add_argument("--keep-pictures", type=int, default=200, help="of the known world, for the base to answer")
    parser.add_argument("--set", dest="settings", action="append", default=[], metavar="KEY=VALUE")
    arguments = parser.parse_args()
    if arguments.out is None:
        print("give a folder for the runs; this takes hours on a laptop (see --help)")
        return
    out = arguments.out.absolute()
    names, seeds = list(dict.fromkeys([PLAIN, *arguments.only])), range(arguments.seeds)
    for seed in seeds:
        recipe = draw(out, seed, arguments.pictures, arguments.keep_pictures)
        for name in names:
            try:
                run(out, name, seed, recipe, arguments.settings)
            except LensmithError as error:
                print(f"{name}, seed {seed}: {error}")
    table, numbers = render(out, list(seeds), names)
    (out / "keep.json").write_text(json.dumps(numbers, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (out / "keep.md").write_text(table + "\n", encoding="utf-8")
    print(table)


if __name__ == "__main__":
    main()
