"""What code needs to know about an architecture, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from lensmith.errors import ModelError, Problem

ComponentName = Literal["vision", "projector", "language"]
COMPONENTS: tuple[ComponentName, ...] = ("vision", "projector", "language")


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of one family.

    Attributes:
        name: how recipes call it.
        modules: component to the dotted paths of the modules that make it up, in the model as transformers
            builds it. Every parameter belongs to exactly one component; `language` owns embeddings and head.
        attention_layers: names of the linear layers inside an attention block, in any component.
        mlp_layers: names of the linear layers inside a feed-forward block, in any component.
        gate_up_layers: those of `mlp_layers` that read the block's input: gate and up projection, in one or in two;
            where a feed-forward block has no gate, its first layer. What is left writes the block's result back.
        shares_trunk: True when questions on one picture can share its computation exactly.
        sharing: why, or why not, in a sentence.
    """

    name: str
    modules: Mapping[ComponentName, tuple[str, ...]]
    attention_layers: frozenset[str]
    mlp_layers: frozenset[str]
    gate_up_layers: frozenset[str]
    shares_trunk: bool
    sharing: str

    def component_of(self, parameter: str) -> ComponentName:
        """The component that owns a parameter or module, by its dotted name in the unwrapped model.

        Raises:
            ModelError: no component claims it; the facts are incomplete.
        """
        for component, prefixes in self.modules.items():
            if any(parameter == prefix or parameter.startswith(prefix + ".") for prefix in prefixes):
                return component
        raise ModelError(
            Problem(
                "model/unknown-part",
                "model.family",
                f"no component of family {self.name} owns `{parameter}`",
                consequence="whether it is trained could not be said",
                fix="this architecture needs a family of its own: see `Add a family` in CONTRIBUTING.md",
            )
        )
