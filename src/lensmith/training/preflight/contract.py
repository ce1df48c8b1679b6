"""What the checks look at, and what they say."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import islice
from typing import Any, Literal, Protocol, runtime_checkable

from torch import Tensor, nn

from lensmith.batching.encode import EncodedSet
from lensmith.batching.kept import KeptFeatures
from lensmith.batching.order import PictureSampler
from lensmith.batching.rows import Collator
from lensmith.config.sections import Recipe
from lensmith.data.mixture import Mixture
from lensmith.errors import Problem
from lensmith.families.contract import Family
from lensmith.families.encoded import Encoded
from lensmith.families.placement import Placement
from lensmith.training.settle import spread_pictures
from lensmith.types import Example

Severity = Literal["error", "warning", "could not check"]

# Enough to meet what goes wrong in every batch, and too few to be noticed in a run.
BATCHES = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with what is about to be trained, or that could not be looked at.

    Attributes:
        code: stable and searchable, `preflight/what`.
        severity: `error`: training would not do what was asked for, and is not begun; `warning`: look at it;
            `could not check`: `found` says why.
        where: the place, as exact as is known: a setting, a part, an example.
        found: what is there, with its number.
        fix: one thing to do; empty where there is none.
        settings: keys of the recipe and the values that would mend it; none where no value would.
    """

    code: str
    severity: Severity
    where: str
    found: str
    fix: str = ""
    settings: tuple[tuple[str, Any], ...] = ()

    def to_problem(self) -> Problem:
        """The finding as something that keeps a run from starting."""
        return Problem(self.code, self.where, self.found, fix=self.fix)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, `settings` by key."""
        return asdict(self) | {"settings": dict(self.settings)}


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch as training will see it: the examples, and the tensors made of them."""

    items: tuple[Encoded, ...]
    tensors: dict[str, Tensor]


@dataclass(frozen=True)
class Parts:
    """The data by part, `train` and `test` among them.

    Attributes:
        examples: all that were read.
        encoded: those of them that this model can use, and why it cannot use the others.
        mixture: how often an epoch meets the examples of each source; None: every example once.
    """

    examples: Mapping[str, Sequence[Example]]
    encoded: Mapping[str, EncodedSet]
    mixture: Mixture | None = None

    @cached_property
    def by_id(self) -> dict[str, dict[str, Example]]:
        """Every example by its part and its id: two files of one name give their rows the same ids."""
        return {name: {example.id: example for example in part} for name, part in self.examples.items()}

    def train(self) -> Sequence[Encoded]:
        """The training examples, in tokens."""
        return self.encoded["train"].encoded


@dataclass(frozen=True)
class Case:
    """A run that is about to begin.

    Attributes:
        recipe: resolved as far as is known.
        family: that encoded the examples.
        parts: the data.
        model: as it was loaded, or an outline of it without weights, tuned or not; None where there is none.
        placement: device and precision; None where they are not known.
        kept: features that stand in for pictures.
    """

    recipe: Recipe
    family: Family
    parts: Parts
    model: nn.Module | None = None
    placement: Placement | None = None
    kept: KeptFeatures | None = None

    @cached_property
    def order(self) -> list[Encoded]:
        """The training examples as the first epoch meets them."""
        train = self.recipe.train
        items = self.parts.train()
        together, _ = spread_pictures(train)
        return [items[at] for at in PictureSampler(items, together, self.recipe.run.seed, self.parts.mixture)]

    @cached_property
    def batches(self) -> tuple[Batch, ...]:
        """The first few batches of the first epoch, collated by training's own collator.

        Raises:
            DataError: a picture cannot be read.
        """
        size, collate = self.recipe.train.batch_size, Collator(self.family, self.kept)
        cut = (tuple(self.order[at : at + size]) for at in range(0, len(self.order), size))
        return tuple(Batch(items, collate(items)) for items in islice(cut, BATCHES))

    @cached_property
    def image_id(self) -> int:
        """The id that a picture's features are put in place of; not those of its frame."""
        family = self.family
        known = (family.config.image_token_id, getattr(family.processor, "image_token_id", None))
        shown = [item.ids_T for item in self.parts.train() if item.spans]
        return next((int(each) for each in known if each is not None and any(each in ids_T for ids_T in shown)), -1)

    def weights(self) -> nn.Module:
        """The model, with its weights.

        Raises:
            UncheckedError: they were not read.
        """
        if self.model is None or any(value.is_meta for value in self.model.parameters()):
            raise UncheckedError("the model's weights are not read")
        return self.model


class UncheckedError(Exception):
    """A check cannot be made here; its text says why."""


@runtime_checkable
class Check(Protocol):
    """One check. Stateless, so that one instance serves everywhere."""

    name: str
    describe: str

    def find(self, case: Case) -> Iterator[Finding]:
        """What is wrong, of this kind; nothing where all is well.

        Raises:
            UncheckedError: it cannot be told.
            LensmithError: what would stop the run in any case.
        """
        ...
