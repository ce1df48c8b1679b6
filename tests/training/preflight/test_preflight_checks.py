"""Each check finds what it is for, names its number, and says nothing where all is well."""

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from cases import FP16, PLACE, Case, codes, find, make_case, make_parts, make_recipe, spoil

from lensmith.batching.rows import Collator
from lensmith.errors import RecipeError
from lensmith.families.encoded import Encoded
from lensmith.registry import Registry
from lensmith.training.adapters import apply_tuning
from lensmith.training.preflight import CHECKS
from lensmith.training.preflight.contract import Batch, Check, UncheckedError
from lensmith.training.preflight.examining import examine
from lensmith.training.preflight.rate import FAR, find_range
from lensmith.types import Example, Turn


@pytest.fixture(scope="module")
def case(llava: Path) -> Case:
    return make_case(llava)


def test_every_check_is_one_and_says_what_it_looks_at() -> None:
    assert isinstance(CHECKS, Registry)
    for name, check in CHECKS.items():
        assert isinstance(check, Check)
        assert check.name == name
        assert check.describe


def test_nothing_is_found_where_all_is_well(case: Case) -> None:
    assert examine(case) == []


def test_rows_of_two_files_of_one_name_share_ids_and_are_not_taken_for_each_other(case: Case) -> None:
    train = case.parts.examples["train"]
    asked_otherwise = tuple(
        replace(example, turns=(Turn(f"Другой вопрос? {example.question}", example.answers),)) for example in train
    )
    parts = replace(case.parts, examples={**case.parts.examples, "other": asked_otherwise})
    assert examine(replace(case, parts=parts)) == []


def test_an_example_without_supervision_stops(case: Case) -> None:
    item = case.parts.train()[3]
    (found,) = find("supervision", spoil(case, replace(item, weights_T=np.zeros_like(item.weights_T)), 3))
    assert (found.code, found.severity) == ("preflight/no-supervision", "error")
    assert "1 of 24" in found.found
    assert item.example_id in found.found


def test_an_answer_that_was_cut_stops(case: Case) -> None:
    item = case.parts.train()[0]
    assert item.n_answer_tokens > 1
    last = int(np.flatnonzero(item.weights_T)[-1])
    cut = replace(item, ids_T=item.ids_T[:last], weights_T=item.weights_T[:last])
    assert codes(find("supervision", spoil(case, cut))) == [("answer-cut", "error")]


def test_loss_on_a_picture_stops(case: Case) -> None:
    item = case.parts.train()[0]
    weights_T = item.weights_T.copy()
    weights_T[item.spans[0].start] = 1
    assert codes(find("supervision", spoil(case, replace(item, weights_T=weights_T)))) == [("loss-on-picture", "error")]


class Altered(Case):
    """A case whose batches a faulty collator made."""

    def alter(self, **tensors: Any) -> Case:
        """Lays these tensors over those of the first batch."""
        items = tuple(self.order[:4])
        made = Collator(self.family)(items)
        object.__setattr__(self, "batches", (Batch(items, {**made, **{k: v(made) for k, v in tensors.items()}}),))
        return self


def altered(case: Case, **tensors: Any) -> Case:
    return Altered(case.recipe, case.family, case.parts, case.model, case.placement).alter(**tensors)


def test_a_batch_that_loses_answers_stops(case: Case) -> None:
    lost = altered(case, target_N=lambda made: made["target_N"][:-1])
    assert codes(find("supervision", lost)) == [("answers-lost", "error")]
    assert find("supervision", altered(case)) == []


def test_padding_on_the_left_stops(case: Case) -> None:
    widths = [len(item) for item in case.order[:4]]
    assert len(set(widths)) > 1, "there must be something to pad"
    flipped = altered(case, mask_BT=lambda made: made["mask_BT"].flip(1))
    assert codes(find("padding", flipped)) == [("padding", "error")]
    assert find("padding", altered(case)) == []


def test_a_picture_that_was_cut_stops(case: Case) -> None:
    item = case.parts.train()[0]
    ids_T = item.ids_T.copy()
    ids_T[item.spans[0].start : item.spans[0].start + item.spans[0].length] = 5
    found = find("placeholders", spoil(case, replace(item, ids_T=ids_T)))
    assert ("picture-cut", "error") in codes(found)


def test_features_and_places_of_different_number_stop(case: Case) -> None:
    """A LLaVA scatters features into places without counting them: one too many goes unseen there."""
    one_less = altered(case, ids_BT=lambda made: _without_one_picture_token(made["ids_BT"], case))
    (found,) = find("placeholders", one_less)
    assert found.code == "preflight/features-differ"
    assert "63 image tokens for 64 features" in found.found


def _without_one_picture_token(ids_BT: torch.Tensor, case: Case) -> torch.Tensor:
    ids_BT = ids_BT.clone()
    row, column = (ids_BT == case.family.config.image_token_id).nonzero()[0].tolist()
    ids_BT[row, column] = 5
    return ids_BT


def test_prompts_that_differ_stop(case: Case) -> None:
    class Odd(type(case.family)):  # type: ignore[misc]
        """A family whose generation prompt lacks its last token."""

        def encode(self, example: Example, sizes_px: Any = (), *, answered: bool = True) -> Encoded:
            made = super().encode(example, sizes_px, answered=answered)
            return made if answered else replace(made, ids_T=made.ids_T[:-1], weights_T=made.weights_T[:-1])

    odd = copy.copy(case.family)
    odd.__class__ = Odd
    found = find("prompts", replace(case, family=odd))
    assert codes(found) == [("prompts-differ", "error")] * 3
    assert "16 of 16" in found[0].found
    assert find("prompts", case) == []


def test_adapters_outside_the_language_model_stop(case: Case, llava: Path) -> None:
    lora = {"lora": {"components": ["language", "vision"], "targets": "all"}}
    asked = make_case(llava, lora)
    assert find("adapters", asked) == []
    assert asked.model is not None
    apply_tuning(asked.model, asked.family.facts, asked.recipe.tune, seed=0)
    assert find("adapters", asked) == []  # asked for
    (found,) = find("adapters", replace(asked, recipe=case.recipe))  # a recipe that asks for the language model alone
    assert (found.code, found.severity) == ("preflight/adapters-elsewhere", "error")
    assert "12 layers of the vision part" in found.found


def test_targets_that_are_not_there_stop_before_anything_is_asked(llava: Path) -> None:
    lora = {"lora": {"targets": ["q_proj", "no_such"]}}
    assert any(found.code == "recipe/unknown-layer" for found in examine(make_case(llava, lora)))


def test_weights_that_are_no_numbers_stop(llava: Path) -> None:
    spoilt = make_case(llava)
    assert spoilt.model is not None
    with torch.no_grad():
        next(iter(spoilt.model.parameters())).view(-1)[3] = float("nan")
    assert codes(find("numbers", spoilt)) == [("weights-not-finite", "error")]


@pytest.mark.parametrize(("times", "expected"), [(1.0, []), (1e4, ["near-overflow"]), (1e5, ["overflow"])])
def test_activations_beyond_float16_stop(llava: Path, times: float, expected: list[str]) -> None:
    large = replace(make_case(llava), placement=FP16)
    assert large.model is not None
    layer: Any = large.model.get_submodule("model.language_model.layers.0.mlp.down_proj")
    with torch.no_grad():
        layer.weight *= times
    assert [code for code, _ in codes(find("numbers", large))] == expected
    hooks = count_hooks(large.model)
    assert find("numbers", replace(large, placement=PLACE)) == [], "float32 holds them"
    assert not large.model.training
    assert count_hooks(large.model) == hooks, "the watch is taken off again"


def count_hooks(model: torch.nn.Module) -> int:
    return sum(len(module._forward_hooks) for module in model.modules())


def test_the_random_state_stays_where_it_was(llava: Path) -> None:
    fresh = make_case(llava)
    state = torch.get_rng_state()
    examine(fresh)
    assert torch.equal(torch.get_rng_state(), state)


def test_without_weights_it_says_what_it_could_not_check(llava: Path) -> None:
    found = examine(make_case(llava, loaded=False))
    assert {finding.severity for finding in found} == {"could not check"}
    assert {finding.code for finding in found} == {
        f"preflight/{name}" for name in ("placeholders", "adapters", "numbers", "rate")
    }


@pytest.mark.parametrize(
    ("method", "optimizer", "rate", "side"),
    [
        ("lora", "adamw_torch", 1e-4, ""),
        ("lora", "adamw_torch", 1.5e-3, ""),
        ("lora", "adamw_torch", 2e-3, "above"),
        ("lora", "adamw_torch", 2e-6, "below"),
        ("full", "adamw_8bit", 2e-5, ""),
        ("full", "adamw_8bit", 2e-4, "above"),
        ("full", "lion_8bit", 5e-5, "above"),
        ("full", "paged_lion_8bit", 5e-6, ""),
        ("full", "muon", 5e-4, ""),
        ("full", "muon", 2e-3, "above"),
    ],
)
def test_rates_are_judged_by_method_and_optimizer(method: str, optimizer: str, rate: float, side: str) -> None:
    known = find_range(method, optimizer, 2_000_000_000)
    assert ("above" if rate > known.high * FAR else "below" if rate < known.low / FAR else "") == side
    assert "20" in known.source, "a source with its year"


def test_small_models_take_higher_rates(llava: Path) -> None:
    assert find("rate", make_case(llava, learning_rate=5e-3)) == []
    (found,) = find("rate", make_case(llava, learning_rate=0.5))
    assert (found.code, found.severity) == ("preflight/learning-rate", "warning")
    assert "times above" in found.found
    assert "Biderman" in found.found
    ((key, value),) = found.settings
    assert (key, found.fix) == ("train.learning_rate", f"try {value:.1g}")
    assert found.to_json()["settings"] == {key: value}
    small, large = (find_range("full", "adamw_torch", count) for count in (1_900_000, 7_000_000_000))
    assert small.high == pytest.approx(8.07 * large.high, rel=0.01)


def test_a_rate_of_an_unknown_rule_is_not_judged(case: Case, llava: Path) -> None:
    with pytest.raises(UncheckedError, match="sgd"):
        find("rate", replace(case, recipe=make_recipe(llava, optimizer="sgd", learning_rate=0.1)))


@pytest.mark.parametrize(
    ("words", "code", "number"),
    [
        (["да"], "constant-answer", "all 24"),
        (["Да", "да "], "constant-answer", "all 24"),
        (["да"] * 7 + ["нет"], "class-imbalance", "87.5%"),
        (["да", "нет"], "", ""),
        (["да"] * 3 + ["нет"], "", ""),
    ],
)
def test_answers_that_can_be_had_without_looking_are_told(case: Case, words: list[str], code: str, number: str) -> None:
    found = find("answers", replace(case, parts=make_parts(case.family, words)))
    assert [each.code for each in found] == ([f"preflight/{code}"] if code else [])
    assert all(number in each.found and each.severity == "warning" for each in found)


@pytest.mark.parametrize(("held_out", "told"), [(100, []), (90, ["±10"]), (20, ["±22"]), (1, ["±50"]), (0, [])])
def test_parts_too_small_to_tell_are_told_with_the_interval(case: Case, held_out: int, told: list[str]) -> None:
    found = find("enough", replace(case, parts=make_parts(case.family, held_out=held_out)))
    assert [each.where for each in found] == ["data.validation", "data.test"] * bool(told)
    assert all(each in found[0].found for each in told)


def test_what_is_too_long_is_counted(case: Case) -> None:
    lengths = sorted(len(item) for item in case.parts.train())
    limit = lengths[len(lengths) // 2] - 1
    parts = make_parts(case.family, limit=limit)
    found = find("lengths", replace(case, parts=parts))
    assert [each.where for each in found] == ["data.train", "data.validation", "data.test"]
    assert f"{24 - len(parts.train())} of 24" in found[0].found


def test_all_is_collected(case: Case, llava: Path) -> None:
    item = case.parts.train()[0]
    bad = spoil(case, replace(item, weights_T=np.zeros_like(item.weights_T)))
    bad = replace(bad, recipe=make_recipe(llava, {"lora": {"targets": ["no_such"]}}, learning_rate=0.5))
    found = examine(bad)
    assert {each.code for each in found if each.severity == "error"} == {
        "preflight/no-supervision",
        "preflight/prompts-differ",
        "recipe/no-target",
        "recipe/unknown-layer",
    }
    assert [each.code for each in found if each.severity == "warning"] == ["preflight/learning-rate"]
    assert found[-1].severity == "warning", "errors are told first"
    with pytest.raises(RecipeError):
        find("adapters", bad)
