"""The three parts of a data set on their way through a run: encoded, validated on, predicted."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from torch import nn

from lensmith.batching.encode import EncodedSet, encode_examples
from lensmith.batching.kept import KeptFeatures
from lensmith.config.sections import Recipe
from lensmith.console import StageBars, progress, say, show_problems, warn
from lensmith.data.balance import ClassCount
from lensmith.data.dataset import Data, load_data
from lensmith.data.doctor.text import shorten
from lensmith.errors import DataError, Problem, RunError
from lensmith.evaluation.greedy import DecodeSettings
from lensmith.evaluation.predict import Ask, answer_all, predict_into
from lensmith.evaluation.results import score_predictions
from lensmith.evaluation.slicing import check_slices
from lensmith.evaluation.subjects import check_subjects
from lensmith.families.contract import Family
from lensmith.training.faults import tell_answering_faults
from lensmith.training.module import SupervisedModule
from lensmith.training.preflight import contract as preflight
from lensmith.training.trainer import Validate, validation_loss
from lensmith.types import Example, ImageRef, Prediction

# The rarest of balanced classes are told, the others are in data.json.
CLASSES_TOLD = 5


@dataclass(frozen=True, slots=True)
class Parts:
    """What is trained on, watched and measured; examples that could not be encoded are in the sets' problems."""

    train: EncodedSet
    validation: EncodedSet
    test_set: EncodedSet
    validation_examples: tuple[Example, ...]
    test: tuple[Example, ...]
    problems: tuple[Problem, ...]

    def images(self) -> Iterator[ImageRef]:
        """The pictures of all three, with repetitions."""
        for encoded in (*self.train.encoded, *self.validation.encoded):
            yield from encoded.images
        for example in self.test:
            yield from example.images

    def beside(self, data: Data) -> preflight.Parts:
        """The three, tokens beside what they were made of, for a last look before training."""
        examples = {"train": data.train, "validation": data.validation, "test": data.test}
        encoded = {"train": self.train, "validation": self.validation, "test": self.test_set}
        return preflight.Parts(examples, encoded, data.mixture)


def encode_parts(family: Family, data: Data, recipe: Recipe) -> Parts:
    """Encodes all three parts, lists what could not be, and narrates the tokens.

    Raises:
        DataError: a part has nothing left.
    """
    limit = recipe.train.max_length if isinstance(recipe.train.max_length, int) else None
    given = {"train": data.train, "validation": data.validation, "test": data.test}
    sets = {name: encode_examples(family, examples, limit) for name, examples in given.items()}
    problems = tuple(problem for item in sets.values() for problem in item.problems)
    empty = [name for name, item in sets.items() if not item.encoded and (given[name] or name != "validation")]
    if empty:
        raise DataError([*problems[:20], *(_nothing_left(name) for name in empty)])
    for note in family.notes:
        say(f"  note: {note}")
    if problems:
        warn(f"{len(problems)} examples cannot be used by this model:")
        show_problems(problems, limit=5)
    tokens = sets["train"].token_counts()
    say(
        "  tokens an example: "
        + ", ".join(f"{name} {tokens[name]['mean']:g} (at most {tokens[name]['max']:g})" for name in tokens)
    )
    return Parts(
        sets["train"],
        sets["validation"],
        sets["test"],
        _kept(data.validation, sets["validation"]),
        _kept(data.test, sets["test"]),
        problems,
    )


def describe_parts(data: Data, parts: Parts) -> dict[str, Any]:
    """What data.json holds: where the data came from, what was left out and why, and the ids in each part.

    `ids` are those that are used, `ids_not_encoded` those that this model cannot use; together they are the division.
    """
    used = {
        "train": [item.example_id for item in parts.train.encoded],
        "validation": [item.example_id for item in parts.validation.encoded],
        "test": [example.id for example in parts.test],
    }
    return {
        **data.report.to_json(),
        "sources": [asdict(source) for source in data.mixture.count(used["train"])],
        "classes": [asdict(each) for each in data.mixture.count_classes(used["train"])],
        "ids": used,
        "ids_not_encoded": {
            name: sorted({example.id for example in given} - set(used[name]))
            for name, given in (("train", data.train), ("validation", data.validation), ("test", data.test))
        },
        "tokens": parts.train.token_counts(),
        "not_encoded": [problem.render() for problem in parts.problems],
    }


def decode_settings(recipe: Recipe) -> DecodeSettings:
    """How this recipe makes answers."""
    evaluate = recipe.evaluate
    if not isinstance(evaluate.max_new_tokens, int):
        raise TypeError("evaluate.max_new_tokens is not settled")
    labels = tuple(evaluate.labels or ()) if evaluate.decoding != "free" else ()
    return DecodeSettings(
        evaluate.batch_size,
        evaluate.max_new_tokens,
        evaluate.repetition_penalty,
        labels,
        score_labels=evaluate.decoding == "scored",
    )


def ask_model(model: nn.Module, family: Family, recipe: Recipe, kept: KeptFeatures | None = None) -> Ask:
    """Who answers, and how: the model in evaluation mode, with the recipe's settings."""
    return Ask(model, family, decode_settings(recipe), kept)


def predict_part(path: Path, ask: Ask, examples: Sequence[Example]) -> list[Prediction]:
    """Answers the examples into `path` with a progress bar; see `predict_into`."""
    with progress(len(examples), path.stem, "question") as bar:

        def advance(done: int) -> None:
            bar.update(done - bar.n)

        with tell_answering_faults():
            return predict_into(path, ask, examples, advance)


def make_validate(module: SupervisedModule, parts: Parts, recipe: Recipe, kept: KeptFeatures | None) -> Validate:
    """Validation as the recipe wants it: the loss, and where `train.best` is a metric, that metric on real answers."""
    # Who reads kept features decodes nothing: starting processes for it, at each validation, would take longer.
    workers = recipe.train.workers if isinstance(recipe.train.workers, int) and kept is None else 0

    def validate() -> dict[str, float]:
        if not parts.validation.encoded:
            return {}
        found = {
            "validation_loss": validation_loss(module, parts.validation.encoded, recipe.train.batch_size, workers, kept)
        }
        if recipe.train.best != "validation_loss":
            settings = decode_settings(recipe)
            with tell_answering_faults():
                predictions = answer_all(Ask(module.bare, module.family, settings, kept), parts.validation_examples)
            found[recipe.train.best] = validation_score(predictions, recipe)
        return found

    return validate


def validation_score(predictions: Sequence[Prediction], recipe: Recipe) -> float:
    """The value of the metric that `train.best` names.

    Raises:
        RunError: it applies to none of the predictions.
    """
    name = recipe.train.best
    asked = recipe.evaluate.model_copy(update={"metrics": [name], "slices": []})
    value = score_predictions(predictions, asked, recipe.run.seed).metrics[name].estimate.value
    if value is None:
        raise RunError(
            Problem(
                "run/no-validation-score",
                "train.best",
                f"{name} applies to none of the {len(predictions)} validation answers",
                consequence="no checkpoint can be called the best",
                fix="choose a metric that fits the data, or validation_loss",
            )
        )
    return value


def read_data(recipe: Recipe) -> Data:
    """Reads and divides the data with a progress bar; says what was found and lists the first problems.

    Raises:
        DataError: nothing can be read, or no test example has a column that scores are to be shown by.
    """
    with StageBars() as bars:
        data = load_data(recipe.data, recipe.run.seed, on_progress=bars)
    if not data.test and data.validation:
        warn("there is no test part: before and after are measured on the validation part, which chose the checkpoint")
        data = replace(data, test=data.validation)
    if not data.validation:
        warn("there is no validation part: the last checkpoint is delivered, and overfitting cannot be seen")
    check_slices(recipe.evaluate.slices, data.test)
    check_subjects(recipe.evaluate, data.test)
    say(f"data: {len(data.train)} train, {len(data.validation)} validation, {len(data.test)} test examples")
    for source in () if data.mixture.is_even else data.report.sources:
        met = f"{source.an_epoch} of its {source.examples} examples an epoch"
        say(f"  {Path(source.path).name}: weight {source.weight:g}, {met}")
    tell_classes(data.mixture.count_classes(example.id for example in data.train), recipe.data.balance)
    problems = data.report.problems
    if problems:
        warn(f"{len(problems)} problems in the data:")
        show_problems(problems, limit=5)
    return data


def tell_classes(classes: Sequence[ClassCount], by: str) -> None:
    """Says how often an epoch meets the rarest classes, where they are balanced."""
    for each in sorted(classes, key=lambda one: (one.examples, one.value))[:CLASSES_TOLD]:
        say(f"  {by} {shorten(each.value, 40)}: an epoch meets its {each.examples} examples {each.an_epoch} times")
    if len(classes) > CLASSES_TOLD:
        say(f"  … and {len(classes) - CLASSES_TOLD} classes that are less rare")


def _nothing_left(name: str) -> Problem:
    return Problem(
        "data/nothing-left",
        f"data.{name}",
        "no example is left",
        expected="at least one",
        fix="see the problems above; give more data, or another split",
    )


def _kept(examples: Sequence[Example], encoded: EncodedSet) -> tuple[Example, ...]:
    kept = {item.example_id for item in encoded.encoded}
    return tuple(example for example in examples if example.id in kept)
