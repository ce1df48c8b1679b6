"""A frozen tower sees each picture once, for every epoch and every run; what it saw gives the loss that pixels give."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from small_runs import make_examples, make_module, make_recipe

from lensmith.batching.encode import encode_examples
from lensmith.batching.kept import KeptFeatures
from lensmith.batching.rows import Collator
from lensmith.config.sections import Recipe
from lensmith.families.encoded import Encoded
from lensmith.families.opening import open_family
from lensmith.families.placement import choose_placement
from lensmith.lab.moondream2 import build_moondream2
from lensmith.rundir import RunDir
from lensmith.training.fit import Course, fit
from lensmith.training.module import SupervisedModule
from lensmith.training.seeing import choose_stage, keep_features
from lensmith.training.settle import features_folder
from lensmith.training.trainer import validation_loss

CPU = choose_placement("cpu", "fp32", full=False)
LORA: dict[str, Any] = {"lora": {"r": 4, "targets": "all"}}
FROZEN: dict[str, Any] = {"method": "full", "freeze": ["vision"]}


@contextmanager
def looks(module: SupervisedModule) -> Iterator[list[int]]:
    """Counts the pictures that go through the tower."""
    seen: list[int] = []
    tower: Any = module.bare.model.vision_tower
    hook = tower.register_forward_hook(lambda *given: seen.append(len(given[1][0])))
    yield seen
    hook.remove()


def encode(module: SupervisedModule, count: int) -> tuple[Encoded, ...]:
    return encode_examples(module.family, make_examples(count), None).encoded


def keep(module: SupervisedModule, recipe: Recipe, items: Sequence[Encoded]) -> KeptFeatures | None:
    images = [image for item in items for image in item.images]
    return keep_features(module.bare, module.family, recipe, CPU, images)


def recipe_with(llava: Path, folder: Path, tune: dict[str, Any], **train: Any) -> Recipe:
    return make_recipe(llava, tune, features=str(folder), epochs=2.0, learning_rate=1e-3, batch_size=4, **train)


@pytest.mark.parametrize("checkpoint", ["llava", "old_llava"])
@pytest.mark.parametrize(("tune", "stage"), [(LORA, "projected_UPD"), (FROZEN, "seen_UPD")], ids=["lora", "frozen"])
def test_what_was_seen_gives_the_loss_of_looking(
    checkpoint: str, request: pytest.FixtureRequest, tmp_path: Path, tune: dict[str, Any], stage: str
) -> None:
    recipe = recipe_with(request.getfixturevalue(checkpoint), tmp_path, tune)
    module = make_module(recipe)
    items = encode(module, 6)
    kept = keep(module, recipe, items)
    assert kept is not None
    assert kept.stage == stage
    looked, remembered = Collator(module.family)(items), Collator(module.family, kept)(items)
    assert stage in remembered
    assert not any(name.startswith("pixels") for name in remembered)
    with looks(module) as seen:
        right, found = module(**looked)["loss_sum"], module(**remembered)["loss_sum"]
    assert seen == [6]
    torch.testing.assert_close(found, right, rtol=1e-5, atol=0)
    gradients = []
    for loss in (right, found):
        module.zero_grad()
        loss.backward()
        gradients.append({n: value.grad.clone() for n, value in module.named_parameters() if value.grad is not None})
    assert gradients[0].keys() == gradients[1].keys()
    for name, value in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], value, rtol=1e-3, atol=1e-5)


def test_no_epoch_and_no_later_run_looks_again(llava: Path, tmp_path: Path) -> None:
    recipe = recipe_with(llava, tmp_path / "features", LORA, workers=0)
    finals = []
    for name, expected in (("first", 6), ("second", 0)):
        module = make_module(recipe)
        items = encode(module, 6)
        with looks(module) as seen:
            kept = keep(module, recipe, items)
            assert sum(seen) == expected
            course = Course(items, lambda m=module, k=kept: {"validation_loss": watch(m, k)}, (), kept)
            fit(module, recipe, CPU, RunDir(tmp_path / name), course)
            assert sum(seen) == expected, "training looked at a picture"
        finals.append({name: value.detach().clone() for name, value in module.named_parameters()})
    assert all(torch.equal(finals[0][name], finals[1][name]) for name in finals[0])


def watch(module: SupervisedModule, kept: Any) -> float:
    return validation_loss(module, encode(module, 3), 2, 0, kept)


def test_a_tower_that_is_trained_must_look(llava: Path, tmp_path: Path) -> None:
    for tune in ({"method": "full", "freeze": []}, {"lora": {"r": 2, "components": ["vision", "language"]}}):
        recipe = recipe_with(llava, tmp_path, tune)
        module = make_module(recipe)
        assert choose_stage(module.family, recipe) == (None, "the vision tower is trained")
        assert keep(module, recipe, encode(module, 2)) is None


def test_a_projector_that_is_part_of_a_frozen_tower_is_kept_with_it(tmp_path: Path) -> None:
    folder = build_moondream2(tmp_path / "model", seed=0)
    recipe = recipe_with(folder, tmp_path / "features", FROZEN)
    family = open_family(recipe.model, recipe.prompt)
    assert choose_stage(family, recipe) == ("projected_UPD", "")


def test_off_and_a_full_folder_mean_looking(llava: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for how in ({"features": "off"}, {"features": str(tmp_path / "small"), "features_gb": 1e-6}):
        recipe = make_recipe(llava, LORA, **how)
        module = make_module(recipe)
        assert keep(module, recipe, encode(module, 4)) is None
    told = capsys.readouterr().err
    assert "train.features is off" in told
    assert "not kept" in told
    assert "GB" in told or "room" in told or "limit" in told


def test_other_weights_have_features_of_their_own(llava: Path, tmp_path: Path) -> None:
    recipe = recipe_with(llava, tmp_path, LORA)
    module = make_module(recipe)
    items = encode(module, 2)
    keep(module, recipe, items)
    with torch.no_grad():
        next(iter(module.bare.model.vision_tower.parameters())).add_(1)
    with looks(module) as seen:
        keep(module, recipe, items)
    assert sum(seen) == 2


def test_the_cache_folder_is_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/cache")
    assert features_folder() == Path("/cache/lensmith/features")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/someone")
    assert features_folder() == Path("/home/someone/.cache/lensmith/features")
