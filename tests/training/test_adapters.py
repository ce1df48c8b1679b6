"""What is tuned is what was asked for, by full path; everything else stays as it was, bit for bit."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from small_runs import encode, make_examples, make_module, make_recipe, same, start, weights

from lensmith.batching.rows import Collator
from lensmith.config.sections import LoraSection, TuneSection
from lensmith.errors import RecipeError
from lensmith.families.llava import Llava
from lensmith.families.opening import build_on_meta
from lensmith.lab.models import Variant, build_llava
from lensmith.training.adapters import apply_tuning, count_parameters, find_targets, path_pattern
from tiny_models import load_tiny, open_tiny

LANGUAGE, TOWER, PROJECTOR = (
    "model.language_model.layers",
    "model.vision_tower.encoder.layers",
    "model.multi_modal_projector",
)
TEXT_ATTENTION = {f"{LANGUAGE}.{at}.self_attn.{name}_proj" for at in range(2) for name in "qkvo"}
TEXT_MLP = {f"{LANGUAGE}.{at}.mlp.{name}_proj" for at in range(2) for name in ("gate", "up", "down")}
TOWER_ATTENTION = {
    f"{TOWER}.{at}.self_attn.{name}" for at in range(2) for name in ("q_proj", "k_proj", "v_proj", "out_proj")
}
TOWER_MLP = {f"{TOWER}.{at}.mlp.{name}" for at in range(2) for name in ("fc1", "fc2")}
PROJECTION = {f"{PROJECTOR}.linear_1", f"{PROJECTOR}.linear_2"}

CHOICES: list[tuple[dict[str, Any], set[str]]] = [
    ({"targets": "attention"}, TEXT_ATTENTION),
    ({"targets": "mlp"}, TEXT_MLP),
    ({"targets": "gate_up"}, {path for path in TEXT_MLP if not path.endswith("down_proj")}),
    ({"targets": "gate_up", "components": ["vision"]}, {path for path in TOWER_MLP if path.endswith("fc1")}),
    ({"targets": "all"}, TEXT_ATTENTION | TEXT_MLP),
    ({"targets": ["q_proj"]}, {path for path in TEXT_ATTENTION if path.endswith("q_proj")}),
    ({"targets": ["v_proj", "up_proj"]}, {path for path in TEXT_ATTENTION | TEXT_MLP if re.search("v_proj|up_", path)}),
    ({"targets": "attention", "components": ["vision"]}, TOWER_ATTENTION),
    ({"targets": "mlp", "components": ["vision"]}, TOWER_MLP),
    ({"targets": "all", "components": ["vision"]}, TOWER_ATTENTION | TOWER_MLP),
    ({"targets": "attention", "components": ["projector"]}, PROJECTION),
    ({"targets": ["linear_2"], "components": ["projector"]}, {f"{PROJECTOR}.linear_2"}),
    ({"targets": "attention", "components": ["projector", "language"]}, PROJECTION | TEXT_ATTENTION),
    (
        {"targets": "all", "components": ["language", "vision", "projector"]},
        TEXT_ATTENTION | TEXT_MLP | TOWER_ATTENTION | TOWER_MLP | PROJECTION,
    ),
]


def adapted(model: torch.nn.Module) -> set[str]:
    """Where PEFT really put adapters, by the layer's path in the bare model."""
    prefix = "base_model.model."
    return {name.removeprefix(prefix) for name, layer in model.named_modules() if hasattr(layer, "lora_A")}


def trained(model: torch.nn.Module) -> set[str]:
    return {name for name, value in model.named_parameters() if value.requires_grad}


@pytest.mark.parametrize("tower", ["clip", "siglip"])
@pytest.mark.parametrize(("lora", "expected"), CHOICES, ids=[str(lora) for lora, _ in CHOICES])
def test_adapters_land_where_they_were_asked_for(
    tmp_path_factory: Any, tower: Any, lora: Any, expected: set[str]
) -> None:
    folder = _built(tmp_path_factory, Variant("qwen2", tower))
    family = open_tiny(folder)
    tuned = apply_tuning(load_tiny(family, folder), family.facts, TuneSection(lora=LoraSection(**lora)), 0)
    assert adapted(tuned) == expected
    layers = {re.sub(r"\.lora_.*", "", name).removeprefix("base_model.model.") for name in trained(tuned)}
    assert layers == expected
    assert all("lora_" in name for name in trained(tuned))


BUILT: dict[Variant, Path] = {}


def _built(factory: Any, variant: Variant) -> Path:
    if variant not in BUILT:
        BUILT[variant] = build_llava(factory.mktemp("adapters") / "model", seed=7, size="test", variant=variant)
    return BUILT[variant]


@pytest.mark.parametrize(
    ("lora", "named"),
    [
        ({"targets": ["q_prj"]}, ["q_prj", "q_proj", "down_proj"]),
        ({"targets": ["q_proj", "w1", "out_proj"]}, ["w1", "out_proj", "q_proj"]),
        ({"targets": ["fc1"]}, ["fc1", "gate_proj"]),
        ({"targets": ["q_proj"], "components": ["language", "projector"]}, ["projector", "linear_1"]),
        ({"targets": ["linear_1"], "components": ["vision"]}, ["fc1", "out_proj"]),
    ],
)
def test_unknown_layers_are_named_with_those_that_exist(llava: Path, lora: dict[str, Any], named: list[str]) -> None:
    family = open_tiny(llava)
    with pytest.raises(RecipeError) as caught:
        find_targets(build_on_meta(family.config), family.facts, LoraSection(**lora))
    for name in named:
        assert name in str(caught.value)
    assert all(problem.where == "tune.lora.targets" for problem in caught.value.problems)


def test_one_problem_for_each_wrong_name(llava: Path) -> None:
    family = open_tiny(llava)
    with pytest.raises(RecipeError) as caught:
        find_targets(build_on_meta(family.config), family.facts, LoraSection(targets=["q_proj", "w1", "w2", "w3"]))
    assert len(caught.value.problems) == 3


def test_head_is_not_offered_where_it_is_not_taken(llava: Path) -> None:
    family = open_tiny(llava)
    with pytest.raises(RecipeError) as caught:
        find_targets(build_on_meta(family.config), family.facts, LoraSection(targets=["lm_head"]))
    assert not any("did you mean `lm_head`" in problem.fix for problem in caught.value.problems)


def test_nothing_left_to_train_is_refused(llava: Path) -> None:
    family = open_tiny(llava)
    tune = TuneSection(method="full", freeze=["vision", "projector", "language"])
    with pytest.raises(RecipeError) as caught:
        apply_tuning(build_on_meta(family.config), family.facts, tune, 0)
    assert "tune.freeze" in str(caught.value)


SEGMENT = st.one_of(
    st.integers(0, 12).map(str), st.sampled_from(["a", "layers", "q_proj", "x1", "1x", "b-c", "a+b", "(", "*"])
)
PATH = st.lists(SEGMENT, min_size=1, max_size=6).map(".".join)


@given(chosen=st.lists(PATH, min_size=1, max_size=12, unique=True), others=st.lists(PATH, max_size=40))
def test_pattern_matches_exactly_the_paths_it_was_made_of(chosen: list[str], others: list[str]) -> None:
    pattern = path_pattern(chosen)
    for path in chosen:
        assert re.fullmatch(pattern, path)
        near = [path + ".0", path + "x", "x" + path, "0." + path, path.replace("1", "2"), path.replace("0", "00")]
        others = [*others, *near, path.replace(".", "_"), path.rpartition(".")[0]]
    for path in set(others) - set(chosen):
        assert not re.fullmatch(pattern, path)


def test_pattern_of_a_large_model_stays_small() -> None:
    paths = [f"model.language_model.layers.{at}.self_attn.{name}_proj" for at in range(80) for name in "qkvo"]
    assert len(path_pattern(paths)) < 2000


def test_flags_reach_peft_as_they_were_written(llava: Path) -> None:
    lora = {"r": 3, "alpha": 7.5, "dropout": 0.25, "rslora": True, "dora": True, "targets": ["q_proj"]}
    module = make_module(make_recipe(llava, {"lora": lora}))
    model: Any = module.model
    config = model.peft_config["default"]
    assert (config.r, config.lora_alpha, config.lora_dropout) == (3, 7.5, 0.25)
    assert (config.use_rslora, config.use_dora, config.bias) == (True, True, "none")
    assert any("magnitude" in name for name in trained(module.model))
    layer: Any = module.bare.get_submodule(f"{LANGUAGE}.0.self_attn.q_proj")
    assert layer.scaling["default"] == pytest.approx(7.5 / 3**0.5)


def test_first_values_of_adapters_derive_from_the_seed(llava: Path) -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first, again, other = (weights(make_module(make_recipe(llava, seed=seed))) for seed in (1, 1, 2))
    assert same(first, again)
    assert not same(first, other)
    assert torch.equal(torch.get_rng_state(), before), "the seed is borrowed, not set"


def test_counts_are_by_component(llava: Path) -> None:
    family = open_tiny(llava)
    model = load_tiny(family, llava)
    plain = count_parameters(model, family.facts)
    assert plain.trained == plain.total
    assert sum(plain.total.values()) == sum(value.numel() for value in model.parameters())
    vision = sum(value.numel() for name, value in model.named_parameters() if "vision_tower" in name)
    projector = sum(value.numel() for name, value in model.named_parameters() if "projector" in name)
    assert (plain.total["vision"], plain.total["projector"]) == (vision, projector)
    lora = LoraSection(r=4, targets=["q_proj", "linear_1"], components=["language", "projector"])
    tuned = count_parameters(apply_tuning(model, family.facts, TuneSection(lora=lora), 0), family.facts)
    assert tuned.total == plain.total, "adapters are not part of the base"
    # q_proj 32 → 32 in two layers, linear_1 32 → 32 once; each adapter has r rows in and r columns out
    assert tuned.trained == {"vision": 0, "projector": 4 * (32 + 32), "language": 2 * 4 * (32 + 32)}


def test_published_counts_of_llava_gemma_2b() -> None:
    """LLaVA-Gemma-2B with CLIP-L/14-336 (deepvk/llava-gemma-2b-lora): counted from its config, on no device."""
    from transformers import CLIPVisionConfig, GemmaConfig, LlavaConfig

    vision = CLIPVisionConfig(
        hidden_size=1024, intermediate_size=4096, num_hidden_layers=24, num_attention_heads=16, image_size=336,
        patch_size=14, projection_dim=768,
    )  # fmt: skip
    text = GemmaConfig(
        hidden_size=2048, intermediate_size=16384, num_hidden_layers=18, num_attention_heads=8, num_key_value_heads=1,
        head_dim=256, vocab_size=256064,
    )  # fmt: skip
    config = LlavaConfig(vision_config=vision, text_config=text, image_token_index=256000, tie_word_embeddings=True)
    model = build_on_meta(config)
    counts = count_parameters(model, Llava.facts)
    assert sum(counts.total.values()) == 2_816_106_496
    assert (counts.total["vision"], counts.total["projector"]) == (303_507_456, 6_295_552)
    tuned = count_parameters(apply_tuning(model, Llava.facts, TuneSection(), 0), Llava.facts)
    assert tuned.trained == {"vision": 0, "projector": 0, "language": 3_686_400}
    assert tuned.total == counts.total


def test_disabled_adapters_are_the_base(llava: Path) -> None:
    recipe = make_recipe(llava, {"lora": {"targets": "all", "components": ["vision", "projector", "language"]}})
    module, plain = make_module(recipe), make_module(make_recipe(llava, {"method": "full"}))
    with torch.no_grad():
        for name, value in module.named_parameters():
            if "lora_B" in name:
                value.normal_(0, 0.3, generator=torch.Generator().manual_seed(1))
    batch = Collator(module.family)(encode(module, make_examples(3)))
    tuned: Any = module.model
    with torch.no_grad():
        expected = plain(**batch)["loss_sum"]
        assert abs(module(**batch)["loss_sum"] - expected) > 1e-2
        with tuned.disable_adapter():
            assert torch.equal(module(**batch)["loss_sum"], expected)


FROZEN: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({"lora": {"targets": "all"}}, ("lora_",)),
    ({"lora": {"components": ["vision"]}}, ("lora_",)),
    ({"lora": {"dora": True, "dropout": 0.1}}, ("lora_",)),
    ({"method": "full"}, ("multi_modal_projector", "language_model")),
    ({"method": "full", "freeze": ["language"]}, ("multi_modal_projector", "vision_tower")),
    ({"method": "full", "freeze": ["vision", "projector"]}, ("language_model",)),
    ({"method": "full", "freeze": []}, ("multi_modal_projector", "language_model", "vision_tower")),
]
# Behind the layer whose features LLaVA takes, and behind no token that it uses: no gradient ever comes here.
UNREACHED = re.compile(r"post_layernorm|class_embedding")


@pytest.mark.parametrize(("tune", "moving"), FROZEN, ids=[str(tune) for tune, _ in FROZEN])
def test_frozen_parts_stay_and_trained_ones_move(
    llava: Path, tmp_path: Path, tune: dict[str, Any], moving: Any
) -> None:
    recipe = make_recipe(llava, tune, epochs=3.0, batch_size=4, weight_decay=0.1)
    before = weights(make_module(recipe))
    module, _ = start(recipe, tmp_path, count=6)
    after = weights(module)
    assert before.keys() == after.keys()
    for name, value in after.items():
        if not any(part in name for part in moving):
            assert torch.equal(value, before[name]), f"{name} was frozen and has changed"
        elif not UNREACHED.search(name):
            assert not torch.equal(value, before[name]), f"{name} was to be trained and has not changed"


def test_trained_weights_are_held_in_float32(llava: Path) -> None:
    family = open_tiny(llava)
    half = load_tiny(family, llava).to(torch.bfloat16)
    tuned = apply_tuning(half, family.facts, TuneSection(), 0)
    held = {value.requires_grad: value.dtype for _, value in tuned.named_parameters()}
    assert held == {True: torch.float32, False: torch.bfloat16}
    full = apply_tuning(load_tiny(family, llava).to(torch.bfloat16), family.facts, TuneSection(method="full"), 0)
    assert {value.dtype for value in full.parameters() if value.requires_grad} == {torch.float32}
