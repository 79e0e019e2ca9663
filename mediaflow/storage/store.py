"""The front of the room: opens inputs and stages outputs wherever they are.

Law: every location passes the policy before anything is looked at, and fsspec is imported only
when a location needs it: local paths, bytes and open files cost system calls and nothing else.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO, NoReturn, cast

from mediaflow.errors import ForbiddenLocationError, SpecError
from mediaflow.models.job import is_filesystem_path
from mediaflow.security.policy import UriPolicy, canonical_protocol
from mediaflow.storage.files import LocalSource, open_file_object
from mediaflow.storage.filesystems import FileSystems, check_protocol
from mediaflow.storage.local import LocalStaged, check_writable, remove_empty_folder, remove_file
from mediaflow.storage.location import KEYED, FilesystemLocation, Location, locate
from mediaflow.storage.profiles import check_profiles, load_profiles
from mediaflow.storage.source import BytesSource, OpenSource, check_size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mediaflow.models.job import IfExists, Place, Source
    from mediaflow.storage.profiles import Profile
    from mediaflow.storage.target import StagedFile

__all__ = ["Storage"]


class Storage:
    """Reads and writes by location, within a policy.

    Args:
        profiles: Named places with credentials.
        policy: Which locations are allowed; None allows all that are plainly written.
        durable: Whether local outputs are synced to the device before they count as published.
        digest: Whether outputs are digested while they are written.
        scratch: Folder for large remote outputs on their way, or None for the system's own.

    Example:
        >>> storage = Storage()
        >>> with storage.stage("memory://site/a.txt") as staged:
        ...     staged.write(b"hello")
        ...     stored = staged.publish()
        >>> with storage.open("memory://site/a.txt", max_bytes=100) as source:
        ...     source.read_all()
        b'hello'
    """

    def __init__(
        self,
        profiles: Mapping[str, Profile] | None = None,
        policy: UriPolicy | None = None,
        *,
        durable: bool = True,
        digest: bool = True,
        scratch: str | None = None,
    ) -> None:
        self._profiles = check_profiles(profiles or {})
        self._policy = _with_real_roots(policy or UriPolicy())
        self._has_own_policy = policy is not None
        self._durable = durable
        self._digest = digest
        self._scratch = scratch
        self._filesystems = FileSystems(self._profiles)

    @classmethod
    def from_environment(
        cls,
        policy: UriPolicy | None = None,
        *,
        environ: Mapping[str, str] | None = None,
        durable: bool = True,
        digest: bool = True,
        scratch: str | None = None,
    ) -> Storage:
        """Return a storage with the profiles that ``MEDIAFLOW_PROFILES`` and its kin describe.

        Raises:
            SpecError: A profile is wrong.
        """
        profiles = load_profiles(environ)
        return cls(profiles, policy, durable=durable, digest=digest, scratch=scratch)

    @classmethod
    def within(cls, root: str | os.PathLike[str], *, durable: bool = True) -> Storage:
        """Return a storage that reads and writes in one local folder, and nowhere else.

        Args:
            root: The folder; a relative one is meant from here.
            durable: As of the storage itself.

        Example:
            >>> Storage.within("/srv/media").policy.roots
            ('/srv/media',)
        """
        folder = os.path.realpath(root)
        policy = UriPolicy(protocols=frozenset({"file"}), roots=(folder,))
        return cls(policy=policy, durable=durable)

    @property
    def policy(self) -> UriPolicy:
        """Which locations are allowed."""
        return self._policy

    def by_default(self, policy: UriPolicy) -> Storage:
        """Return this storage, with a policy where it was made without one."""
        if self._has_own_policy:
            return self
        return Storage(
            self._profiles,
            policy,
            durable=self._durable,
            digest=self._digest,
            scratch=self._scratch,
        )

    def __repr__(self) -> str:
        return f"Storage(profiles={sorted(self._profiles)}, policy={self._policy!r})"

    def __reduce__(self) -> NoReturn:
        raise SpecError(
            "a Storage holds credentials and is never pickled",
            hint="build it where the work is done: Storage.from_environment()",
        )

    def open(self, source: Source, *, max_bytes: int) -> OpenSource:
        """Open an input for reading by position.

        Args:
            source: Path, URL, ``UPath``, bytes, or an open binary file, which stays open.
            max_bytes: Largest allowed size.

        Returns:
            A reader, to be used in a ``with`` statement.

        Raises:
            ForbiddenLocationError: The policy does not allow the location.
            SourceNotFoundError: There is nothing.
            SourceError: It is a folder, a pipe or a device.
            LimitExceededError: It holds more than ``max_bytes``.
            StorageError: It cannot be read.
        """
        if isinstance(source, bytes | bytearray | memoryview):
            check_size(len(source), max_bytes, None)
            return BytesSource(bytes(source))
        if callable(getattr(source, "read", None)):
            return open_file_object(cast("BinaryIO", source), max_bytes=max_bytes)
        location = self._locate(source)
        if location.is_local:
            return LocalSource(
                location.path,
                uri=location.uri,
                max_bytes=max_bytes,
                follow=not self._is_confined(location),
            )
        from mediaflow.storage.remote import open_remote

        return open_remote(location, self._filesystems.of(location), max_bytes=max_bytes)

    def stage(self, uri: Place, *, if_exists: IfExists = "replace") -> StagedFile:
        """Begin an output that nobody sees until it is published.

        Missing folders are made, and removed again when nothing is published into them.

        Args:
            uri: Path, URL or ``UPath`` of the file. A symbolic link there is itself replaced.
            if_exists: ``"replace"`` replaces an older file at once; ``"error"`` and ``"skip"``
                refuse it, when the block is entered and again when the file is published.

        Returns:
            A file to write, to be used in a ``with`` statement.

        Raises:
            ForbiddenLocationError: The policy does not allow the location.
            UnknownNameError: No protocol or profile has that name.
            MissingExtraError: The package of the protocol is not installed.
        """
        location = self._locate(uri, writing=True)
        if location.is_local:
            return LocalStaged(
                location.path,
                uri=location.uri,
                if_exists=if_exists,
                durable=self._durable,
                digest=self._digest,
            )
        from mediaflow.storage.upload import RemoteStaged

        return RemoteStaged(
            location,
            self._filesystems.of(location),
            if_exists=if_exists,
            digest=self._digest,
            scratch=self._scratch,
        )

    def exists(self, uri: Place) -> bool:
        """Return whether a file stands at a location; a dangling symbolic link counts.

        Raises:
            ForbiddenLocationError: The policy does not allow the location.
            StorageError: The storage does not answer, or refuses.
        """
        location = self._locate(uri, writing=True)
        if location.is_local:
            return os.path.lexists(location.path) and not os.path.isdir(location.path)
        from mediaflow.storage.remote import exists

        return exists(location, self._filesystems.of(location))

    def is_folder(self, uri: Place) -> bool:
        """Return whether a location ends with a separator or names a folder that exists.

        Raises:
            ForbiddenLocationError: The policy does not allow the location.
            StorageError: The storage does not answer, or refuses.
        """
        location = self._locate(uri, writing=True)
        separators = ("/", os.sep) if location.is_local else ("/",)
        if location.uri.endswith(separators):
            return True
        if location.is_local:
            return os.path.isdir(location.path)
        from mediaflow.storage.remote import is_folder

        return is_folder(location, self._filesystems.of(location))

    def remove(self, uri: Place) -> None:
        """Remove a file that this library put there; none is no error.

        Raises:
            ForbiddenLocationError: The policy does not allow the location.
            StorageError: The storage does not answer, or refuses.
        """
        location = self._locate(uri, writing=True)
        if location.is_local:
            remove_file(location.path, location.uri)
            return
        from mediaflow.storage.remote import remove

        remove(location, self._filesystems.of(location))

    def remove_empty_folder(self, uri: Place) -> None:
        """Remove a local folder that holds nothing; one that is used, or missing, is no error.

        Raises:
            ForbiddenLocationError: The policy does not allow the location.
        """
        location = self._locate(uri, writing=True)
        if location.is_local:
            remove_empty_folder(location.path)

    def same_place(self, a: Source | Place, b: Source | Place) -> bool:
        """Return whether two locations are one file, also through links and other spellings.

        An open file counts by the path in its ``name``, where there is one; bytes are nowhere.
        """
        first, second = self._place_of(a), self._place_of(b)
        if first is None or second is None or first.is_local != second.is_local:
            return False
        if first.is_local:
            return _same_file(first.path, second.path)
        return self._address(first) == self._address(second)

    def local_folder(self, source: Source) -> str | None:
        """Return the folder of a local source, empty for the working folder, or None for others."""
        if isinstance(source, bytes | bytearray | memoryview) or callable(
            getattr(source, "read", None)
        ):
            return None
        location = self._locate(source)
        return os.path.dirname(location.path) if location.is_local else None

    def is_local(self, uri: Place) -> bool:
        """Return whether a location is a path of this machine."""
        return self._locate(uri, writing=True).is_local

    def at(self, to: Place | None, uri: str) -> Place:
        """Return the place of an output in the file system that ``to`` brought, if it did.

        Args:
            to: Destination as the caller gave it.
            uri: Text of one output's location, made from the text of ``to``.
        """
        if to is None or not is_filesystem_path(to):
            return uri
        return FilesystemLocation(to.fs, uri.partition("://")[2] or uri)

    def check(self, uri: Place) -> None:
        """Refuse a location that an output cannot be written to, without touching it.

        Raises:
            StorageError: A local folder on the way is a file, or may not be written.
            ForbiddenLocationError: The policy does not allow it.
            UnknownNameError: No protocol or profile has that name.
            MissingExtraError: The package of the protocol is not installed.
        """
        location = self._locate(uri, writing=True)
        if location.is_local:
            check_writable(location.path, location.uri)
        elif location.filesystem is None:
            check_protocol(location.protocol, self._profiles)

    def _locate(self, place: Source | Place, *, writing: bool = False) -> Location:
        location = locate(place, self._profiles)
        if location.is_local and self._is_confined(location):
            location = replace(location, path=_real_path(location.path, writing=writing))
            self._check_profile_root(location)
        profile = location.profile if location.named else None
        self._policy.check(location.protocol, location.path, profile=profile)
        return location

    def _is_confined(self, location: Location) -> bool:
        return self._policy.roots is not None or location.named

    def _check_profile_root(self, location: Location) -> None:
        """Refuse a path that a symbolic link leads out of the root of its profile."""
        if location.profile is None:
            return
        root = os.path.realpath(self._profiles[location.profile].root)
        try:
            UriPolicy(roots=(root,)).check(location.protocol, location.path)
        except ForbiddenLocationError as exc:
            raise ForbiddenLocationError(
                f"location {location.uri!r} leads out of its profile", where=location.uri
            ) from exc

    def _place_of(self, place: Source | Place) -> Location | None:
        if isinstance(place, bytes | bytearray | memoryview):
            return None
        if callable(getattr(place, "read", None)):
            name = getattr(place, "name", None)
            is_path = isinstance(name, str) and os.path.exists(name)
            return locate(name, {}) if is_path and isinstance(name, str) else None
        return self._locate(place, writing=True)

    def _address(self, location: Location) -> tuple[str, str, str]:
        """Return what two locations of the same object have in common."""
        protocol = canonical_protocol(location.protocol)
        options: object = getattr(location.filesystem, "storage_options", None)
        if location.filesystem is None and location.profile is not None:
            options = self._profiles[location.profile].options
        path = location.path.strip("/") if protocol in KEYED else location.target
        return protocol, _endpoint(options), path


def _endpoint(options: object) -> str:
    get = getattr(options, "get", None)
    if get is None:
        return ""
    inner = getattr(get("client_kwargs"), "get", None)
    return str(get("endpoint_url") or (inner("endpoint_url") if inner else None) or "")


def _with_real_roots(policy: UriPolicy) -> UriPolicy:
    if policy.roots is None:
        return policy
    return replace(policy, roots=tuple(os.path.realpath(root) for root in policy.roots))


def _real_path(path: str, *, writing: bool) -> str:
    """Resolve symbolic links; the last part stays when it is written, since it is replaced."""
    if not writing:
        return os.path.realpath(path)
    folder, name = os.path.split(path.rstrip("/" + os.sep) or path)
    if name in {os.curdir, os.pardir}:
        return os.path.realpath(path)
    return os.path.join(os.path.realpath(folder or os.curdir), name)


def _same_file(first: str, second: str) -> bool:
    try:
        return os.path.samefile(first, second)
    except OSError:  # one of them does not exist yet
        return os.path.realpath(first) == os.path.realpath(second)
