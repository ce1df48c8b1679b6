"""The formats that lensmith reads, by name, and how one is recognised.

To add a format: write one file with an object that fulfils `contract.Source`, add one line to `SOURCES`, and a
generated fixture to the contract suite in tests/data.
"""

from pathlib import Path

from lensmith.config.paths import exists
from lensmith.data.sources.contract import Source
from lensmith.data.sources.rows import no_such_path
from lensmith.data.sources.tables import is_hub_id
from lensmith.errors import DataError, Problem
from lensmith.registry import Registry

SOURCES: Registry[Source] = Registry(
    "data format",
    {
        "jsonl": "lensmith.data.sources.jsonl:JSONL",
        "llava": "lensmith.data.sources.llava:LLAVA",
        "sharegpt": "lensmith.data.sources.sharegpt:SHAREGPT",
        "messages": "lensmith.data.sources.messages:MESSAGES",
        "cauldron": "lensmith.data.sources.cauldron:CAULDRON",
        "paligemma": "lensmith.data.sources.paligemma:PALIGEMMA",
        "gqa": "lensmith.data.sources.gqa:GQA",
        "csv": "lensmith.data.sources.csv:CSV",
        "parquet": "lensmith.data.sources.parquet:PARQUET",
        "datasets": "lensmith.data.sources.datasets_disk:DATASETS",
        "hub": "lensmith.data.sources.hub:HUB",
        "folders": "lensmith.data.sources.folders:FOLDERS",
        "imagefolder": "lensmith.data.sources.imagefolder:IMAGEFOLDER",
        "webdataset": "lensmith.data.sources.webdataset:WEBDATASET",
        "coco": "lensmith.data.sources.coco:COCO",
        "yolo": "lensmith.data.sources.yolo:YOLO",
        "vqa": "lensmith.data.sources.vqa:VQA",
        "textvqa": "lensmith.data.sources.text_vqa:TEXT_VQA",
        "aokvqa": "lensmith.data.sources.aokvqa:AOKVQA",
        "chartqa": "lensmith.data.sources.chartqa:CHARTQA",
        "multiple_choice": "lensmith.data.sources.multiple_choice:MULTIPLE_CHOICE",
    },
)


def recognise(path: str) -> tuple[str, str]:
    """The format of a file, folder or hub id, and the reason, which ends "it is this format because …".

    Only the beginning is read. A path that is not on this machine but could be a hub id is looked up on the hub.

    Raises:
        DataError: there is nothing at `path`, no format fits, or several fit equally well; names them.
    """
    here = exists(str(Path(path).expanduser()))
    if not here and not is_hub_id(path):
        raise DataError(no_such_path(path))
    found = {name: source.detect(path) for name, source in SOURCES.items()}
    best = max(detection.sure for detection in found.values())
    names = [name for name, detection in found.items() if detection.sure == best]
    if best == 0.0:
        why = "; ".join(f"not {name}: {detection.reason}" for name, detection in found.items())
        if not here:
            said = f"it is not on this machine, and no hub id that fits ({why})"
            raise DataError(Problem("data/no-such-path", path, said, fix="check the path and the network"))
        raise DataError(
            Problem(
                "data/unknown-format", path, f"no format fits ({why})", fix=f"name it: format {' | '.join(SOURCES)}"
            )
        )
    if len(names) > 1:
        both = "; ".join(f"{name}: {found[name].reason}" for name in names)
        raise DataError(
            Problem(
                "data/ambiguous-format", path, f"several formats fit ({both})", fix=f"name one: {' | '.join(names)}"
            )
        )
    return names[0], found[names[0]].reason
