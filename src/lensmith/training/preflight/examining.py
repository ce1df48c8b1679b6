"""Makes every check and collects what they find; one that fails does not keep the others from being made."""

from lensmith.errors import LensmithError
from lensmith.training.preflight import CHECKS
from lensmith.training.preflight.contract import Case, Check, Finding, UncheckedError


def examine(case: Case) -> list[Finding]:
    """What all checks find, errors first, each thing once."""
    found = [finding for check in CHECKS.values() for finding in _make(check, case)]
    severities = ("error", "warning", "could not check")
    return sorted(dict.fromkeys(found), key=lambda finding: severities.index(finding.severity))


def _make(check: Check, case: Case) -> list[Finding]:
    try:
        return list(check.find(case))
    except UncheckedError as error:
        return [Finding(f"preflight/{check.name}", "could not check", check.describe, str(error))]
    except LensmithError as error:
        return [Finding(each.code, "error", each.where, each.found, each.fix) for each in error.problems]
