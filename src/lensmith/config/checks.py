"""What no single setting can see: values that contradict each other, names nobody answers to, files that are not there.

Each check reads settings through `Settings`. Where a setting it needs was itself refused, the check is left out:
that setting has its own problem already, and what would follow from it is not known.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import get_args

from lensmith.config.files import FILE_CHECKS
from lensmith.config.names import OPTIMIZERS, SCHEDULERS
from lensmith.config.origins import LoadedRecipe, flatten
from lensmith.config.sections import Component
from lensmith.config.settings import Check, Settings, until_refused
from lensmith.errors import Problem, suggest

Known = Mapping[str, Collection[str]]
"""Names that a recipe may use, by kind: `metrics`, `families`, `formats`. A kind that is missing is not checked."""


def check_recipe(loaded: LoadedRecipe, known: Known | None = None, *, check_files: bool = True) -> list[Problem]:
    """Every problem that the settings of a loaded recipe make together, or with the names and files that exist.

    Args:
        loaded: a recipe in which each value by itself is right.
        known: names that the layers above offer.
        check_files: False leaves the disk alone.
    """
    return check_settings(Settings(flatten(loaded.recipe), loaded.origins), known or {}, check_files)


def check_settings(settings: Settings, known: Known, check_files: bool) -> list[Problem]:
    """Runs every check whose settings are there."""
    problems: list[Problem] = []
    for check in (*_CHECKS, *(FILE_CHECKS if check_files else ())):
        problems += until_refused(check(settings))
    for check_names in (_check_families, _check_metrics, _check_best, _check_formats):
        problems += until_refused(check_names(settings, known))
    return problems


def _check_shares(settings: Settings) -> Iterator[Problem]:
    asked = [
        role for role in ("validation", "test") if f"data.{role}" in settings.values and not settings[f"data.{role}"]
    ]
    shares = {f"data.split.{role}": settings[f"data.split.{role}"] for role in asked}
    if folds := settings["data.split.folds"]:
        shares = {"data.split.folds": 1 / folds} | {key: shares[key] for key in shares if key != "data.split.test"}
    if sum(shares.values()) >= 1:
        key = next((key for key in shares if settings.given(key)), "data.split.test")
        yield Problem(
            "recipe/shares",
            settings.where(key),
            f"holding out {' and '.join(f'{share:g}' for share in shares.values())} leaves nothing to train on",
            expected="shares that sum to less than 1",
            fix="hold out less, for example validation: 0.1 and test: 0.1",
        )


def _check_folds(settings: Settings) -> Iterator[Problem]:
    folds, fold = settings["data.split.folds"], settings["data.split.fold"]
    key = "data.split.folds" if folds else "data.split.fold"
    found, expected = "", ""
    if folds and list(settings.sources("test")):
        found, fix = "the test part is to be a fold, but data.test is given", "take one of the two out"
    elif folds and not fold:
        found = f"there are {folds} folds, and none of them is chosen"
        fix = f"run once for each, with --set data.split.fold=1 and so on to {folds}"
    elif fold and not folds:
        found, fix = f"fold {fold} is chosen, but there are no folds", "write folds: 5 beside it"
    elif folds and fold > folds:
        key, found, expected = "data.split.fold", f"there is no fold {fold}", f"a whole number from 1 to {folds}"
        fix = f"choose one of them, or write folds: {fold}"
    if found:
        yield Problem("recipe/fold", settings.where(key), found, expected, fix=fix)


def _check_weights(settings: Settings) -> Iterator[Problem]:
    for role in ("validation", "test"):
        for source in settings.sources(role):
            key = f"{source}.weight"
            if settings[key] != 1:
                found = f"it is {settings[key]:g}, but every example of this part is asked once"
                fix = "take it out; weights are for data.train"
                yield Problem("recipe/no-effect", settings.where(key), found, fix=fix)


def _check_keep(settings: Settings) -> Iterator[Problem]:
    share, sources = settings["keep.replay"], list(settings.listed("keep.sources"))
    if share and not sources and settings["keep.sources"] is None:
        yield Problem(
            "recipe/no-replay",
            settings.where("keep.replay"),
            "the base's own answers are to be learned again, but keep.sources does not say to which questions",
            expected="pictures with questions, or a folder of pictures and one `question` for all",
            fix="write keep: {replay: auto, sources: {path: photos, question: What is in the picture?}}; "
            "no answers are needed",
        )
    for source in sources:
        if settings[f"{source}.turns"] == "conversation":
            where, found = settings.where(f"{source}.turns"), "the base answers each question by itself"
            yield Problem("recipe/no-effect", where, found, fix="take it out")


def _check_template(settings: Settings) -> Iterator[Problem]:
    for key in ("prompt.template", "prompt.short_template"):
        template = settings[key]
        if template is not None:
            yield from _check_fields(settings, key, template)


def _check_fields(settings: Settings, key: str, template: str) -> Iterator[Problem]:
    fields = re.findall(r"\{(\w+)\}", template)
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


def _check_scale(settings: Settings) -> Iterator[Problem]:
    key = "keep.scale"
    if settings[key] == 1:
        return
    if settings["tune.method"] == "lora" and settings["tune.lora.dora"]:
        found = "it is given, but DoRA's weights are no base with something added that could be scaled"
        yield Problem("recipe/scale", settings.where(key), found, fix="take it out, or write dora: false")
    if settings[key] == "auto" and not list(settings.sources("validation")) and not settings["data.split.validation"]:
        found = "it is to be chosen on validation questions, and there is no validation part"
        fix = "hold out a share with data.split.validation: 0.1, or write a number"
        yield Problem("recipe/scale", settings.where(key), found, fix=fix)


def _check_quantise(settings: Settings) -> Iterator[Problem]:
    quantise, backend = settings["tune.quantise"], "tune.quantise_backend"
    if quantise != "none" and settings["tune.method"] == "full":
        yield Problem(
            "recipe/quantise-full",
            settings.where("tune.quantise"),
            "the method is full, which trains the weights themselves, and rounded weights cannot be trained",
            fix="write method: lora, or quantise: none",
        )
    chosen = settings[backend]
    if chosen != "auto" and (chosen == "none") != (quantise == "none"):
        found = f"it is {chosen}, but tune.quantise is {quantise}"
        yield Problem("recipe/no-effect", settings.where(backend), found, fix="take it out")


def _check_labels(settings: Settings) -> Iterator[Problem]:
    labels = settings["evaluate.labels"] or []
    forms: dict[str, str] = {}
    for label in labels:
        first = forms.setdefault(" ".join(label.casefold().split()), label)
        if first is not label:
            yield Problem(
                "recipe/label",
                settings.where("evaluate.labels"),
                f"the labels `{first}` and `{label}` read the same",
                consequence="answers could not be told apart",
                fix="keep one of them, or rename it",
            )


def _check_decoding(settings: Settings) -> Iterator[Problem]:
    key = "evaluate.decoding"
    if settings[key] != "free" and settings["evaluate.labels"] is None:
        yield Problem(
            "recipe/label",
            settings.where(key),
            f"answers are to be chosen ({settings[key]}), but there is nothing to choose from",
            fix="list the classes, for example labels: [zebra, none]",
        )


def _check_positive(settings: Settings) -> Iterator[Problem]:
    key = "evaluate.positive"
    positive, labels = settings[key], settings["evaluate.labels"]
    if positive is None:
        return
    if labels is None:
        fix = f"list the classes, for example labels: [{positive}, none]"
        yield Problem("recipe/label", settings.where(key), "a positive label is given, but no labels are", fix=fix)
    elif _words(positive) not in {_words(label) for label in [*labels, settings["evaluate.unknown"]]}:
        found = f"`{positive}` is none of the labels"
        yield Problem("recipe/label", settings.where(key), found, fix=suggest(positive, labels))


def _words(label: str) -> str:
    """A label without case, punctuation and white space; its own text where nothing else is left."""
    return "".join(re.findall(r"\w", label.casefold())) or label.strip()


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


def _check_families(settings: Settings, known: Known) -> Iterator[Problem]:
    if "families" in known:
        names = {"auto", *known["families"]}
        yield from _unknown(settings, "model.family", [settings["model.family"]], names, "family")


def _check_metrics(settings: Settings, known: Known) -> Iterator[Problem]:
    if "metrics" in known:
        yield from _unknown(settings, "evaluate.metrics", settings["evaluate.metrics"], known["metrics"], "metric")


def _check_best(settings: Settings, known: Known) -> Iterator[Problem]:
    best, metrics = settings["train.best"], settings["evaluate.metrics"]
    if best in known.get("metrics", ()) and best not in metrics:
        yield Problem(
            "recipe/best-not-scored",
            settings.where("train.best"),
            f"`{best}` is to choose the best checkpoint, but it is not among evaluate.metrics",
            fix=f"write metrics: [{', '.join([*metrics, best])}]",
        )
    else:
        offered = {"validation_loss", *known.get("metrics", metrics)}
        yield from _unknown(settings, "train.best", [best], offered, "metric")


def _check_formats(settings: Settings, known: Known) -> Iterator[Problem]:
    for source in settings.all_sources() if "formats" in known else ():
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


_CHECKS: tuple[Check, ...] = (
    _check_device,
    _check_shares,
    _check_folds,
    _check_weights,
    _check_keep,
    _check_template,
    _check_freeze,
    _check_scale,
    _check_quantise,
    _check_optimizer,
    _check_scheduler,
    _check_labels,
    _check_decoding,
    _check_positive,
)
