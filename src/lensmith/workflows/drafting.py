"""A plan while it is made: what could be found out, and for the rest why it could not."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, TypeVar

from lensmith.errors import LensmithError, Problem

T = TypeVar("T")


@dataclass(slots=True)
class Draft:
    """Collects problems instead of stopping at the first.

    Attributes:
        problems: what would keep the run from starting.
        unknown: parts of the plan that could not be found out, each with the reason.
    """

    problems: list[Problem] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)

    def attempt(
        self, part: str, make: Callable[..., T], *needs: Any, forgive: Collection[str] = (), **given: Any
    ) -> T | None:
        """What `make(*needs, **given)` answers, or None with the reason under `part`.

        Args:
            part: of the plan, as a person calls it.
            make: is not called where one of `needs` is None: then the reason is that of what failed before.
            needs: without these there is nothing to try.
            forgive: codes of problems that leave the part unknown and are no reason for the run to fail.
            given: further arguments.
        """
        if any(need is None for need in needs):
            reasons = list(self.unknown.values())
            self.unknown.setdefault(part, reasons[-1] if reasons else "what it rests on is not known")
            return None
        try:
            return make(*needs, **given)
        except LensmithError as error:
            self.problems += [each for each in error.problems if each.code not in forgive and each not in self.problems]
            self.unknown.setdefault(part, f"{error.problems[0].where}: {error.problems[0].found}")
            return None
