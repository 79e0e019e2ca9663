"""Decides by leading bytes whether a file is one that can be read, or says what it is.

Law: file names and declared types are never asked. A format that the limits do not allow is treated
as unknown, but named: nothing of it is parsed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.errors import UnidentifiedMediaError
from mediaflow.formats.magic import Kind, recognize

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["identify"]

SHOWN_BYTES: Final = 8


def identify(
    head: bytes,
    *,
    readable: Collection[str],
    allowed: tuple[str, ...] | None,
    where: str | None,
) -> Kind:
    """Return the kind of file that starts with these bytes.

    Args:
        head: Leading bytes of the file; empty for an empty file.
        readable: Names of the formats whose headers can be read.
        allowed: Names of the formats that may be read; None allows all.
        where: Location of the file, for messages.

    Raises:
        UnidentifiedMediaError: The file is empty, of no known kind, none that can be read, or
            of a format that is not allowed.
    """
    kind = recognize(head)
    if kind is not None and kind.name in readable and (allowed is None or kind.name in allowed):
        return kind
    message, hint = _refusal(head, kind, readable, allowed)
    raise UnidentifiedMediaError(
        message, hint=hint, stage="probe", where=where, found=kind.name if kind else None
    )


def _refusal(
    head: bytes, kind: Kind | None, readable: Collection[str], allowed: tuple[str, ...] | None
) -> tuple[str, str]:
    """Return what is wrong and the next step."""
    names = ", ".join(sorted(readable if allowed is None else set(readable) & set(allowed)))
    if not head:
        return "input is empty (0 bytes)", "check that the file was written completely"
    if kind is None:
        shown = head[:SHOWN_BYTES].hex(" ")
        return f"no known format starts with the bytes {shown}", f"known are {names}"
    if kind.name in readable:
        return (
            f"this is {kind.title}; the limits in force allow {names}",
            f"add {kind.name!r} to limits.allowed_formats if you trust this input",
        )
    return f"this is {kind.title}; known are {names}", "convert it first"
