"""How far training moved the model on what it was to keep, and on what it was to learn."""

from collections.abc import Sequence

from torch import Tensor

from lensmith.batching.rows import read_pixels
from lensmith.config.sections import Recipe
from lensmith.evaluation.divergence import Shift, sum_up
from lensmith.evaluation.kl import NOT_SPELLED, draw_pictures, measure_kl
from lensmith.evaluation.predict import Ask
from lensmith.evaluation.statistics import Resampling
from lensmith.evaluation.subjects import CONTROL, TARGET, find_subjects
from lensmith.families.encoded import Encoded
from lensmith.families.opening import load_model
from lensmith.families.placement import Placement
from lensmith.families.tuned import TunedPair
from lensmith.rundir import is_main_process
from lensmith.training.faults import tell_answering_faults
from lensmith.types import Example, Prediction

# Of each part, so that it costs two readings of a few pictures, however large the test is.
MOST_QUESTIONS = 128


def measure_shift(
    ask: Ask, recipe: Recipe, placement: Placement, test: Sequence[Example], before: Sequence[Prediction]
) -> Shift | None:
    """KL(base ‖ tuned) on control and target questions; None where the data name no subjects.

    The base is the model without its adapters; after full training it is loaded once more.

    Args:
        ask: the tuned model, wrapped by PEFT where it has adapters.
        recipe: resolved.
        placement: where the base is loaded.
        test: what was asked.
        before: what the base answered to it.
    """
    parts = _parts(recipe, test)
    if not parts or not is_main_process():
        return None
    drawn = {
        example.id: (part, example)
        for part, members in parts.items()
        for example in draw_pictures(members, MOST_QUESTIONS, recipe.run.seed)
    }
    asked = [(drawn[said.id][1], said) for said in before if said.id in drawn]
    base = None
    if recipe.tune.method == "full":
        base = load_model(ask.family, recipe.model, device=placement.device, dtype=placement.weights_dtype).eval()

    def show(items: Sequence[Encoded]) -> dict[str, Tensor]:
        return ask.kept.read(items) if ask.kept else read_pixels(ask.family, items)

    with tell_answering_faults():
        measured = measure_kl(TunedPair(ask.model, base), ask.family, asked, show, ask.settings.batch_size)
    resampling = Resampling(recipe.run.seed, recipe.evaluate.confidence, recipe.evaluate.resamples)
    left_out = {NOT_SPELLED: measured.not_spelled} if measured.not_spelled else {}
    return sum_up([(each, drawn[each.id][0]) for each in measured.divergences], left_out, resampling)


def _parts(recipe: Recipe, test: Sequence[Example]) -> dict[str, list[Example]]:
    """The questions about controls and about targets; where the data mark neither, all that have a subject."""
    columns = find_subjects(recipe.evaluate, test)
    if columns is None:
        return {}
    parts: dict[str, list[Example]] = {}
    for example in test:
        if columns.subject_of(example):
            parts.setdefault(columns.group_of(example), []).append(example)
    marked = {part: parts[part] for part in (CONTROL, TARGET) if part in parts}
    return marked or {"": [example for members in parts.values() for example in members]}
