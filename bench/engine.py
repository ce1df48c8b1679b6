"""Training steps a second and peak memory: a picture computed once for all its questions, against those who repeat it.

The model is a random LLaVA of 22 million parameters (CLIP 336 px, 576 image tokens; Gemma, width 256, vocabulary
32,000) with LoRA r=16 on the language model's attention, float32, on the CPU; `bench/cases/workload.py` makes it, its
processor and its pictures, and downloads nothing. Each case is a file of `bench/cases/` and runs in a process of its
own, so that peak memory is its own, imports and all; one after the other on the same machine. A step of the others
holds 8 questions; lensmith's holds whole pictures, one a forward pass, so many that they make about 8 questions, or
one with all of its own. TRL is also asked to take one question a forward pass, where it needs least memory. The first
step is not counted.

    python bench/engine.py [--questions 1 4 6 10 30] [--seconds 10] [--cases lensmith kept trl] [--out FILE.json]
                           [--trl-python PATH] [--llamafactory-python PATH]

The columns "lensmith" and "kept" say how many times as fast lensmith is, without and with kept features; the last one
how many times lensmith's memory a case takes.

TRL (the extra `bench`) and LLaMA-Factory, which needs other versions of transformers and PEFT than lensmith, may live
in environments of their own: name their Pythons. One that is not installed is left out, and a line says so. The limit
is one forward and one backward pass over each unique token in plain causal rows: what sharing could reach at best.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from cases.table import Case, find_pythons, lay_out, run_all

TABLE = {
    "lensmith": Case("lensmith", ("lensmith_fit.py",), "lensmith"),
    "kept": Case("lensmith, features kept", ("lensmith_fit.py", "--features", "kept"), "lensmith"),
    "plain": Case("transformers loop", ("plain_loop.py",)),
    "trl": Case("TRL SFTTrainer", ("trl_sft.py",), "trl"),
    "trl-1x8": Case("TRL, 1 question × 8", ("trl_sft.py", "--batch", "1"), "trl"),
    "llamafactory": Case("LLaMA-Factory", ("llamafactory_sft.py",), "llamafactory"),
    "limit": Case("limit", ("limit.py",)),
    "limit-kept": Case("limit, features kept", ("limit.py", "--features", "kept")),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, nargs="+", default=[1, 4, 6, 10, 30])
    parser.add_argument("--seconds", type=float, default=10.0, help="for each case, loading and first step not counted")
    parser.add_argument("--cases", nargs="+", choices=list(TABLE), default=list(TABLE))
    parser.add_argument("--trl-python", default=sys.executable)
    parser.add_argument("--llamafactory-python", default=sys.executable)
    parser.add_argument("--out", type=Path, help="also write the numbers here, as JSON")
    arguments = parser.parse_args()
    cases = {name: TABLE[name] for name in arguments.cases}
    rivals = {"trl": arguments.trl_python, "llamafactory": arguments.llamafactory_python}
    pythons = find_pythons(cases, rivals)
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for questions in arguments.questions:
            found = run_all(cases, pythons, Path(folder), {"questions": questions, "seconds": arguments.seconds})
            print("\n".join(lay_out(f"{questions} questions a picture", cases, found)), flush=True)
            results[questions] = found
    if arguments.out:
        arguments.out.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
