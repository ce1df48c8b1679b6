"""What the smaller families are odd in: how many tokens a picture takes, who sees whom, and what they refuse."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from checkpoints import CHECKPOINTS, Checkpoint
from odd_checkpoints import edit_json
from qwen_pictures import Stripes
from transformers import AutoProcessor

from lensmith.batching.rows import Collator, lay_rows, lay_trees, read_inputs, read_pixels
from lensmith.batching.trees import grow_trees, pack_trees
from lensmith.config.sections import LoraSection, TuneSection
from lensmith.errors import DataError, ModelError, RecipeError
from lensmith.families.inputs import Inputs
from lensmith.lab.lfm2_vl import build_lfm2_vl
from lensmith.lab.other_models import build_gemma3, build_internvl, build_llava_next, build_paligemma, build_smolvlm
from lensmith.training.adapters import apply_tuning
from lensmith.training.module import SupervisedModule
from lensmith.types import Example, Turn
from tiny_models import Noise, load_tiny, make_example, open_tiny

ASK = make_example(("Какой цвет?", "жёлтый 🐈"), number=3)
SIZED = [each for each in CHECKPOINTS if each.family in ("smolvlm", "internvl", "llava_next", "generic")]
# Squares, slivers, and sizes where rounding decides: 365 × 1000 and the like for tiles.
SIZES_PX = ((16, 16), (17, 16), (40, 36), (33, 90), (11, 31), (31, 11), (5, 64), (100, 7), (64, 23), (45, 44), (15, 49))


@pytest.mark.parametrize("checkpoint", SIZED, ids=str)
def test_a_picture_of_any_size_takes_the_tokens_that_the_published_processor_writes(
    checkpoint: Checkpoint, build_once: Callable[..., Path]
) -> None:
    folder = build_once(checkpoint.name, checkpoint.build)
    family = open_tiny(folder)
    processor = AutoProcessor.from_pretrained(folder)
    model = load_tiny(family, folder)
    counts = set()
    for height, width in SIZES_PX:
        picture = Stripes(width, height)
        made = processor(text=[family.image_token], images=[[picture.draw()]], return_tensors="pt")
        ids = made["input_ids"][0].tolist()
        bos = family._automatic_bos()
        assert list(family.image_ids((height, width))) == ids[len(bos) if ids[: len(bos)] == bos else 0 :]
        counts.add(len(ids))
        item = family.encode(Example("x", (picture,), ASK.turns, "g"), [(height, width)])
        batch = {**lay_rows([item], family.pad_id), **read_pixels(family, [item])}
        with torch.no_grad():  # as many features as places, or transformers says so
            assert family.hidden(model, read_inputs(model, family, batch)).isfinite().all()
    assert len(counts) > 2, "one number for all sizes would prove nothing"


@pytest.mark.parametrize("checkpoint", SIZED, ids=str)
def test_tokens_cannot_be_counted_without_the_pictures_size(
    checkpoint: Checkpoint, build_once: Callable[..., Path]
) -> None:
    family = open_tiny(build_once(checkpoint.name, checkpoint.build))
    with pytest.raises(ValueError, match="size"):
        family.encode(ASK)


# Gemma 3


def test_gemma3s_masks_hold_windows_and_whole_pictures(tmp_path: Path) -> None:
    """A picture's tokens see each other; a windowed layer sees nine places back, whatever the column."""
    folder = build_gemma3(tmp_path / "m", seed=1)
    family = open_tiny(folder)
    items = [family.encode(replace(ASK, id=str(at), turns=(Turn("Где? " * at, ("да",)),))) for at in (1, 6)]
    rows = pack_trees(grow_trees(items, share=True))
    batch = lay_trees(rows, family.pad_id)
    assert len(rows) == 1
    made = family.attention_inputs(read_inputs(load_tiny(family, folder), family, batch))
    whole, near = made["attention_mask"]["full_attention"][0, 0], made["attention_mask"]["sliding_attention"][0, 0]
    picture = torch.nonzero(batch["ids_BT"][0] == family.config.image_token_id).flatten()
    assert len(picture) == 4
    assert whole[picture[0], picture[-1]]
    assert not whole[picture[0] - 1, picture[0]]
    places = batch["positions_BT"][0]
    assert bool((near <= whole).all())
    for query in range(len(places)):
        for key in range(len(places)):
            if whole[query, key]:
                assert near[query, key] == (places[query] - places[key] < 9)
    first, second = (torch.nonzero(batch["segment_BT"][0] == segment).flatten() for segment in (1, 2))
    assert not whole[second][:, first].any()
    assert near[second[0], first[0] - 1], "the trunk's end is near to a branch behind another branch"
    assert not near[second[-1], 0]


def test_gemma3s_number_of_tokens_is_the_models(tmp_path: Path) -> None:
    folder = build_gemma3(tmp_path / "m", seed=1)
    expected = open_tiny(folder).encode(ASK).ids_T.tolist()
    edit_json(folder / "processor_config.json", lambda settings: settings.update(image_seq_length=9))
    family = open_tiny(folder)
    assert len(family.notes) == 1
    assert family.encode(ASK).ids_T.tolist() == expected
    assert family.processor.full_image_sequence.count("<image_soft_token>") == 4


# PaliGemma


@pytest.mark.parametrize("kind", ["gemma", "gemma2"])
def test_paligemma_is_taught_what_its_processor_makes_of_prefix_and_suffix(tmp_path: Path, kind: str) -> None:
    folder = build_paligemma(tmp_path / "m", seed=1, kind=kind)
    item = open_tiny(folder).encode(ASK)
    processor = AutoProcessor.from_pretrained(folder)
    picture = ASK.images[0]
    assert isinstance(picture, Noise)
    made = processor(
        text=["<image>" + ASK.question], images=[[picture.draw()]], suffix=[ASK.answers[0]], return_tensors="pt"
    )
    assert item.ids_T.tolist() == made["input_ids"][0].tolist()
    assert item.weights_T.tolist() == (made["labels"][0] != -100).float().tolist()


def test_paligemmas_trunk_cannot_be_shared(tmp_path: Path) -> None:
    """Its picture sees the question: forced into a tree, the loss is another."""
    folder = build_paligemma(tmp_path / "m", seed=1)
    family = open_tiny(folder)
    assert not family.shares_trunk
    module = SupervisedModule(load_tiny(family, folder), family)
    items = [family.encode(replace(ASK, id=str(at), turns=(Turn("Где? " * at, ("да",)),))) for at in (1, 3)]
    with torch.no_grad():
        right = sum(float(module(**Collator(family)([item]))["loss_sum"]) for item in items)
        tree = lay_trees(pack_trees(grow_trees(items, share=True)), family.pad_id)
        hidden_BTD = _as_tree(family, module.model, tree, read_pixels(family, items[:1]))
        logits_NV = family.logits(module.model, hidden_BTD.flatten(0, 1)[tree["from_N"]])
    forced = float(torch.nn.functional.cross_entropy(logits_NV, tree["target_N"], reduction="sum"))
    assert abs(forced - right) > 1e-3


def _as_tree(family: Any, model: Any, tree: dict[str, torch.Tensor], pixels: dict[str, torch.Tensor]) -> torch.Tensor:
    laid = read_inputs(model, family, {**tree, **pixels})
    inputs = Inputs(laid.ids_BT, laid.mask, laid.positions_BT, pixels=laid.pixels)
    body: Any = model.model
    shown = family.picture_inputs(model, inputs)
    made = body(input_ids=inputs.ids_BT, attention_mask=inputs.mask, position_ids=inputs.positions_BT + 1, **shown)
    return torch.as_tensor(made.last_hidden_state)


def test_paligemma_refuses_what_it_was_never_taught(tmp_path: Path) -> None:
    family = open_tiny(build_paligemma(tmp_path / "m", seed=1))
    with pytest.raises(DataError) as caught:
        family.encode(make_example(("A?", "a"), ("B?", "b"), pictures=0))
    assert [problem.code for problem in caught.value.problems] == ["data/conversation", "data/no-picture"]


# Settings that count tokens


@pytest.mark.parametrize(
    ("build", "name", "value"),
    [
        (build_smolvlm, "image_seq_len", 169),
        (build_internvl, "image_seq_length", 256),
        (build_llava_next, "num_additional_image_tokens", 0),
    ],
)
def test_what_a_processor_says_wrong_is_mended_and_said(
    tmp_path: Path, build: Callable[..., Path], name: str, value: int
) -> None:
    folder = build(tmp_path / "m", seed=1)
    expected = open_tiny(folder).encode(ASK, [(36, 40)]).ids_T.tolist()
    edit_json(folder / "processor_config.json", lambda settings: settings.update({name: value}))
    family = open_tiny(folder)
    assert family.encode(ASK, [(36, 40)]).ids_T.tolist() == expected
    assert [name in note for note in family.notes] == [True]


@pytest.mark.parametrize(
    ("build", "settings", "named"),
    [
        (build_smolvlm, {"max_image_size": {"longest_edge": 24}}, "max_image_size"),
        (build_smolvlm, {"do_resize": False}, "size"),
        (build_internvl, {"size": {"height": 32, "width": 32}}, "size"),
        (build_llava_next, {"image_grid_pinpoints": [[16, 32]]}, "image_grid_pinpoints"),
    ],
)
def test_settings_that_cannot_be_kept_are_refused(
    tmp_path: Path, build: Callable[..., Path], settings: dict[str, Any], named: str
) -> None:
    folder = build(tmp_path / "m", seed=1)
    edit_json(folder / "processor_config.json", lambda all_: all_["image_processor"].update(settings))
    with pytest.raises(ModelError) as caught:
        open_tiny(folder)
    assert [named in problem.where for problem in caught.value.problems] == [True]


def test_a_projector_without_linear_layers_takes_no_adapters_and_says_so(tmp_path: Path) -> None:
    folder = build_gemma3(tmp_path / "m", seed=1)
    family = open_tiny(folder)
    tune = TuneSection(lora=LoraSection(components=["language", "projector"]))
    with pytest.raises(RecipeError, match="the projector part has no linear layer"):
        apply_tuning(load_tiny(family, folder), family.facts, tune, 0)


# LFM2-VL's languages


def test_a_script_of_no_language_on_the_cards_is_noted_once(tmp_path: Path) -> None:
    family = open_tiny(build_lfm2_vl(tmp_path / "m", seed=1, size="test"))
    family.encode(make_example(("Où est la chaîne? 猫 🐈 한국", "здесь"), pictures=0))
    family.encode(make_example(("Где она?", "здесь"), pictures=0))
    assert [("Cyrillic" in note, "English" in note) for note in family.notes] == [(True, True)]
    family.encode(make_example(("Πού;", "δ"), pictures=0))
    assert len(family.notes) == 2
