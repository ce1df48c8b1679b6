"""All names of all subjects: those in the columns of the data, and those that a recipe adds."""

from collections.abc import Sequence

from lensmith.config.sections import EvaluateSection
from lensmith.evaluation.normalise import respell
from lensmith.evaluation.slicing import HasMetadata
from lensmith.evaluation.subjects import find_subjects, known_as


def known_names(section: EvaluateSection, rows: Sequence[HasMetadata]) -> dict[str, list[str]]:
    """Every subject of `evaluate.subjects` and of the data with all its names, its own first.

    Subjects that differ in case, ё and punctuation alone are one, under the name that came first.

    >>> known_names(EvaluateSection(subjects={"Гена": ["Gena"], "гена": ["Крокодил Гена"]}), [])
    {'Гена': ['Гена', 'Gena', 'Крокодил Гена']}

    Args:
        section: its `subjects`, and the columns that `find_subjects` looks for.
        rows: examples or predictions.
    """
    columns = find_subjects(section, rows)
    told = known_as(columns, rows) if columns else {}
    names: dict[str, dict[str, None]] = {}
    first: dict[str, str] = {}
    for subject, others in (*section.subjects.items(), *told.items()):
        known = first.setdefault(respell(subject), subject)
        names.setdefault(known, {known: None}).update(dict.fromkeys(each for each in others if each != subject))
    return {subject: list(each) for subject, each in names.items()}
