"""Class balance: how often an epoch meets the examples of each class, so that the common ones do not drown the rare.

An epoch is as long as without it, and every class gets the same share of it, but that no example is met more than
`MOST_TIMES` times as often as it would have been: what a rare class cannot fill goes to the others.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lensmith.data.split import read_column
from lensmith.types import Example

# A handful of pictures met over and over is learned by heart: their class stays rarer than the others.
MOST_TIMES = 4.0


@dataclass(frozen=True, slots=True)
class Balance:
    """Classes, and how much more or less often an epoch meets each.

    Attributes:
        by: the column, or `answer`.
        class_of: each example's class, by its id; examples without a value have none and are met as without balance.
        factors: what each class's weight is multiplied by; in the order in which the data meet the classes.
    """

    by: str
    class_of: Mapping[str, str]
    factors: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ClassCount:
    """What one class gives to training.

    Attributes:
        value: of the column.
        factor: what its weight is multiplied by.
        examples: that are trained on.
        an_epoch: how many of an epoch's examples are of this class.
    """

    value: str
    factor: float
    examples: int
    an_epoch: int


def balance_classes(examples: Sequence[Example], weights: Mapping[str, float], by: str) -> Balance:
    """The balance of the training examples.

    Args:
        examples: at least one.
        weights: how often an epoch meets each without it, by id.
        by: `answer` (the first accepted one), or a column of the data.

    Raises:
        DataError: no example has the column.
    """
    values = read_column(examples, by, "data.balance", "none")
    class_of = {each.id: value for each, value in zip(examples, values, strict=True) if value is not None}
    amounts: Counter[str] = Counter()
    for example_id, value in class_of.items():
        amounts[value] += weights[example_id]  # type: ignore[assignment]
    return Balance(by, class_of, level(amounts))


def level(amounts: Mapping[str, float]) -> dict[str, float]:
    """What each amount is multiplied by so that all are equal and their sum stays, none more than `MOST_TIMES`.

    >>> level({"common": 60, "rarer": 30, "rare": 10})["rare"], level({"common": 99, "rare": 1})
    (3.3333333333333335, {'common': 0.9696969696969697, 'rare': 4.0})
    """
    left, classes = float(sum(amounts.values())), len(amounts)
    factors = dict.fromkeys(amounts, 1.0)
    for value in sorted(amounts, key=lambda name: (amounts[name], name)):
        factors[value] = min(MOST_TIMES, left / classes / amounts[value])
        left -= factors[value] * amounts[value]
        classes -= 1
    return factors
