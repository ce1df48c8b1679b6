"""A base model's folder: weights, processor, and a card that says what it can do and what it has not seen."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from lensmith.lab.pretraining import BASES, Plan
from lensmith.rundir import write_text

CARD = """\
# lab/{name}

{summary}. Pretrained from random weights by `{command}`:
its tower learned in {seeing_epochs:g} epochs of {pictures} drawn pictures what each of their parts shows, its language
model to name that (the world `everyday-maps`), then the whole in {epochs:g} epochs of as many other pictures to answer,
some seventeen questions each, in English and Russian (`everyday`). It is small on purpose: a whole fine-tuning
experiment takes minutes on a laptop.

It has seen cats, cars, chairs and other common things; colours, shapes, numbers up to four, places, sizes, materials,
patterns, short words; Matryoshka, Spider-Man and Superman. It has not seen crosswalks, charts, traffic lights,
Cheburashka, Kolobok, Alyosha Popovich or Crocodile Gena: those are what the lab teaches.

Answers that are right word for word, on {held_out} pictures that it has not seen, by kind of question and language:

| kind | right | questions |
|---|---|---|
{rows}
"""


def write_base(name: str, plan: Plan, out: Path, delivered: Path, by_kind: Mapping[str, tuple[float, int]]) -> Path:
    """Copies the delivered model to `out/model`, writes its card and its scores, and returns the folder.

    Args:
        name: of the base.
        plan: what it was pretrained on.
        out: the folder of its pretraining.
        delivered: what training delivered.
        by_kind: share right, 0–1, and number asked.
    """
    folder = out / "model"
    if folder.exists():
        shutil.rmtree(folder)
    shutil.copytree(delivered, folder)
    summary = BASES[name].summary
    card = CARD.format(
        name=name,
        summary=summary[0].upper() + summary[1:],
        command=f"lensmith lab build {name} OUT --pictures {plan.pictures} --seeing-epochs {plan.seeing_epochs:g}"
        f" --epochs {plan.epochs:g} --precision {plan.precision} --seed {plan.seed}",
        seeing_epochs=plan.seeing_epochs,
        epochs=plan.epochs,
        pictures=plan.pictures,
        held_out=plan.held_out,
        rows="\n".join(f"| {kind} | {100 * value:.1f} % | {count} |" for kind, (value, count) in by_kind.items()),
    )
    write_text(folder / "README.md", card)
    scores = {kind: {"exact_match": value, "questions": count} for kind, (value, count) in by_kind.items()}
    write_text(folder / "scores.json", json.dumps(scores, ensure_ascii=False, indent=2) + "\n")
    return folder
