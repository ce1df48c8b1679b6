"""VQAv2 (Goyal et al. 2017, arXiv 1612.00837) and OK-VQA (Marino et al. 2019, arXiv 1906.00067): two files and COCO.

    v2_OpenEnded_mscoco_val2014_questions.json  {"questions": [{"image_id", "question", "question_id"}]}
    v2_mscoco_val2014_annotations.json          {"annotations": [{"question_id", "image_id", "question_type",
                                                 "answer_type", "multiple_choice_answer", "answers": [{"answer",
                                                 "answer_confidence", "answer_id"}, … ten of them]}]}
    val2014/COCO_val2014_000000262148.jpg

OK-VQA has the same without `v2_`; its answers also carry `raw_answer`, and its ten are five people's, each twice. The
envelope's other keys, the files' names and OK-VQA's particulars are from memory.

All distinct answers are accepted, `multiple_choice_answer` (the commonest) first; the ten are kept in `human_answers`.
Both benchmarks score softly, by VQA accuracy: the mean over the ten ways to leave one answer out of min(1, n/3), where
n of the other nine say the same after normalising. A match with any accepted answer is a milder score.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from lensmith.config.sections import SourceSection
from lensmith.data.sources.answers import HUMAN, with_accepted
from lensmith.data.sources.columns import require, resolve_roles
from lensmith.data.sources.contract import Detection, Layout, Place, Request, Row
from lensmith.data.sources.flat import FlatRows
from lensmith.data.sources.members import peek_members, read_members
from lensmith.data.sources.picture_folders import CocoPictures, with_picture
from lensmith.data.sources.rows import PEEK_ROWS, Record, json_files, no_such_path
from lensmith.data.sources.splits import choose_split
from lensmith.errors import DataError, Problem

USUAL = {
    "image": ("image_id",),
    "question": ("question",),
    "answer": ("multiple_choice_answer",),
    "answers": ("answers",),
    "id": ("question_id",),
    "group": (),
}
# What stands before and after the name of the part: v2_OpenEnded_mscoco_val2014_questions.
_AROUND = re.compile(r"^(v\d_)?(OpenEnded_|MultipleChoice_)?(mscoco_)?|_?(questions|annotations)$")
_SUBSET = re.compile(r"(train|val|test)20\d\d")
_LOOKED_FOR = 20


class VqaSource:
    """Questions joined to ten people's answers by `question_id`."""

    name = "vqa"
    describe = "VQAv2 and OK-VQA: a file of questions, one of annotations, COCO's pictures"

    def detect(self, path: str) -> Detection:
        """Sure where a JSON object has `questions` with `question_id` and `image_id`."""
        pairs = _pairs(path)
        if pairs:
            return Detection(0.95, f"{next(iter(pairs.values())).questions.name} holds VQA's `questions`")
        return Detection(0.0, "no JSON object with `questions` that have `question_id` and `image_id` is there")

    def splits(self, path: str) -> tuple[str, ...]:
        """What the names of the files call their part: val2014 is `val`."""
        return tuple(name for name in _pairs(path) if name)

    def layout(self, request: Request) -> Layout:
        """The columns of the questions, then those of the annotations."""
        return _layout(request, _chosen(request.section))

    def read(self, request: Request) -> Iterator[Row]:
        """One example a question; one without annotation has no answer. Annotations without a question come last."""
        pair = _chosen(request.section)
        roles = _layout(request, pair).roles
        annotations, broken = _annotations(pair)
        key, prefix = roles.columns["image"][0], pair.questions.stem
        asked = (entry for name, entry in read_members(pair.questions) if name == "questions")
        first = list(islice(asked, _LOOKED_FOR))
        numbers = [str(entry.value.get(key)) for entry in first if isinstance(entry, Record)]
        subset = _SUBSET.search(pair.questions.stem)
        pictures = CocoPictures(request.section, pair.questions.parent, subset[0] if subset else "", numbers)
        flat = FlatRows(roles, pictures.find, request.answers_required, prefix)
        for entry in (*first, *asked):
            if isinstance(entry, Row):
                yield entry
                continue
            answered = annotations.pop(str(entry.value.get("question_id")), None)
            record = {**(answered.value if answered else {}), **entry.value}
            yield flat.row(with_picture(record, [key]), entry.number, entry.where)
        yield from broken
        for left in annotations.values():
            place = Place(left.where)
            found = f"no question has the id {left.value.get('question_id')}, to which this is the answer"
            place.reject("data/no-question", found, fix="take the questions of the same part")
            yield place.row()


VQA = VqaSource()


class _Pair(NamedTuple):
    """A file of questions, and the annotations to them; None where they are not there, as for the test parts."""

    questions: Path
    annotations: Path | None


def _annotations(pair: _Pair) -> tuple[dict[str, Record], list[Row]]:
    """By question id, with the answers as texts; and rows for those that repeat an id or are no objects."""
    found: dict[str, Record] = {}
    broken: list[Row] = []
    for name, entry in read_members(pair.annotations) if pair.annotations else ():
        if name != "annotations":
            continue
        if isinstance(entry, Row):
            broken.append(entry)
            continue
        key = str(entry.value.get("question_id"))
        if key in found:
            place = Place(entry.where)
            said = f"the question {key} is answered before, at {found[key].where}; that counts"
            place.reject("data/duplicate-answer", said, fix="keep one of them")
            broken.append(place.row())
        else:
            found[key] = entry._replace(value=with_accepted(entry.value, "answers"))
    return found, broken


def _layout(request: Request, pair: _Pair) -> Layout:
    columns: dict[str, None] = {}
    for file, wanted in ((pair.questions, "questions"), (pair.annotations, "annotations")):
        for name, entry in islice(read_members(file), PEEK_ROWS) if file else ():
            columns |= dict.fromkeys(entry.value) if name == wanted and isinstance(entry, Record) else {}
    if pair.annotations:
        columns[HUMAN] = None
    where = request.section.path
    roles = resolve_roles(request.section.columns, USUAL, columns, where)
    if columns and request.answers_required:
        require(roles, ("answer", "answers"), columns, where)
    return Layout(tuple(columns), roles)


def _chosen(section: SourceSection) -> _Pair:
    place = Path(section.path).expanduser()
    if not place.exists():
        raise DataError(no_such_path(section.path))
    pairs = _pairs(section.path)
    if not pairs:
        found = "there is no JSON object with `questions` that have `question_id` and `image_id`"
        raise DataError(Problem("data/no-questions", section.path, found, fix="point at the file of questions"))
    return choose_split(section, pairs)


def _pairs(path: str) -> dict[str, _Pair]:
    """Questions with their annotations by part, "" for a single one."""
    place = Path(path).expanduser()
    if place.is_file() and place.suffix.lower() != ".json":
        return {}
    folder = place if place.is_dir() else place.parent
    listed = json_files(folder) if folder.is_dir() else {}
    first = {stem: peek_members(file) for stem, file in listed.items()}
    answers = {
        _part(stem): listed[stem] for stem in listed if _has(first[stem], "annotations", "question_id", "answers")
    }
    questions = {
        stem: file
        for stem, file in listed.items()
        if _has(first[stem], "questions", "question_id", "image_id") and (place.is_dir() or file == place)
    }
    found = {stem: _Pair(file, answers.get(_part(stem))) for stem, file in questions.items()}
    if len(found) == 1:
        return {"": next(iter(found.values()))}
    short = [_part(stem).rstrip("0123456789") for stem in found]
    return dict(zip(short if len(set(short)) == len(found) and all(short) else found, found.values(), strict=True))


def _part(stem: str) -> str:
    """What a file's name calls its part.

    >>> _part("v2_OpenEnded_mscoco_val2014_questions"), _part("v2_mscoco_val2014_annotations")
    ('val2014', 'val2014')
    """
    return _AROUND.sub("", stem)


def _has(first: Mapping[str, Any], name: str, *columns: str) -> bool:
    entry = first.get(name)
    return isinstance(entry, dict) and set(columns) <= entry.keys()
