"""read → decode every picture → put the sources together → count tokens → examine: the truth about data."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lensmith.config.origins import LoadedRecipe
from lensmith.config.sections import SourceSection
from lensmith.console import say
from lensmith.data.check import Progress
from lensmith.data.doctor.case import Case
from lensmith.data.doctor.examining import COMPARE, examine
from lensmith.data.findings import CheckResult, each_split, examine_source, part_roles
from lensmith.data.second_look import look_again, remember


def check_data(
    sections: Sequence[SourceSection],
    on_progress: Progress,
    *,
    against: Sequence[SourceSection] = (),
    recipe: LoadedRecipe | None = None,
) -> CheckResult:
    """Looks all the data over and tells what is true of it; trains nothing, changes nothing.

    A source with several splits is checked split by split, unless it names one. Splits and files that are named for
    validation or test, beside one that is named for training, are held out.

    Args:
        sections: as in a recipe.
        on_progress: called with what is being done, how many are done, and how many there are where that is known.
        against: data that is held out.
        recipe: whose model's tokens count; None: lengths are not looked at.

    Raises:
        ModelError: the recipe's model cannot be opened.
    """
    given = [examine_source(source, on_progress) for section in sections for source in each_split(section)]
    named = [examine_source(source, on_progress) for section in against for source in each_split(section)]
    ours, theirs = part_roles(given)
    case = Case(
        train=tuple(entry for source in ours for entry in source.entries),
        held_out=tuple(entry for source in (*theirs, *named) for entry in source.entries),
        pictures={image: seen for source in (*given, *named) for image, seen in source.pictures.found.items()},
        compare=COMPARE,
    )
    if recipe is not None:
        from lensmith.workflows.steps.lengths import measure_lengths

        case = replace(case, lengths=measure_lengths(case, recipe.recipe, on_progress))
    return CheckResult((*given, *named), case, examine(case, on_progress))


def tell_data(
    sections: Sequence[SourceSection], on_progress: Progress, *, against: Sequence[SourceSection] = ()
) -> dict[str, Any]:
    """What `check_data` tells without a recipe, as plain JSON values; read again only where something has changed.

    Args:
        sections: as in a recipe.
        on_progress: as in `check_data`.
        against: data that is held out.
    """
    told = look_again(sections, against)
    if told is not None:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(told.started_s))
        say(f"nothing of it has changed since {when}; this was found then")
        return told.found
    started_s = time.time()
    result = check_data(sections, on_progress, against=against)
    remember(sections, against, result, started_s)
    return result.to_json()
