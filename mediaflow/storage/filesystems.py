"""Makes the fsspec file system of a location.

Law: the class is looked up by protocol and made from the options of a profile; a text of a caller
never chooses more than that, so chaining and templates of fsspec are never reached.
Instances are kept per storage and process: fsspec keeps its own per thread, a pool would hold one
connection pool a thread, and none survives a fork. The keys stay in memory as long as fsspec's
own cache does, which is as long as the process; they are never written anywhere.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, Protocol, cast

from mediaflow.errors import MissingExtraError, SpecError, UnknownNameError, UnsupportedError
from mediaflow.registry import did_you_mean
from mediaflow.storage.translate import translated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mediaflow.storage.location import Location
    from mediaflow.storage.profiles import Profile

__all__ = ["FileSystem", "FileSystems", "check_protocol"]

_EXTRAS: Final = {
    "abfs": "azure",
    "abfss": "azure",
    "az": "azure",
    "gcs": "gcs",
    "gs": "gcs",
    "s3": "s3",
    "s3a": "s3",
}


class FileSystem(Protocol):
    """What this library uses of an fsspec file system."""

    def info(self, path: str) -> dict[str, object]:
        """Return what is known of a file or folder."""
        ...

    def cat_file(self, path: str, start: int | None = None, end: int | None = None) -> bytes:
        """Return the bytes from ``start`` up to ``end``."""
        ...

    def pipe_file(self, path: str, value: bytes, **options: object) -> object:
        """Write a whole file."""
        ...

    def put_file(self, lpath: str, rpath: str, **options: object) -> object:
        """Copy a local file."""
        ...

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        """Make a folder and those above it."""
        ...

    def rm_file(self, path: str) -> None:
        """Remove a file."""
        ...

    def invalidate_cache(self, path: str | None = None) -> None:
        """Forget listings that may be old."""
        ...


class FileSystems:
    """The file systems of one storage, made when they are first asked for.

    Args:
        profiles: Profiles by name.
    """

    def __init__(self, profiles: Mapping[str, Profile]) -> None:
        self._profiles = profiles
        self._made: dict[tuple[int, str, str | None], FileSystem] = {}

    def of(self, location: Location) -> FileSystem:
        """Return the file system of a location.

        Raises:
            UnknownNameError: No protocol and no profile has that name.
            MissingExtraError: The package of the protocol is not installed.
            UnsupportedError: The package is not one of this library's extras.
            StorageError: The options of the profile do not fit.
        """
        if location.filesystem is not None:
            return cast("FileSystem", location.filesystem)
        key = (os.getpid(), location.protocol, location.profile)
        if key not in self._made:
            filesystem, is_shared = self._make(location)
            if not is_shared:
                return filesystem
            self._made[key] = filesystem
        return self._made[key]

    def _make(self, location: Location) -> tuple[FileSystem, bool]:
        """Return the file system, and whether it serves other locations as well."""
        import fsspec

        check_protocol(location.protocol, self._profiles)
        profile = self._profiles.get(location.profile or "")
        options = dict(profile.options) if profile else {}
        with translated(location.uri, writing=True):
            try:
                cls = fsspec.get_filesystem_class(location.protocol)
                # The host of sftp://host/path is an argument of the class, for example.
                found = cls._get_kwargs_from_urls(location.target)
                filesystem = fsspec.filesystem(location.protocol, **{**found, **options})
            except ImportError as exc:
                raise _missing(location.protocol, str(exc)) from exc
            except TypeError as exc:
                names = ", ".join(sorted(options)) or "none"
                raise SpecError(
                    f"the file system {location.protocol!r} does not take these options: {names}",
                    where=location.uri,
                ) from exc
        return cast("FileSystem", filesystem), not found


def check_protocol(protocol: str, profiles: Mapping[str, Profile]) -> None:
    """Refuse a protocol that is unknown or whose package is not installed.

    Raises:
        UnknownNameError: No protocol and no profile has that name.
        MissingExtraError: The package of the protocol is not installed.
        UnsupportedError: The package is not one of this library's extras.
    """
    from fsspec.registry import known_implementations, registry

    known = {*known_implementations, *registry, *profiles}
    if protocol not in known:
        near = did_you_mean(protocol, sorted(known))
        raise UnknownNameError(
            f"no protocol or storage profile called {protocol!r}{near}",
            hint="name a profile in the file that MEDIAFLOW_PROFILES names",
            value=protocol,
        )
    row = known_implementations.get(protocol)
    package = str(row["class"]).partition(".")[0] if row else None
    if package and find_spec(package) is None:
        raise _missing(protocol, str(row.get("err", "")))


def _missing(protocol: str, reason: str) -> UnsupportedError:
    extra = _EXTRAS.get(protocol)
    if extra is None:
        return UnsupportedError(f"protocol {protocol!r} is not installed: {reason}", value=protocol)
    line = f"pip install 'pymediaflow[{extra}]'"
    return MissingExtraError(f"protocol {protocol!r} needs an extra: {line}", hint=line)
