"""What guards are given to look at: a few validation questions that the model answers, and controls."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from lensmith.config.sections import Recipe
from lensmith.evaluation.greedy import DecodeSettings
from lensmith.evaluation.labels import LabelReader
from lensmith.evaluation.predict import Ask, answer_all
from lensmith.evaluation.results import score_predictions
from lensmith.evaluation.subjects import CONTROL, find_subjects
from lensmith.training.faults import tell_answering_faults
from lensmith.training.guards.contract import Watched
from lensmith.training.guards.probe import Probe, choose_probe, fold_answer
from lensmith.training.trainer import Validate
from lensmith.types import Example, Prediction
from lensmith.workflows.steps.parts import Parts, decode_settings

CONTROL_SCORE = "control_score"


def watch_parts(ask: Ask, parts: Parts, recipe: Recipe) -> Watched:
    """The probe, balanced over answers, and what is known of the rest.

    Args:
        ask: the model in training, which is in evaluation mode when it is asked.
        parts: its validation part is asked.
        recipe: settled.
    """
    probe, reason = None, "there is no validation part"
    if parts.validation_examples:
        chosen = choose_probe(parts.validation_examples, recipe.guards.questions, recipe.run.seed)
        labels = recipe.evaluate.labels
        reader = LabelReader(labels, recipe.evaluate.unknown) if labels else None
        is_label = (lambda answer: reader.accepted(answer) is not None) if reader else None
        known = frozenset(fold_answer(text) for example in parts.validation_examples for text in example.answers)
        probe = Probe(chosen, lambda examples: _answer(ask, examples, decode_freely(recipe)), is_label, known)
    controls = len(choose_controls(parts.validation_examples, recipe))
    return Watched(recipe, len(parts.validation.encoded), probe, reason, controls)


def decode_freely(recipe: Recipe) -> DecodeSettings:
    """The recipe's way of answering, but that any text may come: labels that are forced hide a collapse."""
    evaluate = decode_settings(recipe)
    return DecodeSettings(evaluate.batch_size, evaluate.max_new_tokens, evaluate.repetition_penalty)


def choose_controls(examples: Sequence[Example], recipe: Recipe) -> list[Example]:
    """The controls that are asked at each validation; none where no bound is set."""
    section = recipe.guards.forgetting
    columns = find_subjects(recipe.evaluate, examples) if section.max_loss is not None else None
    if columns is None:
        return []
    found = [example for example in examples if columns.group_of(example) == CONTROL and example.answers]
    return Random(recipe.run.seed).sample(found, min(section.questions, len(found)))


def with_controls(validate: Validate, ask: Ask, parts: Parts, recipe: Recipe) -> Validate:
    """Validation that also tells the share of right answers to controls, by the recipe's first metric."""
    controls = choose_controls(parts.validation_examples, recipe)
    name = recipe.evaluate.metrics[0]
    scored = recipe.evaluate.model_copy(update={"metrics": [name], "slices": []})

    def validate_both() -> dict[str, float]:
        found = validate()
        if controls:
            predictions = _answer(ask, controls, decode_settings(recipe))
            value = score_predictions(predictions, scored, recipe.run.seed).metrics[name].estimate.value
            if value is not None:
                found[CONTROL_SCORE] = value
        return found

    return validate_both


def _answer(ask: Ask, examples: Sequence[Example], settings: DecodeSettings) -> list[Prediction]:
    """One answer an example, in the examples' order."""
    with tell_answering_faults():
        return answer_all(replace(ask, settings=settings), examples)
