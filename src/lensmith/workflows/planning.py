"""What a plan holds, and the steps that only a plan takes."""

from dataclasses import asdict, dataclass
from typing import Any

from torch import nn

from lensmith.batching.encode import EncodedSet, encode_examples
from lensmith.batching.preview import TokenOverview
from lensmith.config.origins import AUTO, LoadedRecipe, flatten, settle
from lensmith.data.dataset import Data
from lensmith.data.describe import format_of
from lensmith.data.overview import measure_parts
from lensmith.errors import Problem
from lensmith.families.contract import Family
from lensmith.training.memory import MemoryEstimate
from lensmith.training.outline import Outline
from lensmith.training.timing import Amounts, TimeEstimate
from lensmith.workflows.drafting import Draft
from lensmith.workflows.parts import _nothing_left
from lensmith.workflows.recording import run_folder


@dataclass(frozen=True, slots=True)
class Plan:
    """What a recipe would do. A part that could not be found out is None, and `draft.unknown` says why."""

    loaded: LoadedRecipe
    draft: Draft
    data: Data | None
    tokens: TokenOverview | None
    left_out: tuple[Problem, ...]
    outline: Outline | None
    unreached: dict[str, int] | None
    memory: MemoryEstimate | None
    time: TimeEstimate | None

    @property
    def exit_code(self) -> int:
        """0 when nothing was found that would keep the run from starting, else 2."""
        return 2 if self.draft.problems else 0

    def to_json(self) -> dict[str, Any]:
        """The plan as plain JSON values; sections that are not known are null."""
        ...


def settle_data(loaded: LoadedRecipe) -> LoadedRecipe:
    """Settles what the sources themselves tell: their formats; and where the results would go."""
    loaded = settle(loaded, "run.out", str(run_folder(loaded).path), "runs/ and the recipe's name")
    return loaded
