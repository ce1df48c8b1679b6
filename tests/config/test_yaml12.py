"""The text of a recipe: how scalars are read, and every trouble that text can make."""

import time
from pathlib import Path

import pytest

from lensmith.config.document import MAX_BYTES, read_document
from lensmith.config.yaml12 import parse
from lensmith.errors import RecipeError


def value_of(text):
    node, problems = parse(f"key: {text}", "r.yaml", Path("/here"))
    assert problems == []
    return node.plain()["key"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-4", 1e-4),
        ("1E5", 1e5),
        ("-.5", -0.5),
        ("3.", 3.0),
        ("010", 10),
        ("0x1F", 31),
        ("0o17", 15),
        ("+7", 7),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("null", None),
        ("yes", "yes"),
        ("no", "no"),
        ("Off", "Off"),
        ("2024-08-26", "2024-08-26"),
        ("12:30:45", "12:30:45"),
        ("1_000", "1_000"),
        ("'1e-4'", "1e-4"),
        ('"1"', "1"),
        ("!!str 1", "1"),
        ("привет", "привет"),
        ("😀", "😀"),
        ('"\\ud83d\\ude00"', "😀"),
        ("[a, 1, {b: no}]", ["a", 1, {"b": "no"}]),
    ],
)
def test_scalars_are_read_as_yaml_1_2_means_them(text, value):
    read = value_of(text)
    assert (read, type(read)) == (value, type(value))


def test_infinity_is_a_number():
    assert value_of("[.inf, -.inf]") == [float("inf"), float("-inf")]
    assert value_of(".nan") != value_of(".nan")


def test_every_value_knows_the_line_of_its_key():
    node, _ = parse("a:\n  b: 1\n  c:\n    - x\n    - y\n", "r.yaml", Path("/here"))
    places = {path: inner.place.text for path, inner in node.walk()}
    assert places[("a", "b")] == "r.yaml:2"
    assert places[("a", "c")] == "r.yaml:3"
    assert places[("a", "c", 1)] == "r.yaml:5"


def test_a_key_given_twice_is_told_with_both_lines_and_the_first_counts():
    node, problems = parse("a:\n  b: 1\n  b: 2\n", "r.yaml", Path("/here"))
    assert node.plain() == {"a": {"b": 1}}
    assert [(each.code, each.where, each.found) for each in problems] == [
        ("recipe/duplicate-key", "r.yaml:3 a.b", "given before, at r.yaml:2")
    ]


def test_keys_are_text_even_where_they_look_like_something_else():
    node, problems = parse("1: a\ntrue: b\n~: c\n", "r.yaml", Path("/here"))
    assert (list(node.plain()), problems) == (["1", "true", "~"], [])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\n\tb: 2\n", 2),
        ("a: [1, 2\n", 2),
        ("a: {question} text\n", 1),
        ('a: "open\n', 2),
        ("a: 1\n---\nb: 2\n", 2),
        ("a: *nowhere\n", 1),
        ("a: 1\nb: \x07\n", 2),
        ("a: b: c\n", 1),
        ("%YAML 3.0\n---\na: 1\n", 1),
    ],
)
def test_broken_syntax_is_one_problem_with_its_line(text, line):
    node, problems = parse(text, "r.yaml", Path("/here"))
    assert node is None
    assert [(each.code, each.where) for each in problems] == [("recipe/not-yaml", f"r.yaml:{line}")]
    assert problems[0].fix


def test_a_tab_is_called_a_matter_of_indentation():
    _, problems = parse("a:\n\tb: 2\n", "r.yaml", Path("/here"))
    assert problems[0].fix == "indent with spaces only"


@pytest.mark.parametrize("text", ["a: !!python/object:os.system x", "a: !!int three", "a: !custom x", "a: !!binary x"])
def test_tags_that_mean_nothing_here_are_told_and_run_nothing(text):
    node, problems = parse(text, "r.yaml", Path("/here"))
    assert [(each.code, each.where) for each in problems] == [("recipe/odd-tag", "r.yaml:1 a")]
    assert isinstance(node.plain()["a"], str)


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [*a]\n",
        "a: &a {b: *a}\n",
        "a: &a [1,2,3,4,5,6,7,8,9]\n"
        + "".join(f"{n}: &{n} [{', '.join([f'*{p}'] * 9)}]\n" for p, n in zip("abcdefg", "bcdefgh", strict=True)),
        "a: " + "[" * 50 + "]" * 50,
        "a: " + "[" * 100_000,
        "".join(f"k{n}: v\n" for n in range(25_000)),
    ],
    ids=["itself", "itself-in-a-mapping", "bomb", "deep", "very-deep", "long"],
)
def test_text_that_unfolds_without_end_is_refused_quickly(text):
    started = time.perf_counter()
    node, problems = parse(text, "r.yaml", Path("/here"))
    assert (node, len(problems), problems[0].code) == (None, 1, "recipe/not-yaml")
    assert time.perf_counter() - started < 20


def test_an_anchor_may_be_used_again():
    node, problems = parse("a: &x {b: 1}\nc: *x\n", "r.yaml", Path("/here"))
    assert (node.plain(), problems) == ({"a": {"b": 1}, "c": {"b": 1}}, [])


def refusal(path):
    with pytest.raises(RecipeError) as caught:
        read_document(path)
    assert len(caught.value.problems) == 1
    assert caught.value.exit_code == 2
    return caught.value.problems[0]


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "recipe/empty", "empty"),
        (b"# only a comment\n\n", "recipe/empty", "empty"),
        (b"null\n", "recipe/empty", "empty"),
        (b"- a\n- b\n", "recipe/not-settings", "a list"),
        (b"hello\n", "recipe/not-settings", "one value"),
        (b"a: 1\nb: \xff\xfe\n", "recipe/unreadable", "line 2 is not UTF-8"),
        ("a: привет\n".encode("utf-16"), "recipe/unreadable", "line 1 is not UTF-8"),
        (b"x" * (MAX_BYTES + 1), "recipe/unreadable", "which no recipe needs"),
    ],
)
def test_a_file_that_is_no_recipe_is_one_problem(tmp_path, content, code, words):
    path = tmp_path / "r.yaml"
    path.write_bytes(content)
    problem = refusal(path)
    assert problem.code == code
    assert words in problem.found


def test_a_missing_file_lists_the_recipes_beside_it(tmp_path):
    (tmp_path / "there.yaml").write_text("a: 1")
    assert "there.yaml" in refusal(tmp_path / "their.yaml").fix
    assert "directory" in refusal(tmp_path).found


def test_a_byte_order_mark_and_windows_line_ends_are_read_past(tmp_path):
    path = tmp_path / "r.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb:\r\n  c: x\r\n")
    node, problems = read_document(path)
    assert (node.plain(), problems) == ({"a": 1, "b": {"c": "x"}}, [])


def test_json_means_what_json_means(tmp_path):
    path = tmp_path / "r.json"
    text = '{"a":\t"\u2028\x85é\\ud83d\\ude00\U0001f600\x7f",\n\t"b": [1e-4, true, null, "yes"],"c":"\\/"}'
    path.write_bytes(text.encode())
    node, problems = read_document(path)
    assert problems == []
    assert node.plain() == {"a": "\u2028\x85é😀😀\x7f", "b": [1e-4, True, None, "yes"], "c": "/"}
    assert node.value["b"].place.text == "r.json:2"
