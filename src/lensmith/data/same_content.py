"""Pictures of the same bytes are one picture, whatever their names: for divisions, intervals, features and trees."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from lensmith.data.fingerprints import Fingerprint
from lensmith.errors import Problem
from lensmith.types import Example, ImageRef

_LISTED = 3
Parts = Mapping[str, Sequence[Example]]


def join_copies(parts: Parts, found: Mapping[ImageRef, Fingerprint]) -> tuple[dict[str, list[Example]], list[Problem]]:
    """The examples with each picture under one reference, that with the least name, and a note where there were copies.

    Args:
        parts: of which every picture is in `found`.
        found: what is known of each picture.
    """
    kept: dict[bytes, ImageRef] = {}
    for image, fingerprint in found.items():
        known = kept.setdefault(fingerprint.content, image)
        if image.name < known.name:
            kept[fingerprint.content] = image
    instead = {image: kept[found[image].content] for image in found if kept[found[image].content] != image}
    if not instead:
        return {part: list(examples) for part, examples in parts.items()}, []
    joined = {part: [_with(example, instead) for example in examples] for part, examples in parts.items()}
    return joined, [_note(instead)]


def _with(example: Example, instead: Mapping[ImageRef, ImageRef]) -> Example:
    images = tuple(instead.get(image, image) for image in example.images)
    if images == example.images:
        return example
    named_after = example.group == example.images[0].name
    return replace(example, images=images, group=images[0].name if named_after else example.group)


def _note(instead: Mapping[ImageRef, ImageRef]) -> Problem:
    listed = ", ".join(f"{copy.name} = {kept.name}" for copy, kept in list(instead.items())[:_LISTED])
    more = ", …" if len(instead) > _LISTED else ""
    return Problem(
        "data/same-content",
        "pictures",
        f"pictures that are copies of another, byte for byte: {len(instead)} ({listed}{more})",
        consequence="each counts as the picture it is a copy of, so that they stay on one side of a division",
        fix="nothing needs to be done; `lensmith check` finds pictures that only look alike, too",
    )
