"""Rows: every token in its place, padding nowhere else, and targets one after the state that predicts them."""

from typing import Literal

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lensmith.batching.rows import PIXELS, lay_rows, take_pixels
from lensmith.families.encoded import Encoded

PAD = 0


@st.composite
def encoded_rows(draw: st.DrawFn) -> list[Encoded]:
    rows = []
    for number in range(draw(st.integers(1, 5))):
        asked = draw(st.lists(st.integers(1, 99), min_size=1, max_size=6))
        taught = draw(st.lists(st.integers(1, 99), min_size=1, max_size=4))
        weights = [0.0] * len(asked) + [1.0] * len(taught)
        ids = np.asarray(asked + taught, dtype=np.int64)
        rows.append(Encoded(ids, np.asarray(weights, dtype=np.float32), (), (), str(number)))
    return rows


@given(items=encoded_rows(), side=st.sampled_from(["right", "left"]))
def test_rows_hold_exactly_the_examples(items: list[Encoded], side: Literal["right", "left"]) -> None:
    batch = lay_rows(items, PAD, side)
    ids_BT, mask_BT = batch["ids_BT"], batch["mask_BT"]
    assert ids_BT.shape == mask_BT.shape == (len(items), max(len(item) for item in items))
    for row, item in enumerate(items):
        assert ids_BT[row][mask_BT[row] == 1].tolist() == item.ids_T.tolist()
        assert set(ids_BT[row][mask_BT[row] == 0].tolist()) <= {PAD}
        edge = mask_BT[row, 0] if side == "right" else mask_BT[row, -1]
        assert edge == 1
    assert {value.dtype for value in (ids_BT, mask_BT, batch["from_N"], batch["target_N"])} == {torch.int64}
    assert batch["weight_N"].dtype == torch.float32


@given(items=encoded_rows(), side=st.sampled_from(["right", "left"]))
def test_targets_follow_the_states_that_predict_them(items: list[Encoded], side: Literal["right", "left"]) -> None:
    batch = lay_rows(items, PAD, side)
    taught = [int(token) for item in items for token in item.ids_T[item.weights_T > 0]]
    assert batch["target_N"].tolist() == taught
    assert batch["weight_N"].tolist() == [1.0] * len(taught)
    flat, width = batch["ids_BT"].flatten(), batch["ids_BT"].shape[1]
    assert flat[batch["from_N"] + 1].tolist() == taught
    assert ((batch["from_N"] + 1) // width == batch["from_N"] // width).all(), "a target never stands in the next row"
    assert batch["mask_BT"].flatten()[batch["from_N"]].all(), "padding predicts nothing"


def test_pixels_keep_the_towers_names() -> None:
    batch = {"ids_BT": torch.zeros(1, 1), PIXELS + "pixel_values": torch.ones(2), PIXELS + "pixels_seen": torch.ones(3)}
    assert set(take_pixels(batch)) == {"pixel_values", "pixels_seen"}


def test_no_rows_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="empty"):
        lay_rows([], PAD)
