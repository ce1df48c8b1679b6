"""GQA-ru on disk: for each split a folder of pictures and a folder of questions, both parquet, as the hub keeps them.

    train_balanced_images/train-00000-of-00001.parquet            id, image {bytes, path}
    train_balanced_instructions/train-00000-of-00001.parquet      id, imageId, question, answer, fullAnswer, types, …

and the same for testdev. Columns, their order and their types are those of deepvk/GQA-ru.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from lensmith.lab.worlds.scenes import Drawn, Row

SPLITS = {"train": "train", "test": "testdev"}
PICTURES_A_GROUP = 200
QUESTIONS_A_GROUP = 2000


def write_split(out: Path, part: str, scenes: Iterable[Drawn]) -> None:
    """Writes the pictures and the questions of one part, a few hundred in memory at a time, whole or not at all.

    Args:
        out: the world's folder.
        part: a key of `SPLITS`.
        scenes: whose rows come from `rows.row_of`.
    """
    split = SPLITS[part]
    with ExitStack() as stack:
        images = stack.enter_context(_table(out / f"{split}_balanced_images", split, _image_schema(), PICTURES_A_GROUP))
        questions = stack.enter_context(
            _table(out / f"{split}_balanced_instructions", split, _question_schema(), QUESTIONS_A_GROUP)
        )
        for drawn in scenes:
            name = image_id(drawn)
            images.add({"id": name, "image": {"bytes": drawn.png, "path": f"{name}.png"}})
            for row in question_rows(drawn):
                questions.add(row)


def image_id(drawn: Drawn) -> str:
    """A picture's id, unique over both splits: digits in train, `n` and digits in testdev."""
    return f"{'' if drawn.part == 'train' else 'n'}{drawn.number + 1}"


def question_rows(drawn: Drawn) -> Iterator[Row]:
    """A picture's rows with their ids, and with the ids of the questions that they refer to."""
    first = 1 if drawn.part == "train" else 2
    ids = [f"{first}{drawn.number:07d}{at:02d}" for at in range(len(drawn.rows))]
    for name, row in zip(ids, drawn.rows, strict=True):
        named = {key: str([ids[at] for at in row[key]]) for key in ("entailed", "equivalent")}
        yield {"id": name, "imageId": image_id(drawn), **row, **named}


class _Growing:
    """A parquet file that grows by row groups."""

    def __init__(self, writer: Any, schema: Any, rows_a_group: int) -> None:
        self._writer, self._schema, self._rows_a_group = writer, schema, rows_a_group
        self._waiting: list[Row] = []

    def add(self, row: Row) -> None:
        """Appends a row; keys that are no columns are left out."""
        self._waiting.append({name: row[name] for name in self._schema.names})
        if len(self._waiting) == self._rows_a_group:
            self.flush()

    def flush(self) -> None:
        """Writes what waits."""
        import pyarrow as pa  # type: ignore[import-untyped]

        if self._waiting:
            self._writer.write_table(pa.Table.from_pylist(self._waiting, schema=self._schema))
            self._waiting.clear()


@contextmanager
def _table(folder: Path, split: str, schema: Any, rows_a_group: int) -> Iterator[_Growing]:
    import pyarrow.parquet as pq  # type: ignore[import-untyped]

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{split}-00000-of-00001.parquet"
    partial = path.with_name(f".{path.name}.partial")
    try:
        with pq.ParquetWriter(partial, schema) as writer:
            table = _Growing(writer, schema, rows_a_group)
            yield table
            table.flush()
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _image_schema() -> Any:
    """With the note by which the `datasets` library knows that the bytes are pictures."""
    import pyarrow as pa

    features = {"id": {"dtype": "string", "_type": "Value"}, "image": {"_type": "Image"}}
    note = json.dumps({"info": {"features": features}})
    image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    return pa.schema([("id", pa.string()), ("image", image)], metadata={"huggingface": note})


def _question_schema() -> Any:
    import pyarrow as pa

    text = pa.string()
    spans = pa.list_(pa.struct([("objectId", text), ("value", text)]))
    step = pa.struct([("operation", text), ("argument", text), ("dependencies", pa.list_(pa.int32()))])
    return pa.schema(
        [
            ("id", text),
            ("imageId", text),
            ("question", text),
            ("answer", text),
            ("fullAnswer", text),
            ("isBalanced", pa.bool_()),
            ("groups", pa.struct([("global", text), ("local", text)])),
            ("entailed", text),
            ("equivalent", text),
            ("types", pa.struct([("structural", text), ("semantic", text), ("detailed", text)])),
            ("annotations", pa.struct([("answer", spans), ("question", spans), ("fullAnswer", spans)])),
            ("semantic", pa.list_(step)),
            ("semanticStr", text),
        ]
    )
