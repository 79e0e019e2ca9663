"""Which decoders may meet the files of strangers.

Law: one table and one question. Decoders with a record of memory faults, or which can reach other
files, are for a person's own files unless they run in a child that is locked in full.

Source: CVE-2023-4863 and its kin for codecs at large; libheif, libde265 and librsvg have no process
border of their own, and libvips calls its SVG loader untrusted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mediaflow.security.limits import Trust

__all__ = ["NEEDS_ISOLATION", "is_allowed"]

NEEDS_ISOLATION: Final = frozenset({"bmp", "heif", "ico", "svg", "vips"})
"""Formats and back ends that strangers' files reach only in isolation."""


def is_allowed(name: str, trust: Trust, *, isolated: bool = False) -> bool:
    """Tell whether a format or a back end may be used.

    Args:
        name: Name of a format or of a back end.
        trust: Whose files are processed.
        isolated: Whether the decoder runs in a child that can reach nothing.

    Example:
        >>> is_allowed("heif", "own"), is_allowed("heif", "strangers")
        (True, False)
    """
    return trust == "own" or isolated or name not in NEEDS_ISOLATION
