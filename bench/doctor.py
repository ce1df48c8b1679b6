"""`lensmith check` on many rows: seconds of three runs, CPU seconds, the largest resident size.

Rows and pictures are made once, in FOLDER, with mistakes planted. Each run is a process of its own. In a cache folder
of the bench's own the second finds what the first told; the third, which makes a page, finds what is known of the
pictures and reads the rows again.

    python bench/doctor.py [FOLDER] [--rows 100000] [--pictures 10000] [--rounds 3]
"""

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

WIDTH_PX, HEIGHT_PX = 640, 480
ANSWERS = ("да", "нет", "куб", "шар", "красный", "синий", "слева", "справа", "два", "три")
# Files that were written less than some seconds ago are not remembered.
SETTLING_S = 4.0


def make_pictures(folder: Path, count: int) -> None:
    """Photograph-like JPEGs: soft colours, edges and grain, 640 × 480, no two alike."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    grain = rng.integers(-10, 11, (64, HEIGHT_PX, WIDTH_PX, 1), dtype=np.int16)
    for number in range(count):
        ground = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8))
        picture = np.asarray(ground.resize((WIDTH_PX, HEIGHT_PX), Image.Resampling.BICUBIC)).astype(np.int16)
        for _ in range(4):
            x, y = int(rng.integers(0, WIDTH_PX - 120)), int(rng.integers(0, HEIGHT_PX - 90))
            picture[y : y + 90, x : x + 120] = rng.integers(0, 256, 3)
        noisy = np.clip(picture + grain[number % len(grain)], 0, 255).astype(np.uint8)
        Image.fromarray(noisy).save(folder / f"{number}.jpg", quality=85)


def make_rows(path: Path, rows: int, pictures: int) -> None:
    """Ten questions a picture where there are ten times as many rows; one row in a thousand repeats the row before."""
    rng = random.Random(0)
    row: dict[str, str] = {}
    with path.open("w", encoding="utf-8") as stream:
        for number in range(rows):
            if number % 1000 != 1:
                question = f"Вопрос {number // pictures}: что лежит на столе справа от книги? 🙂"
                row = {
                    "image_path": f"pictures/{number % pictures}.jpg",
                    "question": question,
                    "answer": rng.choice(ANSWERS),
                }
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")


def run(data: Path, cache: Path, *options: str) -> tuple[float, float, float, dict]:
    """Seconds, CPU seconds, megabytes and result of one `lensmith check` in a process of its own."""
    script = (
        "import resource, sys\nfrom lensmith.cli import main\ncode = main(sys.argv[1:])\n"
        "used = resource.getrusage(resource.RUSAGE_SELF)\n"
        "print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, file=sys.stderr)\nsys.exit(code)\n"
    )
    words = [sys.executable, "-c", script, "check", str(data), "--json", *options]
    started = time.perf_counter()
    done = subprocess.run(words, capture_output=True, text=True, env={**os.environ, "XDG_CACHE_HOME": str(cache)})
    taken_s = time.perf_counter() - started
    if done.returncode not in (0, 2):
        raise SystemExit(done.stderr)
    cpu_s, megabytes = map(float, done.stderr.split()[-2:])
    return taken_s, cpu_s, megabytes, json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path, nargs="?", help="kept, and used again; otherwise a temporary one")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    folder = arguments.folder or Path(tempfile.mkdtemp())
    data, pictures = folder / "train.jsonl", folder / "pictures"
    if not (pictures / f"{arguments.pictures - 1}.jpg").exists():
        make_pictures(pictures, arguments.pictures)
    make_rows(data, arguments.rows, arguments.pictures)
    time.sleep(SETTLING_S)
    taken: dict[str, list[tuple[float, float, float]]] = {}
    findings: list[tuple[str, int]] = []
    for _ in range(arguments.rounds):
        cache = Path(tempfile.mkdtemp())
        page = ["--html", str(cache / "page.html")]
        for what, options in (("first run", []), ("second run", []), ("with a page", page)):
            *measured, found = run(data, cache, *options)
            taken.setdefault(what, []).append(tuple(measured))
            findings = [(each["code"], each["count"]) for each in found["findings"]]
        shutil.rmtree(cache)
    print(
        f"{arguments.rows:,} rows, {arguments.pictures:,} pictures of {WIDTH_PX} × {HEIGHT_PX}, {os.cpu_count()} cores"
    )
    print(f"{'':<14}{'median s':>10}{'all s':>28}{'CPU s':>8}{'MB at most':>12}")
    for what, rounds in taken.items():
        seconds, cpu_s, megabytes = zip(*rounds, strict=True)
        listed = ", ".join(f"{each:.1f}" for each in seconds)
        medians = statistics.median(seconds), statistics.median(cpu_s)
        print(f"{what:<14}{medians[0]:>10.1f}{listed:>28}{medians[1]:>8.1f}{max(megabytes):>12.0f}")
    print("found: " + ", ".join(f"{code} {count}" for code, count in findings))
    if arguments.folder is None:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
