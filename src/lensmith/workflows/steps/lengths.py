"""How long the examples of a check are in the tokens of a recipe's model."""

from lensmith.config.sections import Recipe
from lensmith.data.check import Progress
from lensmith.data.doctor.case import Case, Lengths
from lensmith.errors import DataError
from lensmith.families.opening import open_family
from lensmith.training.settle import find_length_limit
from lensmith.types import ImageRef

_REPORT_EVERY = 500


def measure_lengths(case: Case, recipe: Recipe, on_progress: Progress) -> Lengths:
    """Encodes every training example as training would; only the model's config and tokenizer are read.

    Raises:
        ModelError: they cannot be.
    """
    family = open_family(recipe.model, recipe.prompt)
    asked = recipe.train.max_length
    limit, reason = (asked, "train.max_length") if isinstance(asked, int) else find_length_limit(family)
    tokens: list[int | None] = []
    problems: dict[int, str] = {}

    def size(image: ImageRef) -> tuple[int, int] | None:
        traits = case.pictures[image].traits
        return (traits.height_px, traits.width_px) if family.needs_image_sizes else None

    for place, entry in enumerate(case.train):
        try:
            tokens.append(len(family.encode(entry.example, [size(image) for image in entry.example.images])))
        except DataError as error:
            tokens.append(None)
            problems[place] = error.problems[0].found
        if (place + 1) % _REPORT_EVERY == 0:
            on_progress("counting tokens", place + 1, len(case.train))
    return Lengths(tokens, problems, limit, reason)
