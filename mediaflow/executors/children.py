"""One child: a Python process that serves calls, one at a time, and can be ended at any moment.

Law: a child has an environment of a few names, no input, no output, one line to its parent and one
folder. Whatever it does, a call ends: with its answer, or with an error that says how the child
ended. A child that is late, too large, silent or never silent is killed with all that it started.

Source: waitpid(2), setsid(2), prlimit(2).
"""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from mediaflow.errors import (
    JobCancelledError,
    JobTimeoutError,
    LimitExceededError,
    WorkerLostError,
)
from mediaflow.executors.memory import ProcessMemory

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]  # asked before each use

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mediaflow.executors.line import Line, Message
    from mediaflow.security.janitor import PrivateFolder

__all__ = ["GRACE_SECONDS", "Child", "ProcessHold", "Watch", "not_started"]

START_SECONDS: Final = 60.0
SILENT_SECONDS: Final = 30.0
GRACE_SECONDS: Final = 0.5
"""How long a child that is told to stop may take before it is killed."""

MOST_AT_ONCE: Final = 1_000
MOST_A_SECOND: Final = 64
"""Messages before the answer: so many, and so many more for each second of the call."""

MOST_NEWS: Final = 64 * 1024
"""Bytes of JSON in a message that is no answer: names and fractions are short."""

MOST_WORDS: Final = 2_000
"""Characters of what a child says of its own failure."""


class ProcessHold(Protocol):
    """What a parent can do with a process that it started."""

    pid: int

    def ended(self) -> int | None:
        """Return its exit status, or minus the signal that ended it; None while it runs."""
        ...

    def wait(self, seconds: float) -> int | None:
        """Wait for its end; return as :meth:`ended`."""
        ...

    def kill(self) -> None:
        """End it, and all processes of its group."""
        ...

    def last_words(self) -> str:
        """Return the last line that it said before it was ready; empty for none."""
        ...

    def forget(self) -> None:
        """Let go of what it may say."""
        ...

    def close(self) -> None:
        """Let go of it, once it ended."""
        ...


@dataclass(slots=True, kw_only=True)
class Watch:
    """What one call may cost, and who may end it."""

    cancelled: Callable[[], bool] = lambda: False
    deadline: float | None = None
    """Monotonic time in seconds at which it is over; None never."""

    limit_seconds: float | None = None
    """The same as a length, for people."""

    most_bytes: int | None = None
    """Resident memory that the child may have; None for any."""


class Child:
    """A process that serves calls.

    Args:
        hold: The process.
        line: The parent's end of the line to it.
        folder: Where it may write.
    """

    def __init__(self, hold: ProcessHold, line: Line, folder: PrivateFolder) -> None:
        self._hold, self._line, self._folder = hold, line, folder
        self.folder: str = folder.path
        """Where it may write."""

        self.about: Mapping[str, object] | None = None
        """What it said of itself when it was ready; None before."""

        self.jobs: int = 0
        """How many jobs it was lent for."""

        self.memory: ProcessMemory = ProcessMemory(hold.pid)
        """What it holds, as it is seen from outside."""

        self._heard = 0.0
        self._given_up = math.inf
        self._asked = 0
        self._is_over = False

    def __repr__(self) -> str:
        return f"<Child {self._hold.pid}, {self.jobs} jobs>"

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._hold.pid

    def is_alive(self) -> bool:
        """Return whether it runs and has said nothing that nobody asked for."""
        is_greeted = self.about is not None
        return self.can_be_asked() and not (is_greeted and self._line.has_message())

    def can_be_asked(self) -> bool:
        """Return whether it runs and understands what comes next over its line."""
        return not self._is_over and not self._line.is_torn and self._hold.ended() is None

    def greet(self, cancelled: Callable[[], bool] = lambda: False) -> None:
        """Wait until it is ready.

        Args:
            cancelled: Whether the caller has given up; the child may be greeted again.

        Raises:
            JobCancelledError: The caller gave up.
            WorkerLostError: It does not get ready.
        """
        if self.about is not None:
            return
        said = ""
        try:
            with self._within(START_SECONDS, cancelled):
                message = self._line.receive()
            said = "" if message is None else str(message.data.get("failed", ""))[:MOST_WORDS]
            if message is None or "ready" not in message.data:
                raise WorkerLostError("it says something else than that it is ready")
        except WorkerLostError as exc:
            status = self._hold.wait(GRACE_SECONDS)
            self._hold.kill()
            self._hold.wait(GRACE_SECONDS)
            words = said or self._hold.last_words() or (_ended(status) if status else exc.message)
            self.kill()
            raise not_started(words) from exc
        self._hold.forget()
        self.about = message.data

    def call(
        self,
        data: Mapping[str, object],
        take: Callable[[Message], None],
        watch: Watch,
        *,
        payload: bytes = b"",
        descriptors: Sequence[int] = (),
    ) -> Message:
        """Ask for something and wait for the answer.

        Args:
            data: What is asked, as JSON values.
            take: Takes what comes before the answer.
            watch: What it may cost.
            payload: Bytes beside what is asked.
            descriptors: Open files that it may read.

        Returns:
            The answer: the first message that says ``"answer"``.

        Raises:
            JobCancelledError: The caller gave up.
            JobTimeoutError: It took longer than allowed; the child is killed.
            LimitExceededError: It took more memory than allowed; the child is killed.
            WorkerLostError: The child is gone, or silent.
        """
        self._heard, self._given_up = time.monotonic(), math.inf
        self._line.look = lambda: self._look(watch)
        try:
            self._line.send(data, payload, descriptors)
            return self._answer(take)
        except JobCancelledError:
            self._stop()
            raise
        except WorkerLostError as exc:
            raise self._lost(exc) from exc
        except BaseException:
            self.kill()
            raise
        finally:
            self._line.look = None

    def _answer(self, take: Callable[[Message], None]) -> Message:
        """Take what comes before the answer, and return that.

        Raises:
            WorkerLostError: The child says more than it has to say.
        """
        began, count = time.monotonic(), 0
        while True:
            message = self._line.receive()
            if message is None:
                continue
            self._heard = time.monotonic()
            if "answer" in message.data:
                return message
            count += 1
            most = MOST_AT_ONCE + MOST_A_SECOND * (self._heard - began)
            if count > most or message.json_bytes > MOST_NEWS:
                raise WorkerLostError("the process of the job says more than it has to say")
            if "beat" not in message.data:
                take(message)

    def kill(self) -> None:
        """End it now, and remove what it wrote; may be called more than once."""
        if self._is_over:
            return
        self._is_over = True
        self._hold.kill()
        self._hold.wait(GRACE_SECONDS)
        self._hold.close()
        self.memory.close()
        self._line.close()
        self._folder.remove()

    def close(self) -> None:
        """Let it end by itself, soon; may be called more than once."""
        if self._is_over:
            return
        self._is_over = True
        self._line.close()
        if self._hold.wait(GRACE_SECONDS) is None:
            self._hold.kill()
            self._hold.wait(GRACE_SECONDS)
        self._hold.close()
        self.memory.close()
        self._folder.remove()

    def ask(
        self, data: Mapping[str, object], seconds: float, *, descriptors: Sequence[int] = ()
    ) -> Message:
        """Ask for something small and wait for the answer, which says the number of its question.

        An answer that came too late for the question before is dropped.

        Raises:
            WorkerLostError: The child is gone, or does not answer in time.
        """
        self._asked += 1
        with self._within(seconds):
            self._line.send({**data, "ask": self._asked}, descriptors=descriptors)
            while True:
                message = self._line.receive()
                if message is not None and message.data.get("ask") == self._asked:
                    return message
                if message is not None:
                    message.drop()

    def tell(self, data: Mapping[str, object]) -> None:
        """Say something that has no answer; a child that does not listen is killed."""
        try:
            with self._within(GRACE_SECONDS):
                self._line.send(data)
        except WorkerLostError:  # whoever calls next meets it
            self.kill()

    @contextmanager
    def _within(
        self, seconds: float, cancelled: Callable[[], bool] = lambda: False
    ) -> Iterator[None]:
        """Bound all that is sent and received.

        Raises:
            JobCancelledError: The caller gave up.
            WorkerLostError: It took longer.
        """
        until = time.monotonic() + seconds

        def look() -> None:
            if cancelled():
                raise JobCancelledError("the job was cancelled")
            if time.monotonic() >= until:
                raise WorkerLostError(f"a process was not ready or done within {seconds:g} s")

        before, self._line.look = self._line.look, look
        try:
            yield
        finally:
            self._line.look = before

    def allow(self, more_bytes: int) -> None:
        """Let it have so much more address space than it has now; the system refuses the rest."""
        if resource is None or not hasattr(resource, "prlimit"):
            return
        now = self.memory.address_space_bytes()
        if now is None:
            return
        with suppress(OSError, ValueError):  # it may be gone, which whoever calls it meets
            _, most = resource.prlimit(self.pid, resource.RLIMIT_AS)
            wanted = now + more_bytes
            wanted = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
            resource.prlimit(self.pid, resource.RLIMIT_AS, (wanted, most))

    def _look(self, watch: Watch) -> None:
        now = time.monotonic()
        if watch.cancelled():
            self._given_up = min(self._given_up, now)
            is_late = now >= self._given_up + GRACE_SECONDS
            if is_late or not self._line.is_torn:  # half a message would cost the child
                raise JobCancelledError("the job was cancelled")
        if watch.deadline is not None and now >= watch.deadline:
            raise JobTimeoutError(
                f"the job took longer than the {watch.limit_seconds:g} s that it may take",
                hint="raise the limits of the job if that is meant",
                retryable=False,
            )
        if now - self._heard > SILENT_SECONDS:
            raise WorkerLostError(f"the process of the job was silent for {SILENT_SECONDS:.0f} s")
        resident = None if watch.most_bytes is None else self.memory.resident_bytes()
        if watch.most_bytes is not None and (resident or 0) > watch.most_bytes:
            raise LimitExceededError(
                f"the job took {resident:,} bytes of memory; the limit is {watch.most_bytes:,}",
                hint="raise limits.max_memory_bytes if that is meant",
                limit="max_memory_bytes",
                allowed=watch.most_bytes,
                seen=resident,
            )

    def _stop(self) -> None:
        """Tell it to give up; a child that does not, or is in the middle of a word, is killed."""
        is_over = False
        try:
            with self._within(GRACE_SECONDS), suppress(WorkerLostError):
                is_over = not self._line.is_torn and self._has_stopped()
        finally:
            if not is_over:
                self.kill()

    def _has_stopped(self) -> bool:
        self._line.send({"do": "cancel"})
        while True:
            message = self._line.receive()
            if message is not None and "answer" in message.data:
                return True

    def _lost(self, error: WorkerLostError) -> WorkerLostError:
        """Return an error that says how the child ended."""
        status = self._hold.wait(GRACE_SECONDS)
        self.kill()
        if status is None:
            return error
        return WorkerLostError(
            f"the process of the job {_ended(status)}",
            hint="the file may be made to crash decoders; other jobs are not touched",
            signal=-status if status < 0 else None,
        )


def not_started(words: str) -> WorkerLostError:
    """Return the error of a child that cannot be started."""
    return WorkerLostError(
        f"a process for jobs cannot be started: {words}", retryable=False, stage="acquire"
    )


def _ended(status: int) -> str:
    """Return how a process ended, in words."""
    if status >= 0:
        return f"ended with status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    return f"was ended by {name}"
