"""Checkpoints for the contract: one parameter each, the family opened on it, its model loaded once."""

from collections.abc import Callable
from pathlib import Path

import pytest
from checkpoints import CHECKPOINTS, Checkpoint, Opened
from torch import nn

from tiny_models import load_tiny, open_tiny


@pytest.fixture(params=CHECKPOINTS, ids=str, scope="session")
def opened(request: pytest.FixtureRequest, build_once: Callable[..., Path]) -> Opened:
    """Every checkpoint of every family, one after the other."""
    checkpoint: Checkpoint = request.param
    folder = build_once(checkpoint.name, checkpoint.build)
    return Opened(checkpoint, folder, open_tiny(folder))


@pytest.fixture(scope="session")
def model(opened: Opened) -> nn.Module:
    """The checkpoint's model; tests leave it as it is."""
    return load_tiny(opened.family, opened.folder)
