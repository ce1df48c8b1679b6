"""The pictures of a page: found through the run's own data again, made small, and bounded in bytes."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from lensmith.config.sections import DataSection, SourceSection
from lensmith.data.reading import Reading
from lensmith.data.thumbnails import make_thumbnail
from lensmith.errors import DataError
from lensmith.report.reading import RunRecord
from lensmith.types import Example, ImageRef

THUMBNAIL_PX = 192
QUALITY = 72
MOST_AN_EXAMPLE = 4


@dataclass(frozen=True, slots=True)
class FoundPictures:
    """Which pictures belong to which question.

    Attributes:
        by_id: of the examples that were found again, as they were when the run asked them.
        problem: why they could not be looked for, in one of the page's own sentences; empty where they could.
        detail: what that sentence is about: a path.
    """

    by_id: Mapping[str, tuple[ImageRef, ...]]
    problem: str = ""
    detail: str = ""


@dataclass(slots=True)
class Embedded:
    """Pictures that stand in the page.

    Attributes:
        data: the JPEGs, base64.
        place: of each picture that stands in the page, in `data`.
        wanted: how many different pictures the examples show.
        too_many: how many were left out because the page would have grown too large.
        unreadable: those that could not be read, each with why.
    """

    data: list[str] = field(default_factory=list)
    place: dict[ImageRef, int] = field(default_factory=dict)
    wanted: int = 0
    too_many: int = 0
    unreadable: list[str] = field(default_factory=list)


def of_examples(examples: Iterable[Example]) -> FoundPictures:
    """The pictures of examples that are at hand."""
    return FoundPictures({example.id: example.images for example in examples})


def find_pictures(run: RunRecord) -> FoundPictures:
    """Reads the run's test data again, without decoding a picture; nothing is ever fetched from a network.

    A question is found again where id, question and answers are what they were.
    """
    try:
        section = DataSection.model_validate(run.setting("data"))
    except ValidationError:
        return FoundPictures({}, "The recipe does not say where the pictures are.")
    if section.shuffle_images:
        return FoundPictures({}, "The run shuffled its pictures as a control; they are not shown.")
    sources = section.test or (section.validation if not _divides(section) else None) or section.train
    for source in sources:
        if not Path(source.path).expanduser().exists():
            return FoundPictures({}, "The data is not here any more: {detail}.", source.path)
    asked = {**run.before, **run.after}
    found = {}
    for example in _read(sources):
        prediction = asked.get(example.id)
        if prediction and (prediction.question, prediction.answers) == (example.question, example.answers):
            found[example.id] = example.images
    if asked and not found:
        return FoundPictures(
            {}, "The data has changed since: none of the questions is there any more ({detail}).", sources[0].path
        )
    return FoundPictures(found)


def embed_pictures(images: Sequence[tuple[ImageRef, ...]], most_bytes: int) -> Embedded:
    """The pictures as small JPEGs, those that come first first, until `most_bytes` are reached.

    Args:
        images: of each example, in the order of their importance.
        most_bytes: of all JPEGs together, base64 not counted; 0 leaves all pictures out.
    """
    result = Embedded()
    spent = 0
    for image in dict.fromkeys(image for each in images for image in each[:MOST_AN_EXAMPLE]):
        result.wanted += 1
        if spent >= most_bytes:
            result.too_many += 1
            continue
        try:
            small = make_thumbnail(image, THUMBNAIL_PX, QUALITY)
        except DataError as error:
            result.unreadable.append(f"{image.name}: {error.problems[0].found}")
            continue
        if spent + len(small.jpeg) > most_bytes:
            spent = most_bytes
            result.too_many += 1
            continue
        spent += len(small.jpeg)
        result.place[image] = len(result.data)
        result.data.append(base64.b64encode(small.jpeg).decode("ascii"))
    return result


def _divides(section: DataSection) -> bool:
    """True when the test part was a share of the training data."""
    return bool(section.split.test or section.split.folds)


def _read(sources: Sequence[SourceSection]) -> list[Example]:
    """The examples; what cannot be read is not there, and its pictures are counted as missing."""
    return Reading(answers_required=False).read(sources)
