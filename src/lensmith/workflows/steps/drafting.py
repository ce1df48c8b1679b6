"""A plan while it is made: what could be found out, for the rest why it could not, and the steps only a plan takes."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, TypeVar

from lensmith.batching.encode import EncodedSet, encode_examples
from lensmith.config.origins import LoadedRecipe, settle
from lensmith.config.sections import Recipe
from lensmith.data.dataset import Data
from lensmith.data.describe import format_of
from lensmith.errors import LensmithError, Problem
from lensmith.families.contract import Family
from lensmith.training.outline import Outline
from lensmith.workflows.steps.recording import run_folder

T = TypeVar("T")


@dataclass(slots=True)
class Draft:
    """Collects problems instead of stopping at the first.

    Attributes:
        problems: what would keep the run from starting.
        unknown: parts of the plan that could not be found out, each with the reason.
        failed: those of them that were tried, in order; the others rest on these.
    """

    problems: list[Problem] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    def attempt(
        self, part: str, make: Callable[..., T], *needs: Any, forgive: Collection[str] = (), **given: Any
    ) -> T | None:
        """What `make(*needs, **given)` answers, or None with the reason under `part`.

        Args:
            part: of the plan, as a person calls it.
            make: is not called where one of `needs` is None: then the reason is what failed before.
            needs: without these there is nothing to try.
            forgive: codes of problems that leave the part unknown and are no reason for the run to fail.
            given: further arguments.
        """
        if any(need is None for need in needs):
            self.unknown.setdefault(part, f"it rests on what could not be found out: {', '.join(self.failed)}")
            return None
        try:
            return make(*needs, **given)
        except LensmithError as error:
            self.problems += [each for each in error.problems if each.code not in forgive and each not in self.problems]
            self.failed.append(part)
            self.unknown.setdefault(part, f"{error.problems[0].where}: {error.problems[0].found}")
            return None


def settle_data(loaded: LoadedRecipe) -> LoadedRecipe:
    """Settles the run folder's place, and the format of every source with what it was recognised by.

    Raises:
        DataError: a source is of no known format.
    """
    loaded = settle(loaded, "run.out", str(run_folder(loaded).path), "runs/ and the recipe's name")
    data = loaded.recipe.data
    parts = {"data.train": data.train, "data.validation": data.validation, "data.test": data.test}
    for key, sources in {**parts, "keep.sources": loaded.recipe.keep.sources}.items():
        for at, source in enumerate(sources or ()):
            name, reason = format_of(source)
            loaded = settle(loaded, f"{key}.{at}.format", name, reason)
    return loaded


def settle_family(loaded: LoadedRecipe, outline: Outline) -> LoadedRecipe:
    """Settles which family reads the model."""
    reason = f"its config says model_type {outline.model_type}"
    return settle(loaded, "model.family", outline.facts.name, reason)


def encode_for_plan(draft: Draft, family: Family, data: Data, recipe: Recipe) -> dict[str, EncodedSet]:
    """Encodes every part as training would; a part with nothing left is a problem, and the others are still there."""
    limit = recipe.train.max_length if isinstance(recipe.train.max_length, int) else None
    given = {"train": data.train, "validation": data.validation, "test": data.test}
    parts = {name: encode_examples(family, examples, limit) for name, examples in given.items()}
    for name, part in parts.items():
        if not part.encoded and (given[name] or name != "validation"):  # training can do without validation
            fix = "see why its examples were left out; give more data, or another split"
            found = "no example is left" if given[name] else "there are no examples"
            draft.problems.append(Problem("data/nothing-left", f"data.{name}", found, "at least one", fix=fix))
    return parts
