"""What stands in a run's files, as far as a page shows it. Fields that are missing are None; others are ignored."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Text = Annotated[str, BeforeValidator(lambda value: value if value is None else str(value))]
"""Text, or a number or truth value that stands for one."""


class Record(BaseModel):
    """One JSON object."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Finite(Record):
    """One whose numbers are numbers."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Interval(Finite):
    """Where a number may lie."""

    low: float
    high: float
    confidence: float = 0.95


class Number(Finite):
    """An estimate: `statistics.Estimate` as it is written."""

    value: float | None
    interval: Interval | None = None
    n: int = 0
    groups: int = 0
    reason: str = ""
    correct: int | None = None


class Ids(Record):
    """A list of ids and its length."""

    n: int
    ids: list[Text] = Field(default_factory=list)


class Change(Finite):
    """One number before and after: `compare.AspectComparison` as it is written."""

    before: Number
    after: Number
    difference: Number
    verdict: str = "cannot tell"
    mcnemar_p: float | None = None
    both_right: Ids | None = None
    gained: Ids | None = None
    lost: Ids | None = None
    both_wrong: Ids | None = None


class MetricChange(Change):
    """One metric, its slices and its further quantities."""

    describe: str = ""
    better: str = "higher"
    slices: dict[str, Change] = Field(default_factory=dict)
    quantities: dict[str, Change] = Field(default_factory=dict)
    left_out: dict[str, Ids] = Field(default_factory=dict)


class Fit(Record):
    """Which checkpoint is delivered."""

    best_step: int
    last_step: int
    best_value: float | None = None


class Scale(Finite):
    """How much of what was learned the delivered weights hold."""

    chosen: float


class Compared(Finite):
    """A comparison: of before and after, or of the tuned model with an answer that needs no picture."""

    n: int
    groups: int = 0
    seed: int = 0
    confidence: float = 0.95
    resamples: int = 0
    metrics: dict[str, MetricChange]
    only_before: Ids | None = None
    only_after: Ids | None = None
    fit: Fit | None = None
    scale: Scale | None = None
    commonest_answer: str | None = None


class FoundSlice(Finite):
    """A part of the questions on which the tuned model does worse than on the rest."""

    metric: str
    column: str
    value: Text
    apart_from: tuple[Text, ...] = ()
    n: int
    groups: int = 0
    rest: Number
    after: Number
    before: Number | None = None
    gap: Number | None = None
    adjusted_p: float | None = None
    verdict: str = "cannot tell"
    sentence: str = ""


class SliceSearch(Record):
    """What was looked at for slices that are weak."""

    tested: int
    below: int = 0


class Leak(Finite):
    """Another subject that is named instead."""

    subject: Text
    n: int = 0
    n_before: int = 0
    share: float | None = None


class SubjectRow(Finite):
    """One subject before and after."""

    subject: Text
    group: Text = ""
    n: int = 0
    groups: int = 0
    before: Number
    after: Number
    difference: Number | None = None
    status: str = "cannot tell"
    leaked_as: list[Leak] = Field(default_factory=list)
    sentence: str = ""


class Divergence(Finite):
    """How far the model moved from its base: KL(base ‖ tuned), in nats a token, on one part of the questions."""

    on: str = ""
    value: float | None
    interval: Interval | None = None
    n: int = 0
    parts: dict[str, "Divergence"] = Field(default_factory=dict)


class Subjects(Finite):
    """What was learned and what was forgotten, by subject, as `metric` judges."""

    metric: str = ""
    targets: Change | None = None
    forgetting: Change | None = None
    without_subject: int = 0
    rows: list[SubjectRow] = Field(default_factory=list)
    kl: Divergence | None = None


class Source(Record):
    """One file of training data."""

    path: str
    weight: float = 1.0
    examples: int | None = None


class DataRecord(Record):
    """data.json without its ids."""

    fingerprint: str = ""
    rows: int = 0
    pictures: int = 0
    without_picture: int = 0
    rows_left_out: dict[str, int] = Field(default_factory=dict)
    examples_left_out: dict[str, int] = Field(default_factory=dict)
    examples: dict[str, int] = Field(default_factory=dict)
    sources: list[Source] = Field(default_factory=list)
    problems: list[Any] = Field(default_factory=list)
    not_encoded: list[str] = Field(default_factory=list)


class GuardLine(Record):
    """What a guard found."""

    guard: str
    verdict: str
    step: int | None = None
    epoch: float | None = None
    reason: str = ""
    action: str = ""
    final: bool = False
    evidence: dict[str, Any] = Field(default_factory=dict)


class PreflightLine(Record):
    """What was found before training began."""

    code: str
    severity: str
    where: str = ""
    found: str = ""
    fix: str = ""


class LogLine(Record):
    """A line of metrics.jsonl; values that are no numbers stay in, so that they can be told."""

    model_config = ConfigDict(frozen=True, extra="allow")

    step: int
    epoch: float

    def value(self, name: str) -> float | None:
        """The number under `name`, which may be NaN or infinite; None where there is none."""
        found = (self.model_extra or {}).get(name)
        return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None
