"""Pictures that can be read and are not what they seem: blank, tiny, moving, or named for another format."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from lensmith.data.doctor.case import Case
from lensmith.data.doctor.contract import Exhibit, Finding, Severity, first
from lensmith.data.fingerprints import Fingerprint

# The patch of most vision towers is 14 or 16 pixels wide: of a smaller picture they see one patch, blown up.
_TINY_PX = 16
# Towers see squares, or tiles of them; of a ribbon like this nothing can be read once it is squeezed.
_LONGEST_SHAPE = 20

_SUFFIXES = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "MPO": (".jpg", ".jpeg", ".mpo"),
    "PNG": (".png", ".apng"),
    "GIF": (".gif",),
    "WEBP": (".webp",),
    "BMP": (".bmp", ".dib"),
    "DIB": (".bmp", ".dib"),
    "TIFF": (".tif", ".tiff"),
    "AVIF": (".avif",),
    "ICO": (".ico",),
    "JPEG2000": (".jp2", ".j2k", ".jpx", ".j2c", ".jpc", ".jpf"),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm"),
}
_ALL_SUFFIXES = {suffix for suffixes in _SUFFIXES.values() for suffix in suffixes}


class _Oddity(NamedTuple):
    code: str
    severity: Severity
    summary: str
    advice: str
    is_so: Callable[[str, Fingerprint], bool]


def _has_wrong_suffix(name: str, found: Fingerprint) -> bool:
    dot = name.rfind(".")
    suffix = name[dot:].lower() if dot >= 0 else ""
    return suffix in _ALL_SUFFIXES and suffix not in _SUFFIXES.get(found.traits.format, _ALL_SUFFIXES)


def _is_tiny(name: str, found: Fingerprint) -> bool:
    return min(found.traits.height_px, found.traits.width_px) < _TINY_PX


def _is_ribbon(name: str, found: Fingerprint) -> bool:
    sides = sorted((found.traits.height_px, found.traits.width_px))
    return sides[1] > _LONGEST_SHAPE * sides[0] and not _is_tiny(name, found)


ODDITIES = (
    _Oddity(
        "doctor/blank-pictures",
        "warning",
        "pictures are of one colour all over",
        "look for what made them: a failed download or export often leaves a blank picture",
        lambda name, found: found.is_blank,
    ),
    _Oddity(
        "doctor/tiny-pictures",
        "warning",
        f"pictures have a side of fewer than {_TINY_PX} pixels",
        "look for the originals: a model sees one patch of them",
        _is_tiny,
    ),
    _Oddity(
        "doctor/ribbons",
        "note",
        f"pictures are more than {_LONGEST_SHAPE} times as long as wide",
        "cut them into pieces: squeezed into a model's input nothing can be read",
        _is_ribbon,
    ),
    _Oddity(
        "doctor/animated-pictures",
        "note",
        "pictures are animated; their first frame is used",
        "make sure that the first frame shows what is asked",
        lambda name, found: found.traits.frames > 1,
    ),
    _Oddity(
        "doctor/wrong-suffix",
        "note",
        "pictures are in another format than their names say",
        "nothing is lost here, as content decides; other programs may refuse them: rename the files",
        _has_wrong_suffix,
    ),
)


class OddPictures:
    """What is odd about files that can be read, each with its count."""

    name = "odd-pictures"
    describe = "blank, tiny, ribbon-shaped, animated pictures, and names for another format"

    def find(self, case: Case) -> Iterator[Finding]:
        """One finding for each oddity that occurs, training and held-out pictures together."""
        images = {case.pictures[image].content: image for image in case.shown_held_out.values()} | case.shown
        for oddity in ODDITIES:
            odd = [at for at, image in images.items() if oddity.is_so(image.name, case.pictures[image])]
            if odd:
                yield Finding(
                    oddity.code,
                    oddity.severity,
                    f"{len(odd)} {oddity.summary}",
                    len(odd),
                    oddity.advice,
                    first(
                        Exhibit(case.where(at), _words(case.pictures[images[at]], images[at].name), (images[at],))
                        for at in odd
                    ),
                )


def _words(found: Fingerprint, name: str) -> str:
    traits = found.traits
    return f"{name}: {traits.format}, {traits.width_px} × {traits.height_px} pixels"


ODD_PICTURES = OddPictures()
