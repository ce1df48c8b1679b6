"""Whatever a recipe holds, it loads or is refused in words; nothing else ever comes out."""

import dataclasses
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from lensmith.config.loading import dump_resolved, load_recipe
from lensmith.config.sections import Recipe
from lensmith.config.shape import nested
from lensmith.errors import RecipeError

NUMBERS = st.integers(-3, 99) | st.floats()
WORDS = st.sampled_from(["auto", "lora", "full", "{question}", "vision", "a.jsonl", "o/n", "", "-", "é😀", "1e-4", "0"])
SCALARS = st.none() | st.booleans() | NUMBERS | WORDS | st.text(max_size=4)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3) | WORDS, inner, max_size=3)
)


def like(section):
    """Mappings that look like a section: most keys right, values of any kind, sections within sections."""
    settings = {}
    for name, field in section.model_fields.items():
        inner, listed = nested(field)
        value = VALUES if inner is None else VALUES | like(inner)
        settings[name] = (value | st.lists(like(inner), max_size=2)) if listed else value
    return st.fixed_dictionaries({}, optional={**settings, "surplus": VALUES})


RECIPES = like(Recipe)
GOOD = {"model": "o/n", "data": {"train": "o/n"}}


@settings(deadline=None, max_examples=300)
@given(RECIPES | st.builds(lambda one: {**GOOD, **one}, RECIPES), st.lists(st.text(max_size=12), max_size=2))
def test_a_recipe_loads_or_is_refused_in_words(tmp_path_factory, base, overrides):
    try:
        loaded = load_recipe(None, overrides, base=base)
    except RecipeError as error:
        assert all(each.code and each.where and each.found for each in error.problems)
        told = [each for each in error.problems if each.code != "recipe/bad-override"]
        assert len({(each.where, each.found) for each in told}) == len(told)
    else:
        path = tmp_path_factory.getbasetemp() / "recipe.json"
        path.write_text(json.dumps(dump_resolved(loaded)))
        assert load_recipe(path) == dataclasses.replace(loaded, path=path)


@settings(deadline=None, max_examples=300)
@given(text=st.text(alphabet="abmodel: -[]{}\n\t#&*!'\"|>%@`,?0é", max_size=60) | st.text(max_size=40))
def test_any_text_is_a_recipe_or_is_refused_in_words(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        load_recipe(path)
    except RecipeError as error:
        assert all(each.where.startswith(("any.yaml", str(path))) for each in error.problems)
