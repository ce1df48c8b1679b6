"""The last look before the first step: written down, told in a few lines, and the end where something is wrong."""

from lensmith.batching.encode import EncodedSet
from lensmith.config.origins import LoadedRecipe
from lensmith.console import say, warn
from lensmith.data.dataset import Data
from lensmith.errors import PreflightError, Problem
from lensmith.families.contract import Family
from lensmith.families.placement import Placement
from lensmith.rundir import RunDir, is_main_process, write_json
from lensmith.training.outline import Outline
from lensmith.training.preflight.contract import Case, Finding, Parts
from lensmith.training.preflight.examining import examine

SHOWN = 5
FILE = "preflight.json"
RECORDED = ("recipe.json", "data.json", "environment.json")


def check_ready(run: RunDir, case: Case) -> list[Finding]:
    """Makes every check, writes preflight.json and narrates the warnings.

    Raises:
        PreflightError: with every error; no step was taken.
    """
    findings = examine(case)
    if is_main_process():
        write_json(run / FILE, [finding.to_json() for finding in findings])
    errors = [finding.to_problem() for finding in findings if finding.severity == "error"]
    if errors:
        if is_main_process() and not (run / "before.jsonl").exists():  # nothing was begun: the folder is free again
            for name in RECORDED:
                (run / name).unlink(missing_ok=True)
        raise PreflightError(errors)
    warnings = [finding for finding in findings if finding.severity == "warning"]
    for finding in warnings[:SHOWN]:
        warn(describe(finding))
    if len(warnings) > SHOWN:
        say(f"  … and {len(warnings) - SHOWN} more in {FILE}")
    return findings


def preview(
    family: Family,
    data: Data,
    parts: dict[str, EncodedSet],
    loaded: LoadedRecipe,
    outline: Outline | None,
    placement: Placement | None,
) -> list[Finding]:
    """The checks that need no weights, as a plan makes them; the others are among the findings as not made."""
    examples = {"train": data.train, "validation": data.validation, "test": data.test}
    model = outline.model if outline else None
    return examine(Case(loaded.recipe, family, Parts(examples, parts, data.mixture), model, placement))


def refusals(findings: list[Finding] | None, told: list[Problem]) -> list[Problem]:
    """The errors among a plan's findings that it has not told yet."""
    codes = {(problem.code, problem.where) for problem in told}
    errors = [finding.to_problem() for finding in findings or () if finding.severity == "error"]
    return [problem for problem in errors if (problem.code, problem.where) not in codes]


def describe(finding: Finding) -> str:
    """A finding in a line."""
    return f"{finding.where}: {finding.found}" + (f"; {finding.fix}" if finding.fix else "")
