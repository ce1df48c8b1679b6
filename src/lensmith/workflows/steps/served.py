"""What a served model is asked: questions read without its tokenizer; and what can only be asked of a loaded one."""

from dataclasses import asdict, dataclass
from typing import Any

from lensmith.config.origins import LoadedRecipe, settle
from lensmith.config.sections import Recipe
from lensmith.console import StageBars, say, show_problems, warn
from lensmith.data.dataset import DataReport, load_sources
from lensmith.errors import Problem, RecipeError
from lensmith.evaluation.endpoint import Endpoint
from lensmith.evaluation.slicing import check_slices
from lensmith.types import Example

MIN_NEW_TOKENS = 16


@dataclass(frozen=True, slots=True)
class ServedQuestions:
    """What will be asked.

    Attributes:
        examples: all that can be read.
        report: how the data was read.
    """

    examples: tuple[Example, ...]
    report: DataReport

    def describe(self, endpoint: Endpoint) -> dict[str, Any]:
        """What data.json holds. The address may change between attempts, what is asked may not."""
        return {
            **self.report.to_json(),
            "ids": [example.id for example in self.examples],
            "endpoint": asdict(endpoint),
        }


def read_served_questions(recipe: Recipe) -> ServedQuestions:
    """Reads `data.train`; rows need no answer.

    Raises:
        DataError: nothing can be asked, or no question has a column that scores are to be shown by.
    """
    with StageBars() as bars:
        examples, report = load_sources(recipe.data.train, on_progress=bars, answers_required=False)
    if report.problems:
        warn(f"{len(report.problems)} problems in the data:")
        show_problems(report.problems, limit=5)
    check_slices(recipe.evaluate.slices, examples)
    return ServedQuestions(examples, report)


def check_served(recipe: Recipe) -> None:
    """Refuses what an endpoint cannot be asked for.

    Raises:
        RecipeError: answers are to be chosen among labels or penalised for repetition, which needs the model itself.
    """
    evaluate = recipe.evaluate
    problems = []
    if evaluate.decoding != "free":
        found = f"it is {evaluate.decoding}, and a served model answers freely"
        fix = "add --set evaluate.decoding=free"
        problems.append(Problem("endpoint/decoding", "evaluate.decoding", found, fix=fix))
    if evaluate.repetition_penalty != 1.0:
        found = f"it is {evaluate.repetition_penalty:g}, which chat completions have no field for"
        fix = "add --set evaluate.repetition_penalty=1.0"
        problems.append(Problem("endpoint/decoding", "evaluate.repetition_penalty", found, fix=fix))
    if problems:
        raise RecipeError(problems)
    if recipe.prompt.chat_template:
        say("  note: the chat template is the server's; only prompt.template and prompt.system are sent")


def settle_served_answers(loaded: LoadedRecipe, questions: ServedQuestions) -> LoadedRecipe:
    """Settles how long an answer may be where no tokenizer counts."""
    if loaded.recipe.evaluate.max_new_tokens != "auto":
        return loaded
    answers = (answer for example in questions.examples for answer in example.answers)
    longest = max((len(answer.encode("utf-8", "replace")) for answer in answers), default=0)
    reason = f"the longest accepted answer has {longest} bytes, a token at least one; and at least {MIN_NEW_TOKENS}"
    return settle(loaded, "evaluate.max_new_tokens", max(MIN_NEW_TOKENS, longest), reason)
