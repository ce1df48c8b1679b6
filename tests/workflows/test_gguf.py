"""GGUF by llama.cpp's converter: told, run, or refused before anything is written. The converter is a stand-in."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lensmith.cli import main
from lensmith.config.sections import ModelSection, TuneSection
from lensmith.families.gguf import why_not_converted
from lensmith.lab.other_models import build_smolvlm
from lensmith.lab.qwen_vl import build_qwen_vl
from lensmith.training.adapters import apply_tuning
from lensmith.training.deliver import deliver
from tiny_models import load_tiny, open_tiny

# Writes down how it was called, where it is told to write; refuses the architecture that is put here.
CONVERTER = """
import json, pathlib, sys
words = sys.argv[1:]
config = json.loads((pathlib.Path(words[0]) / "config.json").read_text("utf-8"))
if config["architectures"][0] == "REFUSED":
    sys.exit("NotImplementedError: Architecture not supported")
pathlib.Path(words[words.index("--outfile") + 1]).write_text(json.dumps(words), encoding="utf-8")
"""


@pytest.fixture(scope="module")
def adapter(build_once: Callable[..., Path]) -> Path:
    """An adapter of a tiny Qwen2.5-VL."""

    def build(folder: Path) -> None:
        build_qwen_vl(folder / "база", seed=1, size="test")
        deliver_adapter(folder / "база", folder)

    return build_once("gguf", build) / "adapter"


def deliver_adapter(base: Path, out: Path) -> Path:
    family = open_tiny(base)
    tuned = apply_tuning(load_tiny(family, base), family.facts, TuneSection(), 0)
    return deliver(tuned, family, ModelSection(name=str(base)), out)


def write_checkout(folder: Path, refused: str = "none") -> Path:
    folder.mkdir()
    (folder / "convert_hf_to_gguf.py").write_text(CONVERTER.replace("REFUSED", refused), encoding="utf-8")
    return folder


def export(capsys: pytest.CaptureFixture[str], *words: object, code: int = 0) -> tuple[Any, str]:
    """What stdout held as JSON, and what was told."""
    capsys.readouterr()
    assert main(["export", *map(str, words), "--gguf", "--json"]) == code
    told = capsys.readouterr()
    return json.loads(told.out) if code == 0 else None, told.err


def test_a_checkout_is_run_for_both_files(adapter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checkout = write_checkout(tmp_path / "llama cpp")
    words = [adapter, "--out", tmp_path / "out", "--precision", "fp16", "--llama-cpp", checkout]
    found, told = export(capsys, *words)
    text, projector = (Path(file) for file in found["gguf"])
    assert (text.name, projector.name) == ("out-f16.gguf", "mmproj-out-f16.gguf")
    assert text.parent == projector.parent == tmp_path / "out-gguf"
    called = [json.loads(file.read_text("utf-8")) for file in (text, projector)]
    assert called[0] == [str(tmp_path / "out"), "--outfile", str(text), "--outtype", "f16"]
    assert called[1] == [str(tmp_path / "out"), "--outfile", str(projector), "--outtype", "f16", "--mmproj"]
    assert found["merged"] is True
    assert not (tmp_path / "out" / "adapter_config.json").exists(), "the converter takes whole models"
    assert f"llama-server -m {text} --mmproj {projector}" in told


def test_without_a_checkout_the_commands_are_told(
    adapter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found, told = export(capsys, adapter, "--out", tmp_path / "out", "--precision", "bf16")
    assert found["gguf"] == []
    assert not (tmp_path / "out-gguf").exists()
    start = f"python llama.cpp/convert_hf_to_gguf.py {tmp_path / 'out'} --outfile {tmp_path / 'out-gguf'}"
    assert f"{start}/out-bf16.gguf --outtype bf16\n" in told
    assert f"{start}/mmproj-out-bf16.gguf --outtype bf16 --mmproj\n" in told


def test_the_config_says_what_the_language_model_is_by_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build_smolvlm(tmp_path / "base", seed=1)
    delivered = deliver_adapter(tmp_path / "base", tmp_path)
    export(capsys, delivered, "--out", tmp_path / "out")
    config = json.loads((tmp_path / "out" / "config.json").read_text("utf-8"))
    assert config["text_config"]["architectures"] == ["LlamaForCausalLM"]
    family = open_tiny(tmp_path / "out")
    load_tiny(family, tmp_path / "out")


def test_what_the_converter_says_is_passed_on(
    adapter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkout = write_checkout(tmp_path / "old", refused="Qwen2_5_VLForConditionalGeneration")
    _, told = export(capsys, adapter, "--out", tmp_path / "out", "--llama-cpp", checkout, code=1)
    assert "export/gguf-failed" in told
    assert "Architecture not supported" in told
    assert (tmp_path / "out" / "config.json").exists()


def test_a_base_that_it_does_not_take_is_refused_first(
    llava: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    delivered = deliver_adapter(llava, tmp_path)
    _, told = export(capsys, delivered, "--out", tmp_path / "out", code=2)
    assert "Pixtral tower only" in told
    assert not (tmp_path / "out").exists()
    assert "Moondream" in str(why_not_converted("HfMoondream"))


def test_a_folder_without_the_converter_is_refused_first(
    adapter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, told = export(capsys, adapter, "--out", tmp_path / "out", "--llama-cpp", tmp_path, code=2)
    assert "export/no-converter" in told
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("words", [["--llama-cpp", "x"], ["--gguf", "--quantise", "4bit"]])
def test_flags_that_contradict_each_other_are_refused(
    adapter: Path, tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(adapter), "--out", str(tmp_path / "out"), *words]) == 2
    assert "gguf" in capsys.readouterr().err.casefold()
    assert not (tmp_path / "out").exists()
