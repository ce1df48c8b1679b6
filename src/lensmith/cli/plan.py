"""`lensmith plan`: what a recipe would do, before anything is done."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lensmith import console
from lensmith.cli.options import json_option, recipe_argument, set_option
from lensmith.errors import Problem

if TYPE_CHECKING:
    from lensmith.batching.preview import TokenOverview
    from lensmith.config.origins import LoadedRecipe
    from lensmith.training.memory import MemoryEstimate
    from lensmith.training.outline import Outline
    from lensmith.training.preflight.contract import Finding
    from lensmith.training.timing import TimeEstimate
    from lensmith.workflows.steps.planning import Plan

SEGMENT_CHARACTERS = 160
PROBLEMS_SHOWN = 5


@click.command()
@recipe_argument
@set_option
@json_option
def plan(recipe: Path, overrides: tuple[str, ...], as_json: bool) -> int:
    """Shows what RECIPE would do: values and where they come from, data, tokens, parameters, memory and time.

    Nothing is trained and nothing is written. The model's weights are not read: its config.json alone is enough
    to count parameters.

    Exit code 0: nothing was found that would keep the run from starting. 2: something was.
    """
    from lensmith.workflows.steps.reading import read_recipe

    loaded = read_recipe(recipe, overrides)

    from lensmith.workflows.plan import plan_recipe

    found = plan_recipe(loaded)
    if as_json:
        console.show_json(found.to_json())
    else:
        show(found)
    console.show_problems(found.draft.problems)
    return found.exit_code


def show(found: "Plan") -> None:
    """Prints the plan section by section; what is not known stands in its place with the reason."""
    show_values(found.loaded)
    if found.data is None:
        _say_unknown(found, "data", "could not read the data")
    else:
        show_data(found)
    if found.tokens is None:
        _say_unknown(found, "tokens", "could not count tokens")
    else:
        show_tokens(found)
    if found.outline is None:
        _say_unknown(found, "parameters", "could not count parameters")
    else:
        show_parameters(found.outline, found.draft.unknown.get("trained parameters"))
    if found.findings is None:
        _say_unknown(found, "preflight", "could not look at the batches")
    else:
        show_preflight(found.findings)
    if found.memory is None:
        _say_unknown(found, "memory", "could not estimate memory")
    else:
        show_memory(found.memory, found.draft.unknown.get("activations"))
    if found.time is None:
        _say_unknown(found, "time", "could not estimate time")
    else:
        show_time(found.time)


def show_values(loaded: "LoadedRecipe") -> None:
    """Prints every value by section; a mark stands before those that are not the default."""
    from lensmith.config.origins import flatten

    rows = []
    for key, value in flatten(loaded.recipe).items():
        origin = loaded.origins[key]
        rows.append(("" if origin.kind == "default" else "*", key, _value(value), origin.text))
    console.show_table("values (* not the default)", ("", "setting", "value", "from"), rows, result=True)


def show_data(found: "Plan") -> None:
    """Prints what was read, what was left out and why, and the size of each part."""
    from lensmith.data.overview import measure_parts

    data = found.data
    assert data is not None
    report = data.report
    rows: list[tuple[int, str, str]] = [(report.rows, "rows read", ", ".join(_sources(found.loaded)))]
    rows += [(count, "rows left out", code) for code, count in report.rows_left_out.items()]
    rows += [(count, "examples left out", code) for code, count in report.examples_left_out.items()]
    rows += [(sum(report.examples.values()), "examples", ""), (report.pictures, "distinct pictures", "")]
    console.show_table("data", ("count", "what", ""), rows, result=True)
    _show_some(report.notes)
    sizes = [
        (name, size.examples, size.pictures, size.questions, size.questions_per_picture, size.most_questions)
        for name, size in measure_parts(data).items()
    ]
    headings = ("part", "examples", "pictures", "questions", "questions a picture", "most on one")
    console.show_table("", headings, sizes, result=True)
    if len(data.mixture.weights) > 1 or not data.mixture.is_even:
        met = [(Path(source.path).name, source.weight, source.examples, source.an_epoch) for source in found.sources()]
        console.show_table("", ("trained on", "weight", "examples", "met an epoch"), met, result=True)


def _sources(loaded: "LoadedRecipe") -> Iterator[str]:
    """The names of what is read, each once."""
    data = loaded.recipe.data
    sources = [source for part in (data.train, data.validation, data.test) for source in part or ()]
    yield from dict.fromkeys(Path(source.path).name for source in sources)


def show_tokens(found: "Plan") -> None:
    """Prints the tokens of an example by kind, what does not fit, and one example with the tokens that carry loss."""
    tokens = found.tokens
    assert tokens is not None
    headings = ("mean", "median", "p95", "max")
    console.show_table(
        "tokens of a training example",
        ("kind", *headings),
        [(kind, *(round(counts[each], 1) for each in headings)) for kind, counts in tokens.counts["train"].items()],
        result=True,
    )
    console.say(f"longer ones than train.max_length, {found.loaded.recipe.train.max_length}, are left out")
    left_out = found.left_out()
    for code, count in tokens.left_out.items():
        console.warn(f"{count} example{'s' * (count != 1)} left out: {code}")
    _show_some(left_out)
    for note in tokens.notes:
        console.say(f"note: {note}")
    show_example(tokens)


def show_example(tokens: "TokenOverview") -> None:
    """Prints one example piece by piece."""
    if not tokens.segments:
        return
    rows = [(each.tokens, "loss" if each.kind == "answer" else "", _shorten(each.text)) for each in tokens.segments]
    console.show_table(f"example {tokens.example_id}", ("tokens", "", "as the model reads it"), rows, result=True)
    console.say(f"an answer ends with {' or '.join(tokens.stop_tokens)}; the chat template is {tokens.template_origin}")


def show_parameters(outline: "Outline", reason: str | None) -> None:
    """Prints parameters by component, and those that would be trained in vain."""
    trained = outline.trained or {}
    everything, tuned = sum(outline.total.values()), sum(trained.values())
    rows = [(name, f"{count:,}", f"{trained.get(name, 0):,}") for name, count in outline.total.items()]
    rows.append(("all", f"{everything:,}", f"{tuned:,} ({tuned / everything:.2%})"))
    if outline.trained is None:
        rows = [(name, count, "?") for name, count, _ in rows]
        console.warn(f"could not tell what is trained: {reason}")
    console.show_table(f"parameters, family {outline.facts.name}", ("part", "total", "trained"), rows, result=True)
    if outline.unreached:
        values = sum(outline.unreached_values().values())
        where = ", ".join(_fold(outline.unreached))
        console.warn(f"{values:,} trained parameters never get a gradient: the model does not use {where}")


def show_preflight(findings: "Sequence[Finding]") -> None:
    """Prints what is odd about what would be trained, and what a plan cannot look at."""
    from lensmith.workflows.steps.preflight import describe

    for finding in findings:
        if finding.severity == "warning":
            console.warn(describe(finding))
    for finding in findings:
        if finding.severity == "could not check":
            console.say(f"not looked at: {finding.where}: {finding.found}")


def show_memory(memory: "MemoryEstimate", reason: str | None) -> None:
    """Prints the memory of one process line by line, with what each line assumes."""
    rows = [(line.name, _size(line.size_bytes), line.assumption) for line in memory.lines]
    there = f"of {_size(memory.available_bytes)} there are" if memory.available_bytes else ""
    rows.append(("all", _size(memory.total_bytes), there))
    console.show_table("memory of one process, an estimate", ("what", "size", "assuming"), rows, result=True)
    if reason:
        console.warn(f"could not estimate activations: {reason}")
    if memory.missing:
        console.say(f"not counted: {memory.missing}")
    if memory.available_bytes and memory.total_bytes > memory.available_bytes:
        console.warn("this is more than the device has: lower train.batch_size, or set train.gradient_checkpointing")


def show_time(time: "TimeEstimate") -> None:
    """Prints how long each stage would take, as a range."""
    rows = [(line.name, f"{_duration(line.low_s)} – {_duration(line.high_s)}", line.what) for line in time.lines]
    low, high = sum(line.low_s for line in time.lines), sum(line.high_s for line in time.lines)
    rows.append(("all", f"{_duration(low)} – {_duration(high)}", ""))
    console.show_table("time, an estimate", ("stage", "between", "for"), rows, result=True)
    speed = f"{time.speed.flops_per_s / 1e9:,.0f} GFLOP/s in matrix products, {time.speed.bytes_per_s / 1e9:,.0f} GB/s"
    console.say(f"measured now: {speed}; not counted: {time.missing}")


def _say_unknown(found: "Plan", part: str, what: str) -> None:
    console.warn(f"{what}: {found.draft.unknown.get(part, 'see the problems below')}")


def _show_some(problems: Sequence[Problem]) -> None:
    console.show_problems(problems, limit=PROBLEMS_SHOWN)


def _value(value: Any) -> str:
    if value is None:
        return "–"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _size(size_bytes: int) -> str:
    """Bytes as a person says them.

    >>> _size(3_000_000), _size(11_000_000_000)
    ('2.9 MiB', '10.2 GiB')
    """
    return f"{size_bytes / 2**20:.1f} MiB" if size_bytes < 2**30 else f"{size_bytes / 2**30:.1f} GiB"


def _shorten(text: str) -> str:
    """Line ends as signs, and a long middle as its length.

    >>> _shorten("a" * 500)[79:105]
    'a … 340 characters … aaaaa'
    """
    flat = text.replace("\n", "⏎")
    cut = len(flat) - SEGMENT_CHARACTERS
    half = SEGMENT_CHARACTERS // 2
    return flat if cut <= 0 else f"{flat[:half]} … {cut} characters … {flat[-half:]}"


def _fold(names: Iterable[str]) -> Iterator[str]:
    """Parameter names as the modules that hold them, cut after a layer's number, each once with its count.

    >>> list(_fold(["tower.layers.2.mlp.fc1.weight", "tower.layers.2.mlp.fc2.weight", "tower.norm.weight"]))
    ['tower.layers.2 (2 tensors)', 'tower.norm (1 tensor)']
    """
    counts = Counter(_module(name) for name in names)
    yield from (f"{name} ({count} tensor{'s' * (count != 1)})" for name, count in counts.items())


def _module(name: str) -> str:
    parts = name.split(".")
    numbered = [at for at, part in enumerate(parts) if part.isdecimal()]
    return ".".join(parts[: numbered[0] + 1] if numbered else parts[:-1])


def _duration(seconds: float) -> str:
    """Seconds as a person says them.

    >>> _duration(0.2), _duration(75), _duration(9000)
    ('under 1 s', '1 min 15 s', '2 h 30 min')
    """
    if seconds < 1:
        return "under 1 s"
    hours, minutes, rest = int(seconds // 3600), int(seconds % 3600 // 60), int(seconds % 60)
    if hours:
        return f"{hours:,} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
