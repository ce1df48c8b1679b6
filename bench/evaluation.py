"""Answers a second and peak memory: a picture read once for all its questions, against transformers' `generate`.

The model, pictures and questions are those of `bench/engine.py`, without adapters; an answer is at most 4 tokens,
greedy, float32, on the CPU. `generate` reads one question a row, in batches of 8, padded on the left. The first batch
is not counted. The answers of both are compared, as far as both came in their time. The limit reads each unique token
once, in one plain causal row a picture, and then makes one pass for each token of an answer.

    python bench/evaluation.py [--questions 1 6 30] [--seconds 10] [--out FILE.json]

The columns "lensmith" and "kept" say how many times as fast lensmith is, without and with kept features; the last one
how many times lensmith's memory a case takes.
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from cases.table import Case, find_pythons, lay_out, run_all

TABLE = {
    "lensmith": Case("lensmith", ("lensmith_answers.py",), "lensmith"),
    "kept": Case("lensmith, features kept", ("lensmith_answers.py", "--features", "kept"), "lensmith"),
    "generate": Case("transformers generate", ("generate_answers.py",)),
    "limit": Case("limit", ("answer_limit.py",)),
    "limit-kept": Case("limit, features kept", ("answer_limit.py", "--features", "kept")),
}


def compare(found: dict[str, dict[str, Any]]) -> str:
    """How many answers are the same, of those that both gave, and how many different ones there are among them."""
    lines = []
    published = found["generate"].pop("answers")
    for name in ("lensmith", "kept"):
        pairs = list(zip(found[name].pop("answers"), published, strict=False))
        same = sum(own == other for own, other in pairs)
        distinct = len({other for _, other in pairs})
        lines.append(
            f"{TABLE[name].title}: {same} of {len(pairs)} answers as `generate` gives them ({distinct} distinct)"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, nargs="+", default=[1, 6, 30])
    parser.add_argument(
        "--seconds", type=float, default=10.0, help="for each case, loading and first batch not counted"
    )
    parser.add_argument("--out", type=Path, help="also write the numbers here, as JSON")
    arguments = parser.parse_args()
    pythons = find_pythons(TABLE, {})
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for questions in arguments.questions:
            found = run_all(TABLE, pythons, Path(folder), {"questions": questions, "seconds": arguments.seconds})
            same = compare(found)
            print("\n".join(lay_out(f"{questions} questions a picture", TABLE, found)), same, sep="\n", flush=True)
            results[questions] = found
    if arguments.out:
        arguments.out.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
