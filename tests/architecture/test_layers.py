"""Imports point one way, light modules stay light, one module prints, and model names live in one folder."""

import ast
import json
import re
import subprocess
import sys
from itertools import chain

import pytest
from source_tree import Source, is_text, sources

# From the top down: a module imports only from lower lines and from its own folder. Folders on one line do not
# import each other; the last line is single modules that may. A new folder must be given its place here.
LAYERS = (
    ("__main__",),
    ("cli",),
    ("workflows",),
    ("sweep", "report", "app", "lab"),
    ("training", "evaluation"),
    ("batching",),
    ("families",),
    ("data",),
    ("config",),
    ("errors", "types", "rundir", "ranks", "console", "registry", "bundled", "markup", "__init__"),
)
LEVELS = {folder: level for level, folders in enumerate(LAYERS) for folder in folders}

# These take a second or more to import. Folders that promise instant answers name them inside functions only.
HEAVY = {"torch", "transformers", "peft", "accelerate", "datasets", "pandas", "scipy", "sklearn"}
LIGHT_LAYERS = {"cli", *chain.from_iterable(LAYERS[LEVELS["data"] :])}

MODEL_NAMES = re.compile(r"llava|lfm|moondream|qwen|smolvlm|gemma|idefics|internvl|vicuna|saiga|siglip", re.IGNORECASE)
# Path, or a folder and everything in it -> why a model may be named there. Prose may name models anywhere: what
# this rule keeps out is code that behaves differently for one model.
NAMES_MODELS = {
    "families/": "what differs between models is what this folder is for",
    "data/sources/": "file formats are called after the project that brought them",
    "lab/": "it builds tiny models, and a model is built by naming its architecture",
}

PRINTERS = {"print", "pprint", "click.echo", "click.secho", "sys.stdout.write", "sys.stderr.write", "rich.print"}
PRINTS = {"console.py": "it is the module that prints"}


def layer(module: str) -> str:
    """The folder or ground module that `lensmith.x.y` belongs to; the package itself is `__init__`."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and (parts[1] in LEVELS or not parts[1].startswith("_")) else "__init__"


def named_in(source: Source) -> list[tuple[str, int]]:
    """Every lensmith module that a source imports, or names as `lensmith.x.y:attribute` to be imported later."""
    found = [(each.name, each.line) for each in source.imports() if each.name.split(".")[0] == "lensmith"]
    for node in ast.walk(source.tree):
        if is_text(node) and re.fullmatch(r"lensmith(\.\w+)+:\w+", node.value):
            found.append((node.value.partition(":")[0], node.lineno))
    return found


def wrong_imports(source: Source, known: set[str]) -> list[str]:
    """Imports that point up or sideways, as `path:line imports module`."""
    own = layer(source.module)
    if own not in LEVELS:
        return [f"{source.path} is in no layer"]
    wrong = []
    for name, line in named_in(source):
        if name.startswith("lensmith.") and name.count(".") == 1 and name not in known:
            continue  # a name of the package itself: __version__
        other = layer(name)
        ground = LEVELS[own] == len(LAYERS) - 1
        if other != own and (LEVELS.get(other, -1) < LEVELS[own] or (LEVELS[other] == LEVELS[own] and not ground)):
            wrong.append(f"{source.path}:{line} imports {name}")
    return wrong


def heavy_imports(source: Source) -> list[str]:
    return [f"{source.path}:{i.line} {i.name}" for i in source.imports() if i.on_load and i.name.split(".")[0] in HEAVY]


def model_names(source: Source) -> list[str]:
    """Model names in the code: in identifiers, module names and strings; docstrings and comments are prose."""
    prose = source.docstrings()
    found = [f"{source.path} is named after one"] if MODEL_NAMES.search(source.path) else []
    for node in ast.walk(source.tree):
        if id(node) in prose:
            continue
        for field, value in ast.iter_fields(node):
            texts = value if isinstance(value, list) else [value]
            if field != "type_comment" and any(isinstance(t, str) and MODEL_NAMES.search(t) for t in texts):
                found.append(f"{source.at(node) if hasattr(node, 'lineno') else source.path}: {texts}")
    return found


def prints(source: Source) -> list[str]:
    calls = [node for node in ast.walk(source.tree) if isinstance(node, ast.Call)]
    return [source.at(call) for call in calls if ast.unparse(call.func) in PRINTERS]


def excused(source: Source, table: dict[str, str]) -> bool:
    return any(source.path == entry or (entry.endswith("/") and source.path.startswith(entry)) for entry in table)


def test_imports_point_one_way():
    known = {source.module for source in sources()}
    assert not [wrong for source in sources() for wrong in wrong_imports(source, known)]


def test_no_two_modules_import_each_other_on_load():
    known = {source.module for source in sources()}
    edges = {}
    for source in sources():
        names = {each.name for each in source.imports() if each.on_load}
        targets = names | {name.rpartition(".")[0] for name in names - known}
        edges[source.module] = (targets & known) - {source.module}
    while leaves := {module for module, targets in edges.items() if not targets}:
        edges = {module: targets - leaves for module, targets in edges.items() if module not in leaves}
    assert not edges, "these import each other in a circle, or stand on a circle"


def test_light_layers_name_no_heavy_package_on_load():
    assert not [found for s in sources() if layer(s.module) in LIGHT_LAYERS for found in heavy_imports(s)]


def test_light_layers_load_no_heavy_package():
    """What the syntax tree cannot see: a light package that itself imports a heavy one."""
    modules = [source.module for source in sources() if layer(source.module) in LIGHT_LAYERS]
    script = (
        "import importlib, json, sys\n"
        "blame = {}\n"
        f"for module in {modules!r}:\n"
        "    importlib.import_module(module)\n"
        f"    for heavy in {sorted(HEAVY)!r}:\n"
        "        if heavy in sys.modules: blame.setdefault(heavy, module)\n"
        "print(json.dumps(blame))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {}, "each of these was first seen after importing the module beside it"


def test_model_names_live_in_families():
    assert not [found for s in sources() if not excused(s, NAMES_MODELS) for found in model_names(s)]


def test_only_console_prints():
    assert not [found for source in sources() if not excused(source, PRINTS) for found in prints(source)]


KNOWN = {f"lensmith.{folder}" for folder in LEVELS} | {"lensmith"}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("training/loss.py", "from lensmith.evaluation import decode"),
        ("evaluation/decode.py", "def decode():\n    from lensmith import training"),
        ("data/split.py", "from ..families import contract"),
        ("families/one.py", "import lensmith.batching.rows"),
        ("config/loading.py", "if TYPE_CHECKING:\n    from lensmith.data.split import Split"),
        ("config/loading.py", "LATER = {'a': 'lensmith.workflows.train:train'}"),
        ("lab/worlds.py", "from lensmith.report import page"),
        ("errors.py", "from lensmith.config.sections import Recipe"),
        ("elsewhere/new.py", ""),
    ],
)
def test_a_wrong_import_is_seen(path, text):
    assert len(wrong_imports(Source(path, text), KNOWN)) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("cli/train.py", "from lensmith.workflows.train import train"),
        ("cli/main.py", "from lensmith import __version__"),
        ("data/sources/jsonl.py", "from . import contract\nfrom ..split import Split"),
        ("rundir.py", "from lensmith.errors import Problem"),
        ("__init__.py", "from importlib.metadata import version"),
    ],
)
def test_a_right_import_is_not_blamed(path, text):
    assert wrong_imports(Source(path, text), KNOWN) == []


def test_a_heavy_import_is_seen_where_it_runs_on_load_and_only_there():
    text = "import torch.nn\ntry:\n    from scipy import stats\nfinally:\n    pass\nclass A:\n    import peft\n"
    assert len(heavy_imports(Source("data/a.py", text))) == 3
    text = "if TYPE_CHECKING:\n    import torch\ndef f():\n    import torch\nimport torchless\n"
    assert heavy_imports(Source("data/a.py", text)) == []


def test_a_model_name_is_seen_in_code_and_left_alone_in_prose():
    assert model_names(Source("data/moondream.py", ""))
    for text in ("def load_Qwen(): ...", "a = 'google/gemma-2b'", "from x import LlavaConfig", "f(lfm=1)", "x.siglip"):
        assert model_names(Source("training/a.py", text)), text
    assert model_names(Source("training/a.py", '"""As LLaVA does."""\n# and Qwen')) == []


@pytest.mark.parametrize("text", ["print(1)", "click.echo('a')", "sys.stdout.write('a')", "def f():\n    print()"])
def test_a_print_is_seen(text):
    assert prints(Source("data/a.py", text))
