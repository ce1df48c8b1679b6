"""A run folder as a page needs it: each file read on its own, so that a damaged one costs one part of the page."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from lensmith.errors import DataError, Problem, RunError
from lensmith.evaluation.predictions import prediction_from_json
from lensmith.report.records import (
    Compared,
    DataRecord,
    FoundSlice,
    GuardLine,
    LogLine,
    PreflightLine,
    SliceSearch,
    Subjects,
)
from lensmith.rundir import read_jsonl_prefix
from lensmith.types import Prediction

T = TypeVar("T")

FILES = (
    "recipe.json",
    "data.json",
    "environment.json",
    "preflight.json",
    "metrics.jsonl",
    "guards.jsonl",
    "before.jsonl",
    "after.jsonl",
    "scores.json",
    "comparison.json",
)
"""What a run writes that a page shows."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What is known of one run; what its folder does not hold is None or empty.

    Attributes:
        path: the folder.
        name: what the page calls it.
        recipe: the resolved recipe.
        origins: where each of its values comes from.
        environment: machine, versions, precision.
        data: what was read and what was left out.
        log: of training and validation, in order.
        before: the base model's predictions by id, in order.
        after: the tuned model's.
        tables: each metric's counts, by side and metric.
        unfinished: how many answers the length limit cut, by side; only where any.
        empty: how many answers are empty, by side; only where any.
        comparison: the paired difference.
        blind: the tuned model against one answer for all, without looking.
        found_slices: parts of the questions that do worse than the rest, worst first.
        searched: what was looked at for them; None where nobody looked.
        subjects: learned and forgotten.
        guards: what guards found while it trained; None where none wrote.
        preflight: what was found before it trained; None where nobody looked.
        best_by: what chose the delivered checkpoint, where that is known.
        problems: files and parts that are damaged, each with what it is missing from the page.
    """

    path: Path
    name: str
    recipe: Mapping[str, Any] | None = None
    origins: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] | None = None
    data: DataRecord | None = None
    log: tuple[LogLine, ...] = ()
    before: Mapping[str, Prediction] = field(default_factory=dict)
    after: Mapping[str, Prediction] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    unfinished: Mapping[str, int] = field(default_factory=dict)
    empty: Mapping[str, int] = field(default_factory=dict)
    comparison: Compared | None = None
    blind: Compared | None = None
    found_slices: tuple[FoundSlice, ...] = ()
    searched: SliceSearch | None = None
    subjects: Subjects | None = None
    guards: tuple[GuardLine, ...] | None = None
    preflight: tuple[PreflightLine, ...] | None = None
    best_by: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def model(self) -> str:
        """The base model's name; empty where the recipe is gone."""
        found = self.setting("model", "name")
        return "" if found is None else str(found)

    def setting(self, *keys: str) -> Any:
        """A value of the recipe; None where there is none."""
        value: Any = self.recipe
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value


def read_run(path: Path, name: str = "") -> RunRecord:
    """Reads what is there.

    Raises:
        RunError: `path` is no folder, or holds nothing that a run writes.
    """
    if not path.is_dir():
        found = "there is no such folder" if not path.exists() else "it is a file, not a run folder"
        raise RunError(Problem("report/no-run", str(path), found, fix="give the folder that `lensmith train` wrote"))
    if not any((path / file).exists() for file in FILES):
        found = f"the folder holds none of {', '.join(FILES)}"
        raise RunError(Problem("report/no-run", str(path), found, fix="give the folder that `lensmith train` wrote"))
    own = path.absolute()
    return _Reader(path).read(name or (own.name if own.name != "run" else f"{own.parent.name}/{own.name}"))


class _Reader:
    """Reads the files of one folder and collects what is wrong with them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[Problem] = []

    def read(self, name: str) -> RunRecord:
        recipe = self._object("recipe.json")
        compared = self._object("comparison.json")
        scores = self._object("scores.json") or {}
        found = compared.get("found_slices") if compared else None
        subjects = compared.get("subjects") if compared else None
        blind = compared.get("blind") if compared else None
        best = self._object("checkpoints/best.json") or {}
        where = "comparison.json"
        return RunRecord(
            path=self.path,
            name=name,
            recipe=_mapping(recipe, "recipe") if recipe else None,
            origins=_mapping(recipe, "origins") if recipe else {},
            environment=self._object("environment.json"),
            data=self._checked(DataRecord, self._object("data.json"), "data.json"),
            log=self._rows(LogLine, "metrics.jsonl") or (),
            before=self._predictions("before.jsonl"),
            after=self._predictions("after.jsonl"),
            tables={side: _tables(_mapping(scores, side)) for side in ("before", "after")},
            unfinished=_counts(scores, "unfinished"),
            empty=_counts(scores, "empty"),
            comparison=self._checked(Compared, compared, where),
            blind=self._checked(Compared, blind, f"{where} blind"),
            found_slices=tuple(self._checked(list[FoundSlice], found, f"{where} found_slices") or ()),
            searched=self._checked(SliceSearch, compared.get("slice_search") if compared else None, f"{where} search"),
            subjects=self._checked(Subjects, subjects, f"{where} subjects"),
            guards=self._rows(GuardLine, "guards.jsonl"),
            preflight=self._listed(PreflightLine, "preflight.json"),
            best_by=str(best.get("metric") or ""),
            problems=tuple(self.problems),
        )

    def _object(self, file: str) -> dict[str, Any] | None:
        """The JSON object in a file; None where there is none or it is damaged."""
        value = self._json(file)
        if value is not None and not isinstance(value, dict):
            self._damaged(file, f"holds a {type(value).__name__}, not an object")
            return None
        return value

    def _json(self, file: str) -> Any:
        path = self.path / file
        if not path.exists():
            return None
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            self._damaged(file, f"cannot be read: {error}")
            return None

    def _checked(self, kind: type[T], value: Any, where: str) -> T | None:
        """The value as `kind`; None where there is none or it is not as lensmith writes it."""
        if value is None:
            return None
        try:
            return TypeAdapter(kind).validate_python(value)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(key) for key in first["loc"][:6])
            self._damaged(where, f"is not as lensmith writes it: {place or 'the whole'}: {first['msg']}")
            return None

    def _listed(self, kind: type[T], file: str) -> tuple[T, ...] | None:
        checked = self._checked(list[kind], self._json(file), file)  # type: ignore[valid-type]
        return None if checked is None else tuple(checked)

    def _rows(self, kind: type[T], file: str) -> tuple[T, ...] | None:
        """The whole rows of a JSON-lines file; None where there is no file."""
        if not (self.path / file).is_file():
            return None
        checked = [self._checked(kind, row, f"{file}:{at}") for at, row in enumerate(self._jsonl(file), 1)]
        return tuple(row for row in checked if row is not None)

    def _predictions(self, file: str) -> dict[str, Prediction]:
        found: dict[str, Prediction] = {}
        for at, row in enumerate(self._jsonl(file), 1):
            try:
                prediction = prediction_from_json(row)
            except DataError as error:
                self._damaged(f"{file}:{at}", error.problems[0].found)
            else:
                found.setdefault(prediction.id, prediction)
        return found

    def _jsonl(self, file: str) -> list[Any]:
        """The rows before the first that is damaged; a last line that a kill cut is no damage."""
        path = self.path / file
        try:
            rows = read_jsonl_prefix(path)
            whole = path.read_bytes().count(b"\n") if path.exists() else 0
        except OSError as error:
            self._damaged(file, f"cannot be read: {error}")
            return []
        if whole > len(rows):
            self._damaged(
                f"{file}:{len(rows) + 1}", f"is not JSON; lines from here on that are left out: {whole - len(rows)}"
            )
        return rows

    def _damaged(self, where: str, found: str) -> None:
        lost = "the page does without it"
        fix = "put the file back, or let `lensmith train` write the run again"
        self.problems.append(Problem("report/damaged", where, found, consequence=lost, fix=fix))


def _mapping(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """What stands under `key`, where that is an object; else nothing."""
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _tables(side: Mapping[str, Any]) -> dict[str, Any]:
    """The table of each metric that has one."""
    metrics = _mapping(side, "metrics")
    return {name: table for name in metrics if (table := _mapping(_mapping(metrics, name), "table"))}


def _counts(scores: Mapping[str, Any], key: str) -> dict[str, int]:
    """How many answers of each side are in the list called `key`, where any are."""
    counts = {side: _mapping(_mapping(scores, side), key).get("n") for side in ("before", "after")}
    return {side: count for side, count in counts.items() if isinstance(count, int) and count}
