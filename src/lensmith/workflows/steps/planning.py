"""What a plan holds."""

from dataclasses import asdict, dataclass
from typing import Any

from lensmith.batching.encode import EncodedSet
from lensmith.batching.preview import TokenOverview
from lensmith.config.origins import LoadedRecipe, flatten
from lensmith.data.balance import ClassCount
from lensmith.data.dataset import Data
from lensmith.data.mixture import SourceCount
from lensmith.data.overview import measure_parts
from lensmith.errors import Problem
from lensmith.training.memory import MemoryEstimate
from lensmith.training.outline import Outline
from lensmith.training.preflight.contract import Finding
from lensmith.training.timing import TimeEstimate
from lensmith.workflows.steps.drafting import Draft


@dataclass(frozen=True, slots=True)
class Plan:
    """What a recipe would do. A part that could not be found out is None, and `draft.unknown` says why."""

    loaded: LoadedRecipe
    draft: Draft
    data: Data | None
    tokens: TokenOverview | None
    parts: dict[str, EncodedSet] | None
    outline: Outline | None
    memory: MemoryEstimate | None
    time: TimeEstimate | None
    findings: list[Finding] | None

    @property
    def exit_code(self) -> int:
        """0 when nothing was found that would keep the run from starting, else 2."""
        return 2 if self.draft.problems else 0

    def left_out(self) -> list[Problem]:
        """One problem for each example that this model cannot use."""
        return [problem for part in (self.parts or {}).values() for problem in part.problems]

    def sources(self) -> tuple[SourceCount, ...]:
        """What each source gives to an epoch; what the model cannot use is counted out, where that is known."""
        return self.data.mixture.count(self._trained()) if self.data else ()

    def classes(self) -> tuple[ClassCount, ...]:
        """What each class gives to an epoch, where they are balanced."""
        return self.data.mixture.count_classes(self._trained()) if self.data else ()

    def _trained(self) -> list[str]:
        """The ids of what is trained on."""
        if self.parts:
            return [item.example_id for item in self.parts["train"].encoded]
        return [example.id for example in self.data.train] if self.data else []

    def to_json(self) -> dict[str, Any]:
        """The plan as plain JSON values; a section that is not known is null, and `unknown` says why."""
        values, origins = flatten(self.loaded.recipe), self.loaded.origins
        data = self.data and {
            **self.data.report.to_json(),
            "sources": [asdict(source) for source in self.sources()],
            "classes": [asdict(each) for each in self.classes()],
            "parts": {name: asdict(size) for name, size in measure_parts(self.data).items()},
        }
        return {
            "values": {key: {"value": value, **asdict(origins[key])} for key, value in values.items()},
            "data": data,
            "tokens": self.tokens and {**asdict(self.tokens), "left_out_examples": list(map(asdict, self.left_out()))},
            "parameters": self.outline and self.outline.to_json(),
            "memory": self.memory and {"total_bytes": self.memory.total_bytes, **asdict(self.memory)},
            "time": self.time and asdict(self.time),
            "preflight": None if self.findings is None else [finding.to_json() for finding in self.findings],
            "unknown": self.draft.unknown,
            "problems": [asdict(problem) for problem in self.draft.problems],
        }
