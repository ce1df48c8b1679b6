"""`lensmith lab`: which worlds there are, and a world in a folder of its own."""

import json

import pytest
import yaml

from lensmith.cli import main
from lensmith.config.sections import DataSection
from lensmith.data.dataset import load_data
from lensmith.lab.worlds import WORLDS


def make(*arguments):
    return main(["lab", "make", *map(str, arguments)])


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_world_is_listed_with_what_it_draws(capsys):
    assert main(["lab", "worlds", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["worlds"]
    assert [each["name"] for each in told] == list(WORLDS)
    assert all(len(each["summary"]) > 20 for each in told)
    assert main(["lab", "worlds"]) == 0
    table = capsys.readouterr().out
    assert all(f"\n {name} " in table for name in WORLDS)


def test_what_json_says_of_the_data_reads_it(tmp_path, capsys):
    assert make("shapes", tmp_path / "мир 🌍", "--size", 9, "--seed", 4, "--json") == 0
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert told["pictures"] == {"train": 9, "test": 1}
    assert "world.yaml" not in out
    data = load_data(DataSection.model_validate({**told["data"], "split": {"validation": 0.2}}), seed=0)
    assert len(data.train) + len(data.validation) == told["questions"]["train"]
    assert "draw" in err


def test_the_description_is_a_section_of_a_recipe_in_that_folder(tmp_path, monkeypatch, capsys):
    assert make("fills", tmp_path / "w", "--size", 8) == 0
    assert "right without looking" in capsys.readouterr().out
    text = (tmp_path / "w" / "world.yaml").read_text(encoding="utf-8")
    assert text.startswith("# A drawn world: fills, 8 training pictures, seed 0.\n")
    assert "train: 16 questions on 8 pictures" in text
    monkeypatch.chdir(tmp_path / "w")
    section = DataSection.model_validate({**yaml.safe_load(text)["data"], "split": {"validation": 0.2}})
    assert load_data(section, seed=0).report.problems == ()


def test_the_same_command_draws_the_same_again_and_mends_what_was_cut(tmp_path, capsys):
    assert make("fills", tmp_path / "w", "--size", 8) == 0
    whole = files(tmp_path / "w")
    (tmp_path / "w" / "train.jsonl").unlink()
    description = tmp_path / "w" / "world.yaml"
    description.write_text(description.read_text(encoding="utf-8").partition("\n")[0] + "\n", encoding="utf-8")
    assert make("fills", tmp_path / "w", "--size", 8, "--workers", 2) == 0
    assert files(tmp_path / "w") == whole


@pytest.mark.parametrize(
    "again", [("fills", "--size", 9), ("fills", "--size", 8, "--seed", 1), ("shapes", "--size", 8)]
)
def test_another_world_does_not_go_into_the_same_folder(tmp_path, capsys, again):
    assert make("fills", tmp_path / "w", "--size", 8) == 0
    before = files(tmp_path / "w")
    capsys.readouterr()
    assert make(again[0], tmp_path / "w", *again[1:], "--json") == 2
    problem = json.loads(capsys.readouterr().out)["problems"][0]
    assert problem["code"] == "lab/folder-taken"
    assert "fills, 8 training pictures, seed 0" in problem["found"]
    assert files(tmp_path / "w") == before


def test_a_folder_with_something_else_is_left_alone(tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    assert make("fills", tmp_path, "--size", 8) == 2
    assert "holds something else" in capsys.readouterr().err
    assert files(tmp_path) == {"notes.txt": b"mine"}
    assert make("fills", tmp_path / "notes.txt", "--size", 8) == 2
    assert "a file of this name" in capsys.readouterr().err
    assert make("fills", tmp_path / "notes.txt" / "below", "--size", 8) == 2
    assert "cannot be written to" in capsys.readouterr().err


def test_an_empty_folder_may_be_used(tmp_path):
    assert make("fills", tmp_path, "--size", 1) == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("make", "crosswlk", "w"), "did you mean `crosswalk`"),
        (("mke", "fills", "w"), "did you mean `make`"),
        (("make", "fills"), "Missing argument 'OUT'"),
        (("make", "fills", "w", "--size", "0"), "Invalid value for '--size'"),
        (("make", "fills", "w", "--seed", "-1"), "Invalid value for '--seed'"),
        (("make", "fills", "w", "--size", "many"), "Invalid value for '--size'"),
    ],
)
def test_mistakes_are_told_and_nothing_is_drawn(arguments, told, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["lab", *arguments]) == 2
    assert told in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
