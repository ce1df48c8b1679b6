"""What guards cost: seconds of the same training with all guards and with none, in turn, and the ratio of each pair.

The training is the lab's crosswalk twin. Timed is from the validation of the base to the end of the last epoch, so that
asking the base counts, too; what both have alike (reading, before, after) does not.

    python bench/guards.py [--pictures 400] [--epochs 2] [--rounds 3] [--set KEY=VALUE …] [--out FILE.json]

The trained weights of each pair are compared: guards that find nothing must change nothing.
"""

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from safetensors.torch import load_file
from torch import equal
from transformers import TrainerCallback

from lensmith.lab.twins import write_twin
from lensmith.workflows.steps.reading import read_recipe
from lensmith.workflows.train import train_recipe

OFF = ("guards.divergence=false", "guards.collapse=false", "guards.overfit=false")
PROMISED = 1.03


class Clock(TrainerCallback):
    """Seconds from the validation of the base to the end of training."""

    def __init__(self) -> None:
        self.began_s = self.took_s = 0.0

    def on_evaluate(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.global_step == 0:
            self.began_s = time.perf_counter()

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.took_s = time.perf_counter() - self.began_s


def measure(recipe: Path, out: Path, settings: list[str]) -> tuple[float, dict[str, Any]]:
    """Seconds of one training, and what it delivered."""
    clock = Clock()
    outcome = train_recipe(read_recipe(recipe, settings, out), [clock])
    return clock.took_s, load_file(next(outcome.delivered.glob("*.safetensors")))


def count_looks(out: Path) -> int:
    rows = [json.loads(line) for line in (out / "guards.jsonl").read_text(encoding="utf-8").splitlines()]
    return sum(row["guard"] == "collapse" and not row.get("final") for row in rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=400)
    parser.add_argument("--epochs", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--set", dest="settings", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--out", type=Path, help="also write the numbers here, as JSON")
    arguments = parser.parse_args()
    pairs: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        recipe = write_twin("crosswalk", Path(folder), pictures=arguments.pictures)
        given = [f"train.epochs={arguments.epochs:g}", "evaluate.resamples=100", *arguments.settings]
        given.append('data.test={"path": "' + str(Path(folder) / "world" / "test.jsonl") + '", "limit": 32}')
        measure(recipe, Path(folder) / "warm-up", given)  # what is read once is in the system's caches then
        for round_ in range(arguments.rounds):
            order = [("guarded", given), ("bare", [*given, *OFF])]
            found = {
                name: measure(recipe, Path(folder) / f"{name}-{round_}", settings)
                for name, settings in (order if round_ % 2 else reversed(order))
            }
            weights = [weights for _, weights in found.values()]
            same = all(equal(weights[0][name], weights[1][name]) for name in weights[0])
            pair = {name: seconds for name, (seconds, _) in found.items()}
            pair |= {"ratio": pair["guarded"] / pair["bare"], "same_weights": same}
            pair["looks"] = count_looks(Path(folder) / f"guarded-{round_}")
            pairs.append(pair)
            print(json.dumps(pair), flush=True)
    ratio = statistics.median(pair["ratio"] for pair in pairs)
    print(f"guarded / bare: median {ratio:.3f} of {len(pairs)} pairs; promised: at most {PROMISED}")
    if arguments.out:
        arguments.out.write_text(json.dumps({"ratio": ratio, "pairs": pairs}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
