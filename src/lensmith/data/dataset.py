"""From the `data` section of a recipe to examples that can be used: read → check → divide → report.

Nothing is dropped without a problem in the report that names the row and a count that the problem adds to.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lensmith.config.sections import DataSection, SourceSection, SplitSection
from lensmith.data.balance import balance_classes
from lensmith.data.check import ImageCheck, Progress, check_images, silent
from lensmith.data.control import shuffle_pictures
from lensmith.data.mixture import Mixture
from lensmith.data.reading import Reading
from lensmith.data.report import DataReport
from lensmith.data.same_content import join_copies
from lensmith.data.split import Fold, divide, missing_labels
from lensmith.errors import DataError, Problem
from lensmith.types import Example, ImageRef

__all__ = ["Data", "DataReport", "inspect_sources", "load_data", "load_source", "load_sources", "shared_pictures"]


@dataclass(frozen=True, slots=True)
class Data:
    """Examples by part, how often training meets them, and the report on how they came to be.

    Only `train` is never empty.
    """

    train: tuple[Example, ...]
    validation: tuple[Example, ...]
    test: tuple[Example, ...]
    report: DataReport
    mixture: Mixture


def load_data(
    section: DataSection, seed: int, *, on_progress: Progress | None = None, answers_required: bool = True
) -> Data:
    """Everything a run learns from and is measured on; every picture was decoded once and can be.

    Validation and test come from their own files where the recipe gives any, else from shares of the rest. Within
    a part every id is used once; within the whole a picture's name means one picture.

    Args:
        section: what to read.
        seed: decides the division, together with the names of the groups, unless the section has a seed for that; and
            the control's shuffling.
        on_progress: called with what is being done, how many are done, and how many there are.
        answers_required: False keeps rows without an answer.

    Raises:
        DataError: a source cannot be read, there is nothing left to train on, or too little to divide; carries
            every problem that was found.
    """
    reading = Reading(answers_required, on_progress or silent)
    parts = {"train": reading.read(section.train)}
    mixture = Mixture.of(section.train, reading.sources)
    given = {"validation": section.validation, "test": section.test}
    parts |= {part: reading.read(sources) for part, sources in given.items() if sources is not None}
    kept, pictures = _with_good_pictures(parts, reading)
    if reading.failed or not kept["train"]:
        raise DataError([*reading.failed, *reading.tally.problems] or _nothing(section.train))
    empty = [part for part in kept if not kept[part]]
    if empty:
        raise DataError([*reading.tally.problems, *(_no_examples(part) for part in empty)])
    kept = _joined(kept, pictures, reading)
    divided = _divide(kept, section.split, seed)
    whole = {part: divided.get(part, kept.get(part, ())) for part in ("train", "validation", "test")}
    reading.tally.note(shared_pictures(whole))
    if section.split.stratify:
        reading.tally.note(missing_labels(divided, section.split.stratify))
    if section.shuffle_images:
        whole = {part: shuffle_pictures(examples, seed) for part, examples in whole.items()}
    if section.balance != "none":
        met = {example.id: mixture.weights[mixture.source_of[example.id]] for example in whole["train"]}
        mixture = replace(mixture, balance=balance_classes(whole["train"], met, section.balance))
    return Data(
        **{part: tuple(examples) for part, examples in whole.items()},
        report=reading.tally.report(
            whole, pictures.sizes_bytes, mixture.count(example.id for example in whole["train"])
        ),
        mixture=mixture,
    )


def load_source(
    section: SourceSection, *, on_progress: Progress | None = None, answers_required: bool = True
) -> tuple[tuple[Example, ...], DataReport]:
    """All usable examples of one source; see `load_sources`."""
    return load_sources([section], on_progress=on_progress, answers_required=answers_required)


def load_sources(
    sections: Sequence[SourceSection], *, on_progress: Progress | None = None, answers_required: bool = True
) -> tuple[tuple[Example, ...], DataReport]:
    """All usable examples of several sources, undivided, and the report on them.

    Ids and picture names are as unique as in a part of `load_data`, so the same files give the same ids there.

    Raises:
        DataError: one cannot be read, or no example is left; carries every problem that was found.
    """
    found = inspect_sources(sections, on_progress=on_progress, answers_required=answers_required)
    if found.failed or not found.examples:
        raise DataError([*found.failed, *found.report.problems] or _nothing(sections))
    return tuple(join_copies({"all": found.examples}, found.pictures.found)[0]["all"]), found.report


@dataclass(frozen=True, slots=True)
class Inspection:
    """What several sources hold, good and bad.

    Attributes:
        examples: the usable ones.
        report: counts and problems.
        failed: what kept whole sources from being read.
        places: for each example, by id, the row that it stands in.
        pictures: all that were decoded.
    """

    examples: tuple[Example, ...]
    report: DataReport
    failed: tuple[Problem, ...]
    places: Mapping[str, str]
    pictures: ImageCheck


def inspect_sources(
    sections: Sequence[SourceSection],
    *,
    on_progress: Progress | None = None,
    answers_required: bool = True,
    thumbnails: bool = False,
) -> Inspection:
    """As `load_sources`, but hands back what is wrong; with `thumbnails` those of all pictures are kept."""
    reading = Reading(answers_required, on_progress or silent)
    kept, pictures = _with_good_pictures({"all": reading.read(sections)}, reading, thumbnails=thumbnails)
    report = reading.tally.report(kept, pictures.sizes_bytes)
    return Inspection(tuple(kept["all"]), report, tuple(reading.failed), reading.places, pictures)


def shared_pictures(parts: Mapping[str, Sequence[Example]]) -> list[Problem]:
    """A warning for each two parts that show the same picture. Copies under other names have been joined by then."""
    seen = {part: {image: None for example in parts[part] for image in example.images} for part in parts}
    names = list(parts)
    warnings = []
    for k, one in enumerate(names):
        for other in names[k + 1 :]:
            shared = [image.name for image in seen[one] if image in seen[other]]
            listed = ", ".join(shared[:3]) + (", …" if len(shared) > 3 else "")
            if shared:
                warnings.append(
                    Problem(
                        "data/shared-pictures",
                        f"{one} and {other}",
                        f"pictures in both: {len(shared)} ({listed})",
                        consequence="a score on pictures seen in training says too little about new ones",
                        fix="divide by picture, or leave them out of one side",
                    )
                )
    return warnings


def _joined(kept: Mapping[str, Sequence[Example]], pictures: ImageCheck, reading: Reading) -> dict[str, list[Example]]:
    joined, notes = join_copies(kept, pictures.found)
    reading.tally.note(notes)
    return joined


def _divide(given: Mapping[str, Sequence[Example]], split: SplitSection, seed: int) -> dict[str, tuple[Example, ...]]:
    """The training part without what the parts that were not given get of it; a test part that was given wins."""
    shares = {part: getattr(split, part) for part in ("test", "validation") if part not in given}
    fold = Fold(split.fold, split.folds) if split.fold and split.folds and "test" in shares else None
    chosen = seed if split.seed is None else split.seed
    return divide(given["train"], shares, by=split.by, seed=chosen, stratify=split.stratify, fold=fold)


def _with_good_pictures(
    parts: Mapping[str, Sequence[Example]], reading: Reading, *, thumbnails: bool = False
) -> tuple[dict[str, list[Example]], ImageCheck]:
    uses = Counter(image for examples in parts.values() for example in examples for image in set(example.images))
    checked = check_images(uses, on_progress=reading.on_progress, thumbnails=thumbnails)
    bad = checked.problems
    lost: Counter[ImageRef] = Counter()
    kept: dict[str, list[Example]] = {}
    for part, examples in parts.items():
        kept[part] = []
        for example in examples:
            # An example with several bad pictures counts under the first.
            spoiled = next((image for image in example.images if image in bad), None) if bad else None
            if spoiled is None:
                kept[part].append(example)
            else:
                lost[spoiled] += 1
    for image, problem in bad.items():
        told = replace(
            problem,
            where=reading.first_seen[image],
            found=f"{image.name}: {problem.found}",
            consequence=f"examples left out because of it: {lost[image]}",
        )
        reading.tally.leave_out_examples(told, lost[image])
    return kept, checked


def _nothing(sources: Sequence[SourceSection]) -> Problem:
    where = ", ".join(source.path for source in sources)
    return Problem("data/empty-file", where, "there are no rows", fix="point at a file with rows in it")


def _no_examples(part: str) -> Problem:
    return Problem(
        "data/empty-part", f"data.{part}", "no usable example is left", fix="mend the files, or leave it out"
    )
