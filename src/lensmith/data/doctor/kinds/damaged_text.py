"""Texts that came through a wrong encoding, or that carry marks of the format they came from."""

import re
from collections.abc import Iterator

from lensmith.data.doctor.case import Case
from lensmith.data.doctor.contract import Exhibit, Finding, first
from lensmith.data.doctor.text import shorten


def _misread(encoding: str) -> str:
    """What Cyrillic in UTF-8 looks like when it is read in a one-byte encoding: at least two letters, as a pattern."""
    seconds = "".join(bytes([code]).decode(encoding, "ignore") for code in range(0x80, 0xC0))
    firsts = bytes([0xD0, 0xD1]).decode(encoding)
    return f"(?:[{firsts}][{re.escape(seconds)}]){{2,}}"


_GARBLED = re.compile(f"{_misread('cp1252')}|{_misread('latin-1')}|{_misread('cp1251')}|\ufffd|â€|Ã[\u0080-\u00bf]")
_MARKS = re.compile(
    r"<(?:image|img|video|audio)>|<\|[a-z_]+\|>|\[(?:INST|/INST)\]|</?(?:s|br|p|div|span)\s*/?>|&(?:nbsp|quot|amp|lt|gt);"
)


class DamagedText:
    """Garbled letters, and marks such as `<image>`, `<|im_end|>`, `&quot;` or `<br>` in a question or an answer."""

    name = "damaged-text"
    describe = "garbled letters, and marks of other formats left in the text"

    def find(self, case: Case) -> Iterator[Finding]:
        """A warning for each of the two; garbled examples are condemned."""
        garbled: dict[int, Exhibit] = {}
        marked: dict[int, Exhibit] = {}
        for place, entry in enumerate(case.train):
            for turn in entry.example.turns:
                for text in (turn.question, *turn.answers[:1]):
                    if text.isascii() and "<" not in text and "&" not in text and "[" not in text:
                        continue
                    if _GARBLED.search(text):
                        garbled.setdefault(place, Exhibit(entry.where, shorten(text), entry.example.images[:1]))
                    elif mark := _MARKS.search(text):
                        found = f"{mark.group()} in «{shorten(text)}»"
                        marked.setdefault(place, Exhibit(entry.where, found, entry.example.images[:1]))
        if garbled:
            yield Finding(
                "doctor/garbled-text",
                "warning",
                f"{len(garbled)} examples hold letters that were read in a wrong encoding",
                len(garbled),
                "read the original again as UTF-8 and export it anew",
                first(garbled.values()),
                frozenset(garbled),
            )
        if marked:
            yield Finding(
                "doctor/marks-in-text",
                "warning",
                f"{len(marked)} examples hold marks of another format",
                len(marked),
                "remove them: lensmith puts pictures and turns in their places itself",
                first(marked.values()),
            )


DAMAGED_TEXT = DamagedText()
