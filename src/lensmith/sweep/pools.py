"""Where trials run: in this process, in several, or on a Ray cluster. All give futures."""

import os
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from multiprocessing import get_context
from typing import Any, Generic, Protocol, Self, TypeVar

from lensmith.errors import Problem, RecipeError

Task = TypeVar("Task", contravariant=True)
Result = TypeVar("Result", covariant=True)
Given = TypeVar("Given")
Made = TypeVar("Made")

TRIES = 3


class Pool(Protocol[Task, Result]):
    """Runs tasks. A context manager, which waits for what is under way."""

    def submit(self, task: Task) -> "Future[Any]":
        """Begins a task, now or once there is room."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...


class Here(Generic[Given, Made]):
    """This process: a task is done when `submit` returns."""

    def __init__(self, work: Callable[[Given], Made]) -> None:
        self.work = work

    def submit(self, task: Given) -> "Future[Made]":
        """Does the task; what it raises is raised here."""
        future: Future[Made] = Future()
        future.set_result(self.work(task))
        return future

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        return None


class Processes(Generic[Given, Made]):
    """Several processes of this machine, each with its share of the cores.

    A task whose process dies is begun again in a new one, `TRIES` times in all: its run folder knows how far it came.

    Args:
        work: a function of a module.
        workers: processes.
    """

    def __init__(self, work: Callable[[Given], Made], workers: int) -> None:
        self.work = work
        self.workers = workers

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(self, *error: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def _open(self) -> None:
        threads = max(1, (os.cpu_count() or 1) // self.workers)
        context = get_context("spawn")  # torch's threads do not survive a fork
        self._pool = ProcessPoolExecutor(self.workers, context, initializer=_share_cores, initargs=(threads,))

    def submit(self, task: Given) -> "Future[Made]":
        """Begins the task in a process that is free."""
        answer: Future[Made] = Future()
        self._begin(task, answer, TRIES)
        return answer

    def _begin(self, task: Given, answer: "Future[Made]", tries: int) -> None:
        def end(begun: "Future[Made]") -> None:
            error = begun.exception()
            if isinstance(error, BrokenProcessPool) and tries > 1:
                self._begin(task, answer, tries - 1)
            elif error is not None:
                answer.set_exception(error)
            else:
                answer.set_result(begun.result())

        try:
            begun = self._pool.submit(self.work, task)
        except BrokenProcessPool:
            self._open()
            begun = self._pool.submit(self.work, task)
        begun.add_done_callback(end)


class OnRay(Generic[Given, Made]):
    """A Ray cluster: the one that RAY_ADDRESS names, or one of this machine's cores.

    A task whose worker dies is begun again by Ray. The sweep's folder and the data must be where all machines see them.

    Args:
        work: a function of a module.
        workers: tasks at a time; each gets its share of this machine's cores.

    Raises:
        RecipeError: ray is not installed.
    """

    def __init__(self, work: Callable[[Given], Made], workers: int) -> None:
        try:
            import ray
        except ImportError as error:
            found = "ray is not installed"
            fix = "pip install 'lensmith[ray]'"
            raise RecipeError(Problem("sweep/no-ray", "--on ray", found, fix=fix)) from error
        self.ray: Any = ray
        self.work = work
        self.workers = workers
        self._open = ExitStack()

    def __enter__(self) -> Self:
        if not self.ray.is_initialized():
            self.ray.init(log_to_driver=True, include_dashboard=False)
            self._open.callback(self.ray.shutdown)
        cores = max(1, (os.cpu_count() or 1) // self.workers)
        gpus = min(1.0, float(self.ray.cluster_resources().get("GPU", 0)) / self.workers)
        self._remote = self.ray.remote(num_cpus=cores, num_gpus=gpus, max_retries=TRIES - 1)(self.work)
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def submit(self, task: Given) -> "Future[Made]":
        """Hands the task to the cluster."""
        future: Future[Made] = self._remote.remote(task).future()
        return future


def _share_cores(threads: int) -> None:
    import torch

    torch.set_num_threads(threads)


def open_pool(work: Callable[[Given], Made], workers: int, on: str) -> Pool[Given, Made]:
    """The place where trials run.

    Args:
        work: does a task; a function of a module where `workers` is above 1.
        workers: tasks at a time.
        on: `local` or `ray`.
    """
    if on == "ray":
        return OnRay(work, workers)
    return Processes(work, workers) if workers > 1 else Here(work)
