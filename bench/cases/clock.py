"""How a case is timed: by the median of its optimiser steps after the first; and the most memory its process held.

On a GPU a step has ended when the GPU has done it, and memory is what its tensors took there.
"""

import argparse
import json
import resource
import statistics
import sys
import time
from pathlib import Path

import torch
from transformers import TrainerCallback

SETUP = {"shape": ["small", "2b"], "device": ["cpu", "cuda"], "precision": ["fp32", "bf16"]}
"""Flags of the cases that run in any `workload.Setup`; the first value of each is what it is without the flag."""


class Clock(TrainerCallback):
    """Stops once so many seconds have passed after the first step, which is not counted. Is a callback of any Trainer.

    Args:
        seconds: that the counted steps take.
        questions: in a step, where every step has as many.
        device: that the steps are computed on.
    """

    def __init__(self, seconds: float, questions: int, device: str = "cpu") -> None:
        self.seconds = seconds
        self.questions = questions
        self.device = device
        self.ends: list[float] = []
        self.rates: list[float] = []

    def tick(self, questions: int | None = None) -> bool:
        """Notes a finished step; True when the time is over."""
        if self.device == "cuda":  # what was only asked for is not done yet
            torch.cuda.synchronize()
        now = time.perf_counter()
        if self.ends:
            self.rates.append((questions or self.questions) / (now - self.ends[-1]))
        self.ends.append(now)
        return bool(self.rates) and now - self.ends[0] >= self.seconds

    def on_step_end(self, args, state, control, **_):
        control.should_training_stop = self.tick()
        return control

    def report(self, **more: object) -> None:
        """One line of JSON: questions a second, and the most memory that this process ever held."""
        # the median, because other programs disturb the mean
        rate = statistics.median(self.rates)
        print(
            json.dumps(
                {"questions_per_s": rate, "steps": len(self.rates), "peak_bytes": peak_bytes(self.device), **more}
            )
        )


def peak_bytes(device: str = "cpu") -> int:
    """The largest resident size of this process so far, or on a GPU the most that its tensors took there."""
    if device == "cuda":
        return torch.cuda.max_memory_allocated()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def read_arguments(description: str, **choices: list[str]) -> argparse.Namespace:
    """What every case is told, and the flags of its own: each with the values it may have, the usual one first."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the work lies; made when it is not there")
    parser.add_argument("--questions", type=int, default=6, help="on each picture")
    parser.add_argument("--seconds", type=float, default=10.0)
    for name, values in choices.items():
        parser.add_argument(f"--{name}", choices=values, default=values[0])
    return parser.parse_args()
