"""Reads the root tag of an SVG drawing and refuses what only hostile ones need.

Law: text only; nothing is rendered and no XML parser runs here. A document type is refused, since
entities can only be declared there: without it a drawing of any length means what it shows.
Encodings are those in which ASCII stands for itself, so that a search for bytes cannot be deceived.

Source: W3C SVG 2 8.2 (viewBox) and 8.12 (sizing), XML 1.0 2.8 and 4.3.3, CSS Values 3 6.2.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

from mediaflow.errors import CorruptMediaError

__all__ = ["ROOT_BYTES", "SvgSize", "check_svg", "svg_size"]

ROOT_BYTES: Final = 64 * 1024
"""The root tag must end within this many bytes."""

DECLARATION_BYTES: Final = 512
MAX_LENGTH: Final = 1e7  # px; far beyond every limit, and far below what overflows

_PLAIN_ENCODINGS: Final = frozenset(
    {"ascii", "iso-8859-1", "latin1", "us-ascii", "utf-8", "utf8", "windows-1252"}
)
_DECLARATION: Final = re.compile(rb"<\?xml\b([^>]{0,200})\?>")
_ENCODING: Final = re.compile(rb"encoding\s*=\s*[\"']([^\"']{1,40})[\"']")
_SKIPPED: Final = re.compile(rb"\s+|<!--(?:(?!-->).)*-->|<\?(?:(?!\?>).)*\?>", re.DOTALL)
_ROOT: Final = re.compile(rb"<(?:[A-Za-z_][\w.-]{0,40}:)?svg(?=[\s/>])")
_ATTRIBUTE: Final = re.compile(rb"\s+([A-Za-z_][\w:.-]*)\s*=\s*(?:\"([^\"<]*)\"|'([^'<]*)')")
_LENGTH: Final = re.compile(
    rb"([+]?(?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})(?:[eE][+-]?\d{1,2})?)\s{0,9}(px|pt|pc|mm|cm|in|q)?"
)
_PX_PER_UNIT: Final = {
    b"": 1.0,
    b"px": 1.0,
    b"in": 96.0,
    b"pt": 96 / 72,
    b"pc": 16.0,
    b"cm": 96 / 2.54,
    b"mm": 96 / 25.4,
    b"q": 96 / 101.6,
}
"""CSS pixels in a unit (CSS Values 3 6.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SvgSize:
    """The natural size of a drawing in CSS px."""

    width: float
    height: float


def svg_size(head: bytes, *, where: str | None = None) -> SvgSize:
    """Return the natural size of a drawing, from its root tag.

    ``width`` and ``height`` count where they are lengths; what is missing or a share follows from
    the ``viewBox``.

    Args:
        head: The file, or its first :data:`ROOT_BYTES`.
        where: Location of the file, for messages.

    Raises:
        CorruptMediaError: There is no root tag, it states no size, or a document type comes first.

    Example:
        >>> svg_size(b'<svg viewBox="0 0 30 20" width="15mm"/>')
        SvgSize(width=56.69291338582677, height=37.79527559055118)
    """
    _check_encoding(head, where)
    attributes = _root_attributes(head, where)
    width, height = _length(attributes.get(b"width")), _length(attributes.get(b"height"))
    box = _view_box(attributes.get(b"viewBox"))
    if box is not None:
        ratio = box.width / box.height
        if width is None and height is None:
            width, height = box.width, box.height
        width = height * ratio if width is None and height is not None else width
        height = width / ratio if height is None and width is not None else height
    if width is None or height is None:
        raise _corrupt("the drawing states neither a size nor a viewBox", where)
    if not all(0 < side <= MAX_LENGTH for side in (width, height)):
        raise _corrupt(f"a drawing of {width:g}×{height:g} px cannot be", where)
    return SvgSize(width=width, height=height)


def check_svg(data: bytes, *, where: str | None = None) -> None:
    """Refuse a drawing that declares a document type, entities or a deceiving encoding.

    Args:
        data: The whole file.
        where: Location of the file, for messages.

    Raises:
        CorruptMediaError: It does.
    """
    _check_encoding(data, where)
    for word in (b"<!DOCTYPE", b"<!ENTITY"):
        if word in data:
            raise _corrupt(
                f"the drawing holds {word.decode()}; drawings with a document type are refused",
                where,
                "remove the DOCTYPE; a drawing needs none",
            )


def _check_encoding(data: bytes, where: str | None) -> None:
    if b"\0" in data[:ROOT_BYTES]:
        raise _corrupt("the drawing is not in UTF-8", where, "save it as UTF-8")
    declaration = _DECLARATION.match(
        data[:DECLARATION_BYTES].removeprefix(b"\xef\xbb\xbf").lstrip()
    )
    begins = data[:DECLARATION_BYTES].removeprefix(b"\xef\xbb\xbf").lstrip()
    if begins.startswith(b"<?xml") and declaration is None:
        raise _corrupt(
            "the XML declaration of the drawing cannot be read", where, "save it as UTF-8"
        )
    found = _ENCODING.search(declaration[1]) if declaration else None
    if found and found[1].decode("latin-1").lower() not in _PLAIN_ENCODINGS:
        name = found[1].decode("latin-1")
        raise _corrupt(f"the drawing is in {name!r}", where, "save it as UTF-8")


def _root_attributes(head: bytes, where: str | None) -> dict[bytes, bytes]:
    position = 3 if head.startswith(b"\xef\xbb\xbf") else 0
    while found := _SKIPPED.match(head, position):
        position = found.end()
    check_svg(head[: position + len(b"<!DOCTYPE")], where=where)
    root = _ROOT.match(head, position)
    if root is None:
        raise _corrupt("no <svg> tag where the drawing should begin", where)
    position = root.end()
    attributes: dict[bytes, bytes] = {}
    while pair := _ATTRIBUTE.match(head, position):
        attributes.setdefault(pair[1], pair[2] if pair[2] is not None else pair[3])
        position = pair.end()
    if not head[position:].lstrip().startswith((b">", b"/>")):
        raise _corrupt(f"the <svg> tag does not end within {ROOT_BYTES:,} bytes", where)
    return attributes


def _length(text: bytes | None) -> float | None:
    """Return a length in CSS px, or None for what depends on something else, such as 100%."""
    found = _LENGTH.fullmatch(text.strip().lower()) if text else None
    return None if found is None else float(found[1]) * _PX_PER_UNIT[found[2] or b""]


def _view_box(text: bytes | None) -> SvgSize | None:
    parts = re.split(rb"[\s,]+", text.strip()) if text and len(text) < 200 else []
    if len(parts) != 4:
        return None
    try:
        width, height = float(parts[2]), float(parts[3])
    except ValueError:
        return None
    whole = all(map(math.isfinite, (width, height))) and width > 0 and height > 0
    return SvgSize(width=width, height=height) if whole else None


def _corrupt(
    message: str, where: str | None, hint: str = "export the drawing again"
) -> CorruptMediaError:
    return CorruptMediaError(message, hint=hint, stage="probe", where=where)
