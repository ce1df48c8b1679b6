"""`lensmith check` on damaged data of every format: whatever is wrong is told, and no traceback reaches the user.

Each case takes a published layout, damages it as its seed says (bytes, truncation, values of wrong types, huge numbers,
odd text, files that are folders) and checks it, half of the time with the format named. The quick part is a few cases a
format; `LENSMITH_FUZZ_CASES=500 pytest -m slow tests/data/test_reader_fuzz.py` runs as many as one likes.
"""

import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from published import PUBLISHED, Published

from lensmith.cli import main

QUICK_CASES = 12
SLOW_CASES = int(os.environ.get("LENSMITH_FUZZ_CASES", "60"))

ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    2**31,
    2**63,
    -(2**70),
    10**400,
    0.5,
    1e308,
    float("nan"),
    float("inf"),
    "",
    " ",
    "\x00",
    "\ud800",
    "\ufeff",
    "\u202eкот",
    "нет\nда",
    "x" * 100_000,
    "../../etc/passwd",
    "/",
    ".",
    "~",
    "file:///etc/hostname",
    "http://example.invalid/a.png",
    "data:image/png;base64,AAAA",
    "data:,",
    "<image>" * 50,
    "<image>",
    "{question}",
    "\\ud800",
    "1e999",
    "NaN",
    [],
    {},
    [[]],
    [None],
    [{}],
    {"": None},
    {"bytes": "x"},
    {"bytes": None, "path": None},
    ["a", 1, None, {"b": []}],
    [[[["deep"]]]],
    {"a": {"b": {"c": {}}}},
)
ODD_BYTES: tuple[bytes, ...] = (
    b"",
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xd0",
    b"\n",
    b"\r",
    b'"',
    b"'",
    b"{",
    b"}",
    b"[" * 20_000,
    b'{"a":' * 20_000,
    b",",
    b"\t",
    b";",
    b":",
    b"- ",
    b"&a *a",
    b"!!python/object:os.system",
    b"1" * 6_000,
    b"1e999",
    b"-",
    b"NaN",
    b"null",
    b"\\ud800",
    b"\x1a",
    b"\xf0\x9f\x98\x80",
)

Damage = Callable[[random.Random, Path], None]


def damage_bytes(rng: random.Random, path: Path) -> None:
    """Some bytes changed, dropped, repeated or put in."""
    data = bytearray(path.read_bytes())
    for _ in range(rng.choice((1, 1, 2, 8))):
        at = rng.randrange(len(data) + 1)
        until = min(len(data), at + rng.choice((0, 1, 4, 64)))
        data[at:until] = rng.choice((rng.randbytes(rng.randrange(9)), rng.choice(ODD_BYTES), bytes(data[at:until]) * 2))
    path.write_bytes(bytes(data))


def truncate(rng: random.Random, path: Path) -> None:
    """A file that was cut."""
    data = path.read_bytes()
    path.write_bytes(data[: rng.choice((0, 1, rng.randrange(len(data) + 1), max(0, len(data) - 1)))])


def scramble(rng: random.Random, path: Path) -> None:
    """Nothing of the file but its length and its first bytes."""
    data = path.read_bytes()
    kept = rng.choice((0, 4, 16))
    path.write_bytes(data[:kept] + rng.randbytes(max(0, min(len(data), 4096) - kept)))


def replace_by_folder(rng: random.Random, path: Path) -> None:
    """A folder, nothing, a link to itself, or a file that is none's, where a file was."""
    path.unlink()
    kind = rng.randrange(3)
    if kind == 0:
        path.mkdir()
    elif kind == 1:
        path.symlink_to(path)


def damage_json(rng: random.Random, path: Path) -> None:
    """JSON or JSON lines in which some values are of other types, or gone."""
    text = path.read_text("utf-8")
    lines = path.suffix == ".jsonl"
    document = [json.loads(line) for line in text.splitlines() if line] if lines else json.loads(text)
    for _ in range(rng.choice((1, 2, 5))):
        document = _with_odd_value(rng, document)
    dumped = [json.dumps(row) for row in document] if lines and isinstance(document, list) else [json.dumps(document)]
    path.write_text("\n".join(dumped) + "\n", "utf-8")


def _with_odd_value(rng: random.Random, document: Any) -> Any:
    """The document with one value changed, wherever it stands."""
    places = list(_places(document))
    if not places or rng.random() < 0.02:
        return rng.choice(ODD_VALUES)
    holder, key = rng.choice(places)
    act = rng.randrange(5)
    if act == 0:
        del holder[key]
    elif act == 1 and isinstance(holder, dict):
        holder[rng.choice((f"{key} ", key.upper(), "image", "images", "id", "question"))] = holder.pop(key)
    else:
        holder[key] = rng.choice(ODD_VALUES)
    return document


def _places(document: Any) -> Iterator[tuple[Any, Any]]:
    keys = document if isinstance(document, dict) else range(len(document)) if isinstance(document, list) else ()
    for key in list(keys):
        yield document, key
        yield from _places(document[key])


def damage_cells(rng: random.Random, path: Path) -> None:
    """A table of text in which cells hold something else, or rows are longer or shorter."""
    text = path.read_bytes().decode("utf-8-sig")
    delimiter = "\t" if path.suffix == ".tsv" else "," if path.suffix == ".csv" else " "
    rows = [line.split(delimiter) for line in text.splitlines()] or [[""]]
    for _ in range(rng.choice((1, 2, 5))):
        row = rng.choice(rows)
        at = rng.randrange(len(row)) if row else 0
        value = rng.choice(ODD_VALUES)
        row[at : at + rng.randrange(2)] = [value if isinstance(value, str) else json.dumps(value)]
    lines = "\n".join(delimiter.join(row) for row in rows) + "\n"
    path.write_bytes(lines.encode("utf-8", "surrogatepass"))


def damage_table(rng: random.Random, path: Path) -> None:
    """A parquet file of which some columns hold other types, or are gone or twice."""
    import pyarrow as pa
    from pyarrow import parquet

    table = parquet.read_table(path)
    count = table.num_rows
    for _ in range(rng.choice((1, 2))):
        if not table.column_names:
            break
        name = rng.choice(table.column_names)
        at = table.column_names.index(name)
        odd: tuple[Callable[[], pa.Array], ...] = (
            lambda: pa.nulls(count),
            lambda: pa.array([2**63 - 1] * count),
            lambda: pa.array([float("nan")] * count),
            lambda: pa.array([[1, None]] * count),
            lambda: pa.array([{"bytes": b"x", "path": 3}] * count),
            lambda: pa.array([{"bytes": None, "path": "../a.png"}] * count),
            lambda: pa.array([b"\xff\x00"] * count),
            lambda: pa.array([0] * count, pa.timestamp("ns", tz="UTC")),
            lambda: pa.array([-1] * count, pa.duration("s")),
            lambda: pa.array([[{"a": [None]}]] * count),
            lambda: pa.array([True] * count),
            lambda: pa.array(["\x00"] * count).dictionary_encode(),
        )
        column = rng.choice(odd)()
        act = rng.randrange(4)
        if act == 0:
            table = table.remove_column(at)
        elif act == 1:
            table = table.append_column(name, column)
        else:
            table = table.set_column(at, name, column)
    parquet.write_table(table.replace_schema_metadata(None) if rng.random() < 0.5 else table, path)


ANY_FILE: tuple[Damage, ...] = (damage_bytes, damage_bytes, truncate, scramble, replace_by_folder)
BY_SUFFIX: dict[str, tuple[Damage, ...]] = {
    ".json": (damage_json,) * 6,
    ".jsonl": (damage_json,) * 6,
    ".csv": (damage_cells,) * 4,
    ".tsv": (damage_cells,) * 4,
    ".txt": (damage_cells,) * 2,
    ".yaml": (damage_cells,) * 2,
    ".parquet": (damage_table,) * 5,
}


def damage(rng: random.Random, folder: Path) -> list[str]:
    """Damages one file or two; answers what was done."""
    done = []
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    texts = [path for path in files if path.suffix in BY_SUFFIX]
    for _ in range(rng.choice((1, 1, 2))):
        path = rng.choice(texts if texts and rng.random() < 0.8 else files)
        if not path.is_file():
            continue
        act = rng.choice((*ANY_FILE, *BY_SUFFIX.get(path.suffix, ())))
        try:
            act(rng, path)
        except (ValueError, KeyError, OSError, RecursionError):
            damage_bytes(rng, path)  # the second damage of a file that the first one made unreadable
        done.append(f"{act.__name__} {path.name}")
    return done


@pytest.fixture(scope="session")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, Published]]:
    """Every format's layout, made once."""
    made: dict[str, tuple[Path, Published]] = {}

    def make(name: str) -> tuple[Path, Published]:
        if name not in made:
            folder = tmp_path_factory.mktemp(f"original-{name}")
            made[name] = folder, PUBLISHED[name](folder)
        return made[name]

    return make


def try_case(name: str, number: int, original: Path, published: Published, place: Path) -> str:
    """Damages a copy and checks it; answers what was done where the check did not end in order, else nothing."""
    rng = random.Random(f"{name} {number}")
    copy = place / "copy"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(original, copy, symlinks=True)
    done = damage(rng, copy)
    path = str(copy / Path(published.section.path).relative_to(original))
    named = ["--format", name] if rng.random() < 0.5 else []
    try:
        code = main(["check", path, "--json", *named])
    except Exception as error:  # noqa: BLE001 - any of them is what is looked for
        return f"{name} {number}: {', '.join(done)}: {type(error).__name__}: {error}"[:600]
    return "" if code in (0, 2) else f"{name} {number}: {', '.join(done)}: exit code {code}"


def cases(name: str, numbers: range, originals: Any, place: Path) -> list[str]:
    original, published = originals(name)
    failed = [try_case(name, number, original, published, place) for number in numbers]
    return [each for each in failed if each]


@pytest.mark.parametrize("name", PUBLISHED)
def test_damaged_data_is_told_and_nothing_else(name: str, originals: Any, tmp_path: Path) -> None:
    assert cases(name, range(QUICK_CASES), originals, tmp_path / "damaged") == []


@pytest.mark.slow
@pytest.mark.parametrize("name", PUBLISHED)
def test_much_damaged_data_is_told_and_nothing_else(name: str, originals: Any, tmp_path: Path) -> None:
    assert cases(name, range(QUICK_CASES, QUICK_CASES + SLOW_CASES), originals, tmp_path / "damaged") == []
