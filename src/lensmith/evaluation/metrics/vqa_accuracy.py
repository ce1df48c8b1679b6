"""VQA accuracy: how many of ten people gave this answer, three being enough."""

import re
from collections.abc import Sequence
from typing import ClassVar

from lensmith.data.sources.answers import HUMAN
from lensmith.evaluation.metrics.contract import NO_ANSWERS, Judgement, Metric, accepted_answers
from lensmith.evaluation.normalise import strict
from lensmith.types import Prediction

PEOPLE = 10
ENOUGH = 3
_SIGNS = ';/[]"{}()=+\\_-><@`,?!'
_DIGITS_AROUND_COMMA = re.compile(r"\d,\d")
_PERIOD = re.compile(r"\.(?!\d)")
_PERIODS_REMOVED = 32
"""The published code passes a flag where the number of replacements belongs; the flag's value is 32."""
_ARTICLES = frozenset(["a", "an", "the"])
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_DIGITS = {"none": "0"} | {word: str(value) for value, word in enumerate(_NUMBERS)}
_CONTRACTIONS = """
    ain't aren't can't could've couldn't couldn't've didn't doesn't don't hadn't hadn't've hasn't haven't he'd he'd've
    he's how'd how'll how's isn't it'd it'd've it'll ma'am mightn't mightn't've might've mustn't must've needn't not've
    o'clock oughtn't 'ow's'at shan't she'd've should've shouldn't shouldn't've somebody'd've somebody'll somebody's
    someone'd someone'd've someone'll someone's something'd something'd've something'll that's there'd there'd've
    there're there's they'd they'd've they'll they're they've 'twas wasn't we'd've we've weren't what'll what're what's
    what've when's where'd where's where've who'd who'd've who'll who's who've why'll why're why's won't would've
    wouldn't wouldn't've y'all y'all'll y'all'd've you'd you'd've you'll you're you've
"""
MENDED = {
    word[:at] + word[at + 1 :]: word for word in _CONTRACTIONS.split() for at, sign in enumerate(word) if sign == "'"
} | {"somebody'd": "somebodyd"}
"""Contractions that lack one apostrophe, and what the published code makes of them (the last entry is a slip of it)."""


class VqaAccuracy(Metric):
    """The accuracy of VQA (Antol et al. 2015, arXiv 1505.00468) and VQAv2, as its official script computes it.

    Ten people answered. An answer that n of them gave scores min(1, n/3), averaged over leaving each of them out in
    turn: 0.3, 0.6, 0.9, 1.0 for 1, 2, 3, 4 people. Answers are normalised first (punctuation, articles, number words,
    contractions) unless all ten are identical, in which case they are compared as written, as officially.

    People's answers are taken from the column `human_answers`, which the formats VQAv2 and A-OKVQA fill, else from the
    accepted answers, repetitions included. With fewer than ten there is no vote to count: an answer that is any of the
    accepted ones after normalising scores 1.0, else 0.0.
    """

    name: ClassVar[str] = "vqa_accuracy"
    describe: ClassVar[str] = "four or more of ten people gave this answer"

    def judge(self, prediction: Prediction) -> Judgement:
        """The official score, or whether any accepted answer is met where fewer than ten people answered."""
        accepted = accepted_answers(prediction)
        if not accepted:
            return NO_ANSWERS
        people = _people(prediction)
        answer = prediction.prediction
        if len(people) >= PEOPLE:
            return Judgement(consensus(people, answer), gold=accepted[0])
        return Judgement(float(any(_same(each, answer) for each in accepted)), gold=accepted[0])


def consensus(people: Sequence[str], answer: str) -> float:
    """The mean over leaving out each person of min(1, how many of the others gave this answer / 3).

    >>> round(consensus(["2", "two", "3", *["four"] * 7], "2"), 6), consensus(["a cat"] * 10, "cat")
    (0.6, 0.0)
    """
    said, given = [_flatten(each) for each in people], _flatten(answer)
    if len(set(said)) > 1:
        said, given = [normalise(each) for each in said], normalise(given)
    matches = [each == given for each in said]
    scores = [min(1.0, (sum(matches) - own) / ENOUGH) for own in matches]
    return sum(scores) / len(scores)


def normalise(text: str) -> str:
    """The text as the official script compares it, its slips included.

    >>> normalise("The  two dogs."), normalise("It isnt 1,000!"), normalise("none")
    ('2 dogs', "it isn't 1000", '0')
    """
    words = _remove_signs(_flatten(text)).lower().split()
    words = [_DIGITS.get(word, word) for word in words]
    return " ".join(MENDED.get(word, word) for word in words if word not in _ARTICLES)


def _same(accepted: str, answer: str) -> bool:
    """True when both are normalised alike; where nothing is left of the accepted one, when both are written alike."""
    form = normalise(accepted)
    return form == normalise(answer) if form else strict(accepted) == strict(answer)


def _people(prediction: Prediction) -> Sequence[str]:
    """What each person answered."""
    listed = prediction.metadata.get(HUMAN)
    if isinstance(listed, list | tuple) and listed and all(isinstance(each, str) for each in listed):
        return listed
    return prediction.answers


def _flatten(text: str) -> str:
    """The text on one line."""
    return strict(text.replace("\n", " ").replace("\t", " "))


def _remove_signs(text: str) -> str:
    """The text without punctuation: a sign leaves a gap only where it stands between two words."""
    kept = text
    thousands = _DIGITS_AROUND_COMMA.search(text) is not None
    for sign in _SIGNS:
        apart = f"{sign} " in text or f" {sign}" in text
        kept = kept.replace(sign, "" if apart or thousands else " ")
    return _PERIOD.sub("", kept, count=_PERIODS_REMOVED)
