"""Decides whether a tower's features can be kept, and runs every picture through the tower that has not been yet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from lensmith.batching.feature_keys import fingerprint_tensors, picture_hash, store_key, to_array
from lensmith.batching.features import FeatureStore
from lensmith.batching.kept import KeptFeatures, Stage
from lensmith.config.sections import Recipe
from lensmith.console import progress, say
from lensmith.data.images import decode
from lensmith.families.contract import Family
from lensmith.families.facts import COMPONENTS
from lensmith.families.placement import DTYPES, Placement
from lensmith.ranks import (
    count_local_ranks,
    count_ranks,
    gather,
    have_joined,
    own_local_rank,
    own_rank,
    wait_for_all,
)
from lensmith.types import ImageRef


def keep_features(
    model: nn.Module, family: Family, recipe: Recipe, placement: Placement, images: Iterable[ImageRef]
) -> KeptFeatures | None:
    """The features of all these pictures, made now where they are not stored; None where keeping would be wrong.

    Each picture is computed by itself, so that its features do not depend on which others were missing.

    Args:
        model: unwrapped, not tuned yet; what the recipe trains in it must not change what is kept.
        family: of the model.
        recipe: resolved.
        placement: device and precision.
        images: of every part that goes through the model.
    """
    distinct = list(dict.fromkeys(images))
    stage, reason = choose_stage(family, recipe)
    if stage is None or not distinct:
        say(f"  vision features are not kept: {reason or 'there are no pictures'}")
        return None
    folder = Path(recipe.train.features)
    seer = _Seer(model, family, placement, stage, recipe.train.workers)
    store = FeatureStore(folder, seer.key(), int(recipe.train.features_gb * 1e9))
    names = {image: picture_hash(image) for image in distinct}
    made = _fill_together(seer, store, names)
    if not all(gather(not store.missing(names.values()))):
        reasons = [problem.found for problem in store.problems()]
        say(f"  vision features are not kept: {'; '.join(reasons) or f'{folder} takes no more'}")
        return None
    say(f"  vision features: {len(names) - made} pictures from {folder}, {made} made now")
    return KeptFeatures(store, names, stage)


def _fill_together(seer: "_Seer", store: FeatureStore, names: dict[ImageRef, str]) -> int:
    """Makes what is missing, each process its share; answers how many were missing.

    Where machines do not share the folder, each then makes what the others made elsewhere.
    """
    shares = [(own_rank(), count_ranks())]
    if have_joined():
        shares.append((own_local_rank(), count_local_ranks()))
    first = 0
    for at, (rank, ranks) in enumerate(shares):
        missing = set(store.missing(names.values()))
        waiting = list({name: image for image, name in names.items() if name in missing}.values())
        first = first if at else len(waiting)
        wait_for_all()  # all have looked before any writes
        seer.fill(store, names, waiting[rank::ranks])
        wait_for_all()
    return first


def choose_stage(family: Family, recipe: Recipe) -> tuple[Stage | None, str]:
    """What can be kept of a picture when this recipe trains this family, or None and why nothing can."""
    tune = recipe.tune
    if recipe.train.features == "off":
        return None, "train.features is off"
    if not family.keeps_features:
        return None, f"family {family.facts.name} does not offer it"
    asked = set(tune.lora.components) if tune.method == "lora" else set(COMPONENTS) - set(tune.freeze)
    trained = {component for component in asked if family.facts.modules.get(component)}  # some have no projector apart
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


@dataclass(frozen=True, slots=True)
class _Seer:
    """Runs pictures through the tower."""

    model: nn.Module
    family: Family
    placement: Placement
    stage: Stage
    workers: int | str

    def key(self) -> str:
        """Names the features by all that they depend on."""
        facts = self.family.facts
        parts = ("vision",) if self.stage == "seen_UPD" else ("vision", "projector")
        weights = ((name, value) for name, value in self.model.named_parameters() if facts.component_of(name) in parts)
        made_by = {name: version(name) for name in ("torch", "transformers", "pillow")}
        settings = {"stage": self.stage, "precision": self.placement.precision, "made_by": made_by}
        return store_key(fingerprint_tensors(weights), {**self.family.seeing_settings(), **settings})

    def fill(self, store: FeatureStore, names: dict[ImageRef, str], waiting: list[ImageRef]) -> None:
        """Makes what is missing; stops where the store takes no more."""
        if not waiting:
            return
        loader: Iterable[dict[str, Any]] = DataLoader(
            _Pictures(self.family, waiting),
            batch_size=None,
            num_workers=self.workers if isinstance(self.workers, int) and len(waiting) > 64 else 0,
            generator=torch.Generator(),  # the training's random state stays where it is
        )
        with progress(len(waiting), "see", "picture") as bar, torch.no_grad():
            for image, pixels in zip(waiting, loader, strict=True):
                if not store.put(names[image], to_array(self.see(pixels)[0])):
                    return
                bar.update()

    def see(self, pixels: dict[str, Tensor]) -> Tensor:
        """The features of one picture."""
        device, precision = self.placement.device, self.placement.precision
        placed = {name: value.to(device) for name, value in pixels.items()}
        with torch.autocast(device.type, DTYPES[precision], enabled=precision != "fp32"):
            seen_UPD = self.family.see(self.model, placed)
            return seen_UPD if self.stage == "seen_UPD" else self.family.project(self.model, seen_UPD)
