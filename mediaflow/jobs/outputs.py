"""Keeps what encoders made until all is ready: pictures in memory, films in private scratch files.

Law: nothing here is visible to anybody; leaving the block removes every file, whatever happened. What
is cut into segments is only handed on.
"""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING, Final

from mediaflow.errors import StorageError
from mediaflow.security.janitor import PrivateFolder
from mediaflow.storage.files import LocalSource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Self

    from mediaflow.jobs.rendered import AnyOutputStep
    from mediaflow.jobs.segments import Segments
    from mediaflow.planning import FilmStep, SoundFileStep, StreamStep

__all__ = ["OutputFiles"]

PART_BYTES: Final = 1024 * 1024


class OutputFiles:
    """The outputs of one job before they are published; may be used from several threads.

    Args:
        scratch: Folder for films while they are made, or None for the system's own.
        segments: Takes the files of streams, which are stored as they come; None where no stream
            is made.
    """

    def __init__(self, scratch: str | None = None, segments: Segments | None = None) -> None:
        self._scratch, self._segments = scratch, segments
        self._folder: PrivateFolder | None = None
        self._data: dict[str, bytes] = {}
        self._paths: dict[str, str] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._folder is not None:
            self._folder.remove()

    def put(self, step: AnyOutputStep, data: bytes) -> None:
        """Keep one encoded file."""
        with self._lock:
            self._data[step.name] = data

    @property
    def segments(self) -> Segments:
        """What takes the files of streams."""
        assert self._segments is not None  # noqa: S101  # whoever makes streams gives it
        return self._segments

    def put_segment(self, step: StreamStep, path: str, data: bytes) -> None:
        """Hand on one file of a stream, by its path from the first manifest; may wait.

        Raises:
            StorageError: It cannot be stored, or an earlier one could not.
            JobCancelledError: The caller gave up.
        """
        self.segments.put(step, path, data)

    def path(self, step: FilmStep | SoundFileStep) -> str:
        """Return the path of a private file that an encoder may write.

        Raises:
            StorageError: The scratch folder cannot be used.
        """
        with self._lock:
            try:
                if self._folder is None:
                    self._folder = PrivateFolder(self._scratch)
            except OSError as exc:
                raise StorageError(f"no scratch file can be made: {exc}", stage="encode") from exc
            place = os.path.join(self._folder.path, f"{step.position}.{step.format}")
            self._paths[step.name] = place
            return place

    def open(self, step: FilmStep | SoundFileStep) -> LocalSource:
        """Return the file that an encoder wrote, open for reading; the caller closes it.

        Raises:
            SourceError: There is none.
            StorageError: It cannot be read.
        """
        place = self._paths[step.name]
        return LocalSource(place, uri=os.path.basename(place), max_bytes=sys.maxsize)

    def take(self, name: str) -> Iterator[bytes]:
        """Yield the content of a file piece by piece and forget it.

        Raises:
            StorageError: A scratch file cannot be read any more.
        """
        if name in self._data:
            yield self._data.pop(name)
            return
        place = self._paths.pop(name)
        try:
            with open(place, "rb") as file:
                while part := file.read(PART_BYTES):
                    yield part
            os.unlink(place)
        except OSError as exc:
            raise StorageError(f"a scratch file cannot be read: {exc}", stage="store") from exc
