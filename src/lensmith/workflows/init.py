"""recognise → give each file its part → describe → propose → write: a recipe for data that nobody has described."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lensmith.config.paths import relative_path
from lensmith.config.sections import SourceSection
from lensmith.config.writing import refuse_overwriting, render_recipe, save_recipe
from lensmith.data.describe import SourceDescription, describe_source
from lensmith.data.proposing import answers_note, require_examples, source_note, source_values
from lensmith.data.roles import assign_roles
from lensmith.evaluation.proposing import propose_labels

_HEADING = """\
A lensmith recipe. Settings that begin with # show their defaults; take the # away to change one.
`lensmith plan` shows what the recipe would do, `lensmith train` does it."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was written, and what it rests on.

    Attributes:
        path: the recipe.
        chosen: the values that differ from the defaults, by key.
        sources: what is in each part's data, by part.
        unused: files or splits without a part, each with the reason.
    """

    path: Path
    chosen: Mapping[str, Any]
    sources: Mapping[str, SourceDescription]
    unused: tuple[str, ...]


def init_recipe(sections: Sequence[SourceSection], out: Path, model: str | None, *, force: bool) -> Proposal:
    """Writes a commented recipe for the data; nothing is written when anything is wrong with it.

    Args:
        sections: files, folders or hub ids, with what the user said of them.
        out: the recipe's file.
        model: a hub id or a folder; without it the recipe's `model.name` is left for the user to fill in.
        force: replaces a file that is there already.

    Raises:
        RecipeError: `out` is there already, or is a folder.
        DataError: the data cannot be recognised or read, or none of it is for training.
    """
    refuse_overwriting(out, force=force)
    assigned = assign_roles(sections)
    described = {role: describe_source(section) for role, section in assigned.sources.items()}
    require_examples(described)
    chosen: dict[str, Any] = {"model.name": relative_path(model, out.absolute().parent)} if model else {}
    notes = {"model.name": "" if model else "Name the model here: a hub id, or a folder that holds one."}
    for role, found in described.items():
        values = source_values(assigned.sources[role], found, out.absolute().parent)
        chosen |= {f"data.{role}.0.{setting}": value for setting, value in values.items()}
        notes[f"data.{role}.0"] = "\n".join(filter(None, [source_note(found), assigned.note if role == "test" else ""]))
    notes["data"] = "\n".join(f"Not used: {each}." for each in assigned.unused)
    learned = described["train"]
    if labels := propose_labels(learned.answers, learned.distinct_answers):
        chosen |= {"evaluate.metrics": ["exact_match", "label"], "evaluate.labels": labels}
        notes["evaluate.labels"] = answers_note(learned)
    save_recipe(out, render_recipe(chosen, notes, _HEADING))
    return Proposal(out, chosen, described, assigned.unused)
