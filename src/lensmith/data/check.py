"""Every distinct picture decoded once before anything starts, so that no run dies of one in its third hour."""

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import islice
from threading import Lock

from lensmith.data.images import decode_bytes, read_bytes, size_of_bytes
from lensmith.errors import DataError, Problem
from lensmith.types import ImageRef

# Called with what is being done, how many are done, and how many there are where that is known.
Progress = Callable[[str, int, int | None], None]

WORKERS = 4
# Pictures waiting for a worker, so that a list of a million does not become a million futures.
_WAITING_PER_WORKER = 8
_REPORT_EVERY = 100
# Pictures beyond this are decoded one at a time: up to ten bytes a pixel are in use while one is flattened.
LARGE_PIXELS = 16_000_000
_LARGE = Lock()


def silent(stage: str, done: int, total: int | None) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class ImageCheck:
    """What became of every picture: in exactly one of the two.

    Attributes:
        sizes_bytes: of the good ones, encoded.
        problems: of the others; `where` is the picture's name.
    """

    sizes_bytes: dict[ImageRef, int]
    problems: dict[ImageRef, Problem]


def check_images(images: Iterable[ImageRef], *, on_progress: Progress = silent, workers: int = WORKERS) -> ImageCheck:
    """Decodes every picture fully, once each; at most `workers` are in memory at any time.

    The order of the results is that of `images`, whatever finishes first.
    """
    distinct = list(dict.fromkeys(images))
    result = ImageCheck({}, {})
    rest = iter(distinct)
    with ThreadPoolExecutor(workers, thread_name_prefix="check-images") as pool:
        waiting: deque[tuple[ImageRef, Future[int | Problem]]] = deque()
        for done in range(len(distinct)):
            for image in islice(rest, workers * _WAITING_PER_WORKER - len(waiting)):
                waiting.append((image, pool.submit(_measure, image)))
            image, future = waiting.popleft()
            outcome = future.result()
            if isinstance(outcome, Problem):
                result.problems[image] = outcome
            else:
                result.sizes_bytes[image] = outcome
            if (done + 1) % _REPORT_EVERY == 0 or done + 1 == len(distinct):
                on_progress("checking pictures", done + 1, len(distinct))
    return result


def _measure(image: ImageRef) -> int | Problem:
    try:
        data = read_bytes(image)
        height_px, width_px = size_of_bytes(data, image.name)
        with _LARGE if height_px * width_px > LARGE_PIXELS else nullcontext():
            decode_bytes(data, image.name)
    except DataError as error:
        return error.problems[0]
    return len(data)
