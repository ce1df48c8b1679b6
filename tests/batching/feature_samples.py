"""Stores to test, and a process that fills one: `python feature_samples.py FOLDER FIRST LAST`.

It says `ready`, and begins when its stdin is closed.

What belongs to a picture follows from its number, so that any reader can tell whether it got what was written.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np

from lensmith.batching.features import FeatureStore

LIMIT_BYTES = 1 << 30
FOUR = {f"picture {at}": np.full((at + 1, 1000), at + 0.5, np.float32) for at in range(4)}


def made_of(number: int) -> np.ndarray:
    """Features of different lengths, from none to 100 kB."""
    chance = np.random.default_rng(number)
    return chance.standard_normal((int(chance.integers(0, 100)), 256), dtype=np.float32)[: number % 101]


def opened(folder: Path, key: str = "key", limit_bytes: int = LIMIT_BYTES) -> FeatureStore:
    return FeatureStore(folder, key, limit_bytes)


def filled(folder: Path) -> FeatureStore:
    store = opened(folder)
    for name, features in FOUR.items():
        assert store.put(name, features)
    return store


def same(found: np.ndarray | None, expected: np.ndarray) -> bool:
    return (
        found is not None
        and (found.dtype, found.shape) == (expected.dtype, expected.shape)
        and found.tobytes() == expected.tobytes()
    )


def found_in(store: FeatureStore) -> set[str]:
    """The names of `FOUR` that the store has; what it gives for them must be right."""
    found = {name: store.get(name) for name in FOUR}
    assert all(same(found[name], FOUR[name]) for name in FOUR if found[name] is not None)
    return {name for name in FOUR if found[name] is not None}


def start_writers(folder: Path, *spans: tuple[int, int]) -> list[subprocess.Popen[str]]:
    """A process for each span of numbers; all begin to write now."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    writers = [subprocess.Popen([sys.executable, __file__, folder, *map(str, span)], **pipes) for span in spans]
    assert [writer.stdout.readline() for writer in writers] == ["ready\n"] * len(spans)
    for writer in writers:
        writer.stdin.close()
    return writers


def codes(store: FeatureStore) -> list[str]:
    return [problem.code for problem in store.problems()]


def main(folder: str, first: str, last: str) -> None:
    store = opened(Path(folder))
    print("ready", flush=True)  # noqa: T201
    sys.stdin.read()
    for number in range(int(first), int(last)):
        if not store.put(str(number), made_of(number)):
            sys.exit("; ".join(problem.render() for problem in store.problems()))


if __name__ == "__main__":
    main(*sys.argv[1:])
