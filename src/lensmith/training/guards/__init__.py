"""What watches training: each guard judges by what it sees, with a reason, and may say that it could not check."""

from lensmith.registry import Registry
from lensmith.training.guards.contract import Guard

GUARDS: Registry[type[Guard]] = Registry(
    "guard",
    {
        "divergence": "lensmith.training.guards.divergence:Divergence",
        "collapse": "lensmith.training.guards.collapse:Collapse",
        "overfit": "lensmith.training.guards.overfit:Overfit",
        "forgetting": "lensmith.training.guards.forgetting:Forgetting",
    },
)
"""In the order in which they are summed up."""
