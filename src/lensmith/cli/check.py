"""`lensmith check`: looks data over before anything is trained."""

from typing import Any

import click

from lensmith import console
from lensmith.cli.options import data_argument, json_option, parse_columns
from lensmith.config.sections import SourceSection
from lensmith.data.findings import CheckResult, Findings
from lensmith.workflows.check import check_data


@click.command()
@data_argument
@click.option("--format", "format_name", default="auto", show_default=True, help="How the data is laid out.")
@click.option("--images", help="The folder that image paths start from; otherwise the one the file is in.")
@click.option(
    "--columns", default="", metavar="FIELD=COLUMN,…", help="Which column holds what, for example question=q,answer=a."
)
@click.option("--split", help="The split to check, where there are several; otherwise each of them.")
@click.option("--allow-outside", is_flag=True, help="Let image paths leave the image folder.")
@json_option
def check(data: tuple[str, ...], format_name: str, columns: str, as_json: bool, **section: Any) -> int:
    """Reads DATA (files, folders or hub ids), decodes every picture, and lists what would spoil a run.

    Exit code 0: every row can be used. 2: something is wrong with the data.
    """
    mapping = parse_columns(columns)
    sections = [SourceSection(path=path, format=format_name, columns=mapping, **section) for path in data]
    with console.StageBars() as bars:
        result = check_data(sections, bars)
    if as_json:
        console.show_json(result.to_json())
    else:
        show(result)
    return result.exit_code


def show(result: CheckResult) -> None:
    """Prints the counts as a table, and every problem under it."""
    headings = ("source", "format", "rows", "examples", "pictures", "left out")
    console.show_table("", headings, [_cells(source) for source in result.sources], result=True)
    for source in result.sources:
        _narrate(source)
    for problem in result.shared:
        console.warn(problem.render())
    console.say("clean: every row can be used" if result.exit_code == 0 else "not clean: see above")


def _cells(source: Findings) -> tuple[str | int, ...]:
    report = source.report
    left_out = sum(report.rows_left_out.values()) + sum(report.examples_left_out.values())
    return source.name, source.format or "unknown", report.rows, len(source.examples), report.pictures, left_out


def _narrate(source: Findings) -> None:
    report = source.report
    counts = [*report.rows_left_out.items(), *report.examples_left_out.items()]
    if counts:
        console.say(f"{source.name}: left out " + ", ".join(f"{count} {code}" for code, count in counts))
    if report.noted:
        console.say(f"{source.name}: noted " + ", ".join(f"{count} {code}" for code, count in report.noted.items()))
    if report.without_picture:
        console.say(f"{source.name}: examples without a picture: {report.without_picture}")
    console.show_problems([*source.problems, *report.notes])
