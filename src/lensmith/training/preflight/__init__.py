"""What is looked at before the first step. One check is one file here and one line in `CHECKS`.

To add a check: write a file with an object that fulfils `contract.Check`, and add one line to `CHECKS`.
"""

from lensmith.registry import Registry
from lensmith.training.preflight.contract import Check

CHECKS: Registry[Check] = Registry(
    "preflight check",
    {
        "supervision": "lensmith.training.preflight.supervision:SUPERVISION",
        "prompts": "lensmith.training.preflight.prompts:PROMPTS",
        "placeholders": "lensmith.training.preflight.placeholders:PLACEHOLDERS",
        "padding": "lensmith.training.preflight.padding:PADDING",
        "adapters": "lensmith.training.preflight.adapters:ADAPTERS",
        "numbers": "lensmith.training.preflight.numbers:NUMBERS",
        "rate": "lensmith.training.preflight.rate:RATE",
        "answers": "lensmith.training.preflight.answers:ANSWERS",
        "enough": "lensmith.training.preflight.enough:ENOUGH",
        "lengths": "lensmith.training.preflight.lengths:LENGTHS",
    },
)
"""In the order in which a person should read of them."""
