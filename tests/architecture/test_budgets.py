"""Files and functions stay small enough to read, and the habits that spoil a codebase stay out."""

import ast
import io
import re
import statistics
import tokenize

import pytest
from source_tree import ROOT, Function, Source, sources

FILE_LINES = 400
MEDIAN_FILE_LINES = 130
FUNCTION_LINES = 60
P90_FUNCTION_LINES = 30
PARAMETERS = 6
WORKFLOW_CODE_LINES = 60

# Words in a file's name that do not say what it holds; first words of a function's that do not say what it does.
EMPTY_FILE_WORDS = {"utils", "util", "helpers", "helper", "common", "core", "base", "manager", "misc"}
EMPTY_VERBS = {"process", "handle"}

# Calls that run code from the files they read, or text as code -> what to do instead.
UNSAFE_CALLS = {
    "torch.load": "safetensors holds tensors and nothing that runs",
    "pickle.load": "write JSON or safetensors",
    "pickle.loads": "write JSON or safetensors",
    "dill.load": "write JSON or safetensors",
    "joblib.load": "write JSON or safetensors",
    "yaml.unsafe_load": "yaml.SafeLoader",
    "eval": "ast.literal_eval, or a table of what is allowed",
    "exec": "a function",
    "os.system": "subprocess.run with a list",
}
UNSAFE_FLAGS = {
    "trust_remote_code": "it runs the model repository's Python; lensmith carries the code of the families it knows",
    "allow_pickle": "it runs code from the array file",
    "shell": "arguments of other people's making become commands",
}

# Each exception: (what is excused, "path" or "path function") -> why. One that is no longer needed fails.
EXCEPTIONS: dict[tuple[str, str], str] = {
    ("unsafe_calls", "training/trainer.py"): "weights_only: numbers that nothing runs, as the Trainer reads that file",
}


def function_lines(function: Function) -> int:
    """Lines from `def` to the end, without the docstring."""
    docstring = function.body[0] if ast.get_docstring(function, clean=False) is not None else None
    spent = docstring.end_lineno - docstring.lineno + 1 if docstring else 0
    return function.end_lineno - function.lineno + 1 - spent


def parameters(function: Function) -> int:
    """How many things a caller may pass; `self` and `cls` are not passed."""
    named = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    starred = [each for each in (function.args.vararg, function.args.kwarg) if each]
    return len([each for each in named if each.arg not in ("self", "cls")]) + len(starred)


def is_verb(function: Function) -> bool:
    """True for a click command, whose parameters are the flags a person may type, each optional and described."""
    return any(ast.unparse(each).startswith("click.command") for each in function.decorator_list)


def code_lines(source: Source) -> int:
    """Lines that hold code: neither blank, nor comment, nor docstring."""
    skip = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type not in skip:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(source.tree):
        if id(node) in source.docstrings():
            lines -= set(range(node.lineno, node.end_lineno + 1))
    return len(lines)


def long_functions(source: Source) -> list[str]:
    return [f"{source.path} {f.name}" for f in source.functions() if function_lines(f) > FUNCTION_LINES]


def greedy_functions(source: Source) -> list[str]:
    return [f"{source.path} {f.name}" for f in source.functions() if parameters(f) > PARAMETERS and not is_verb(f)]


def empty_names(source: Source) -> list[str]:
    words = {word for part in source.path.removesuffix(".py").split("/") for word in part.split("_")}
    found = [source.path] if words & EMPTY_FILE_WORDS else []
    return found + [
        f"{source.path} {f.name}" for f in source.functions() if f.name.strip("_").split("_")[0] in EMPTY_VERBS
    ]


def broad_excepts(source: Source) -> list[str]:
    """Places that swallow what nobody thought of: `except:`, `except Exception`, `suppress(Exception)`.

    One that tidies up and ends in a bare `raise` swallows nothing.
    """
    handlers = [node for node in ast.walk(source.tree) if isinstance(node, ast.ExceptHandler)]
    caught = [(node, node.type) for node in handlers if ast.unparse(node.body[-1]) != "raise"]
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
            caught += [(node, each) for each in node.args]
    broad = {"Exception", "BaseException"}
    return [
        source.at(node)
        for node, kinds in caught
        if kinds is None or broad & {ast.unparse(kind) for kind in getattr(kinds, "elts", [kinds])}
    ]


def unsafe_calls(source: Source) -> list[str]:
    """Calls named in UNSAFE_CALLS, under whatever name they were imported, and flags in UNSAFE_FLAGS set to True."""
    aliases = {}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            aliases.update({each.asname: each.name for each in node.names if each.asname})
        elif isinstance(node, ast.ImportFrom) and node.module:
            aliases.update({each.asname or each.name: f"{node.module}.{each.name}" for each in node.names})
    found = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            first, dot, rest = ast.unparse(node.func).partition(".")
            if f"{aliases.get(first, first)}{dot}{rest}" in UNSAFE_CALLS:
                found.append(source.at(node))
        flags = [(node.arg, node.value)] if isinstance(node, ast.keyword) else []
        if isinstance(node, ast.Dict):
            flags = [(getattr(key, "value", None), value) for key, value in zip(node.keys, node.values, strict=True)]
        for flag, value in flags:
            if flag in UNSAFE_FLAGS and not (isinstance(value, ast.Constant) and value.value is False):
                found.append(source.at(node if hasattr(node, "lineno") else value))
    return found


def wordy_workflows(source: Source) -> list[str]:
    is_story = source.path.startswith("workflows/") and not source.path.startswith("workflows/steps/")
    is_long = is_story and code_lines(source) > WORKFLOW_CODE_LINES
    return [source.path] if is_long else []


def long_files(source: Source) -> list[str]:
    return [source.path] if len(source.text.splitlines()) > FILE_LINES else []


CHECKS = [long_files, long_functions, greedy_functions, empty_names, broad_excepts, unsafe_calls, wordy_workflows]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_package_keeps_within_its_budgets(check):
    found = [(re.sub(r":\d+$", "", place), place) for source in sources() for place in check(source)]
    excused = {place for name, place in EXCEPTIONS if name == check.__name__}
    assert sorted(place for key, place in found if key not in excused) == []
    assert sorted(excused - {key for key, _ in found}) == [], "these exceptions are not needed any more"


def test_every_exception_names_a_check_and_gives_a_reason():
    names = {check.__name__ for check in CHECKS}
    assert all(name in names and len(reason) > 20 for (name, _), reason in EXCEPTIONS.items())


def test_most_files_are_short():
    lines = [len(source.text.splitlines()) for source in sources() if source.text.strip()]
    assert statistics.median(lines) <= MEDIAN_FILE_LINES


def test_most_functions_are_short():
    lines = [function_lines(function) for source in sources() for function in source.functions()]
    assert statistics.quantiles(lines, n=10)[-1] <= P90_FUNCTION_LINES


def test_test_files_are_within_the_budget_for_files():
    paths = [path for folder in ("tests", "bench") for path in (ROOT / folder).rglob("*.py")]
    assert [
        str(path.relative_to(ROOT)) for path in paths if len(path.read_text("utf-8").splitlines()) > FILE_LINES
    ] == []


def test_no_two_test_files_share_a_name():
    """pytest imports tests by file name, so that two of one name hide each other."""
    names = sorted(path.name for path in (ROOT / "tests").rglob("*.py") if path.name != "conftest.py")
    assert sorted({name for name in names if names.count(name) > 1}) == []


LONG = "def f():\n    '''one\n    two'''\n" + "    a = 1\n" * FUNCTION_LINES


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (long_files, "a = 1\n" * (FILE_LINES + 1)),
        (long_functions, LONG),
        (greedy_functions, "def f(a, b, c, d, e, f, *, g): ..."),
        (greedy_functions, "class A:\n    def f(self, a, b, c, d, e, *f, **g): ..."),
        (empty_names, "def process_rows(): ..."),
        (empty_names, "class A:\n    def _handle(self): ..."),
        (broad_excepts, "try:\n    f()\nexcept Exception as error:\n    raise ValueError from error"),
        (broad_excepts, "try:\n    f()\nexcept:\n    pass"),
        (broad_excepts, "try:\n    f()\nexcept (OSError, BaseException):\n    pass"),
        (broad_excepts, "with contextlib.suppress(Exception):\n    f()"),
        (unsafe_calls, "import torch\ntorch.load(p)"),
        (unsafe_calls, "import torch as t\nt.load(p)"),
        (unsafe_calls, "from pickle import loads as read\nread(b)"),
        (unsafe_calls, "f(trust_remote_code=True)"),
        (unsafe_calls, "f(trust_remote_code=flag)"),
        (unsafe_calls, "f(**{'trust_remote_code': True})"),
        (unsafe_calls, "eval('1')"),
        (wordy_workflows, "a = 1\n" * (WORKFLOW_CODE_LINES + 1)),
    ],
)
def test_a_breach_is_seen(check, text):
    assert len(check(Source("workflows/a.py", text))) == 1


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (long_functions, LONG.removesuffix("    a = 1\n")),
        (greedy_functions, "class A:\n    def f(self, a, b, c, d, e, f): ..."),
        (greedy_functions, "@click.command('x')\n@click.option('--a')\ndef f(a, b, c, d, e, f, g, h): ..."),
        (empty_names, "def preprocessing(): ...\ndef is_main_process(): ..."),
        (broad_excepts, "try:\n    f()\nexcept (OSError, ValueError):\n    pass"),
        (broad_excepts, "try:\n    f()\nexcept BaseException:\n    tidy()\n    raise"),
        (unsafe_calls, "import torch, json\njson.load(p)\nmodel.eval()\nf(trust_remote_code=False)"),
        (wordy_workflows, "'''Long.\n" + "words\n" * 99 + "'''\n# why\n\na = 1\n"),
    ],
)
def test_what_is_in_order_is_left_alone(check, text):
    assert check(Source("workflows/a.py", text)) == []


@pytest.mark.parametrize("path", ["data/utils.py", "core/rows.py", "data/image_helpers.py", "base.py"])
def test_a_file_name_that_says_nothing_is_seen(path):
    assert empty_names(Source(path, "")) == [path]
