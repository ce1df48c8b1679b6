"""From run folders to a page on the disk."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lensmith.errors import Problem, RecipeError, RunError
from lensmith.report.examples import make_gallery
from lensmith.report.page import render_page
from lensmith.report.pictures import FoundPictures, find_pictures
from lensmith.report.reading import RunRecord, read_run
from lensmith.report.several.page import render_side_by_side
from lensmith.report.several.side_by_side import read_runs
from lensmith.report.words import Language, choose_language
from lensmith.rundir import write_text

PAGE = "report.html"
PICTURES_MB = 6.0


@dataclass(frozen=True, slots=True)
class PageChoice:
    """How a page is wanted.

    Attributes:
        out: the file; None for report.html in the run's folder.
        language: that it opens in; None for that of the questions.
        pictures_mb: what all pictures in it may take; 0 for none.
    """

    out: Path | None = None
    language: Language | None = None
    pictures_mb: float = PICTURES_MB


@dataclass(frozen=True, slots=True)
class WrittenPage:
    """A page, and what a reader of it should know.

    Attributes:
        path: the file.
        size_bytes: its size.
        examples: how many examples are in it, and how many there are.
        pictures: how many pictures are in it, and how many the examples show.
        problems: files of the runs that are damaged.
    """

    path: Path
    size_bytes: int
    examples: tuple[int, int] = (0, 0)
    pictures: tuple[int, int] = (0, 0)
    problems: tuple[Problem, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The page as one JSON object."""
        return {
            "page": str(self.path),
            "bytes": self.size_bytes,
            "examples": {"shown": self.examples[0], "all": self.examples[1]},
            "pictures": {"shown": self.pictures[0], "all": self.pictures[1]},
            "problems": [asdict(problem) for problem in self.problems],
        }


def write_run_page(path: Path, choice: PageChoice, pictures: FoundPictures | None = None) -> WrittenPage:
    """Writes the page of one run.

    Args:
        path: the run folder; nothing else is read but, for pictures, the data that its recipe names.
        choice: how it is wanted.
        pictures: where they are at hand; None to look for them in the data.

    Raises:
        RunError: the folder is no run, or the page cannot be written.
    """
    run = read_run(path)
    if choice.pictures_mb <= 0:
        pictures = FoundPictures({}, "Pictures were left out of this page on request.")
    gallery = make_gallery(run, pictures or find_pictures(run), round(choice.pictures_mb * 1e6))
    text = render_page(run, gallery, choice.language or _language([run]))
    out = choice.out or path / PAGE
    return WrittenPage(
        path=out,
        size_bytes=write_page(out, text),
        examples=(len(gallery.examples), gallery.total),
        pictures=(len(gallery.pictures.data), gallery.pictures.wanted),
        problems=run.problems,
    )


def write_side_by_side(paths: Sequence[Path], choice: PageChoice) -> WrittenPage:
    """Writes the page of several runs.

    Raises:
        RecipeError: it was not said where.
        RunError: one of the folders is no run, or the page cannot be written.
    """
    if choice.out is None:
        found = f"{len(paths)} runs have no folder in common to put the page in"
        raise RecipeError(Problem("usage/wrong", "lensmith report", found, fix="say where with --out page.html"))
    side = read_runs(paths)
    size = write_page(choice.out, render_side_by_side(side, choice.language or _language(side.runs)))
    return WrittenPage(choice.out, size, problems=tuple(problem for run in side.runs for problem in run.problems))


def _language(runs: Sequence[RunRecord]) -> Language:
    """That of the first questions."""
    asked = [prediction for run in runs for prediction in [*(run.after or run.before).values()][:200]]
    return choose_language([prediction.question[:500] for prediction in asked])


def write_page(out: Path, text: str) -> int:
    """Writes a page and gives its size in bytes.

    Raises:
        RunError: it cannot be written.
    """
    try:
        write_text(out, text)
        return out.stat().st_size
    except OSError as error:
        found = f"cannot be written: {error.strerror or error}"
        raise RunError(Problem("report/not-written", str(out), found, fix="give another file with --out")) from error
