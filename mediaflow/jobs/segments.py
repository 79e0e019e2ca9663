"""Puts the files of streams into storage while they are made, and takes them back if need be.

Law: a manifest stands only where every file that it names does. An older manifest at the same place
goes before the first file that it might name is replaced. What is not kept is removed, whatever
happened; a few files are on their way at once, so that memory does not grow with length.
"""

from __future__ import annotations

import posixpath
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mediaflow.errors import ForbiddenLocationError, JobCancelledError, MediaflowError
from mediaflow.models.result import OutputFile
from mediaflow.planning import StreamStep
from mediaflow.storage import Stored

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Self

    from mediaflow.models.context import Context
    from mediaflow.models.job import Job, Place
    from mediaflow.storage import Storage

__all__ = ["Segments"]

ON_THEIR_WAY: Final = 4
"""Files that are stored at once; whoever brings one more waits."""

LOOK_SECONDS: Final = 0.1


@dataclass(slots=True, eq=False)
class _Set:
    """The files of one stream so far."""

    step: StreamStep
    put: list[str] = field(default_factory=list)
    """Paths of all files that are stored or on their way, in the order in which they came."""

    made: list[str] = field(default_factory=list)
    """Folders that were not there before, the inner ones first."""

    futures: list[Future[Stored]] = field(default_factory=list)
    stored: dict[str, Stored] = field(default_factory=dict)
    error: MediaflowError | None = None
    is_kept: bool = False


class Segments:
    """The streams of one job on their way into storage; may be used from several threads.

    Args:
        job: The request; says what to do when an output exists.
        storage: Where they go.
        context: Asked whether the job may publish, and whether it was cancelled.
    """

    def __init__(self, job: Job, storage: Storage, context: Context) -> None:
        self._job, self._storage, self._context = job, storage, context
        self._sets: dict[str, _Set] = {}
        self._pool: ThreadPoolExecutor | None = None
        self._slots = threading.BoundedSemaphore(ON_THEIR_WAY)
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool is None:
            return
        self._pool.shutdown(wait=True, cancel_futures=True)
        for one in self._sets.values():
            if not one.is_kept:
                self._remove(one)

    def put(self, step: StreamStep, path: str, data: bytes) -> None:
        """Store one file soon; waits while others are on their way.

        Args:
            step: The stream.
            path: Path of the file, from the first manifest.
            data: All of it.

        Raises:
            StorageError: This one, or an earlier one, cannot be stored.
            JobCancelledError: The caller gave up, or the job may not publish any more.
        """
        one = self._set_of(step)
        while not self._slots.acquire(timeout=LOOK_SECONDS):
            self._context.check()
        try:
            if one.error is not None:
                raise one.error
            with self._lock:
                one.put.append(path)
                future = self._threads().submit(self._store, one, path, data)
                one.futures.append(future)
        except BaseException:
            self._slots.release()
            raise
        future.add_done_callback(lambda _: self._slots.release())

    def finish(
        self, step: StreamStep, last: Sequence[tuple[str, bytes]]
    ) -> tuple[Stored, tuple[OutputFile, ...]]:
        """Store what comes last, one after the other, when all else is stored; keep the stream.

        Args:
            step: The stream.
            last: Paths and content, the manifests at the end.

        Returns:
            The first manifest, and all other files: further manifests, then the rest as it came.

        Raises:
            StorageError: A file cannot be stored; then nothing of the stream is left.
            JobCancelledError: The caller gave up; the same.
        """
        one = self._set_of(step)
        try:
            for future in one.futures:
                future.result()
            for path, data in last:
                self._context.check()
                one.put.append(path)
                self._store(one, path, data)
        except MediaflowError:
            self._remove(one)
            raise
        one.is_kept = True
        heads = step.manifests
        rest = sorted(path for path in one.put if path not in heads)
        files = tuple(_file(path, one.stored[path]) for path in (*heads[1:], *rest))
        return one.stored[heads[0]], files

    def take_back(self, step: StreamStep) -> None:
        """Remove all that was put of a stream, because it failed."""
        one = self._sets.get(step.name)
        if one is not None:
            self._remove(one)

    def _set_of(self, step: StreamStep) -> _Set:
        with self._lock:
            if step.name not in self._sets:
                self._sets[step.name] = self._begun(step)
            return self._sets[step.name]

    def _begun(self, step: StreamStep) -> _Set:
        """Make room for a stream: no older manifest is left, and what is missing is remembered."""
        if not self._context.may_publish():
            raise JobCancelledError(f"job {self._context.job_id} may no longer publish")
        one = _Set(step)
        if self._storage.is_local(self._at(step.uri)):
            one.made = [path for path in _folders_of(step) if not self._is_there(path)]
        if self._job.if_exists != "error":
            for name in step.older_manifests:
                self._storage.remove(self._at(step.place(name)))
        return one

    def _is_there(self, folder: str) -> bool:
        try:
            return self._storage.is_folder(self._at(folder))
        except ForbiddenLocationError:  # above the root of the storage, so none that a job made
            return True

    def _at(self, uri: str) -> Place:
        return self._storage.at(self._job.to, uri)

    def _threads(self) -> ThreadPoolExecutor:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(ON_THEIR_WAY, thread_name_prefix="mediaflow-segments")
        return self._pool

    def _store(self, one: _Set, path: str, data: bytes) -> Stored:
        if_exists = "replace" if self._job.if_exists == "skip" else self._job.if_exists
        try:
            place = self._at(one.step.place(path))
            with self._storage.stage(place, if_exists=if_exists) as staged:
                staged.write(data)
                stored = staged.publish()
        except MediaflowError as exc:
            one.error = one.error or exc
            raise
        one.stored[path] = stored
        return stored

    def _remove(self, one: _Set) -> None:
        """Remove the files of a stream, the manifests first, and the folders that were made."""
        for future in one.futures:
            future.cancel()
        for future in one.futures:
            if not future.cancelled():
                future.exception()
        for path in reversed(one.put):
            if path in one.stored:
                with suppress(MediaflowError):  # the error that is on its way is the one to tell
                    self._storage.remove(self._at(one.step.place(path)))
        for folder in one.made:
            with suppress(MediaflowError):
                self._storage.remove_empty_folder(self._at(folder))
        one.put.clear()
        one.stored.clear()


def _folders_of(step: StreamStep) -> list[str]:
    """Return the folders of a stream and those above it, the inner ones first."""
    found = [step.place(name) for name in step.all_folders]
    above = posixpath.dirname(step.uri)
    while above and posixpath.dirname(above) != above:
        found.append(above)
        above = posixpath.dirname(above)
    return found


def _file(path: str, stored: Stored) -> OutputFile:
    return OutputFile(
        uri=stored.uri,
        format=posixpath.splitext(path)[1].removeprefix("."),
        bytes=stored.bytes,
        sha256=stored.sha256,
    )
