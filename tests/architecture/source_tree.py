"""The package as syntax trees, for the tests that judge how it is written. Nothing here imports what it reads."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "lensmith"
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Import:
    """One imported name: `from a.b import c` imports `a.b.c`. `on_load` when importing the module runs it."""

    name: str
    line: int
    on_load: bool


@dataclass(frozen=True)
class Source:
    """One Python file: its path inside src/lensmith, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @property
    def module(self) -> str:
        """The dotted name: `data/split.py` is `lensmith.data.split`."""
        parts = ("lensmith", *Path(self.path).with_suffix("").parts)
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def package(self) -> str:
        """What relative imports start from."""
        return self.module if self.path.endswith("__init__.py") else self.module.rpartition(".")[0]

    def at(self, node: ast.AST) -> str:
        return f"{self.path}:{node.lineno}"  # type: ignore[attr-defined]

    def functions(self) -> list[Function]:
        return [node for node in ast.walk(self.tree) if isinstance(node, Function)]

    def docstrings(self) -> set[int]:
        """The ids of the nodes that are docstrings, attribute docstrings included."""
        return {id(node.value) for node in ast.walk(self.tree) if isinstance(node, ast.Expr) and is_text(node.value)}

    def imports(self) -> list[Import]:
        return list(self._imports(self.tree, on_load=True))

    def _imports(self, node: ast.AST, on_load: bool) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node.lineno, on_load)
        elif isinstance(node, ast.ImportFrom):
            above = self.package.split(".")[: len(self.package.split(".")) - node.level + 1] if node.level else []
            origin = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                yield Import(f"{origin}.{alias.name}", node.lineno, on_load)
        for child in ast.iter_child_nodes(node):
            deferred = isinstance(node, Function | ast.Lambda) or (is_for_types(node) and child in node.body)
            yield from self._imports(child, on_load and not deferred)


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def is_for_types(node: ast.AST) -> bool:
    """True for `if TYPE_CHECKING:`, whose body never runs."""
    return isinstance(node, ast.If) and ast.unparse(node.test).split(".")[-1] == "TYPE_CHECKING"


@cache
def sources() -> tuple[Source, ...]:
    """Every file of the package, in order of path."""
    paths = sorted(PACKAGE.rglob("*.py"))
    return tuple(Source(path.relative_to(PACKAGE).as_posix(), path.read_text("utf-8")) for path in paths)
