"""A recipe file, read whole: YAML, or JSON, which is YAML."""

import re
from pathlib import Path

from lensmith.config.tree import Node
from lensmith.config.yaml12 import parse
from lensmith.errors import Problem, RecipeError

MAX_BYTES = 256 * 1024


def read_document(path: Path) -> tuple[Node, list[Problem]]:
    """Reads a recipe file: its tree, and what is wrong with the text but does not hide the rest.

    Raises:
        RecipeError: nothing can be read from it.
    """
    folder = path.parent.absolute()
    text = _read_text(path)
    if path.suffix == ".json":
        text = _as_yaml(text)
    tree, problems = parse(text, path.name, folder)
    if tree is None or tree.value is None:
        raise RecipeError(
            [*problems]
            or Problem(
                "recipe/empty",
                path.name,
                "the recipe is empty",
                expected="at least a model and data",
                fix="write one with `lensmith init DATA --out FILE`",
            )
        )
    if not isinstance(tree.value, dict):
        raise RecipeError(
            Problem(
                "recipe/not-settings",
                tree.place.where(""),
                f"the file holds {'a list' if isinstance(tree.value, list) else 'one value'}",
                expected="settings, such as `model: …` and `data: …`",
                fix="point at a recipe; one is written by `lensmith init DATA --out FILE`",
            )
        )
    return tree, problems


def _read_text(path: Path) -> str:
    """The file's text.

    Raises:
        RecipeError: there is no such file, it is far too large for a recipe, or it is not UTF-8.
    """

    def refuse(found: str, fix: str) -> RecipeError:
        return RecipeError(Problem("recipe/unreadable", str(path), found, fix=fix))

    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        near = sorted(each.name for each in path.parent.glob("*.y*ml")) if path.parent.is_dir() else []
        raise refuse("there is no such file", f"recipes there: {', '.join(near) or 'none'}") from None
    except OSError as error:
        raise refuse(f"it cannot be read: {error.strerror}", "point at a recipe file") from error
    if len(content) > MAX_BYTES:
        raise refuse(
            f"it has more than {MAX_BYTES // 1024} KiB, which no recipe needs",
            "point at the recipe, not at the data; `lensmith init DATA --out FILE` writes one for the data",
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise refuse(f"line {line} is not UTF-8 text", "save the file as UTF-8") from error


def _as_yaml(text: str) -> str:
    """JSON text as YAML that means the same: YAML has its own ideas of tabs and of exotic line breaks.

    In JSON neither tabs nor characters beyond ASCII can stand outside strings, nor tabs inside them.
    """
    escape = re.compile(r"[^\x00-\x7e]")
    return escape.sub(lambda match: _escaped(match.group()), text.replace("\t", " "))


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
