"""Shows a training to its guards, and does what follows from what they find.

Losses are read after every step on a CPU and after every eighth elsewhere, so that no device is waited for. Answers are
looked at before the first step, after 2, 4, 8 steps and so on until every so many, at the end of each epoch, and soon
where something is suspected or the loss has left the usual.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from lensmith.ranks import agree
from lensmith.rundir import read_json, read_jsonl_prefix, write_json
from lensmith.training.guards import GUARDS
from lensmith.training.guards.contract import Asked, Guard, Judgement, Watched
from lensmith.training.guards.findings import Finding, GuardLog
from lensmith.training.guards.forgetting import checkpoint_bound, lost_points
from lensmith.training.guards.probe import Pace
from lensmith.training.guards.pulse import Pulse
from lensmith.training.guards.recovery import Recovery
from lensmith.training.guards.snapshot import load_state, save_state
from lensmith.training.shards import perform

STATE = "guards.json"
READ_EVERY = 8
# A suspicion, or a loss that has left the usual, is looked into after a quarter of the usual steps, early on after half
# as many as were taken, and at least two.
SOONER, SOONEST = 4, 2

T = TypeVar("T")
Found = list[tuple[Guard, Judgement]]


class Watch(TrainerCallback):  # type: ignore[misc]
    """All guards of one training; must be told of events before what keeps checkpoints.

    Args:
        watched: what is known before training begins.
        log: where findings go.
        metrics_path: the log of losses and validations.

    Attributes:
        trainer: set before training begins.
        measure: the loss of the present weights on a few training examples; set before training begins.
        doubtful: steps whose checkpoint something is suspected of, or is the base.
        stopped: who ended the training and why; None while it goes on, or where it came to its own end.
    """

    trainer: Any
    measure: Callable[[], float]

    def __init__(self, watched: Watched, log: GuardLog, metrics_path: Path) -> None:
        self.watched = watched
        self.log = log
        self.metrics_path = metrics_path
        self.guards = {name: GUARDS[name](watched) for name in GUARDS}
        self.active = [each for each in self.guards.values() if not each.is_off() and not each.cannot_check()]
        asks = any(guard.name == "collapse" for guard in self.active)
        self.probe = watched.probe if asks else None
        self.pulse = Pulse()
        self.pace = Pace(watched.recipe.guards.every)
        self.recovery = Recovery(watched.recipe.guards, begins_again=watched.recipe.train.safe_mode)
        self.fired: dict[str, list[tuple[int, str]]] = {}
        self.stopped: dict[str, Any] | None = None
        self.last_look = 0
        self.doubtful: list[int] = []
        self._unread: list[tuple[int, Tensor]] = []
        self._loss_before: Tensor | None = None
        self._since: float | None = None
        self._taken_s: list[float] = []

    def load(self, checkpoint: Path) -> None:
        """Goes on from what a checkpoint holds; one from before there were guards holds nothing."""
        if not (checkpoint / STATE).exists():
            return
        self.recovery.good = load_state(checkpoint)
        state = read_json(checkpoint / STATE)
        self.pulse.load(state["pulse"])
        self.pace.load(state["pace"])
        self.recovery.failures = list(state["failures"])
        self.fired = {name: [tuple(each) for each in found] for name, found in state["fired"].items()}
        self.stopped = state["stopped"]
        self.last_look = state["last_look"]
        self.doubtful[:] = state["doubtful"]
        for name, each in state["guards"].items():
            if name in self.guards:
                self.guards[name].load(each)

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Asks the base, and keeps the state training begins with as the first good one."""
        if state.global_step == 0:
            self._measure()
            self._ask(state, failed=False)
        if self.recovery.good is None:
            self._keep(state)

    def on_step_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Remembers the sum of losses before the step."""
        self._loss_before = self.trainer._tr_loss.clone()

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Takes the step's loss and gradient norm, and looks at them and at answers where it is time."""
        now = time.perf_counter()
        if self._since is not None:
            self._taken_s.append(now - self._since)
        loss = self.trainer._tr_loss - self._loss_before
        norm = torch.as_tensor(self.trainer.grad_norm, dtype=loss.dtype, device=loss.device)
        self._unread.append((state.global_step, torch.stack([loss.detach(), norm.detach()])))
        ends = state.global_step >= state.max_steps or float(state.epoch or 0.0).is_integer()
        saves = ends or state.global_step % (self.watched.recipe.train.save_every or state.max_steps) == 0
        due = self.active and (ends or state.global_step - self.last_look >= self._gap())
        if saves or due or len(self._unread) >= READ_EVERY or self.trainer.args.device.type == "cpu":
            self._look(state, control, due=bool(due), saves=saves)
        self._since = time.perf_counter()

    def on_evaluate(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Shows the log, which ends with the validation, to the guards."""
        self._since = None
        rows = agree(read_jsonl_prefix(self.metrics_path))
        for guard in self.active:
            judgement = guard.see_validation(rows) if rows else None
            if judgement is None:
                continue
            ends = judgement.response == "end" and self.stopped is None and 0 < state.global_step < state.max_steps
            if ends:
                self.stopped = {"guard": guard.name, "reason": judgement.reason, "failed": False}
                control.should_training_stop = True
            self._tell(state, guard, judgement, "training ended" if ends else "")

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Lays what guards remember beside the checkpoint's other files."""
        self._since = None
        if not state.is_world_process_zero:
            return
        folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        write_json(folder / STATE, self._state())
        good = self.recovery.good
        if good is not None and good.step != state.global_step:
            save_state(good, folder)

    @property
    def failure(self) -> str | None:
        """Why a guard ended the training as failed; None where none did."""
        failed = self.stopped is not None and self.stopped["failed"]
        return f"{self.stopped['guard']}: {self.stopped['reason']}" if failed and self.stopped else None

    def nothing_to_deliver(self, best_step: int | None, last_step: int) -> tuple[str, str] | None:
        """A guard and its reason, where no checkpoint may be delivered; None where one may.

        Args:
            best_step: of the best checkpoint that counts; None where none was validated, or none counts.
            last_step: of the last checkpoint, which counts as best where none was validated.
        """
        if self.stopped and self.stopped["failed"]:
            base = best_step in (None, last_step) and not self.stopped["good_step"]
            if base or best_step in self.doubtful:
                return self.stopped["guard"], self.stopped["reason"]
        rows = agree(read_jsonl_prefix(self.metrics_path))
        bound = checkpoint_bound(self.watched.recipe)
        lost = [lost_points(rows, row) for row in rows if row["step"] > 0]
        known = [each for each in lost if each is not None]
        if bound is not None and known and best_step is None:
            found = f"every checkpoint lost {100 * min(known):.1f} points on controls or more, {100 * bound:g} may be"
            return "forgetting", found
        return None

    def finish(self, step: int) -> None:
        """Writes each guard's last word."""
        rows = agree(read_jsonl_prefix(self.metrics_path))
        epoch = rows[-1]["epoch"] if rows else 0.0
        for guard in self.guards.values():
            judgement = self._sum_up(guard, rows)
            action = "training ended" if self.stopped and self.stopped["guard"] == guard.name else ""
            words = judgement.verdict, judgement.reason, action, judgement.evidence
            self.log.add(Finding(step, epoch, guard.name, *words), final=True)

    def _sum_up(self, guard: Guard, rows: Sequence[dict[str, Any]]) -> Judgement:
        if reason := guard.is_off():
            return Judgement("off", reason)
        if reason := guard.cannot_check():
            return Judgement("could not check", reason)
        if self.stopped and self.stopped["guard"] == guard.name:
            return Judgement("stop", self.stopped["reason"])
        last, fired = guard.sum_up(rows), self.fired.get(guard.name)
        if not fired:
            return last
        steps = [step for step, _ in fired]
        times = f"{len(fired)} times, first " if len(fired) > 1 else ""
        end = f"; {last.reason}" if last.verdict == "warn" else ""
        return Judgement("warn", f"{times}after step {steps[0]}: {fired[0][1]}{end}", {"steps": steps})

    def _set_pace(self) -> None:
        """Counts the steps since the last time; all processes go by the main one's clock, so that all look together."""
        self.pace.total_s += sum(self._taken_s)
        self.pace.steps += len(self._taken_s)
        self._taken_s = []
        self.pace.load(agree(self.pace.state()))

    def _gap(self) -> int:
        """Steps from the last look at answers to the next."""
        every = self.pace.every
        if self.pulse.restless or self._in_doubt():
            return max(SOONEST, min(every // SOONER, self.last_look // 2))
        return min(every, max(SOONEST, self.last_look))

    def _in_doubt(self) -> bool:
        return any(guard.suspect for guard in self.active)

    def _look(self, state: TrainerState, control: TrainerControl, *, due: bool, saves: bool) -> None:
        """Reads the losses, asks the probe, and goes back or keeps the state."""
        began = time.perf_counter()
        if due or saves:
            self._set_pace()
        found = self._read()
        if not found and (due or saves):
            found = self._measure()
        wrong = any(judgement.response == "go back" for _, judgement in found)
        if (due or wrong) and math.isfinite(self.pulse.beats[-1].loss):
            found += self._ask(state, failed=wrong)
        if any(judgement.response == "go back" for _, judgement in found):
            self._go_back(state, control, found)
            if saves and (self.recovery.good is None or not self.recovery.good.step):
                self.doubtful.append(state.global_step)  # what is saved is the base
            return
        for guard, judgement in found:
            self._tell(state, guard, judgement)
        if saves and self._in_doubt():
            self.doubtful.append(state.global_step)
        quiet = not any(beat.loss_spikes for beat in self.pulse.recent)
        if (due or saves) and quiet and not self._in_doubt():
            self._keep(state)
        if due:
            self.pace.probe_s = time.perf_counter() - began

    def _read(self) -> Found:
        """The losses not read yet, judged; in one transfer from the device."""
        steps = [step for step, _ in self._unread]
        values_S2 = torch.stack([values for _, values in self._unread])
        self._unread = []
        if self.trainer.args.world_size > 1:
            values_S2 = self.trainer.accelerator.gather(values_S2[None]).mean(dim=0)
        found: Found = []
        for step, (loss, norm) in zip(steps, values_S2.tolist(), strict=True):
            self.pulse.see(step, loss, norm)
            judged = ((guard, guard.see_step(self.pulse)) for guard in self.active)
            found += [(guard, judgement) for guard, judgement in judged if judgement is not None]
            if found:
                break  # what came after is of the same failure
        return found

    def _measure(self) -> Found:
        """What the present weights make of a few training examples, judged."""
        if not any(guard.name == "divergence" for guard in self.active):
            return []
        loss = agree(self._in_evaluation(self.measure))
        judged = [(guard, guard.see_state(loss)) for guard in self.active]
        return [(guard, judgement) for guard, judgement in judged if judgement is not None]

    def _in_evaluation(self, compute: Callable[[], T]) -> T:
        model = self.trainer.model
        was_training = model.training
        model.eval()
        try:
            return perform(model, compute)
        finally:
            model.train(was_training)

    def _ask(self, state: TrainerState, *, failed: bool) -> Found:
        """Asks the probe and shows the answers to the guards."""
        self.last_look = state.global_step
        if self.probe is None:
            return []
        probe = self.probe
        answers = agree(self._in_evaluation(lambda: probe.ask(probe.examples)))
        left = 1 - state.global_step / max(1, state.max_steps)
        asked = Asked(state.global_step, left, answers, self.pulse, failed)
        judged = [(guard, guard.see_answers(asked)) for guard in self.active]
        found = [(guard, judgement) for guard, judgement in judged if judgement is not None]
        if state.global_step == 0:
            for guard, judgement in found:
                self._tell(state, guard, replace(judgement, reason=f"the base: {judgement.reason}"))
        return found

    def _go_back(self, state: TrainerState, control: TrainerControl, found: Found) -> None:
        """Answers a failure: the last good state and a lower rate, or, after too many, the end."""
        guard, judgement = next(pair for pair in found if pair[1].response == "go back")
        action, goes_on = self.recovery.go_back(self.trainer, state)
        if self.recovery.good is not None:
            self.pulse.load(self.recovery.good.pulse)
        self._unread = []
        self.last_look = state.global_step
        if not goes_on:
            good = self.recovery.good.step if self.recovery.good else 0
            self.stopped = {"guard": guard.name, "reason": judgement.reason, "failed": True, "good_step": good}
            control.should_training_stop = True
        for other, judged in found:
            if judged.response == "go back":
                self.fired.setdefault(other.name, []).append((state.global_step, judged.reason))
            self._tell(state, other, judged, action if judged.response == "go back" else "")
        for other in self.active:
            other.go_back()

    def _keep(self, state: TrainerState) -> None:
        if any(guard.name in ("divergence", "collapse") for guard in self.active):
            self.recovery.keep(self.trainer, state.global_step, self.pulse.state())

    def _tell(self, state: TrainerState, guard: Guard, judgement: Judgement, action: str = "") -> None:
        words = judgement.verdict, judgement.reason, action, judgement.evidence
        self.log.add(Finding(state.global_step, state.epoch or 0.0, guard.name, *words))

    def _state(self) -> dict[str, Any]:
        return {
            "pulse": self.pulse.state(),
            "pace": self.pace.state(),
            "failures": self.recovery.failures,
            "fired": self.fired,
            "stopped": self.stopped,
            "last_look": self.last_look,
            "doubtful": self.doubtful,
            "guards": {name: guard.state() for name, guard in self.guards.items()},
        }
