"""LLaMA-Factory's supervised fine-tuning, batch 8, its own defaults but for float32 on the CPU.

Its versions of transformers and PEFT are its own, so it usually has a Python of its own. A template is registered that
writes what the workload's chat template writes.
"""

import importlib
import importlib.machinery
import json
import sys
import tempfile
import types
from pathlib import Path
from typing import Any

import torch
import workload


def stand_in_for_what_does_not_load() -> Any:
    """Lets torchvision and torchaudio be imported beside a CPU torch that their compiled parts were not built for.

    Neither part is used here: torchvision is given the schemas of the two operators that it asks for, torchaudio is
    an empty module. Where they load, they are left alone.
    """
    library = None
    try:
        importlib.import_module("torchvision")
    except RuntimeError:
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    try:
        importlib.import_module("torchaudio")
    except (ImportError, OSError):
        empty = types.ModuleType("torchaudio")
        empty.__spec__ = importlib.machinery.ModuleSpec("torchaudio", None)
        sys.modules["torchaudio"] = empty
    return library


def write_dataset(folder: Path, questions: int, out: Path) -> None:
    """The same rows in ShareGPT's form, and the index that LLaMA-Factory reads."""
    rows = [
        {
            "messages": [
                {"role": "user", "content": f"<image>{row['question']}"},
                {"role": "assistant", "content": row["answer"]},
            ],
            "images": [str((folder / row["image"]).resolve())],
        }
        for row in workload.read_rows(folder, questions)
    ]
    (out / "rows.json").write_text(json.dumps(rows), encoding="utf-8")
    index = {
        "file_name": "rows.json",
        "formatting": "sharegpt",
        "columns": {"messages": "messages", "images": "images"},
        "tags": {"role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant"},
    }
    (out / "dataset_info.json").write_text(json.dumps({"bench": index}), encoding="utf-8")


def register_template() -> None:
    """`<bos><user><image>… question<model>answer<eos>`, in LLaMA-Factory's words."""
    from llamafactory.data.formatter import EmptyFormatter, StringFormatter
    from llamafactory.data.mm_plugin import get_mm_plugin
    from llamafactory.data.template import register_template as register

    register(
        name="bench",
        format_user=StringFormatter(slots=["<user>{{content}}<model>"]),
        format_assistant=StringFormatter(slots=["{{content}}", {"eos_token"}]),
        format_prefix=EmptyFormatter(slots=[{"bos_token"}]),
        mm_plugin=get_mm_plugin(name="llava", image_token=workload.IMAGE),
    )


def main() -> None:
    library = stand_in_for_what_does_not_load()  # operators live as long as it does
    import clock
    from llamafactory.train.tuner import run_exp

    arguments = clock.read_arguments(__doc__)
    workload.make(arguments.folder, arguments.questions)
    register_template()
    timer = clock.Clock(arguments.seconds, workload.BATCH)
    with tempfile.TemporaryDirectory() as folder:
        write_dataset(arguments.folder, arguments.questions, Path(folder))
        settings = {
            "model_name_or_path": str(arguments.folder / "model"),
            "stage": "sft",
            "do_train": True,
            "finetuning_type": "lora",
            "lora_rank": workload.RANK,
            "lora_alpha": workload.ALPHA,
            "lora_target": "q_proj,k_proj,v_proj,o_proj",  # by its own default it keeps adapters out of the tower
            "dataset": "bench",
            "dataset_dir": folder,
            "template": "bench",
            "cutoff_len": 2048,
            "output_dir": f"{folder}/out",
            "overwrite_cache": True,
            "per_device_train_batch_size": workload.BATCH,
            "gradient_accumulation_steps": 1,
            "num_train_epochs": 1000.0,
            "learning_rate": 1e-4,
            "use_cpu": True,
            "save_strategy": "no",
            "report_to": "none",
            "dataloader_num_workers": 0,
            "disable_tqdm": True,
        }
        run_exp(args=settings, callbacks=[timer])
    timer.report()
    del library


if __name__ == "__main__":
    main()
