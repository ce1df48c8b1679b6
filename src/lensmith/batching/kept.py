"""Features that a frozen tower made once, laid into batches in place of pixels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from torch import Tensor

from lensmith.batching.feature_keys import to_tensor
from lensmith.batching.features import FeatureStore
from lensmith.errors import Problem, RunError
from lensmith.families.encoded import Encoded
from lensmith.types import ImageRef

Stage = Literal["seen_UPD", "projected_UPD"]


@dataclass(frozen=True, slots=True)
class KeptFeatures:
    """Where the features of some pictures lie. Picklable, so that worker processes read them.

    Attributes:
        store: that holds them.
        names: a picture's name in the store.
        stage: `seen_UPD` before the projector, because that is trained; `projected_UPD` after it.
    """

    store: FeatureStore
    names: Mapping[ImageRef, str]
    stage: Stage

    def read(self, items: Sequence[Encoded]) -> dict[str, Tensor]:
        """The features of these examples' pictures, in order: U pictures, P tokens each, D wide.

        Raises:
            RunError: some are no longer there, or were damaged.
        """
        images = [image for item in items for image in item.images]
        if not images:
            return {}
        found = [self.store.get(self.names[image]) for image in images]
        present = [each for each in found if each is not None]
        if len(present) < len(found):
            lost = next(image.name for image, each in zip(images, found, strict=True) if each is None)
            raise RunError(
                Problem(
                    "run/features-lost",
                    f"picture {lost}",
                    "its stored features are gone or damaged",
                    fix="run the same command again: what is missing is made anew",
                )
            )
        return {self.stage: to_tensor(np.stack(present))}
