"""Which files are for training, which for watching it and which for measuring, told from their names."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lensmith.config.sections import SourceSection
from lensmith.data.describe import splits_of
from lensmith.data.sources.parts import WORDS, role_of
from lensmith.errors import DataError, Problem


@dataclass(frozen=True, slots=True)
class Assigned:
    """Sources by role, and those that have none.

    Attributes:
        sources: at least `train`; one source a role.
        unused: names of files or splits that were left aside, each with the reason.
        note: why `test` is a part that is named for validation; empty where it is not.
    """

    sources: dict[str, SourceSection]
    unused: tuple[str, ...]
    note: str = ""


def assign_roles(sections: Sequence[SourceSection]) -> Assigned:
    """One source for each role that the names of files and splits tell; a single source is for training.

    A part named for validation is for measuring where none is named for that: what chooses the checkpoint cannot
    also say how good it is. Of several for one role the plainest name is taken, `train` before `train_small`; the
    rest is listed as unused.

    Raises:
        DataError: a source cannot be recognised, or several are given and none is named for training.
    """
    named = [pair for section in sections for pair in _divided(section)]
    if len(named) == 1:
        return Assigned({"train": named[0][1]}, ())
    sources: dict[str, SourceSection] = {}
    taken: dict[str, str] = {}
    unused: list[str] = []
    for name, section in sorted(named, key=lambda pair: _plainness(pair[0])):
        role = role_of(name)
        if not role:
            unused.append(f"{name}: its name tells neither train, validation nor test")
        elif role in taken:
            unused.append(f"{name}: {taken[role]} is taken for data.{role}")
        else:
            sources[role], taken[role] = section, name
    if "train" not in sources:
        names = ", ".join(name for name, _ in named)
        raise DataError(
            Problem(
                "data/no-training-part",
                sections[0].path,
                f"there are {len(named)} parts, and none is named for training: {names}",
                fix="give only the file to train on, or name it train",
            )
        )
    note = ""
    if "validation" in sources and "test" not in sources:
        note = (
            f"{taken['validation']} is the only part held out, so before and after are measured on it; "
            "a share of train watches training."
        )
        sources["test"] = sources.pop("validation")
    return Assigned({role: sources[role] for role in WORDS if role in sources}, tuple(unused), note)


def _divided(section: SourceSection) -> list[tuple[str, SourceSection]]:
    """The section's splits, each with a name; itself where it has none or one is chosen."""
    path = Path(section.path)
    splits = splits_of(section) if section.split is None else ()
    if len(splits) <= 1:
        return [(section.split or path.name, section)]
    return [(split, section.model_copy(update={"split": split})) for split in splits]


def _plainness(name: str) -> tuple[int, int, str]:
    """Sorts names that say nothing but a role first, its usual word before others."""
    stem = Path(name).stem.lower()
    usual = [word for words in WORDS.values() for word in words]
    return (0 if stem in usual else 1, usual.index(stem) if stem in usual else len(stem), name)
