"""`lensmith check --recipe`: lengths as training counts them, against the limit that training keeps."""

import json
from pathlib import Path

import pytest

from lensmith.batching.encode import encode_examples
from lensmith.cli import main
from lensmith.config.sections import ModelSection, PromptSection, SourceSection
from lensmith.data.dataset import load_source
from lensmith.families.opening import open_family
from lensmith.lab.worlds import WORLDS


@pytest.fixture(scope="module")
def world(build_once) -> Path:
    return build_once("lengths-world", lambda out: WORLDS["fills"](out, pictures=12, seed=1))


def check(capsys, *arguments: str | Path) -> tuple[int, dict]:
    code = main(["check", *map(str, arguments), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_what_training_would_leave_out_is_an_error(capsys, tmp_path: Path, llava: Path, world: Path) -> None:
    rows = world / "train.jsonl"
    examples, _ = load_source(SourceSection(path=str(rows)))
    encoded = encode_examples(open_family(ModelSection(name=str(llava)), PromptSection()), examples, None)
    lengths = sorted(len(item) for item in encoded.encoded)
    limit = lengths[-1] - 1
    over = sum(length > limit for length in lengths)
    recipe = tmp_path / "mine.yaml"
    recipe.write_text(f"model: {llava}\ndata:\n  train: {rows}\ntrain:\n  max_length: {limit}\n")

    code, found = check(capsys, rows, "--recipe", recipe)
    assert code == 2
    long = [each for each in found["findings"] if each["code"] == "doctor/too-long"]
    assert [each["count"] for each in long] == [over]
    assert f"{limit} tokens (train.max_length)" in long[0]["summary"]
    assert long[0]["examples_left_out_of_clean"] == over
    assert f"{lengths[-1]} tokens" in long[0]["exhibits"][0]["found"]

    recipe.write_text(f"model: {llava}\ndata:\n  train: {rows}\n")
    _, found = check(capsys, rows, "--recipe", recipe)
    assert "doctor/too-long" not in [each["code"] for each in found["findings"]]


def test_a_recipe_that_is_wrong_is_told_before_anything_is_read(capsys, tmp_path: Path, world: Path) -> None:
    recipe = tmp_path / "mine.yaml"
    recipe.write_text("model: nowhere\ntrain:\n  epoch: 1\n")
    code, found = check(capsys, world / "train.jsonl", "--recipe", recipe)
    assert code == 2
    assert {problem["code"] for problem in found["problems"]} >= {"recipe/unknown-key"}
