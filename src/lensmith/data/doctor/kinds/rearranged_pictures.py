"""Pictures made of the same columns of pixels in another order: the same boxes, swapped, or an exact mirror image."""

from collections import defaultdict
from collections.abc import Iterator

from lensmith.data.doctor.case import Case
from lensmith.data.doctor.contract import Exhibit, Finding, first, together


class RearrangedPictures:
    """Drawn pictures whose parts have changed places. Told for lossless files alone: JPEG blurs what it cuts."""

    name = "rearranged-pictures"
    describe = "pictures made of the same columns of pixels in another order"

    def find(self, case: Case) -> Iterator[Finding]:
        """A warning for those on both sides; for those in training a warning, a note where a held-out set is given."""
        ours, theirs = _grouped(case, list(case.shown)), _grouped(case, list(case.shown_held_out))
        both = [key for key in ours if key in theirs and set(ours[key]) != set(theirs[key])]
        if both:
            yield Finding(
                "doctor/rearranged-held-out",
                "warning",
                f"{len(both)} held-out pictures are made of the same columns as pictures trained on",
                len(both),
                "take them out of one side: they differ in the order of their parts alone",
                first(_exhibit(case, ours[key], theirs[key]) for key in both),
                frozenset(place for key in both for content in ours[key] for place in case.uses[content]),
            )
        several = [contents for contents in ours.values() if len(contents) > 1]
        if several:
            yield Finding(
                "doctor/rearranged-pictures",
                "note" if case.held_out else "warning",
                f"{sum(map(len, several))} training pictures are {len(several)} pictures with their parts rearranged",
                len(several),
                "give them the same `group`, so that dividing the data keeps them together",
                first(_exhibit(case, contents, []) for contents in several),
            )


def _grouped(case: Case, contents: list[bytes]) -> dict[bytes, list[bytes]]:
    images = case.shown | case.shown_held_out
    groups: dict[bytes, list[bytes]] = defaultdict(list)
    for content in contents:
        if arrangement := case.pictures[images[content]].arrangement:
            groups[arrangement].append(content)
    return dict(groups)


def _exhibit(case: Case, ours: list[bytes], theirs: list[bytes]) -> Exhibit:
    places = [case.train[case.uses[content][0]].where for content in ours]
    held_out = [case.held_out[case.uses_held_out[content][0]].where for content in theirs]
    images = [case.shown_held_out[content] for content in theirs] + [case.shown[content] for content in ours]
    names = ", ".join(image.name for image in images[:6])
    return Exhibit(together(*held_out, *places), names, tuple(images[:4]))


REARRANGED_PICTURES = RearrangedPictures()
