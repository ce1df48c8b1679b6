"""Training on one GPU: a model of LLaVA-Gemma-2B's shape in bf16, lensmith against TRL, a plain loop, and the limit.

The model is random: CLIP-L/14 336 px (24 layers, 1024 wide), 576 image tokens, Gemma 2B (18 layers, 2048 wide, 256,000
words), LoRA r=16 on the language model's attention. Weights are bf16, matrix products too; adapters as each rival holds
them. `bench/cases/workload.py` makes the model, its processor and its pictures once, on the GPU, for each Python: 6 GB
of disk under TMPDIR. Every case is a file of `bench/cases/` and runs in a process of its own, one after the other.

    python bench/gpu.py [--questions 1 6 30] [--seconds 20] [--trl-python PATH] [--out FILE.json]

Three things are told: what large bf16 matrix products reach on this GPU; whether FlexAttention's block masks give the
loss, states and gradients of SDPA's boolean masks, and the same answers (`bench/cases/flex_equality.py`); and for each
case questions a second, the most GPU memory its tensors took, and its share of the measured rate: only useful work is
counted, each unique token once (`bench/cases/work.py`). Who computes a picture again for every question has a small
share however busy the GPU is.

A step of lensmith holds whole pictures in one forward pass, so many that they make about 8 questions; of "8 pictures",
as many as the others' 8 questions show. Questions alone on their picture need no block masks. TRL recomputes
activations unless told not to; both are run. A case that fails, for want of memory say, is named and left out.

Without a GPU nothing is measured, and a line says so. `--device cpu --shape small --precision fp32` rehearses all of it
without one: its numbers say nothing, and FlexAttention is compared in the forward pass alone.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent / "cases"))  # as for the cases themselves

import table
import torch
import work
import workload

FIT, KEPT, STEP, EIGHT = ("lensmith_fit.py",), ("--features", "kept"), ("--pictures", "step"), ("--pictures", "eight")
FLEX = ("--attention", "flex")
TABLE = {
    "lensmith": table.Case("lensmith", (*FIT, *STEP), "lensmith"),
    "flex": table.Case("lensmith, flex", (*FIT, *STEP, *FLEX), "lensmith"),
    "kept": table.Case("lensmith, kept", (*FIT, *STEP, *KEPT), "lensmith"),
    "eight": table.Case("lensmith, 8 pictures", (*FIT, *EIGHT), "lensmith"),
    "eight-flex": table.Case("lensmith, 8 pictures, flex", (*FIT, *EIGHT, *FLEX), "lensmith"),
    "eight-kept": table.Case("lensmith, 8 pictures, kept", (*FIT, *EIGHT, *KEPT), "lensmith"),
    "plain": table.Case("transformers loop", ("plain_loop.py",)),
    "trl": table.Case("TRL SFTTrainer", ("trl_sft.py",), "trl"),
    "trl-whole": table.Case("TRL, nothing recomputed", ("trl_sft.py", "--checkpointing", "off"), "trl"),
    "limit": table.Case("limit", ("limit.py", *STEP)),
    "limit-eight": table.Case("limit, 8 pictures", ("limit.py", *EIGHT)),
}
RATE = table.Case("matrix products", ("matmul_rate.py",))
EQUAL = table.Case("FlexAttention against SDPA", ("flex_equality.py",), "lensmith")
# What a checkpoint takes on disk for each weight, and what is left for all else.
WEIGHT_BYTES = {"fp32": 4, "bf16": 2}
ROOM_BYTES = 2 << 30


def attempt(case: table.Case, python: str, folder: Path, told: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a case printed; None where it failed, and its last words are shown."""
    try:
        return table.run_case(case, python, folder, told)
    except RuntimeError as error:
        print(f"{error}\n", flush=True)
        return None


def lay_out(
    questions: int, found: Mapping[str, Mapping[str, Any]], rate: float, shape: workload.Shape
) -> Iterator[str]:
    """A line for each case: its speed, how many times TRL's, its memory, how small a part of TRL's, its share."""
    trl = found.get("trl")
    heads = ("questions/s", "TRL's speed", "peak GB", "TRL's memory", "of matmuls")
    yield f"\n{f'{questions} questions a picture':<28}" + "".join(f"{head:>14}" for head in heads)
    for name, each in found.items():
        speed, peak_bytes = each["questions_per_s"], each["peak_bytes"]
        seen = "--features" not in TABLE[name].command
        share = work.useful_flops(shape, questions, seen=seen) / questions * speed / rate
        against = [f"{speed / trl['questions_per_s']:.2f}×", f"{peak_bytes / trl['peak_bytes']:.2f}×"] if trl else "––"
        cells = [f"{speed:.2f}", against[0], f"{peak_bytes / 1e9:.2f}", against[1], f"{share:.1%}"]
        yield f"{TABLE[name].title:<28}" + "".join(f"{cell:>14}" for cell in cells)


def lay_out_equality(found: Mapping[str, Any]) -> Iterator[str]:
    """What was compared, and how far one is from the other."""
    rows, tokens = found["rows"]
    heads = ("loss", "states", "cosine", "gradients", "cosine")
    yield f"\n{f'{rows} rows of {tokens} tokens':<28}" + "".join(f"{head:>14}" for head in heads)
    for title, each in found["distances"].items():
        numbers = (each[name] for name in ("loss", "states", "states_cosine", "gradients", "gradients_cosine"))
        yield f"{title:<28}" + "".join(f"{'–' if value is None else f'{value:.7f}':>14}" for value in numbers)
    if found["as_near"] is not None:
        yield f"FlexAttention is as near to float32 as SDPA: {'yes' if found['as_near'] else 'NO'}"
    answers = found["answers"]
    yield f"answers, boolean masks: {answers['same']} of {answers['answers']} the same ({answers['distinct']} distinct)"


def measure(arguments: argparse.Namespace, folder: Path, setup: workload.Setup) -> Iterator[dict[str, Any]]:
    """Prints each part when it is there, and yields all that is known so far.

    Raises:
        SystemExit: the rate of matrix products could not be measured, so that shares would mean nothing.
    """
    told = {"shape": setup.shape, "device": setup.device, "precision": setup.precision}
    rate = attempt(RATE, sys.executable, folder, told)
    if rate is None:
        raise SystemExit(1)
    print(f"{rate['name']}, torch {rate['torch']}: {rate['flops_per_s'] / 1e12:.2f} TFLOP/s in {setup.precision}")
    known: dict[str, Any] = {**told, "matrix_products": rate, "flex": None, "questions": {}}
    pythons = table.find_pythons({name: TABLE[name] for name in arguments.cases}, {"trl": arguments.trl_python})
    places = list(dict.fromkeys([sys.executable, *pythons.values()]))
    if table.find_pythons({"equal": EQUAL}, {}):
        known["flex"] = attempt(EQUAL, sys.executable, folder / "0", told)
    if known["flex"]:
        print("\n".join(lay_out_equality(known["flex"])), flush=True)
    yield known
    for questions in arguments.questions:
        asked = {**told, "questions": questions, "seconds": arguments.seconds}
        tried = {
            name: attempt(TABLE[name], python, folder / str(places.index(python)), asked)
            for name, python in pythons.items()
        }
        found = {name: each for name, each in tried.items() if each is not None}
        print("\n".join(lay_out(questions, found, rate["flops_per_s"], setup.sizes)), flush=True)
        known["questions"][questions] = tried
        yield known


def refuse(setup: workload.Setup, arguments: argparse.Namespace) -> str | None:
    """Why nothing can be measured here; None where it can."""
    if setup.device == "cuda" and not torch.cuda.is_available():
        return "no CUDA device is here"
    if setup.device == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False):
        return f"{torch.cuda.get_device_name(0)} has no bf16"
    copies = len({sys.executable, arguments.trl_python})
    needed = copies * WEIGHT_BYTES[setup.precision] * work.count_weights(setup.sizes) + ROOM_BYTES
    free = shutil.disk_usage(tempfile.gettempdir()).free
    if free < needed:
        return f"{tempfile.gettempdir()} has {free / 1e9:.0f} GB, {needed / 1e9:.0f} are needed: set TMPDIR"
    return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, nargs="+", default=[1, 6, 30])
    parser.add_argument("--seconds", type=float, default=20.0, help="for each case, loading and first step not counted")
    parser.add_argument("--cases", nargs="+", choices=list(TABLE), default=list(TABLE))
    parser.add_argument("--trl-python", default=sys.executable)
    parser.add_argument("--out", type=Path, help="also write the numbers here, as JSON, part by part")
    parser.add_argument("--shape", choices=list(workload.SHAPES), default="2b")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--precision", choices=list(WEIGHT_BYTES), default="bf16")
    arguments = parser.parse_args()
    # one GPU for all: a Trainer that sees several would split its batches
    os.environ["CUDA_VISIBLE_DEVICES"] = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]
    setup = workload.read_setup(arguments)
    reason = refuse(setup, arguments)
    if reason:
        print(f"nothing was measured on a GPU: {reason}")
        return
    if setup.device == "cpu":
        print("a rehearsal on the CPU: its numbers say nothing about a GPU")
    with tempfile.TemporaryDirectory() as folder:
        for known in measure(arguments, Path(folder), setup):
            if arguments.out:
                arguments.out.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
