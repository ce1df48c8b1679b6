"""Safe mode: a training that a guard stopped is begun again from the base, more carefully, in the same run folder.

What the stopped attempt left is moved to `stopped-1/`, `stopped-2/` and so on beside it; `safe_mode.json` says why, and
which settings were changed. A kill between any two of these steps loses nothing: the same command goes on.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from lensmith.config.origins import LoadedRecipe
from lensmith.config.sections import Recipe
from lensmith.console import say, warn
from lensmith.errors import GuardStopError, Problem
from lensmith.ranks import wait_for_all
from lensmith.rundir import RunDir, is_main_process, read_json, write_json

if TYPE_CHECKING:  # run folders are taken up without torch, too
    from lensmith.training.fit import Fit

FILE = "safe_mode.json"
PREFLIGHT = "preflight.json"
DONE = "safe_mode"
"""In recipe.json: how many attempts before this one were stopped."""
STAYS = {FILE, ".lock", "recipe.json", "data.json", "environment.json"}
GUARDS = ("guard/collapse", "guard/divergence")
ATTEMPTS = 4
RATE, WARMUP, PENALTY = 0.25, 0.1, 1.2

T = TypeVar("T")


def in_safe_mode(run: RunDir, asked: LoadedRecipe, attempt: Callable[[], T]) -> T:
    """What `attempt` answers; where guards stop it and `train.safe_mode` is on, what a more careful one answers.

    Args:
        run: the folder.
        asked: the recipe as the user gives it now.
        attempt: trains from wherever the folder stands.

    Raises:
        GuardStopError: safe mode is off, or was tried four times.
    """
    while True:
        try:
            return attempt()
        except GuardStopError as stop:
            problem = stop.problems[0]
            if not may_retreat(run, asked, problem.code):
                raise
        # outside the handler: the error holds the model that failed
        retreat(run, problem)


def leave_stopped(run: RunDir, asked: LoadedRecipe, fitted: "Fit") -> None:
    """Leaves a training that a guard stopped, though it has something to deliver, where safe mode may do better.

    Raises:
        GuardStopError: it may.
    """
    if fitted.stopped is None:
        return
    guard, _, reason = fitted.stopped.partition(": ")
    if may_retreat(run, asked, f"guard/{guard}"):
        raise GuardStopError(Problem(f"guard/{guard}", str(run.path), reason))
    warn(f"a guard stopped the training: {fitted.stopped}; what is delivered is the best checkpoint before")


def may_retreat(run: RunDir, asked: LoadedRecipe, code: str) -> bool:
    """True where safe mode is on, answers this guard, and has not been tried too often."""
    return asked.recipe.train.safe_mode and code in GUARDS and len(read_attempts(run)) < ATTEMPTS


def read_attempts(run: RunDir) -> list[dict[str, Any]]:
    """What safe mode did so far, first to last."""
    return list(read_json(run / FILE)["attempts"]) if (run / FILE).exists() else []


def retreat(run: RunDir, problem: Problem) -> None:
    """Writes down why and how training will begin again."""
    attempts = read_attempts(run)
    settled = Recipe.model_validate(read_json(run / "recipe.json")["recipe"])
    changes, notes = choose_safer(settled, _read_advice(run))
    for key, (value, reason) in changes.items():
        say(f"safe mode: {key} = {value} ({reason})")
    for note in notes:
        say(f"safe mode: {note}")
    made = {
        "guard": problem.code.removeprefix("guard/"),
        "reason": problem.found,
        "values": {key: value for key, (value, _) in changes.items()},
        "reasons": {key: reason for key, (_, reason) in changes.items()},
        "notes": notes,
    }
    wait_for_all()
    if is_main_process():
        write_json(run / FILE, {"attempts": [*attempts, made]})
    wait_for_all()


def _read_advice(run: RunDir) -> dict[str, Any]:
    """The values that pre-flight would have had, by key."""
    findings = read_json(run / PREFLIGHT) if (run / PREFLIGHT).exists() else []
    return {key: value for each in findings for key, value in each.get("settings", {}).items()}


def choose_safer(recipe: Recipe, advice: Mapping[str, Any]) -> tuple[dict[str, tuple[Any, str]], list[str]]:
    """New values by key, each with its reason, and what stays although it might matter.

    Args:
        recipe: settled, of the attempt that was stopped.
        advice: the values that pre-flight would have had, by key.
    """
    train, prompt = recipe.train, recipe.prompt
    if not isinstance(train.learning_rate, float):
        raise TypeError("train.learning_rate is not settled")
    rate, reason = RATE * train.learning_rate, f"a quarter of {train.learning_rate:g}"
    known = advice.get("train.learning_rate", rate)
    if known < rate:
        rate, reason = known, f"the most that works at this size; it was {train.learning_rate:g}"
    changes: dict[str, tuple[Any, str]] = {"train.learning_rate": (rate, reason)}
    notes = []
    if train.warmup < WARMUP:
        changes["train.warmup"] = (WARMUP, f"longer than {train.warmup:g}")
    if recipe.evaluate.repetition_penalty < PENALTY:
        changes["evaluate.repetition_penalty"] = (PENALTY, "against loops, before and after alike")
    if prompt.short_template and prompt.template != prompt.short_template:
        changes["prompt.template"] = (prompt.short_template, "prompt.short_template")
    elif not prompt.short_template:
        notes.append("the prompt stays as it is: prompt.short_template is not set")
    return changes, notes


def finish_retreat(run: RunDir) -> None:
    """Moves aside what the last stopped attempt left, and puts the careful recipe in its place, last of all.

    Does nothing where that is done. The recipe keeps the origin of every value; those of safe mode say so.
    """
    attempts = read_attempts(run)
    if not attempts:
        return
    stored = read_json(run / "recipe.json")
    if is_main_process() and stored.get(DONE, 0) < len(attempts):
        aside = run / f"stopped-{len(attempts)}"
        write_json(aside / "recipe.json", stored)
        for path in run.path.iterdir():
            if path.name not in STAYS and not path.name.startswith("stopped-"):
                path.rename(aside / path.name)
        write_json(run / "recipe.json", {**stored, **_lay_over(stored, attempts[-1]), DONE: len(attempts)})
    wait_for_all()


def _lay_over(stored: dict[str, Any], attempt: dict[str, Any]) -> dict[str, Any]:
    """A settled recipe and its origins with the values of safe mode."""
    recipe = {name: dict(section) for name, section in stored["recipe"].items()}
    origins = dict(stored["origins"])
    for key, value in attempt["values"].items():
        section, name = key.split(".")
        recipe[section][name] = value
        origins[key] = {"kind": "auto", "text": f"safe mode: {attempt['reasons'][key]}"}
    return {"recipe": recipe, "origins": origins}


def describe_attempts(run: RunDir) -> list[str]:
    """What safe mode did, a line an attempt."""
    return [
        f"safe mode: attempt {at} was stopped ({each['guard']}: {each['reason']}); then "
        + ", ".join(f"{key} {value}" for key, value in each["values"].items())
        for at, each in enumerate(read_attempts(run), start=1)
    ]
