"""draw → build blank → learn to see, to name, to answer → judge by kind → write with a card: how a lab base is made."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lensmith.console import say
from lensmith.evaluation.predictions import read_predictions
from lensmith.evaluation.results import score_predictions
from lensmith.lab.cards import write_base
from lensmith.lab.pretraining import Plan, write_pretraining
from lensmith.types import Prediction
from lensmith.workflows.steps.judging import Outcome
from lensmith.workflows.steps.reading import read_recipe
from lensmith.workflows.train import train_recipe


@dataclass(frozen=True, slots=True)
class BuiltBase:
    """A base model, and how well it answers.

    Attributes:
        folder: the model, with its card.
        outcome: of the pretraining run.
        by_kind: share of held-out questions answered word for word, 0–1, and how many were asked, by kind.
    """

    folder: Path
    outcome: Outcome
    by_kind: Mapping[str, tuple[float, int]]


def build_base(name: str, out: Path, plan: Plan) -> BuiltBase:
    """Pretrains a base from nothing in `out`; one that was stopped is taken up by the same call.

    Args:
        name: of a base.
        out: for blank/, the worlds, both recipes, seeing/, naming/, run/ and at last model/.
        plan: what it learns from, and for how long.
    """
    from lensmith.lab.seeing import Course, learn_to_see

    say(f"drawing the worlds and building a blank {name} in {out}")
    stages = write_pretraining(name, out, plan)
    say("its tower learns to see")
    course = Course(plan.seeing_epochs, plan.seed, plan.precision)
    learn_to_see(out / "blank", out / "maps", out / "seeing", course)
    train_recipe(read_recipe(stages.naming, ()))
    loaded = read_recipe(stages.asking, ())
    outcome = train_recipe(loaded)
    predictions = read_predictions(outcome.run / "after.jsonl").predictions
    kinds: dict[str, list[Prediction]] = defaultdict(list)
    for item in predictions:
        kinds[f"{item.metadata['kind']} ({item.metadata['language']})"].append(item)
    by_kind: dict[str, tuple[float, int]] = {}
    for kind, asked in {"all": list(predictions), **dict(sorted(kinds.items()))}.items():
        value = score_predictions(asked, loaded.recipe.evaluate, plan.seed).metrics["exact_match"].estimate.value
        by_kind[kind] = (value or 0.0, len(asked))
    folder = write_base(name, plan, out, outcome.delivered, by_kind)
    return BuiltBase(folder, outcome, by_kind)
