"""Children by fork from one warm process, so that each job may have a new one.

Law: the warm process has one thread, serves nobody and knows nothing of any job; it forks, lets go of
children as they end, and tells how they did. A fork that the system refuses costs one job. Where it has more threads than one, or the system cannot name a process for
good, children are started anew instead.

Source: fork(2), pidfd_open(2), pidfd_send_signal(2).
"""

from __future__ import annotations

import os
import select
import signal
import socket
import threading
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Final

from mediaflow.errors import WorkerLostError
from mediaflow.executors.children import Child, not_started
from mediaflow.executors.line import Line, line_pair
from mediaflow.executors.starting import start_child
from mediaflow.security.janitor import PrivateFolder
from mediaflow.security.parent import die_with_parent

if TYPE_CHECKING:
    from collections.abc import Callable

    from mediaflow.executors.starting import StartOptions

__all__ = ["Zygote", "can_fork", "serve_forks"]

ANSWER_SECONDS: Final = 10.0
BUSY_SECONDS: Final = 0.5
"""How long somebody who asks how a child ended waits for those who want a new one."""

MOST_ENDED: Final = 1_000
"""Children that ended and were not asked for, whose ends are remembered."""

THREADS: Final = "/proc/self/task"


def can_fork() -> bool:
    """Return whether this system can fork children that their parent can hold."""
    return hasattr(os, "fork") and hasattr(os, "pidfd_open") and os.path.isdir(THREADS)


class Zygote:
    """Forks children; may be asked by several threads.

    Args:
        start: How the warm process is started, and any child where forking is not safe.
    """

    def __init__(self, start: StartOptions) -> None:
        self._start = start
        self._lock = threading.Lock()
        self._warm: Child | None = None
        self._is_safe = can_fork()

    def child(self) -> Child:
        """Return a new child.

        Raises:
            WorkerLostError: None can be started.
        """
        with self._lock:
            child = self._forked() if self._is_safe else None
        return child or start_child(self._start)

    def close(self) -> None:
        """End the warm process; its children end with it."""
        with self._lock:
            self._is_safe = False
            if self._warm is not None:
                self._warm.close()

    def status(self, pid: int) -> int:
        """Return how a child of the warm process ended, once it did, as far as can be told soon."""
        if not self._lock.acquire(timeout=BUSY_SECONDS):
            return -signal.SIGKILL
        try:
            if self._warm is None or not self._warm.can_be_asked():
                return -signal.SIGKILL  # it ended with the process that forked it
            answer = self._warm.ask({"do": "reap", "pid": pid}, ANSWER_SECONDS)
        except WorkerLostError:
            return -signal.SIGKILL
        finally:
            self._lock.release()
        status = answer.data.get("status")
        return status if isinstance(status, int) else -signal.SIGKILL

    def _forked(self) -> Child | None:
        """Fork a child; None where that is not safe. The caller holds the lock."""
        warm = self._warmed()
        try:
            folder = PrivateFolder(self._start.scratch)
        except OSError as exc:
            raise not_started(str(exc)) from exc
        with ExitStack() as stack:
            stack.callback(folder.remove)
            try:
                line, theirs = line_pair()
            except OSError as exc:
                raise not_started(str(exc)) from exc
            stack.callback(line.close)
            with theirs:
                asked = {"do": "fork", "folder": folder.path}
                answer = warm.ask(asked, ANSWER_SECONDS, descriptors=[theirs.fileno()])
            match answer.data, answer.descriptors:
                case {"answer": "forked", "pid": int(pid)}, (held,):
                    stack.pop_all()
                    return Child(_Forked(pid, held, self), line, folder)
                case {"answer": "failed", "words": str(words)}, _:
                    raise not_started(words)
            answer.drop()
            self._is_safe = False
            return None

    def _warmed(self) -> Child:
        """Return the warm process; one that is lost is started anew. The caller holds the lock.

        Raises:
            WorkerLostError: It cannot be started.
        """
        if self._warm is None or not self._warm.can_be_asked():
            if self._warm is not None:
                self._warm.kill()
            self._warm = start_child(self._start.with_option("forks", True), takes_descriptors=True)
            self._warm.greet()
        return self._warm


class _Forked:
    """A process that was forked by another one.

    Args:
        pid: Its id.
        descriptor: Stands for it, even when its id is given to another process.
        zygote: Knows how it ended.
    """

    def __init__(self, pid: int, descriptor: int, zygote: Zygote) -> None:
        self.pid = pid
        self._descriptor: int | None = descriptor
        self._zygote = zygote
        self._status: int | None = None

    def ended(self) -> int | None:
        return self.wait(0)

    def wait(self, seconds: float) -> int | None:
        if self._status is None and self._descriptor is not None:
            poll = select.poll()
            poll.register(self._descriptor, select.POLLIN)
            if poll.poll(seconds * 1_000):
                self._status = self._zygote.status(self.pid)
        return self._status

    def kill(self) -> None:
        if self._descriptor is not None and self._status is None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)

    def last_words(self) -> str:
        return ""

    def forget(self) -> None:
        return None

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def serve_forks(line: Line, serve: Callable[[Line, str], None]) -> None:
    """Fork a child for each that asks, until the parent is gone.

    Args:
        line: The line to the parent.
        serve: What a child does with its own line and its folder; it ends when that returns.
    """
    forks = _Forks()
    while True:
        try:
            forks.wait(line)
            message = line.receive()
            if message is None:
                continue
            match message.data:
                case {"do": "fork", "folder": str(folder), "ask": ask}:
                    answer, held = _fork(line, message.descriptors[0], folder, serve, forks)
                    line.send({**answer, "ask": ask}, descriptors=held)
                case {"do": "reap", "pid": int(pid), "ask": ask}:
                    line.send({"answer": "reaped", "status": forks.status(pid), "ask": ask})
        except WorkerLostError:
            return


class _Forks:
    """The children of this process: those that run, and how the others ended."""

    def __init__(self) -> None:
        self._running: dict[int, int] = {}
        """What stands for a child, by its id."""

        self._ended: dict[int, int] = {}

    def add(self, pid: int) -> int:
        """Take a new child; return what stands for it.

        Raises:
            OSError: There are too many open files.
        """
        descriptor = os.pidfd_open(pid)
        self._ended.pop(pid, None)  # the id was another one's
        self._running[pid] = descriptor
        return descriptor

    def wait(self, line: Line) -> None:
        """Wait for a message; meanwhile let go of each child that ends, whoever asks for it or not."""
        while not line.has_message():
            poll = select.poll()
            for descriptor in (line.fileno(), *self._running.values()):
                poll.register(descriptor, select.POLLIN)
            ready = {descriptor for descriptor, _ in poll.poll()}
            for pid, descriptor in list(self._running.items()):
                if descriptor in ready:
                    self._reap(pid)

    def status(self, pid: int) -> int | None:
        """Return how a child ended, once; None while it runs, and for one that nobody knows."""
        if pid in self._running:
            self._reap(pid)
        return self._ended.pop(pid, None)

    def close(self) -> None:
        """Close all that stands for children, in a child that has none."""
        for descriptor in self._running.values():
            os.close(descriptor)
        self._running.clear()

    def _reap(self, pid: int) -> None:
        found, status = os.waitpid(pid, os.WNOHANG)
        if not found:
            return
        os.close(self._running.pop(pid))
        self._ended[pid] = os.waitstatus_to_exitcode(status)
        while len(self._ended) > MOST_ENDED:
            del self._ended[next(iter(self._ended))]


def _fork(
    line: Line,
    descriptor: int,
    folder: str,
    serve: Callable[[Line, str], None],
    forks: _Forks,
) -> tuple[dict[str, object], tuple[int, ...]]:
    """Fork a child that has one end of a line; return the answer, and what stands for the child."""
    if len(os.listdir(THREADS)) != 1:
        os.close(descriptor)
        return {"answer": "unsafe"}, ()
    warm, pid = os.getpid(), -1
    try:
        pid = os.fork()
        if pid == 0:
            _become(line, descriptor, folder, serve, forks, warm)
        return {"answer": "forked", "pid": pid}, (forks.add(pid),)
    except OSError as exc:  # too many processes, or too many open files
        if pid > 0:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        return {"answer": "failed", "words": str(exc)}, ()
    finally:
        os.close(descriptor)


def _become(
    line: Line,
    descriptor: int,
    folder: str,
    serve: Callable[[Line, str], None],
    forks: _Forks,
    warm: int,
) -> None:
    """Be the child, and never come back."""
    status = 1
    try:
        die_with_parent(warm)
        os.setsid()
        line.close()
        forks.close()
        os.chdir(folder)
        serve(Line(socket.socket(fileno=descriptor)), folder)
        status = 0
    finally:
        os._exit(status)
