"""A world's folder is its own: claimed before the first picture is drawn, described after the last one."""

import os
from dataclasses import dataclass
from pathlib import Path

from lensmith.errors import DataError, Problem
from lensmith.lab.worlds.folder import WorldFolder
from lensmith.rundir import write_text

# YAML, so that formats which take every JSON file of a folder for data do not take this one.
DESCRIPTION = "world.yaml"
PICTURES_A_WORKER = 500


@dataclass(frozen=True, slots=True)
class Claim:
    """A folder that is free for a world, or holds the same one already.

    Attributes:
        out: the folder.
        identity: name, size and seed in words, the first line of its description.
    """

    out: Path
    identity: str


def claim_folder(out: Path, identity: str) -> Claim:
    """Marks a folder as that of a world; one that holds the same world, whole or not, may be drawn again.

    Args:
        out: made when missing.
        identity: what decides every byte of the world, in words.

    Raises:
        DataError: `out` is a file, holds something else, or cannot be written to.
    """
    claim = Claim(out, f"# A drawn world: {identity}.")
    if out.exists() and not out.is_dir():
        raise DataError(Problem("lab/out", str(out), "there is a file of this name", fix="name a folder"))
    try:
        held = _first_line(out / DESCRIPTION)
        if out.is_dir() and any(out.iterdir()) and held != claim.identity:
            raise DataError(
                Problem(
                    "lab/folder-taken",
                    str(out),
                    f"the folder holds another world: {held}" if held else "the folder holds something else",
                    consequence="nothing was drawn, and it is left as it is",
                    fix="name another folder, or remove this one",
                )
            )
        unfinished = "# Not complete: it is being drawn, or was stopped; the same command draws it again.\n"
        write_text(out / DESCRIPTION, f"{claim.identity}\n{unfinished}")
    except OSError as error:
        said = f"the folder cannot be written to: {error.strerror or error}"
        raise DataError(Problem("lab/out", str(out), said, fix="name another folder")) from error
    return claim


def describe_folder(claim: Claim, folder: WorldFolder) -> Path:
    """Writes how a recipe reads the world and what one gets right in it without looking; returns the file."""
    import yaml

    holds = ", ".join(
        f"{part}: {folder.questions[part]} questions on {count} pictures" for part, count in folder.pictures.items()
    )
    blind = ", ".join(f"{kind} {accuracy:.1%}" for kind, accuracy in folder.blind.items())
    lines = [
        claim.identity,
        f"# {holds}.",
        f"# Test questions answered right without looking, by kind: {blind}.",
        "# The section of a recipe in this folder that reads it; elsewhere, put the folder before each path.",
    ]
    text = yaml.safe_dump({"data": dict(folder.data)}, allow_unicode=True, sort_keys=False)
    if folder.extra:
        extra = yaml.safe_dump(dict(folder.extra), allow_unicode=True, sort_keys=False)
        text += "# Beside it, what a data section has no place for:\n"
        text += "".join(f"#   {line}\n" for line in extra.splitlines())
    path = claim.out / DESCRIPTION
    write_text(path, "\n".join(lines) + "\n\n" + text)
    return path


def workers_that_pay(pictures: int) -> int:
    """As many processes as there are cores, but not for so few pictures that starting them takes longer."""
    return max(1, min(os.cpu_count() or 1, pictures // PICTURES_A_WORKER))


def _first_line(path: Path) -> str:
    """The first line of a file; empty where there is no such file."""
    if not path.is_file():
        return ""
    with path.open(encoding="utf-8", errors="replace") as stream:
        return stream.readline().rstrip("\n")
