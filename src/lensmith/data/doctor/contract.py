"""What the doctor looks at, and what it says. One kind of finding is one file in `kinds/` and one line in `KINDS`."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, runtime_checkable

from lensmith.types import ImageRef

if TYPE_CHECKING:
    from lensmith.data.doctor.case import Case

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")

# After so many the count says the rest.
EXHIBITS = 20


class Exhibit(NamedTuple):
    """One place where something was found.

    Attributes:
        where: file and row, as a person would look it up; several apart by `; `.
        found: what is there.
        pictures: those that it is about.
    """

    where: str
    found: str
    pictures: tuple[ImageRef, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is true of the data, and what to do about it.

    Attributes:
        code: stable and searchable, `doctor/what`.
        severity: `error`: the run, or what it measures, would be wrong; `warning`: look at it before training;
            `note`: worth knowing.
        summary: what was found, in one sentence.
        count: how often, in the unit that `summary` names.
        advice: one thing to do, in a sentence.
        exhibits: the first places.
        condemned: which training examples `--write-clean` leaves out because of it, by their place in the case.
    """

    code: str
    severity: Severity
    summary: str
    count: int
    advice: str
    exhibits: tuple[Exhibit, ...] = ()
    condemned: frozenset[int] = frozenset()

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; pictures by name."""
        shown = [
            {"where": one.where, "found": one.found, "pictures": [image.name for image in one.pictures]}
            for one in self.exhibits
        ]
        values = {key: value for key, value in asdict(self).items() if key not in ("exhibits", "condemned")}
        return {**values, "examples_left_out_of_clean": len(self.condemned), "exhibits": shown}


@runtime_checkable
class Kind(Protocol):
    """One kind of finding. Stateless, so that one instance serves everywhere."""

    name: str
    describe: str

    def find(self, case: "Case") -> Iterator[Finding]:
        """What of this kind is true of the data; nothing where nothing is. Never raises for what is in the data."""
        ...


def first(exhibits: Iterable[Exhibit]) -> tuple[Exhibit, ...]:
    """The first of them, as many as are shown."""
    return tuple(islice(exhibits, EXHIBITS))


def together(*places: str, limit: int = 4) -> str:
    """Several places as one text.

    >>> together("a.jsonl:1", "a.jsonl:2"), together(*"12345678")
    ('a.jsonl:1; a.jsonl:2', '1; 2; 3; 4; … and 4 more')
    """
    rest = len(places) - limit
    return "; ".join([*places[:limit], *([f"… and {rest} more"] if rest > 0 else [])])
