"""The feature store against np.save and np.load of the same arrays, one file each: MB/s of writing and of reading.

Both write to the page cache, and both readers add up what they read, so that a mapped page counts only once it has
been touched. "first" is the first reading in a process, where the store checks every byte; "again" is every later one.

    python bench/features.py [FOLDER]
"""

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from lensmith.batching.features import FeatureStore

ROUNDS = 4
LIMIT_BYTES = 8 << 30
SHAPES = {"576 × 1024": (400, (576, 1024)), "576 × 2048": (200, (576, 2048)), "16 × 64": (10_000, (16, 64))}


def spent_s(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def touch(array: np.ndarray) -> float:
    return float(array.view(np.uint16).max())


def measure(folder: Path, names: list[str], array: np.ndarray, store_first: bool) -> dict[str, float]:
    """Seconds of each, over all records; who writes first has the emptier page cache."""
    files = [folder / "files" / f"{name}.npy" for name in names]
    files[0].parent.mkdir(parents=True)
    store = FeatureStore(folder / "store", "bench", LIMIT_BYTES)

    def write() -> None:
        assert all(store.put(name, array) for name in names)

    def read(reader: FeatureStore) -> None:
        for name in names:
            touch(reader.get(name))

    fresh = FeatureStore(folder / "store", "bench", LIMIT_BYTES)
    writers = {"np.save": lambda: [np.save(file, array) for file in files], "put": write}
    order = sorted(writers, reverse=store_first)
    taken_s = {what: spent_s(writers[what]) for what in order}
    return {
        **{what: taken_s[what] for what in writers},
        "np.load": spent_s(lambda: [touch(np.load(file)) for file in files]),
        "np.load mapped": spent_s(lambda: [touch(np.load(file, mmap_mode="r")) for file in files]),
        "get, first": spent_s(lambda: read(fresh)),
        "get, again": spent_s(lambda: read(fresh)),
    }


def main() -> None:
    parent = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    print(f"{'float16 records':<18}{'what':<16}{'MB/s':>9}{'records/s':>12}{'against NumPy':>15}")
    for label, (count, shape) in SHAPES.items():
        array = np.random.default_rng(0).standard_normal(shape).astype(np.float16)
        rounds = []
        for number in range(ROUNDS):
            folder = Path(tempfile.mkdtemp(dir=parent))
            try:
                rounds.append(measure(folder, [f"picture {at}" for at in range(count)], array, number % 2 == 1))
            finally:
                shutil.rmtree(folder)
        for what in rounds[0]:
            taken_s = statistics.median(each[what] for each in rounds)
            rival = "np.save" if what in ("np.save", "put") else "np.load"
            ratio = statistics.median(each[rival] / each[what] for each in rounds)
            megabytes = count * array.nbytes / 1e6
            print(f"{label:<18}{what:<16}{megabytes / taken_s:>9.0f}{count / taken_s:>12.0f}{ratio:>14.2f}×")


if __name__ == "__main__":
    main()
