"""Settings as checks read them: by key, with their places, and without those that were refused."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from lensmith.config.origins import Origin
from lensmith.errors import Problem

SOURCES = ("data.train", "data.validation", "data.test", "keep.sources")


class _RefusedError(Exception):
    """A setting that a check needs has a problem of its own."""


class Settings:
    """Values by key, each with its origin; asking for a refused one ends the check that asks."""

    def __init__(self, values: Mapping[str, Any], origins: Mapping[str, Origin], refused: Collection[str] = ()) -> None:
        self.values, self.origins = values, origins
        self.refused = frozenset(refused)

    def __getitem__(self, key: str) -> Any:
        touches = any(f"{key}.".startswith(f"{other}.") or other.startswith(f"{key}.") for other in self.refused)
        if touches or key not in self.values:
            raise _RefusedError(key)
        return self.values[key]

    def given(self, key: str) -> bool:
        """True when the user wrote it."""
        return self.origins[key].kind in ("recipe", "set")

    def where(self, key: str) -> str:
        """The key after the place where it was written, or alone when it was not."""
        return f"{self.origins[key].text} {key}" if self.given(key) else key

    def sources(self, role: str) -> Iterator[str]:
        """The keys of a part's sources: `data.train.0`, `data.train.1`."""
        yield from self.listed(f"data.{role}")

    def listed(self, key: str) -> Iterator[str]:
        """The keys of the sources in a list: `keep.sources.0`."""
        pattern = re.compile(rf"{re.escape(key)}\.\d+\.path")
        yield from (each.removesuffix(".path") for each in self.values if pattern.fullmatch(each))

    def all_sources(self) -> list[str]:
        """The keys of every source."""
        return [source for key in SOURCES for source in self.listed(key)]


Check = Callable[[Settings], Iterator[Problem]]


def until_refused(problems: Iterator[Problem]) -> Iterator[Problem]:
    """A check's problems, up to where it asks for a refused setting: that setting has its own problem already."""
    try:
        yield from problems
    except _RefusedError:
        return
