"""Runs beside each other, and what each ended with against what the first did."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lensmith.errors import LensmithError, Problem, RunError
from lensmith.evaluation.choices import recorded_section
from lensmith.evaluation.compare import compare_predictions
from lensmith.report.phrases import primary_metric
from lensmith.report.reading import RunRecord, read_run
from lensmith.report.records import Compared
from lensmith.types import Prediction


@dataclass(frozen=True, slots=True)
class Against:
    """The tuned answers of a run against those of the first run.

    Attributes:
        shared: how many questions both answered, with the same accepted answers.
        compared: on those; None where nothing can be compared.
        reason: why not.
    """

    shared: int
    compared: Compared | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Several runs.

    Attributes:
        runs: in the order in which they were given, each under a name of its own.
        against: for each run after the first, in order.
        metric: what the verdict is about; empty where no run has scores.
    """

    runs: tuple[RunRecord, ...]
    against: tuple[Against, ...]
    metric: str

    @property
    def metrics(self) -> list[str]:
        """The names of all metrics of all runs."""
        return list(dict.fromkeys(name for run in self.runs if run.comparison for name in run.comparison.metrics))


def read_runs(paths: Sequence[Path]) -> SideBySide:
    """Reads all runs and compares each with the first, by the first's recipe.

    Raises:
        RunError: one of the folders is no run; names every such folder.
    """
    names = unique_names(paths)
    problems: list[Problem] = []
    runs: list[RunRecord] = []
    for path, name in zip(paths, names, strict=True):
        try:
            runs.append(read_run(path, name))
        except RunError as error:
            problems += error.problems
    if problems:
        raise RunError(problems)
    against = tuple(compare_with_first(runs[0], run) for run in runs[1:])
    return SideBySide(tuple(runs), against, _shared_metric(runs))


def _shared_metric(runs: Sequence[RunRecord]) -> str:
    """Of the metrics that single verdicts are about, the one that most runs have; empty where no run has scores."""
    primary = [pair[0] for run in runs if run.comparison and (pair := primary_metric(run.comparison))]
    counts = Counter(name for name in dict.fromkeys(primary) for run in runs if name in _metrics(run))
    return counts.most_common(1)[0][0] if counts else ""


def unique_names(paths: Sequence[Path]) -> list[str]:
    """The last parts of each path, as many as it takes to tell them apart.

    >>> unique_names([Path("/s/a/run"), Path("/s/b/run"), Path("/s/c")])
    ['a/run', 'b/run', 'c']
    """
    parts = [path.absolute().parts for path in paths]
    names = []
    for own in parts:
        length = 1
        while length < len(own) and sum(other[-length:] == own[-length:] for other in parts) > 1:
            length += 1
        names.append("/".join(own[-length:]).replace("//", "/"))
    return names


def compare_with_first(first: RunRecord, other: RunRecord) -> Against:
    """Paired statistics on the questions that both answered, by the metrics that both were judged by."""
    pairs = [(one, other.after[id_]) for id_, one in first.after.items() if id_ in other.after]
    same = [(one, two) for one, two in pairs if _asked(one) == _asked(two)]
    if not same:
        return Against(0, None, "no question is the same")
    shared = _metrics(first) & _metrics(other)
    try:
        section = recorded_section({"recipe": first.recipe or {}})
        metrics = [name for name in section.metrics if name in shared]
        if not metrics:
            return Against(len(same), None, "no metric is the same")
        asked = section.model_copy(update={"metrics": metrics, "slices": []})
        seed = first.comparison.seed if first.comparison else 0
        compared = compare_predictions([one for one, _ in same], [two for _, two in same], asked, seed)
    except LensmithError as error:
        return Against(len(same), None, error.problems[0].found)
    return Against(len(same), Compared.model_validate(compared.to_json()))


def _asked(prediction: Prediction) -> tuple[str, frozenset[str]]:
    return prediction.question, frozenset(prediction.answers)


def _metrics(run: RunRecord) -> set[str]:
    found: Mapping[str, object] = run.comparison.metrics if run.comparison else {}
    return set(found)
