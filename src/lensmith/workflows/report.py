"""read → render → write: a run's page again, or several runs side by side."""

from collections.abc import Sequence
from pathlib import Path

from lensmith.report.writing import PageChoice, WrittenPage, write_run_page, write_side_by_side


def report_runs(paths: Sequence[Path], choice: PageChoice) -> WrittenPage:
    """The page of one run, or of several side by side.

    Raises:
        LensmithError: a folder is no run, it was not said where the page goes, or it cannot be written.
    """
    return write_run_page(paths[0], choice) if len(paths) == 1 else write_side_by_side(paths, choice)
