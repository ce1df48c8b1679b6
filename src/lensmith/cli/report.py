"""`lensmith report`."""

from pathlib import Path

import click

from lensmith import console
from lensmith.cli.options import json_option, out_option


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN…", type=click.Path(path_type=Path))
@out_option("The page; by default report.html in the run's folder, sweep.html in a sweep's. Needed for several runs.")
@click.option(
    "--language",
    type=click.Choice(["auto", "en", "ru"]),
    default="auto",
    show_default=True,
    help="The language that the page opens in; auto: that of the questions. It has a switch.",
)
@click.option(
    "--pictures-mb",
    type=click.FloatRange(min=0, max=500),
    default=6.0,
    show_default=True,
    help="What the small pictures in the page may take together, in MB; 0: none, to send it without them.",
)
@json_option
def report(runs: tuple[Path, ...], out: Path | None, language: str, pictures_mb: float, as_json: bool) -> None:
    """Writes a run's page again: one file that needs no network, to be looked at or sent to anyone.

    One RUN: what it learned, what it forgot, where it fails, and its examples. Several: the same side by side. The
    folder of a sweep: which setting is best, and how sure that is. Only the folders are read and, for the pictures,
    the data that the recipe names, if it is still there.
    """
    from typing import cast

    from lensmith.report.words import Language
    from lensmith.report.writing import PageChoice
    from lensmith.workflows.report import report_runs

    chosen = None if language == "auto" else cast("Language", language)
    page = report_runs(runs, PageChoice(out, chosen, pictures_mb))
    if page.problems:
        console.warn("the page does without what is damaged:")
        console.show_problems(page.problems)
    if page.examples[1]:
        shown = f"{page.examples[0]} of {page.examples[1]} examples, {page.pictures[0]} of {page.pictures[1]} pictures"
        console.say(f"in it: {shown}; {page.size_bytes / 1e6:.1f} MB")
    if as_json:
        console.show_json(page.to_json())
    else:
        console.say(f"page: {page.path}")
