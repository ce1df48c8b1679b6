"""The base models that ship: transformers loads and saves them, they are small, they see, and know whom they should."""

import json
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from transformers import AutoModelForImageTextToText, AutoProcessor

from lensmith.bundled import bundled_models, locate_model
from lensmith.cli import main
from lensmith.families import NATIVE
from lensmith.lab.worlds import WORLDS

LARGEST_BYTES = 8_000_000


@pytest.fixture(params=list(bundled_models()))
def base(request: pytest.FixtureRequest) -> str:
    return request.param


def test_a_base_is_small_and_its_card_tells_its_scores(base: str) -> None:
    folder = Path(locate_model(base))
    assert sum(file.stat().st_size for file in folder.iterdir()) <= LARGEST_BYTES
    assert {file.suffix for file in folder.iterdir()} <= {".json", ".jinja", ".md", ".safetensors"}
    scores = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    card = (folder / "README.md").read_text(encoding="utf-8")
    for kind, score in scores.items():
        assert f"| {kind} | {100 * score['exact_match']:.1f} % | {score['questions']} |" in card
    assert f"lensmith lab build {base.removeprefix('lab/')} OUT" in card


def test_plain_transformers_loads_asks_and_saves_it(base: str, tmp_path: Path) -> None:
    for offer in NATIVE.values():
        offer()
    folder = locate_model(base)
    model = AutoModelForImageTextToText.from_pretrained(folder)
    processor = AutoProcessor.from_pretrained(folder)
    turns = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "What colour is it?"}]}]
    prompt = processor.apply_chat_template(turns, add_generation_prompt=True)
    asked = processor(images=[Image.new("RGB", (90, 120), "red")], text=[prompt], return_tensors="pt")
    with torch.inference_mode():
        said = model.generate(**asked, max_new_tokens=8, do_sample=False)
    assert processor.batch_decode(said[:, asked["input_ids"].shape[1] :], skip_special_tokens=True)[0].strip()
    model.save_pretrained(tmp_path)
    saved, shipped = (load_file(Path(place) / "model.safetensors") for place in (tmp_path, folder))
    assert saved.keys() == shipped.keys()
    assert all(torch.equal(saved[name], tensor) for name, tensor in shipped.items())


def exact_match(base: str, questions: Path, out: Path, capsys: pytest.CaptureFixture[str], *more: str) -> dict:
    capsys.readouterr()
    assert main(["evaluate", base, str(questions), "--out", str(out), "--json", *more]) == 0
    return json.loads(capsys.readouterr().out)["metrics"]["exact_match"]


def test_a_base_answers_on_pictures_that_nobody_has_seen(
    base: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = WORLDS["everyday"](tmp_path / "world", pictures=24, seed=977)
    told = json.loads((Path(locate_model(base)) / "scores.json").read_text(encoding="utf-8"))["all"]["exact_match"]
    found = exact_match(base, world.out / "train.jsonl", tmp_path / "run", capsys)
    assert found["value"] == pytest.approx(told, abs=0.08), "as its card says"
    assert found["value"] > world.blind["all"] + 0.2, "by looking"


def test_a_base_names_the_controls_and_none_of_those_that_are_to_be_taught(
    base: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    WORLDS["characters"](tmp_path / "world", pictures=40, seed=977)
    rows = [json.loads(line) for line in (tmp_path / "world" / "probes.jsonl").read_text("utf-8").splitlines()]
    for group, least, most in (("control", 0.9, 1.0), ("target", 0.0, 0.1)):
        asked = [row for row in rows if row["subject_group"] == group and row["kind"] in ("who", "whom")]
        questions = tmp_path / "world" / f"{group}.jsonl"
        questions.write_text("".join(json.dumps(row) + "\n" for row in asked), encoding="utf-8")
        found = exact_match(base, questions, tmp_path / group, capsys)
        assert least <= found["value"] <= most, group
