"""How the run was made: what the recipe said that is not a default, the machine, and what is needed to repeat it."""

from collections.abc import Iterator, Mapping
from typing import Any

from lensmith.markup.elements import element, escape, table
from lensmith.report.intervals import shorten
from lensmith.report.reading import RunRecord
from lensmith.report.words import Words

_VALUE_SIGNS = 200


def render_settings(run: RunRecord, words: Words) -> str:
    """Settings that were chosen, and facts about the machine; empty where the run wrote neither."""
    parts = []
    chosen = [[key, value] for key, value in chosen_settings(run)]
    if chosen:
        parts.append(table((words.say("setting"), words.say("value")), chosen))
    facts = list(_facts(run, words))
    if facts:
        parts.append(table((words.say("fact"), words.say("value")), facts))
    if not parts:
        return ""
    note = words.say("Settings that are not the default; recipe.json in the run folder holds all of them.")
    body = element("p", escape(note), kind="quiet") if chosen else ""
    return element("details", element("summary", escape(words.say("Show"))) + body + "".join(parts))


def chosen_settings(run: RunRecord) -> Iterator[tuple[str, str]]:
    """Each value of the recipe whose origin is not a default, as text."""
    for key, value in flatten(run.recipe or {}):
        origin = run.origins.get(key)
        if isinstance(origin, Mapping) and origin.get("kind") != "default":
            yield key, shorten(str(value), _VALUE_SIGNS)


def flatten(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf under its dotted key, as the recipe's origins name it.

    >>> list(flatten({"train": {"epochs": 3.0}, "data": {"train": [{"path": "a"}]}}))
    [('train.epochs', 3.0), ('data.train.0.path', 'a')]
    """
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from flatten(inner, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
        for at, inner in enumerate(value):
            yield from flatten(inner, f"{key}.{at}")
    else:
        yield key, value


def _facts(run: RunRecord, words: Words) -> Iterator[tuple[str, str]]:
    environment = run.environment or {}
    for name in ("device", "precision", "python", "platform"):
        if name in environment:
            yield words.say(name), shorten(str(environment[name]), _VALUE_SIGNS)
    packages = environment.get("packages")
    if isinstance(packages, Mapping):
        yield words.say("packages"), shorten(", ".join(f"{name} {version}" for name, version in packages.items()), 400)
    if run.data and run.data.fingerprint:
        yield words.say("data fingerprint"), shorten(run.data.fingerprint, 80)
    if run.comparison:
        told = {"resamples": words.count(run.comparison.resamples), "seed": str(run.comparison.seed)}
        yield words.say("intervals"), words.say("{resamples} resamples of pictures, seed {seed}", **told)
