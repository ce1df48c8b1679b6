"""The card of what a run delivers: README.md beside the weights, written from what the run wrote down.

It says what the model is, what it learned and lost, with intervals, and how it is asked. A number that the run does
not hold is not made up: the card says that it was not measured.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lensmith.bundled import bundled_models
from lensmith.config.paths import looks_like_hub_id
from lensmith.config.sections import Recipe
from lensmith.families.contract import Family
from lensmith.rundir import is_main_process, read_json, read_jsonl_prefix, write_text
from lensmith.training.loading import loading_code
from lensmith.training.markdown import block, code, escape, quote, table

CARD = "README.md"
MOST_SLICES = 12
LONGEST_QUESTION = 120
OWN_LICENCE = "apache-2.0"
"""Of lensmith, and so of the models that come with it."""

_WRITTEN = ("recipe.json", "data.json", "environment.json", "scores.json", "comparison.json")


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What a finished run wrote about itself, as JSON values; `recipe` is checked, `question` one of the test."""

    name: str
    question: str
    recipe: Recipe
    data: Mapping[str, Any]
    environment: Mapping[str, Any]
    scores: Mapping[str, Any]
    comparison: Mapping[str, Any]


def write_card(run: Path, folder: Path, family: Family) -> Path | None:
    """Writes `folder/README.md` from a finished run; None where the run has not been compared to the end.

    Args:
        run: the run's folder.
        folder: what it delivered, or what was exported from it.
        family: opened on the base, with the prompt of the run.

    Raises:
        RunError: a file of the run cannot be read.
    """
    if not all((run / name).is_file() for name in _WRITTEN):
        return None
    if is_main_process():
        recipe, data, environment, scores, comparison = (read_json(run / name) for name in _WRITTEN)
        section = Recipe.model_validate(recipe["recipe"])
        record = RunRecord(run.name, _example_question(run), section, data, environment, scores, comparison)
        is_adapter = (folder / "adapter_config.json").exists()
        rounded = _is_rounded(folder)
        write_text(folder / CARD, render_card(record, family, is_adapter=is_adapter, is_rounded=rounded))
    return folder / CARD


def _is_rounded(folder: Path) -> bool:
    """True for a whole model that was saved quantised."""
    config = folder / "config.json"
    return config.is_file() and "quantization_config" in read_json(config)


def _example_question(run: Path) -> str:
    """The first test question that is short enough for an example."""
    asked = (row["question"] for row in read_jsonl_prefix(run / "after.jsonl"))
    return next((question for question in asked if len(question) <= LONGEST_QUESTION), "What is in this picture?")


def render_card(record: RunRecord, family: Family, *, is_adapter: bool, is_rounded: bool = False) -> str:
    """The card's text: front matter as hubs read it, then Markdown.

    Args:
        record: of the run.
        family: opened on the base, with the prompt of the run.
        is_adapter: True where the base is loaded beside an adapter.
        is_rounded: True for a model that was quantised after the run.
    """
    licence = find_licence(record.recipe)
    parts = [
        f"---\n{yaml.safe_dump(_front_matter(record, licence, is_adapter), sort_keys=False, allow_unicode=True)}---",
        f"# {escape(record.name)}: {_name_base(record.recipe)}, tuned",
        _introduce(record, is_adapter),
        "## What changed",
        *_results(record),
        "## What it may have forgotten",
        *_forgetting(record),
        "## How it was asked",
        *_prompt(record.recipe),
        "## How to ask it",
        block(loading_code(record.recipe, family, record.question, is_adapter=is_adapter), "python"),
        "## What it learned from",
        *_data(record),
        "## How it was trained",
        _training(record),
        "## Limits",
        "\n".join(f"- {limit}" for limit in (*_rounding(is_rounded), *_limits(record))),
        "## Licence",
        _licence_sentence(licence),
    ]
    return "\n\n".join(parts) + "\n"


def find_licence(recipe: Recipe) -> str | None:
    """The licence that the base's own card states, where that is on this machine; None where it is not known."""
    if recipe.model.name in bundled_models() and not Path(recipe.model.name).is_dir():
        return OWN_LICENCE
    card = Path(recipe.model.place) / CARD
    if not card.is_file():
        from huggingface_hub import try_to_load_from_cache
        from huggingface_hub.errors import HFValidationError

        try:
            found = try_to_load_from_cache(recipe.model.name, CARD, revision=recipe.model.revision)
        except HFValidationError:  # a path, not a name on a hub
            return None
        if not isinstance(found, str):
            return None
        card = Path(found)
    text = card.read_text(encoding="utf-8", errors="replace")
    if not text.startswith("---\n"):
        return None
    try:
        stated = yaml.safe_load(text[4:].partition("\n---")[0])
    except yaml.YAMLError:
        return None
    licence = stated.get("license") if isinstance(stated, dict) else None
    return licence if isinstance(licence, str) else None


def _front_matter(record: RunRecord, licence: str | None, is_adapter: bool) -> dict[str, Any]:
    recipe = record.recipe
    matter: dict[str, Any] = {}
    if _is_on_a_hub(recipe.model.name):
        relation = "adapter" if is_adapter else "finetune"
        matter |= {"base_model": recipe.model.name, "base_model_relation": relation}
    matter["library_name"] = "peft" if is_adapter else "transformers"
    matter["pipeline_tag"] = "image-text-to-text"
    matter["tags"] = ["lensmith", recipe.tune.method, "vision-language"]
    sets = [source.path for source in recipe.data.train if _is_on_a_hub(source.path) and "://" not in source.path]
    return matter | ({"datasets": sets} if sets else {}) | ({"license": licence} if licence else {})


def _is_on_a_hub(name: str) -> bool:
    return looks_like_hub_id(name) and not Path(name).exists() and name not in bundled_models()


def _name_base(recipe: Recipe) -> str:
    """The base as a reader knows it; of a folder only its name, which says nothing about this machine."""
    name = recipe.model.name
    known = _is_on_a_hub(name) or name in bundled_models()
    revision = f" at {escape(recipe.model.revision)}" if recipe.model.revision else ""
    return escape(name if known else Path(name).name) + revision


def _introduce(record: RunRecord, is_adapter: bool) -> str:
    recipe, lora = record.recipe, record.recipe.tune.lora
    if recipe.tune.method == "full":
        frozen = ", ".join(recipe.tune.freeze)
        how = "by full tuning" + (f", {frozen} frozen" if frozen else "")
    else:
        targets = lora.targets if isinstance(lora.targets, str) else ", ".join(map(escape, lora.targets))
        how = f"with LoRA (r {lora.r}, alpha {lora.alpha:g}, {targets} layers of {', '.join(lora.components)})"
    what = "The adapter" if is_adapter else "The model"
    held = recipe.tune.quantise
    if held != "none":
        how += f", the language model's own layers held in {held.removesuffix('bit')} bits"
    added = ", the adapter added into its weights" if recipe.tune.method == "lora" and not is_adapter else ""
    if added and held != "none":
        added += " as they were after rounding, which is what was judged"
    version = record.environment["packages"]["lensmith"]
    return f"{what} that lensmith {version} tuned {how}{added}. The base is **{_name_base(recipe)}**."


def _results(record: RunRecord) -> Iterator[str]:
    comparison = record.comparison
    confidence = f"{100 * comparison['confidence']:g} %"
    yield (
        f"On {comparison['n']} test questions about {comparison['groups']} pictures, before and after; in brackets "
        f"{confidence} intervals, of the difference between the same questions."
    )
    rows = []
    for name, metric in comparison["metrics"].items():
        rows.append(_row(f"**{code(name)}**", metric))
        shown = list(metric["slices"].items())[:MOST_SLICES]
        rows += [_row(code(part), each) for part, each in (*shown, *metric["quantities"].items())]
    yield table(("", "n", "before", "after", "difference", "verdict"), rows)
    more = [name for name, metric in comparison["metrics"].items() if len(metric["slices"]) > MOST_SLICES]
    if more:
        yield f"Of {', '.join(map(code, more))}, the {MOST_SLICES} largest slices are shown."
    yield from _blind(comparison)
    found = comparison.get("found_slices") or []
    if found:
        yield "Where it is worst:"
        yield "\n".join(f"- {escape(each['sentence'], 400)}" for each in found[:5])


def _row(name: str, compared: Mapping[str, Any]) -> tuple[str, ...]:
    sides = (_share(compared[side]) for side in ("before", "after"))
    return (
        name,
        str(compared["difference"]["n"]),
        *sides,
        _share(compared["difference"], signed=True),
        compared["verdict"],
    )


def _share(estimate: Mapping[str, Any], *, signed: bool = False) -> str:
    """An estimate in per cent with its interval."""
    if estimate["value"] is None:
        return "not known"
    sign, unit = ("+", " points") if signed else ("", " %")
    interval = estimate["interval"]
    around = f" ({100 * interval['low']:{sign}.1f} to {100 * interval['high']:{sign}.1f})" if interval else ""
    return f"{100 * estimate['value']:{sign}.1f}{unit}{around}"


def _blind(comparison: Mapping[str, Any]) -> Iterator[str]:
    for name, metric in list(comparison["blind"]["metrics"].items())[:1]:
        answer = quote(comparison["commonest_answer"])
        blind = _share(metric["before"])
        yield (
            f"Without looking, answering {answer} to everything, {code(name)} is {blind}; "
            f"against that the tuned model is: {metric['verdict']}."
        )


def _forgetting(record: RunRecord) -> Iterator[str]:
    subjects = record.comparison.get("subjects")
    if not subjects:
        lost = {name: metric["lost"]["n"] for name, metric in record.comparison["metrics"].items() if "lost" in metric}
        told = ", ".join(f"{count} by {code(name)}" for name, count in lost.items())
        yield (
            "Not measured: this run had no probes of what the base knew beside this task. "
            f"Of the test questions, these were answered better before: {told or 'not known'}."
        )
        return
    yield escape(subjects["sentence"], 600)
    rows = [
        (
            escape(row["subject"]),
            escape(row["group"]),
            _share(row["before"]),
            _share(row["after"]),
            escape(row["status"]),
        )
        for row in subjects["rows"]
    ]
    if rows:
        yield table(("subject", "group", "before", "after", ""), rows)
    if subjects.get("kl"):
        yield escape(subjects["kl"]["sentence"], 600)


def _prompt(recipe: Recipe) -> Iterator[str]:
    prompt, evaluate = recipe.prompt, recipe.evaluate
    yield "The picture, then this text, in the model's own chat template (it lies beside this card):"
    yield block(prompt.template)
    if prompt.system:
        yield "with the system message"
        yield block(prompt.system)
    cut = f"Greedy decoding, at most {evaluate.max_new_tokens} new tokens"
    penalty = f", repetition penalty {evaluate.repetition_penalty:g}" if evaluate.repetition_penalty != 1.0 else ""
    yield f"{cut}{penalty}; no sampling."
    if evaluate.labels:
        labels = ", ".join(quote(label) for label in evaluate.labels)
        ways = {
            "free": "Answers were written freely and read as one of the labels",
            "labels": "Nothing but these labels could be written",
            "scored": "The likeliest of these labels was the answer",
        }
        yield f"{ways[evaluate.decoding]}: {labels}."


def _data(record: RunRecord) -> Iterator[str]:
    data = record.data
    used = {part: len(ids) for part, ids in data["ids"].items()}
    parts = f"{used['validation']} to choose the checkpoint, {used['test']} to test"
    yield f"{used['train']} questions to learn from, {parts}."
    names = [f"- {escape(_source_name(source['path']))}: {source['examples']} examples" for source in data["sources"]]
    yield "\n".join(names)
    left = sum(data["rows_left_out"].values()) + sum(data["examples_left_out"].values()) + len(data["not_encoded"])
    yield f"Rows and examples left out: {left}. Fingerprint of the data: `{data['fingerprint'][:16]}`."


def _source_name(path: str) -> str:
    return path if _is_on_a_hub(path) else Path(path).name


def _training(record: RunRecord) -> str:
    train, fit = record.recipe.train, record.comparison["fit"]
    size = train.batch_size * train.accumulate * int(record.environment.get("processes", 1))
    chosen = "the last" if fit["best_value"] is None else f"the best by {code(train.best)} ({fit['best_value']:.4f})"
    packages = record.environment["packages"]
    versions = ", ".join(f"{name} {packages[name]}" for name in ("torch", "transformers", "peft") if name in packages)
    return (
        f"{train.epochs:g} epochs, {size} questions a step, {code(train.optimizer)} at a peak rate of "
        f"{train.learning_rate:g} ({code(train.scheduler)}), {train.precision}, seed {record.recipe.run.seed}. "
        f"Of {fit['last_step']} steps, step {fit['best_step']} is delivered: {chosen}.{_scale(record)} With {versions}."
    )


def _rounding(is_rounded: bool) -> Iterator[str]:
    if is_rounded:
        yield "It was quantised after it was judged: the numbers above are of the model before that."


def _scale(record: RunRecord) -> str:
    """How much of the update the weights hold, where that is not all of it."""
    found = record.comparison.get("scale")
    return f" Its weights hold {found['chosen']:g} of what was learned ({escape(found['sentence'])})." if found else ""


def _limits(record: RunRecord) -> Iterator[str]:
    recipe, comparison, data = record.recipe, record.comparison, record.data
    held_out = f"are held out of the same data, by {code(recipe.data.split.by)}"
    source = "stand in files of their own" if recipe.data.test else held_out
    yield f"The test questions {source}: other pictures, other questions and other wordings were not tried."
    if not data["ids"]["validation"]:
        yield "There was no validation part: the last checkpoint is delivered, and overfitting could not be seen."
    elif data["ids"]["validation"] == data["ids"]["test"]:
        yield "The test part also chose the checkpoint: its numbers are somewhat too good."
    if recipe.data.shuffle_images:
        yield "This is a control: questions were shown with other questions' pictures. It is not meant to be used."
    for name, metric in comparison["metrics"].items():
        if metric["verdict"] != "better":
            yield f"By {code(name)} it is not better than its base: {escape(metric['sentence'], 400)}"
    cut = record.scores["after"]["unfinished"]["n"]
    if cut:
        yield f"{cut} of {comparison['n']} answers were cut by the length limit."
    yield "Try it on your own pictures before you rely on it."


def _licence_sentence(licence: str | None) -> str:
    if licence is None:
        return "The licence of the base was not known where this was trained. It binds this model too: see its page."
    return f"The base is under {escape(licence)}, which binds this model too; the data may add terms of its own."
