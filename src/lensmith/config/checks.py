"""What no single setting can see: values that contradict each other, names nobody answers to, files that are not there.

Each check reads settings through `Settings`. Where a setting it needs was itself refused, the check is left out:
that setting has its own problem already, and what would follow from it is not known.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from lensmith.config.names import OPTIMIZERS, SCHEDULERS
from lensmith.config.origins import LoadedRecipe, Origin, flatten
from lensmith.config.paths import exists, looks_like_hub_id
from lensmith.config.sections import Component
from lensmith.errors import Problem, suggest

Known = Mapping[str, Collection[str]]
"""Names that a recipe may use, by kind: `metrics`, `families`, `formats`. A kind that is missing is not checked."""

ROLES = ("train", "validation", "test")


class _RefusedError(Exception):
    """A setting that a check needs has a problem of its own."""


class Settings:
    """Values by key, each with its origin; asking for a refused one ends the check that asks."""

    def __init__(self, values: Mapping[str, Any], origins: Mapping[str, Origin], refused: Collection[str] = ()) -> None:
        self.values, self.origins = values, origins
        self.refused = {key[: at.start()] for key in refused for at in re.finditer(r"\.|$", key)}

    def __getitem__(self, key: str) -> Any:
        if key in self.refused or key not in self.values:
            raise _RefusedError(key)
        return self.values[key]

    def given(self, key: str) -> bool:
        """True when the user wrote it."""
        return self.origins[key].kind in ("recipe", "set")

    def where(self, key: str) -> str:
        """The key after the place where it was written, or alone when it was not."""
        return f"{self.origins[key].text} {key}" if self.given(key) else key

    def sources(self, role: str) -> Iterator[str]:
        """The keys of a role's sources: `data.train.0`, `data.train.1`."""
        pattern = re.compile(rf"data\.{role}\.\d+\.path")
        yield from (key.removesuffix(".path") for key in self.values if pattern.fullmatch(key))


def check_recipe(loaded: LoadedRecipe, known: Known | None = None) -> list[Problem]:
    """Every problem that the settings of a loaded recipe make together, or with the names and files that exist.

    Args:
        loaded: a recipe in which each value by itself is right.
        known: names that the layers above offer.
    """
    return check_settings(Settings(flatten(loaded.recipe), loaded.origins), known or {})


def check_settings(settings: Settings, known: Known) -> list[Problem]:
    """Runs every check whose settings are there."""
    problems: list[Problem] = []
    for check in _CHECKS:
        problems += _until_refused(check(settings))
    for check in (_check_names, _check_formats):
        problems += _until_refused(check(settings, known))
    return problems


def _until_refused(problems: Iterator[Problem]) -> Iterator[Problem]:
    try:
        yield from problems
    except _RefusedError:
        return


def _check_shares(settings: Settings) -> Iterator[Problem]:
    asked = [
        role for role in ("validation", "test") if f"data.{role}" in settings.values and not settings[f"data.{role}"]
    ]
    shares = {f"data.split.{role}": settings[f"data.split.{role}"] for role in asked}
    if sum(shares.values()) >= 1:
        key = next((key for key in shares if settings.given(key)), "data.split.test")
        yield Problem(
            "recipe/shares",
            settings.where(key),
            f"the shares held out, {' and '.join(f'{share:g}' for share in shares.values())}, leave nothing to train on",
            expected="shares that sum to less than 1",
            fix="hold out less, for example validation: 0.1 and test: 0.1",
        )


def _check_template(settings: Settings) -> Iterator[Problem]:
    key = "prompt.template"
    fields = re.findall(r"\{(\w+)\}", settings[key])
    if "question" not in fields:
        yield Problem(
            "recipe/template",
            settings.where(key),
            "the template has no {question}" + (f", but {{{fields[0]}}}" if fields else ""),
            consequence="the model would be asked the same thing every time",
            fix='write {question} where the question stands, for example "{question} Answer in one word."',
        )
    elif other := [field for field in fields if field != "question"]:
        yield Problem(
            "recipe/template",
            settings.where(key),
            f"the template has {{{other[0]}}}, which nothing fills in",
            expected="{question} alone",
            fix="take it out, or put the text itself there",
        )


def _check_freeze(settings: Settings) -> Iterator[Problem]:
    key = "tune.freeze"
    frozen, method = settings[key], settings["tune.method"]
    if method == "lora" and settings.given(key):
        yield Problem(
            "recipe/no-effect",
            settings.where(key),
            "it is given, but the method is lora, which leaves all of the model's own weights as they are",
            fix="choose the adapted parts with tune.lora.components, or write method: full",
        )
    elif method == "full" and set(frozen) >= set(get_args(Component)):
        yield Problem(
            "recipe/nothing-trains",
            settings.where(key),
            "every part of the model is frozen",
            consequence="nothing would be learned",
            fix="leave at least one of them out, most often language",
        )


def _check_labels(settings: Settings) -> Iterator[Problem]:
    labels = settings["evaluate.labels"] or []
    forms: dict[str, str] = {}
    for label in labels:
        first = forms.setdefault(_form(label), label)
        if first is not label:
            yield Problem(
                "recipe/label",
                settings.where("evaluate.labels"),
                f"the labels `{first}` and `{label}` read the same",
                consequence="answers could not be told apart",
                fix="keep one of them, or rename it",
            )


def _check_positive(settings: Settings) -> Iterator[Problem]:
    key = "evaluate.positive"
    positive, labels = settings[key], settings["evaluate.labels"]
    if positive is None:
        return
    if labels is None:
        fix = f"list the classes, for example labels: [{positive}, none]"
        yield Problem("recipe/label", settings.where(key), "a positive label is given, but no labels are", fix=fix)
    elif _form(positive) not in {_form(label) for label in [*labels, settings["evaluate.unknown"]]}:
        found = f"`{positive}` is none of the labels"
        yield Problem("recipe/label", settings.where(key), found, fix=suggest(positive, labels))


def _form(label: str) -> str:
    """A label without case, punctuation and outer white space; its own text where nothing else is left."""
    return " ".join(re.findall(r"\w+", label.casefold())) or label.strip()


def _check_device(settings: Settings) -> Iterator[Problem]:
    key = "model.device"
    if not re.fullmatch(r"auto|cpu|mps|cuda(:\d+)?", settings[key]):
        found = f"`{settings[key]}` is no device"
        yield Problem(
            "recipe/device", settings.where(key), found, fix=suggest(settings[key], ("auto", "cpu", "cuda", "mps"))
        )


def _check_optimizer(settings: Settings) -> Iterator[Problem]:
    yield from _unknown(settings, "train.optimizer", [settings["train.optimizer"]], OPTIMIZERS, "optimizer")


def _check_scheduler(settings: Settings) -> Iterator[Problem]:
    yield from _unknown(settings, "train.scheduler", [settings["train.scheduler"]], SCHEDULERS, "scheduler")


def _check_sources(settings: Settings) -> Iterator[Problem]:
    for source in (source for role in ROLES for source in settings.sources(role)):
        for check in (_check_data_path, _check_images):
            yield from _until_refused(check(settings, source))


def _check_data_path(settings: Settings, source: str) -> Iterator[Problem]:
    path = settings[f"{source}.path"]
    if not exists(path) and not looks_like_hub_id(path):
        where, fix = settings.where(f"{source}.path"), f"{_near(path)}; a hub id has the form owner/name"
        yield Problem("recipe/missing-file", where, f"there is no file or folder {path}", fix=fix)


def _check_images(settings: Settings, source: str) -> Iterator[Problem]:
    folder = settings[f"{source}.images"]
    if folder is not None and not (exists(folder) and Path(folder).is_dir()):
        found = f"{folder} is a file" if exists(folder) else f"there is no folder {folder}"
        yield Problem("recipe/missing-file", settings.where(f"{source}.images"), found, "a folder", fix=_near(folder))


def _check_chat_template(settings: Settings) -> Iterator[Problem]:
    path = settings["prompt.chat_template"]
    if path is not None and not (exists(path) and Path(path).is_file()):
        found = f"there is no file {path}"
        yield Problem("recipe/missing-file", settings.where("prompt.chat_template"), found, fix=_near(path))


def _check_model(settings: Settings) -> Iterator[Problem]:
    name = settings["model.name"]
    if Path(name).is_absolute() and not exists(name):
        fix = f"{_near(name)}; a hub id has the form owner/name"
        yield Problem("recipe/missing-file", settings.where("model.name"), f"there is no folder {name}", fix=fix)


def _check_out(settings: Settings) -> Iterator[Problem]:
    path = settings["run.out"]
    if path != "auto" and exists(path) and not Path(path).is_dir():
        fix = "name a folder; it need not exist"
        yield Problem("recipe/out", settings.where("run.out"), f"{path} is a file", "a folder", fix=fix)


def _near(path: str) -> str:
    """What is there instead of a missing file: a near name, and the first names in its folder."""
    folder = Path(path).parent
    if not (exists(str(folder)) and folder.is_dir()):
        return f"there is no folder {folder} either; paths in a recipe start from the recipe's folder"
    names = sorted(each.name for each in folder.iterdir() if not each.name.startswith("."))
    near = suggest(Path(path).name, names).partition("available:")[0].strip()
    shown = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
    return f"{near or 'correct the path;'} in {folder}: {shown or 'nothing'}"


def _check_names(settings: Settings, known: Known) -> Iterator[Problem]:
    if "families" in known:
        yield from _unknown(
            settings, "model.family", [settings["model.family"]], {"auto", *known["families"]}, "family"
        )
    if "metrics" in known:
        yield from _unknown(settings, "evaluate.metrics", settings["evaluate.metrics"], known["metrics"], "metric")
        best = {"validation_loss", *known["metrics"]}
        yield from _unknown(settings, "train.best", [settings["train.best"]], best, "metric")


def _check_formats(settings: Settings, known: Known) -> Iterator[Problem]:
    for source in (source for role in ROLES for source in settings.sources(role) if "formats" in known):
        key = f"{source}.format"
        yield from _unknown(settings, key, [settings[key]], {"auto", *known["formats"]}, "format")


def _unknown(
    settings: Settings, key: str, names: Iterable[str], known: Collection[str], kind: str
) -> Iterator[Problem]:
    """A problem for each name that is none of the known ones."""
    for name in names:
        if name not in known:
            found = f"there is no {kind} called `{name}`"
            yield Problem(f"recipe/unknown-{kind}", settings.where(key), found, fix=suggest(name, known))


_CHECKS: tuple[Callable[[Settings], Iterator[Problem]], ...] = (
    _check_model,
    _check_device,
    _check_sources,
    _check_shares,
    _check_template,
    _check_chat_template,
    _check_freeze,
    _check_optimizer,
    _check_scheduler,
    _check_labels,
    _check_positive,
    _check_out,
)
