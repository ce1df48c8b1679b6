"""The checkpoints that training tests train."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lensmith.lab.models import Variant, build_llava


@pytest.fixture(scope="session")
def base(build_once: Callable[..., Path]) -> Path:
    """A LLaVA with a CLIP tower and a Llama text model."""
    return build_once("base", lambda out: build_llava(out, seed=7, size="test", variant=Variant("llama", "clip")))


@pytest.fixture(scope="session")
def legacy(build_once: Callable[..., Path]) -> Path:
    """A LLaVA laid out like those of 2024: Gemma, and a processor that lacks settings."""
    variant = Variant("gemma", "clip", legacy=True)
    return build_once("legacy", lambda out: build_llava(out, seed=7, size="test", variant=variant))
