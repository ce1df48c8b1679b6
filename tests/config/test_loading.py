"""A recipe as it loads: values, origins, paths, and the way back from a run's own recipe."""

import json
import subprocess
import sys

import pytest

from lensmith.config.loading import check_recipe, dump_resolved, flatten, load_recipe, settle
from lensmith.config.sections import Recipe
from lensmith.config.shape import known_keys
from lensmith.errors import RecipeError, UnknownNameError

MINIMAL = "model: owner/name\ndata:\n  train: a.jsonl\n"


@pytest.fixture
def write(tmp_path):
    """Writes a recipe beside a data file `a.jsonl`."""
    (tmp_path / "a.jsonl").write_text("{}\n")

    def write(text, name="recipe.yaml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_the_least_a_recipe_needs_is_a_model_and_data(write, tmp_path):
    loaded = load_recipe(write(MINIMAL))
    assert loaded.recipe.model.name == "owner/name"
    assert loaded.recipe.data.train[0].path == str(tmp_path / "a.jsonl")
    assert loaded.recipe == Recipe.model_validate(
        {"model": {"name": "owner/name"}, "data": {"train": [{"path": str(tmp_path / "a.jsonl")}]}}
    )


def test_every_value_has_an_origin(write):
    loaded = load_recipe(write(MINIMAL + "train: {epochs: 1}\n"), ["run.seed=7", "data.train.0.columns.question=q"])
    assert loaded.origins.keys() == flatten(loaded.recipe).keys()
    told = {key: (origin.kind, origin.text) for key, origin in loaded.origins.items() if origin.kind != "default"}
    assert told == {
        "model.name": ("recipe", "recipe.yaml:1"),
        "data.train.0.path": ("recipe", "recipe.yaml:3"),
        "data.train.0.columns": ("set", "--set"),
        "train.epochs": ("recipe", "recipe.yaml:4"),
        "run.seed": ("set", "--set"),
    }
    assert loaded.origins["train.batch_size"].text == "default"


def test_flatten_knows_every_key_that_the_sections_have(write):
    loaded = load_recipe(write(MINIMAL + "  validation: a.jsonl\n  test: a.jsonl\nkeep: {sources: a.jsonl}\n"))
    assert tuple(flatten(loaded.recipe)) == known_keys()


@pytest.mark.parametrize(
    "text",
    [
        "model: owner/name\ndata: {train: a.jsonl}",
        "model: {name: owner/name}\ndata: {train: [a.jsonl]}",
        "model: {name: owner/name}\ndata: {train: {path: a.jsonl}}",
        "model: owner/name\ndata: {train: [{path: a.jsonl}], split: }\ntrain:\ntune: {lora: ~}\nrun: {}",
        '{"model": "owner/name", "data": {"train": [{"path": "a.jsonl"}]}}',
    ],
)
def test_short_forms_mean_the_same_as_long_ones(write, text):
    assert load_recipe(write(text)).recipe == load_recipe(write(MINIMAL)).recipe


def test_1e_minus_4_is_a_number(write):
    loaded = load_recipe(write(MINIMAL + "train: {learning_rate: 1e-4}\n"))
    assert loaded.recipe.train.learning_rate == 0.0001


def test_words_that_older_yaml_takes_for_truth_stay_words(write):
    loaded = load_recipe(write(MINIMAL + "evaluate: {labels: [yes, no, 2024-08-26], positive: yes}\n"))
    assert loaded.recipe.evaluate.labels == ["yes", "no", "2024-08-26"]


def test_relative_paths_start_where_they_are_written(write, tmp_path, monkeypatch):
    here, recipes = tmp_path / "here", tmp_path / "recipes"
    for folder in (here, recipes, recipes / "pictures", recipes / "my" / "model"):
        folder.mkdir(parents=True)
    (here / "b.jsonl").write_text("{}")
    (recipes / "chat.jinja").write_text("x")
    monkeypatch.chdir(here)
    text = """
        model: my/model
        data: {train: {path: ../a.jsonl, images: pictures}, test: deepvk/GQA-ru}
        prompt: {chat_template: chat.jinja}
        train: {features: seen}
        run: {out: runs/one}
    """
    loaded = load_recipe(write(text, "recipes/r.yaml"), ["data.validation=b.jsonl"]).recipe
    assert loaded.model.name == str(recipes / "my" / "model")
    assert loaded.data.train[0].path == str(tmp_path / "a.jsonl")
    assert loaded.data.train[0].images == str(recipes / "pictures")
    assert loaded.data.test[0].path == "deepvk/GQA-ru"
    assert loaded.data.validation[0].path == str(here / "b.jsonl")
    assert loaded.prompt.chat_template == str(recipes / "chat.jinja")
    assert loaded.run.out == str(recipes / "runs" / "one")
    assert loaded.train.features == str(recipes / "seen")
    assert load_recipe(None, ["model=o/n", "data.train=b.jsonl", "train.features=off"]).recipe.train.features == "off"
    assert load_recipe(None, ["model=o/n", "data.train=b.jsonl", "run.out=x"]).recipe.run.out == str(here / "x")


@pytest.mark.parametrize("name", ["owner/name", "name"])
def test_a_model_that_is_no_folder_here_stays_a_hub_id(write, name):
    assert load_recipe(write(MINIMAL), [f"model={name}"]).recipe.model.name == name


def test_overrides_win_over_the_file_and_later_ones_over_earlier_ones(write):
    loaded = load_recipe(write(MINIMAL + "train: {epochs: 1}\n"), ["train.epochs=2", "train.epochs=5"])
    assert loaded.recipe.train.epochs == 5.0


def test_a_base_lies_under_the_file(write):
    base = {"model": "other/name", "train": {"epochs": 9, "warmup": 0.5}}
    loaded = load_recipe(write(MINIMAL + "train: {epochs: 1}\n"), base=base)
    assert (loaded.recipe.model.name, loaded.recipe.train.epochs) == ("owner/name", 1.0)
    assert loaded.recipe.train.warmup == 0.5
    assert loaded.origins["train.warmup"].kind == "recipe"


def test_settle_replaces_auto_and_keeps_the_reason(write):
    loaded = load_recipe(write(MINIMAL))
    settled = settle(loaded, "train.learning_rate", 2e-4, "lora learns well at this rate")
    assert settled.recipe.train.learning_rate == 2e-4
    assert settled.origins["train.learning_rate"].text == "auto: lora learns well at this rate"
    assert settled.origins["train.learning_rate"].kind == "auto"
    assert loaded.recipe.train.learning_rate == "auto"
    assert settle(loaded, "data.train.0.format", "jsonl", "by its content").recipe.data.train[0].format == "jsonl"


def test_settle_never_touches_what_the_user_chose(write):
    loaded = load_recipe(write(MINIMAL), ["train.learning_rate=1.0"])
    assert settle(loaded, "train.learning_rate", 2e-4, "better") is loaded
    again = settle(load_recipe(write(MINIMAL)), "train.workers", 2, "two cores")
    assert settle(again, "train.workers", 8, "eight cores").recipe.train.workers == 2


def test_settle_refuses_unknown_keys_and_impossible_values(write):
    loaded = load_recipe(write(MINIMAL))
    with pytest.raises(UnknownNameError, match=r"did you mean `train\.learning_rate`"):
        settle(loaded, "train.learning_rat", 1.0, "a typing mistake")
    with pytest.raises(ValueError, match="greater than 0"):
        settle(loaded, "train.learning_rate", -1.0, "not a rate")


def test_a_run_is_repeatable_from_its_own_recipe(write, tmp_path):
    text = MINIMAL + "prompt: {template: '{question} Кратко. 😀\u2028'}\nevaluate: {labels: [да, 'no']}\n"
    loaded = settle(load_recipe(write(text), ["tune.lora.r=4"]), "train.precision", "fp32", "the CPU does it best")
    path = tmp_path / "elsewhere" / "recipe.json"
    path.parent.mkdir()
    for ensure_ascii in (True, False):
        path.write_text(json.dumps(dump_resolved(loaded), ensure_ascii=ensure_ascii), encoding="utf-8")
        again = load_recipe(path)
        assert again.recipe == loaded.recipe
        assert again.origins == loaded.origins
        assert dump_resolved(again) == dump_resolved(loaded)


def test_overrides_work_over_a_runs_recipe(write, tmp_path):
    path = tmp_path / "recipe.json"
    path.write_text(json.dumps(dump_resolved(load_recipe(write(MINIMAL)))))
    again = load_recipe(path, ["train.epochs=1"])
    assert again.origins["train.epochs"].text == "--set"
    assert again.origins["model.name"].text == "recipe.yaml:1"


@pytest.mark.parametrize(
    "content",
    [
        {"format": 99, "recipe": {}, "origins": {}},
        {"recipe": {}, "origins": {}},
        {"format": 1, "recipe": {}, "origins": {"a": "b"}},
        {"format": 1, "recipe": {}, "origins": [1]},
    ],
)
def test_a_runs_recipe_of_another_kind_is_refused(tmp_path, content):
    path = tmp_path / "recipe.json"
    path.write_text(json.dumps(content))
    with pytest.raises(RecipeError) as caught:
        load_recipe(path)
    assert [each.code for each in caught.value.problems] == ["recipe/format"]


def test_data_that_is_elsewhere_is_accepted_when_asked(write, tmp_path):
    path = write(MINIMAL.replace("a.jsonl", "gone.jsonl"))
    loaded = load_recipe(path, check_files=False)
    assert loaded.recipe.data.train[0].path == str(tmp_path / "gone.jsonl")
    assert [each.code for each in check_recipe(loaded)] == ["recipe/missing-file"]
    assert check_recipe(loaded, check_files=False) == []


def test_names_are_checked_against_those_given(write):
    loaded = load_recipe(write(MINIMAL))
    assert check_recipe(loaded, {"metrics": ["exact_match", "yes_no"], "families": [], "formats": []}) == []
    found = check_recipe(loaded, {"metrics": ["f1"]})
    assert [each.code for each in found] == ["recipe/unknown-metric", "recipe/unknown-metric"]


def test_a_recipe_loads_without_the_heavy_packages(write):
    script = (
        "import sys, pathlib, time\nfrom lensmith.config.loading import load_recipe\n"
        f"load_recipe(pathlib.Path({str(write(MINIMAL))!r}))\n"
        "print([name for name in ('torch', 'transformers', 'numpy', 'scipy', 'datasets') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
