"""`lensmith init`: from files that nobody described to a recipe that loads."""

import json
from pathlib import Path

import pytest
from PIL import Image

from lensmith.cli import main
from lensmith.config.loading import load_recipe
from lensmith.data.dataset import load_data

NLVR = Path(__file__).parents[3] / "shared" / "data" / "nlvr-mini"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The current folder, with one picture in it."""
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (8, 8), "red").save(tmp_path / "1.png")
    return tmp_path


def rows(path, count, **columns):
    """Writes rows to a file; a column may be a list that is gone through again and again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as stream:
        for at in range(count):
            row = {key: value[at % len(value)] if isinstance(value, list) else value for key, value in columns.items()}
            stream.write(json.dumps({"image": "1.png", **row}, ensure_ascii=False) + "\n")


def test_a_folder_with_named_files_becomes_parts(here, capsys):
    for name in ("train", "valid", "testdev", "notes"):
        rows(here / "my data" / f"{name}.jsonl", 20, question="Да?", answer=["да", "нет"])
    assert main(["init", "my data", "--out", "r.yaml", "--model", "owner/name", "--json"]) == 0
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert told["data"].keys() == {"train", "validation", "test"}
    assert told["unused"] == ["notes: its name tells neither train, validation nor test"]
    assert "not used: notes" in err
    recipe = load_recipe(here / "r.yaml").recipe
    assert [recipe.data.train[0].split, recipe.data.validation[0].split, recipe.data.test[0].split] == [
        "train",
        "valid",
        "testdev",
    ]
    assert recipe.data.train[0].path == str(here / "my data")
    assert recipe.evaluate.labels == ["да", "нет"]
    assert "# From the answers of 20 questions: да 10, нет 10." in (here / "r.yaml").read_text("utf-8")


def test_paths_beneath_the_recipe_are_written_relative_so_that_the_folder_can_move(here):
    rows(here / "data" / "train.jsonl", 3, question="Q?", answer=["1", "2", "3"])
    rows(here / "data" / "dev.jsonl", 3, question="Q?", answer="1")
    assert main(["init", "data/train.jsonl", "data/dev.jsonl", "--model", "o/n"]) == 0
    here.joinpath("data").rename(here / "moved")
    text = (here / "recipe.yaml").read_text("utf-8").replace("data/", "moved/")
    (here / "recipe.yaml").write_text(text, "utf-8")
    assert load_recipe(here / "recipe.yaml").recipe.data.test[0].path == str(here / "moved" / "dev.jsonl")


def test_a_folder_whose_name_looks_like_a_hub_id_stays_a_folder(here):
    rows(here / "owner" / "name" / "train.jsonl", 3, question="Q?", answer="1")
    assert main(["init", "owner/name", "--model", "o/n"]) == 0
    assert "path: ./owner/name" in (here / "recipe.yaml").read_text("utf-8")
    assert load_recipe(here / "recipe.yaml").recipe.data.train[0].path == str(here / "owner" / "name")


def test_odd_and_cyrillic_column_names_survive(here):
    rows(here / "файл.jsonl", 12, **{"вопрос: какой?": "Да?", "true": ["a", "b"], "# note": 1})
    columns = "question=вопрос: какой?,answer=true"
    assert main(["init", "файл.jsonl", "--columns", columns, "--model", "o/n", "--out", "новый рецепт.yaml"]) == 0
    recipe = load_recipe(here / "новый рецепт.yaml").recipe
    assert recipe.data.train[0].columns == {"question": "вопрос: какой?", "answer": "true"}
    whole = recipe.data.split.model_copy(update={"validation": 0.0, "test": 0.0})
    assert len(load_data(recipe.data.model_copy(update={"split": whole}), 0).train) == 12


def test_without_a_model_the_recipe_asks_for_one_and_for_nothing_else(here, capsys):
    rows(here / "a.jsonl", 3, question="Q?", answer="1")
    assert main(["init", "a.jsonl"]) == 0
    assert "no model is named yet" in capsys.readouterr().err
    assert load_recipe(here / "recipe.yaml", ["model=o/n"]).recipe.model.name == "o/n"
    assert main(["train", "recipe.yaml"]) == 2
    assert "model.name: this is not given" in capsys.readouterr().err


def test_nothing_is_overwritten_unless_forced(here, capsys):
    rows(here / "a.jsonl", 3, question="Q?", answer="1")
    (here / "recipe.yaml").write_text("mine")
    assert main(["init", "a.jsonl"]) == 2
    assert "--force" in capsys.readouterr().err
    assert (here / "recipe.yaml").read_text() == "mine"
    assert main(["init", "a.jsonl", "--force"]) == 0
    assert (here / "recipe.yaml").read_text() != "mine"
    assert main(["init", "a.jsonl", "--out", str(here), "--force"]) == 2
    assert main(["init", "a.jsonl", "--out", str(here / "a.jsonl" / "r.yaml")]) == 2
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "data/"),
        (b"\n\n", "data/"),
        (b"\x89PNG\r\n", "data/"),
        (b'{"q": "a", "answer": "b"}\n', "data/no-question-column"),
        (b'{"question": "", "answer": "b"}\n', "data/empty-part"),
    ],
)
def test_data_that_cannot_be_used_writes_nothing(here, capsys, content, code):
    (here / "a.jsonl").write_bytes(content)
    assert main(["init", "a.jsonl", "--json"]) == 2
    codes = [each["code"] for each in json.loads(capsys.readouterr().out)["problems"]]
    assert any(each.startswith(code) for each in codes), codes
    assert not (here / "recipe.yaml").exists()


def test_missing_data_is_a_problem(here, capsys):
    assert main(["init", "gone.jsonl"]) == 2
    assert "gone.jsonl" in capsys.readouterr().err


def test_rows_that_cannot_be_used_are_counted_and_shown(here, capsys):
    rows(here / "a.jsonl", 30, question=["Q?", "", "Q?"], answer="1")
    assert main(["init", "a.jsonl", "--model", "o/n"]) == 0
    assert "10 problems in train" in capsys.readouterr().err
    assert "Problems found: 10" in (here / "recipe.yaml").read_text("utf-8")
    assert load_recipe(here / "recipe.yaml").recipe.data.train


def test_answers_that_would_break_a_comment_do_not(here):
    rows(here / "a.jsonl", 40, question="Q?", answer=["a\nb: c", "# d\u2028e", '"', "\x07f"])
    assert main(["init", "a.jsonl", "--model", "o/n"]) == 0
    loaded = load_recipe(here / "recipe.yaml").recipe
    assert loaded.evaluate.labels is None or len(loaded.evaluate.labels) == 4


@pytest.mark.skipif(not NLVR.is_dir(), reason="shared/data/nlvr-mini is not beside the repository")
def test_real_data_is_recognised_with_its_parts_and_labels(here):
    assert main(["init", str(NLVR), "--model", "o/n"]) == 0
    recipe = load_recipe(here / "recipe.yaml").recipe
    assert (recipe.data.train[0].split, recipe.data.test[0].split) == ("train", "valid")
    assert recipe.evaluate.labels == ["true", "false"]
    assert "true 1377, false 1101" in (here / "recipe.yaml").read_text("utf-8")


def test_class_folders_are_asked_what_the_user_says(here):
    for split in ("train", "test"):
        for name in ("зебра", "none"):
            (here / "data" / split / name).mkdir(parents=True)
            Image.new("RGB", (8, 8), "red").save(here / "data" / split / name / "1.png")
    assert main(["init", "data", "--model", "o/n", "--question", "Есть зебра? 🦓"]) == 0
    source = load_recipe(here / "recipe.yaml").recipe.data.train[0]
    assert (source.format, source.split, source.question) == ("folders", "train", "Есть зебра? 🦓")


def test_a_config_is_written_down(here):
    card = "---\nconfigs:\n" + "".join(
        f"- config_name: {name}\n  data_files:\n  - split: train\n    path: {name}.csv\n" for name in ("ru", "en")
    )
    (here / "set").mkdir()
    (here / "set" / "README.md").write_text(f"{card}---\n")
    for name in ("ru", "en"):
        (here / "set" / f"{name}.csv").write_text(f"question,answer\n{name}?,да\n", encoding="utf-8")
    assert main(["init", "set", "--model", "o/n"]) == 2
    assert main(["init", "set", "--model", "o/n", "--config", "ru"]) == 0
    source = load_recipe(here / "recipe.yaml").recipe.data.train[0]
    assert (source.format, source.config) == ("hub", "ru")
