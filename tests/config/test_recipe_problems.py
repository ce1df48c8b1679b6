"""What a person is told about a wrong recipe: each mistake once, all of them together, with the fix."""

import pytest

from lensmith.config.loading import load_recipe
from lensmith.errors import RecipeError

KNOWN = {"metrics": ["exact_match", "label", "yes_no"], "families": ["one"], "formats": ["jsonl", "llava"]}

TEN_MISTAKES = """\
modle: owner/name
data:
  train: {path: a.jsonl, limit: 0}
  validation: mising.jsonl
prompt:
  template: Describe it
tune:
  method: qlora
  lora: {targets: atention}
train:
  epochs: three
  learning_rate: "1e-4 "
  seed: 3
evaluate:
  metrics: [exact_mach]
"""


@pytest.fixture
def problems_of(tmp_path):
    """Loads a recipe given as text, beside a data file `a.jsonl`; answers the problems, rendered."""
    (tmp_path / "a.jsonl").write_text("{}\n")

    def problems_of(text, *overrides):
        path = tmp_path / "recipe.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            load_recipe(path, overrides, known=KNOWN)
        except RecipeError as error:
            return list(error.problems)
        return []

    return problems_of


def test_ten_mistakes_are_ten_problems_in_the_recipes_order(problems_of):
    problems = problems_of(TEN_MISTAKES)
    assert [(each.where, each.code) for each in problems] == [
        ("recipe.yaml:1 modle", "recipe/unknown-key"),
        ("recipe.yaml:3 data.train.0.limit", "recipe/wrong-value"),
        ("recipe.yaml:4 data.validation.0.path", "recipe/missing-file"),
        ("recipe.yaml:6 prompt.template", "recipe/template"),
        ("recipe.yaml:8 tune.method", "recipe/wrong-value"),
        ("recipe.yaml:9 tune.lora.targets", "recipe/wrong-value"),
        ("recipe.yaml:11 train.epochs", "recipe/wrong-value"),
        ("recipe.yaml:12 train.learning_rate", "recipe/wrong-value"),
        ("recipe.yaml:13 train.seed", "recipe/unknown-key"),
        ("recipe.yaml:15 evaluate.metrics", "recipe/unknown-metric"),
    ]
    assert all(each.found and each.fix for each in problems)


MINIMAL = "model: owner/name\ndata: {train: a.jsonl}\n"


@pytest.mark.parametrize(
    ("text", "where", "found", "fix"),
    [
        ("train: {epoch: 3}", "train.epoch", "no setting `epoch`", "did you mean `epochs`?"),
        ("trian: {epochs: 3}", "trian", "no setting `trian`", "did you mean `train`?"),
        ("epochs: 3", "epochs", "no setting `epochs`", "`train.epochs` is a setting"),
        ("train: {batch_size: 1.5}", "train.batch_size", "the number 1.5", "the default, the number 8"),
        ("train: {batch_size: true}", "train.batch_size", "`true`", "correct it"),
        ("train: {batch_size: '8'}", "train.batch_size", "the text `8`", "write 8, without quotes"),
        ("train: {epochs: 1_000}", "train.epochs", "the text `1_000`", "write 1000, without quotes"),
        ("train: {warmup: '0,1'}", "train.warmup", "the text `0,1`", "write 0.1, without quotes"),
        ("train: {warmup: 1.0}", "train.warmup", "the number 1.0", "correct it"),
        ("train: {epochs: .inf}", "train.epochs", "the number inf", "correct it"),
        ("train: {learning_rate: 0}", "train.learning_rate", "the number 0", "correct it"),
        ("train: {learning_rate: [1]}", "train.learning_rate", "a list of 1", "correct it"),
        ("train: {learning_rate: }", "train.learning_rate", "nothing", "correct it"),
        ("train: {workers: -1}", "train.workers", "the number -1", "correct it"),
        ("train: {max_length: aut}", "train.max_length", "the text `aut`", "did you mean `auto`?"),
        ("train: {gradient_checkpointing: yes}", "train.gradient_checkpointing", "the text `yes`", "write true,"),
        ("train: {gradient_checkpointing: 0}", "train.gradient_checkpointing", "the number 0", "correct it"),
        ("train: {optimizer: adamw_troch}", "train.optimizer", "no optimizer", "did you mean `adamw_torch`?"),
        ("train: {scheduler: cosin}", "train.scheduler", "no scheduler", "did you mean `cosine`?"),
        ("train: {best: exact_mtch}", "train.best", "no metric called", "did you mean `exact_match`?"),
        ("train: {best: label}", "train.best", "not among evaluate.metrics", "metrics: [exact_match, yes_no, label]"),
        ("train: 3", "train", "the number 3", "settings beneath it"),
        ("train: [epochs]", "train", "a list of 1", "settings beneath it"),
        ("tune: {method: lor}", "tune.method", "the text `lor`", "did you mean `lora`?"),
        ("tune: {lora: {components: [visoin]}}", "tune.lora.components.0", "`visoin`", "did you mean `vision`?"),
        ("tune: {lora: {components: []}}", "tune.lora.components", "an empty list", "correct it"),
        ("tune: {lora: {targets: []}}", "tune.lora.targets", "an empty list", "correct it"),
        ("tune: {lora: {targets: [1]}}", "tune.lora.targets", "a list of 1", "correct it"),
        ("tune: {freeze: [vision]}", "tune.freeze", "the method is lora", "tune.lora.components"),
        ("tune: {method: full, freeze: [language, vision, projector]}", "tune.freeze", "every part", "leave at least"),
        ("evaluate: {labels: [true, none]}", "evaluate.labels.0", "a truth value", 'quotes: "true"'),
        ("evaluate: {labels: [a, 1]}", "evaluate.labels.1", "the number 1", 'quotes: "1"'),
        ("evaluate: {labels: a}", "evaluate.labels", "the text `a`", "write [a]"),
        ("evaluate: {labels: [a, A]}", "evaluate.labels", "`a` and `A` read the same", "keep one"),
        ("evaluate: {labels: [zebra, none], positive: zebr}", "evaluate.positive", "none of the labels", "`zebra`"),
        ("evaluate: {positive: zebra}", "evaluate.positive", "no labels are", "labels: [zebra, none]"),
        ("evaluate: {metrics: []}", "evaluate.metrics", "an empty list", "correct it"),
        ("evaluate: {confidence: 95}", "evaluate.confidence", "the number 95", "the default, the number 0.95"),
        ("prompt: {template: {question}}", "prompt.template", "settings (question)", 'quotes: "{question}"'),
        ("prompt: {template: 'Q: {query}'}", "prompt.template", "but {query}", "write {question}"),
        ("prompt: {template: '{question} {hint}'}", "prompt.template", "{hint}", "take it out"),
        ("prompt: {chat_template: no.jinja}", "prompt.chat_template", "no file", "a.jsonl"),
        ("run: {seed: -1}", "run.seed", "the number -1", "the default, the number 0"),
        ("run: {out: a.jsonl}", "run.out", "is a file", "name a folder"),
    ],
)
def test_one_mistake_is_one_problem(problems_of, text, where, found, fix):
    problems = problems_of(MINIMAL + text)
    assert [each.where for each in problems] == [f"recipe.yaml:3 {where}"]
    assert found in problems[0].found
    assert fix in problems[0].fix


@pytest.mark.parametrize(
    ("text", "where", "found"),
    [
        ("data: {train: a.jsonl}", "recipe.yaml model", "not given"),
        ("model: owner/name", "recipe.yaml data", "not given"),
        ("model: owner/name\ndata:", "recipe.yaml:2 data.train", "not given"),
        ("model: owner/name\ndata: {train: }", "recipe.yaml:2 data.train", "not given"),
        ("model: owner/name\ndata: {train: []}", "recipe.yaml:2 data.train", "an empty list"),
        ("model: owner/name\ndata: {train: {limit: 3}}", "recipe.yaml:2 data.train.0.path", "not given"),
        ("model: owner/name\ndata: {train: {pth: a.jsonl}}", "recipe.yaml:2 data.train.0.pth", "no setting"),
        ("model: owner/name\ndata: {train: [a.jsonl, 5]}", "recipe.yaml:2 data.train.1.path", "the number 5"),
        (
            "model: owner/name\ndata: {train: {path: a.jsonl, images: nowhere}}",
            "recipe.yaml:2 data.train.0.images",
            "no",
        ),
        ("model: owner/name\ndata: {train: {path: a.jsonl, format: jsnl}}", "recipe.yaml:2 data.train.0.format", "no"),
        ("model: ''\ndata: {train: a.jsonl}", "recipe.yaml:1 model.name", "the text ``"),
        ("model:\ndata: {train: a.jsonl}", "recipe.yaml:1 model.name", "not given"),
        ("model: ./gone\ndata: {train: a.jsonl}", "recipe.yaml:1 model.name", "no folder"),
        ("model: {name: o/n, device: gpu}\ndata: {train: a.jsonl}", "recipe.yaml:1 model.device", "no device"),
        ("model: {name: o/n, family: two}\ndata: {train: a.jsonl}", "recipe.yaml:1 model.family", "no family"),
        (
            "model: o/n\ndata: {train: a.jsonl, split: {test: 0.5, validation: 0.5}}",
            "recipe.yaml:2 data.split.validation",
            "holding out 0.5 and 0.5",
        ),
        ("model: o/n\ndata: {train: a.jsonl, split: {test: 1}}", "recipe.yaml:2 data.split.test", "the number 1"),
        ("model: o/n\ndata: {train: a.jsonl, split: {folds: 1}}", "recipe.yaml:2 data.split.folds", "the number 1"),
        ("model: o/n\ndata: {train: a.jsonl, split: {folds: 5}}", "recipe.yaml:2 data.split.folds", "none of them is"),
        ("model: o/n\ndata: {train: a.jsonl, split: {fold: 5}}", "recipe.yaml:2 data.split.fold", "there are no folds"),
        (
            "model: o/n\ndata: {train: a.jsonl, split: {folds: 5, fold: 6}}",
            "recipe.yaml:2 data.split.fold",
            "no fold 6",
        ),
        (
            "model: o/n\ndata: {train: a.jsonl, test: a.jsonl, split: {folds: 5, fold: 1}}",
            "recipe.yaml:2 data.split.folds",
            "data.test is given",
        ),
        (
            "model: o/n\ndata: {train: a.jsonl, split: {folds: 2, fold: 1, validation: 0.5}}",
            "recipe.yaml:2 data.split.folds",
            "holding out 0.5 and 0.5",
        ),
        (
            "model: o/n\ndata: {train: {path: a.jsonl, weight: 0}}",
            "recipe.yaml:2 data.train.0.weight",
            "the number 0",
        ),
        (
            "model: o/n\ndata: {train: a.jsonl, test: {path: a.jsonl, weight: 0.5}}",
            "recipe.yaml:2 data.test.0.weight",
            "asked once",
        ),
    ],
)
def test_one_mistake_in_what_must_be_there_is_one_problem(problems_of, text, where, found):
    problems = problems_of(text)
    assert [each.where for each in problems] == [where]
    assert found in problems[0].found


def test_shares_that_are_not_used_are_not_judged(problems_of):
    text = "model: o/n\ndata: {train: a.jsonl, test: a.jsonl, split: {test: 0.9, validation: 0.3}}"
    assert problems_of(text) == []


def test_the_share_of_the_test_part_is_not_used_where_it_is_a_fold(problems_of):
    assert problems_of("model: o/n\ndata: {train: a.jsonl, split: {test: 0.9, folds: 5, fold: 5}}") == []


def test_labels_are_compared_as_a_reader_would(problems_of):
    assert problems_of(MINIMAL + "evaluate: {labels: [C, C++, светло-серый], positive: Светло серый}") == []
    assert problems_of(MINIMAL + "evaluate: {labels: [zebra], positive: unknown}") == []


def test_braces_that_are_no_field_may_stand_in_a_template(problems_of):
    assert problems_of(MINIMAL + """prompt: {template: '{question} as {"a": 1} {}'}""") == []


def test_what_follows_from_a_refused_value_is_not_told(problems_of):
    """The labels are wrong already, so nothing is said about the positive one not being among them."""
    problems = problems_of(MINIMAL + "evaluate: {labels: [1, 2], positive: zebra}\ntune: {method: x, freeze: [vision]}")
    assert [each.where.split()[1] for each in problems] == ["evaluate.labels.0", "evaluate.labels.1", "tune.method"]


def test_a_mistake_hides_no_other_in_its_own_section(problems_of):
    text = "model: o/n\ndata: {train: {pth: a.jsonl}, test: gone.jsonl, split: {by: 3}}"
    assert [each.where.split()[1] for each in problems_of(text)] == [
        "data.train.0.pth",
        "data.split.by",
        "data.test.0.path",
    ]


def test_duplicate_keys_and_wrong_flags_come_with_the_rest(problems_of):
    problems = problems_of(MINIMAL + "run: {seed: 1}\nrun: {seed: 2}\ntrain: {epochs: x}", "oops", "train.batch_size=0")
    assert [(each.code, each.where) for each in problems] == [
        ("recipe/bad-override", "--set"),
        ("recipe/wrong-value", "--set train.batch_size"),
        ("recipe/duplicate-key", "recipe.yaml:4 run"),
        ("recipe/wrong-value", "recipe.yaml:5 train.epochs"),
    ]


def test_a_missing_file_names_the_nearest_one(problems_of, tmp_path):
    (tmp_path / "training.jsonl").write_text("{}")
    (problem,) = problems_of("model: o/n\ndata: {train: trainning.jsonl}")
    assert "did you mean `training.jsonl`" in problem.fix
    (problem,) = problems_of("model: o/n\ndata: {train: nowhere/train.jsonl}")
    assert "no folder" in problem.fix


@pytest.mark.parametrize("value", ["x" * 5000, "a\\0b", "~nobody/a.jsonl", "\\ud800"])
def test_odd_paths_are_problems_and_not_accidents(problems_of, value):
    problems = problems_of(f'model: o/n\ndata: {{train: "{value}"}}')
    assert [each.where for each in problems] == ["recipe.yaml:2 data.train.0.path"]


def test_what_is_to_be_kept_needs_questions(problems_of):
    base = "model: owner/name\ndata: {train: a.jsonl}\n"
    (found,) = problems_of(base + "keep: {replay: 0.25}\n")
    assert (found.code, found.where) == ("recipe/no-replay", "recipe.yaml:3 keep.replay")
    assert "sources" in found.fix
    for plain in ("auto", "0.5"):
        assert [each.code for each in problems_of(base + f"keep: {plain}\n")] == ["recipe/no-replay"]
    (found,) = problems_of(base + "keep: [0.5]\n")
    assert found.expected.startswith("a number at least 0 and below 1, or `auto`, or settings: replay")
    assert problems_of(base + "keep: {replay: auto, sources: a.jsonl}\n") == []
    assert problems_of(base + "keep: {replay: 0.25, sources: a.jsonl}\n") == []
    assert problems_of(base + "keep: {kl: 1, sources: a.jsonl}\n") == []  # a sweep may turn replay off


def test_sources_to_keep_are_checked_as_those_to_learn_from(problems_of):
    text = "model: owner/name\ndata: {train: a.jsonl}\nkeep:\n  replay: 0.2\n  sources:\n"
    text += "    - {path: фото.jsonl, format: jsnl}\n    - {path: a.jsonl, turns: conversation}\n"
    found = {(problem.code, problem.where) for problem in problems_of(text)}
    assert found == {
        ("recipe/missing-file", "recipe.yaml:6 keep.sources.0.path"),
        ("recipe/unknown-format", "recipe.yaml:6 keep.sources.0.format"),
        ("recipe/no-effect", "recipe.yaml:7 keep.sources.1.turns"),
    }


def test_nonsense_to_keep_is_told_by_its_values(problems_of):
    text = "model: owner/name\ndata: {train: a.jsonl}\nkeep: {replay: 1.5, kl: -1}\n"
    assert {problem.code for problem in problems_of(text)} == {"recipe/wrong-value"}
    assert len(problems_of(text)) == 2
