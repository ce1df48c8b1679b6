"""Runs cases, each in a process of its own and with the Python that has what it needs, and lays out their numbers."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CASES = Path(__file__).parent


@dataclass(frozen=True)
class Case:
    """What is run.

    Attributes:
        title: as the table shows it.
        command: a file of `bench/cases/` and its flags.
        package: what must be importable for it.
    """

    title: str
    command: tuple[str, ...]
    package: str = "torch"


def find_pythons(cases: Mapping[str, Case], pythons: Mapping[str, str]) -> dict[str, str]:
    """The Python of each case that can run; the others are left out, and a line says why.

    Args:
        cases: by name.
        pythons: the Python for a package, where it is not this one.
    """
    chosen = {}
    for name, case in cases.items():
        python = pythons.get(case.package, sys.executable)
        code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({case.package!r}) is None)"
        if subprocess.run([python, "-c", code], capture_output=True).returncode == 0:
            chosen[name] = python
        else:
            print(f"{case.title} is left out: {case.package} is not installed for {python}")
    return chosen


def run_case(case: Case, python: str, folder: Path, told: Mapping[str, Any]) -> dict[str, Any]:
    """Runs one case in its own process.

    Raises:
        RuntimeError: it failed; holds the end of what it said.
    """
    file, *flags = case.command
    words = [str(word) for name, value in told.items() for word in (f"--{name}", value)]
    command = [python, str(CASES / file), str(folder), *words, *flags]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError("\n".join([f"{case.title} failed: {' '.join(command)}", *done.stderr.splitlines()[-8:]]))
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def run_all(
    cases: Mapping[str, Case], pythons: Mapping[str, str], folder: Path, told: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """The numbers of every case, in their order."""
    places = list(dict.fromkeys(pythons.values()))
    # a folder for each Python: what one version of transformers saves, another may not read
    return {
        name: run_case(cases[name], python, folder / str(places.index(python)), told)
        for name, python in pythons.items()
    }


def lay_out(title: str, cases: Mapping[str, Case], found: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """A line for each case: its speed, how many times as fast lensmith is, its memory, how many times lensmith's."""
    heads = ("questions/s", "lensmith", "kept", "peak MB", "lensmith's")
    yield f"\n{title:<26}" + "".join(f"{head:>13}" for head in heads)
    for name, each in found.items():
        rate, peak_bytes = each["questions_per_s"], each["peak_bytes"]
        faster = [found[own]["questions_per_s"] / rate if own in found else None for own in ("lensmith", "kept")]
        larger = peak_bytes / found["lensmith"]["peak_bytes"] if "lensmith" in found else None
        cells = [f"{rate:.2f}", *map(_times, faster), f"{peak_bytes / 1e6:.0f}", _times(larger)]
        yield f"{cases[name].title:<26}" + "".join(f"{cell:>13}" for cell in cells)


def _times(ratio: float | None) -> str:
    return "–" if ratio is None else f"{ratio:.2f}×"
