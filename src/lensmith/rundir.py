"""A run is a folder that a kill at any moment cannot spoil.

Files are written whole or not at all, but for those that grow (metrics.jsonl and the predictions): of these, what a
kill cut is left out when they are read, and they are cut back to a whole step or batch when the run is taken up.

Layout:

    recipe.json        the resolved recipe: values, and each value's origin
    environment.json   versions, platform, device
    data.json          what was read: fingerprint, counts, problems, the ids in each split
    preflight.json     what is wrong, or odd, with what is about to be trained
    metrics.jsonl      one object a logged step or validation, in order
    guards.jsonl       one object a finding of a guard, in order, and each guard's last word
    safe_mode.json     why and how training began again, and stopped-N/, what the stopped attempts left
    scale.json         how much of what was learned is applied, and why; scale/, the answers that this rests on
    checkpoints/       checkpoint-STEP/, complete only when its manifest says so
    before.jsonl       predictions of the base model on the test examples
    after.jsonl        predictions of the tuned model on the same examples
    looks.jsonl        what the test pictures look like: brightness, contrast, sharpness, size
    scores.json        both, scored
    comparison.json    the paired difference; the last of the results, so its presence means that the run is complete
    report.html        the page of the run; `lensmith report` writes it again
    adapter/ or model/ what the run delivers: the best checkpoint's weights
"""

import errno
import fcntl
import json
import os
import platform
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lensmith.errors import Problem, RunError


def cache_folder() -> Path:
    """Where lensmith keeps what it can make again: in the user's cache folder."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lensmith"


def write_text(path: Path, text: str) -> None:
    """Writes a file whole or not at all: to a neighbour first, flushed to the disk, then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Any) -> None:
    """Writes `value` as JSON, whole or not at all."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def read_json(path: Path) -> Any:
    """Reads a JSON file that lensmith wrote.

    Raises:
        RunError: it is missing or is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(
            Problem("run/unreadable", str(path), f"cannot be read: {error}", fix="point at a folder that a run wrote")
        ) from error


def write_jsonl(path: Path, rows: Iterable[Any]) -> None:
    """Writes rows as JSON lines, whole or not at all."""
    write_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def append_jsonl(path: Path, rows: Iterable[Any]) -> None:
    """Appends rows; a kill may leave a last line that is cut, which `read_jsonl_prefix` leaves out."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as stream:
        stream.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
        stream.flush()
        os.fsync(stream.fileno())


def read_jsonl_prefix(path: Path) -> list[Any]:
    """All whole rows of a file that may have been killed while growing; [] when there is none."""
    if not path.exists():
        return []
    rows = []
    for line in path.read_bytes().split(b"\n")[:-1]:
        try:
            rows.append(json.loads(line))
        except ValueError:
            break
    return rows


def is_main_process() -> bool:
    """True in the one process that writes, where a launcher started several (it numbers them in RANK)."""
    return os.environ.get("RANK", "0") == "0"


class RunDir:
    """The folder of one run.

    Args:
        path: created on the first write.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.checkpoints = path / "checkpoints"

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Holds the folder for this process; the operating system lets go when the process dies.

        Where a launcher started several processes, the main one holds it for all.

        Raises:
            RunError: another process holds it.
        """
        if not is_main_process():
            yield
            return
        self.path.mkdir(parents=True, exist_ok=True)
        file = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        _locks.add(file)
        try:
            self._take(file)
            os.ftruncate(file, 0)
            os.pwrite(file, f"{os.getpid()} on {platform.node()}".encode(), 0)
            yield
        finally:
            if file in _locks:
                _locks.remove(file)
                os.close(file)

    def _take(self, file: int) -> None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                found = f"its file system keeps no locks: {error.strerror}"
                fix = "give this run a folder on another disk with --out"
                raise RunError(Problem("run/no-locks", str(self.path), found, fix=fix)) from error
            holder = os.pread(file, 200, 0).decode(errors="replace")
            raise RunError(
                Problem(
                    "run/locked",
                    str(self.path),
                    "another process is working in this run folder" + (f": {holder}" if holder else ""),
                    consequence="two writers would spoil each other's results",
                    fix="wait for it, or give this run another folder with --out",
                )
            ) from error


_locks: set[int] = set()
"""The locks that this process holds."""


def _let_go() -> None:
    """Closes the locks that a worker inherited: else it would hold the folder when its parent was killed."""
    while _locks:
        os.close(_locks.pop())


os.register_at_fork(after_in_child=_let_go)
