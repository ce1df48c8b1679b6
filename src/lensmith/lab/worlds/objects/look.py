"""How one drawn object looks: what a question can ask about it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    """Everything about an object that can be told from its picture; what is left out is plain.

    Attributes:
        colour: of the region that carries the object's colour: fur, walls, clothes.
        material: a texture on that region, or "".
        pattern: "stripes", "checks" or "dots" on it, or "". Not together with a material.
        pose: "sitting" or "standing", where the object can; a bird also "flying"; "" for what it does most.
        hat: the colour of a hat that a person wears, or "".
        holds: the object that a person holds, and its colour.
        label: 1–4 characters on a person's shirt, or "".
    """

    colour: str
    material: str = ""
    pattern: str = ""
    pose: str = ""
    hat: str = ""
    holds: tuple[str, str] | None = None
    label: str = ""
