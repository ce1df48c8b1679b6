"""The only module that prints. Narration goes to stderr; stdout carries nothing but results.

With `--json` stdout holds exactly one JSON object; narration is the same, on stderr. Where a launcher started several
processes, the main one narrates and gives the result; each tells its own problems.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

from lensmith.errors import Problem
from lensmith.rundir import is_main_process

if TYPE_CHECKING:
    from tqdm import tqdm


def say(text: str = "") -> None:
    """Narrates one line on stderr. Markup in `text` is shown, never interpreted."""
    if is_main_process():
        _tell(text)


def warn(text: str) -> None:
    """Narrates something the user should not miss."""
    say(f"! {text}")


def show_problems(problems: Sequence[Problem], limit: int = 20) -> None:
    """Lists problems on stderr, the first `limit` in full, and says how many there are in all."""
    for problem in problems[:limit]:
        _tell(problem.render())
    if len(problems) > limit:
        _tell(f"… and {len(problems) - limit} more")


def show_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, result: bool = False) -> None:
    """Draws a table: on stdout when it is the command's result, on stderr when it is narration.

    Args:
        title: a line above the table; may be empty.
        columns: headings.
        rows: cells, shown with `str`; numbers are aligned right.
        result: True when this is what the user asked for.
    """
    if not is_main_process():
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    cells = [list(row) for row in rows]
    for at, heading in enumerate(columns):
        numeric = bool(cells) and all(isinstance(row[at], int | float) for row in cells)
        table.add_column(heading, justify="right" if numeric else "left", overflow="fold")
    for row in cells:
        table.add_row(*(Text(str(cell)) for cell in row))
    stream = sys.stdout if result else sys.stderr
    width = None if stream.isatty() else 160
    Console(file=stream, width=width, highlight=False).print(table)


def show_json(value: Any) -> None:
    """Writes `value` to stdout as one JSON object, Cyrillic as Cyrillic."""
    if is_main_process():
        print(json.dumps(value, ensure_ascii=False, indent=2), flush=True)


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def progress(total: int, what: str, unit: str, done: int = 0) -> "tqdm[Any]":
    """A progress bar on stderr; where stderr is a file, a line every quarter of a minute.

    Args:
        total: units of work in all.
        what: a word that says what is going on.
        unit: of the work, in the singular.
        done: units that an earlier process did.
    """
    from tqdm import tqdm

    watched = sys.stderr.isatty()
    interval_s = 0.5 if watched else 15.0
    return tqdm(
        total=total,
        initial=done,
        desc=what,
        unit=unit,
        file=sys.stderr,
        dynamic_ncols=watched,
        disable=not is_main_process(),
        mininterval=interval_s,
        maxinterval=interval_s,
    )


class StageBars:
    """A progress bar for each stage whose end is known before it is reached. A `Progress`."""

    def __init__(self) -> None:
        self._stage = ""
        self._open = ExitStack()
        self._bar: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Moves the bar of `stage` to `done`."""
        if total is None or (stage != self._stage and done == total):
            return
        if stage != self._stage:
            self._open.close()
            self._bar = self._open.enter_context(progress(total, stage, "item"))
            self._stage = stage
        self._bar.update(done - self._bar.n)
