"""What a feature store gives back is what was put in, for every process, thread and key that shares it."""

import multiprocessing
import os
import pickle
import random
import shutil
import tempfile
import threading
from pathlib import Path

import numpy as np
import pytest
from feature_samples import FOUR, codes, filled, found_in, made_of, opened, same, start_writers
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lensmith.batching.feature_slots import BFLOAT16, SLOT_BYTES
from lensmith.batching.features import FeatureStore


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text(max_size=8)
            | st.sampled_from(["../../x", "/etc/passwd", "a\0b", "\ud800", "картинка 🐈", "x" * 9999]),
            arrays.arrays(arrays.scalar_dtypes(), arrays.array_shapes(min_dims=0, max_dims=6, min_side=0, max_side=4)),
        ),
        max_size=6,
        unique_by=lambda pair: pair[0],
    )
)
def test_arrays_come_back_as_they_were(tmp_path_factory, pairs):
    folder = tmp_path_factory.mktemp("store")
    store = opened(folder)
    assert all(store.put(name, features) for name, features in pairs)
    for reader in (store, opened(folder), pickle.loads(pickle.dumps(store))):
        assert all(same(reader.get(name), features) for name, features in pairs)
        assert (reader.counts.hits, reader.counts.spoilt) == (len(pairs), 0)
    assert not opened(folder).missing(name for name, _ in pairs)


def test_views_strides_and_byte_orders_come_back(tmp_path):
    store = opened(tmp_path)
    grid = np.arange(60).reshape(3, 4, 5)
    odd = {"t": grid.T, "strided": grid[::2, ::-1], "big": grid.astype(">i4"), "bf": grid.astype("<u2").view(BFLOAT16)}
    assert all(store.put(name, features) for name, features in odd.items())
    assert all(same(opened(tmp_path).get(name), features) for name, features in odd.items())


@pytest.mark.parametrize("features", [np.array([None]), np.zeros(2, "f4,i4"), np.zeros(2, "V0")])
def test_what_cannot_be_stored_is_the_callers_mistake(tmp_path, features):
    with pytest.raises(TypeError, match="cannot be stored"):
        opened(tmp_path).put("a", features)


def test_too_many_axes_are_the_callers_mistake(tmp_path):
    store = filled(tmp_path)
    with pytest.raises(ValueError, match="cannot be stored"):
        store.put("a", np.zeros((1,) * 17))
    assert store.put("b", np.zeros((1,) * 16))
    assert found_in(opened(tmp_path)) == set(FOUR)


def test_what_is_given_out_is_read_only_mapped_and_outlives_the_store(tmp_path):
    store = filled(tmp_path)
    features = store.get("picture 3")
    with pytest.raises(ValueError, match="read-only"):
        features[0] = 1
    assert not features.flags.owndata
    shutil.rmtree(tmp_path)
    del store
    assert same(features, FOUR["picture 3"])


def test_arrays_held_do_not_use_up_open_files(tmp_path):
    store = filled(tmp_path)
    open_files = len(list(Path("/dev/fd").iterdir()))
    held = [store.get(name) for _ in range(500) for name in FOUR]
    assert len(held) == 2000
    assert len(list(Path("/dev/fd").iterdir())) <= open_files + 1


def test_keys_do_not_see_each_other_and_stay_in_the_folder(tmp_path):
    folder = tmp_path / "stores"
    keys = ["a", "b", "../a", "/a", "a/b", "", "a\0", "\ud800", "k" * 5000]
    for at, key in enumerate(keys):
        assert "one" not in opened(folder, key)
        assert opened(folder, key).put("one", np.array([at]))
    assert [int(opened(folder, key).get("one")[0]) for key in keys] == list(range(len(keys)))
    assert list(tmp_path.iterdir()) == [folder]
    assert len([each for each in folder.iterdir() if each.is_dir()]) == len(keys)


def test_nothing_is_made_before_it_is_needed(tmp_path):
    store = opened(tmp_path / "a" / "b")
    assert store.get("x") is None
    assert store.missing(["x", "y"]) == ["x", "y"]
    assert (store.used_bytes, store.problems()) == (0, [])
    assert not (tmp_path / "a").exists()
    assert store.put("x", np.zeros(3))
    assert store.missing(iter(["x", "y"])) == ["y"]


def test_the_bound_is_on_all_keys_together_and_nothing_goes_to_make_room(tmp_path):
    record = np.zeros(1000, np.uint8)
    first, second = opened(tmp_path, "1", 5000), opened(tmp_path, "2", 5000)
    stored = [(store, str(at)) for at in range(4) for store in (first, second) if store.put(str(at), record)]
    assert len(stored) == 4  # each takes its 1000 bytes, aligned, and a slot
    assert all(same(store.get(name), record) for store, name in stored)
    files = [each for each in tmp_path.rglob("*") if each.is_file()]
    assert first.used_bytes == sum(each.stat().st_size for each in files) <= 5000
    assert first.counts.refused + second.counts.refused == 4
    assert codes(first) == ["features/full"]
    assert first.put("small", np.zeros(8, np.uint8)), "a smaller one may still find room"
    assert first.put("0", record), "what is there needs no room"
    assert not opened(tmp_path, "3", limit_bytes=0).put("x", np.zeros(0))


def test_what_is_there_is_not_written_again(tmp_path):
    store = filled(tmp_path)
    used_bytes = store.used_bytes
    assert store.put("picture 1", np.zeros(9))
    assert opened(tmp_path).put("picture 1", np.zeros(9))
    assert (store.used_bytes, store.counts.stored) == (used_bytes, 4)
    assert found_in(store) == set(FOUR)


def test_two_processes_fill_one_store_and_a_third_looks_on(tmp_path):
    writers = start_writers(tmp_path, (0, 400), (200, 600))
    reader = opened(tmp_path)
    while any(writer.poll() is None for writer in writers):
        for number in random.sample(range(600), 50):
            found = reader.get(str(number))
            assert found is None or same(found, made_of(number))
    assert [writer.wait() for writer in writers] == [0, 0]
    for store in (reader, opened(tmp_path)):
        assert all(same(store.get(str(number)), made_of(number)) for number in range(600))
        assert store.counts.spoilt == 0
    slots = (reader.path / "index").stat().st_size / SLOT_BYTES
    assert slots == 600, "what both had was written once"


def test_two_processes_with_different_keys_keep_the_bound_together(tmp_path):
    record_bytes, limit_bytes = 3072, 3_200_000
    context = multiprocessing.get_context("fork")
    together = context.Barrier(2)
    stores = [opened(tmp_path, key, limit_bytes) for key in "ab"]

    def fill(store: FeatureStore) -> None:
        together.wait()
        for at in range(1200):
            store.put(str(at), np.full(record_bytes, at % 256, np.uint8))

    writers = [context.Process(target=fill, args=(store,)) for store in stores]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    stored = [(store.path / "index").stat().st_size // SLOT_BYTES for store in stores]
    assert min(stored) > 0
    assert sum(stored) == limit_bytes // (record_bytes + SLOT_BYTES)
    assert stores[0].used_bytes == limit_bytes


def test_threads_share_a_store(tmp_path):
    store = opened(tmp_path)
    wrong: list[int] = []

    def fill(first: int) -> None:
        for number in range(first, first + 100):
            store.put(str(number), made_of(number))
            if not same(store.get(str(number)), made_of(number)):
                wrong.append(number)

    threads = [threading.Thread(target=fill, args=(first,)) for first in (0, 50, 100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert (store.path / "index").stat().st_size == 200 * SLOT_BYTES


def test_a_forked_worker_reads_and_writes(tmp_path):
    store = filled(tmp_path)
    assert found_in(store) == set(FOUR)
    context = multiprocessing.get_context("fork")
    worker = context.Process(
        target=lambda: os._exit(0 if len(found_in(store)) == 4 and store.put("b", FOUR["picture 1"]) else 1)
    )
    worker.start()
    worker.join()
    assert worker.exitcode == 0
    assert same(store.get("b"), FOUR["picture 1"])


def test_a_folder_that_cannot_be_written_can_be_read():
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "store"
        filled(folder)
        for each in (Path(parent), folder, *folder.rglob("*")):
            each.chmod(0o555 if each.is_dir() else 0o444)
        worker = multiprocessing.get_context("fork").Process(target=read_as_a_guest, args=(folder,))
        worker.start()
        worker.join()
        for each in (Path(parent), *folder.rglob("*/")):
            each.chmod(0o755)
    assert worker.exitcode == 0


def read_as_a_guest(folder: Path) -> None:
    if os.geteuid() == 0:  # who may write everywhere
        os.setuid(65534)
    store = opened(folder)
    assert found_in(store) == set(FOUR)
    assert not store.put("new", np.zeros(3))
    assert (codes(store), store.counts.refused) == (["features/unusable"], 1)
    assert found_in(store) == set(FOUR)
    new = opened(folder / "deeper")
    assert (new.get("a"), new.put("a", np.zeros(3)), codes(new)) == (None, False, ["features/unusable"])


def test_a_file_where_the_folder_should_be_is_a_problem_not_a_crash(tmp_path):
    (tmp_path / "file").write_text("")
    store = opened(tmp_path / "file" / "store")
    assert store.get("a") is None
    assert store.missing(["a"]) == ["a"]
    assert not store.put("a", np.zeros(3))
    assert "Not a directory" in store.problems()[0].found


def test_a_lock_that_is_never_let_go_is_given_up(tmp_path, monkeypatch):
    import fcntl

    monkeypatch.setattr("lensmith.batching.feature_files._LOCK_WAIT_S", 0.05)
    store = filled(tmp_path)
    with (tmp_path / "lock").open() as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        assert not store.put("new", np.zeros(3))
    assert "another process has held" in store.problems()[0].found
    assert found_in(store) == set(FOUR)
