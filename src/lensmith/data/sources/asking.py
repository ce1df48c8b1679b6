"""From pictures whose objects are marked to questions: which class is there (`label`), or is there one (`presence`).

`label` asks one question a picture. Its answer is a class that is marked in it, or `none`. Where several are, each of
them is accepted, the one with the most boxes is taught (the first in the list of classes among equals), and the
picture is noted.

`presence` asks as POPE does (Li et al. 2023, arXiv 2305.10355): for each class in a picture a question whose answer is
yes, and as many about classes that are not in it, whose answer is no. These are chosen

- `random`: each with the same chance;
- `popular`: those in the most pictures first;
- `adversarial`: those first that most often share a picture with the classes in this one, summed over them.

Where a picture lacks fewer classes than it has, as in every set of one class, the questions it cannot give are asked of
other pictures, first of those in which nothing is marked. Chance comes from a hash of the picture's name, so the same
files always give the same questions.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lensmith.config.sections import SourceSection
from lensmith.data.sources.contract import Place, Row
from lensmith.data.sources.flat import question_on_classes
from lensmith.errors import DataError, Problem, suggest
from lensmith.types import Example, ImageRef, Turn

WORDING = {"label": {"none": "none"}, "presence": {"yes": "yes", "no": "no"}}
"""What `wording` may change: the answers."""
SETTINGS = ("ask", "negatives", "classes", "wording", "question")
PRESENCE = "Is there a {class} in the picture?"


@dataclass(frozen=True, slots=True)
class Sighting:
    """A picture and what is marked in it.

    Attributes:
        place: with problems where the picture cannot be used, or what is in it is not known.
        id: unique within the source.
        images: the picture; () where there are problems.
        group: as in `Example`.
        boxes: how many of each class, by the data's own names.
        metadata: every other column.
    """

    place: Place
    id: str
    images: tuple[ImageRef, ...]
    group: str
    boxes: Mapping[str, int]
    metadata: Mapping[str, Any]


def added_columns(section: SourceSection) -> tuple[str, ...]:
    """The columns that a question adds to its picture's: the classes there, and for `presence` the one asked about."""
    return ("classes", "class") if section.ask == "presence" else ("classes",)


def ask(section: SourceSection, sightings: Sequence[Sighting], classes: Sequence[str], where: str) -> Iterator[Row]:
    """One row a picture: the questions on it, or what is wrong with it. Notes on the whole go with the first row.

    A picture that is asked nothing, because there are enough questions whose answer is no, gives no row; it is noted.

    Args:
        section: those in `SETTINGS`. In `question`, {class} stands for the class asked about, {classes} for all and
            the word for none.
        sightings: all pictures, in order.
        classes: the data's own names, in order.
        where: the source, for messages.

    Raises:
        DataError: `classes` or `wording` name what is not there, the question does not tell classes apart, or there
            is no class.
    """
    words = _words(section, where)
    called = _called(section, classes, words.get("none"), where)
    whole = Place(where)
    present = [_present(sighting, called) for sighting in sightings]
    good = [k for k, sighting in enumerate(sightings) if not sighting.place.problems]
    if section.ask == "label":
        turns = {k: _label(sightings[k].place, section.question, present[k], called, words) for k in good}
    else:
        turns = _presence(section, [sightings[k] for k in good], [present[k] for k in good], called, words, whole)
        turns = {good[k]: asked for k, asked in turns.items()}
    if sightings:
        sightings[0].place.notes.extend(whole.notes)
    for k, sighting in enumerate(sightings):
        examples = [_example(sighting, name, turn, present[k]) for name, turn in turns.get(k, {}).items()]
        row = sighting.place.row(*examples)
        if row.is_record or row.notes:
            yield row


def choose_absent(
    present: Sequence[Sequence[str]], names: Sequence[str], classes: Sequence[str], how: str
) -> list[list[str]]:
    """For each picture the classes that are not in it and are asked about: over all, as many as there are present.

    Args:
        present: the classes in each picture.
        names: of the pictures, for chance.
        classes: all of them; among equals the earlier comes first.
        how: `random`, `popular` or `adversarial`.

    >>> choose_absent([["cat"], ["cat"], ["dog"], []], ["a", "b", "c", "d"], ["cat", "dog", "cow"], "popular")
    [['dog'], ['dog'], ['cat'], []]
    >>> choose_absent([["cat"], ["cat"], [], []], ["a", "b", "c", "d"], ["cat"], "random")
    [[], [], ['cat'], ['cat']]
    """
    rank = _ranking(present, classes, how)

    def absent(k: int) -> list[str]:
        return [name for name in rank(present[k], names[k]) if name not in present[k]]

    chosen = [absent(k)[: len(there)] for k, there in enumerate(present)]
    missing = sum(map(len, present)) - sum(map(len, chosen))
    order = sorted(range(len(present)), key=lambda k: (bool(present[k]), hashlib.sha256(names[k].encode()).digest()))
    progress = True
    while missing and progress:
        progress = False
        for k in order:
            more = absent(k)[len(chosen[k]) : len(chosen[k]) + 1] if missing else []
            chosen[k] += more
            missing -= len(more)
            progress = progress or bool(more)
    return chosen


def _ranking(
    present: Sequence[Sequence[str]], classes: Sequence[str], how: str
) -> Callable[[Sequence[str], str], list[str]]:
    """From what is in a picture and its name to all classes, those to ask about first in front."""
    often = Counter(name for there in present for name in there)
    popular = sorted(classes, key=lambda name: -often[name])
    if how == "popular":
        return lambda there, name: popular
    if how == "random":
        return lambda there, name: _shuffled(classes, name)
    together: dict[str, Counter[str]] = defaultdict(Counter)
    for there in present:
        for one in there:
            together[one].update(there)
    beside = {one: [counts[name] for name in popular] for one, counts in together.items()}

    def adversarial(there: Sequence[str], name: str) -> list[str]:
        shared = [sum(counts) for counts in zip(*(beside[one] for one in there), strict=True)]
        return [popular[k] for k in sorted(range(len(shared)), key=lambda k: -shared[k])] if there else popular

    return adversarial


def _shuffled(classes: Sequence[str], name: str) -> list[str]:
    # Four bytes a class out of one hash: a class that is added at the end leaves the order of the others as it was.
    drawn = hashlib.shake_256(name.encode()).digest(4 * len(classes))
    return [classes[k] for k in sorted(range(len(classes)), key=lambda k: drawn[4 * k : 4 * k + 4])]


def _label(
    place: Place, asked: str | None, present: Mapping[str, int], called: Mapping[str, str], words: Mapping[str, str]
) -> dict[str, Turn]:
    names = list(dict.fromkeys(called.values()))
    choices = [*names, words["none"]]
    question = question_on_classes(choices) if asked is None else asked.replace("{classes}", ", ".join(choices))
    answers = tuple(sorted(present, key=lambda name: (-present[name], names.index(name))))
    if len(answers) > 1:
        found = f"several classes are in the picture ({', '.join(answers)}); each is accepted, {answers[0]} is taught"
        place.note("data/several-classes", found, fix="ask: presence asks about each of them")
    return {"": Turn(question, answers or (words["none"],))}


def _presence(
    section: SourceSection,
    sightings: Sequence[Sighting],
    present: Sequence[Mapping[str, int]],
    called: Mapping[str, str],
    words: Mapping[str, str],
    whole: Place,
) -> dict[int, dict[str, Turn]]:
    names = list(dict.fromkeys(called.values()))
    question = section.question or PRESENCE
    pictures = [sighting.images[0].name for sighting in sightings]
    absent = choose_absent([list(there) for there in present], pictures, names, section.negatives)
    turns = {}
    for k, there in enumerate(present):
        asked = [name for name in names if name in there or name in absent[k]]
        turns[k] = {
            name: Turn(question.replace("{class}", name), (words["yes" if name in there else "no"],)) for name in asked
        }
    yes, no = sum(map(len, present)), sum(map(len, absent))
    unasked = sum(not asked for asked in turns.values())
    if no < yes:
        found = f"{yes} questions have the answer {words['yes']}, only {no} {words['no']}: no more classes are absent"
        whole.note("data/few-negatives", found, fix="add pictures without these classes, lest a model say yes always")
    if unasked:
        found = f"{unasked} pictures in which nothing is marked are asked nothing: there are as many no as yes without"
        whole.note("data/not-asked", found, fix="ask: label asks about every picture")
    return turns


def _example(sighting: Sighting, name: str, turn: Turn, present: Mapping[str, int]) -> Example:
    metadata = {**sighting.metadata, "classes": list(present), **({"class": name} if name else {})}
    key = f"{sighting.id}#{name}" if name else sighting.id
    return Example(key, sighting.images, (turn,), sighting.group, metadata)


def _present(sighting: Sighting, called: Mapping[str, str]) -> dict[str, int]:
    """How many boxes of each class, as it is called, in the order of the classes."""
    present: dict[str, int] = {}
    for own, name in called.items():
        if sighting.boxes.get(own):
            present[name] = present.get(name, 0) + sighting.boxes[own]
    return present


def _called(section: SourceSection, classes: Sequence[str], none: str | None, where: str) -> dict[str, str]:
    """The classes to ask about, by the data's own names, and what to call each."""
    problems = [
        Problem("data/unknown-class", where, f"there is no class `{name}`", fix=suggest(name, classes))
        for name in section.classes
        if name not in classes
    ]
    called = {own: section.classes.get(own, own) for own in classes if own in section.classes or not section.classes}
    problems += [
        Problem("data/no-class-name", where, f"the class `{own}` is called nothing", fix="give it a name in `classes`")
        for own, name in called.items()
        if not name.strip()
    ]
    if none in called.values():
        found = f"a class is called `{none}`, which is also the answer where there is no class"
        fix = "write another word for one of them: wording {none: …}"
        problems.append(Problem("data/class-called-none", where, found, fix=fix))
    if not called and not problems:
        problems.append(Problem("data/no-classes", where, "it names no class", fix="export it again with its classes"))
    if problems:
        raise DataError(problems)
    return called


def _words(section: SourceSection, where: str) -> dict[str, str]:
    usual = WORDING[section.ask]
    words = usual | section.wording
    problems = [
        Problem("data/unknown-wording", where, f"ask: {section.ask} has no word `{name}`", fix=suggest(name, usual))
        for name in section.wording
        if name not in usual
    ]
    problems += [
        Problem("data/empty-wording", where, f"the wording of `{name}` is empty", fix="write it, or leave it out")
        for name, text in words.items()
        if not text.strip()
    ]
    if section.ask == "presence" and "{class}" not in (section.question or PRESENCE):
        found = f"the question {section.question!r} has no {{class}}"
        fix = "write {class} where the class stands"
        problems.append(
            Problem("data/question-without-class", where, found, "all questions would be the same", fix=fix)
        )
    if problems:
        raise DataError(problems)
    return words
