"""How a world becomes a folder: images/, train.jsonl and test.jsonl, no picture twice, same seed same bytes."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Protocol

from PIL import Image

from lensmith.errors import DataError, Problem
from lensmith.rundir import write_jsonl

Row = dict[str, Any]
DRAWS_A_PICTURE = 200
HELD_OUT_PER = 8


@dataclass(frozen=True, slots=True)
class Scene:
    """One drawn picture and everything that is asked about it; rows still lack `image_path`."""

    picture: Image.Image
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class WorldFolder:
    """A world on disk, and how far one gets in it without looking.

    Attributes:
        train: the file of questions to learn from.
        test: the file of questions on pictures that `train` does not show.
        pictures: how many pictures each file is about.
        questions: how many rows each file has.
        blind: for each kind of question, and for "all", the accuracy of `blind_baseline` on `test`.
    """

    train: Path
    test: Path
    pictures: Mapping[str, int]
    questions: Mapping[str, int]
    blind: Mapping[str, float]


class MakeWorld(Protocol):
    """A function that writes a world."""

    def __call__(self, out: Path, *, pictures: int, seed: int) -> WorldFolder:
        """Writes a world of `pictures` training pictures, and an eighth as many held out, into `out`."""
        ...


def blind_baseline(train: Iterable[Row], test: Iterable[Row]) -> dict[str, float]:
    """The accuracy on `test` of answering without the picture, by kind of question and for "all".

    Each question gets the answer that `train` gives most often to the same words, or, for words that `train`
    lacks, the commonest answer to its kind. A model that beats this has looked.

    Args:
        train: rows with `question`, `answer` and `kind`.
        test: rows of the same form; at least one.

    Returns:
        Fractions 0–1.

    >>> row = {"question": "Which colour?", "answer": "red", "kind": "colour"}
    >>> blind_baseline([row], [row, row | {"answer": "blue"}])
    {'colour': 0.5, 'all': 0.5}
    """
    by_question: dict[str, Counter[str]] = defaultdict(Counter)
    by_kind: dict[str, Counter[str]] = defaultdict(Counter)
    for row in train:
        by_question[row["question"]][row["answer"]] += 1
        by_kind[row["kind"]][row["answer"]] += 1
    right: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for row in test:
        seen = by_question.get(row["question"]) or by_kind.get(row["kind"]) or Counter({"": 1})
        for group in (row["kind"], "all"):
            asked[group] += 1
            right[group] += seen.most_common(1)[0][0] == row["answer"]
    return {group: right[group] / asked[group] for group in sorted(asked, key=lambda group: (group == "all", group))}


def write_world(out: Path, draw: Callable[[Random], Scene], *, pictures: int, seed: int) -> WorldFolder:
    """Draws a world and writes it, every picture of both files different from every other, pixel for pixel.

    Args:
        out: made when missing; files of the same names are replaced.
        draw: makes a scene from a source of randomness and from nothing else.
        pictures: training pictures; an eighth as many (at least one) are held out.
        seed: every picture's randomness derives from it, from its file and from its number.

    Raises:
        DataError: `pictures` is below 1, or the world cannot draw so many different pictures.
    """
    if pictures < 1:
        raise DataError(
            Problem("lab/no-pictures", str(out), f"{pictures} pictures were asked for", fix="ask for 1 or more")
        )
    (out / "images").mkdir(parents=True, exist_ok=True)
    seen: set[bytes] = set()
    rows: dict[str, list[Row]] = {}
    counts = {"train": pictures, "test": max(1, pictures // HELD_OUT_PER)}
    for split, count in counts.items():
        rows[split] = []
        for number in range(count):
            scene = _draw_new(draw, seen, f"{seed}/{split}/{number}")
            name = f"images/{split}-{number:05d}.png"
            scene.picture.save(out / name)
            rows[split] += [{"image_path": name, **row} for row in scene.rows]
        write_jsonl(out / f"{split}.jsonl", rows[split])
    return WorldFolder(
        train=out / "train.jsonl",
        test=out / "test.jsonl",
        pictures=counts,
        questions={split: len(found) for split, found in rows.items()},
        blind=blind_baseline(rows["train"], rows["test"]),
    )


def _draw_new(draw: Callable[[Random], Scene], seen: set[bytes], key: str) -> Scene:
    """A scene whose pixels are not in `seen`; adds them."""
    for attempt in range(DRAWS_A_PICTURE):
        scene = draw(Random(f"{key}/{attempt}"))
        pixels = scene.picture.tobytes()
        if pixels not in seen:
            seen.add(pixels)
            return scene
    raise DataError(
        Problem(
            "lab/world-exhausted",
            key,
            f"{len(seen)} different pictures were drawn, and {DRAWS_A_PICTURE} more draws gave none that is new",
            fix="ask for fewer pictures",
        )
    )
