"""Words that several kinds of things share: животное, вид транспорта, предмет мебели."""

from collections.abc import Mapping

from lensmith.lab.worlds.nouns import Gender
from lensmith.lab.worlds.objects import PEOPLE

# The words, the gender that «какой» agrees with, and the things.
CATEGORIES: Mapping[str, tuple[str, Gender, frozenset[str]]] = {
    "animal": ("животное", "n", frozenset({"cat", "dog", "horse", "bird", "fish", "butterfly"})),
    "vehicle": ("вид транспорта", "m", frozenset({"car", "bus", "bicycle", "boat", "plane"})),
    "furniture": ("предмет мебели", "m", frozenset({"table", "chair"})),
    "plant": ("растение", "n", frozenset({"tree", "flower"})),
    "fruit": ("фрукт", "m", frozenset({"apple", "banana"})),
}


def category_of(name: str) -> str:
    """The category of a thing; "person" or "object" where no word is asked for."""
    if name in PEOPLE:
        return "person"
    return next((category for category, (_, _, names) in CATEGORIES.items() if name in names), "object")
