"""The examples as the page's browser wants them: clipped, coded and bounded, the telling ones first."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lensmith.errors import RecipeError
from lensmith.evaluation.choices import recorded_section
from lensmith.evaluation.labels import LabelReader
from lensmith.markup.elements import visible
from lensmith.report.pictures import Embedded, FoundPictures, embed_pictures
from lensmith.report.reading import RunRecord
from lensmith.types import ImageRef, Prediction

TEXT_SIGNS = 2000
MOST_ANSWERS = 12
MOST_BYTES = 12 << 20
MOST_VALUES = 60
MOST_LABELS = 40
# The order in which examples and pictures are let in where there is not room for all.
STATUSES = {"lost": "l", "both_wrong": "w", "gained": "g", "both_right": "r"}
UNJUDGED = "-"


@dataclass(frozen=True, slots=True)
class Gallery:
    """What the browser of examples shows.

    Attributes:
        examples: in the data's order.
        metrics: by whose verdict an example may be gained or lost, each with whether it only knows right and wrong.
        labels: that answers are right by, or the accepted answers where these are few.
        answered: labels that answers were read as; empty where there are no labels.
        columns: of the data, each with its values.
        pictures: what is embedded.
        found: which pictures belong to which example.
        total: how many examples there are, left-out ones included.
    """

    examples: list[dict[str, Any]]
    metrics: dict[str, bool]
    labels: list[str]
    answered: list[str]
    columns: list[tuple[str, list[str]]]
    pictures: Embedded
    found: FoundPictures
    total: int

    def to_json(self) -> dict[str, Any]:
        """What the script reads."""
        return {
            "examples": self.examples,
            "metrics": list(self.metrics),
            "right_or_wrong": list(self.metrics.values()),
            "labels": self.labels,
            "answered": self.answered,
            "columns": self.columns,
            "pictures": self.pictures.data,
        }


def make_gallery(run: RunRecord, found: FoundPictures, most_picture_bytes: int) -> Gallery:
    """All examples that either side answered, as far as there is room."""
    asked = {**run.before, **run.after}
    statuses = _statuses(run)
    order = sorted(asked, key=lambda id_: _importance(statuses.get(id_, "")))
    pictures = embed_pictures([found.by_id.get(id_, ()) for id_ in order], most_picture_bytes)
    coder = _Coder(run, list(asked.values()))
    kept: dict[str, dict[str, Any]] = {}
    spent = 0
    for id_ in order:
        row = coder.code(asked[id_], run.before.get(id_), run.after.get(id_))
        row |= {"s": statuses.get(id_, UNJUDGED), "p": _places(found.by_id.get(id_, ()), pictures)}
        spent += len(json.dumps(row, ensure_ascii=False).encode())
        if spent > MOST_BYTES:
            break
        kept[id_] = row
    return Gallery(
        examples=[kept[id_] for id_ in asked if id_ in kept],
        metrics=_metrics(run),
        labels=coder.labels,
        answered=coder.answered,
        columns=coder.columns,
        pictures=pictures,
        found=found,
        total=len(asked),
    )


def _metrics(run: RunRecord) -> dict[str, bool]:
    """Each metric's name, and True where all its judgements are 0 or 1."""
    metrics = run.comparison.metrics if run.comparison else {}
    return {visible(name): each.after.correct is not None for name, each in metrics.items()}


def _statuses(run: RunRecord) -> dict[str, str]:
    """For each id one sign a metric: gained, lost, right, wrong, or not judged."""
    metrics = list(run.comparison.metrics.values()) if run.comparison else []
    statuses: dict[str, list[str]] = {}
    for at, metric in enumerate(metrics):
        for name, sign in STATUSES.items():
            flips = getattr(metric, name)
            for id_ in flips.ids if flips else ():
                statuses.setdefault(id_, [UNJUDGED] * len(metrics))[at] = sign
    return {id_: "".join(signs) for id_, signs in statuses.items()}


def _importance(status: str) -> int:
    """The place of the first metric's verdict in `STATUSES`."""
    signs = list(STATUSES.values())
    return signs.index(status[0]) if status and status[0] in signs else len(signs)


def _places(images: Sequence[ImageRef], pictures: Embedded) -> list[int]:
    return [pictures.place[image] for image in images if image in pictures.place]


class _Coder:
    """Turns predictions into rows, with labels and the data's columns as numbers."""

    def __init__(self, run: RunRecord, asked: Sequence[Prediction]) -> None:
        self._reader = _label_reader(run)
        self.answered = [visible(label) for label in self._reader.classes] if self._reader else []
        golds = Counter(self._gold(each) for each in asked)
        golds.pop("", None)
        self._golds = [label for label, _ in golds.most_common()] if len(golds) <= MOST_LABELS else []
        self.labels = [visible(label) for label in self._golds]
        self._columns = dict(_columns(run, asked))
        self.columns = [(visible(name), [visible(each) for each in values]) for name, values in self._columns.items()]

    def code(self, asked: Prediction, before: Prediction | None, after: Prediction | None) -> dict[str, Any]:
        """One example; what it has none of is left out."""
        row: dict[str, Any] = {
            "i": clip(asked.id),
            "q": clip(asked.question),
            "a": [clip(answer) for answer in asked.answers[:MOST_ANSWERS]],
            "v": [_place(values, _value(asked, column)) for column, values in self._columns.items()],
            "l": _place(self._golds, self._gold(asked)),
        }
        if len(asked.answers) > MOST_ANSWERS:
            row["more"] = len(asked.answers) - MOST_ANSWERS
        for side, key in ((before, "b"), (after, "t")):
            if side is not None:
                row[key] = clip(side.prediction)
                if side.confidence is not None:
                    row[f"c{key}"] = round(side.confidence, 4)
        if self._reader and after is not None:
            row["r"] = self._reader.classes.index(self._reader.read(after.prediction))
        return row

    def _gold(self, prediction: Prediction) -> str:
        """The right label, or the first accepted answer where there are no labels."""
        if self._reader is None:
            return " ".join(prediction.answers[0].split())[:80] if prediction.answers else ""
        labels = (self._reader.accepted(answer) for answer in prediction.answers)
        return next((label for label in labels if label is not None), "")


def _label_reader(run: RunRecord) -> LabelReader | None:
    """How this run reads labels; None where it has none, or its recipe is damaged."""
    try:
        section = recorded_section({"recipe": run.recipe or {}})
        return LabelReader(section.labels, section.unknown) if section.labels else None
    except RecipeError:
        return None


def _columns(run: RunRecord, asked: Sequence[Prediction]) -> Iterator[tuple[str, list[str]]]:
    """The columns that scores are shown by, with their values, where these are few enough to choose from."""
    wanted = run.setting("evaluate", "slices")
    names = [str(name) for name in wanted] if isinstance(wanted, list) else []
    names += [each.column for each in run.found_slices]
    names += ["subject", "subject_group"] if run.subjects else []
    for name in dict.fromkeys(names):
        counts = Counter(_value(each, name) for each in asked)
        counts.pop("", None)
        if 2 <= len(counts) <= MOST_VALUES:
            yield name, sorted(counts)


def _value(prediction: Prediction, column: str) -> str:
    value = prediction.metadata.get(column)
    return "" if value is None or isinstance(value, list | Mapping) else str(value)[:200]


def _place(names: Sequence[str], name: str) -> int:
    return names.index(name) if name in names else -1


def clip(text: str) -> str | list[Any]:
    """The text as a page may hold it; a long one's beginning, with how long it was.

    >>> clip("да\\x07"), clip("a" * 2001)[1]
    ('да�', 2001)
    """
    if len(text) <= TEXT_SIGNS:
        return visible(text)
    return [visible(text[:TEXT_SIGNS]), len(text)]
