"""Who was learned, who was kept, who was forgotten, and who now bears whose name: a row a subject, before and after.

A subject counts as known where surely more than half of its questions are answered right: more than a coin gets on
questions of yes and no. "Surely" is always an interval that resamples whole pictures, and a change is only called one
where `lensmith.evaluation.verdict` calls it better or worse. The rest is "cannot tell".
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from lensmith.config.sections import EvaluateSection
from lensmith.evaluation.aliases import known_names
from lensmith.evaluation.compare import pair_up
from lensmith.evaluation.divergence import Shift
from lensmith.evaluation.leaks import Leak, Naming, find_leaks
from lensmith.evaluation.metrics import build_metrics
from lensmith.evaluation.metrics.contract import Metric
from lensmith.evaluation.naming import NameReader
from lensmith.evaluation.slicing import group_places
from lensmith.evaluation.statistics import Estimate, Resampling
from lensmith.evaluation.subjects import CONTROL, TARGET, SubjectColumns, find_subjects
from lensmith.evaluation.weighing import Change, Judged, weigh
from lensmith.types import Prediction

Status = Literal["learned", "already known", "not learned", "kept", "degraded", "leaked", "cannot tell"]
KNOWN = 0.5
_ORDER = {TARGET: 0, CONTROL: 1}


@dataclass(frozen=True, slots=True)
class SubjectRow:
    """One subject before and after.

    Attributes:
        subject: as the data call it.
        group: "target", "control", what else the data say, or "".
        change: of the score, over the subject's questions.
        status: what may be said.
        wrong: its wrong answers after.
        leaks: other subjects that its wrong answers name, most often named after first.
    """

    subject: str
    group: str
    change: Change
    status: Status
    wrong: int
    leaks: tuple[Leak, ...]

    @property
    def leaked_as(self) -> tuple[Leak, ...]:
        """Those that are surely named more often than before."""
        return tuple(leak for leak in self.leaks if leak.is_more)

    @property
    def shown_status(self) -> str:
        """The status, with the names where it leaked: "leaked as Чебурашка"."""
        names = ", ".join(leak.subject for leak in self.leaked_as)
        return f"leaked as {names}" if self.status == "leaked" else self.status

    @property
    def sentence(self) -> str:
        """What may be said, with the numbers, and whose name it bears now."""
        told = f"{self.shown_status}: {self.change.course}"
        if self.status == "learned" and not _surely_above(self.change.after):
            told += "; not surely right on more than half of its questions yet"
        if self.status == "kept" and self.change.verdict.word == "cannot tell" and self.change.difference.interval:
            told += (
                f"; a loss of up to {-100 * min(0.0, self.change.difference.interval.low):.1f} points is not ruled out"
            )
        named = [f"{leak.n} name {leak.subject} ({leak.n_before} before)" for leak in self.leaked_as]
        return told + (f"; of {self.wrong} wrong answers after, {', '.join(named)}" if named else "")

    def to_json(self) -> dict[str, Any]:
        """The numbers, the status and the sentence."""
        return {
            "subject": self.subject,
            "group": self.group,
            **self.change.to_json(),
            "status": self.status,
            "sentence": self.sentence,
            "wrong_after": self.wrong,
            "leaked_as": [leak.to_json() for leak in self.leaked_as],
            "named_instead": [leak.to_json() for leak in self.leaks],
        }


@dataclass(frozen=True, slots=True)
class SubjectMatrix:
    """All subjects, and what they come to.

    Attributes:
        metric: that judged: the first of `evaluate.metrics` of which more is better.
        columns: which columns say whom a question is about.
        rows: targets first, then controls; the most questions first.
        targets: the change over all questions about targets.
        forgetting: the change over all questions about controls.
        without_subject: how many questions the data say no subject of.
        shift: how far the model moved from its base, where that was measured.
    """

    metric: str
    columns: SubjectColumns
    rows: tuple[SubjectRow, ...]
    targets: Change
    forgetting: Change
    without_subject: int
    shift: Shift | None = None

    @property
    def sentence(self) -> str:
        """How many of whom came to what."""
        parts = []
        for group, plural in ((TARGET, "targets"), (CONTROL, "controls")):
            theirs = [row.shown_status for row in self.rows if row.group == group]
            if theirs:
                counts = ", ".join(f"{theirs.count(status)} {status}" for status in dict.fromkeys(theirs))
                parts.append(f"of {len(theirs)} {plural} {counts}")
        return "; ".join(parts) or f"{len(self.rows)} subjects, none marked as target or control"

    @property
    def forgetting_sentence(self) -> str:
        """Whether what should stay got worse."""
        return f"forgetting: {_overall(self.forgetting, CONTROL)}"

    @property
    def targets_sentence(self) -> str:
        """Whether what should be learned got better."""
        return f"learning: {_overall(self.targets, TARGET)}"

    def to_json(self) -> dict[str, Any]:
        """The matrix as one JSON object; fractions are 0–1."""
        return {
            "sentence": self.sentence,
            "metric": self.metric,
            "columns": self.columns.to_json(),
            "without_subject": self.without_subject,
            "targets": {"sentence": self.targets_sentence, **_with_flips(self.targets)},
            "forgetting": {"sentence": self.forgetting_sentence, **_with_flips(self.forgetting)},
            "rows": [row.to_json() for row in self.rows],
            **({"kl": self.shift.to_json()} if self.shift else {}),
        }


def compare_subjects(
    before: Sequence[Prediction], after: Sequence[Prediction], section: EvaluateSection, seed: int
) -> SubjectMatrix | None:
    """The matrix of two models' answers to the same questions; None where the data name no subjects.

    Pairs, and what the data say of them, are those of `lensmith.evaluation.compare.compare_predictions`. A question
    that the metric does not apply to, before or after, is left out, as there.

    Raises:
        DataError: the answers cannot be paired.
        RecipeError: a metric is unknown or cannot work with these settings.
    """
    metric = next((each for each in build_metrics(section) if each.better == "higher"), None)
    columns = find_subjects(section, before)
    if metric is None or columns is None:
        return None
    pairs = [(first, replace(second, metadata=first.metadata)) for first, second in pair_up(before, after)]
    resampling = Resampling(seed, section.confidence, section.resamples)
    judged = _judge(metric, [first for first, _ in pairs], [second for _, second in pairs])
    read = NameReader(known_names(section, before)).named
    subjects = [columns.subject_of(each.before) for each in judged]
    rows = [
        _row(subject, [judged[at] for at in places], columns, read, resampling)
        for subject, places in group_places(subjects)
    ]
    rows.sort(key=lambda row: _ORDER.get(row.group, len(_ORDER)))
    targets, forgetting = (
        weigh([each for each in judged if columns.group_of(each.before) == group], f"{group} questions", resampling)
        for group in (TARGET, CONTROL)
    )
    without = sum(not columns.subject_of(first) for first, _ in pairs)
    return SubjectMatrix(metric.name, columns, tuple(rows), targets, forgetting, without)


def _judge(metric: Metric, before: Sequence[Prediction], after: Sequence[Prediction]) -> list[Judged]:
    """The pairs that the metric applies to. Where the sides name different groups, the side with fewer is taken."""
    groups = min(([each.group for each in side] for side in (before, after)), key=lambda names: len(set(names)))
    sides = zip(before, metric.judge_all(before), after, metric.judge_all(after), groups, strict=True)
    return [
        Judged(first, second, group, had.value, has.value)
        for first, had, second, has, group in sides
        if had.value is not None and has.value is not None
    ]


def _row(
    subject: str, rows: Sequence[Judged], columns: SubjectColumns, read: Naming, resampling: Resampling
) -> SubjectRow:
    change = weigh(rows, subject, resampling)
    leaks = find_leaks(subject, rows, read, resampling)
    group = columns.group_of(rows[0].before)
    status = _status(group, change, has_leaked=any(leak.is_more for leak in leaks))
    return SubjectRow(subject, group, change, status, sum(each.has < 1.0 for each in rows), leaks)


def _status(group: str, change: Change, *, has_leaked: bool) -> Status:
    """What may be said. A control cannot be learned; one that is neither target nor control cannot be not learned."""
    if change.verdict.word == "better":
        return "kept" if group == CONTROL else "learned"
    if has_leaked:
        return "leaked"
    if change.verdict.word == "worse":
        return "degraded"
    if _surely_above(change.before) and _surely_above(change.after):
        return "already known" if group == TARGET else "kept"
    if group in (TARGET, "") and change.after.interval is not None and change.after.interval.high < KNOWN:
        return "not learned"
    return "cannot tell"


def _surely_above(found: Estimate) -> bool:
    return found.interval is not None and found.interval.low > KNOWN


def _overall(change: Change, group: str) -> str:
    """The verdict over a whole group, and how many answers changed."""
    if not change.difference.n:
        return f"cannot tell: no question is marked as {group}"
    lost = f"{len(change.lost)} lost"
    if change.before.correct is not None:
        lost += f" of the {change.before.correct} that were right"
    return f"{change.verdict.sentence}; {len(change.gained)} answers gained, {lost}"


def _with_flips(change: Change) -> dict[str, Any]:
    """The change, and the share of questions that were right before and are wrong now."""
    flips = {"n": len(change.lost), "right_before": change.before.correct, "ids": list(change.lost)}
    return {**change.to_json(), "negative_flips": flips}
