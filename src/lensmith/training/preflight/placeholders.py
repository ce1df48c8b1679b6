"""A picture's places in the text are as many as its features: none was cut, none is left over."""

from collections.abc import Iterator

import torch
from torch import Tensor

from lensmith.batching.rows import take_pixels
from lensmith.families.encoded import Encoded
from lensmith.training.preflight.contract import Batch, Case, Finding, UncheckedError


class Placeholders:
    """Image tokens that were cut, and pictures whose features are more or fewer than their places."""

    name = "placeholders"
    describe = "image tokens and features"

    def find(self, case: Case) -> Iterator[Finding]:
        """An error for examples with cut places, and for a batch whose places and features differ in number."""
        items = case.parts.train()
        cut = [item for item in items if not _is_whole(item, case.image_id)]
        if cut:
            found = f"{len(cut)} of {len(items)} have fewer image tokens than pictures need, the first is "
            fix = "report it: an example is never to be cut"
            yield Finding("preflight/picture-cut", "error", "data.train", found + cut[0].example_id, fix)
        for at, batch in enumerate(case.batches, 1):
            places = int((batch.tensors["ids_BT"] == case.image_id).sum())
            features = _count_features(case, batch)
            if features != places:
                yield Finding(
                    "preflight/features-differ",
                    "error",
                    f"batch {at} of training",
                    f"{places} image tokens for {features} features",
                    "use the processor that this model was saved with",
                )


def _is_whole(item: Encoded, image_id: int) -> bool:
    """True when every image token is in a picture's span, each span holds some, and each picture has a span."""
    marked_T = item.ids_T == image_id
    inside = [int(marked_T[span.start : span.start + span.length].sum()) for span in item.spans]
    fits = all(span.start + span.length <= len(item) for span in item.spans)
    return fits and len(inside) == len(item.images) and all(inside) and sum(inside) == int(marked_T.sum())


def _count_features(case: Case, batch: Batch) -> int:
    """The features that the batch's pictures come to, behind the projector, which may pool what the tower made."""
    tensors = batch.tensors
    pixels = take_pixels(tensors)
    if "projected_UPD" in tensors:
        return _count(tensors["projected_UPD"])
    if not pixels and "seen_UPD" not in tensors:
        return 0
    if not case.family.keeps_features:
        raise UncheckedError(f"family {case.family.facts.name} counts them in its forward pass, and stops there")
    model = case.weights()
    device = next(model.parameters()).device
    with torch.no_grad():
        if "seen_UPD" in tensors:
            seen_UPD = tensors["seen_UPD"].to(device)
        else:
            seen_UPD = case.family.see(model, {name: value.to(device) for name, value in pixels.items()})
        return _count(case.family.project(model, seen_UPD))


def _count(features_UPD: Tensor) -> int:
    return int(features_UPD.shape[0] * features_UPD.shape[1])


PLACEHOLDERS = Placeholders()
