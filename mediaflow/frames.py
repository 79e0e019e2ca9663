"""What rooms hand each other: pictures in a back end's own form, and bytes by position.

Law: no pixel is copied here. The holder names size and mode; only the back end that made a raster
may look inside, everybody else asks it for an array.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeAlias, TypeVar, runtime_checkable

from mediaflow.geometry import Size

__all__ = ["ByteReader", "PixelMode", "Raster", "SourceMetadata"]

PictureT = TypeVar("PictureT")

PixelMode: TypeAlias = Literal["L", "LA", "RGB", "RGBA", "CMYK"]
"""Channels of a raster, 8 bits each; ``LA`` and ``RGBA`` hold straight alpha."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceMetadata:
    """What a source says beside its pixels, as it is stored; judged only where it is written."""

    exif: bytes | None = None
    """EXIF data: a TIFF structure."""

    xmp: bytes | None = None
    """An XMP packet."""

    iptc: bytes | None = None
    """IPTC-IIM records."""

    others: tuple[str, ...] = ()
    """What else there is, in words, such as ``"a comment"``."""


@dataclass(frozen=True, slots=True)
class Raster(Generic[PictureT]):
    """One decoded picture, kept in the form of the back end that made it."""

    picture: PictureT
    """The back end's own object."""

    size: Size
    """Width and height in px."""

    mode: PixelMode
    """Channels."""

    icc_profile: bytes | None = None
    """Profile that says what the samples mean; None is sRGB."""

    is_color_assumed: bool = False
    """Whether a profile turned out to be unusable and the samples were taken as sRGB."""

    recovered: float | None = None
    """Share of its rows that a source still had which was cut off; None for a whole one."""

    metadata: SourceMetadata = SourceMetadata()
    """What the source says beside its pixels; empty unless an output asks for it."""


@runtime_checkable
class ByteReader(Protocol):
    """Bytes that can be read at any position; each call may be a network request."""

    @property
    def size(self) -> int | None:
        """Total length in bytes, or None when unknown."""
        ...

    def read_at(self, offset: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``offset``; fewer only at the end."""
        ...
