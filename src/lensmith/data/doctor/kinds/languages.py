"""Which scripts the questions and answers are written in, and words that mix two of them."""

from collections import Counter
from collections.abc import Iterator

from lensmith.data.doctor.case import Case, Entry
from lensmith.data.doctor.contract import Exhibit, Finding, first
from lensmith.data.doctor.text import main_script, mixed_words, shorten

# A script of fewer texts than this share is a stray: a file of another language, untranslated rows.
_STRAY_SHARE = 0.1


class Languages:
    """The language mix, told by script: what can be told for certain of texts as short as answers."""

    name = "languages"
    describe = "mix of scripts, and words with letters of two scripts"

    def find(self, case: Case) -> Iterator[Finding]:
        """A warning for words of two scripts; a note where questions, or answers, are in several scripts."""
        words = {place: found for place, entry in enumerate(case.train) if (found := _mixed(entry))}
        if words:
            yield Finding(
                "doctor/mixed-letters",
                "warning",
                f"{len(words)} examples have words that mix Latin and Cyrillic letters",
                len(words),
                "write each word in one alphabet: the letters look the same and are other tokens",
                first(
                    Exhibit(case.train[place].where, ", ".join(found), case.train[place].example.images[:1])
                    for place, found in words.items()
                ),
            )
        for part in ("question", "answer"):
            texts = [_text(entry, part) for entry in case.train]
            yield from _mix(case, part, [main_script(text) for text in texts], texts)


def _mix(case: Case, part: str, scripts: list[str], texts: list[str]) -> Iterator[Finding]:
    counts = Counter(script for script in scripts if script)
    if len(counts) < 2:
        return
    total = counts.total()
    stray = {script for script, count in counts.items() if count / total < _STRAY_SHARE}
    rarest = stray or {counts.most_common()[-1][0]}
    shown = [place for place, script in enumerate(scripts) if script in rarest]
    mix = ", ".join(f"{script} {count / total:.1%}" for script, count in counts.most_common())
    yield Finding(
        f"doctor/{part}-languages",
        "note",
        f"the {part}s are in several scripts: {mix}",
        sum(count for script, count in counts.items() if script in rarest),
        "make sure that this is meant: a model answers in the language that it was mostly taught",
        first(Exhibit(case.train[place].where, shorten(texts[place])) for place in shown),
    )


def _text(entry: Entry, part: str) -> str:
    if part == "question":
        return entry.example.question
    return entry.example.answers[0] if entry.example.answers else ""


def _mixed(entry: Entry) -> tuple[str, ...]:
    return (*mixed_words(_text(entry, "question")), *mixed_words(_text(entry, "answer")))


LANGUAGES = Languages()
