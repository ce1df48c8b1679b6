"""The card of a delivered model: hubs read it, its code runs, its numbers are the run's, data cannot speak in it."""

import io
import json
import re
import shutil
from collections.abc import Callable
from contextlib import chdir, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from lensmith.config.sections import ModelSection, PromptSection
from lensmith.data.dataset import load_sources
from lensmith.families.contract import Family
from lensmith.families.opening import open_family
from lensmith.rundir import read_json, write_json
from lensmith.training.cards import find_licence, write_card
from lensmith.training.deliver import save_processing
from lensmith.types import Example
from lensmith.workflows.steps.reading import read_recipe

HOSTILE = "](http://evil.example)\n\n# <script>alert(1)</script> | **ой** ```\n<img src=x onerror=a()> @everyone 🐈"


def delivered(run: Path) -> Path:
    return next(run / name for name in ("adapter", "model") if (run / name).is_dir())


def front_matter(card: str) -> dict[str, Any]:
    return dict(yaml.safe_load(card.split("---\n")[1]))


def code_in(card: str) -> str:
    (found,) = re.findall(r"```python\n(.*?)\n```", card, re.DOTALL)
    return str(found)


def first_test_example(run: Path) -> tuple[Example, str]:
    """What was asked first, and what the tuned model said."""
    recipe = read_recipe(run, ()).recipe
    assert recipe.data.test is not None
    examples, _ = load_sources(recipe.data.test)
    said = json.loads((run / "after.jsonl").read_text("utf-8").splitlines()[0])
    return next(each for each in examples if each.id == said["id"]), said["prediction"]


def execute(folder: Path, example: Example, change: Callable[[str], str] = lambda code: code) -> str:
    """Runs the card's code beside the example's picture; what it prints."""
    (folder / "picture.jpg").write_bytes(example.images[0].read_bytes())
    code = change(code_in((folder / "README.md").read_text("utf-8")))
    with chdir(folder), redirect_stdout(io.StringIO()) as printed:
        exec(code, {})
    return printed.getvalue().strip()


@pytest.mark.parametrize("which", ["lora_run", "full_run"])
def test_the_code_in_the_card_gives_the_answer_of_the_run(
    which: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    run: Path = request.getfixturevalue(which)
    folder = shutil.copytree(delivered(run), tmp_path / "somewhere else")
    example, said = first_test_example(run)
    assert repr(f"{example.question} Одно слово.") in code_in((folder / "README.md").read_text("utf-8"))
    assert said in ("red", "yellow", "green", "blue", "красный", "жёлтый", "зелёный", "синий"), (
        "it has learned to answer"
    )
    assert execute(folder, example) == said


def test_the_code_says_the_system_message_and_the_tokenizer_s_first_token_once(
    old_llava: Path, lora_run: Path, tmp_path: Path
) -> None:
    """A base whose template takes plain text, with a system message: the code makes the ids that training saw."""
    prompt = PromptSection(template="В: {question}", system="Смотри.")
    family = open_family(ModelSection(name=str(old_llava)), prompt)
    run = copy_run(lora_run, tmp_path / "run")
    recipe = read_json(run / "recipe.json")
    recipe["recipe"]["prompt"] = prompt.model_dump()
    write_json(run / "recipe.json", recipe)
    example, _ = first_test_example(lora_run)
    shutil.copytree(old_llava, tmp_path / "out")
    save_processing(family, tmp_path / "out")
    write_card(run, tmp_path / "out", family)
    shown = execute(
        tmp_path / "out",
        example,
        lambda code: code.partition("greedy = ")[0] + 'print(inputs["input_ids"][0].tolist())',
    )
    assert json.loads(shown) == family.encode(example, answered=False).ids_T.tolist()


def test_the_numbers_are_the_run_s(full_run: Path) -> None:
    card = (delivered(full_run) / "README.md").read_text("utf-8")
    comparison = read_json(full_run / "comparison.json")
    after = comparison["metrics"]["label"]["after"]
    low, high = (f"{100 * after['interval'][side]:.1f}" for side in ("low", "high"))
    assert f"{100 * after['value']:.1f} % ({low} to {high})" in card
    assert "162 questions to learn from, 18 to choose the checkpoint, 22 to test" in card
    assert "{question} Одно слово." in card
    blind = 100 * comparison["blind"]["metrics"]["label"]["before"]["value"]
    assert re.search(rf"Without looking, answering “{comparison['commonest_answer']}” .* {blind:.1f} %", card)
    assert "Not measured: this run had no probes" in card
    assert str(full_run.parent) not in card, "nothing of this machine"


@pytest.mark.parametrize(("which", "library"), [("lora_run", "peft"), ("full_run", "transformers")])
def test_a_hub_reads_the_front_matter(which: str, library: str, request: pytest.FixtureRequest) -> None:
    from huggingface_hub import ModelCard

    text = (delivered(request.getfixturevalue(which)) / "README.md").read_text("utf-8")
    data = ModelCard(text).data
    assert (data.library_name, data.pipeline_tag) == (library, "image-text-to-text")
    assert "lensmith" in data.tags
    assert "base_model" not in front_matter(text), "a folder is nothing that a hub knows"


def copy_run(run: Path, out: Path, **changes: Any) -> Path:
    """The run's small files, with keys of comparison.json changed."""
    out.mkdir()
    for path in run.glob("*.json*"):
        shutil.copy(path, out)
    write_json(out / "comparison.json", {**read_json(run / "comparison.json"), **changes})
    return out


def open_base(run: Path) -> Family:
    recipe = read_recipe(run, ()).recipe
    return open_family(recipe.model, recipe.prompt)


def render(run: Path, family: Family, folder: Path, recipe: dict[str, Any] | None = None) -> str:
    if recipe:
        stored = read_json(run / "recipe.json")
        for key, value in recipe.items():
            section, _, name = key.partition(".")
            stored["recipe"][section][name] = value
        write_json(run / "recipe.json", stored)
    folder.mkdir(exist_ok=True)
    written = write_card(run, folder, family)
    assert written == folder / "README.md"
    return written.read_text("utf-8")


def test_a_base_on_a_hub_is_named_as_hubs_want_it(lora_run: Path, tmp_path: Path) -> None:
    run = copy_run(lora_run, tmp_path / "run")
    card = render(run, open_base(lora_run), tmp_path / "out", {"model.name": "org/base", "model.revision": "v2"})
    matter = front_matter(card)
    assert (matter["base_model"], matter["base_model_relation"]) == ("org/base", "finetune")
    assert "**org/base at v2**" in card
    assert "license" not in matter
    assert "The licence of the base was not known" in card


def test_the_licence_is_that_of_the_base_s_card(lora_run: Path, llava: Path, tmp_path: Path) -> None:
    base = shutil.copytree(llava, tmp_path / "base")
    (base / "README.md").write_text("---\nlicense: cc-by-nc-4.0\n---\n# База\n", encoding="utf-8")
    run = copy_run(lora_run, tmp_path / "run")
    card = render(run, open_base(lora_run), tmp_path / "out", {"model.name": str(base)})
    assert front_matter(card)["license"] == "cc-by-nc-4.0"
    assert "The base is under cc-by-nc-4.0" in card
    recipe = read_recipe(lora_run, ()).recipe
    for text in ("# no front matter", "---\nlicense: [a, b]\n---\n", "---\n: : [\n---\n", "---\nonly text\n---\n"):
        (base / "README.md").write_text(text, encoding="utf-8")
        changed = recipe.model_copy(update={"model": ModelSection(name=str(base))})
        assert find_licence(changed) is None, text
    assert find_licence(recipe.model_copy(update={"model": ModelSection(name="lab/llava")})) == "apache-2.0"


def test_what_was_learned_and_forgotten_is_told_where_it_was_measured(lora_run: Path, tmp_path: Path) -> None:
    estimate = {"n": 5, "groups": 5, "value": 0.5, "interval": {"low": 0.2, "high": 0.8}}
    row = {"subject": "Чебурашка", "group": "target", "before": estimate, "after": estimate, "status": "leaked"}
    subjects = {"sentence": "It forgot one of three.", "rows": [row], "kl": {"sentence": "KL to the base: 0.3 nats."}}
    slices = [{"sentence": "condition = faded is worst: 20 points below the rest."}]
    run = copy_run(lora_run, tmp_path / "run", subjects=subjects, found_slices=slices)
    card = render(run, open_base(lora_run), tmp_path / "out")
    for text in (
        "It forgot one of three.",
        "| Чебурашка | target | 50.0 % (20.0 to 80.0)",
        "KL to the base",
        "faded is worst",
    ):
        assert text in card
    assert "Not measured" not in card


def walk(tokens: list[Token]) -> list[Token]:
    return [inner for token in tokens for inner in (token, *walk(token.children or []))]


def test_text_from_data_stays_text(lora_run: Path, tmp_path: Path) -> None:
    stored = read_json(lora_run / "comparison.json")
    label = stored["metrics"]["label"]
    label["slices"] = {f"{HOSTILE} = {HOSTILE}": label["slices"]["language = en"]}
    stored["metrics"][HOSTILE] = {**label, "verdict": "worse", "sentence": HOSTILE}
    slices = [{"sentence": HOSTILE}]
    run = copy_run(
        lora_run,
        tmp_path / HOSTILE.replace("/", "-")[:40],
        metrics=stored["metrics"],
        commonest_answer=HOSTILE,
        found_slices=slices,
    )
    recipe = {"evaluate.labels": [HOSTILE, "б"], "prompt.template": f"{{question}} {HOSTILE}", "prompt.system": HOSTILE}
    card = render(run, open_base(lora_run), tmp_path / "out", recipe)
    assert front_matter(card)["library_name"] == "transformers"
    markdown = MarkdownIt("commonmark", {"html": True, "linkify": False}).enable("table")
    tokens = walk(markdown.parse(card.split("---\n", 2)[2]))
    kinds = {token.type for token in tokens}
    assert not kinds & {"html_block", "html_inline", "link_open", "image"}
    assert [token.tag for token in tokens if token.type == "heading_open"].count("h1") == 1
    cells = [token.type for token in tokens if token.type in ("th_open", "td_open")]
    rows = sum(token.type == "tr_open" for token in tokens)
    assert len(cells) == 6 * rows
    assert sum(token.type == "fence" for token in tokens) == 3
    assert sum("alert(1)" in token.content for token in tokens if token.type == "text") >= 5, "it is shown, as text"


def test_a_run_without_a_comparison_gets_no_card(lora_run: Path, tmp_path: Path) -> None:
    run = copy_run(lora_run, tmp_path / "run")
    (run / "comparison.json").unlink()
    assert write_card(run, tmp_path, open_base(lora_run)) is None
    assert not (tmp_path / "README.md").exists()
