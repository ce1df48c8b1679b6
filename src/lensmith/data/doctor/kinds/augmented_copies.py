"""Copies that Roboflow made of one picture: names that end in `.rf.<hash>` and share what stands before it."""

from collections import defaultdict
from collections.abc import Iterator

from lensmith.data.doctor.case import Case
from lensmith.data.doctor.contract import Exhibit, Finding, first, together
from lensmith.data.sources.copies import original_name
from lensmith.types import ImageRef


class AugmentedCopies:
    """Augmented copies of one picture, told by name."""

    name = "augmented-copies"
    describe = "Roboflow's augmented copies of one picture (name.rf.hash.jpg)"

    def find(self, case: Case) -> Iterator[Finding]:
        """An error where copies are on both sides; a note where they are all trained on."""
        ours, theirs = _by_stem(case.shown), _by_stem(case.shown_held_out)
        both = [stem for stem in ours if stem in theirs]
        if both:
            condemned = (place for stem in both for content, _ in ours[stem] for place in case.uses[content])
            yield Finding(
                "doctor/copies-held-out",
                "error",
                f"copies of {len(both)} pictures are both trained on and held out",
                len(both),
                "leave them out of one side; where the data is divided anew, give the copies of a picture one `group`",
                first(_exhibit(case, stem, [*ours[stem], *theirs[stem]]) for stem in both),
                frozenset(condemned),
            )
        several = [stem for stem, copies in ours.items() if len(copies) > 1]
        if several:
            yield Finding(
                "doctor/augmented-copies",
                "note" if case.held_out else "warning",
                f"{len(several)} pictures come in several augmented copies each",
                len(several),
                "give the copies of one picture the same `group`, so that dividing the data keeps them together",
                first(_exhibit(case, stem, ours[stem]) for stem in several),
            )


def _by_stem(shown: dict[bytes, ImageRef]) -> dict[str, list[tuple[bytes, ImageRef]]]:
    found: dict[str, list[tuple[bytes, ImageRef]]] = defaultdict(list)
    for content, image in shown.items():
        name = image.name.rpartition("/")[2]
        original = original_name(name)
        if original != name:
            found[original].append((content, image))
    return dict(found)


def _exhibit(case: Case, stem: str, copies: list[tuple[bytes, ImageRef]]) -> Exhibit:
    places = together(*dict.fromkeys(case.where(content) for content, _ in copies))
    return Exhibit(places, f"{stem}: {len(copies)} copies", tuple(image for _, image in copies[:4]))


AUGMENTED_COPIES = AugmentedCopies()
