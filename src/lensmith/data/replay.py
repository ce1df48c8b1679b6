"""Questions that the base answers itself, so that it meets its own answers again while it learns new ones.

The oldest remedy against forgetting is rehearsal; answers by the model itself (pseudorehearsal, Robins 1995, Connection
Science 7(2)) need neither labels nor the data that it was pretrained on.
"""

import hashlib
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lensmith.config.sections import SourceSection
from lensmith.data.check import Progress, check_images
from lensmith.data.dataset import Data, Inspection, inspect_sources
from lensmith.data.report import DataReport
from lensmith.errors import DataError, Problem
from lensmith.types import Example, ImageRef, Turn

HELD_OUT = "its picture is in the validation or test part"
TAUGHT = "training asks it, with an answer of its own"
REPEATED = "it was asked before"


@dataclass(frozen=True, slots=True)
class ReplayQuestions:
    """What the base may be asked.

    Attributes:
        sources: as the recipe names them.
        asked: for each of them, its questions: one turn without answers, an id that no example of training has.
        left_out: why a question cannot be used, to the ids.
        reports: how each source was read.
    """

    sources: tuple[SourceSection, ...]
    asked: tuple[tuple[Example, ...], ...]
    left_out: Mapping[str, tuple[str, ...]]
    reports: tuple[DataReport, ...]

    @property
    def fingerprint(self) -> str:
        """Changes when anything changes that was read."""
        return hashlib.sha256("".join(report.fingerprint for report in self.reports).encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Counts, what was left out, and how the sources were read, as plain JSON values."""
        return {
            "questions": sum(map(len, self.asked)),
            "left_out": {reason: {"n": len(ids), "ids": list(ids)} for reason, ids in self.left_out.items()},
            "sources": [
                {"path": source.path, "questions": len(asked), **report.to_json()}
                for source, asked, report in zip(self.sources, self.asked, self.reports, strict=True)
            ],
        }


def read_replay(
    sources: Sequence[SourceSection], data: Data, *, on_progress: Progress | None = None
) -> ReplayQuestions:
    """The questions of these sources that learning and measuring leave free; their answers are not read.

    Left out are questions on a picture of the validation or test part, and such as the training part asks on the same
    picture. Pictures are told by the content of their files.

    Args:
        sources: pictures with questions, or with one question for all.
        data: what is learned and measured.
        on_progress: called with what is being done, how many are done, and how many there are.

    Raises:
        DataError: a source cannot be read, or has no question left; carries every problem that was found.
    """
    found = [inspect_sources([source], on_progress=on_progress, answers_required=False) for source in sources]
    problems = [problem for each in found for problem in each.failed]
    left_out: defaultdict[str, list[str]] = defaultdict(list)
    free = _Free(data)
    asked = []
    for at, (source, each) in enumerate(zip(sources, found, strict=True)):
        kept: list[Example] = []
        for reason, example in free.sort(each, at):
            if reason:
                left_out[reason].append(example.id)
            else:
                kept.append(example)
        if not kept and not each.failed:
            problems += [*each.report.problems, _nothing(source, len(each.examples), left_out)]
        asked.append(tuple(kept))
    if problems:
        raise DataError(problems)
    reports = tuple(each.report for each in found)
    return ReplayQuestions(
        tuple(sources), tuple(asked), {reason: tuple(ids) for reason, ids in left_out.items()}, reports
    )


class _Free:
    """Tells which questions are free."""

    def __init__(self, data: Data) -> None:
        parts = (data.train, data.validation, data.test)
        self.ids = {example.id for part in parts for example in part}
        checked = check_images(image for part in parts for example in part for image in example.images)
        self.contents = {image: found.content for image, found in checked.found.items()}
        self.held_out = {self.contents[image] for part in parts[1:] for example in part for image in example.images}
        self.taught = {(self._seen(example.images), turn.question) for example in data.train for turn in example.turns}
        self.met: set[tuple[tuple[bytes, ...], str]] = set()

    def sort(self, found: Inspection, at: int) -> Iterator[tuple[str, Example]]:
        """Each question as the base would be asked it, after the reason why it is not; an empty one where it is."""
        self.contents |= {image: each.content for image, each in found.pictures.found.items()}
        for example in found.examples:
            alone = replace(
                example, id=_own_id(f"replay/{at + 1}/{example.id}", self.ids), turns=(Turn(example.question, ()),)
            )
            shown = self._seen(example.images)
            question = shown, example.question
            reason = ""
            if self.held_out.intersection(shown):
                reason = HELD_OUT
            elif question in self.taught:
                reason = TAUGHT
            elif question in self.met:
                reason = REPEATED
            self.met.add(question)
            yield reason, alone

    def _seen(self, images: Iterable[ImageRef]) -> tuple[bytes, ...]:
        return tuple(self.contents[image] for image in images)


def _own_id(wanted: str, taken: Container[str]) -> str:
    while wanted in taken:
        wanted = f"replay/{wanted}"
    return wanted


def _nothing(source: SourceSection, read: int, left_out: Mapping[str, Sequence[str]]) -> Problem:
    reasons = "; ".join(f"{len(ids)}: {reason}" for reason, ids in left_out.items())
    found = f"none of its {read} questions can be asked" + (f" ({reasons})" if reasons else "")
    fix = "give pictures that are neither trained on nor measured on, with questions or with `question`"
    return Problem("data/no-replay", source.path, found, fix=fix)
