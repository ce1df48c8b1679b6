"""Decides whether a tower's features can be kept, and runs every picture through the tower that has not been yet."""

from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from lensmith.batching.feature_keys import fingerprint_tensors, picture_hash, store_key, to_array
from lensmith.batching.features import FeatureStore
from lensmith.batching.kept import KeptFeatures, Stage
from lensmith.config.sections import Recipe
from lensmith.console import progress, say
from lensmith.data.images import decode
from lensmith.families.contract import Family
from lensmith.families.encoded import Encoded
from lensmith.families.placement import DTYPES, Placement
from lensmith.training.module import SupervisedModule
from lensmith.types import ImageRef


def keep_features(
    module: SupervisedModule, recipe: Recipe, placement: Placement, items: Sequence[Encoded]
) -> KeptFeatures | None:
    """The features of all pictures in `items`, made now where they are not stored; None where that would be wrong.

    Each picture is computed by itself, so that its features do not depend on which others were missing.

    Args:
        module: as it will be trained.
        recipe: resolved.
        placement: device and precision.
        items: of every part that goes through `module`.
    """
    images = list(dict.fromkeys(image for item in items for image in item.images))
    stage, reason = choose_stage(module, recipe)
    if stage is None or not images:
        say(f"  vision features are not kept: {reason or 'there are no pictures'}")
        return None
    folder = Path(recipe.train.features)
    store = FeatureStore(folder, _key(module, placement, stage), int(recipe.train.features_gb * 1e9))
    names = {image: picture_hash(image) for image in images}
    missing = set(store.missing(names.values()))
    waiting = list({names[image]: image for image in images if names[image] in missing}.values())
    made = _fill(module, recipe, placement, stage, (store, names, waiting))
    if made < len(waiting):
        reasons = [problem.found for problem in store.problems()]
        say(f"  vision features are not kept: {'; '.join(reasons) or f'{folder} takes no more'}")
        return None
    say(f"  vision features: {len(names) - made} pictures from {folder}, {made} made now")
    return KeptFeatures(store, names, stage)


def choose_stage(module: SupervisedModule, recipe: Recipe) -> tuple[Stage | None, str]:
    """What can be kept of a picture, or None and why nothing can."""
    family = module.family
    if recipe.train.features == "off":
        return None, "train.features is off"
    if not family.keeps_features:
        return None, f"family {family.facts.name} does not offer it"
    trained = {
        family.facts.component_of(name.replace(".base_layer.", "."))
        for name, parameter in module.bare.named_parameters()
        if parameter.requires_grad
    }
    if "vision" in trained:
        return None, "the vision tower is trained"
    return ("seen_UPD", "") if "projector" in trained else ("projected_UPD", "")


class _Pictures(Dataset[dict[str, Any]]):
    """Pictures, decoded and preprocessed one by one in workers."""

    def __init__(self, family: Family, images: Sequence[ImageRef]) -> None:
        self.family = family
        self.images = images

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, at: int) -> dict[str, Any]:
        picture: Image.Image = decode(self.images[at])
        return self.family.pixels([picture])


def _fill(
    module: SupervisedModule,
    recipe: Recipe,
    placement: Placement,
    stage: Stage,
    work: tuple[FeatureStore, dict[ImageRef, str], list[ImageRef]],
) -> int:
    """Makes what is missing; stops where the store takes no more. Answers how many were made."""
    store, names, waiting = work
    workers = recipe.train.workers if isinstance(recipe.train.workers, int) and len(waiting) > 64 else 0
    loader: Iterable[dict[str, Any]] = DataLoader(
        _Pictures(module.family, waiting),
        batch_size=None,
        num_workers=workers,
        generator=torch.Generator(),  # the training's random state stays where it is
    )
    precision = placement.precision
    made = 0
    if not waiting:
        return made
    with progress(len(waiting), "see", "picture") as bar, torch.no_grad():
        for image, pixels in zip(waiting, loader, strict=True):
            placed = {name: value.to(placement.device) for name, value in pixels.items()}
            with torch.autocast(placement.device.type, DTYPES[precision], enabled=precision != "fp32"):
                features_UPD = module.family.see(module.bare, placed)
                if stage == "projected_UPD":
                    features_UPD = module.family.project(module.bare, features_UPD)
            if not store.put(names[image], to_array(features_UPD[0])):
                return made
            made += 1
            bar.update()
    return made


def _key(module: SupervisedModule, placement: Placement, stage: Stage) -> str:
    """Names the features by all that they depend on."""
    facts = module.family.facts
    parts = ("vision",) if stage == "seen_UPD" else ("vision", "projector")
    weights = ((name, value) for name, value in module.bare.named_parameters() if facts.component_of(name) in parts)
    made_by = {name: version(name) for name in ("torch", "transformers", "pillow")}
    settings = {**module.family.seeing_settings(), "stage": stage, "precision": placement.precision, "made_by": made_by}
    return store_key(fingerprint_tensors(weights), settings)
