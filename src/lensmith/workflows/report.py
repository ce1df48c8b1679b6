"""read → render → write: the page of a run or of a sweep again, or several runs side by side."""

from collections.abc import Sequence
from pathlib import Path

from lensmith.report.sweeps.page import write_sweep_page
from lensmith.report.sweeps.records import is_sweep
from lensmith.report.writing import PageChoice, WrittenPage, write_run_page, write_side_by_side


def report_runs(paths: Sequence[Path], choice: PageChoice) -> WrittenPage:
    """The page of one run or one sweep, or of several runs side by side.

    Raises:
        LensmithError: a folder is no run, it was not said where the page goes, or it cannot be written.
    """
    if len(paths) == 1 and is_sweep(paths[0]):
        return write_sweep_page(paths[0], choice)
    return write_run_page(paths[0], choice) if len(paths) == 1 else write_side_by_side(paths, choice)
