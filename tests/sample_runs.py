"""Run folders made without a model: answers are invented, all else is computed and written as a run does it."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image

from lensmith.config.loading import load_recipe
from lensmith.config.origins import dump_resolved
from lensmith.evaluation.blind import answer_blind
from lensmith.evaluation.compare import compare_predictions
from lensmith.evaluation.learning import compare_subjects
from lensmith.evaluation.predictions import write_predictions
from lensmith.evaluation.results import score_predictions
from lensmith.rundir import append_jsonl, write_json
from lensmith.types import Prediction

HOSTILE = "</script><script>document.title='взлом';alert(1)</script><img src=x onerror=alert(2)>\"'&{from_}\u202e\x07"

RECIPE = """
model: some/model
data:
  train: train.jsonl
  test: test.jsonl
train: {epochs: 4}
evaluate:
  metrics: [label, ladder]
  labels: [зебра, нет]
  positive: зебра
  slices: [light]
  resamples: 100
run: {seed: 3}
"""


PLAIN = """
model: some/model
data: {train: train.jsonl, test: test.jsonl}
evaluate: {metrics: [exact_match], resamples: 100}
"""


@dataclass(frozen=True)
class Asked:
    """One question of a sample run: what is right, and what both models say."""

    gold: str
    before: str
    after: str
    light: str = "day"
    question: str = "Есть ли переход? 🦓"
    confidence: float | None = 0.5
    subject: str = ""


def crossing(number: int) -> Asked:
    """A question of the usual sample: by day the tuned model is right, by night it says no."""
    gold, night = ("зебра", "нет")[number % 2], number % 3 == 0
    before = "кот" if number % 4 else gold
    after = "нет" if night else gold
    light = "night" if night else "day"
    return Asked(gold, before, after, light, confidence=(number % 10) / 10, subject=f"улица {number % 4}")


def log_lines(epochs: int = 4, best: int = 2) -> list[dict[str, Any]]:
    """Training loss falls to the end, validation loss to epoch `best`, then rises."""
    lines: list[dict[str, Any]] = [{"step": 0, "epoch": 0, "eval_validation_loss": 4.0}]
    for epoch in range(1, epochs + 1):
        for part in (0.5, 1.0):
            at = epoch - 1 + part
            lines.append({"step": round(10 * at), "epoch": at, "loss": 2.0 / (1 + at) ** 2, "token_accuracy": at / 5})
        validation = 1.0 + 0.5 * abs(epoch - best)
        lines.append({"step": 10 * epoch, "epoch": epoch, "eval_validation_loss": validation})
    return lines


def write_run(
    folder: Path,
    asked: Iterable[Asked],
    *,
    recipe: str = RECIPE,
    change: Callable[[dict[str, Any]], None] | None = None,
    pictures: bool = True,
) -> Path:
    """A finished run in `folder`/run, with its data beside it; questions two by two share a picture.

    Args:
        folder: where data and run go.
        asked: the test questions.
        recipe: YAML.
        change: what to do to comparison.json before it is written.
        pictures: False where the picture files are gone.
    """
    questions = list(asked)
    write_data(folder, questions, pictures=pictures)
    (folder / "recipe.yaml").write_text(recipe, encoding="utf-8")
    loaded = load_recipe(folder / "recipe.yaml")
    run = folder / "run"
    run.mkdir()
    before = [prediction(at, each, each.before) for at, each in enumerate(questions)]
    after = [replace(prediction(at, each, each.after), confidence=each.confidence) for at, each in enumerate(questions)]
    write_predictions(run / "before.jsonl", before)
    write_predictions(run / "after.jsonl", after)
    section, seed = loaded.recipe.evaluate, loaded.recipe.run.seed
    scores = [score_predictions(side, section, seed).to_json() for side in (before, after)]
    write_json(run / "scores.json", {"before": scores[0], "after": scores[1]})
    compared = compare_predictions(before, after, section, seed).to_json()
    blind = compare_predictions(answer_blind(after, "нет"), after, section, seed).to_json()
    compared |= {
        "fit": {"best_step": 20, "best_value": 1.0, "last_step": 40},
        "commonest_answer": "нет",
        "blind": blind,
    }
    subjects = compare_subjects(before, after, section, seed)
    if subjects:
        compared["subjects"] = subjects.to_json()
    if change:
        change(compared)
    write_json(run / "comparison.json", compared)
    append_jsonl(run / "metrics.jsonl", log_lines())
    write_json(run / "recipe.json", {**dump_resolved(loaded), "asked": {}})
    write_json(run / "environment.json", {"python": "3.11.7", "device": "cpu", "packages": {"torch": "2.13.0"}})
    counts = {"train": 10, "validation": 2, "test": len(questions)}
    write_json(run / "data.json", {"fingerprint": "abc", "rows": 12, "pictures": 6, "examples": counts})
    write_json(run / "checkpoints" / "best.json", {"step": 20, "metric": "validation_loss", "value": 1.0})
    return run


def prediction(at: int, each: Asked, answer: str) -> Prediction:
    """What a model said to one question."""
    metadata = {"light": each.light}
    if each.subject:
        metadata |= {"subject": each.subject, "subject_group": "target" if at % 4 < 2 else "control"}
    return Prediction(
        id=f"test:{at + 1}",
        group=f"{at // 2}.png",
        question=each.question,
        answers=(each.gold,),
        prediction=answer,
        finished=True,
        metadata=metadata,
    )


def write_data(folder: Path, asked: list[Asked], *, pictures: bool = True) -> None:
    """train.jsonl, test.jsonl and small pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [
        {"image_path": f"{at // 2}.png", "question": each.question, "answer": each.gold, "light": each.light}
        for at, each in enumerate(asked)
    ]
    for name in ("train", "test"):
        lines = (json.dumps(row, ensure_ascii=False) for row in rows)
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for number in range(-(-len(asked) // 2) if pictures else 0):
        Image.new("RGB", (300, 200), (number * 37 % 256, number * 91 % 256, 120)).save(folder / f"{number}.png")


def found_slice(value: str = "night") -> dict[str, Any]:
    """An entry of found_slices as a search for weak slices writes it."""

    def number(value: float) -> dict[str, Any]:
        interval = {"low": value - 0.1, "high": value + 0.1, "confidence": 0.95, "method": "Wilson", "groups": 9}
        return {"n": 9, "groups": 9, "value": value, "interval": interval, "reason": ""}

    return {
        "metric": "label",
        "column": "light",
        "value": value,
        "apart_from": [],
        "n": 9,
        "groups": 9,
        "rest": number(0.9),
        "before": number(0.1),
        "after": number(0.4),
        "gap": number(-0.5),
        "adjusted_p": 0.002,
        "verdict": "worse",
        "sentence": "worse where light = night",
    }


def add_guards(run: Path) -> None:
    """guards.jsonl and preflight.json with one finding of each kind."""
    verdicts = (("collapse", "ok"), ("overfit", "warn"), ("forgetting", "could not check"), ("scale", "stop"))
    append_jsonl(
        run / "guards.jsonl",
        [
            {
                "step": 10,
                "epoch": 1.0,
                "guard": name,
                "verdict": verdict,
                "reason": f"почему {name}",
                "action": "",
                "evidence": {"share": 0.5},
                **({"final": True} if verdict == "ok" else {}),
            }
            for name, verdict in verdicts
        ],
    )
    line = {"code": "rate/high", "severity": "warning", "where": "train.learning_rate", "found": "high", "fix": "lower"}
    write_json(run / "preflight.json", [line])
