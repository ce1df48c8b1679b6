"""Lab models of the families without a twin load as hub models do, and are the same for the same seed."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForImageTextToText

from lensmith.lab.other_models import (
    build_aya_vision,
    build_gemma3,
    build_internvl,
    build_llava_next,
    build_paligemma,
    build_smolvlm,
)

BUILDERS = (build_aya_vision, build_gemma3, build_internvl, build_llava_next, build_paligemma, build_smolvlm)


@pytest.mark.parametrize("build", BUILDERS, ids=lambda build: build.__name__)
def test_every_weight_comes_from_the_file_and_the_seed(build: Callable[..., Path], tmp_path: Path) -> None:
    state = torch.random.get_rng_state()
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        build(tmp_path / name, seed=seed)
    assert torch.equal(torch.random.get_rng_state(), state)
    model, info = AutoModelForImageTextToText.from_pretrained(tmp_path / "a", output_loading_info=True)
    assert not any(info.values()), info
    assert all(parameter.abs().sum() > 0 for parameter in model.parameters())
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert all((tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes() for file in files)
    weights = [(tmp_path / name / "model.safetensors").read_bytes() for name in "ac"]
    assert weights[0] != weights[1]
