"""The command line as a person would use it: from data to an exported model, and again from what the run wrote down."""

import json
import shutil
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
from peft import PeftModel
from PIL import Image
from safetensors.torch import load_file
from transformers import AutoModelForImageTextToText, AutoProcessor, TrainerCallback

from lensmith.cli import main
from lensmith.lab.worlds.shapes import make_shapes
from lensmith.workflows.steps.reading import read_recipe
from lensmith.workflows.train import train_recipe

NLVR = Path(__file__).parents[3] / "shared" / "data" / "nlvr-mini"


def run(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> Any:
    """Runs a verb with --json and answers what stdout held."""
    capsys.readouterr()
    ended = main([*(str(each) for each in arguments), "--json"])
    told = capsys.readouterr()
    assert ended == code, told.err
    return json.loads(told.out)


@pytest.fixture
def place(tmp_path: Path, llava: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a world and a base model, in which commands are run."""
    make_shapes(tmp_path / "world", pictures=16, seed=0)
    shutil.copytree(llava, tmp_path / "base")
    monkeypatch.chdir(tmp_path)
    return tmp_path


QUICK = ["--set", "train.epochs=1", "--set", "train.workers=0", "--set", "train.learning_rate=1e-3"]


def test_from_data_to_an_exported_model(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "world", "--out", "r.yaml", "--model", "base"]) == 0
    planned = run(capsys, "plan", "r.yaml")
    assert not (place / "runs").exists()

    outcome = run(capsys, "train", "r.yaml", *QUICK)
    folder = place / "runs" / "r"
    assert Path(outcome["delivered"]) == folder / "adapter"
    recorded = json.loads((folder / "data.json").read_text())
    assert len(recorded["ids"]["test"]) == outcome["comparison"]["n"] == planned["data"]["parts"]["test"]["examples"]
    trained = sum(tensor.numel() for tensor in load_file(folder / "adapter" / "adapter_model.safetensors").values())
    assert trained == planned["parameters"]["trained"]["all"]

    # the same questions asked again give the same answers, from the delivered adapter alone
    asked = run(capsys, "evaluate", folder, place / "world" / "test.jsonl", "--out", "again")
    assert asked["metrics"]["exact_match"]["value"] == outcome["after"]["metrics"]["exact_match"]["value"]
    after, again = (
        [json.loads(line)["prediction"] for line in path.read_text().splitlines()]
        for path in (folder / "after.jsonl", place / "again" / "predictions.jsonl")
    )
    assert again == after
    compared = run(capsys, "compare", folder, "again")["comparisons"][0]
    assert compared["metrics"]["exact_match"]["difference"]["value"] == 0

    run(capsys, "export", folder, "--merge", "--out", "merged")
    assert same_logits(place / "base", folder / "adapter", place / "merged") < 1e-4


def same_logits(base: Path, adapter: Path, merged: Path) -> float:
    """The largest difference between adapter and merged model, both loaded with no lensmith code."""
    tuned = PeftModel.from_pretrained(AutoModelForImageTextToText.from_pretrained(base), adapter).eval()
    whole = AutoModelForImageTextToText.from_pretrained(merged).eval()
    processor = AutoProcessor.from_pretrained(merged)
    turn = {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Какого цвета круг?"}]}
    text = processor.apply_chat_template([turn], add_generation_prompt=True)
    inputs = processor(text=text, images=Image.new("RGB", (48, 64), "red"), return_tensors="pt")
    with torch.no_grad():
        return float((tuned(**inputs).logits - whole(**inputs).logits).abs().max())


def test_a_run_is_repeated_from_its_own_recipe(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["init", "world", "--out", "r.yaml", "--model", "base"])
    run(capsys, "train", "r.yaml", *QUICK, "--out", "first")
    run(capsys, "train", "first/recipe.json", "--out", "second")
    first, second = (load_file(place / name / "adapter" / "adapter_model.safetensors") for name in ("first", "second"))
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)
    for name in ("before.jsonl", "after.jsonl", "metrics.jsonl", "data.json"):
        assert (place / "first" / name).read_text() == (place / "second" / name).read_text()


def test_the_answers_of_all_folds_are_one_comparison(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [json.loads(line) for line in (place / "world" / "train.jsonl").read_text().splitlines()][:20]
    rows.append({**rows[0], "question": "очень " * 300 + "длинный вопрос?"})
    text = "".join(json.dumps({**row, "id": f"{at}"}) + "\n" for at, row in enumerate(rows))
    (place / "world" / "small.jsonl").write_text(text)
    folds = "{folds: 2, validation: 0.1, stratify: answer}"
    Path("r.yaml").write_text(
        f"model: ./base\ndata: {{train: world/small.jsonl, split: {folds}}}\ntrain: {{max_length: 100}}\n"
    )
    assert "none of them is chosen" in run(capsys, "train", "r.yaml", code=2)["problems"][0]["found"]
    for fold in (1, 2):
        run(capsys, "train", "r.yaml", *QUICK, "--set", f"data.split.fold={fold}", "--out", f"fold-{fold}")
        recorded = json.loads((place / f"fold-{fold}" / "data.json").read_text())
        listed = [*recorded["ids"].values(), *recorded["ids_not_encoded"].values()]
        assert sorted(int(example_id) for ids in listed for example_id in ids) == list(range(21))
        assert recorded["sources"][0]["an_epoch"] == len(recorded["ids"]["train"])
    for name in ("before.jsonl", "after.jsonl"):
        Path(name).write_text("".join((place / f"fold-{fold}" / name).read_text() for fold in (1, 2)))
    assert run(capsys, "compare", "before.jsonl", "after.jsonl")["comparisons"][0]["n"] == 20


def test_broken_pictures_are_counted_listed_and_survived(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pictures = sorted((place / "world" / "images").rglob("*.png"))
    named = {json.loads(line)["image_path"] for line in (place / "world" / "train.jsonl").read_text().splitlines()}
    learnt = [path for path in pictures if any(path.as_posix().endswith(name) for name in named)]
    learnt[0].unlink()
    learnt[1].write_bytes(learnt[1].read_bytes()[:200])
    learnt[2].write_text("not a picture")
    main(["init", "world", "--out", "r.yaml", "--model", "base"])
    run(capsys, "train", "r.yaml", *QUICK)
    problems = json.loads((place / "runs" / "r" / "data.json").read_text())["problems"]
    codes = {problem["code"] for problem in problems}
    assert codes == {"data/missing-image", "data/broken-image", "data/not-an-image"}


def test_a_caller_is_told_of_every_step(place: Path) -> None:
    class Steps(TrainerCallback):  # type: ignore[misc]
        seen: ClassVar[list[int]] = []

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            self.seen.append(state.global_step)

    main(["init", "world", "--out", "r.yaml", "--model", "base"])
    outcome = train_recipe(read_recipe(Path("r.yaml"), [word for word in QUICK if word != "--set"]), [Steps()])
    assert Steps.seen == list(range(1, outcome.fit.last_step + 1))


@pytest.mark.parametrize("method", ["full", "lora"])
def test_real_sentences_on_real_pictures(
    tmp_path: Path, llava: Path, capsys: pytest.CaptureFixture[str], method: str
) -> None:
    if not NLVR.is_dir():
        pytest.skip(f"the real pictures are not at {NLVR}")
    recipe = tmp_path / "nlvr.yaml"
    assert main(["init", str(NLVR), "--out", str(recipe), "--model", str(llava)]) == 0
    small = ["--set", "data.train.0.limit=120", "--set", f"tune.method={method}", "--set", "evaluate.batch_size=64"]
    outcome = run(capsys, "train", recipe, *QUICK, *small, "--out", tmp_path / "run")
    assert outcome["comparison"]["n"] == 163
    assert set(outcome["comparison"]["metrics"]) >= {"exact_match", "label"}
