"""Publishes through fsspec file systems: bytes are kept back until complete, then put in one go.

An object file of fsspec that is closed by an exception *is published*, so none is opened here. A
put of an object store is atomic by itself, and a failed one is taken back by its own package; on
other file systems (sftp, smb …) publishing is as good as theirs.

Law: nothing is sent before the last byte is known.
Source: RFC 9110 13.1.2, ``If-None-Match: *``, which is how ``mode="create"`` refuses to overwrite.
"""

from __future__ import annotations

import io
import mimetypes
import os
from typing import IO, TYPE_CHECKING, Final, cast

from mediaflow.errors import OutputExistsError, StorageError
from mediaflow.security.janitor import hold
from mediaflow.security.policy import canonical_protocol
from mediaflow.storage.location import KEYED
from mediaflow.storage.remote import exists, info_of
from mediaflow.storage.target import Stored, Tally
from mediaflow.storage.translate import translated

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from mediaflow.models.job import IfExists
    from mediaflow.storage.filesystems import FileSystem
    from mediaflow.storage.location import Location

__all__ = ["RemoteStaged"]

SPOOL_BYTES: Final = 32 * 1024 * 1024
_MIME: Final = {
    ".avif": "image/avif",
    ".heic": "image/heic",
    ".m3u8": "application/vnd.apple.mpegurl",
    ".m4s": "video/iso.segment",
    ".mpd": "application/dash+xml",
    ".srt": "application/x-subrip",
    ".vtt": "text/vtt",
    ".webp": "image/webp",
}
_MIME_ARGUMENT: Final = {"gs": "content_type", "s3": "ContentType"}


class RemoteStaged:
    """Bytes that are kept back until they are complete.

    Args:
        location: Where they will stand.
        filesystem: The file system of the location.
        if_exists: Whether an older file is replaced; anything else refuses.
        digest: Whether to take the SHA-256.
        scratch: Folder for what does not stay in memory, or None for the system's own.
    """

    __slots__ = ("_fs", "_location", "_scratch", "_spool", "_tally")

    def __init__(
        self,
        location: Location,
        filesystem: FileSystem,
        *,
        if_exists: IfExists,
        digest: bool,
        scratch: str | None = None,
    ) -> None:
        self._location = location
        self._fs = filesystem
        self._scratch = scratch
        self._spool: IO[bytes] | None = None
        self._tally = Tally(location.uri, if_exists=if_exists, digest=digest)

    def __enter__(self) -> Self:
        uri = self._location.uri
        if not self._location.name:
            raise StorageError(f"{uri} names a folder, not a file", where=uri, retryable=False)
        if not self._tally.may_replace and exists(self._location, self._fs):
            raise self._exists()
        self._spool = io.BytesIO()
        self._tally.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave("it was left unpublished")

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append bytes; see `StagedFile.write`."""
        self._tally.check_open()
        view = memoryview(data).cast("B")
        with translated(self._location.uri, writing=True):
            try:
                self._spool_for(view.nbytes).write(view)
            except BaseException:
                self._leave("an earlier write failed")
                raise
        self._tally.add(view)

    def publish(self) -> Stored:
        """Put the whole file under its name; see `StagedFile.publish`."""
        self._tally.check_open()
        try:
            with translated(self._location.uri, writing=True):
                answer = self._put()
            self._verify(answer)
        except BaseException:
            self._leave("publishing failed")
            raise
        self._leave("it is published")
        return self._tally.stored()

    def _spool_for(self, more: int) -> IO[bytes]:
        """Return where the next bytes go: memory, or a file once there are many."""
        spool = self._spool
        if isinstance(spool, io.BytesIO) and self._tally.size + more > SPOOL_BYTES:
            import tempfile

            file = tempfile.NamedTemporaryFile(  # noqa: SIM115  # closed by _leave
                prefix=".mediaflow-", suffix=".tmp", dir=self._scratch
            )
            hold(file.fileno())
            self._spool = cast("IO[bytes]", file)
            file.write(spool.getbuffer())
        return cast("IO[bytes]", self._spool)

    def _put(self) -> object:
        protocol, target = canonical_protocol(self._location.protocol), self._location.target
        if protocol not in KEYED:
            self._fs.makedirs(target.rpartition("/")[0], exist_ok=True)
        options = _mime_option(protocol, self._location.name or "")
        if not self._tally.may_replace:
            options["mode"] = "create"
        try:
            if isinstance(self._spool, io.BytesIO):
                return self._fs.pipe_file(target, self._spool.getvalue(), **options)
            file = cast("IO[bytes]", self._spool)
            file.flush()
            return self._fs.put_file(file.name, target, **options)
        except FileExistsError:
            if self._tally.may_replace:
                raise
            raise self._exists() from None

    def _verify(self, answer: object) -> None:
        """Compare what stands there with what was sent.

        A neighbour may have replaced it already: a tag of another version is no fault.
        """
        if canonical_protocol(self._location.protocol) == "memory":
            return
        info = info_of(self._location, self._fs, writing=True)
        sent = answer.get("ETag") if isinstance(answer, dict) else None
        if info.get("size") == self._tally.size or (sent and sent != info.get("ETag")):
            return
        uri = self._location.uri
        raise StorageError(
            f"{uri} has {info.get('size')} bytes after {self._tally.size:,} were sent", where=uri
        )

    def _exists(self) -> OutputExistsError:
        uri = self._location.uri
        hint = 'pass if_exists="replace" to replace it'
        return OutputExistsError(f"{uri} exists already", hint=hint, where=uri)

    def _leave(self, reason: str) -> None:
        self._tally.close(reason)
        if self._spool is not None:
            self._spool.close()
            self._spool = None


def _mime_option(protocol: str, name: str) -> dict[str, object]:
    """Return the media type for stores that hand it to browsers."""
    argument = _MIME_ARGUMENT.get(protocol)
    suffix = os.path.splitext(name)[1].lower()
    kind = _MIME.get(suffix) or mimetypes.guess_type(name)[0]
    return {argument: kind} if argument and kind else {}
