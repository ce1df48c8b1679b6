"""Examples of any format as lensmith's own JSON lines: reading them again gives the same examples."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lensmith.config.sections import SourceSection
from lensmith.data.images import FileImage, read_bytes
from lensmith.data.sources.jsonl import USUAL
from lensmith.errors import DataError, Problem
from lensmith.rundir import write_text
from lensmith.types import Example, ImageRef, Turn

_MAX_SUFFIX = 5


def write_jsonl(examples: Sequence[Example], out: Path) -> SourceSection:
    """Writes every example with its id, pictures, questions, answers, group and metadata, or nothing at all.

    A picture in a file is named by its path: from the folder of `out` where it is in there, absolute otherwise. Others
    are written to a folder beside `out`, `<stem>_images`, one file for each content.

    Args:
        examples: with ids of their own.
        out: the file; an old one is replaced.

    Returns:
        The source that reads them again. Beside the path it holds what this data needs: `turns: conversation` where an
        example has several turns, `allow_outside` where pictures are elsewhere, and `columns` where metadata have the
        names of columns that mean something else.

    Raises:
        DataError: a picture cannot be read, or metadata cannot be written as JSON; carries every problem.
    """
    columns, clash = _columns(examples)
    pictures = _Pictures(out.absolute())
    lines: list[str] = []
    problems: list[Problem] = []
    for example in examples:
        try:
            fields = _fields(example, [pictures.path(image) for image in example.images])
            row = {column: fields[field] for field, column in columns.items() if clash or fields[field] is not None}
            lines.append(_line({**row, **example.metadata}, example.id))
        except DataError as error:
            problems.extend(error.problems)
    if problems:
        raise DataError(dict.fromkeys(problems))
    write_text(out, "".join(lines))
    return SourceSection(
        path=str(out),
        format="jsonl",
        columns=columns if clash else {},
        allow_outside=pictures.outside,
        turns="conversation" if any(len(example.turns) > 1 for example in examples) else "separate",
    )


def _columns(examples: Sequence[Example]) -> tuple[dict[str, str], bool]:
    """Field to column, the same for all rows; True where metadata have one of the columns that rows are read by."""
    one_picture = all(len(example.images) == 1 for example in examples)
    one_answer = all(len(turn.answers) == 1 for example in examples for turn in example.turns)
    fields = {
        "id": "id",
        **({"image": "image_path"} if one_picture else {"images": "images"}),
        "question": "question",
        **({"answer": "answer"} if one_answer else {"answers": "answers"}),
        "turns": "turns",
        "group": "group",
    }
    taken = {name for example in examples for name in example.metadata}
    if taken.isdisjoint(name for names in USUAL.values() for name in names):
        return fields, False
    for field, column in fields.items():
        number = 2
        while fields[field] in taken:
            fields[field] = f"{column}~{number}"
            number += 1
    return fields, True


def _fields(example: Example, images: list[str]) -> dict[str, Any]:
    turns = example.turns
    one = turns[0] if len(turns) == 1 else Turn("", ())
    return {
        "id": example.id,
        "image": images[0] if len(images) == 1 else None,
        "images": images or None,
        "question": one.question or None,
        "answer": one.answers[0] if one.answers else None,
        "answers": list(one.answers) if len(turns) == 1 else None,
        "turns": [{"question": turn.question, "answers": list(turn.answers)} for turn in turns]
        if len(turns) > 1
        else None,
        "group": example.group,
    }


def _line(row: Mapping[str, Any], name: str) -> str:
    try:
        line = json.dumps(row, ensure_ascii=False) + "\n"
        line.encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        found = f"it cannot be written as JSON: {error}"
        raise DataError(Problem("data/not-json", f"example {name}", found, fix="leave the column out")) from error
    return line


@dataclass(slots=True)
class _Pictures:
    """Gives each picture a path, and a file where it has none.

    Attributes:
        out: the file of rows, absolute.
        outside: True once a picture is not in the folder of `out`.
    """

    out: Path
    outside: bool = False

    def path(self, image: ImageRef) -> str:
        """What a row calls the picture.

        Raises:
            DataError: it is in no file of its own and cannot be read.
        """
        folder = Path(os.path.normpath(self.out.parent))
        path = Path(image.path) if isinstance(image, FileImage) else self._copy(image, folder)
        if not path.resolve().is_relative_to(folder.resolve()):
            self.outside = True
        if not path.is_relative_to(folder):
            return str(path)
        inside = path.relative_to(folder).as_posix()
        # A name with a colon would be read as an address or a Windows drive.
        return f"./{inside}" if ":" in inside else inside

    def _copy(self, image: ImageRef, folder: Path) -> Path:
        data = read_bytes(image)
        suffix = Path(image.name).suffix
        known = suffix[1:].isalnum() and len(suffix) <= _MAX_SUFFIX
        name = hashlib.sha256(data).hexdigest()[:32] + (suffix.lower() if known else "")
        path = folder / f"{self.out.stem}_images" / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f".{name}")
            part.write_bytes(data)
            part.replace(path)
        return path
