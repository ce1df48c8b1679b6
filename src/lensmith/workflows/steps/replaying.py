"""What training learns from: the examples, and beside them the base's own answers where the recipe wants them kept."""

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain
from math import ceil
from typing import Any

from lensmith.batching.encode import EncodedSet, encode_examples
from lensmith.config.sections import Recipe
from lensmith.console import StageBars, say, show_problems, warn
from lensmith.data.dataset import Data
from lensmith.data.mixture import Mixture
from lensmith.data.replay import ReplayQuestions, read_replay
from lensmith.errors import DataError, Problem
from lensmith.evaluation.greedy import DecodeSettings
from lensmith.evaluation.kl import draw_pictures
from lensmith.families.encoded import Encoded
from lensmith.rundir import RunDir, is_main_process, read_json, write_json
from lensmith.training.guards.answers import loops
from lensmith.training.preflight.contract import Case
from lensmith.types import Example, ImageRef, Prediction, Turn
from lensmith.workflows.steps.guarding import decode_freely
from lensmith.workflows.steps.parts import ask_model, predict_part

ANSWERS, SUMMARY = "replay.jsonl", "replay.json"
# The base may have more to say to such questions than training's answers are long.
LEAST_NEW_TOKENS = 128
# A warning from here on, by rule of thumb: what is met so often in a run is learned by heart rather than kept.
OFTEN = 50
EMPTY, CUT, LOOPING, UNFIT = (
    "the answer is empty",
    "the answer did not end",
    "the answer repeats itself",
    "question and answer cannot be encoded, or are longer than train.max_length",
)


@dataclass(frozen=True, slots=True)
class Replay:
    """What the base will be asked; nothing where the recipe does not want it.

    Attributes:
        share: of the examples that an epoch meets.
        questions: all that it could be asked.
        drawn: for each source, what it will be asked: whole pictures, until there are as many as training will meet.
        an_epoch: for each source, how many of its questions an epoch shall meet.
    """

    share: float = 0.0
    questions: ReplayQuestions | None = None
    drawn: tuple[tuple[Example, ...], ...] = ()
    an_epoch: tuple[float, ...] = ()

    def asked(self) -> tuple[Example, ...]:
        """All that the base will be asked."""
        return tuple(chain.from_iterable(self.drawn))

    def images(self) -> Iterator[ImageRef]:
        """The pictures, with repetitions."""
        for example in self.asked():
            yield from example.images

    def describe(self, read: dict[str, Any]) -> dict[str, Any]:
        """What data.json holds, with the questions and a fingerprint that they are part of."""
        if self.questions is None:
            return read
        both = hashlib.sha256((read["fingerprint"] + self.questions.fingerprint).encode()).hexdigest()
        return {**read, "fingerprint": both, "replay": {"asked": len(self.asked()), **self.questions.to_json()}}


@dataclass(frozen=True, slots=True)
class Lessons:
    """What training learns from.

    Attributes:
        items: examples; those at whose answers the model is held to its base are marked so.
        mixture: how often an epoch meets which.
    """

    items: tuple[Encoded, ...]
    mixture: Mixture | None


def draw_replay(recipe: Recipe, data: Data, train: EncodedSet) -> Replay:
    """Reads the questions of keep.sources and draws, by whole pictures, as many as training will meet.

    Args:
        recipe: its keep section, epochs and seed are read.
        data: what is learned and measured.
        train: the examples that will be learned.

    Raises:
        DataError: a source cannot be read, or no question is left.
    """
    share, sources = recipe.keep.replay_share, recipe.keep.sources
    if not share or sources is None:
        return Replay()
    with StageBars() as bars:
        questions = read_replay(sources, data, on_progress=bars)
    met = sum(source.an_epoch for source in data.mixture.count(item.example_id for item in train.encoded))
    weighed = [source.weight * len(asked) for source, asked in zip(sources, questions.asked, strict=True)]
    wanted = share / (1 - share) * met
    an_epoch = tuple(wanted * each / sum(weighed) for each in weighed)
    drawn = tuple(
        tuple(draw_pictures(asked, ceil(each * recipe.train.epochs), recipe.run.seed))
        for asked, each in zip(questions.asked, an_epoch, strict=True)
    )
    replay = Replay(share, questions, drawn, an_epoch)
    _tell(replay, met, recipe.train.epochs)
    return replay


def prepare_lessons(run: RunDir, case: Case, replay: Replay) -> Lessons:
    """The training examples, and the base's answers in such numbers that their share is the one asked for.

    The base answers once; a run that is taken up reads what it said. Answers that are not worth keeping are left out
    and counted.

    Args:
        run: gets replay.jsonl, and replay.json with the counts.
        case: the base, not tuned yet, and what is learned.
        replay: what it is asked.

    Raises:
        DataError: none of its answers can be learned.
    """
    items, mixture = case.parts.encoded["train"].encoded, case.parts.mixture
    held = bool(case.recipe.keep.kl)
    if replay.questions is None or mixture is None:
        return Lessons(_anchored(items) if held else items, mixture)
    if case.model is None:
        raise TypeError("the base must be there to be asked")
    ask = ask_model(case.model, case.family, case.recipe, case.kept)
    began = time.perf_counter()
    said = predict_part(run / ANSWERS, replace(ask, settings=answer_at_length(case.recipe)), replay.asked())
    answered_s = time.perf_counter() - began
    answers = {each.id: each for each in said}
    dropped: dict[str, list[str]] = {}
    taught = [_encode(case, _sort(asked, answers, dropped), dropped) for asked in replay.drawn]
    if not any(taught):
        raise DataError(_nothing_said(dropped))
    joined = join_mixture(mixture, replay, taught)
    replayed = tuple(chain.from_iterable(taught))
    lessons = Lessons((*items, *(_anchored(replayed) if held else replayed)), joined)
    _record(run, lessons, replay, dropped, answered_s)
    return lessons


def answer_at_length(recipe: Recipe) -> DecodeSettings:
    """The recipe's way of answering, but any text, and room for a sentence or two."""
    freely = decode_freely(recipe)
    return replace(freely, max_new_tokens=max(freely.max_new_tokens, LEAST_NEW_TOKENS))


def join_mixture(mixture: Mixture, replay: Replay, taught: Sequence[Sequence[Encoded]]) -> Mixture:
    """The mixture with each source of questions after those of training, its weight such that its share is met.

    What a source cannot give, because none of its answers is left, the others give.
    """
    assert replay.questions is not None
    there = sum(each for each, items in zip(replay.an_epoch, taught, strict=True) if items)
    scale = sum(replay.an_epoch) / there
    weights = [scale * each / len(items) if items else 1.0 for each, items in zip(replay.an_epoch, taught, strict=True)]
    first = len(mixture.paths)
    own = {item.example_id: first + at for at, items in enumerate(taught) for item in items}
    return replace(
        mixture,
        paths=(*mixture.paths, *(source.path for source in replay.questions.sources)),
        weights=(*mixture.weights, *weights),
        source_of={**mixture.source_of, **own},
    )


def _anchored(items: Sequence[Encoded]) -> tuple[Encoded, ...]:
    return tuple(replace(item, anchored=True) for item in items)


def _sort(asked: Sequence[Example], answers: dict[str, Prediction], dropped: dict[str, list[str]]) -> Iterator[Example]:
    """Questions with the base's answers; those that are not worth keeping go to `dropped`, by reason."""
    for example in asked:
        said = answers[example.id]
        reason = EMPTY if not said.prediction.strip() else CUT if said.finished is False else ""
        reason = reason or (LOOPING if loops(said.prediction) else "")
        if reason:
            dropped.setdefault(reason, []).append(example.id)
        else:
            yield replace(example, turns=(Turn(example.question, (said.prediction,)),))


def _encode(case: Case, examples: Iterator[Example], dropped: dict[str, list[str]]) -> tuple[Encoded, ...]:
    limit = case.recipe.train.max_length if isinstance(case.recipe.train.max_length, int) else None
    given = list(examples)
    made = encode_examples(case.family, given, limit)
    used = {item.example_id for item in made.encoded}
    unfit = [example.id for example in given if example.id not in used]
    if unfit:
        dropped.setdefault(UNFIT, []).extend(unfit)
        show_problems(made.problems, limit=3)
    return made.encoded


def _tell(replay: Replay, met: int, epochs: float) -> None:
    assert replay.questions is not None
    asked = replay.asked()
    pictures = len(set(replay.images()))
    wanted = sum(replay.an_epoch)
    say(f"replay: {len(asked)} questions on {pictures} pictures for the base; an epoch meets {wanted:.0f} beside {met}")
    for reason, ids in replay.questions.left_out.items():
        say(f"  {len(ids)} questions are left out: {reason}")
    if problems := [problem for report in replay.questions.reports for problem in report.problems]:
        warn(f"{len(problems)} problems in keep.sources:")
        show_problems(problems, limit=3)
    times = wanted * epochs / len(asked)
    if times > OFTEN:
        warn(f"each of the base's answers will be met {times:.0f} times: more questions in keep.sources keep more")


def _record(run: RunDir, lessons: Lessons, replay: Replay, dropped: dict[str, list[str]], answered_s: float) -> None:
    """Writes replay.json; a run that is taken up keeps how long the base had answered."""
    assert replay.questions is not None
    assert lessons.mixture is not None
    counts = lessons.mixture.count(item.example_id for item in lessons.items)
    own = counts[-len(replay.drawn) :]
    an_epoch = sum(each.an_epoch for each in own)
    lost = "; ".join(f"{len(ids)}: {reason}" for reason, ids in dropped.items())
    used, share = sum(each.examples for each in own), an_epoch / sum(each.an_epoch for each in counts)
    sentence = f"replay: {share:.1%} of what an epoch met were the base's own answers, {used} of {len(replay.asked())}"
    found = {
        "sentence": sentence + (f" (left out {lost})" if lost else ""),
        "share_asked": replay.share,
        "share_met": share,
        "an_epoch": an_epoch,
        "asked": len(replay.asked()),
        "used": used,
        "answered_s": replay_json(run)["replay"]["answered_s"] if (run / SUMMARY).exists() else answered_s,
        "dropped": {reason: {"n": len(ids), "ids": ids} for reason, ids in dropped.items()},
        "sources": [asdict(each) for each in own],
    }
    if is_main_process():
        write_json(run / SUMMARY, found)
    say(f"replay: {used} of {len(replay.asked())} answers are learned again" + (f" (left out {lost})" if lost else ""))


def replay_json(run: RunDir) -> dict[str, Any]:
    """The key `replay` of a comparison: what the base answered, and how much of it training met."""
    return {"replay": read_json(run / SUMMARY)} if (run / SUMMARY).exists() else {}


def _nothing_said(dropped: dict[str, list[str]]) -> Problem:
    reasons = "; ".join(f"{len(ids)}: {reason}" for reason, ids in dropped.items())
    return Problem(
        "data/no-replay-answers",
        "keep.sources",
        f"none of the base's answers can be learned ({reasons})",
        fix="ask what the base can answer, or set keep.replay: 0",
    )
