"""The questions that `lensmith evaluate` asks: read, checked against the model, and described."""

from dataclasses import dataclass
from typing import Any

from lensmith.batching.encode import EncodedSet, encode_examples, image_sizes
from lensmith.config.origins import LoadedRecipe
from lensmith.config.sections import PromptSection, Recipe
from lensmith.console import StageBars, say, show_problems, warn
from lensmith.data.dataset import DataReport, load_sources
from lensmith.errors import DataError, Problem, RecipeError
from lensmith.evaluation.slicing import check_slices
from lensmith.families.contract import Family
from lensmith.families.quantising import Quantise
from lensmith.families.tuned import TunedModel
from lensmith.types import Example


@dataclass(frozen=True, slots=True)
class Questions:
    """What will be asked.

    Attributes:
        examples: that the model can be asked.
        encoded: those with an answer, as training would see them: their lengths bound the answers.
        report: how the data was read.
        problems: of examples that the model cannot be asked.
    """

    examples: tuple[Example, ...]
    encoded: EncodedSet
    report: DataReport
    problems: tuple[Problem, ...]

    def describe(self, model_fingerprint: str) -> dict[str, Any]:
        """What data.json holds; its fingerprint covers the model's weights too."""
        read = self.report.to_json()
        return {
            **read,
            "fingerprint": f"{read['fingerprint']}-{model_fingerprint}",
            "ids": [example.id for example in self.examples],
            "not_encoded": [problem.render() for problem in self.problems],
        }


def read_questions(family: Family, recipe: Recipe) -> Questions:
    """Reads `data.test`, or `data.train` where that is all there is; rows need no answer.

    Raises:
        DataError: nothing can be asked, or no question has a column that scores are to be shown by.
    """
    sources = recipe.data.test or recipe.data.train
    with StageBars() as bars:
        examples, report = load_sources(sources, on_progress=bars, answers_required=False)
    asked: list[Example] = []
    problems: list[Problem] = []
    for example in examples:
        try:
            family.encode(example, image_sizes(family, example), answered=False)
        except DataError as error:
            problems.extend(error.problems)
        else:
            asked.append(example)
    if report.problems or problems:
        warn(f"{len(report.problems) + len(problems)} problems in the data:")
        show_problems([*report.problems, *problems], limit=5)
    if not asked:
        fix = "see why above; mend the rows, or give other data"
        raise DataError([*problems[:20], Problem("data/nothing-left", "data", "no question is left to ask", fix=fix)])
    check_slices(recipe.evaluate.slices, asked)
    answered = [example for example in asked if example.answers]
    return Questions(tuple(asked), encode_examples(family, answered, None), report, tuple(problems))


def choose_quantise(tuned: TunedModel, loaded: LoadedRecipe) -> Quantise:
    """How the model is held: as the user says, or an adapter's base as in training, or whole."""
    held = loaded.recipe.tune.quantise
    if tuned.adapter is None or loaded.origins["tune.quantise"].kind != "default":
        return held
    if tuned.quantise != "none":
        say(f"the adapter's base is held in {tuned.quantise}, as it was in training")
    return tuned.quantise


def choose_prompt(tuned: TunedModel, recipe: Recipe) -> PromptSection:
    """How the model is asked: as it was in training, where that is known.

    Raises:
        RecipeError: the recipe asks for another prompt than training used.
    """
    if tuned.prompt is None:
        return recipe.prompt
    trained = tuned.prompt.model_dump(exclude={"chat_template"})
    asked = recipe.prompt.model_dump(exclude={"chat_template"})
    if asked not in (trained, PromptSection().model_dump(exclude={"chat_template"})):
        raise RecipeError(
            Problem(
                "recipe/other-prompt",
                "prompt",
                f"the recipe asks with {asked}",
                expected=f"{trained}, as the model was trained",
                consequence="the model would be judged on a prompt it has not learned",
                fix="take the prompt section out",
            )
        )
    return tuned.prompt
