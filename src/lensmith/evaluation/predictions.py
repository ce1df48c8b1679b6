"""Predictions as files: lensmith's own JSON lines, and tables that were made anywhere.

lensmith's layout is one JSON object a line with the fields of `Prediction`. Tables from elsewhere need only
columns for the accepted answers and the predictions; what else they lack is made up in a way that is said.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from lensmith.errors import DataError, Problem, suggest
from lensmith.evaluation.cells import confidence_from, finished_from, group_from, plain, text_from, texts_from
from lensmith.evaluation.tables import TableRow, read_table
from lensmith.rundir import write_jsonl
from lensmith.types import Prediction

T = TypeVar("T")

ROLES: Mapping[str, tuple[str, ...]] = {
    "question": ("question",),
    "answers": ("answers", "answer"),
    "prediction": ("prediction",),
    "id": ("id", "question_id", "questionId"),
    "group": ("group", "imageId", "image_id", "image_path", "image", "image_name"),
    "finished": ("finished",),
    "metadata": ("metadata",),
    "confidence": ("confidence",),
}
"""What a column may hold, and the names it is recognised by where none is given; the first that exists is taken."""
_FORGIVEN = ("group", "confidence")
"""Roles whose cells may hold something else where the column was only recognised by its name."""


@dataclass(frozen=True, slots=True)
class PredictionTable:
    """Predictions read from one file, and everything a reader must know about how.

    Attributes:
        path: the file.
        predictions: in the file's order.
        rows: how many rows the file has, unusable ones included.
        problems: one for each row that was left out.
        columns: the column that each role was read from, of those that have one.
        notes: what was made up because no column says it, in words.
    """

    path: Path
    predictions: tuple[Prediction, ...]
    rows: int
    problems: tuple[Problem, ...]
    columns: Mapping[str, str]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Where the predictions come from, without the predictions."""
        return {
            "path": str(self.path),
            "rows": self.rows,
            "left_out": {"n": len(self.problems), "problems": [asdict(problem) for problem in self.problems]},
            "columns": dict(self.columns),
            "notes": list(self.notes),
        }


def prediction_to_json(prediction: Prediction) -> dict[str, Any]:
    """The prediction as one line of lensmith's own layout; values JSON has no form for become text."""
    known: dict[str, Any] = {}
    if prediction.log_probabilities:
        known["log_probabilities"] = dict(prediction.log_probabilities)
    if prediction.confidence is not None:
        known["confidence"] = prediction.confidence
    return {
        "id": prediction.id,
        "group": prediction.group,
        "question": prediction.question,
        "answers": list(prediction.answers),
        "prediction": prediction.prediction,
        "finished": prediction.finished,
        "metadata": plain(dict(prediction.metadata)),
        **known,
    }


def prediction_from_json(row: Mapping[str, Any]) -> Prediction:
    """The prediction that `prediction_to_json` wrote.

    Raises:
        DataError: the row is not of that layout.
    """
    try:
        return Prediction(
            id=text_from(row["id"]),
            group=text_from(row["group"]),
            question=text_from(row["question"]),
            answers=texts_from(row["answers"]),
            prediction=text_from(row["prediction"]),
            finished=finished_from(row.get("finished")),
            metadata=dict(row.get("metadata") or {}),
            log_probabilities={str(name): float(value) for name, value in row.get("log_probabilities", {}).items()},
            confidence=confidence_from(row.get("confidence")),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(
            Problem(
                "predictions/layout",
                "a line of predictions",
                f"is not as lensmith writes it: {error!r}",
                fix="read it with `lensmith score FILE --columns …` if it was made elsewhere",
            )
        ) from error


def write_predictions(path: Path, predictions: Sequence[Prediction]) -> None:
    """Writes predictions in lensmith's own layout, whole or not at all."""
    write_jsonl(path, map(prediction_to_json, predictions))


def read_predictions(path: Path, columns: Mapping[str, str] | None = None) -> PredictionTable:
    """Reads predictions from JSON lines, a JSON list, CSV or TSV; rows that cannot be used are left out and listed.

    Args:
        path: the file.
        columns: role to column, for example `{"question": "q", "answer": "gold", "prediction": "pred"}`; roles
            that are not given are looked for under the names in `ROLES`.

    Raises:
        DataError: the file cannot be read, a column is missing, or no row can be used.
    """
    read = list(read_table(path))
    rows = [row for row in read if isinstance(row, TableRow)]
    problems = [row for row in read if isinstance(row, Problem)]
    if not rows:
        problems.append(Problem("predictions/empty", str(path), "holds no prediction", "at least one row"))
        raise DataError(problems)
    found = _find_columns(path, rows, columns or {})
    guessed = [role for role in _FORGIVEN if role in found and role not in (columns or {})]
    usable: list[Prediction] = []
    alone = 0
    for row in rows:
        try:
            prediction = _read_row(row, found, guessed)
        except ValueError as error:
            problems.append(_bad_row(row, str(error)))
        else:
            usable.append(prediction)
            alone += prediction.group == _row_group(row)
    if not usable:
        raise DataError(problems)
    return PredictionTable(path, tuple(usable), len(read), tuple(problems), found, _notes(found, alone, len(usable)))


def _find_columns(path: Path, rows: Sequence[TableRow], columns: Mapping[str, str]) -> dict[str, str]:
    """The column of each role, as given or recognised.

    Raises:
        DataError: a role or a column does not exist, or a role that is needed has no column; all together.
    """
    existing = list(dict.fromkeys(name for row in rows for name in row.cells))
    problems = []
    found: dict[str, str] = {}
    for given, column in columns.items():
        role = "answers" if given == "answer" else given
        if role not in ROLES:
            fix = suggest(given, [*ROLES, "answer"])
            problems.append(
                Problem("predictions/role", "--columns", f"`{given}` is nothing a column can hold", fix=fix)
            )
        elif role in found:
            problems.append(Problem("predictions/role", "--columns", f"`{role}` is given twice", fix="give one column"))
        elif column not in existing:
            what = f"has no column `{column}`, which should hold the {role}"
            problems.append(Problem("predictions/column", str(path), what, fix=suggest(column, existing)))
        found[role] = column
    for role, names in ROLES.items():
        recognised = next((name for name in names if name in existing and name not in columns.values()), None)
        if role not in found and recognised is not None:
            found[role] = recognised
    for role in ("answers", "prediction"):
        if role not in found:
            what = f"no column is known to hold the {role}; the file has: {', '.join(existing)}"
            fix = f"say which with --columns {role}=NAME"
            problems.append(Problem("predictions/column", str(path), what, f"a column `{ROLES[role][0]}`", fix=fix))
    if problems:
        raise DataError(problems)
    return found


def _read_row(row: TableRow, columns: Mapping[str, str], guessed: Collection[str]) -> Prediction:
    """The prediction in a row; what a guessed column holds that its role cannot be is metadata.

    Raises:
        ValueError: a cell cannot be read; names the column.
    """

    def cell(role: str, read: Callable[[Any], T]) -> T:
        try:
            return read(row.cells.get(columns[role]))
        except ValueError as error:
            raise ValueError(f"column `{columns[role]}` {error}") from error

    metadata = {name: value for name, value in row.cells.items() if name not in columns.values()}
    if "metadata" in columns:
        stored = row.cells.get(columns["metadata"])
        metadata |= stored if isinstance(stored, dict) else {columns["metadata"]: stored}

    def forgive(role: str, read: Callable[[Any], T], otherwise: T) -> T:
        try:
            return cell(role, read) if role in columns else otherwise
        except ValueError:
            if role not in guessed:
                raise
            if row.cells.get(columns[role]) not in (None, ""):
                metadata[columns[role]] = row.cells[columns[role]]
            return otherwise

    return Prediction(
        id=cell("id", group_from) if "id" in columns else str(row.number),
        group=forgive("group", group_from, _row_group(row)),
        question=cell("question", text_from) if "question" in columns else "",
        answers=cell("answers", texts_from),
        prediction=cell("prediction", text_from).strip(),
        finished=cell("finished", finished_from) if "finished" in columns else None,
        metadata=metadata,
        confidence=forgive("confidence", confidence_from, None),
    )


def _bad_row(row: TableRow, found: str) -> Problem:
    return Problem("predictions/row", row.where, found, consequence="this row is left out", fix="correct the row")


def _row_group(row: TableRow) -> str:
    """The group of a row that names none: itself alone."""
    return f"row {row.number}"


def _notes(columns: Mapping[str, str], alone: int, count: int) -> tuple[str, ...]:
    """What was made up, in words."""
    notes = []
    if "group" not in columns:
        notes.append("no column names the picture: intervals assume independent rows (--columns group=NAME)")
    else:
        notes.append(f"rows are grouped by `{columns['group']}` for the intervals")
        if alone:
            notes.append(f"{alone} of {count} rows name no group and stand alone")
    if "id" not in columns:
        notes.append("no column names the rows: ids are row numbers")
    if "question" not in columns:
        notes.append("no column holds the questions")
    return tuple(notes)
