"""Opening a checkpoint: what is wrong with it is one clear problem, and nothing random is ever loaded."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from checkpoints import CHECKPOINTS, Checkpoint
from odd_checkpoints import edit_json
from safetensors.torch import load_file, save_file

from lensmith.config.sections import ModelSection, PromptSection
from lensmith.errors import ModelError, UnknownNameError
from lensmith.families import FAMILIES, MODEL_TYPES
from lensmith.families.opening import build_on_meta, find_family, open_family, read_config
from lensmith.lab.models import build_llava
from tiny_models import CPU, load_tiny, open_tiny


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return build_llava(tmp_path / "model", seed=1, size="test")


def code_of(error: ModelError) -> str:
    (problem,) = error.problems
    assert problem.fix
    return problem.code


@pytest.mark.parametrize("name", ["", "absent/folder", "no such/hub id/at all", "/"])
def test_nothing_there_is_one_problem(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelError) as caught:
        open_tiny(tmp_path / name if name != "/" else Path("/"))
    assert code_of(caught.value) == "model/cannot-open"


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '{"architectures": ["X"]}', '{"model_type": "never_heard_of"}']
)
def test_config_that_says_nothing_is_one_problem(folder: Path, content: str) -> None:
    (folder / "config.json").write_text(content)
    with pytest.raises(ModelError) as caught:
        open_tiny(folder)
    assert code_of(caught.value) == "model/cannot-open"


def test_model_type_that_no_family_reads_is_named(folder: Path) -> None:
    (folder / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(ModelError) as caught:
        open_tiny(folder)
    assert code_of(caught.value) == "model/unknown-type"
    assert "bert" in str(caught.value)
    assert "llava" in str(caught.value)


@pytest.mark.parametrize("checkpoint", CHECKPOINTS, ids=lambda each: each.name)
def test_a_config_finds_its_family(checkpoint: Checkpoint, build_once: Callable[..., Path]) -> None:
    section = ModelSection(name=str(build_once(checkpoint.name, checkpoint.build)))
    assert find_family(section, read_config(section)) is FAMILIES[checkpoint.family]


def test_every_family_reads_something() -> None:
    assert {*MODEL_TYPES.values(), "generic"} == set(FAMILIES)


def test_family_that_does_not_exist_is_named(folder: Path) -> None:
    with pytest.raises(UnknownNameError, match="llava"):
        open_family(ModelSection(name=str(folder), family="lava"), PromptSection())


@pytest.mark.parametrize("lost", ["tokenizer.json", "processor_config.json"])
def test_processor_with_parts_missing_is_one_problem(folder: Path, lost: str) -> None:
    (folder / lost).unlink()
    with pytest.raises(ModelError) as caught:
        open_tiny(folder)
    assert code_of(caught.value).startswith("model/")


@pytest.mark.parametrize("content", ["", "{", "{}"])
def test_broken_generation_config_is_one_problem_or_none(folder: Path, content: str) -> None:
    (folder / "generation_config.json").write_text(content)
    try:
        family = open_tiny(folder)
    except ModelError as error:
        assert code_of(error) == "model/cannot-open"
    else:
        assert family.stop_ids


def test_missing_generation_config_is_fine(folder: Path) -> None:
    (folder / "generation_config.json").unlink()
    family = open_tiny(folder)
    assert family.stop_ids == tuple(family.tokenizer.convert_tokens_to_ids(["<end_of_turn>", "<eos>"]))


def test_weights_that_are_missing_are_never_random(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    lost = sorted(name for name in weights if "q_proj" in name)[0]
    save_file(
        {name: value for name, value in weights.items() if name != lost}, folder / "model.safetensors", {"format": "pt"}
    )
    with pytest.raises(ModelError) as caught:
        load_tiny(open_tiny(folder), folder)
    assert code_of(caught.value) == "model/missing-weights"
    assert "1 tensors" in str(caught.value)
    assert "q_proj" in str(caught.value)


def test_weights_of_other_shapes_are_one_problem(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    name = sorted(name for name in weights if "q_proj.weight" in name)[0]
    weights[name] = torch.zeros(3, 5)
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError) as caught:
        load_tiny(open_tiny(folder), folder)
    assert code_of(caught.value).startswith("model/")


def test_weights_cut_short_are_one_problem(folder: Path) -> None:
    data = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(data[: len(data) // 2])
    with pytest.raises(ModelError) as caught:
        load_tiny(open_tiny(folder), folder)
    assert code_of(caught.value) == "model/cannot-open"


def test_weights_that_could_run_code_are_refused(folder: Path) -> None:
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelError) as caught:
        load_tiny(open_tiny(folder), folder)
    assert code_of(caught.value) == "model/cannot-open"


def test_code_that_comes_with_a_checkpoint_is_never_run(folder: Path) -> None:
    (folder / "evil.py").write_text("raise SystemExit('ran')\n")

    def point_at_it(config: dict[str, Any]) -> None:
        config["model_type"] = "something_new"
        config["auto_map"] = {"AutoConfig": "evil.Config", "AutoModelForImageTextToText": "evil.Model"}

    edit_json(folder / "config.json", point_at_it)
    with pytest.raises(ModelError):
        open_tiny(folder)


def test_counting_needs_a_config_and_no_weights(folder: Path) -> None:
    loaded = load_tiny(open_tiny(folder), folder)
    (folder / "model.safetensors").unlink()
    counted = build_on_meta(read_config(ModelSection(name=str(folder))))
    assert all(value.is_meta for value in counted.parameters())
    shapes = {name: value.shape for name, value in loaded.named_parameters()}
    assert {name: value.shape for name, value in counted.named_parameters()} == shapes


def test_model_is_ready_to_answer(folder: Path) -> None:
    model = load_tiny(open_tiny(folder), folder)
    assert not model.training
    assert {value.device for value in model.parameters()} == {CPU}
    assert {value.dtype for value in model.parameters()} == {torch.float32}
    assert json.loads((folder / "config.json").read_text())["model_type"] == "llava"
