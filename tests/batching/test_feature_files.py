"""Damage to a store's files is found, told and mended, and never answered as features."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from feature_samples import FOUR, codes, filled, found_in, made_of, opened, same, start_writers

from lensmith.batching.feature_slots import SLOT_BYTES


def test_any_flipped_bit_of_data_or_index_costs_at_most_its_own_record(tmp_path):
    whole = tmp_path / "whole"
    used = filled(whole).path.name
    chance = random.Random(0)
    for round_number in range(60):
        folder = tmp_path / str(round_number)
        shutil.copytree(whole, folder)
        file = folder / used / chance.choice(["data", "index"])
        content = bytearray(file.read_bytes())
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        file.write_bytes(content)
        reader = opened(folder)
        lost = set(FOUR) - found_in(reader)
        assert len(lost) == reader.counts.spoilt <= 1
        assert codes(reader) == ["features/damaged"] * len(lost)
        assert not lost & found_in(reader)
        for name in FOUR:
            assert reader.put(name, FOUR[name])
        assert reader.counts.stored == len(lost)
        for later in (reader, opened(folder)):
            assert found_in(later) == set(FOUR)
        assert not codes(later), "what was mended is not told again"


@pytest.mark.parametrize("name", ["data", "index"])
def test_cut_at_any_length_the_rest_is_right_and_can_be_mended(tmp_path, name):
    whole = tmp_path / "whole"
    used = filled(whole).path.name
    length = (whole / used / name).stat().st_size
    for cut_bytes in {0, 1, SLOT_BYTES, SLOT_BYTES + 1, length // 2, length - 1, *range(5, length, length // 12)}:
        folder = tmp_path / str(cut_bytes)
        shutil.copytree(whole, folder)
        running = opened(folder)
        assert found_in(running) == set(FOUR)
        os.truncate(folder / used / name, cut_bytes)
        fresh = opened(folder)
        kept = found_in(fresh)
        assert len(kept) < 4
        assert kept <= found_in(running)
        assert all(fresh.put(*item) for item in FOUR.items())
        for store in (fresh, running, opened(folder)):
            assert found_in(store) == set(FOUR)


@pytest.mark.parametrize(
    "garbage", [b"\0" * 1000, b"\xff" * 1000, b"not an index\n" * 99, random.Random(1).randbytes(4096)]
)
def test_garbage_for_an_index_is_no_index(tmp_path, garbage):
    path = filled(tmp_path).path
    (path / "index").write_bytes(garbage)
    store = opened(tmp_path)
    assert found_in(store) == set()
    assert store.counts.spoilt == len(garbage) // SLOT_BYTES
    assert all(store.put(*item) for item in FOUR.items())
    mended = opened(tmp_path)
    assert found_in(mended) == set(FOUR)
    assert not codes(mended)


def test_garbage_behind_the_index_costs_nothing(tmp_path):
    path = filled(tmp_path).path
    with (path / "index").open("ab") as stream:
        stream.write(random.Random(2).randbytes(300))
    store = opened(tmp_path)
    assert found_in(store) == set(FOUR)
    assert store.put("one more", np.arange(5))
    assert same(opened(tmp_path).get("one more"), np.arange(5))


def test_a_running_reader_is_not_deceived_when_the_files_are_replaced(tmp_path):
    running = filled(tmp_path)
    assert found_in(running) == set(FOUR)
    shutil.rmtree(tmp_path)
    other = opened(tmp_path)
    turned = dict(zip(FOUR, reversed(FOUR.values()), strict=True))
    assert all(other.put(*item) for item in turned.items())
    assert all(same(running.get(name), turned[name]) for name in FOUR)
    (running.path / "data").unlink()
    assert all(opened(tmp_path).put(*item) for item in FOUR.items())
    assert found_in(opened(tmp_path)) == set(FOUR)


@pytest.mark.parametrize("cut_bytes", [0, 20_000])
def test_a_running_reader_is_not_deceived_when_the_data_is_cut_and_grows_again(tmp_path, cut_bytes):
    running = filled(tmp_path)
    assert found_in(running) == set(FOUR)
    os.truncate(running.path / "data", cut_bytes)
    writer = opened(tmp_path)
    assert writer.put("other", np.full(100_000, 7, np.uint8))
    kept = found_in(running)
    assert writer.counts.spoilt == 4 - len(kept)
    assert kept == found_in(opened(tmp_path)) != set(FOUR)
    assert same(running.get("other"), np.full(100_000, 7, np.uint8))


def test_a_running_reader_learns_what_is_stored_after_the_index_was_cut(tmp_path):
    running = filled(tmp_path)
    assert found_in(running) == set(FOUR)
    os.truncate(running.path / "index", SLOT_BYTES)
    assert opened(tmp_path).put("other", np.ones(3))
    assert same(running.get("other"), np.ones(3))
    assert found_in(running) == {"picture 0"}


def test_a_record_stored_anew_is_checked_anew(tmp_path):
    running = filled(tmp_path)
    assert found_in(running) == set(FOUR)
    data = running.path / "data"
    flip_last_bit(data)
    other = opened(tmp_path)
    assert other.get("picture 3") is None
    assert other.put("picture 3", FOUR["picture 3"])
    flip_last_bit(data)
    assert running.get("unknown") is None, "a miss reads the index"
    assert running.get("picture 3") is None
    assert running.counts.spoilt == 1


def flip_last_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    with file.open("r+b") as stream:
        stream.write(content)


def test_a_writer_killed_at_any_moment_leaves_a_store_that_is_right(tmp_path):
    chance = random.Random(3)
    survived = 0
    for round_number in range(12):
        (writer,) = start_writers(tmp_path, (survived, 100_000))
        time.sleep(chance.uniform(0, 0.08))
        writer.send_signal(signal.SIGKILL)
        assert writer.wait() == -signal.SIGKILL
        store = opened(tmp_path)
        found = 0
        while (features := store.get(str(found))) is not None:
            assert same(features, made_of(found))
            found += 1
        assert found >= survived, "nothing is lost that was there before"
        survived = found
        assert store.put(f"after {round_number}", np.full(99, round_number))
        assert store.counts.spoilt == 0
    assert survived > 100
    store = opened(tmp_path)
    assert all(same(store.get(f"after {number}"), np.full(99, number)) for number in range(12))


def test_data_without_a_slot_is_written_behind(tmp_path):
    """What a writer leaves that is killed between the data and the slot, or in the middle of either."""
    path = filled(tmp_path).path
    for data_bytes, slot_bytes in ((777, 0), (5000, 0), (64, 77)):
        with (path / "data").open("ab") as data, (path / "index").open("ab") as index:
            data.write(b"x" * data_bytes)
            index.write(b"y" * slot_bytes)
        store = opened(tmp_path)
        assert found_in(store) == set(FOUR)
        assert store.put(str(data_bytes), np.arange(data_bytes))
        assert same(opened(tmp_path).get(str(data_bytes)), np.arange(data_bytes))
        assert not codes(store)


def test_a_full_disk_refuses_and_spoils_nothing(tmp_path):
    """A limit on the size of a file stands in for a full disk: writing is cut short in the same place."""
    filled(tmp_path)
    script = (
        "import resource, signal, sys, numpy as np; from pathlib import Path\n"
        "from lensmith.batching.features import FeatureStore\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "store = FeatureStore(Path(sys.argv[1]), 'key', 1 << 30)\n"
        "print([store.put('large', np.zeros(200_000, 'u1')), store.put('small', np.zeros(9))])\n"
        "print([store.counts.refused, store.problems()[0].code, store.get('picture 2').shape])"
    )
    done = subprocess.run([sys.executable, "-c", script, tmp_path], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines() == ["[False, False]", "[2, 'features/unusable', (3, 1000)]"], done.stderr
    store = opened(tmp_path)
    assert (store.path / "data").stat().st_size < 50_000, "what was begun is taken back"
    assert found_in(store) == set(FOUR)
    assert store.put("large", np.zeros(200_000, np.uint8))
