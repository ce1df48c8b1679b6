"""A tree holds its examples and nothing else, and a token in it sees what it would see alone."""

import itertools

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from lensmith.batching.masks import tree_mask
from lensmith.batching.order import PictureSampler
from lensmith.batching.rows import lay_trees
from lensmith.batching.trees import Tree, grow_trees
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
    branch = batch["branch_BT"][row].tolist()
    return [
        (int(batch["positions_BT"][row, key]), int(batch["ids_BT"][row, key]))
        for key in range(at + 1)
        if branch[key] in (0, branch[at]) and branch[key] != -1
    ]


@given(items=examples())
def test_every_target_is_predicted_from_its_own_example_alone(items: list[Encoded]) -> None:
    trees = grow_trees(items, share=True)
    assert sorted(branch.example_id for tree in trees for branch in tree.branches) == sorted(
        item.example_id for item in items
    )
    batch = lay_trees(trees, PAD)
    width = batch["ids_BT"].shape[1]
    expected = [
        (list(enumerate(branch.ids_T[:at].tolist())), int(branch.ids_T[at]))
        for tree in trees
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
    batch = lay_trees(grow_trees(items, share=True), PAD)
    mask = tree_mask(batch["branch_BT"])[:, 0]
    branches = batch["branch_BT"].tolist()
    for row, branch in enumerate(branches):
        for query in range(len(branch)):
            for key in range(len(branch)):
                padding = branch[query] == -1
                seen = key == query if padding else key <= query and branch[key] in (0, branch[query])
                assert bool(mask[row, query, key]) == seen


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
    mask = tree_mask(torch.tensor([[0, 1, -1]]))[0, 0]
    assert mask.tolist() == [[True, False, False], [True, True, False], [False, False, True]]
