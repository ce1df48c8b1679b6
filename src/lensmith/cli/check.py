"""`lensmith check`: looks data over before anything is trained."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lensmith import console
from lensmith.cli.options import choices, data_argument, json_option, parse_columns
from lensmith.config.sections import SourceSection
from lensmith.errors import Problem

if TYPE_CHECKING:
    from lensmith.data.findings import CheckResult

EXHIBITS_TOLD = 3


@click.command()
@data_argument
@click.option("--format", "format_name", default="auto", show_default=True, help="How the data is laid out.")
@click.option("--images", help="The folder or .zip that image paths start from; otherwise the one the file is in.")
@click.option(
    "--columns", default="", metavar="FIELD=COLUMN,…", help="Which column holds what, for example question=q,answer=a."
)
@click.option("--config", help="The config to check, where a hub data set has several.")
@click.option("--split", help="The split to check, where there are several; otherwise each of them.")
@click.option("--question", help="What every picture is asked, where the data brings answers and no questions.")
@click.option(
    "--turns", type=choices("turns"), default="separate", show_default=True, help="What becomes of a conversation."
)
@click.option(
    "--ask", type=choices("ask"), default="label", show_default=True, help="What is asked of pictures with boxes."
)
@click.option("--allow-outside", is_flag=True, help="Let image paths leave the image folder.")
@click.option("--against", multiple=True, metavar="HELD_OUT", help="Data to be measured on; may be repeated.")
@click.option("--recipe", type=click.Path(path_type=Path), help="Count lengths in the tokens of this recipe's model.")
@click.option(
    "--write-clean", type=click.Path(path_type=Path), metavar="FILE", help="Write what is good as JSON lines."
)
@click.option(
    "--html", type=click.Path(path_type=Path), metavar="FILE", help="Write a page with plots and pictures of problems."
)
@json_option
def check(
    data: tuple[str, ...],
    format_name: str,
    columns: str,
    split: str | None,
    against: tuple[str, ...],
    recipe: Path | None,
    write_clean: Path | None,
    html: Path | None,
    as_json: bool,
    **section: Any,
) -> int:
    """Reads DATA (files, folders or hub ids), decodes every picture, and tells what would spoil a run.

    Splits and files named for validation or test, beside one named for training, are held out, as is all that
    --against names.

    Exit code 0: every row can be used, and no error was found. 2: the run would be wrong.
    """
    from lensmith.workflows.check import check_data, tell_data

    loaded = None
    if recipe is not None:
        from lensmith.workflows.steps.reading import read_recipe

        loaded = read_recipe(recipe, ())
    mapping = parse_columns(columns)
    common = {"format": format_name, "columns": mapping, **section}
    sections = [SourceSection(path=path, split=split, **common) for path in data]
    held_out = [SourceSection(path=path, **common) for path in against]
    result = None
    with console.StageBars() as bars:
        if loaded or write_clean or html:
            result = check_data(sections, bars, against=held_out, recipe=loaded)
        told = result.to_json() if result else tell_data(sections, bars, against=held_out)
    if as_json:
        console.show_json(told)
    else:
        show(told)
    if result:
        _publish(result, write_clean, html)
    return 0 if told["clean"] else 2


def _publish(result: "CheckResult", write_clean: Path | None, html: Path | None) -> None:
    from lensmith.workflows.steps.publishing import write_clean_rows, write_page

    if write_clean is not None:
        write_clean_rows(result, write_clean)
    if html is not None:
        write_page(result, html)


def show(told: Mapping[str, Any]) -> None:
    """Prints what was read and what was found as tables, and every problem and finding in words under them.

    Args:
        told: as `CheckResult.to_json` gives it.
    """
    headings = ("source", "format", "rows", "examples", "pictures", "left out")
    console.show_table("", headings, [_cells(source) for source in told["sources"]], result=True)
    for source in told["sources"]:
        _narrate(source)
    findings = told["findings"]
    for finding in findings:
        _tell(finding)
    if findings:
        columns = ("severity", "code", "count", "summary")
        rows = [tuple(finding[column] for column in columns) for finding in findings]
        console.show_table("", ("severity", "finding", "count", "in words"), rows, result=True)
    console.say(_verdict(told))


def _verdict(told: Mapping[str, Any]) -> str:
    if not told["clean"]:
        return "not clean: the run would be wrong, see above"
    warnings = told["severities"]["warning"]
    return "clean: every row can be used" + (f"; warnings to look at: {warnings}" if warnings else "")


def _cells(source: Mapping[str, Any]) -> tuple[str | int, ...]:
    left_out = sum(source["rows_left_out"].values()) + sum(source["examples_left_out"].values())
    examples = sum(source["examples"].values())
    return source["source"], source["format"] or "unknown", source["rows"], examples, source["pictures"], left_out


def _narrate(source: Mapping[str, Any]) -> None:
    name = source["source"]
    counts = [*source["rows_left_out"].items(), *source["examples_left_out"].items()]
    if counts:
        console.say(f"{name}: left out " + ", ".join(f"{count} {code}" for code, count in counts))
    if source["noted"]:
        console.say(f"{name}: noted " + ", ".join(f"{count} {code}" for code, count in source["noted"].items()))
    if source["without_picture"]:
        console.say(f"{name}: examples without a picture: {source['without_picture']}")
    if source["trouble"]:
        console.warn(source["trouble"])
    console.show_problems([Problem(**each) for key in ("failed", "problems", "notes") for each in source[key]])


def _tell(finding: Mapping[str, Any]) -> None:
    console.say(f"{finding['severity']}: {finding['summary']}  [{finding['code']}]")
    for exhibit in finding["exhibits"][:EXHIBITS_TOLD]:
        console.say(f"    {exhibit['where']}: {exhibit['found']}")
    rest = len(finding["exhibits"]) - EXHIBITS_TOLD
    if rest > 0:
        console.say(f"    … {rest} more with --json or --html")
    console.say(f"    advice: {finding['advice']}")
