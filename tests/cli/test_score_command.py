import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from lensmith.cli.score import score
from lensmith.errors import LensmithError, RecipeError

PUBLISHED = Path(__file__).parents[3] / "shared/data/gqa-ru-predictions/llava-gemma-2b-lora-testdev300.jsonl"
ROWS = [("1", "да", "Да."), ("2", "нет", ""), ("3", "кот", "пёс"), ("3", "кот", "кот")]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text("id,gold,prediction\n" + "".join(",".join(row) + "\n" for row in ROWS) + "x\n", encoding="utf-8")
    return str(path)


def run(*arguments):
    return CliRunner().invoke(score, list(arguments), catch_exceptions=False)


@pytest.mark.skipif(not PUBLISHED.exists(), reason=f"the published predictions are not at {PUBLISHED}")
def test_the_published_numbers():
    result = run(str(PUBLISHED), "--columns", "question=q,answer=gold,prediction=pred", "--json")
    found = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (found["n"], found["metrics"]["exact_match"]["correct"]) == (300, 139)
    slices = found["metrics"]["yes_no"]["slices"]
    assert {name: (each["correct"], each["n"]) for name, each in slices.items()} == {
        "yes/no": (76, 117),
        "other": (63, 183),
    }


def test_stdout_holds_one_json_object_and_stderr_the_story(file):
    result = run(file, "--columns", "answer=gold", "--json", "--labels", "да,нет", "--positive", "да", "--seed", "3")
    found = json.loads(result.stdout)
    assert (found["n"], found["seed"], found["source"]["rows"]) == (4, 3, 5)
    assert list(found["metrics"]) == ["exact_match", "yes_no", "label"]
    assert found["metrics"]["label"]["quantities"]["recall"]["value"] == 1.0
    for told in (
        "intervals assume independent rows",
        "1 of 5 rows are left out",
        "answers.csv:6",
        "1 of 4 answers are empty",
        "1 ids occur more than once",
        "label does not apply to 2 of 4",
    ):
        assert told in result.stderr


def test_the_table_speaks_in_per_cent(file):
    result = run(file, "--columns", "answer=gold", "--metrics", "exact_match,label", "--labels", "да,нет")
    assert "50.0 %" in result.stdout
    assert "label: how often each label was answered" in result.stdout
    assert "independent rows" not in result.stdout


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["--metrics", "exakt_match"], "did you mean `exact_match`"),
        (["--positive", "да"], "add --labels да"),
        (["--metrics", "label"], "there are no labels"),
        (["--labels", "да,Да"], "reads the same"),
        (["--labels", "да", "--positive", "нет"], "none of evaluate.labels"),
        (["--columns", "gold"], "gold"),
    ],
)
def test_wrong_options_are_told_before_the_file_is_read(arguments, found):
    with pytest.raises(RecipeError, match=found) as caught:
        run("not-there.jsonl", *arguments)
    assert caught.value.exit_code == 2


def test_a_missing_column_is_told_with_those_that_exist(file):
    with pytest.raises(LensmithError, match="the file has: id, gold, prediction") as caught:
        run(file)
    assert caught.value.exit_code == 2


def test_the_worst_slice_is_named_unasked(tmp_path):
    path = tmp_path / "answers.csv"
    rows = [f"{at},да,{'нет' if at % 4 == 0 else 'да'},{'темно' if at % 4 == 0 else 'день'}" for at in range(80)]
    path.write_text("\n".join(["id,gold,prediction,light", *rows]), encoding="utf-8")
    arguments = (str(path), "--columns", "answer=gold")
    assert "worse: exact_match where light = темно is 0.0 % (20 predictions), 100.0 % on the rest" in " ".join(
        run(*arguments).stdout.split()
    )
    found = json.loads(run(*arguments, "--json").stdout)
    assert [(each["column"], each["verdict"]) for each in found["found_slices"]] == [("light", "worse")]
    assert found["slice_search"]["tested"] == 1
