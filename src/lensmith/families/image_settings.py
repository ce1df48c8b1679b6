"""What is told of an image processor's setting that a family cannot work with."""

from typing import Any

from lensmith.errors import Problem


def unfit_setting(name: str, found: Any, expected: str) -> Problem:
    """The problem of a value in `preprocessor_config.json` by which tokens and features could not be made to agree."""
    return Problem(
        "model/image-settings",
        f"preprocessor_config.json {name}",
        f"it is {found}",
        expected=expected,
        consequence="a picture's tokens and features could not be made to agree",
        fix="use the settings that this model was published with",
    )
