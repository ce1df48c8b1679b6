"""A model that nothing is known of: what cannot be followed is refused, and sharing is proved or not done."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from odd_checkpoints import edit_json

from lensmith.batching.rows import Collator
from lensmith.config.sections import ModelSection, PromptSection
from lensmith.errors import LensmithError, ModelError
from lensmith.families.contract import Family
from lensmith.families.generic import Generic
from lensmith.families.inputs import Inputs
from lensmith.families.opening import load_model, open_family
from lensmith.families.proof import find_differences
from lensmith.lab.lfm2_vl import build_lfm2_vl
from lensmith.lab.models import build_llava
from lensmith.lab.moondream2 import build_moondream2
from lensmith.lab.other_models import build_aya_vision, build_gemma3, build_internvl, build_paligemma, build_smolvlm
from lensmith.lab.qwen_vl import build_qwen_vl
from tiny_models import CPU, load_tiny, make_example, open_tiny

BUILD: dict[str, Callable[[Path], object]] = {
    "llava": lambda folder: build_llava(folder, seed=1, size="test"),
    "lfm2_vl": lambda folder: build_lfm2_vl(folder, seed=1, size="test"),
    "qwen_vl": lambda folder: build_qwen_vl(folder, seed=1, size="test"),
    "smolvlm": lambda folder: build_smolvlm(folder, seed=1),
    "internvl": lambda folder: build_internvl(folder, seed=1),
    "gemma3": lambda folder: build_gemma3(folder, seed=1),
    "paligemma": lambda folder: build_paligemma(folder, seed=1),
    "moondream2": lambda folder: build_moondream2(folder, seed=1),
}


def open_as_generic(folder: Path) -> tuple[Family, torch.nn.Module]:
    section = ModelSection(name=str(folder), family="generic")
    family = open_family(section, PromptSection())
    return family, load_model(family, section, device=CPU, dtype=torch.float32)


def test_a_model_without_a_family_is_read_by_this_one(tmp_path: Path) -> None:
    folder = build_aya_vision(tmp_path / "m", seed=1)
    family = open_tiny(folder)
    assert type(family) is Generic
    assert not family.shares_trunk, "nothing is proved before there are weights"
    load_tiny(family, folder)
    assert family.shares_trunk
    assert [("proved" in note) for note in family.notes] == [True]


@pytest.mark.parametrize(
    ("kind", "shares"),
    [("llava", True), ("internvl", True), ("smolvlm", True), ("lfm2_vl", False), ("qwen_vl", None)],
)
def test_sharing_is_found_out_without_being_told(tmp_path: Path, kind: str, shares: bool | None) -> None:
    """LFM2-VL's short convolutions reach from one branch into the next; Qwen-VL's places have three axes."""
    folder = tmp_path / "m"
    BUILD[kind](folder)
    try:
        family, _ = open_as_generic(folder)
    except ModelError as error:
        assert shares is None
        assert error.problems[0].code == "model/not-generic"
        return
    assert family.shares_trunk is bool(shares)
    items = [family.encode(make_example((asked, "да")), [(36, 40)]) for asked in ("Где?", "Кто это?")]
    assert len(Collator(family)(items)["ids_BT"]) == (1 if shares else 2)


@pytest.mark.parametrize("kind", ["gemma3", "paligemma", "moondream2"])
def test_what_cannot_be_followed_is_refused(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "m"
    BUILD[kind](folder)
    with pytest.raises(LensmithError) as caught:
        open_as_generic(folder)
    assert all(problem.fix for problem in caught.value.problems)


def test_windows_are_not_shared_though_a_tiny_tree_fits_into_one(tmp_path: Path) -> None:
    folder = build_aya_vision(tmp_path / "m", seed=1, window=500)
    family = open_tiny(folder)
    load_tiny(family, folder)
    assert not family.shares_trunk
    assert "only the last tokens" in family.notes[-1]


class _Wrong:
    """A family whose forward pass is spoilt in one way."""

    def __init__(self, family: Family, spoil: Callable[[Inputs], Inputs]) -> None:
        self._family, self._spoil = family, spoil

    def hidden(self, model: torch.nn.Module, inputs: Inputs) -> torch.Tensor:
        return self._family.hidden(model, self._spoil(inputs))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._family, name)


def see_everything(inputs: Inputs) -> Inputs:
    if inputs.mask.dim() == 2:
        return inputs
    mask = torch.ones_like(inputs.mask).tril(inputs.mask.shape[-1] - inputs.mask.shape[-2])
    return Inputs(inputs.ids_BT, mask, inputs.positions_BT, pixels=inputs.pixels, cache=inputs.cache)


def count_columns(inputs: Inputs) -> Inputs:
    if inputs.mask.dim() == 2:
        return inputs
    positions = torch.arange(inputs.mask.shape[-1])[None, -inputs.ids_BT.shape[1] :]
    return Inputs(inputs.ids_BT, inputs.mask, positions, pixels=inputs.pixels, cache=inputs.cache)


def fail(inputs: Inputs) -> Inputs:
    if inputs.mask.dim() == 4:
        raise ValueError("only plain masks")
    return inputs


def grow_wrong(inputs: Inputs) -> Inputs:
    return see_everything(inputs) if inputs.cache is not None and inputs.ids_BT.shape[1] == 2 else inputs


@pytest.mark.parametrize(
    ("spoil", "said"),
    [(see_everything, "sees"), (count_columns, "alone"), (fail, "only plain masks"), (grow_wrong, "added")],
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_the_proof_sees_what_is_wrong(
    build_once: Callable[..., Path], spoil: Any, said: str, dtype: torch.dtype
) -> None:
    family, model = open_as_generic(build_once("llava-as-generic", BUILD["llava"]))
    model = model.to(dtype)
    assert find_differences(family, model) == []
    found = find_differences(_Wrong(family, spoil), model)  # type: ignore[arg-type]
    assert any(said in each for each in found), found


def test_a_part_that_nobody_knows_is_named(tmp_path: Path) -> None:
    folder = build_aya_vision(tmp_path / "m", seed=1)
    family = open_tiny(folder)
    model: Any = load_tiny(family, folder)
    model.model.memory = torch.nn.Linear(2, 2)
    with pytest.raises(ModelError, match=r"model\.memory\.weight"):
        family.check_model(model)


def test_another_image_token_in_the_processor_is_refused(tmp_path: Path) -> None:
    folder = build_aya_vision(tmp_path / "m", seed=1)
    edit_json(folder / "processor_config.json", lambda settings: settings.update(image_token="picture"))
    with pytest.raises(ModelError):
        open_tiny(folder)
