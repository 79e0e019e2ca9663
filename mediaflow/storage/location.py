"""What a text, a path or a ``UPath`` names: a protocol, a path in it, and the profile to use.

Law: texts only; nothing is looked up, opened or imported. ``~`` is a name like any other, and what
stands before ``://`` decides the protocol: nothing is guessed from the rest.
Source: RFC 3986 3 (schemes, authority), RFC 8089 (``file:`` URLs).
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast

from mediaflow.errors import ForbiddenLocationError, MissingExtraError, SpecError
from mediaflow.models.job import is_filesystem_path
from mediaflow.redact import redact
from mediaflow.security.policy import canonical_protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mediaflow.models.job import FilesystemPath, Place, Source
    from mediaflow.storage.profiles import Profile

__all__ = ["FILE", "KEYED", "FilesystemLocation", "Location", "join", "locate"]

FILE: Final = "file"
KEYED: Final = frozenset({"az", "gs", "memory", "s3"})
"""Protocols whose paths are plain keys: no folders to make, no query, an atomic put."""

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+._-]+):(//)?", re.ASCII)
_WITHOUT_SLASHES: Final = frozenset({"data", "file", "local"})
_PASSWORD: Final = re.compile(r"[^/?#]*:[^/?#]*@")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Location:
    """Where something is or will be."""

    protocol: str
    """``"file"`` for a local path, else the name of an fsspec file system."""

    path: str
    """A local path as the system takes it, or the key, such as ``bucket/a.jpg``."""

    uri: str
    """Text for people: as written, without secrets."""

    target: str = ""
    """What the file system is asked for; may hold secrets."""

    profile: str | None = None
    """Name of the storage profile whose options apply."""

    named: bool = False
    """Whether the profile was named in the text, and its root was put before the path."""

    filesystem: object | None = field(default=None, compare=False)
    """The file system that came with the location, or None."""

    @property
    def is_local(self) -> bool:
        """Whether the location is a path of this machine."""
        return self.protocol == FILE

    @property
    def name(self) -> str | None:
        """The last part of the path, or None when it ends in a separator."""
        name = os.path.basename(self.path) if self.is_local else self.path.rpartition("/")[2]
        return (name.partition("?")[0] if not self.is_local else name) or None

    def __repr__(self) -> str:
        return f"Location({self.uri!r})"


@dataclass(frozen=True, slots=True)
class FilesystemLocation:
    """A path in a file system that the caller brought, such as a child of a ``UPath``."""

    fs: object = field(repr=False)
    """The file system."""

    path: str
    """The path in it."""

    def __str__(self) -> str:
        protocol = _protocol_of(self.fs)
        return self.path if protocol == FILE else f"{protocol}://{self.path.lstrip('/')}"


def locate(place: Source | Place, profiles: Mapping[str, Profile]) -> Location:
    """Return what a text, a path or a ``UPath`` names.

    Args:
        place: A location. Bytes and open files are no locations.
        profiles: Profiles by name. An ordinary URL uses the one with its protocol and the longest
            root that it lies below.

    Raises:
        SpecError: It is no location, is empty, holds a password, or is a ``file:`` URL of a host.
        ForbiddenLocationError: ``..`` leads out of a bucket or of the root of a profile.
    """
    if isinstance(place, str):
        return _locate_text(place, profiles)
    if is_filesystem_path(place):
        return _locate_filesystem(place)
    if isinstance(place, os.PathLike):
        return _local(os.fsdecode(place))
    raise SpecError(f"a location must be a path or a URL, got {type(place).__name__}")


def join(folder: Place, name: str) -> Place:
    """Return the place of a name below a folder, in the form that the folder has.

    Example:
        >>> join("s3://bucket/thumbs/", "a.webp")
        's3://bucket/thumbs/a.webp'
    """
    if is_filesystem_path(folder):
        return FilesystemLocation(folder.fs, f"{folder.path.rstrip('/')}/{name}")
    text = os.fspath(cast("str | os.PathLike[str]", folder))
    if "://" in text:
        return f"{text if text.endswith('/') else text + '/'}{name}"
    return os.path.join(text, name)


def _locate_text(text: str, profiles: Mapping[str, Profile]) -> Location:
    match = _SCHEME.match(text)
    if match is None:
        return _local(text)
    scheme, slashes = match.groups()
    scheme, rest = scheme.lower(), text[match.end() :]
    if slashes is None and scheme not in _WITHOUT_SLASHES:
        return _local(text)  # a file called "shot:1.jpg"
    if scheme in profiles:
        return _in_profile(scheme, profiles[scheme], rest, text)
    if canonical_protocol(scheme) == FILE:
        return _local(_file_path(rest, text, has_host=slashes is not None and scheme == FILE))
    return _remote(scheme, rest, text, profiles)


def _local(path: str, *, profile: str | None = None, uri: str | None = None) -> Location:
    if not path:
        raise SpecError("a location must not be empty")
    return Location(
        protocol=FILE, path=path, uri=uri or path, profile=profile, named=profile is not None
    )


def _file_path(rest: str, text: str, *, has_host: bool) -> str:
    """Return the path of a ``file:`` URL; ``local://`` is fsspec's own and takes any path."""
    if not has_host:
        return rest
    from urllib.parse import unquote

    host, slash, path = rest.partition("/")
    if host not in {"", "localhost"} or not slash:
        raise SpecError(
            f"{text!r} names a host; a local file is written file:///path",
            hint="use three slashes, or the plain path",
        )
    return unquote(f"/{path}")


def _in_profile(name: str, profile: Profile, rest: str, text: str) -> Location:
    key = _normalise(rest.lstrip("/"), text, keep=0)
    root = profile.root
    if canonical_protocol(profile.protocol) == FILE:
        return _local(os.path.join(root, *key.split("/")), profile=name, uri=redact(text))
    path = f"{root.rstrip('/')}/{key}" if root else key
    return Location(
        protocol=profile.protocol,
        path=path,
        uri=redact(text),
        target=f"{profile.protocol}://{path}",
        profile=name,
        named=True,
    )


def _remote(scheme: str, rest: str, text: str, profiles: Mapping[str, Profile]) -> Location:
    if _PASSWORD.match(rest):
        raise SpecError(
            f"{redact(text)!r} holds a password; credentials do not belong into a location",
            hint="put them into a storage profile",
        )
    path = rest
    if canonical_protocol(scheme) in KEYED:
        bucket = 0 if canonical_protocol(scheme) == "memory" else 1
        path = _normalise(rest.lstrip("/"), text, keep=bucket)
    return Location(
        protocol=scheme,
        path=path,
        uri=redact(text),
        target=f"{scheme}://{path}",
        profile=_matching(scheme, path, profiles),
    )


def _matching(scheme: str, path: str, profiles: Mapping[str, Profile]) -> str | None:
    """Return the profile with this protocol and the longest root that holds the path."""
    wanted = canonical_protocol(scheme)
    held = [
        (len(profile.root), name)
        for name, profile in profiles.items()
        if canonical_protocol(profile.protocol) == wanted
        if f"{path}/".startswith(f"{profile.root.strip('/')}/") or not profile.root
    ]
    return max(held)[1] if held else None


def _locate_filesystem(place: FilesystemPath) -> Location:
    try:
        filesystem = place.fs
    except ImportError as exc:
        raise MissingExtraError(f"{redact(str(place))!r} needs a package: {exc}") from exc
    protocol = _protocol_of(filesystem)
    if protocol == FILE:
        return _local(str(place.path))
    path = str(place.path)
    if protocol in KEYED:
        path = _normalise(path.lstrip("/"), path, keep=0 if protocol == "memory" else 1)
    uri = redact(path if "://" in path else f"{protocol}://{path}")
    return Location(protocol=protocol, path=path, uri=uri, target=path, filesystem=filesystem)


def _protocol_of(filesystem: object) -> str:
    protocol = getattr(filesystem, "protocol", "")
    first = protocol[0] if isinstance(protocol, tuple | list) and protocol else protocol
    return canonical_protocol(str(first))


def _normalise(key: str, text: str, *, keep: int) -> str:
    """Resolve ``.`` and ``..`` in a key, never above its first ``keep`` parts.

    Empty parts stay: to an object store ``a//b`` and ``a/b`` are two keys.
    """
    parts: list[str] = []
    for part in key.split("/"):
        if part == "..":
            if len(parts) <= keep:
                raise ForbiddenLocationError(f"location {redact(text)!r} leads out of its root")
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
