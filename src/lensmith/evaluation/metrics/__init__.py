"""The metrics. To add one: a file with a `Metric` beside these, and a line here."""

from lensmith.config.sections import EvaluateSection
from lensmith.errors import LensmithError, Problem, RecipeError
from lensmith.evaluation.metrics.contract import Metric
from lensmith.registry import Registry

METRICS: Registry[type[Metric]] = Registry(
    "metric",
    {
        "anls": "lensmith.evaluation.metrics.anls:Anls",
        "bleu": "lensmith.evaluation.metrics.bleu:Bleu",
        "chrf": "lensmith.evaluation.metrics.chrf:Chrf",
        "exact_match": "lensmith.evaluation.metrics.exact_match:ExactMatch",
        "label": "lensmith.evaluation.metrics.label:Label",
        "ladder": "lensmith.evaluation.metrics.ladder:Ladder",
        "leak": "lensmith.evaluation.metrics.leak:Leak",
        "mention": "lensmith.evaluation.metrics.mention:Mention",
        "pope": "lensmith.evaluation.metrics.pope:Pope",
        "relaxed_accuracy": "lensmith.evaluation.metrics.relaxed_accuracy:RelaxedAccuracy",
        "rouge": "lensmith.evaluation.metrics.rouge:Rouge",
        "token_f1": "lensmith.evaluation.metrics.token_f1:TokenF1",
        "vqa_accuracy": "lensmith.evaluation.metrics.vqa_accuracy:VqaAccuracy",
        "yes_no": "lensmith.evaluation.metrics.yes_no:YesNo",
    },
)


def build_metrics(section: EvaluateSection) -> list[Metric]:
    """The metrics that `section` names, in its order, each once, ready to judge.

    Cheap, so that a recipe's mistakes show before a model loads.

    Raises:
        RecipeError: unknown names, or settings a metric cannot work with; all problems together.
    """
    metrics: list[Metric] = []
    problems: list[Problem] = []
    for name in dict.fromkeys(section.metrics):
        try:
            metrics.append(METRICS[name](section))
        except LensmithError as error:
            problems.extend(error.problems)
    if problems:
        raise RecipeError(problems)
    return metrics
