"""Copies found and strangers mistaken, by the doctor's search for pictures that look alike.

Pictures are drawn in the lab's worlds. Half of the held-out pictures are training pictures, changed; the other half
are new pictures of the same worlds, drawn with another seed. A copy counts as found when it is paired with the picture
that it was made of; a new picture that is paired with any training picture is a false alarm.

    python bench/likeness.py [--held-out 2000] [--worlds everyday crosswalk charts characters] [--sweep]
"""

import argparse
import io
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from lensmith.data.doctor import likeness
from lensmith.data.fingerprints import content_of, take_fingerprint
from lensmith.lab.worlds import WORLDS

Change = Callable[[Image.Image, random.Random], Image.Image]
QUALITIES = (40, 60, 75, 90)


def crop(picture: Image.Image, rng: random.Random, most: float) -> Image.Image:
    width, height = picture.size
    left, right = (rng.uniform(0, most) * width for _ in range(2))
    top, bottom = (rng.uniform(0, most) * height for _ in range(2))
    return picture.crop((round(left), round(top), round(width - right), round(height - bottom)))


def resize(picture: Image.Image, rng: random.Random) -> Image.Image:
    scale = rng.uniform(0.4, 1.6)
    return picture.resize((max(8, round(picture.width * scale)), max(8, round(picture.height * scale))))


CHANGES: dict[str, Change] = {
    "encoded again": lambda picture, rng: picture,
    "resized": resize,
    "mirrored": lambda picture, rng: picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "upside down": lambda picture, rng: picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
    "cropped by up to 5 % an edge": lambda picture, rng: crop(picture, rng, 0.05),
    "cropped by up to 10 % an edge": lambda picture, rng: crop(picture, rng, 0.10),
    "mirrored, cropped by up to 5 %, resized": lambda picture, rng: resize(
        crop(picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT), rng, 0.05), rng
    ),
}


def encode(picture: Image.Image, rng: random.Random) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=rng.choice(QUALITIES))
    return stream.getvalue()


def thumbnail(data: bytes) -> bytes:
    return take_fingerprint(data, "picture", content_of(data)).thumbnail


def draw(world: str, count: int, seed: int) -> list[bytes]:
    """Distinct pictures of a world: it may draw the same one twice."""
    with tempfile.TemporaryDirectory() as folder:
        WORLDS[world](Path(folder), pictures=count, seed=seed)
        paths = sorted(path for path in Path(folder).rglob("*") if path.suffix in (".png", ".jpg"))
        return list(dict.fromkeys(path.read_bytes() for path in paths))[:count]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--held-out", type=int, default=2000)
    parser.add_argument("--worlds", nargs="+", default=["everyday", "crosswalk", "charts", "characters"])
    parser.add_argument("--sweep", action="store_true", help="several thresholds instead of the one in use")
    arguments = parser.parse_args()
    rng = random.Random(0)
    each = arguments.held_out // (2 * len(arguments.worlds))
    train, held_out, labels = [], [], []
    for world in arguments.worlds:
        ours, fresh = draw(world, each, seed=1), draw(world, each, seed=2)
        for number, data in enumerate(ours):
            change = list(CHANGES)[number % len(CHANGES)]
            picture = Image.open(io.BytesIO(data)).convert("RGB")
            held_out.append(thumbnail(encode(CHANGES[change](picture, rng), rng)))
            labels.append((change, len(train)))
            train.append(thumbnail(data))
        known = set(ours)
        for data in fresh:
            if data not in known:
                held_out.append(thumbnail(data))
                labels.append((f"new: {world}", -1))
    ours_NSSC, theirs_MSSC = likeness.read_thumbnails(train), likeness.read_thumbnails(held_out)
    in_use = likeness.SAME_CORRELATION
    for threshold in (0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98) if arguments.sweep else (in_use,):
        likeness.SAME_CORRELATION = threshold
        report(threshold, ours_NSSC, theirs_MSSC, labels)


def report(threshold: float, ours_NSSC, theirs_MSSC, labels: list[tuple[str, int]]) -> None:
    started = time.perf_counter()
    pairs = likeness.find_alike(ours_NSSC, theirs_MSSC)
    taken_s = time.perf_counter() - started
    found = {(pair.other, pair.one) for pair in pairs}
    paired = {pair.other for pair in pairs}
    of, right = Counter(label for label, _ in labels), Counter()
    for place, (label, source) in enumerate(labels):
        right[label] += (place, source) in found if source >= 0 else place in paired
    copies = [label for label in of if not label.startswith("new")]
    strangers = [label for label in of if label.startswith("new")]
    print(f"correlation {threshold}: {len(ours_NSSC)} training, {len(theirs_MSSC)} held-out pictures, {taken_s:.1f} s")
    for title, kinds in (("found", copies), ("mistaken", strangers)):
        for label in kinds:
            print(f"  {label:<42}{right[label]:>5} of {of[label]:>4}{right[label] / of[label]:>9.1%} {title}")
        total, hits = sum(of[label] for label in kinds), sum(right[label] for label in kinds)
        print(f"  {'all':<42}{hits:>5} of {total:>4}{hits / total:>9.1%} {title}")


if __name__ == "__main__":
    main()
