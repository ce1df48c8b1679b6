"""Which guard fires on recipes that are meant to go wrong, how soon, and whether any fires on sound ones.

Each run is `lensmith lab run`, a process of its own, and one line of OUT; runs whose line is there are not made again,
so that a table that was stopped is taken up by the same command. Without OUT nothing is run.

    python bench/guard_table.py OUT.jsonl [--seeds 5] [--healthy-seeds 4] [--only NAME …]
                                          [--pictures N] [--set KEY=VALUE …]

"waste" is the steps from where a training went wrong (the best validation, for overfit; else the start) to the first
firing, as a share of those from there to the end of the recipe.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Case:
    """A recipe, and the guard that must fire on it; none on a sound one."""

    twin: str
    expected: str = ""
    pictures: int | None = None
    settings: tuple[str, ...] = ()


# An eighth of the demo's pictures are drawn sooner; in so many epochs they make as many steps. What comes after the
# firing does not count, so the run ends soon after it.
AS_LONG = ("train.epochs=16", "guards.retries=0")
FAILING = {
    "collapse": Case("collapse", "collapse", 400, AS_LONG),
    "diverge": Case("crosswalk", "divergence", 400, (*AS_LONG, "train.learning_rate=100", "train.max_grad_norm=0")),
    "overfit": Case("overfit", "overfit", None, ("train.patience=10",)),
    "forget": Case(
        "forget",
        "forgetting",
        None,
        ("guards.forgetting.max_loss=0.02", "data.test=WORLD/test.jsonl", "data.validation=WORLD/probes.jsonl"),
    ),
}
HEALTHY = {
    "crosswalk": Case("crosswalk"),
    "street-lights": Case("street-lights"),
    "charts": Case("charts", pictures=600),
    "gqa-ru": Case("gqa-ru"),
    "characters": Case("characters"),
}


def run(case: Case, seed: int, pictures: int | None, settings: Sequence[str]) -> dict[str, Any]:
    """One run's line: which guards fired when, of how many steps."""
    folder = Path(tempfile.mkdtemp(prefix="guard-table-"))
    began = time.perf_counter()
    try:
        world = str(folder / "world")
        given = [setting.replace("WORLD", world) for setting in (*case.settings, *settings)]
        command = [
            sys.executable,
            "-m",
            "lensmith",
            "lab",
            "run",
            case.twin,
            str(folder),
            "--seed",
            str(seed),
            "--json",
        ]
        count = pictures or case.pictures
        command += ["--pictures", str(count)] if count else []
        command += [word for setting in given for word in ("--set", setting)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        guards = folder / "run" / "guards.jsonl"
        if done.returncode not in (0, 3) or not guards.exists():
            raise SystemExit(f"{' '.join(command)}\nended with {done.returncode}:\n{done.stderr[-4000:]}")
        rows = [json.loads(line) for line in guards.read_text(encoding="utf-8").splitlines()]
        states = sorted((folder / "run" / "checkpoints").glob("*/trainer_state.json"))
        return {
            "exit": done.returncode,
            "steps": json.loads(states[0].read_text(encoding="utf-8"))["max_steps"],
            "fired": fired(rows),
            "last_words": {row["guard"]: [row["verdict"], row["reason"]] for row in rows if row.get("final")},
            "seconds": round(time.perf_counter() - began, 1),
        }
    finally:
        shutil.rmtree(folder)


def fired(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The first firing of each guard that fired."""
    first: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["verdict"] in ("warn", "stop") and not row.get("final") and row["guard"] not in first:
            since = 0.0
            if row["guard"] == "overfit" and row["epoch"]:
                since = row["step"] * row["evidence"]["best_epoch"] / row["epoch"]
            keys = ("step", "verdict", "reason", "action")
            first[row["guard"]] = {**{key: row[key] for key in keys}, "wrong_since": round(since)}
    return first


def render(lines: Sequence[dict[str, Any]]) -> str:
    """The tables of failing and of sound runs, in Markdown."""
    table = ["| recipe | guard | fired | waste, at most | other guards |", "|---|---|---|---|---|"]
    for name, case in FAILING.items():
        runs = [line for line in lines if line["recipe"] == name]
        if not runs:
            continue
        hits = [line for line in runs if case.expected in line["fired"]]
        wastes = [waste(line, case.expected) for line in hits]
        others = sorted({guard for line in runs for guard in line["fired"]} - {case.expected})
        most = f"{100 * max(wastes):.0f} %" if wastes else "–"
        table.append(f"| {name} | {case.expected} | {len(hits)} of {len(runs)} | {most} | {', '.join(others) or '–'} |")
    table += ["", "| sound recipe | runs | fired |", "|---|---|---|"]
    for name in HEALTHY:
        runs = [line for line in lines if line["recipe"] == name]
        names = [f"{guard} (seed {line['seed']})" for line in runs for guard in line["fired"]]
        table += [f"| {name} | {len(runs)} | {', '.join(names) or 'none'} |"] if runs else []
    return "\n".join(table)


def waste(line: dict[str, Any], guard: str) -> float:
    """Steps from where it went wrong to the firing, as a share of those to the end."""
    found = line["fired"][guard]
    return float((found["step"] - found["wrong_since"]) / max(1, line["steps"] - found["wrong_since"]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, nargs="?")
    parser.add_argument("--seeds", type=int, default=5, help="of each recipe that is meant to go wrong")
    parser.add_argument("--healthy-seeds", type=int, default=4, help="of each sound recipe")
    parser.add_argument("--only", nargs="+", choices=[*FAILING, *HEALTHY], default=[*FAILING, *HEALTHY])
    parser.add_argument("--pictures", type=int, help="for a try; else as many as each recipe is for")
    parser.add_argument("--set", dest="settings", action="append", default=[], metavar="KEY=VALUE")
    arguments = parser.parse_args()
    if arguments.out is None:
        print("give a file for the lines; this takes hours on a laptop (see --help)")
        return
    text = arguments.out.read_text(encoding="utf-8") if arguments.out.exists() else ""
    lines = [json.loads(line) for line in text.splitlines()]
    made = {(line["recipe"], line["seed"]) for line in lines}
    cases = [(name, case, arguments.seeds) for name, case in FAILING.items()]
    cases += [(name, case, arguments.healthy_seeds) for name, case in HEALTHY.items()]
    for name, case, seeds in cases:
        for seed in range(seeds if name in arguments.only else 0):
            if (name, seed) not in made:
                line = {"recipe": name, "seed": seed, **run(case, seed, arguments.pictures, arguments.settings)}
                lines.append(line)
                with arguments.out.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(line, ensure_ascii=False) + "\n")
                print(f"{name} {seed}: {sorted(line['fired']) or 'none'}, {line['seconds']} s", flush=True)
    print(render(lines))


if __name__ == "__main__":
    main()
