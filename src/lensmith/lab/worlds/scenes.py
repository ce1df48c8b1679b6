"""From (seed, part, number) to a picture and its questions: every picture new, on one core or on several.

A world says how a scene is drawn; here it is drawn as often as asked for. What is drawn for a number depends on the
seed, on the part's name and on that number, never on how many there are or on how many cores draw them.
"""

import io
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from hashlib import blake2b
from itertools import starmap
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

from PIL import Image

from lensmith.console import progress
from lensmith.errors import DataError, Problem

Row = dict[str, Any]
DRAWS_A_PICTURE = 200
HELD_OUT_PER = 8

# A quarter of the time that Pillow's own level 6 takes, for files a tenth larger: of a street, 2.5 ms for 10.
PNG_LEVEL = 2

# Pictures that wait, drawn, for each worker: enough to keep it busy, few enough to forget their size.
AHEAD = 16


@dataclass(frozen=True, slots=True)
class Scene:
    """One drawn picture and everything that is asked about it; rows still lack the picture's place."""

    picture: Image.Image
    rows: tuple[Row, ...]


Draw = Callable[[Random], Scene]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a world, such as train, test or probes.

    Attributes:
        name: its pictures' randomness derives from it.
        pictures: how many; 0 or more.
        draws: ways to draw a scene, taken in turn, so that a world that must be even has as many of each. A way
            uses its source of randomness and nothing else. To be drawn by several workers it must be picklable: a
            function of a module, or a `functools.partial` of one.
    """

    name: str
    pictures: int
    draws: tuple[Draw, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A scene that has its place in a world.

    Attributes:
        part: the part's name.
        number: from 0, within its part.
        png: the picture as a PNG file.
        rows: what is asked about it, without the picture's place.
    """

    part: str
    number: int
    png: bytes
    rows: tuple[Row, ...]

    @property
    def name(self) -> str:
        """What the picture is called, unique within the world: `train-00007`."""
        return f"{self.part}-{self.number:05d}"


def halves(out: Path, pictures: int, *draws: Draw) -> tuple[Part, Part]:
    """The parts of a usual world: `train` with so many pictures, and `test` with an eighth as many, at least one.

    Raises:
        DataError: `pictures` is below 1; nothing has been written into `out`.
    """
    if pictures < 1:
        raise DataError(
            Problem("lab/no-pictures", str(out), f"{pictures} pictures were asked for", fix="ask for 1 or more")
        )
    return Part("train", pictures, draws), Part("test", max(1, pictures // HELD_OUT_PER), draws)


def draw_parts(parts: Sequence[Part], *, seed: int, workers: int = 1) -> Iterator[Drawn]:
    """Every scene of every part in order, each picture different from all others, pixel for pixel.

    Holds a few pictures at a time. The same whatever `workers` is; more than 1 start that many processes, so a
    script that asks for them needs the usual `if __name__ == "__main__":`.

    Raises:
        DataError: the world cannot draw so many different pictures.
    """
    jobs = [(part, seed, number) for part in parts for number in range(part.pictures)]
    seen: set[bytes] = set()
    with progress(len(jobs), "draw", "picture") as bar:
        for (part, _, number), (drawn, pixels) in zip(jobs, _draw_all(jobs, workers), strict=True):
            attempt = 0
            while pixels in seen:
                attempt += 1
                if attempt == DRAWS_A_PICTURE:
                    raise DataError(_exhausted(f"{seed}/{part.name}/{number}", len(seen)))
                drawn, pixels = draw_one(part, seed, number, attempt)
            seen.add(pixels)
            bar.update()
            yield drawn


def draw_one(part: Part, seed: int, number: int, attempt: int = 0) -> tuple[Drawn, bytes]:
    """One scene of a part, and a digest that pictures share only when they are the same pixel for pixel."""
    scene = part.draws[number % len(part.draws)](Random(f"{seed}/{part.name}/{number}/{attempt}"))
    stream = io.BytesIO()
    scene.picture.save(stream, "PNG", compress_level=PNG_LEVEL)
    digest = blake2b(f"{scene.picture.mode}{scene.picture.size}".encode() + scene.picture.tobytes(), digest_size=20)
    return Drawn(part.name, number, stream.getvalue(), scene.rows), digest.digest()


Job = tuple[Part, int, int]


def _draw_all(jobs: Iterable[Job], workers: int) -> Iterator[tuple[Drawn, bytes]]:
    """The first drawing for every job, in order."""
    if workers <= 1:
        yield from starmap(draw_one, jobs)
        return
    # Forked processes inherit the locks of threads that they lack; spawned ones begin afresh.
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        waiting: deque[Future[tuple[Drawn, bytes]]] = deque()
        for job in jobs:
            waiting.append(pool.submit(draw_one, *job))
            if len(waiting) > AHEAD * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _exhausted(key: str, drawn: int) -> Problem:
    found = f"{drawn} different pictures were drawn, and {DRAWS_A_PICTURE} more draws gave none that is new"
    return Problem("lab/world-exhausted", key, found, fix="ask for fewer pictures")
