"""Parquet files as Arrow files in the user's cache folder, converted once each.

A row of parquet cannot be read without its whole row group, which may be the whole file; a row of Arrow can. The
folder may be deleted at any moment: then files are converted again.
"""

import hashlib
import os
import tempfile
from pathlib import Path

from lensmith.rundir import cache_folder

# Another number where the same parquet gives other Arrow.
_VERSION = 1
# Rows in memory at a time: few, because there may be a picture in each.
_BATCH_ROWS = 100
# Read by the piece instead of by the column of a row group.
_BUFFER_BYTES = 1 << 20


def arrow_of(file: Path) -> Path:
    """The Arrow file (stream format) with the rows and the schema of a parquet file. Memory is bounded.

    Raises:
        OSError: the file is gone, there is no room for the copy, or pages of it are damaged.
        ValueError: it is not parquet (`pyarrow.ArrowInvalid` is one).
    """
    found = file.stat()
    seen = f"{_VERSION}\n{file.absolute()}\n{found.st_size}\n{found.st_mtime_ns}"
    digest = hashlib.sha256(os.fsencode(seen)).hexdigest()[:32]
    target = _folder() / f"{file.stem[:100]}-{digest}.arrow"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".converting-")
        os.close(handle)
        try:
            _convert(file, Path(name))
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    return target


def _folder() -> Path:
    return cache_folder() / "tables"


def _convert(file: Path, target: Path) -> None:
    import pyarrow as pa  # type: ignore[import-untyped]
    import pyarrow.parquet as pq  # type: ignore[import-untyped]

    with pq.ParquetFile(file, buffer_size=_BUFFER_BYTES, pre_buffer=False) as parquet:
        schema = parquet.schema_arrow
        with pa.OSFile(str(target), "wb") as sink, pa.ipc.new_stream(sink, schema) as writer:
            for batch in parquet.iter_batches(batch_size=_BATCH_ROWS):
                writer.write_batch(batch.cast(schema))
