"""Which locations a job may touch, as two named rules: "own" and "strangers".

Law: arithmetic on texts only. No file is looked at here: whoever resolves symbolic links hands in
absolute real paths, and asks before anything is opened. Deny by default for strangers: a protocol
that nobody named is refused, whatever file-system packages happen to be installed.
Source: RFC 3986 3.1 (schemes compare without case), the URL chaining of fsspec (``::``).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mediaflow.errors import ForbiddenLocationError

if TYPE_CHECKING:
    from mediaflow.security.limits import Trust

__all__ = ["UriPolicy", "canonical_protocol", "policy_for"]

_SAME_PROTOCOL: Final = {
    "": "file",
    "abfs": "az",
    "abfss": "az",
    "gcs": "gs",
    "local": "file",
    "s3a": "s3",
}
_STRANGERS: Final = frozenset({"az", "file", "gs", "memory", "s3"})
_DELETE: Final = 0x7F
_LAST_C1: Final = 0x9F  # ISO/IEC 6429: the second block of control characters ends here


def canonical_protocol(protocol: str) -> str:
    """Return the one name of a protocol that goes by several.

    Example:
        >>> canonical_protocol("S3A")
        's3'
    """
    lower = protocol.lower()
    return _SAME_PROTOCOL.get(lower, lower)


@dataclass(frozen=True, slots=True, kw_only=True)
class UriPolicy:
    """What a location must look like to be read or written.

    Chained URLs (``zip://a::s3://b``) and control characters are refused by every policy, since
    neither can be read off a location at a glance.

    Example:
        >>> UriPolicy(protocols=frozenset({"s3"})).check("s3", "bucket/a.jpg")
    """

    protocols: frozenset[str] | None = None
    """Protocols that may be used, by their usual names (``file`` for local paths); None allows all.

    A storage profile is always allowed: whoever configured it chose its protocol and its root.
    """

    roots: tuple[str, ...] | None = None
    """Absolute folders that local paths must lie in; None allows all."""

    def check(self, protocol: str, path: str, *, profile: str | None = None) -> None:
        """Refuse a location that the policy does not allow.

        Args:
            protocol: Name of the protocol, in any spelling; ``"file"`` for a local path.
            path: The rest of the location. A local path must be absolute and resolved when the
                policy has roots.
            profile: Name of the storage profile that the location goes through, if any.

        Raises:
            ForbiddenLocationError: The location is chained, holds control characters, has a
                protocol that is not allowed, or a local path lies outside of the roots.
        """
        self.check_text(path)
        name = canonical_protocol(protocol)
        if self.protocols is not None:
            if profile is None and name not in self.protocols:
                known = ", ".join(sorted(self.protocols)) or "none"
                raise ForbiddenLocationError(
                    f"protocol {name!r} is not allowed here (allowed: {known})",
                    hint="configure a storage profile, or widen UriPolicy.protocols",
                    protocol=name,
                )
            if "\\" in path and os.sep != "\\":
                raise ForbiddenLocationError(
                    f"location {_shown(path)!r} holds a backslash, which is a separator on some systems"
                )
        if name == "file" and self.roots is not None and profile is None:
            self._check_roots(path, self.roots)

    def check_text(self, text: str) -> None:
        """Refuse what no location may hold: URL chaining and control characters.

        Raises:
            ForbiddenLocationError: The text is chained or holds control characters.
        """
        if not text.isprintable() and any(_is_control(char) for char in text):
            raise ForbiddenLocationError(f"location {_shown(text)!r} holds control characters")
        if "::" in text:
            raise ForbiddenLocationError(
                f"location {_shown(text)!r} chains protocols with '::', which is never followed",
                hint="name the inner location itself; rename a file whose name holds '::'",
            )

    def _check_roots(self, path: str, roots: tuple[str, ...]) -> None:
        if not os.path.isabs(path) or os.path.normpath(path) != path:
            raise ForbiddenLocationError(f"path {_shown(path)!r} must be absolute and resolved")
        if not any(_is_inside(path, root) for root in roots):
            raise ForbiddenLocationError(
                f"path {_shown(path)!r} lies outside of the allowed folders",
                hint="move the file into an allowed folder, or widen UriPolicy.roots",
            )


def policy_for(trust: Trust) -> UriPolicy:
    """Return the rule for a level of trust.

    ``"own"`` allows every location that can be written down plainly. ``"strangers"`` allows local
    paths, ``memory``, ``s3``, ``gs``, ``az`` and profiles; set ``roots`` where texts from outside
    may name local files.
    """
    return UriPolicy() if trust == "own" else UriPolicy(protocols=_STRANGERS)


def _shown(path: str) -> str:
    """Return a location without its query, which may be a signature."""
    return path.partition("?")[0]


def _is_control(char: str) -> bool:
    return char < " " or _DELETE <= ord(char) <= _LAST_C1


def _is_inside(path: str, root: str) -> bool:
    path, root = os.path.normcase(path), os.path.normcase(root)
    return path == root or path.startswith(root.rstrip(os.sep) + os.sep)
