"""A tree holds its examples and nothing else, and a token in it sees what it would see alone."""

import itertools
from dataclasses import replace

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from lensmith.batching.masks import tree_mask
from lensmith.batching.order import PictureSampler
from lensmith.batching.rows import lay_rows, lay_trees, place_branches
from lensmith.batching.trees import Tree, grow_trees, pack_trees
from lensmith.families.encoded import Encoded, ImageSpan
from tiny_models import Noise

PAD = 0
PICTURE = [7, 50, 50, 50]


@st.composite
def examples(draw: st.DrawFn) -> list[Encoded]:
    """Examples on a few pictures, with questions from few words, so that many share a beginning."""
    items = []
    for number in range(draw(st.integers(1, 8))):
        asked = draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
        taught = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
        picture = draw(st.integers(0, 2))
        ids = np.asarray(PICTURE + asked + taught, dtype=np.int64)
        weights = np.asarray([0.0] * (len(PICTURE) + len(asked)) + [1.0] * len(taught), dtype=np.float32)
        items.append(Encoded(ids, weights, (ImageSpan(1, 3),), (Noise(picture),), str(number)))
    return items


def sees(batch: dict[str, Tensor], row: int, at: int) -> list[tuple[int, int]]:
    """(position, token) of everything that the token at `at` looks at, by the slow and obvious rule."""
    segment, trunk = batch["segment_BT"][row].tolist(), batch["trunk_BT"][row].tolist()
    return [
        (int(batch["positions_BT"][row, key]), int(batch["ids_BT"][row, key]))
        for key in range(at + 1)
        if segment[key] in (trunk[at], segment[at]) and segment[key] != -1
    ]


@given(items=examples())
def test_every_target_is_predicted_from_its_own_example_alone(items: list[Encoded]) -> None:
    trees = grow_trees(items, share=True)
    assert sorted(branch.example_id for tree in trees for branch in tree.branches) == sorted(
        item.example_id for item in items
    )
    rows = pack_trees(trees)
    batch = lay_trees(rows, PAD)
    width = batch["ids_BT"].shape[1]
    expected = [
        (list(enumerate(branch.ids_T[:at].tolist())), int(branch.ids_T[at]))
        for row in rows
        for tree in row
        for branch in tree.branches
        for at in np.flatnonzero(branch.weights_T)
    ]
    found = [
        (sees(batch, int(place) // width, int(place) % width), int(target))
        for place, target in zip(batch["from_N"], batch["target_N"], strict=True)
    ]
    assert found == expected


@given(items=examples())
def test_the_mask_is_the_obvious_one(items: list[Encoded]) -> None:
    batch = lay_trees(pack_trees(grow_trees(items, share=True)), PAD)
    mask = tree_mask(batch["segment_BT"], batch["trunk_BT"])[:, 0]
    for row, segments in enumerate(batch["segment_BT"].tolist()):
        for query, own in enumerate(segments):
            trunk = int(batch["trunk_BT"][row, query])
            for key, theirs in enumerate(segments):
                seen = key == query if own == -1 else key <= query and theirs in (trunk, own)
                assert bool(mask[row, query, key]) == seen


@given(items=examples(), cut=st.integers(0, 6))
def test_later_tokens_see_what_a_cache_holds(items: list[Encoded], cut: int) -> None:
    batch = lay_trees(pack_trees(grow_trees(items, share=True)), PAD)
    segment_BT, trunk_BT = batch["segment_BT"], batch["trunk_BT"]
    later = tree_mask(segment_BT[:, cut:], trunk_BT[:, cut:], segment_BT)
    assert torch.equal(later, tree_mask(segment_BT, trunk_BT)[:, :, cut:])


@given(items=examples())
def test_positions_on_several_axes_stay_with_their_tokens(items: list[Encoded]) -> None:
    items = [replace(item, positions_AT=np.stack([np.arange(len(item)), item.ids_T])) for item in items]
    rows = pack_trees(grow_trees(items, share=True))
    batch = lay_trees(rows, PAD)
    for branch in place_branches(rows):
        found = batch["positions_BT"][:, branch.row, torch.from_numpy(branch.columns_T)]
        assert found.tolist() == branch.item.positions.tolist()
    alone = lay_rows(items[:1], PAD)
    assert alone["positions_BT"][:, 0].tolist() == items[0].positions.tolist()


@given(items=examples())
def test_parents_lead_back_through_the_example(items: list[Encoded]) -> None:
    rows = pack_trees(grow_trees(items, share=True))
    batch = lay_trees(rows, PAD)
    for branch in place_branches(rows):
        at, path = int(branch.columns_T[-1]), []
        while at != -1:
            path.append(int(batch["ids_BT"][branch.row, at]))
            at = int(batch["before_BT"][branch.row, at])
        assert path[::-1] == branch.item.ids_T.tolist()


@given(items=examples())
def test_rows_hold_every_tree_once_and_none_is_longer_than_the_longest(items: list[Encoded]) -> None:
    trees = grow_trees(items, share=True)
    rows = pack_trees(trees)
    assert sorted(id(tree) for row in rows for tree in row) == sorted(map(id, trees))
    assert max(sum(len(tree) for tree in row) for row in rows) == max(len(tree) for tree in trees)
    tokens = sorted(sum(len(tree) for tree in row) for row in rows)
    assert len(rows) < 2 or tokens[0] + tokens[1] > max(len(tree) for tree in trees), "two rows would fit into one"


def test_examples_that_part_inside_a_picture_are_not_joined() -> None:
    weights = np.asarray([0, 0, 0, 1], dtype=np.float32)
    items = [
        Encoded(np.asarray(ids), weights, (ImageSpan(1, 2),), (Noise(0),), name)
        for ids, name in (([1, 50, 51, 2], "a"), ([1, 50, 52, 2], "b"))
    ]
    assert [len(tree.branches) for tree in grow_trees(items, share=True)] == [1, 1]


def test_a_family_that_cannot_share_gets_one_tree_an_example() -> None:
    item = Encoded(np.asarray([1, 50, 2]), np.asarray([0, 0, 1], np.float32), (ImageSpan(1, 1),), (Noise(0),), "a")
    assert len(grow_trees([item, item], share=False)) == 2
    assert len(grow_trees([item, item], share=True)) == 1
    assert isinstance(grow_trees([item], share=True)[0], Tree)


@given(items=examples(), together=st.integers(1, 4), seed=st.integers(0, 3))
def test_the_order_is_whole_seeded_and_keeps_pictures_together(items: list[Encoded], together: int, seed: int) -> None:
    order = PictureSampler(items, together, seed)
    first = list(order)
    assert sorted(first) == list(range(len(items)))
    assert list(PictureSampler(items, together, seed)) == first
    runs = 1 + sum(items[a].images != items[b].images for a, b in itertools.pairwise(first))
    chunks = sum(-(-len(places) // together) for places in order.pictures)
    assert runs <= chunks


def test_another_epoch_is_another_order() -> None:
    items = [
        Encoded(np.asarray([1, 2]), np.asarray([0, 1], np.float32), (), (Noise(number // 3),), str(number))
        for number in range(30)
    ]
    order = PictureSampler(items, 2, 0)
    first = list(order)
    order.set_epoch(1)
    assert list(order) != first
    order.set_epoch(0)
    assert list(order) == first


def test_padding_sees_itself_only() -> None:
    mask = tree_mask(torch.tensor([[0, 1, -1]]), torch.tensor([[0, 0, -1]]))[0, 0]
    assert mask.tolist() == [[True, False, False], [True, True, False], [False, False, True]]
