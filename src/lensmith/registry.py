"""Named things that are found by name and loaded when first used.

To add a format, family or metric: write one file, add one line to its registry. The contract tests
iterate over the registries, so the new entry is tested without being mentioned there.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Generic, TypeVar, cast

from lensmith.errors import Problem, UnknownNameError, suggest

T = TypeVar("T")


class Registry(Mapping[str, T], Generic[T]):
    """A read-only mapping from name to object, importing an entry's module on first look-up.

    Args:
        kind: what the entries are, in the singular, for messages: "metric".
        entries: name to `package.module:attribute`.

    Raises:
        UnknownNameError: on looking up a name that is not there; names the nearest and all that are.
    """

    def __init__(self, kind: str, entries: Mapping[str, str]) -> None:
        self.kind = kind
        self._entries = dict(entries)

    def __getitem__(self, name: str) -> T:
        if name not in self._entries:
            raise UnknownNameError(
                Problem(
                    code=f"{self.kind.replace(' ', '-')}/unknown",
                    where=self.kind,
                    found=f"there is no {self.kind} called `{name}`",
                    fix=suggest(name, self._entries),
                )
            )
        module, _, attribute = self._entries[name].partition(":")
        return cast(T, getattr(import_module(module), attribute))

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)
