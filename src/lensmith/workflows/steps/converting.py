"""GGUF files by llama.cpp's own converter: run where there is a checkout of it, told as commands elsewhere."""

import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from lensmith.console import say
from lensmith.errors import ModelError, Problem, RecipeError, RunError
from lensmith.families.gguf import CONVERTED, why_not_converted
from lensmith.rundir import read_json, write_json

SCRIPT = "convert_hf_to_gguf.py"
FORMATS = {"fp32": "f32", "bf16": "bf16", "fp16": "f16"}
LAST_LINES = 5


def check_convertible(config: Any, checkout: Path | None) -> None:
    """Refuses what cannot be converted, before anything is written.

    Args:
        config: the base's.
        checkout: of llama.cpp, or None.

    Raises:
        ModelError: llama.cpp's converter does not take this architecture.
        RecipeError: the folder holds no converter.
    """
    architecture = (config.architectures or ["a config without an architecture"])[0]
    reason = why_not_converted(architecture)
    if reason:
        found = f"llama.cpp's converter does not take it: {reason}"
        fix = "export it with --merge and serve it with `transformers serve` or vLLM"
        raise ModelError(Problem("export/no-gguf", architecture, found, fix=fix))
    if checkout is not None and not (checkout / SCRIPT).is_file():
        fix = "name the folder of a checkout of https://github.com/ggml-org/llama.cpp"
        raise RecipeError(Problem("export/no-converter", str(checkout), f"there is no {SCRIPT} in it", fix=fix))


def plan_conversion(model: Path, precision: str, checkout: Path | None) -> dict[Path, list[str]]:
    """The command for each of the two files: the language model, and the tower with its projector.

    Args:
        model: a folder with a whole model.
        precision: of the files' numbers: fp32, bf16 or fp16.
        checkout: of llama.cpp; None: `llama.cpp`, for a person to replace.
    """
    script = str((checkout or Path("llama.cpp")) / SCRIPT)
    kind, out = FORMATS[precision], model.with_name(f"{model.name}-gguf")
    python = sys.executable if checkout else "python"
    plans = {}
    for prefix, more in (("", []), ("mmproj-", ["--mmproj"])):
        file = out / f"{prefix}{model.name}-{kind}.gguf"
        plans[file] = [python, script, str(model), "--outfile", str(file), "--outtype", kind, *more]
    return plans


def convert(model: Path, precision: str, checkout: Path | None) -> list[Path]:
    """Writes both GGUF files beside the folder and answers where; without a checkout, only tells the commands.

    Raises:
        RunError: the converter failed, or wrote nothing.
    """
    _name_language_model(model / "config.json")
    plans = plan_conversion(model, precision, checkout)
    text, projector = plans
    if checkout is None:
        say("no llama.cpp is named (--llama-cpp); these commands write the GGUF files:")
        say(f"  mkdir -p {shlex.quote(str(text.parent))}")
        for command in plans.values():
            say(f"  {shlex.join(command)}")
    else:
        text.parent.mkdir(exist_ok=True)
        for file, command in plans.items():
            say(f"running {shlex.join(command)}")
            _run(command, file)
    say(f"to serve them: llama-server -m {shlex.quote(str(text))} --mmproj {shlex.quote(str(projector))} --port 8080")
    say("to make the first smaller: llama-quantize FILE SMALLER_FILE Q4_K_M")
    return list(plans) if checkout else []


def _name_language_model(path: Path) -> None:
    """Says in the config what the language model is by itself, where the converter must know and it is not said."""
    config = read_json(path)
    name, text = CONVERTED[config["architectures"][0]], config["text_config"]
    if name is not None and not text.get("architectures"):
        write_json(path, {**config, "text_config": {**text, "architectures": [name]}})


def _run(command: list[str], file: Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if done.returncode == 0 and file.is_file():
        return
    lines = [line for line in done.stderr.splitlines() if line.strip()][-LAST_LINES:]
    found = f"it ended with {done.returncode}: " + (" / ".join(lines) or "it said nothing")
    if done.returncode == 0:
        found = f"it wrote no {file.name}"
    raise RunError(
        Problem(
            "export/gguf-failed",
            shlex.join(command),
            found,
            consequence="the merged model is written; the GGUF files are not",
            fix="install what llama.cpp's requirements.txt asks for, or update the checkout, and run the command again",
        )
    )
