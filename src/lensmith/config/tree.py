"""A tree in which every value of a recipe knows the place where it was written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from lensmith.config.shape import Path as KeyPath


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value was written.

    Attributes:
        kind: `recipe` for a file or a mapping given by a program, `set` for the command line.
        text: in words: `recipe.yaml:12`, `--set`.
        folder: what relative paths written there are relative to.
    """

    kind: Literal["recipe", "set"]
    text: str
    folder: Path

    def where(self, key: str) -> str:
        """The place and the key, as a problem names them."""
        return f"{self.text} {key}".rstrip()


@dataclass(slots=True)
class Node:
    """One value: a scalar, a dict of nodes or a list of nodes; and where its key stands."""

    value: Any
    place: Place

    def plain(self) -> Any:
        """The value without its places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def walk(self, path: KeyPath = ()) -> Iterator[tuple[KeyPath, "Node"]]:
        """This node and all below it, each with its path."""
        yield path, self
        if isinstance(self.value, dict):
            for key, node in self.value.items():
                yield from node.walk((*path, key))
        elif isinstance(self.value, list):
            for at, node in enumerate(self.value):
                yield from node.walk((*path, at))

    def deepest(self, path: KeyPath) -> tuple[KeyPath, "Node"]:
        """As far along `path` as the tree goes: the path to there, and the node."""
        node, done = self, 0
        for part in path:
            if isinstance(node.value, list):
                inside = isinstance(part, int) and part < len(node.value)
            else:
                inside = isinstance(node.value, dict) and part in node.value
            if not inside:
                break
            node = node.value[part]
            done += 1
        return tuple(path[:done]), node


def from_value(value: Any, place: Place) -> Node:
    """A tree of plain values, all of one place."""
    if isinstance(value, Mapping):
        return Node({str(key): from_value(item, place) for key, item in value.items()}, place)
    if isinstance(value, list | tuple):
        return Node([from_value(item, place) for item in value], place)
    return Node(value, place)
