"""What is asked of every guard, and what each finds in made-up steps, answers and validations."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from small_runs import make_recipe

from lensmith.config.sections import Recipe
from lensmith.training.guards import GUARDS
from lensmith.training.guards.collapse import Collapse
from lensmith.training.guards.contract import Asked, Judgement, Watched
from lensmith.training.guards.divergence import Divergence
from lensmith.training.guards.forgetting import Forgetting
from lensmith.training.guards.overfit import Overfit
from lensmith.training.guards.probe import Pace, Probe, choose_probe
from lensmith.training.guards.pulse import Pulse
from lensmith.types import Example, Prediction, Turn

WORDS = ("зебра", "none", "да", "нет 🦓")


def recipe_with(guards: dict[str, Any] | None = None, **train: Any) -> Recipe:
    made = make_recipe(Path("unused"), **train).model_dump()
    return Recipe.model_validate({**made, "guards": guards or {}})


def make_questions(count: int) -> list[Example]:
    return [Example(f"q{at}", (), (Turn("Что это?", (WORDS[at % 4],)),), f"g{at}") for at in range(count)]


def watched(count: int = 12, controls: int = 0, labels: bool = False, **settings: Any) -> Watched:
    probe = Probe(tuple(make_questions(count)), lambda _: [], (lambda text: text in WORDS) if labels else None)
    return Watched(recipe_with(**settings), count, probe, controls=controls)


def answer(said: Sequence[str], finished: bool = True) -> list[Prediction]:
    asked = make_questions(len(said))
    return [
        Prediction(each.id, each.group, each.question, each.answers, text, finished)
        for each, text in zip(asked, said, strict=True)
    ]


RIGHT = [WORDS[at % 4] for at in range(12)]
VARIED = [f"a thing, number {at}" for at in range(12)]


def look(guard: Collapse, step: int, said: Sequence[str], *, loss: float = 1.0, **more: Any) -> Judgement:
    pulse = Pulse()
    for at in range(20):
        pulse.see(at, loss, 1.0)
    finished = more.pop("finished", True)
    judged = guard.see_answers(Asked(step, 1 - step / 100, answer(said, finished), more.pop("pulse", pulse), **more))
    assert judged is not None
    return judged


@pytest.mark.parametrize("name", GUARDS)
def test_every_guard_describes_itself_and_remembers_in_plain_values(name: str) -> None:
    guard = GUARDS[name](watched())
    assert guard.name == name
    assert guard.describe
    state = json.loads(json.dumps(guard.state()))
    again = GUARDS[name](watched())
    again.load(state)
    assert str(again.state()) == str(guard.state())


@pytest.mark.parametrize("name", [name for name in GUARDS if name != "forgetting"])
def test_a_guard_can_be_turned_off(name: str) -> None:
    assert GUARDS[name](watched()).is_off() == ""
    assert "false" in GUARDS[name](watched(guards={name: False})).is_off()


@pytest.mark.parametrize("name", ["collapse", "overfit"])
def test_too_few_validation_examples_are_not_called_ok(name: str) -> None:
    assert (
        "there is no validation part"
        in GUARDS[name](Watched(recipe_with(), 0, None, "there is no validation part")).cannot_check()
    )
    assert "8" in GUARDS[name](watched(7)).cannot_check()
    assert GUARDS[name](watched(8)).cannot_check() == ""


def test_controls_must_be_enough_to_tell_the_bound() -> None:
    bound = {"forgetting": {"max_loss": 0.02}}
    assert "not set" in Forgetting(watched()).is_off()
    assert "is a control" in Forgetting(watched(guards=bound)).cannot_check()
    assert "20 controls" in Forgetting(watched(controls=20, guards=bound)).cannot_check()
    assert Forgetting(watched(controls=50, guards=bound)).cannot_check() == ""


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_divergence_fires_at_once_where_the_loss_is_no_number(value: float) -> None:
    guard, pulse = Divergence(watched()), Pulse()
    for step, loss in enumerate([2.0, 1.0, value], start=1):
        pulse.see(step, loss, 1.0)
        judged = guard.see_step(pulse)
        assert (judged is not None) == (step == 3)
    assert judged is not None
    assert judged.response == "go back"
    json.dumps(dict(judged.evidence), allow_nan=False)


def steps_until(guard: Divergence, losses: Sequence[float], norms: Sequence[float]) -> int | None:
    """The step after which it fires; None where it does not."""
    pulse = Pulse()
    for step, (loss, norm) in enumerate(zip(losses, norms, strict=True), start=1):
        pulse.see(step, loss, norm)
        if guard.see_step(pulse) is not None:
            return step
    return None


def test_divergence_wants_three_spikes_of_five() -> None:
    usual = [1.0] * 30
    norms = [1.0] * 36
    assert steps_until(Divergence(watched()), [*usual, 9.0, 1.0, 1.0, 1.0, 1.0, 9.0], norms) is None
    assert steps_until(Divergence(watched()), [*usual, 9.0, 1.0, 9.0, 1.0, 9.0, 1.0], norms) == 35


def test_spikes_of_the_norm_count_only_where_nothing_is_clipped() -> None:
    losses, norms = [1.0] * 36, [1.0] * 30 + [900.0] * 6
    assert steps_until(Divergence(watched()), losses, norms) is None
    assert steps_until(Divergence(watched(max_grad_norm=0.0)), losses, norms) == 33


def test_half_precision_may_overflow_for_a_while() -> None:
    losses, norms = [1.0] * 40, [math.inf] * 12 + [1.0] * 28
    assert steps_until(Divergence(watched()), losses, norms) == 1
    assert steps_until(Divergence(watched(precision="fp16")), losses, norms) is None
    assert steps_until(Divergence(watched(precision="fp16")), losses, [math.inf] * 40) == 20


def test_weights_are_judged_by_their_own_loss() -> None:
    guard = Divergence(watched())
    assert [guard.see_state(loss) for loss in (7.0, 3.0, 1.0)] == [None, None, None]
    for loss in (math.nan, math.inf, 400.0):
        judged = guard.see_state(loss)
        assert judged is not None
        assert judged.response == "go back"


LOOPS = ["zebra zebra zebra zebra zebra zebra"] * 12
SPOILT = {
    "repeat themselves": (LOOPS, True),
    "are empty": ([" "] * 12, True),
    "do not end": (VARIED, False),
    "name no label": (VARIED, True),
    "are one and the same, which is right nowhere": (["b"] * 12, True),
}


@pytest.mark.parametrize("words", SPOILT)
def test_collapse_is_confirmed_before_it_fires(words: str) -> None:
    said, finished = SPOILT[words]
    guard = Collapse(watched(labels="label" in words))
    assert look(guard, 0, RIGHT).verdict == "ok"
    found = [look(guard, step, said, finished=finished) for step in (10, 20, 30)]
    assert [each.response for each in found] == ["", "", "go back"]
    assert words in found[2].reason
    assert "12 of 12" in found[2].reason
    assert len(found[2].evidence["samples"]) == 3


def test_a_model_that_learns_may_stumble() -> None:
    guard = Collapse(watched())
    look(guard, 0, VARIED)
    losses = [8.0, 6.0, 4.0, 3.0, 2.0]
    assert [look(guard, 2 * at, LOOPS, loss=loss).response for at, loss in enumerate(losses, 1)] == [""] * 5
    assert guard.suspect
    assert look(guard, 12, RIGHT).verdict == "ok"
    assert not guard.suspect
    assert [look(guard, 20 + 10 * at, LOOPS, loss=2 - at / 2).response for at in range(3)] == ["", "", "go back"]
    guard.go_back()
    assert look(guard, 80, RIGHT).verdict == "ok"
    assert look(guard, 100, LOOPS).response == "go back", "it has fired before, and no step is left"
    guard = Collapse(watched())
    look(guard, 0, VARIED)
    assert [look(guard, 90 + 5 * at, LOOPS, loss=3.0 - at).response for at in range(3)] == [""] * 3
    assert guard.sum_up([]).verdict == "warn"
    assert "at the end 12 of 12 answers repeat themselves" in guard.sum_up([]).reason


def test_a_poor_base_cannot_collapse_and_is_not_called_sound() -> None:
    guard = Collapse(watched())
    assert [look(guard, step, LOOPS).response for step in range(0, 60, 10)] == [""] * 6
    assert guard.sum_up([]).verdict == "could not check"
    assert look(guard, 60, RIGHT).verdict == "ok"
    assert [look(guard, step, LOOPS).response for step in (70, 80, 90)] == ["", "", "go back"], "now it could"


def test_restless_losses_make_two_looks_enough_and_a_failure_one() -> None:
    restless = Pulse()
    for step, loss in enumerate([1.0] * 20 + [9.0, 1.0, 9.0]):
        restless.see(step, loss, 1.0)
    guard = Collapse(watched())
    look(guard, 0, RIGHT)
    assert [look(guard, step, LOOPS, pulse=restless).response for step in (10, 20)] == ["", "go back"]
    guard = Collapse(watched())
    look(guard, 0, RIGHT)
    assert look(guard, 10, LOOPS, failed=True).response == "go back"


def test_a_loss_above_the_base_makes_two_looks_enough() -> None:
    """As the lab's collapsing recipe went: the base named things, and after two steps all answers were `rararara`."""
    pulse = Pulse()
    for step, loss in enumerate([8.2, 7.4, 6.7, 12.3], start=1):
        pulse.see(step, loss, 1.0)
    assert not pulse.restless
    guard = Collapse(watched(labels=True))
    look(guard, 0, VARIED)
    assert [look(guard, step, ["rara" * 8] * 12, pulse=pulse).response for step in (2, 4)] == ["", "go back"]


def test_one_answer_to_everything_fires_where_right_answers_were_lost() -> None:
    guard = Collapse(watched())
    look(guard, 0, VARIED)
    look(guard, 10, RIGHT)
    found = [look(guard, step, ["зебра"] * 12) for step in (20, 30, 40)]
    assert [each.response for each in found] == ["", "", "go back"]
    assert "12 of 12 answers are 'зебра', expected of 3; 3 are right, 12 were at the best" in found[-1].reason
    assert found[-1].evidence["entropy_bits"] == 0
    assert found[-1].evidence["true_entropy_bits"] == 2


def test_one_answer_before_anything_was_learned_is_told_once() -> None:
    guard = Collapse(watched())
    look(guard, 0, VARIED)
    verdicts = [look(guard, step, ["зебра"] * 12).verdict for step in range(5, 60, 5)]
    assert verdicts.count("warn") == 1
    assert "stop" not in verdicts
    assert look(guard, 60, RIGHT).verdict == "ok"


def test_answers_that_should_be_alike_are_not_narrow() -> None:
    guard = Collapse(watched(4))
    same = [Prediction(str(at), "g", "?", ("да",), "да", True) for at in range(12)]
    judged = guard.see_answers(Asked(10, 0.5, same, Pulse()))
    assert judged is not None
    assert judged.verdict == "ok"


def log_of(
    validation: Sequence[float], training: Sequence[float], controls: Sequence[float] = ()
) -> list[dict[str, Any]]:
    """metrics.jsonl of a base and its epochs, four steps each."""
    rows: list[dict[str, Any]] = [{"step": 0, "epoch": 0, "eval_validation_loss": 9.0}]
    for at, (loss, trained) in enumerate(zip(validation, training, strict=True), start=1):
        rows += [
            {"step": 4 * at - 2, "epoch": at - 0.5, "loss": trained + 0.1},
            {"step": 4 * at, "epoch": at, "loss": trained - 0.1},
        ]
        rows.append({"step": 4 * at, "epoch": at, "eval_validation_loss": loss})
    for row, score in zip([row for row in rows if "loss" not in row], controls, strict=False):
        row["eval_control_score"] = score
    return rows


RISES = log_of([1.0, 0.5, 0.55, 0.57, 0.585], [2.0, 1.0, 0.6, 0.4, 0.26])


def test_overfit_is_told_in_words_once() -> None:
    guard = Overfit(watched())
    ends = [at for at, row in enumerate(RISES, 1) if "loss" not in row]
    found = [guard.see_validation(RISES[:end]) for end in ends]
    assert [each and each.verdict for each in found] == [None, None, None, None, "warn", None]
    assert guard.sum_up(RISES).reason == "best after epoch 2; since then training loss −74 %, validation loss +17 %"
    assert guard.sum_up(RISES).verdict == "warn"


def test_patience_ends_the_training() -> None:
    guard = Overfit(watched(patience=2))
    assert guard.see_validation(RISES[:10]) is None
    judged = guard.see_validation(RISES[:13])
    assert judged is not None
    assert judged.response == "end"
    assert "2 validations without a better one" in judged.reason


@pytest.mark.parametrize(
    ("validation", "training", "verdict"),
    [
        ([1.0, 0.5, 0.4], [2.0, 1.0, 0.5], "ok"),
        ([1.0, 0.5, 0.51, 0.52], [2.0, 1.0, 0.5, 0.4], "ok"),
        ([1.0, 0.5, 0.6, 0.7], [2.0, 1.0, 1.1, 1.2], "ok"),
        ([1.0, 0.5, 0.6, 0.7], [2.0, 1.0, 0.5, 0.4], "warn"),
        ([1.0, 0.5, 0.51, 0.51, 0.52, 0.51], [2.0, 1.0, 0.8, 0.7, 0.6, 0.4], "warn"),
        ([1.0, 0.5, 0.51, 0.51, 0.52, 0.51], [2.0, 1.0, 0.8, 0.7, 0.6, 0.55], "ok"),
        ([1.0, 0.5, 0.51, 0.501, 0.52, 0.51], [2.0, 1.0, 0.8, 0.7, 0.6, 0.4], "ok"),
        ([1.0, 0.5, 0.501, 0.501, 0.502, 0.501, 0.502, 0.501], [2.0, 1.0, 0.8, 0.7, 0.6, 0.4, 0.4, 0.4], "warn"),
        ([1.0, 0.5, 0.501, 0.501, 0.502, 0.501, 0.502, 0.501], [2.0, 1.0, 0.8, 0.7, 0.6, 0.6, 0.6, 0.6], "ok"),
        ([1.0, 0.5, 0.501, 0.501, 0.502, 0.501, 0.502, 0.5], [2.0, 1.0, 0.8, 0.7, 0.6, 0.4, 0.4, 0.4], "ok"),
        ([1.0], [2.0], "could not check"),
    ],
)
def test_overfit_wants_both_losses_to_part(validation: list[float], training: list[float], verdict: str) -> None:
    assert Overfit(watched()).sum_up(log_of(validation, training)).verdict == verdict


def test_forgetting_ends_where_the_bound_is_passed() -> None:
    guard = Forgetting(watched(controls=50, guards={"forgetting": {"max_loss": 0.02}}))
    log = log_of([1.0, 0.5], [2.0, 1.0], [0.8, 0.79, 0.76])
    assert guard.see_validation(log[:1]) is None
    kept, lost = guard.see_validation(log[:4]), guard.see_validation(log)
    assert kept is not None and lost is not None
    assert (kept.verdict, lost.verdict, lost.response) == ("ok", "stop", "end")
    assert "4.0 points lost, 2 may be" in lost.reason
    assert guard.sum_up(log).verdict == "stop"


def test_the_probe_is_balanced_and_follows_the_seed() -> None:
    few = [Example(f"z{at}", (), (Turn("?", ("zebra",)),), "g") for at in range(90)]
    many = [Example(f"n{at}", (), (Turn("?", ("None.",)),), "g") for at in range(10)]
    chosen = choose_probe([*few, *many], 12, seed=3)
    assert sorted(each.answers[0] for each in chosen) == ["None."] * 6 + ["zebra"] * 6
    assert chosen == choose_probe([*reversed(many), *few], 12, seed=3)
    assert chosen != choose_probe([*few, *many], 12, seed=4)


def test_the_pace_keeps_its_share_of_the_time() -> None:
    pace = Pace(None)
    for probe_s, step_s in ((0.5, 0.1), (0.01, 5.0), (60.0, 0.01)):
        pace.probe_s, pace.total_s, pace.steps = probe_s, 20 * step_s, 20
        share = probe_s / (pace.every * step_s)
        assert share <= 0.02 or pace.every == 4096
        assert share > 0.01 or pace.every == 4
    assert Pace(7).every == 7
