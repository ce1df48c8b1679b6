"""Where runs happen: in this process, in several, or on a Ray cluster. All give futures."""

import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, redirect_stdout
from multiprocessing import get_context, parent_process, set_start_method
from multiprocessing.connection import Connection, wait
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, Generic, Protocol, Self, TypeVar

from lensmith.errors import LensmithError, Problem, RecipeError, RunError

Task = TypeVar("Task", contravariant=True)
Result = TypeVar("Result", covariant=True)
Given = TypeVar("Given")
Made = TypeVar("Made")

TRIES = 3
# torch's threads do not survive a fork.
_SPAWN = get_context("spawn")


class WorkerDiedError(RunError):
    """The process that did a task died, and so did those that began it again."""


class Pool(Protocol[Task, Result]):
    """Runs tasks. A context manager; what is under way when it ends with an error is stopped."""

    def submit(self, task: Task) -> "Future[Any]":
        """Begins a task, now or once there is room. The future raises what it raised."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...


class Here(Generic[Given, Made]):
    """This process: a task is done when `submit` returns."""

    def __init__(self, work: Callable[[Given], Made]) -> None:
        self.work = work

    def submit(self, task: Given) -> "Future[Made]":
        """Does the task; what is no LensmithError is raised here."""
        future: Future[Made] = Future()
        try:
            future.set_result(self.work(task))
        except LensmithError as error:
            future.set_exception(error)
        return future

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        return None


class Processes(Generic[Given, Made]):
    """Several processes of this machine, each with its share of the cores and one task at a time.

    A task whose process is killed is begun again in a new one, `TRIES` times in all: its run folder knows how far it
    came. The other processes go on meanwhile. All end with this process, however it ends.

    Args:
        work: a function of a module.
        workers: processes.
    """

    def __init__(self, work: Callable[[Given], Made], workers: int) -> None:
        threads = max(1, (os.cpu_count() or 1) // workers)
        self._workers = [_Worker(work, threads) for _ in range(workers)]
        self._idle: SimpleQueue[_Worker[Given, Made]] = SimpleQueue()

    def __enter__(self) -> Self:
        for worker in self._workers:
            self._idle.put(worker)
        self._threads = ThreadPoolExecutor(len(self._workers))  # each waits for one process
        return self

    def __exit__(self, *error: object) -> None:
        if error[0] is not None:
            for worker in self._workers:
                worker.stop()
        self._threads.shutdown(cancel_futures=True)
        for worker in self._workers:
            worker.stop()
            worker.join()

    def submit(self, task: Given) -> "Future[Made]":
        """Begins the task in a process that is free.

        Its future raises a WorkerDiedError once the task's processes died too often.
        """
        return self._threads.submit(self._do, task)

    def _do(self, task: Given) -> Made:
        worker = self._idle.get()
        try:
            for left in reversed(range(TRIES)):
                try:
                    return worker.do(task)
                except WorkerDiedError:
                    if worker.stopped or worker.failed or not left:
                        raise
        finally:
            self._idle.put(worker)
        raise AssertionError("a task ends with a result or an error")


class _Worker(Generic[Given, Made]):
    """A process that does one task after another; started for the first, and again where it died."""

    def __init__(self, work: Callable[[Given], Made], threads: int) -> None:
        self.work = work
        self.threads = threads
        self.process: Any = None
        self.stopped = False
        self._change = Lock()

    @property
    def failed(self) -> bool:
        """True where it ended by itself, with an error that nobody foresaw: it would do so again."""
        return self.process is not None and (self.process.exitcode or 0) > 0

    def do(self, task: Given) -> Made:
        """What the task comes to.

        Raises:
            WorkerDiedError: the process ended before it was done.
        """
        if self.process is None or not self.process.is_alive():
            self._start()
        try:
            self.line.send(task)
            made, error = self.line.recv()
        except (EOFError, ConnectionError) as gone:
            self.join()
            raise _died(describe_exit(self.process.exitcode)) from gone
        if error is not None:
            raise error
        return made  # type: ignore[no-any-return]

    def stop(self) -> None:
        """Ends the process, whatever it does, for good."""
        with self._change:
            self.stopped = True
            if self.process is not None:
                self.process.kill()

    def join(self) -> None:
        """Waits for the end of its process."""
        if self.process is not None:
            self.process.join()

    def _start(self) -> None:
        with self._change:
            if self.stopped:
                raise _died("it was stopped with the sweep")
            self.line, theirs = _SPAWN.Pipe()
            self.process = _SPAWN.Process(target=_serve, args=(self.work, theirs, self.threads))
            self.process.start()
            theirs.close()  # else its end would not be seen


def _serve(work: Callable[[Given], Made], line: "Connection[Any, Any]", threads: int) -> None:
    """What a worker does until nobody asks any more."""
    import torch

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who began it ends it
    Thread(target=_end_with_parent, daemon=True).start()
    torch.set_num_threads(threads)
    set_start_method(None, force=True)  # else all that it starts is spawned as it was, and imports everything anew
    while True:
        try:
            task = line.recv()
        except EOFError:
            return
        try:
            made = work(task)
        except LensmithError as error:
            line.send((None, error))
        else:
            line.send((made, None))


def _end_with_parent() -> None:
    """Else a run would go on, and hold its folder, when the sweep itself was killed."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def describe_exit(code: int | None) -> str:
    """How a process ended, in words.

    >>> describe_exit(-9), describe_exit(1)
    ('it was killed by SIGKILL, which systems do when memory runs out', 'it ended with code 1; see what it wrote')
    """
    if code is None or code >= 0:
        return f"it ended with code {code}; see what it wrote"
    name = signal.Signals(-code).name
    return f"it was killed by {name}" + (", which systems do when memory runs out" if name == "SIGKILL" else "")


def _died(how: str) -> WorkerDiedError:
    fix = "see that there is memory for so many sweep.workers, then give the same command again"
    return WorkerDiedError(Problem("sweep/worker-died", "the run's process", how, fix=fix))


class OnRay(Generic[Given, Made]):
    """A Ray cluster: the one that RAY_ADDRESS names, or one of this machine's cores.

    A task whose worker dies is begun again by Ray, `TRIES` times in all. The sweep's folder and the data must be where
    all machines see them.

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
        self._open.enter_context(redirect_stdout(sys.stderr))  # what Ray tells is narration, no result
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
        """Hands the task to the cluster.

        Its future raises a WorkerDiedError once the task's workers died too often.
        """
        answer: Future[Made] = Future()
        begun: Future[Made] = self._remote.remote(task).future()
        begun.add_done_callback(lambda ended: self._pass_on(ended, answer))
        return answer

    def _pass_on(self, ended: "Future[Made]", answer: "Future[Made]") -> None:
        errors = self.ray.exceptions
        error = ended.exception()
        if error is None:
            answer.set_result(ended.result())
        elif isinstance(error, errors.RayTaskError):  # the task's own
            answer.set_exception(error.cause if isinstance(error.cause, LensmithError) else error)
        else:
            answer.set_exception(_died(f"Ray: {str(error).strip().splitlines()[0]}"))


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
