"""`--set section.key=value`: what it can reach, how its value is read, and what is said when it cannot be."""

import pytest

from lensmith.config.loading import flatten, load_recipe
from lensmith.errors import RecipeError


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Loads a recipe with two training files and the given overrides."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_text("{}\n")
    path = tmp_path / "r.yaml"
    path.write_text("model: o/n\ndata: {train: [a.jsonl, {path: b.jsonl, columns: {question: q}}]}\n")
    return lambda *overrides: load_recipe(path, overrides)


@pytest.mark.parametrize(
    ("override", "key", "value"),
    [
        ("train.epochs=1e0", "train.epochs", 1.0),
        (" train.epochs = 2", "train.epochs", 2.0),
        ("train.learning_rate=1e-4", "train.learning_rate", 1e-4),
        ("model=other/name", "model.name", "other/name"),
        ("model.revision=1234567", "model.revision", "1234567"),
        ("model.revision=2024-08-26", "model.revision", "2024-08-26"),
        ("model.revision=null", "model.revision", None),
        ("model.revision=", "model.revision", None),
        ("data.train.1.limit=5", "data.train.1.limit", 5),
        ("data.train.0.columns={question: вопрос}", "data.train.0.columns", {"question": "вопрос"}),
        ("data.train.1.columns.answer=a=b", "data.train.1.columns", {"question": "q", "answer": "a=b"}),
        ("data.train.1.columns.answer=true", "data.train.1.columns", {"question": "q", "answer": "true"}),
        ("prompt.template={question}", "prompt.template", "{question}"),
        ("prompt.template={question} Answer: yes or no?", "prompt.template", "{question} Answer: yes or no?"),
        ("prompt.template=Q: {question} # sic", "prompt.template", "Q: {question} # sic"),
        ("prompt.template='{question}!'", "prompt.template", "{question}!"),
        ("evaluate.labels=[yes, no]", "evaluate.labels", ["yes", "no"]),
        ("evaluate.metrics=exact_match", "evaluate.metrics", ["exact_match"]),
        ("evaluate.metrics.0=yes_no", "evaluate.metrics", ["yes_no"]),
        ("tune.lora={r: 4}", "tune.lora.r", 4),
        ("train.gradient_checkpointing=true", "train.gradient_checkpointing", True),
    ],
)
def test_a_value_is_laid_over(load, override, key, value):
    loaded = load(override)
    assert flatten(loaded.recipe)[key] == value
    assert loaded.origins[key].text == "--set"


def test_a_list_can_grow_by_one(load):
    loaded = load("data.train.2.path=a.jsonl", "data.validation.0.path=b.jsonl", "data.test=[a.jsonl, b.jsonl]")
    assert [len(part) for part in (loaded.recipe.data.train, loaded.recipe.data.validation)] == [3, 1]
    assert len(loaded.recipe.data.test) == 2


def test_flags_alone_can_make_a_recipe(load, tmp_path):
    loaded = load_recipe(None, ["data.train.0.path=a.jsonl", "model.name=o/n"])
    assert loaded.recipe.data.train[0].path == str(tmp_path / "a.jsonl")


@pytest.mark.parametrize(
    ("override", "where", "words"),
    [
        ("train.epochs", "--set", "not of the form"),
        ("=3", "--set", "not of the form"),
        ("train..epochs=3", "--set", "not of the form"),
        ("train.epochs=[", "--set train.epochs", "not YAML"),
        ("train.epoch=3", "--set train.epoch", "no setting `epoch`"),
        ("train.epochs.more=3", "--set train.epochs", "settings (more)"),
        ("data.train.limit=3", "--set data.train.limit", "none of its positions"),
        ("data.train.5.limit=3", "--set data.train.5.limit", "a list of 2"),
        ("model.name.first=o", "--set model.name.first", "a single value"),
        ("train=3", "--set train", "the number 3"),
        ("a=b", "--set a", "no setting `a`"),
        ("data.train.0.path=gone.jsonl", "--set data.train.0.path", "no file or folder"),
    ],
)
def test_a_wrong_flag_is_one_problem_that_names_it(load, override, where, words):
    with pytest.raises(RecipeError) as caught:
        load(override)
    assert [each.where for each in caught.value.problems] == [where]
    assert words in caught.value.problems[0].found
    assert caught.value.problems[0].fix
