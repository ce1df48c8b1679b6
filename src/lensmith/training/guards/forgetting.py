"""Forgetting: the share of right answers to control questions, which training is not about, against the base's."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from lensmith.config.sections import Recipe
from lensmith.training.guards.contract import Guard, Judgement

SCORE = "eval_control_score"


class Forgetting(Guard):
    """Ends the training once the controls have lost more than `guards.forgetting.max_loss` at a validation; only
    checkpoints that keep the bound may be delivered. With `keep.scale: auto` it only tells: the scale keeps the bound.
    """

    name: ClassVar[str] = "forgetting"
    describe: ClassVar[str] = "controls are answered nearly as well as by the base"

    def is_off(self) -> str:
        """Off where no bound is set."""
        return "" if self._bound is not None else "guards.forgetting.max_loss is not set"

    def cannot_check(self) -> str:
        """Too few controls cannot tell a loss as small as the bound."""
        n = self.watched.controls
        if not n:
            return "no validation example is a control (evaluate.subject_group)"
        if self._bound and 1 / n > self._bound:
            return f"one of {n} controls is {100 / n:.0f} points, more than the {100 * self._bound:g} that may be lost"
        return ""

    def see_validation(self, rows: Sequence[Mapping[str, Any]]) -> Judgement | None:
        """Judges after each validation but the base's."""
        lost = lost_points(rows, rows[-1])
        if lost is None or rows[-1]["step"] == 0:
            return None
        evidence = {"n": self.watched.controls, "base": rows[0][SCORE], "now": rows[-1][SCORE], "lost": round(lost, 6)}
        found = f"controls: {100 * rows[0][SCORE]:.1f} % right before, {100 * rows[-1][SCORE]:.1f} % now"
        if self._bound is not None and lost > self._bound:
            found += f"; {100 * lost:.1f} points lost, {100 * self._bound:g} may be"
            if checkpoint_bound(self.watched.recipe) is None:
                before = [lost_points(rows, row) or 0.0 for row in rows[:-1]]
                told = any(each > self._bound for each in before)  # once is enough
                found += ": less of the update will be applied (keep.scale)"
                return Judgement("ok" if told else "warn", found, evidence)
            return Judgement("stop", found, evidence, "end")
        return Judgement("ok", found, evidence)

    def sum_up(self, rows: Sequence[Mapping[str, Any]]) -> Judgement:
        """The verdict on the last validation."""
        validated = [row for row in rows if SCORE in row]
        judged = self.see_validation([validated[0], validated[-1]]) if len(validated) > 1 else None
        return judged or Judgement("could not check", "training ended before controls were asked a second time")

    @property
    def _bound(self) -> float | None:
        return self.watched.recipe.guards.forgetting.max_loss


def checkpoint_bound(recipe: Recipe) -> float | None:
    """What controls may have lost at a checkpoint that counts; None where any counts, as the scale keeps the bound."""
    return None if recipe.keep.scale == "auto" else recipe.guards.forgetting.max_loss


def lost_points(rows: Sequence[Mapping[str, Any]], row: Mapping[str, Any]) -> float | None:
    """The share right in the log's first row, the base's, less that in `row`; None where either is unknown."""
    base = rows[0].get(SCORE) if rows else None
    now = row.get(SCORE)
    if base is None or now is None or not (math.isfinite(base) and math.isfinite(now)):
        return None
    return float(base - now)
