import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from published import noisy_png, png

from lensmith.data.check import check_images
from lensmith.data.images import FileImage


@dataclass(frozen=True)
class Watched:
    """A picture that knows how many of its kind are being read at once, and how often each was."""

    number: int
    name: str = field(compare=False)
    reads: list[int] = field(compare=False)
    now: list[int] = field(compare=False)
    most: list[int] = field(compare=False)
    lock: threading.Lock = field(compare=False)

    def read_bytes(self) -> bytes:
        with self.lock:
            self.reads.append(self.number)
            self.now[0] += 1
            self.most[0] = max(self.most[0], self.now[0])
        time.sleep(0.001)
        with self.lock:
            self.now[0] -= 1
        return png()


def test_each_picture_is_in_one_of_the_two_in_the_order_given(tmp_path: Path) -> None:
    contents = {"good.png": png(), "cut.png": noisy_png()[:-500], "zero.png": b"", "text.png": b"hello"}
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
    refs = [FileImage(str(tmp_path / name), name) for name in (*contents, "none.png")]
    checked = check_images(refs)
    assert checked.sizes_bytes == {refs[0]: len(png())}
    assert {ref.name: problem.code for ref, problem in checked.problems.items()} == {
        "cut.png": "data/broken-image",
        "zero.png": "data/empty-image",
        "text.png": "data/not-an-image",
        "none.png": "data/missing-image",
    }


def test_each_is_read_once_and_few_at_a_time() -> None:
    shared: dict[str, list[int]] = {"reads": [], "now": [0], "most": [0]}
    lock = threading.Lock()
    refs = [Watched(k % 60, str(k % 60), lock=lock, **shared) for k in range(180)]
    checked = check_images(refs, workers=3)
    assert list(checked.sizes_bytes) == refs[:60]
    assert sorted(shared["reads"]) == list(range(60))
    assert 1 < shared["most"][0] <= 3


def test_progress_is_told_to_the_end(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png())
    refs = [FileImage(str(tmp_path / "a.png") if k == 0 else f"{tmp_path}/{k}", str(k)) for k in range(250)]
    told: list[tuple[str, int, int | None]] = []
    check_images(refs, on_progress=lambda *step: told.append(step))
    assert [done for _, done, _ in told] == [100, 200, 250]
    assert {total for _, _, total in told} == {250}


def test_nothing_to_check() -> None:
    assert check_images([]).sizes_bytes == {}
