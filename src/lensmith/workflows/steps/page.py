"""The last step of a run: its page."""

from collections.abc import Sequence

from lensmith.console import say, warn
from lensmith.report.pictures import of_examples
from lensmith.report.writing import PageChoice, write_run_page
from lensmith.rundir import RunDir, is_main_process
from lensmith.types import Example


def write_page(run: RunDir, asked: Sequence[Example]) -> None:
    """Writes report.html into the run folder and says where it is.

    Args:
        run: a finished run.
        asked: the test examples, whose pictures are shown.
    """
    if not is_main_process():
        return
    page = write_run_page(run.path, PageChoice(), of_examples(asked))
    for problem in page.problems:
        warn(problem.render())
    say(f"page: {page.path}")
