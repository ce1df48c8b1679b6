"""Every distinct picture decoded once before anything starts, so that no run dies of one in its third hour.

What was found out is kept in the index of the user's cache folder: a picture that has not changed is not decoded again.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from itertools import islice
from threading import Lock

from lensmith.data.fingerprints import Fingerprint, content_of, take_fingerprint
from lensmith.data.images import FileImage, read_bytes, size_of_bytes
from lensmith.data.picture_index import FileStamp, Known, PictureIndex, index_path, stamp_file
from lensmith.errors import DataError, Problem
from lensmith.types import ImageRef

# Called with what is being done, how many are done, and how many there are where that is known.
Progress = Callable[[str, int, int | None], None]

WORKERS = 4
# Pictures waiting for a worker, so that a list of a million does not become a million futures.
_WAITING_PER_WORKER = 8
# Pictures looked up in the index, checked and written to it together.
_AT_ONCE = 500
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
        found: of the good ones.
        problems: of the others; `where` is the picture's name.
        trouble: why nothing could be remembered for the next time; empty where all is well.
    """

    found: dict[ImageRef, Fingerprint] = field(default_factory=dict)
    problems: dict[ImageRef, Problem] = field(default_factory=dict)
    trouble: str = ""

    @property
    def sizes_bytes(self) -> dict[ImageRef, int]:
        """Of the good ones, encoded."""
        return {image: fingerprint.size_bytes for image, fingerprint in self.found.items()}


def check_images(
    images: Iterable[ImageRef], *, on_progress: Progress = silent, workers: int = WORKERS, thumbnails: bool = False
) -> ImageCheck:
    """Decodes every picture fully, once each, unless the index knows it; at most `workers` are in memory at any time.

    The order of the results is that of `images`, whatever finishes first.

    Args:
        images: repetitions count once.
        on_progress: called with how many are done.
        workers: threads that decode.
        thumbnails: keep them, at three kilobytes a picture.
    """
    distinct = list(dict.fromkeys(images))
    found: dict[ImageRef, Fingerprint] = {}
    problems: dict[ImageRef, Problem] = {}
    with (
        PictureIndex(index_path()) as index,
        ThreadPoolExecutor(workers, thread_name_prefix="check-images") as pool,
    ):
        known = _look_at(distinct, index, pool, workers, thumbnails)
        for done, (image, outcome) in enumerate(known, start=1):
            if isinstance(outcome, Problem):
                problems[image] = replace(outcome, where=image.name)
            else:
                found[image] = outcome if thumbnails else replace(outcome, thumbnail=b"")
            if done % _REPORT_EVERY == 0 or done == len(distinct):
                on_progress("checking pictures", done, len(distinct))
    return ImageCheck(found, problems, index.trouble)


def _look_at(
    images: list[ImageRef], index: PictureIndex, pool: ThreadPoolExecutor, workers: int, thumbnails: bool
) -> Iterator[tuple[ImageRef, Known]]:
    """Each picture with what is known of it; what was not known before is added to the index."""
    for start in range(0, len(images), _AT_ONCE):
        some = images[start : start + _AT_ONCE]
        stamps: dict[ImageRef, FileStamp | None] = {
            image: stamp_file(image.path) for image in some if isinstance(image, FileImage)
        }
        contents = index.find_files(stamp for stamp in stamps.values() if stamp is not None)
        known = index.find_pictures(contents.values(), thumbnails=thumbnails)
        fresh: list[tuple[FileStamp | None, bytes, Known]] = []
        unknown = [image for image in some if _content(image, contents) not in known]
        outcomes = _measure_all(unknown, index, pool, workers)
        for image in some:
            content = _content(image, contents)
            if content in known:
                yield image, known[content]
            else:
                content, outcome = next(outcomes)
                if content:
                    fresh.append((stamps.get(image), content, outcome))
                yield image, outcome
        index.add(fresh)


def _content(image: ImageRef, contents: dict[str, bytes]) -> bytes:
    return contents.get(image.path, b"") if isinstance(image, FileImage) else b""


def _measure_all(
    images: list[ImageRef], index: PictureIndex, pool: ThreadPoolExecutor, workers: int
) -> Iterator[tuple[bytes, Known]]:
    waiting: deque[Future[tuple[bytes, Known]]] = deque()
    rest = iter(images)
    for _ in images:
        waiting.extend(
            pool.submit(_measure, image, index) for image in islice(rest, workers * _WAITING_PER_WORKER - len(waiting))
        )
        yield waiting.popleft().result()


def _measure(image: ImageRef, index: PictureIndex) -> tuple[bytes, Known]:
    """The content's digest, b"" where there is none, and what the picture is like.

    A copy of a known file, or a picture inside another file, is read but not decoded.
    """
    content = b""
    try:
        data = read_bytes(image)
        content = content_of(data)
        if known := index.find_pictures([content]):
            return content, known[content]
        height_px, width_px = size_of_bytes(data, image.name)
        with _LARGE if height_px * width_px > LARGE_PIXELS else nullcontext():
            return content, take_fingerprint(data, image.name, content)
    except DataError as error:
        return content, error.problems[0]
