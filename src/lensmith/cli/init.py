"""`lensmith init`: writes a recipe for data."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lensmith import console
from lensmith.cli.options import data_argument, json_option, out_option

if TYPE_CHECKING:
    from lensmith.workflows.init import Proposal


@click.command()
@data_argument
@out_option("The recipe to write.", default="recipe.yaml")
@click.option("--model", help="The model to tune: a hub id, or a folder that holds one.")
@click.option("--columns", default="", metavar="FIELD=COLUMN,…", help="Which column holds what, such as question=q.")
@click.option("--images", help="The folder or .zip that image paths start from; otherwise the one the file is in.")
@click.option("--config", help="The config to read, where a hub data set has several.")
@click.option("--question", help="What every picture is asked, where the data brings answers and no questions.")
@click.option("--force", is_flag=True, help="Replace the file if it is there already.")
@json_option
def init(
    data: tuple[str, ...], out: Path, model: str | None, columns: str, force: bool, as_json: bool, **section: Any
) -> None:
    """Writes a commented recipe for DATA: files, a folder of them, or a hub id.

    Files and splits whose names say train, validation (valid, val, dev) or test get those parts. Where all answers
    are a few short words, they are proposed as labels.
    """
    from lensmith.cli.options import parse_columns
    from lensmith.config.sections import SourceSection
    from lensmith.workflows.init import init_recipe

    mapping = parse_columns(columns)
    sections = [SourceSection(path=path, columns=mapping, **section) for path in data]
    proposal = init_recipe(sections, out, model, force=force)
    if as_json:
        console.show_json(_as_json(proposal))
    _narrate(proposal)


def _as_json(proposal: "Proposal") -> dict[str, Any]:
    parts = {
        role: {"format": found.format, "rows": found.rows, "examples": found.examples, "pictures": found.pictures}
        for role, found in proposal.sources.items()
    }
    return {
        "recipe": str(proposal.path),
        "chosen": dict(proposal.chosen),
        "data": parts,
        "unused": list(proposal.unused),
    }


def _narrate(proposal: "Proposal") -> None:
    for role, found in proposal.sources.items():
        console.say(
            f"{role}: {found.rows} rows, {found.examples} questions on {found.pictures} pictures ({found.format})"
        )
        if found.problems:
            console.warn(f"{len(found.problems)} problems in {role}; the first ones:")
            console.show_problems(found.problems, limit=3)
        if not found.pictures:
            console.warn(f"no row of {role} names a picture; if one should, say which column with --columns image=…")
    for each in proposal.unused:
        console.warn(f"not used: {each}")
    if labels := proposal.chosen.get("evaluate.labels"):
        console.say(f"labels: {', '.join(labels)}")
    if "model.name" not in proposal.chosen:
        console.warn("no model is named yet: write it in the recipe, under model")
    console.say(f"written: {proposal.path}; next: lensmith plan {proposal.path}")
