"""What lensmith says when something is wrong: problems, collected, each with its place and its mend.

A `Problem` is one thing a person must know. A `LensmithError` carries all the problems that were found
together, so that ten mistakes cost one run, not ten. Every error class is also the standard library's
type for that kind of mistake, so callers need not know lensmith's names to catch it.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where · found · expected · consequence · fix.

    Attributes:
        code: stable and searchable, `area/what`, for example `recipe/unknown-key`.
        where: the place, as exact as is known: `recipe.yaml:12 train.epochs`, `train.jsonl:7`.
        found: what is there, in words.
        expected: what would have been right; empty where `found` says it.
        consequence: what follows if nothing is done; empty where it is obvious.
        fix: one thing to do.
    """

    code: str
    where: str
    found: str
    expected: str = ""
    consequence: str = ""
    fix: str = ""

    def render(self) -> str:
        """The problem as one paragraph.

        >>> print(Problem("data/missing-image", "a.jsonl:3", "no file cat.png", fix="add it").render())
        a.jsonl:3: no file cat.png
            fix: add it  [data/missing-image]
        """
        lines = [f"{self.where}: {self.found}"]
        for label in ("expected", "consequence", "fix"):
            text = getattr(self, label)
            if text:
                lines.append(f"    {label}: {text}")
        lines[-1] += f"  [{self.code}]"
        return "\n".join(lines)


class LensmithError(Exception):
    """Everything lensmith raises on purpose: at least one problem, and the exit code it ends with."""

    exit_code = 1

    def __init__(self, problems: Problem | Iterable[Problem] | str) -> None:
        if isinstance(problems, str):  # torch raises a worker's error again with nothing but its text
            problems = _read_from_worker(problems)
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        if not self.problems:
            raise ValueError(f"{type(self).__name__} needs at least one problem")
        super().__init__(*self.problems)

    def __reduce__(self) -> tuple[type, tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)

    def __str__(self) -> str:
        return "\n".join(problem.render() for problem in self.problems)


class RecipeError(LensmithError, ValueError):
    """The recipe, or a value given on the command line, is wrong; nothing was started."""

    exit_code = 2


class DataError(LensmithError, ValueError):
    """The data cannot be used as asked; nothing was started."""

    exit_code = 2


class ModelError(LensmithError, ValueError):
    """The model's files do not fit together or are not of a kind lensmith knows; nothing was started."""

    exit_code = 2


class UnknownNameError(LensmithError, KeyError):
    """A name was looked up that nothing answers to."""

    exit_code = 2


class PreflightError(LensmithError, ValueError):
    """What is about to be trained is not what was meant; no step was taken."""

    exit_code = 2


class RunError(LensmithError, RuntimeError):
    """A run that had started could not go on. What it had written is kept."""

    exit_code = 1


class GuardStopError(RunError):
    """A guard ended the training, and there is nothing to deliver. What was written is kept."""

    exit_code = 3


def _read_from_worker(text: str) -> Problem:
    """The problem in a worker's traceback, as it was before torch made text of it.

    >>> told = Problem("run/picture-lost", "cat.png", "there is no such picture", fix="put it back")
    >>> _read_from_worker(f"Caught RunError in …:\\n  …\\nlensmith.errors.RunError: {told.render()}\\n") == told
    True
    """
    rendered = r"^lensmith\.errors\.\w+: (.+?): (.+?)((?:\n    \w+: .+)*)  \[(\w+/[\w-]+)\]$"
    told = re.findall(rendered, text, re.MULTILINE)
    if not told:
        return Problem("run/worker-failed", "a worker process", text)
    where, found, labelled, code = told[-1]  # those before it are what it came from
    labels = dict(re.findall(r"^    (expected|consequence|fix): (.+)$", labelled, re.MULTILINE))
    return Problem(code, where, found, **labels)


def suggest(name: str, available: Iterable[str]) -> str:
    """Words that help after a failed look-up: the nearest name, then all that exist.

    >>> suggest("epoch", ["epochs", "seed"])
    'did you mean `epochs`? available: epochs, seed'
    """
    names = sorted(available)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    listed = "available: " + (", ".join(names) if names else "none")
    return f"did you mean `{near[0]}`? {listed}" if near else listed
