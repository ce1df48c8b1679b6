"""What the documents say is so: links lead somewhere, commands and files exist, recipes can be read."""

import importlib
import re
from pathlib import Path

import pytest
from source_tree import PACKAGE, ROOT

DOCUMENTS = sorted(
    path
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "recipes").rglob("*.md")]
    if path.is_file()
)
RECIPES = sorted((ROOT / "recipes").rglob("*.yaml"))
# The page that tells what was, not what is: it may name things that are gone.
HISTORY = {"CHANGELOG.md"}


def headings(text: str) -> set[str]:
    """The anchors that a page offers, as code hosts derive them from its headings."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def dead_links(path: Path) -> list[str]:
    """Relative links that lead to no file, out of the repository, or to no heading."""
    dead = []
    text = path.read_text("utf-8")
    for link in re.findall(r"\]\(([^)\s]+)(?: \"[^\"]*\")?\)", without_blocks(text)):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        if not target.exists() or (anchor and anchor not in headings(target.read_text("utf-8"))):
            dead.append(f"{path.name}: {link}")
    return dead


def without_blocks(text: str) -> str:
    """The prose of a page: what stands in fenced blocks is not a link."""
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def typed(text: str) -> list[str]:
    """The parts of a page that a reader may type: fenced and indented blocks, and spans of code."""
    blocks = re.findall(r"^```.*?^```", text, flags=re.MULTILINE | re.DOTALL)
    indented = re.findall(r"^(?: {4}|\t).*$", text, flags=re.MULTILINE)
    return [*blocks, *indented, *re.findall(r"`[^`\n]+`", without_blocks(text))]


def verbs_named(text: str) -> set[str]:
    """Every verb in `lensmith verb`, where it is written as something to type."""
    return set(re.findall(r"(?:^|[\s`$/])lensmith +([a-z][a-z-]*)", "\n".join(typed(text)), re.MULTILINE))


def targets_named(text: str) -> set[str]:
    """Every target in `make target`, where it is written as something to type."""
    lines = re.findall(r"`make ([^`\n]+)`|^[ \t$]*make ([^#\n]+)", "\n".join(typed(text)), flags=re.MULTILINE)
    words = " ".join(span or block for span, block in lines).split()
    return {word for word in words if re.fullmatch(r"[a-z-]+", word)}


def paths_named(text: str) -> set[str]:
    """Every path from the repository's root that stands as a span of code; `<name>` stands for any."""
    spans = re.findall(r"`([^`\n ]+)`", without_blocks(text))
    return {span for span in spans if re.match(r"(src|tests|docs|recipes|bench|tools|\.ci)/", span)}


def paths_in_tree(text: str) -> set[str]:
    """The paths of the annotated trees: blocks whose first line is a folder, `name/`, and whose lines are `name  note`.

    Depth is told by indentation, with or without lines drawn. Names that share a line stand apart with ` · `.
    """
    found = set()
    for fenced, indented in re.findall(
        r"^```\w*\n(.*?)^```|((?:^ {4}.*\n|^\n)+)", text, flags=re.MULTILINE | re.DOTALL
    ):
        lines = [re.sub("[│├└─]", " ", line) for line in (fenced + indented).splitlines() if line.strip()]
        if lines and re.match(r"\s*[\w./-]+/(\s|$)", lines[0]):
            found |= walk_tree(lines)
    return found


def walk_tree(lines: list[str]) -> set[str]:
    found: set[str] = set()
    above: list[tuple[int, str]] = []  # the folders that the line stands in: their depth and full path
    for line in lines:
        depth = len(line) - len(line.lstrip())
        above = [(other, folder) for other, folder in above if other < depth]
        names = re.split(r"  +", line.strip())[0].split(" · ")
        paths = [(above[-1][1] if above else "") + name for name in names]
        found.update(paths)
        if paths[-1].endswith("/"):
            above.append((depth, paths[-1]))
    return found


def missing_paths(paths: set[str], root: Path) -> list[str]:
    """Paths of a tree that are not there; what git is told to ignore is made by running things, and may be absent."""
    ignored = {line.rstrip("/") for line in (root / ".gitignore").read_text("utf-8").splitlines()}
    return sorted(
        path for path in paths if not (root / path).exists() and path.rstrip("/").split("/")[0] not in ignored
    )


def commands() -> set[str]:
    return set(importlib.import_module("lensmith.cli").COMMANDS)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    assert dead_links(path) == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_name_only_verbs_and_targets_that_exist(path):
    if path.name in HISTORY:
        pytest.skip("tells what was")
    text = path.read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert sorted(verbs_named(text) - commands()) == []
    assert sorted(targets_named(text) - targets) == []


def test_the_readme_gives_the_two_commands():
    assert {"demo", "test"} <= targets_named((ROOT / "README.md").read_text("utf-8"))


def test_the_trees_in_the_documents_are_the_tree():
    text = "\n\n".join(path.read_text("utf-8") for path in DOCUMENTS if path.name not in HISTORY)
    assert missing_paths(paths_in_tree(text), ROOT) == []


def test_the_paths_in_the_documents_exist():
    text = "\n".join(path.read_text("utf-8") for path in DOCUMENTS if path.name not in HISTORY)
    patterns = {re.sub("<[a-z]+>", "*", path) for path in paths_named(text)}
    assert sorted(pattern for pattern in patterns if not any(ROOT.glob(pattern.rstrip("/")))) == []


def test_the_changelog_is_one_outcome_a_line():
    """An entry is a line that starts with `- `; nothing wraps, so that each can be read, quoted and moved alone."""
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    entries = text.split("\n## ", 1)[1].splitlines()[1:]
    assert [
        line for line in entries if line and not re.match(r"- |## \[?\d|### (Added|Changed|Fixed|Removed)$", line)
    ] == []


def test_every_folder_of_the_package_says_what_it_is():
    silent = []
    for path in sorted(PACKAGE.rglob("__init__.py")):
        if not path.read_text("utf-8").lstrip().startswith('"""'):
            silent.append(str(path.relative_to(PACKAGE)))
    assert silent == []


@pytest.mark.parametrize("path", RECIPES or [None], ids=lambda path: path.stem if path else "none")
def test_recipes_can_be_read(path):
    if path is None:
        pytest.skip("there is no recipe under recipes/ yet")
    from lensmith.config.loading import load_recipe

    load_recipe(path, check_files=False)


def test_a_dead_link_is_seen(tmp_path):
    page = tmp_path / "a.md"
    page.write_text(
        "# The top!\n[a](b.md) [c](#the-top) [d](#bottom) [e](https://x.org) [f](a.md)\n```\n[g](h.md)\n```\n"
    )
    assert dead_links(page) == ["a.md: b.md", "a.md: #bottom"]


def test_verbs_and_targets_are_seen_where_they_are_to_be_typed():
    text = "lensmith knows. `lensmith fly`\n\n    lensmith dig F\n    make hay sun  # now\n\n"
    text += "```\n$ lensmith sow\nmake wine\n```\n"
    assert verbs_named(text) == {"fly", "dig", "sow"}
    assert targets_named(text + "`make bread`, to make it so") == {"hay", "sun", "wine", "bread"}


def test_paths_are_seen_in_spans_of_code():
    text = "`src/a/<name>.py` `tests/` src/b `c/d` `src/e f`\n```\n`src/g`\n```\n"
    assert paths_named(text) == {"src/a/<name>.py", "tests/"}


@pytest.mark.parametrize("fence", ["```\n{}```\n", "Text.\n\n{}\n"])
def test_trees_are_walked(fence, tmp_path):
    lines = ["src/pkg/", "  a.py · b.py   two files", "  sub/          a folder", "    c.py", "  d.py", "notes/   more"]
    indent = "" if fence.startswith("`") else "    "
    paths = paths_in_tree(fence.format("".join(f"{indent}{line}\n" for line in lines)))
    assert paths == {
        "src/pkg/",
        "src/pkg/a.py",
        "src/pkg/b.py",
        "src/pkg/sub/",
        "src/pkg/sub/c.py",
        "src/pkg/d.py",
        "notes/",
    }
    (tmp_path / ".gitignore").write_text("notes/\n")
    (tmp_path / "src/pkg/sub").mkdir(parents=True)
    assert missing_paths(paths, tmp_path) == ["src/pkg/a.py", "src/pkg/b.py", "src/pkg/d.py", "src/pkg/sub/c.py"]
