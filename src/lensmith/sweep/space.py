"""What a sweep tries: settings by name, and a space of values that a search draws from.

A setting is a mapping from recipe keys to values, `{"tune.lora.r": 8}`; it becomes `--set` overrides, so that a value
in a sweep is read and refused exactly like one that a person writes.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from lensmith.config.sections import SweepSection
from lensmith.errors import Problem, RecipeError

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

Setting = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of these values.

    Attributes:
        values: at least one; each once.
    """

    values: tuple[Any, ...]

    def ends(self) -> tuple[Any, ...]:
        """Values that must be right for all to be right."""
        return self.values

    def distribution(self) -> "BaseDistribution":
        """As Optuna draws from it: by the values' texts, since lists and mappings are values, too."""
        from optuna.distributions import CategoricalDistribution

        return CategoricalDistribution([json.dumps(value, ensure_ascii=False) for value in self.values])

    def drawn(self, found: Any) -> Any:
        """The recipe's value for what Optuna drew."""
        return json.loads(found)


@dataclass(frozen=True, slots=True)
class Range:
    """A number between two others, both included.

    Attributes:
        low: the least.
        high: the greatest.
        log: drawn evenly over orders of magnitude.
        step: only `low` and so many more; None: any number. Whole numbers where all three are whole.
    """

    low: float
    high: float
    log: bool = False
    step: float | None = None

    def ends(self) -> tuple[Any, ...]:
        """Values that must be right for all to be right."""
        return self.low, self.high

    def distribution(self) -> "BaseDistribution":
        """As Optuna draws from it."""
        from optuna.distributions import FloatDistribution, IntDistribution

        if all(isinstance(value, int) for value in (self.low, self.high, self.step or 1)):
            return IntDistribution(int(self.low), int(self.high), log=self.log, step=int(self.step or 1))
        return FloatDistribution(self.low, self.high, log=self.log, step=self.step)

    def drawn(self, found: Any) -> Any:
        """The recipe's value for what Optuna drew: numbers to three digits, as a person would write them."""
        return found if isinstance(found, int) else float(f"{found:.3g}")


Dimension = Choice | Range


def read_space(section: SweepSection) -> dict[str, Dimension]:
    """The dimensions of a space by recipe key.

    Raises:
        RecipeError: with every one that cannot be read.
    """
    found: dict[str, Dimension] = {}
    problems: list[Problem] = []
    for key, told in section.space.items():
        dimension = _read(told)
        if isinstance(dimension, str):
            problems.append(
                Problem(
                    "sweep/space",
                    f"sweep.space {key}",
                    dimension,
                    "a list of values, or {low: 1e-5, high: 1e-3, log: true}",
                    fix="write one of the two",
                )
            )
        else:
            found[key] = dimension
    if problems:
        raise RecipeError(problems)
    return found


def _read(told: Any) -> Dimension | str:
    """A dimension, or what is wrong."""
    if isinstance(told, list):
        texts = [json.dumps(value, ensure_ascii=False, sort_keys=True) for value in told]
        if not told or len(set(texts)) < len(texts):
            return "the list names a value twice" if told else "the list is empty"
        return Choice(tuple(told))
    if not isinstance(told, dict):
        return f"it is the single value {told!r}"
    unknown = told.keys() - {"low", "high", "log", "step"}
    numbers = [told.get(name) for name in ("low", "high")]
    if unknown or not all(isinstance(each, int | float) and not isinstance(each, bool) for each in numbers):
        return f"it has {', '.join(map(str, told)) or 'nothing'}"
    dimension = Range(**told)
    if not dimension.low < dimension.high:
        return f"low, {dimension.low:g}, is not below high, {dimension.high:g}"
    if dimension.log and (dimension.low <= 0 or dimension.step):
        return "with log: true low must be above 0, and there is no step"
    if dimension.step is not None and not dimension.step > 0:
        return f"the step is {dimension.step}"
    return dimension


def spread_grid(space: Mapping[str, Dimension]) -> list[Setting]:
    """Every point of a space, the last key's values next to each other.

    >>> [dict(point) for point in spread_grid({"a": Choice((1, 2)), "b": Range(0, 4, step=4)})]
    [{'a': 1, 'b': 0}, {'a': 1, 'b': 4}, {'a': 2, 'b': 0}, {'a': 2, 'b': 4}]

    Raises:
        RecipeError: a range without a step has no end of points.
    """
    endless = [key for key, each in space.items() if isinstance(each, Range) and each.step is None]
    if endless:
        raise RecipeError(
            [
                Problem(
                    "sweep/grid",
                    f"sweep.space {key}",
                    "a grid needs values, and this range has no end of them",
                    fix="list the values, give a step, or write search: tpe",
                )
                for key in endless
            ]
        )
    return [dict(zip(space, point, strict=True)) for point in product(*map(_points, space.values()))]


def _points(dimension: Dimension) -> tuple[Any, ...]:
    if isinstance(dimension, Choice):
        return dimension.values
    step = dimension.step or 1
    count = int((dimension.high - dimension.low) / step + 1e-9) + 1
    return tuple(dimension.low + at * step for at in range(count))


def as_overrides(setting: Setting) -> list[str]:
    """A setting as `--set` takes it.

    >>> as_overrides({"tune.lora.r": 8, "tune.lora.targets": ["q_proj"]})
    ['tune.lora.r=8', 'tune.lora.targets=["q_proj"]']
    """
    return [f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in setting.items()]


def describe_setting(setting: Setting) -> str:
    """A setting in a line, by the last words of its keys.

    >>> describe_setting({"tune.lora.r": 8, "train.learning_rate": 0.0003})
    'r 8, learning_rate 0.0003'
    """
    return ", ".join(f"{key.rpartition('.')[2]} {_short(value)}" for key, value in setting.items()) or "as it is"


def _short(value: Any) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 32 else f"{text[:31]}…"
