"""How long a person waits for `lensmith --help`, and for each verb's own: the median of seven starts, in seconds."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

from lensmith.cli import COMMANDS

STARTS = 7
LENSMITH = Path(sys.executable).parent / "lensmith"


def wait_s(*words: str) -> float:
    """Seconds from starting `lensmith … --help` to its end."""
    started = time.perf_counter()
    subprocess.run([LENSMITH, *words, "--help"], check=True, capture_output=True)
    return time.perf_counter() - started


def main() -> None:
    print(f"{'command':<24}{'median s':>9}{'slowest s':>11}")
    for verb in ["", *sorted(COMMANDS)]:
        taken_s = [wait_s(*verb.split()) for _ in range(STARTS)]
        name = f"lensmith {verb} --help".replace("  ", " ")
        print(f"{name:<24}{statistics.median(taken_s):>9.2f}{max(taken_s):>11.2f}")


if __name__ == "__main__":
    main()
