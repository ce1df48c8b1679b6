"""Roboflow's names for the augmented copies of a picture: `street_jpg.rf.<hash>.jpg`, with another hash for each copy.

Copies of one picture must not part: what was trained on one is no test on the other.
"""

import re

_COPY = re.compile(r"\.rf\.[0-9A-Za-z]{16,}(?=\.\w+$)")


def original_name(name: str) -> str:
    """The name that all copies of a picture share; other names as they are.

    >>> original_name("train/street_jpg.rf.0f3c2a9b7d1e4c5f8a6b0d2e4f6a8c0e.jpg"), original_name("a.rf.png")
    ('train/street_jpg.jpg', 'a.rf.png')
    """
    return _COPY.sub("", name)
