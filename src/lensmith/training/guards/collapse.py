"""Collapse: answers that were sound repeat themselves, do not end, say nothing, name no label, or are all the same.

Answers are compared with the base's and with the best since: what never was sound cannot collapse.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from lensmith.training.guards.answers import KINDS, Traits, measure_answers, show_samples
from lensmith.training.guards.contract import Asked, Guard, Judgement, Watched
from lensmith.training.guards.probe import LEAST_QUESTIONS

# Half of the answers, and by three tenths more than at the best: of twelve answers, four more.
SPOILT, WORSE = 0.5, 0.3
# Looks that must agree: a model that is learning a new way to answer stumbles for a while. While the loss falls by a
# tenth from one look to the next, it is learning: but not for a twentieth of the run and sixteen steps.
SURE, SURE_WITH_CAUSE, SURE_AT_ONCE = 3, 2, 1
FALLS, LASTING, LASTING_STEPS = 0.9, 0.05, 16
# One answer to everything, without anything lost, is told after so many probes and so large a share of the steps.
NARROW_PROBES, NARROW_SHARE = 3, 0.2
_REMEMBERED: tuple[str, ...] = ("lowest", "most_right", "suspect", "found", "fired", "looks", "times", "since", "loss")
_REMEMBERED += ("narrow_since", "narrow_times", "told", "probes")


class Collapse(Guard):
    """Fires where most answers are spoilt in one way, and clearly more than at the best so far, at three looks.

    Looks between which the loss fell count once, but for a twentieth of the run at most. Two looks are enough where the
    loss has left the usual, is above the base's, or this guard fired before; one where training has failed anyway, or
    where this guard fired before and no step is left.

    That all answers are the same counts as spoilt where right answers were lost by it, or the loss has left the usual;
    a model that has not learned to look yet gives one answer, too, and that is only told.
    """

    name: ClassVar[str] = "collapse"
    describe: ClassVar[str] = "generated answers stay sound: no loops, no one answer to everything"

    def __init__(self, watched: Watched) -> None:
        super().__init__(watched)
        self.lowest: dict[str, float] = {}
        self.most_right = 0
        self.suspect = ""
        self.found = ""
        self.fired = False
        self.looks = self.times = 0
        self.since = 0
        self.loss = math.nan
        self.narrow_since: int | None = None
        self.narrow_times = 0
        self.told = False
        self.probes = 0

    def cannot_check(self) -> str:
        """Without enough questions with answers it cannot."""
        probe = self.watched.probe
        if probe is None:
            return self.watched.no_probe
        if len(probe.examples) < LEAST_QUESTIONS:
            found = f"{len(probe.examples)} validation questions have an answer"
            return f"{found}, and {LEAST_QUESTIONS} are needed"
        return ""

    def see_answers(self, asked: Asked) -> Judgement | None:
        """Judges one probe."""
        probe = self.watched.probe
        if probe is None:
            return None
        traits = measure_answers(asked.answers, probe)
        self.probes += 1
        evidence = {**traits.to_json(), "samples": show_samples(asked.answers)}
        self.suspect = self._suspect(traits, asked) if asked.step else ""
        if not self.suspect:
            self.looks = self.times = 0
            return self._remember(traits, asked, evidence)
        found = self.found = self._say(self.suspect, traits)
        if not self._is_sure(asked):
            return Judgement("ok", f"{found}; this may pass", evidence)
        self.fired = True
        return Judgement("stop", found, evidence, "go back")

    def go_back(self) -> None:
        """The suspicion is gone with what raised it."""
        self.suspect, self.looks, self.times = "", 0, 0
        self.narrow_since, self.narrow_times = None, 0

    def _is_sure(self, asked: Asked) -> bool:
        """Counts the looks that agree; the loss may fall for a while, but not for ever, and not twice."""
        self.since = asked.step if not self.looks else self.since
        self.looks += 1
        learns = self.times > 0 and not self.fired and asked.pulse.now < FALLS * self.loss
        self.times += not learns
        self.loss = asked.pulse.now
        cause = self.fired or asked.pulse.restless or asked.pulse.worse_than_base
        failed = asked.failed or (self.fired and asked.left <= 0)
        needed = SURE_AT_ONCE if failed else SURE_WITH_CAUSE if cause else SURE
        steps = asked.step - self.since
        lasts = self.looks >= SURE and steps >= max(LASTING_STEPS, LASTING * asked.step / (1 - asked.left))
        return self.times >= needed or lasts

    def _suspect(self, traits: Traits, asked: Asked) -> str:
        """In which way answers are spoilt; empty where they are not."""
        for kind, rate in traits.rates().items():
            if rate >= max(SPOILT, self.lowest.get(kind, 0.0) + WORSE):
                return kind
        lost = self.most_right - traits.right >= max(3, traits.n // 4)
        return "narrow" if traits.is_narrow and (lost or asked.pulse.restless) else ""

    def _say(self, suspect: str, traits: Traits) -> str:
        if suspect == "narrow":
            return self._say_narrow(traits)
        rate = traits.rates()[suspect]
        best = round(self.lowest[suspect] * traits.n)
        return f"{round(rate * traits.n)} of {traits.n} answers {KINDS[suspect]}; at the best it was {best}"

    def _say_narrow(self, traits: Traits) -> str:
        times, wanted = round(traits.share * traits.n), round(traits.true_share * traits.n)
        right = f"{traits.right} are right, {self.most_right} were at the best"
        return f"{times} of {traits.n} answers are {traits.commonest!r}, expected of {wanted}; {right}"

    def _remember(self, traits: Traits, asked: Asked, evidence: dict[str, Any]) -> Judgement:
        """What sound answers teach: how good they can be; and one answer to everything is told once."""
        for kind, rate in traits.rates().items():
            self.lowest[kind] = min(rate, self.lowest.get(kind, 1.0))
        self.most_right = max(self.most_right, traits.right)
        if not (traits.is_narrow and asked.step):
            self.narrow_since, self.narrow_times = None, 0
            return Judgement("ok", f"{traits.n} answers, {traits.right} right", evidence)
        self.narrow_times += 1
        self.narrow_since = asked.step if self.narrow_since is None else self.narrow_since
        lasting = (asked.step - self.narrow_since) * (1 - asked.left) >= NARROW_SHARE * asked.step
        if self.told or self.narrow_times < NARROW_PROBES or not lasting:
            return Judgement("ok", self._say_narrow(traits), evidence)
        self.told = True
        words = "as a model does that has not learned to look at the pictures"
        return Judgement("warn", f"{self._say_narrow(traits)}: {words}", evidence)

    def sum_up(self, rows: Sequence[Mapping[str, Any]]) -> Judgement:
        """`could not check` where answers never were sound."""
        poor = [kind for kind, rate in self.lowest.items() if rate > 1 - WORSE]
        if self.probes < 2:
            return Judgement("could not check", "training ended before answers were asked a second time")
        if self.suspect:
            return Judgement("warn", f"at the end {self.found}")
        if poor:
            found = " and ".join(KINDS[kind] for kind in poor)
            return Judgement("could not check", f"from the base on, nearly all answers {found}: none ever were sound")
        if self.told:
            return Judgement("warn", "for a long while the model gave one answer to nearly everything")
        return Judgement("ok", f"answers stayed sound in {self.probes} probes", {"probes": self.probes})

    def state(self) -> dict[str, Any]:
        """The best so far, and what is suspected."""
        return {name: getattr(self, name) for name in _REMEMBERED}

    def load(self, state: Mapping[str, Any]) -> None:
        """Goes on from what `state` gave."""
        for name, value in state.items():
            setattr(self, name, value)
