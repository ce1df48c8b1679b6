"""A written recipe says what every setting is for, and loads to exactly what was chosen."""

import re

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lensmith.config.loading import flatten, load_recipe
from lensmith.config.shape import field_at, known_keys
from lensmith.config.writing import render_recipe, render_value
from lensmith.config.yaml12 import parse

CHOSEN = {
    "model.name": "owner/name",
    "data.train.0.path": "owner/one",
    "data.train.1.path": "owner/two",
    "data.train.1.columns": {"question": "Вопрос: да?", "answer": "#true"},
    "data.validation.0.path": "owner/three",
    "data.test.0.path": "owner/four",
    "evaluate.labels": ["true", "no", "1e-4", "- x", "", "😀", "null"],
    "train.learning_rate": 1e-05,
    "tune.lora.components": ["vision", "language"],
}


def load(tmp_path, text):
    path = tmp_path / "recipe.yaml"
    path.write_text(text, encoding="utf-8")
    return load_recipe(path)


def test_a_written_recipe_loads_to_what_was_chosen_and_defaults(tmp_path):
    loaded = load(tmp_path, render_recipe(CHOSEN, {"data.train.1": "two\nlines\x07", "model": "About it"}, "A heading"))
    values = flatten(loaded.recipe)
    assert {key: values[key] for key in CHOSEN} == CHOSEN
    assert {key for key, origin in loaded.origins.items() if origin.kind != "default"} == CHOSEN.keys()


def test_every_setting_is_there_with_what_it_is_for():
    text = render_recipe({key: "x" for key in known_keys() if key.endswith(".0.path")})
    for key in known_keys():
        field = field_at([int(part) if part.isdecimal() else part for part in key.split(".")])
        assert field.description, key
        name = key.rpartition(".")[2]
        assert re.search(rf"^[ #-]*{name}:.*  # .*{re.escape(field.description)}", text, re.MULTILINE), key


def test_taking_the_marks_away_changes_nothing(tmp_path):
    text = render_recipe(CHOSEN)
    # `freeze` is the one setting that may not be written beside the default method.
    live = re.sub(r"^( *)# (?!freeze)(\w+: )", r"\1\2", text, flags=re.MULTILINE)
    assert "\n  epochs: 3.0" in live
    assert load(tmp_path, live).recipe == load(tmp_path, text).recipe


def test_notes_stand_above_their_settings():
    lines = render_recipe({"evaluate.labels": ["a", "b"]}, {"evaluate.labels": "from 20 rows"}).splitlines()
    at = lines.index("  # from 20 rows")
    assert lines[at + 1].startswith("  labels: [a, b]")


def test_a_setting_without_a_default_is_left_for_the_user():
    assert re.search(r"^  name: +# a hub id", render_recipe({}), re.MULTILINE)


@settings(deadline=None, max_examples=300)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_text_is_read_back_as_it_was(tmp_path_factory, text):
    for value in (text, [text, text], {text: text}):
        node, problems = parse(f"key: {render_value(value)}  # a comment", "r.yaml", tmp_path_factory.getbasetemp())
        assert problems == []
        assert node.plain() == {"key": value}


@settings(deadline=None, max_examples=300)
@given(st.text(alphabet="aнyYnNoOesfuldTr10.-/~: 'e", max_size=6))
def test_text_is_text_to_readers_of_older_yaml_too(text):
    assert yaml.safe_load(f"[{render_value(text)}]") == [text]
