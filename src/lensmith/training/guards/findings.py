"""guards.jsonl: one object a finding, in order, the same whether or not the run was interrupted.

A guard's last word on a run carries `final: true`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lensmith.console import say, warn
from lensmith.rundir import append_jsonl, is_main_process, read_jsonl_prefix, write_jsonl

FILE = "guards.jsonl"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a guard found, and what was done.

    Attributes:
        step: the optimiser step after which.
        epoch: the same in epochs.
        guard: its name.
        verdict: see `lensmith.training.guards.contract.Verdict`.
        reason: in words.
        action: what followed; empty where nothing did.
        evidence: plain values.
    """

    step: int
    epoch: float
    guard: str
    verdict: str
    reason: str
    action: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def line(self) -> str:
        """The finding as a person reads it."""
        word = {"warn": "fired", "stop": "fired"}.get(self.verdict, self.verdict)
        return f"{self.guard}: {word}: {self.reason}" + (f"; {self.action}" if self.action else "")


class GuardLog:
    """Writes guards.jsonl.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def rewind(self, step: int | None) -> None:
        """Forgets what was found after `step`, or everything when it is None, and every last word."""
        rows = [] if step is None else [row for row in read_jsonl_prefix(self.path) if row["step"] <= step]
        write_jsonl(self.path, [row for row in rows if not row.get("final")])

    def add(self, finding: Finding, *, final: bool = False) -> None:
        """Appends a finding; what is not in order is narrated."""
        if not is_main_process():
            return
        row = {
            "step": finding.step,
            "epoch": round(finding.epoch, 6),
            "guard": finding.guard,
            "verdict": finding.verdict,
            "reason": finding.reason,
            "action": finding.action,
            "evidence": dict(finding.evidence),
        }
        append_jsonl(self.path, [row | ({"final": True} if final else {})])
        if not final and finding.verdict in ("warn", "stop"):
            warn(f"step {finding.step}: {finding.line()}")
            for sample in finding.evidence.get("samples", ()):
                say(f"    {sample['question']} → {sample['said']!r} (expected {sample['expected']!r})")


def final_lines(run: Path) -> list[str]:
    """Each guard's last word on a finished training, a line each; [] where none was written."""
    rows = [row for row in read_jsonl_prefix(run / FILE) if row.pop("final", False)]
    return [f"guard {Finding(**row).line()}" for row in rows]
