"""Asking for help is instant and loads nothing heavy, so that a typing mistake costs no one ten seconds."""

import json
import subprocess
import sys
import time

import pytest
from test_layers import HEAVY

HELP_S = 0.5
ATTEMPTS = 10  # the machine may be busy with other tests; one attempt that is fast enough shows that it can be


def run_help(*words: str) -> str:
    """Prints a JSON list of the heavy packages that were loaded by `lensmith … --help`, after the help itself."""
    script = (
        "import json, sys\n"
        "from lensmith.cli import main\n"
        f"sys.argv = ['lensmith', *{list(words)!r}, '--help']\n"
        "try:\n    main()\n"
        f"finally:\n    print(json.dumps(sorted(set(sys.modules) & set({sorted(HEAVY)!r}))))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def verbs() -> list[str]:
    from lensmith.cli import COMMANDS

    return sorted(COMMANDS)


@pytest.mark.parametrize("verb", ["", *verbs()])
def test_help_loads_nothing_heavy(verb):
    text, _, loaded = run_help(*verb.split()).rstrip().rpartition("\n")
    assert "Usage:" in text
    assert json.loads(loaded) == []


def test_help_takes_less_than_half_a_second():
    taken_s = []
    for _ in range(ATTEMPTS):
        started = time.perf_counter()
        run_help()
        taken_s.append(time.perf_counter() - started)
        if taken_s[-1] < HELP_S:
            return
    pytest.fail(f"the fastest of {ATTEMPTS} took {min(taken_s):.2f} s")


def test_a_heavy_package_would_be_seen():
    """The same list, made after importing one: that the tests above can fail."""
    script = f"import sys, scipy; print(sorted(set(sys.modules) & set({sorted(HEAVY)!r})))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert "scipy" in done.stdout
