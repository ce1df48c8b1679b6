import json

import pytest
from click.testing import CliRunner
from PIL import Image

from lensmith.cli.compare import compare
from lensmith.config.sections import EvaluateSection
from lensmith.data.looks import take_looks_in, write_looks
from lensmith.errors import DataError, RecipeError
from lensmith.evaluation.predictions import write_predictions
from lensmith.types import Prediction


def answers(given):
    return [Prediction(str(at), f"{at}.png", "Что?", ("да",), answer) for at, answer in enumerate(given)]


def make_run(folder, before, after, **evaluate):
    folder.mkdir()
    for name, given in (("before", before), ("after", after)):
        if given is not None:
            write_predictions(folder / f"{name}.jsonl", answers(given))
    recipe = {"evaluate": EvaluateSection(**evaluate).model_dump(mode="json"), "run": {"seed": 5}}
    (folder / "recipe.json").write_text(json.dumps({"recipe": recipe}), encoding="utf-8")
    return str(folder)


@pytest.fixture
def runs(tmp_path):
    base, good, bad = ["да"] * 20 + ["нет"] * 30, ["да"] * 45 + ["нет"] * 5, ["да"] * 5 + ["нет"] * 45
    first = make_run(tmp_path / "first", base, good, metrics=["label"], labels=["да", "нет"])
    return [first, make_run(tmp_path / "second", base, bad), make_run(tmp_path / "third", base, good)]


def run(*arguments):
    return CliRunner().invoke(compare, list(arguments), catch_exceptions=False)


def compared(*arguments):
    return json.loads(run(*arguments, "--json").stdout)["comparisons"]


def test_one_run_is_compared_with_itself_before_training_as_its_recipe_says(runs):
    (found,) = compared(runs[0])
    assert (found["n"], found["seed"], list(found["metrics"])) == (50, 5, ["label"])
    label = found["metrics"]["label"]
    assert (label["verdict"], label["gained"]["n"], label["lost"]["n"]) == ("better", 25, 0)
    assert found["before"]["path"].endswith("before.jsonl")


def test_several_runs_are_each_compared_with_the_first(runs):
    found = compared(*runs, "--metrics", "exact_match", "--seed", "1")
    assert [each["metrics"]["exact_match"]["verdict"] for each in found] == ["worse", "cannot tell"]
    assert [each["seed"] for each in found] == [1, 1]
    assert all(each["before"]["path"].endswith("first/after.jsonl") for each in found)


def test_files_stand_in_for_runs(runs, tmp_path):
    (found,) = compared(str(tmp_path / "first" / "before.jsonl"), str(tmp_path / "first" / "after.jsonl"))
    assert list(found["metrics"]) == ["exact_match", "yes_no"]
    assert found["metrics"]["exact_match"]["verdict"] == "better"


def test_the_verdict_is_printed_in_a_sentence(runs):
    result = run(runs[0])
    assert "better: label went from 40.0 % to 90.0 %, by +50.0 points" in result.stdout
    assert "first/after.jsonl" in result.stderr


def test_an_unfinished_run_and_a_single_file_are_told(tmp_path):
    half = make_run(tmp_path / "half", ["да"], None)
    with pytest.raises(DataError, match=r"after\.jsonl is missing"):
        run(half)
    with pytest.raises(DataError, match=r"no after\.jsonl or predictions\.jsonl"):
        run(half, half)
    with pytest.raises(DataError, match="with itself"):
        run(str(tmp_path / "half" / "before.jsonl"))


def test_a_recipe_that_cannot_be_read_is_told(runs, tmp_path):
    (tmp_path / "first" / "recipe.json").write_text('{"recipe": {"evaluate": {"metrics": 3}}}')
    with pytest.raises(RecipeError, match=r"recipe\.json evaluate"):
        run(runs[0])


def test_runs_on_other_questions_are_refused(runs, tmp_path):
    other = [Prediction("0", "g", "Где?", ("да",), "да")]
    write_predictions(tmp_path / "other.jsonl", other)
    with pytest.raises(DataError, match="question differ"):
        run(runs[0], str(tmp_path / "other.jsonl"))


def dark_streets(folder):
    """A run whose tuned model is wrong on every dark picture, and pictures that say so by nothing but their pixels."""
    (folder / "images").mkdir(parents=True)
    for at in range(60):
        Image.new("RGB", (8, 8), (20 + at % 7 if at % 5 == 0 else 150 + at,) * 3).save(folder / "images" / f"{at}.png")
    before = ["нет"] * 60
    return make_run(folder / "run", before, ["нет" if at % 5 == 0 else "да" for at in range(60)])


def test_the_worst_slice_is_named_where_the_pictures_are_at_hand(tmp_path):
    folder = dark_streets(tmp_path)
    assert "surely worse" not in run(folder).stdout
    told = run(folder, "--images", str(tmp_path / "images"))
    assert "worse: exact_match where brightness = darkest fifth (0.0784 to 0.102)" in " ".join(told.stdout.split())
    (found,) = compared(folder, "--images", str(tmp_path / "images"))
    assert [each["column"] for each in found["found_slices"]] == ["brightness"]
    assert found["found_slices"][0]["before"]["value"] == 0.0


def test_a_run_knows_what_its_pictures_look_like(tmp_path):
    folder = dark_streets(tmp_path)
    names = {str(at): f"{at}.png" for at in range(60)}
    write_looks(tmp_path / "run" / "looks.jsonl", take_looks_in(tmp_path / "images", names))
    assert "brightness = darkest fifth" in " ".join(run(folder).stdout.split())
