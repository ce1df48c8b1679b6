"""What tests share: no network, no clock, one computing thread, and each tiny model built once a session."""

import gc
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("unhurried", deadline=None)  # a busy machine is no bug
settings.load_profile("unhurried")

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp(prefix="lensmith-cache-")  # no test leaves features in a user's cache

BuildOnce = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def build_once(tmp_path_factory: pytest.TempPathFactory) -> BuildOnce:
    """Gives the folder that `build(folder)` filled under this name, filling it on the first request."""
    import peft  # noqa: F401 - so that it is among the modules that are frozen
    import torch
    from transformers import Trainer  # noqa: F401
    from transformers.utils import logging

    gc.freeze()  # the Trainer collects garbage at every start, and half a million objects of modules are none
    torch.set_num_threads(1)
    logging.disable_progress_bar()
    folders: dict[str, Path] = {}

    def get(name: str, build: Callable[[Path], object]) -> Path:
        if name not in folders:
            folder = tmp_path_factory.mktemp("built") / name
            build(folder)
            folders[name] = folder
        return folders[name]

    return get


@pytest.fixture(scope="session")
def llava(build_once: BuildOnce) -> Path:
    """A LLaVA with a CLIP tower and a Llama text model."""
    from lensmith.lab.models import Variant, build_llava

    return build_once("llava", lambda out: build_llava(out, seed=7, size="test", variant=Variant("llama", "clip")))


@pytest.fixture(scope="session")
def old_llava(build_once: BuildOnce) -> Path:
    """A LLaVA laid out like those of 2024: Gemma, and a processor that lacks settings."""
    from lensmith.lab.models import Variant, build_llava

    variant = Variant("gemma", "clip", legacy=True)
    return build_once("old-llava", lambda out: build_llava(out, seed=7, size="test", variant=variant))


@pytest.fixture(scope="session")
def lora_run(build_once: BuildOnce) -> Path:
    """The folder of a finished LoRA run; read-only."""
    from finished_runs import LORA, finish_run

    return build_once("lora", lambda out: finish_run(out, LORA)) / "run"


@pytest.fixture(scope="session")
def full_run(build_once: BuildOnce) -> Path:
    """The folder of a finished run of full tuning; read-only."""
    from finished_runs import FULL, finish_run

    return build_once("full", lambda out: finish_run(out, FULL)) / "run"
