"""How a world becomes a folder that lensmith reads, in whatever format; and how far one gets in it without looking."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from json import dumps
from pathlib import Path
from typing import Any, Protocol, TextIO

from lensmith.lab.worlds.scenes import Draw, Drawn, Part, Row, Scene, draw_parts, halves

__all__ = ["MakeWorld", "Row", "Scene", "WorldFolder", "WorldTally", "blind_baseline", "write_jsonl", "write_world"]


@dataclass(frozen=True, slots=True)
class WorldFolder:
    """A world on disk: how a recipe reads it, what it holds, and how far one gets in it without looking.

    Attributes:
        out: the folder.
        data: the recipe's `data` section that reads it, at least `train` and `test`. Every `path` and `images` in
            it is relative to `out`, with forward slashes; `data_at` gives the section with paths that can be used.
        pictures: how many pictures each part is about.
        questions: how many questions each part has.
        blind: for each kind of question, and for "all", the accuracy of `blind_baseline` on `test`, 0–1.
        extra: further sources by name, as in `data`, that a recipe's `data` section has no place for: probes.
        languages: those in which it asks.
        kind_column: the metadata column that tells the kind of a question; "" where the format has no place for it.
        language_column: the metadata column that tells the language; "" where the format has no place for it.
    """

    out: Path
    data: Mapping[str, Any]
    pictures: Mapping[str, int]
    questions: Mapping[str, int]
    blind: Mapping[str, float]
    extra: Mapping[str, Any] = field(default_factory=dict)
    languages: tuple[str, ...] = ("en",)
    kind_column: str = "kind"
    language_column: str = "language"

    def data_at(self, place: Path | str | None = None) -> dict[str, Any]:
        """The recipe's `data` section, with paths that begin at `place`: by default at the folder itself.

        >>> folder = WorldFolder(Path("w"), {"train": "a.jsonl", "test": {"path": "b", "split": "t"}}, {}, {}, {})
        >>> folder.data_at("../world")
        {'train': '../world/a.jsonl', 'test': {'path': '../world/b', 'split': 't'}}
        """
        return _placed(self.data, self.out if place is None else Path(place))

    def extra_at(self, place: Path | str | None = None) -> dict[str, Any]:
        """The further sources, with paths as in `data_at`."""
        return _placed(self.extra, self.out if place is None else Path(place))


class MakeWorld(Protocol):
    """A function that writes a world. The first line of its docstring is what `lensmith lab worlds` says of it."""

    def __call__(self, out: Path, *, pictures: int, seed: int, workers: int = 1) -> WorldFolder:
        """Writes a world of `pictures` training pictures, and an eighth as many held out, into `out`.

        Args:
            out: made when missing; files of the same names are replaced.
            pictures: training pictures.
            seed: every picture derives from it, from its part and from its number, and from nothing else.
            workers: processes that draw; makes no difference to what is written.

        Raises:
            DataError: `pictures` is below 1, or the world cannot draw so many different pictures.
        """
        ...


class WorldTally:
    """Counts a world while it is being written, one scene after the other, and guesses blind.

    Its memory grows with the number of different questions, not with that of pictures.
    """

    def __init__(self) -> None:
        self.pictures: Counter[str] = Counter()
        self.questions: Counter[str] = Counter()
        self._blind = _Guesser()

    def see(self, drawn: Drawn) -> Drawn:
        """Counts a scene and gives it back. The guesser learns from `train`, and is judged on `test` after that."""
        self.pictures[drawn.part] += 1
        self.questions[drawn.part] += len(drawn.rows)
        for row in drawn.rows:
            if drawn.part == "train":
                self._blind.learn(row)
            elif drawn.part == "test":
                self._blind.judge(row)
        return drawn

    def folder(self, out: Path, data: Mapping[str, Any], **declared: Any) -> WorldFolder:
        """What was counted, as a world's folder.

        Args:
            out: the folder.
            data: as in `WorldFolder`.
            declared: `extra`, `languages`, `kind_column`, `language_column`, where they differ from the usual.
        """
        counts, blind = (dict(self.pictures), dict(self.questions)), self._blind.accuracies()
        return WorldFolder(out, data, *counts, blind, **declared)


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
    guesser = _Guesser()
    for row in train:
        guesser.learn(row)
    for row in test:
        guesser.judge(row)
    return guesser.accuracies()


def write_world(
    out: Path, draw: Draw, *, pictures: int, seed: int, workers: int = 1, languages: Sequence[str] = ("en", "ru")
) -> WorldFolder:
    """Writes a usual world: images/, train.jsonl and test.jsonl, no picture twice, same seed same bytes.

    Raises:
        DataError: as `MakeWorld`.
    """
    parts = halves(out, pictures, draw)
    return write_jsonl(out, parts, seed=seed, workers=workers, languages=tuple(languages))


def write_jsonl(out: Path, parts: Sequence[Part], *, seed: int, workers: int = 1, **declared: Any) -> WorldFolder:
    """Draws parts into images/PART-NUMBER.png and PART.jsonl, a row a question, `image_path` before its own columns.

    Rows are written as they are drawn. `train`, `validation` and `test` become the `data` section, other parts
    `extra`.

    Args:
        out: made when missing; files of the same names are replaced.
        parts: `train` before `test`; names are file names.
        seed: of all pictures.
        workers: processes that draw.
        declared: as in `WorldTally.folder`.

    Raises:
        DataError: the world cannot draw so many different pictures.
    """
    (out / "images").mkdir(parents=True, exist_ok=True)
    tally = WorldTally()
    for part, scenes in groupby(draw_parts(parts, seed=seed, workers=workers), key=lambda drawn: drawn.part):
        with open_whole(out / f"{part}.jsonl") as stream:
            for drawn in map(tally.see, scenes):
                name = f"images/{drawn.name}.png"
                (out / name).write_bytes(drawn.png)
                stream.writelines(dumps({"image_path": name, **row}, ensure_ascii=False) + "\n" for row in drawn.rows)
    files = {part.name: f"{part.name}.jsonl" for part in parts if part.pictures}
    in_recipe = {"train", "validation", "test"}
    data = {name: file for name, file in files.items() if name in in_recipe}
    extra = {name: file for name, file in files.items() if name not in in_recipe}
    return tally.folder(out, data, **{"extra": extra, **declared})


@contextmanager
def open_whole(path: Path) -> Iterator[TextIO]:
    """A text file to write to, piece by piece, that has its name only once all of it is written."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("w", encoding="utf-8", newline="\n") as stream:
            yield stream
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


class _Guesser:
    def __init__(self) -> None:
        self._by_question: dict[str, Counter[str]] = defaultdict(Counter)
        self._by_kind: dict[str, Counter[str]] = defaultdict(Counter)
        self._right: Counter[str] = Counter()
        self._asked: Counter[str] = Counter()

    def learn(self, row: Row) -> None:
        self._by_question[row["question"]][row["answer"]] += 1
        self._by_kind[row["kind"]][row["answer"]] += 1

    def judge(self, row: Row) -> None:
        seen = self._by_question.get(row["question"]) or self._by_kind.get(row["kind"]) or Counter({"": 1})
        for group in (row["kind"], "all"):
            self._asked[group] += 1
            self._right[group] += seen.most_common(1)[0][0] == row["answer"]

    def accuracies(self) -> dict[str, float]:
        groups = sorted(self._asked, key=lambda group: (group == "all", group))
        return {group: self._right[group] / self._asked[group] for group in groups}


def _placed(sources: Mapping[str, Any], place: Path) -> dict[str, Any]:
    """Named sources with `place` before every path; the shares of a `split` have none."""
    return {name: each if name == "split" else _source_at(each, place) for name, each in sources.items()}


def _source_at(source: Any, place: Path) -> Any:
    if isinstance(source, str):
        return (place / source).as_posix()
    if isinstance(source, list):
        return [_source_at(each, place) for each in source]
    return {key: (place / value).as_posix() if key in ("path", "images") else value for key, value in source.items()}
