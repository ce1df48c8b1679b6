"""WebDataset shards: tar archives in which the files of an example share a name. Read as a stream, never unpacked.

    train-000000.tar:  0001.jpg  0001.json {"question": …, "answer": …}  0002.jpg  0002.json  …

A path is one archive, a folder of them, or a pattern such as `train-{000000..000012}.tar`. The keys of `.json` are
columns; so is each other member, under what its name ends in: `txt` and `cls` as text, pictures as pictures.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from lensmith.config.paths import expand_braces
from lensmith.data.sources.columns import Roles
from lensmith.data.sources.contract import Detection, Layout, Place, Request, Row
from lensmith.data.sources.flat import FlatRows, flat_roles, usual_columns
from lensmith.data.sources.parts import Part, parts_of
from lensmith.data.sources.picture_files import is_picture
from lensmith.data.sources.rows import no_such_path
from lensmith.data.sources.shards import Member, Sample, ShardImage, read_samples
from lensmith.data.sources.splits import choose_split
from lensmith.errors import DataError, Problem
from lensmith.types import ImageRef

SUFFIXES = (".tar",)
PICTURES = "pictures"
"""The column of all pictures of a sample, in the order of the archive."""

_KEY = "key"
_TEXTS = ("txt", "text", "cls", "caption")
_MAX_TEXT_BYTES = 16 << 20
_PEEK_SAMPLES = 100


class WebdatasetSource:
    """Samples of a picture or several, with texts beside them."""

    name = "webdataset"
    describe = "WebDataset: .tar shards with <key>.jpg and <key>.json (or .txt, .cls); a file, a folder or a pattern"
    settings = ("question",)

    def detect(self, path: str) -> Detection:
        """Sure where the first samples have a picture and a text."""
        try:
            parts = _parts(path)
            if not parts:
                return Detection(0.0, "there is no .tar file")
            found = _look(next(iter(parts.values())).files)
        except DataError as error:
            return Detection(0.0, error.problems[0].found)
        if not found.pictures:
            return Detection(0.0, "its first members are no pictures")
        if found.texts:
            return Detection(0.9, f"its archives hold pictures, and beside them {', '.join(found.texts[:5])}")
        return Detection(0.3, "its archives hold pictures, though no texts beside them")

    def splits(self, path: str) -> tuple[str, ...]:
        """In a folder, what the names of its shards say."""
        return tuple(name for name in _parts(path) if name)

    def layout(self, request: Request) -> Layout:
        """The columns of the first samples."""
        files = _chosen(request).files
        columns = _look(files).columns
        return Layout(columns, _roles(request, columns, str(files[0])))

    def read(self, request: Request) -> Iterator[Row]:
        """One example a sample. A shard that cannot be read is one row of problems."""
        files = _chosen(request).files
        roles = _roles(request, _look(files).columns, str(files[0]))
        samples = _Samples(request, roles)
        for file in files:
            try:
                with file.open("rb") as stream:
                    for entry in read_samples(file, stream):
                        yield entry if isinstance(entry, Row) else samples.row(entry, file, stream)
            except OSError as error:
                yield _left_out(_unreadable(file, error))
            except DataError as error:
                yield _left_out(error.problems[0])


WEBDATASET = WebdatasetSource()


class _Found(NamedTuple):
    """What the first samples hold: the endings of pictures, and the columns of texts."""

    pictures: tuple[str, ...]
    texts: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return (_KEY, PICTURES, *(name for name in self.pictures if name not in self.texts), *self.texts)


class _Samples:
    """Makes examples of samples, and tells once of each kind of member that is not read."""

    def __init__(self, request: Request, roles: Roles) -> None:
        self._roles = roles
        self._named = {name for field in ("image", "images") for name in roles.columns.get(field, ())} - {PICTURES}
        self._asked = request.section.question
        self._answers_required = request.answers_required
        self._told: set[str] = set()

    def row(self, sample: Sample, file: Path, stream: BinaryIO) -> Row:
        """One example, or all that is wrong with the sample."""
        place = Place(f"{file} {sample.key}")
        record = _texts(sample, stream, place)
        pictures = _pictures(sample, file)
        if not pictures:
            place.reject("data/missing-image", "the sample has no picture", fix="add it, or remove the sample")
        endings = [member.ending for member in sample.members]
        if twice := sorted({ending for ending in endings if endings.count(ending) > 1}):
            found = f"the sample has several members that end in {', '.join(twice)}"
            place.reject("data/member-twice", found, fix="give every sample a name of its own")
        for ending in (each for each in endings if not _is_read(each) and each not in self._told):
            self._told.add(ending)
            place.note("data/unread-member", f"members that end in .{ending} are not read", fix="write them as .json")
        if place.problems:
            return place.row()
        chosen = {name: pictures[name] for name in self._named if name in pictures}
        named = {
            _KEY: sample.key,
            "id": f"{file.stem}:{sample.key}",
            **record,
            **chosen,
            PICTURES: [*pictures.values()],
        }
        if self._named:
            del named[PICTURES]
        flat = FlatRows(self._roles, _no_paths, self._answers_required, file.stem, self._asked)
        row = flat.row(named, 0, place.where)
        return replace(row, notes=(*place.notes, *row.notes))


def _parts(path: str) -> dict[str, Part]:
    place = Path(path).expanduser()
    if place.exists():
        return parts_of(path, SUFFIXES)
    files = tuple(Path(each) for each in expand_braces(str(place)))
    return {"": Part("", files)} if any(file.exists() for file in files) else {}


def _chosen(request: Request) -> Part:
    parts = _parts(request.section.path)
    if not parts and not Path(request.section.path).expanduser().exists():
        raise DataError(no_such_path(request.section.path))
    return choose_split(request.section, parts)


def _look(files: tuple[Path, ...]) -> _Found:
    """What the first samples of the first archive that can be read hold.

    Raises:
        DataError: no archive can be read.
    """
    problems = []
    for file in files:
        try:
            with file.open("rb") as stream:
                samples = [
                    entry for entry in islice(read_samples(file, stream), _PEEK_SAMPLES) if isinstance(entry, Sample)
                ]
                return _found(samples, stream)
        except OSError as error:
            problems.append(_unreadable(file, error))
        except DataError as error:
            problems.extend(error.problems)
    raise DataError(problems)


def _found(samples: list[Sample], stream: BinaryIO) -> _Found:
    pictures = {member.ending: None for sample in samples for member in sample.members if _shows(member.ending)}
    texts = {name: None for sample in samples for name in _texts(sample, stream, Place(sample.key))}
    return _Found(tuple(pictures), tuple(name for name in texts if name not in (_KEY, PICTURES)))


def _roles(request: Request, columns: tuple[str, ...], where: str) -> Roles:
    usual = {**usual_columns(columns), "image": (PICTURES,), "images": ()}
    if "question.txt" in columns:
        usual["question"] = ("question", "question.txt")
    if not {"answer", "answers"} & set(columns):
        usual["answer"] = ("answer", "answer.txt", "label", "cls", "txt")
    return flat_roles(request, usual, columns, where, request.section.question)


def _shows(ending: str) -> bool:
    return is_picture(f"x.{ending}")


def _is_read(ending: str) -> bool:
    return _shows(ending) or ending.rpartition(".")[2] in (*_TEXTS, "json")


def _pictures(sample: Sample, file: Path) -> dict[str, ImageRef]:
    shown = [member for member in sample.members if _shows(member.ending)]
    path = str(file.absolute())
    return {each.ending: ShardImage(path, each.offset, each.size_bytes, f"{file.name}/{each.path}") for each in shown}


def _texts(sample: Sample, stream: BinaryIO, place: Place) -> dict[str, Any]:
    """The columns that a sample's members of text hold. What is wrong with one is told to `place`."""
    record: dict[str, Any] = {}
    for member in sample.members:
        kind = member.ending.rpartition(".")[2]
        if kind not in (*_TEXTS, "json"):
            continue
        text = _text(member, stream, place)
        if kind != "json":
            record[member.ending] = text.strip()
            continue
        value = _object(text, member, place)
        if member.ending == "json":
            record.update(value)
        else:
            record[member.ending] = value
    return record


def _text(member: Member, stream: BinaryIO, place: Place) -> str:
    if member.size_bytes > _MAX_TEXT_BYTES:
        found = f"{member.path} is larger than {_MAX_TEXT_BYTES >> 20} MiB"
        place.reject("data/row-too-long", found, fix="keep pictures in members of their own")
        return ""
    # The archive's reader goes back to where it was by itself.
    stream.seek(member.offset)
    try:
        return stream.read(member.size_bytes).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"byte {error.start + 1} of {member.path} is not UTF-8"
        place.reject("data/not-utf8", found, fix="write the member as UTF-8")
        return ""


def _object(text: str, member: Member, place: Place) -> Mapping[str, Any]:
    if place.problems:
        return {}
    try:
        value = json.loads(text)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        place.reject("data/not-json", f"{member.path} is not JSON: {str(error)[:80]}", fix="mend the member")
        return {}
    if isinstance(value, dict):
        return value
    place.reject("data/not-an-object", f"{member.path} is no object with named columns", fix='write {"question": …}')
    return {}


def _no_paths(text: str, place: Place) -> None:
    place.reject(
        "data/bad-image-path", f"a picture is given as the text {text[:60]!r}", expected="a member of the archive"
    )


def _unreadable(file: Path, error: OSError) -> Problem:
    found = f"the shard cannot be read: {error.strerror or error}"
    return Problem("data/unreadable-file", str(file), found, fix="check the file")


def _left_out(problem: Problem) -> Row:
    return Row(problem.where, problems=(replace(problem, consequence="all its samples are left out"),))
