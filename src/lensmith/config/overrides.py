"""`--set section.key=value`: laying single values over a recipe's tree, and shorthands spelled out before."""

import re
from collections.abc import Iterable
from pathlib import Path

from lensmith.config.sections import Recipe, Section
from lensmith.config.shape import SHORTHANDS, dotted, known_keys, nested, takes_text
from lensmith.config.shape import Path as KeyPath
from lensmith.config.tree import Node, Place
from lensmith.config.yaml12 import parse
from lensmith.errors import Problem, suggest

FLAG = "--set"


def spell_out(node: Node, section: type[Section] = Recipe) -> Node:
    """The tree with every shorthand in its long form, so that each setting has one path.

    A plain value where a section is expected becomes that section with its chief setting; a single source becomes a
    list of one; a section with nothing beneath it becomes one without settings.
    """
    if not isinstance(node.value, dict):
        return node
    settings = {}
    for name, child in node.value.items():
        field = section.model_fields.get(name)
        inner, listed = nested(field) if field else (None, False)
        settings[name] = child if inner is None else _spelled(child, inner, listed)
    return Node(settings, node.place)


def _spelled(node: Node, section: type[Section], listed: bool) -> Node:
    if listed:
        if node.value is None:
            return node
        items = node.value if isinstance(node.value, list) else [node]
        return Node([_spelled(item, section, False) for item in items], node.place)
    if node.value is None:
        return Node({}, node.place)
    if isinstance(node.value, str | int | float) and section in SHORTHANDS:
        return Node({SHORTHANDS[section]: node}, node.place)
    return spell_out(node, section)


def lay_over(under: Node, over: Node) -> Node:
    """Both trees as one: settings are joined key by key, anything else in `over` replaces what is under it."""
    if not (isinstance(under.value, dict) and isinstance(over.value, dict)):
        return over
    joined = dict(under.value)
    for key, node in over.value.items():
        joined[key] = lay_over(joined[key], node) if key in joined else node
    return Node(joined, over.place)


def apply_overrides(tree: Node, overrides: Iterable[str]) -> tuple[Node, list[Problem]]:
    """The tree with each `key=value` laid over it in order, and a problem for each that makes no sense.

    A value is read as YAML. Where the setting takes nothing but text, a value that is not quoted is taken as
    it stands, so `evaluate.positive=true` and `prompt.template={question}` need no second pair of quotes.
    """
    problems: list[Problem] = []
    tree = spell_out(tree)
    for override in overrides:
        key, equals, text = override.partition("=")
        path = _path(key.strip())
        if not equals or not path:
            found = f"`{override}` is not of the form section.key=value"
            problems.append(Problem("recipe/bad-override", FLAG, found, fix="write for example --set train.epochs=1"))
            continue
        node, wrong = _value(text, path)
        problem = wrong or _place_in(tree, path, node)
        if problem:
            problems.append(problem)
        tree = spell_out(tree)
    return tree, problems


def _path(key: str) -> KeyPath:
    """A key's path; empty when a part of it is."""
    parts = key.split(".")
    return (
        tuple(int(part) if re.fullmatch(r"0|[1-9][0-9]{0,5}", part) else part for part in parts) if all(parts) else ()
    )


def _value(text: str, path: KeyPath) -> tuple[Node, Problem | None]:
    """The value's tree, and what is wrong with its text."""
    place = Place("set", FLAG, Path.cwd())
    node, problems = parse(text, FLAG, Path.cwd(), "set")
    is_text = node is not None and (isinstance(node.value, str) or node.value is None)
    if text.strip() and takes_text(path) and not is_text:
        return Node(text, place), None
    if problems:
        first = problems[0]
        return Node(None, place), Problem("recipe/bad-override", place.where(dotted(path)), first.found, fix=first.fix)
    return node or Node(None, place), None


def _place_in(tree: Node, path: KeyPath, value: Node) -> Problem | None:
    """Puts `value` at `path`, making what is missing on the way; or says why it cannot be put there."""
    node = tree
    for at, part in enumerate(path):
        if node.value is None:
            node.value = [] if isinstance(part, int) else {}
        if isinstance(node.value, list) and isinstance(part, int) and part <= len(node.value):
            if part == len(node.value):
                node.value.append(Node(None, value.place))
            node = node.value[part]
        elif isinstance(node.value, dict):
            node = node.value.setdefault(str(part), Node(None, value.place))
        else:
            return _no_way(path, at, node)
    node.value, node.place = value.value, value.place
    return None


def _no_way(path: KeyPath, at: int, node: Node) -> Problem:
    """Says that the value before `path[at]` has no such part."""
    before, part = dotted(path[:at]), path[at]
    where = f"{FLAG} {dotted(path)}"
    if isinstance(node.value, list):
        last = len(node.value) - 1
        found = f"`{before}` is a list of {len(node.value)}, and `{part}` is none of its positions"
        return Problem(
            "recipe/bad-override", where, found, fix=f"use a position from 0 to {last}, or {last + 1} to add one"
        )
    fix = suggest(dotted(path), known_keys())
    return Problem("recipe/bad-override", where, f"`{before}` is a single value and has no `{part}`", fix=fix)
