"""What `lensmith plan` says that a run takes, against the most memory that the run took.

The model is the random LLaVA of `bench/cases/workload.py`, on the CPU. Each setting is planned in one process and
trained in another, both as a user does it, by the command line; measured is the trained process's largest resident size
from its start to its end, libraries, loading, answers before and after included.

    python bench/memory.py [--shape small] [--cases lora full] [--steps 1] [--out FILE.json]

`share` is predicted / measured, of everything; `tensors` the same without what a process holds that has loaded all
libraries and no model.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent / "cases"))
import workload

QUESTIONS, STEP = 6, 6
ADAPTED = {"tune.lora.targets": "all"}
FULL = {"tune.method": "full"}
RECOMPUTED = {"train.gradient_checkpointing": True}
CASES: dict[str, dict[str, Any]] = {
    "lora": ADAPTED,
    "lora, checkpointing": ADAPTED | RECOMPUTED,
    "full": FULL,
    "full, checkpointing": FULL | RECOMPUTED,
    "full, muon": FULL | {"train.optimizer": "muon"},
    "full, adamw_8bit": FULL | {"train.optimizer": "adamw_8bit"},
    "4bit": ADAPTED | {"tune.quantise": "4bit"},
    "8bit": ADAPTED | {"tune.quantise": "8bit"},
}
COMMAND = "import sys; from lensmith.cli import main; sys.exit(main(sys.argv[1:]))"
# What any training process imports, and nothing of a model.
LIBRARIES = "import lensmith.workflows.train, peft, transformers; from transformers import Trainer"


@dataclass(frozen=True)
class Run:
    """A process that has ended.

    Attributes:
        told: its standard output.
        peak_bytes: its largest resident size.
    """

    told: str
    peak_bytes: int


def run(*words: str) -> Run:
    """Runs Python with these words and waits for its end.

    Raises:
        RuntimeError: it failed; holds the end of what it said.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen([sys.executable, *words], stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode:
            raise RuntimeError("\n".join([" ".join(words), *err.read().decode().splitlines()[-12:]]))
        unit = 1 if sys.platform == "darwin" else 1024
        return Run(out.read().decode(), usage.ru_maxrss * unit)


def write_recipe(folder: Path, path: Path, steps: int, changed: dict[str, Any]) -> Path:
    """A recipe of two epochs of so many steps on a few pictures, and as many questions again to be answered."""
    values: dict[str, Any] = {
        "model": {"name": str(folder / "model"), "device": "cpu"},
        "data": {
            "train": [{"path": str(path), "limit": steps * STEP}],
            "test": [{"path": str(path), "limit": STEP}],
            "split": {"validation": 0.0},
        },
        "tune": {},
        "train": {"epochs": 2.0, "batch_size": STEP, "workers": 0, "features": "off", "learning_rate": 1e-5},
        "evaluate": {"max_new_tokens": workload.NEW_TOKENS, "metrics": ["exact_match"], "resamples": 100},
        "run": {"out": str(folder / "run")},
    }
    for key, value in changed.items():
        *sections, name = key.split(".")
        place = values
        for section in sections:
            place = place.setdefault(section, {})
        place[name] = value
    recipe = folder / "recipe.yaml"
    recipe.write_text(json.dumps(values), encoding="utf-8")  # JSON is YAML
    return recipe


def measure(setup: workload.Setup, steps: int, changed: dict[str, Any]) -> dict[str, Any]:
    """Bytes that were predicted, line by line, and that were taken."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = workload.make(folder, QUESTIONS, setup)
        recipe = str(write_recipe(folder, path, steps, changed))
        planned = json.loads(run("-c", COMMAND, "plan", recipe, "--json").told)
        taken = run("-c", COMMAND, "train", recipe)
    memory = planned["memory"]
    return {
        "predicted_bytes": memory["total_bytes"],
        "lines": {line["name"]: line["size_bytes"] for line in memory["lines"]},
        "measured_bytes": taken.peak_bytes,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=list(workload.SHAPES), default="small")
    parser.add_argument("--cases", nargs="+", choices=list(CASES), default=list(CASES))
    parser.add_argument("--steps", type=int, default=1, help="in each of two epochs")
    parser.add_argument("--out", type=Path, help="also write the numbers here, as JSON")
    arguments = parser.parse_args()
    libraries = run("-c", LIBRARIES).peak_bytes
    print(f"libraries alone: {libraries / 1e6:.0f} MB\n")
    print(f"{'':<22}{'predicted':>12}{'measured':>12}{'share':>8}{'tensors':>9}")
    results: dict[str, Any] = {"libraries_bytes": libraries}
    for case in arguments.cases:
        found = measure(workload.Setup(arguments.shape), arguments.steps, CASES[case])
        predicted, measured = found["predicted_bytes"], found["measured_bytes"]
        tensors = (predicted - libraries) / (measured - libraries)
        print(
            f"{case:<22}{predicted / 1e6:>9.0f} MB{measured / 1e6:>9.0f} MB{predicted / measured:>8.2f}{tensors:>9.2f}"
        )
        print("   " + ", ".join(f"{name} {size / 1e6:.0f}" for name, size in found["lines"].items()), flush=True)
        results[case] = found
    if arguments.out:
        arguments.out.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
