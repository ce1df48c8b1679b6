"""A question about a plan: its words, its answer, and the program that GQA says a question with.

A program is a list of steps: `select: table (2)`, `relate: _,on,s (3) [0]`, `query: name [1]`. In round brackets
stands the id of a thing, or `-` for what is not in the picture; in square ones, the steps whose results are taken.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lensmith.lab.worlds.adjectives import COLOURS, MATERIALS, SIZES, phrase
from lensmith.lab.worlds.gqa_ru.plan import Thing
from lensmith.lab.worlds.nouns import CASES, NOUNS, Case, Noun

ADJECTIVES: Mapping[str, Mapping[str, str]] = {
    "color": COLOURS,
    "material": {name: words[0] for name, words in MATERIALS.items()},
    "size": SIZES,
}
SIDES = {"left": "слева", "right": "справа"}
PROGRAM_SIDES = {"left": "to the left of", "right": "to the right of"}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a program, and the numbers of those whose results it takes."""

    operation: str
    argument: str = ""
    dependencies: tuple[int, ...] = ()

    def __str__(self) -> str:
        depends = f" [{', '.join(map(str, self.dependencies))}]" if self.dependencies else ""
        return f"{self.operation}: {self.argument}{depends}"


@dataclass(frozen=True, slots=True)
class Reference:
    """Words for a thing that is there: its noun, with or without true adjectives.

    Attributes:
        thing: what is meant.
        attributes: (attribute, value) pairs said of it, in the order in which they are said.
    """

    thing: Thing
    attributes: tuple[tuple[str, str], ...] = ()

    @property
    def noun(self) -> Noun:
        """The thing's noun."""
        return NOUNS[self.thing.name]

    def say(self, case: Case = "nom") -> str:
        """The words, in a case."""
        return phrase(self.noun, *(ADJECTIVES[name][value] for name, value in self.attributes), case=case)

    def steps(self, at: int = 0) -> tuple[Step, ...]:
        """Selects the thing, from step number `at` on."""
        select = Step("select", f"{self.thing.name} ({self.thing.id})")
        filters = (
            Step(f"filter {name}", value, (at + number,)) for number, (name, value) in enumerate(self.attributes)
        )
        return (select, *filters)


@dataclass(frozen=True, slots=True)
class Question:
    """One question and all that its row tells, but for what only the whole table knows.

    Attributes:
        words: the question.
        answer: short, in lower case.
        full: the answer as a sentence.
        types: structural, semantic and detailed, as GQA names them.
        steps: the program.
        domain: what the answer is one of ("color", "animal"); "" for yes and no and for sides.
        subject: what the question is about, by the names of things and attributes; part of `groups.local`.
        fact: the single thing that is asked for, such as ("1", "color"); whoever knows it can answer all that share it.
        references: to the things that the question or its full answer names.
        answer_thing: the thing that is the answer; None where it is none.
    """

    words: str
    answer: str
    full: str
    types: tuple[str, str, str]
    steps: tuple[Step, ...]
    domain: str
    subject: str
    fact: tuple[str, ...]
    references: tuple[Reference, ...] = ()
    answer_thing: Thing | None = None


def locate(text: str, references: tuple[Reference, ...]) -> list[dict[str, str]]:
    """Where a text names which thing, in any case: word numbers from 0, as GQA writes them, and the thing's id.

    One word is `2`, several are `2:4`, from the first to the one after the last.
    """
    words = [word.strip("?.,").lower() for word in text.split()]
    found = []
    for reference in references:
        bare = Reference(reference.thing)
        for said in (each.say(case).split() for each in (reference, bare) for case in CASES):
            at = next((at for at in range(len(words)) if words[at : at + len(said)] == said), None)
            if at is not None:
                span = str(at) if len(said) == 1 else f"{at}:{at + len(said)}"
                found.append({"objectId": span, "value": reference.thing.id})
                break
    return found


def sentence(*parts: str, end: str = ".") -> str:
    """Parts joined with spaces, a capital letter first and `end` last.

    >>> sentence("какого цвета", "стул", end="?")
    'Какого цвета стул?'
    """
    text = " ".join(part for part in parts if part)
    return text[0].upper() + text[1:] + end
