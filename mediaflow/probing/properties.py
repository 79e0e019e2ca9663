"""Reads what properties of a HEIF item, or boxes of a sample entry, say of a picture.

Law: a property is described, never applied; unknown ones are stepped over. Turns are joined in the
order that the item lists them, because mirroring and turning do not commute. The crop ``clap`` is
left aside: the decoders in use deliver the uncropped picture. Code point 2 means "unspecified" and
becomes None.

Source: ISO/IEC 14496-12 12.1.5 (colr), ISO/IEC 23008-12 6.5 (ispe, pixi, irot, imir, auxC),
AV1-ISOBMFF 2.3.3 (av1C), ISO/IEC 14496-15 8.3.3 (hvcC), ITU-T H.273 8 (code points).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mediaflow.geometry import Orientation, Size
from mediaflow.models.info import ColorInfo, ImageInfo
from mediaflow.probing.chroma import Chroma, chroma_name
from mediaflow.probing.exif import turned
from mediaflow.probing.icc import Profile, describe_profile
from mediaflow.probing.reading import HeaderReader, View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mediaflow.probing.boxes import Box

__all__ = ["Properties", "auxiliary_type", "image_of", "read_properties"]

_UNSPECIFIED: Final = 2
_AUXILIARY_BYTES: Final = 64
_HEVC_CHROMA: Final[tuple[Chroma | None, ...]] = (None, "4:2:0", "4:2:2", "4:4:4")


@dataclass(slots=True)
class Properties:
    """What has been read so far; None where no property told."""

    width: int = 0
    height: int = 0
    orientation: Orientation = 1
    channel_bits: tuple[int, ...] = ()
    codec_bits: int | None = None
    is_monochrome: bool = False
    chroma: Chroma | None = None
    code_points: tuple[int | None, ...] = (None, None, None)
    full_range: bool | None = None
    profile: Profile = field(default_factory=Profile)
    profile_bytes: int = 0


def read_properties(
    source: HeaderReader, boxes: Iterable[Box], *, into: Properties | None = None
) -> Properties:
    """Read the properties of a picture in the order given.

    Args:
        source: The file.
        boxes: The property boxes, in the order that the item lists them.
        into: What is known already; made anew when absent.

    Raises:
        TruncatedMediaError: The file ends inside a property.
    """
    found = Properties() if into is None else into
    for box in boxes:
        if box.kind in _READERS:
            _READERS[box.kind](found, source, box)
    return found


def image_of(source: HeaderReader, found: Properties, *, has_alpha: bool) -> ImageInfo:
    """Return the facts of a picture from its properties.

    Raises:
        CorruptMediaError: No property tells the size, or a side is 0.
    """
    if not found.width or not found.height:
        raise source.corrupt(
            f"a picture of {found.width}×{found.height} px; each side must be at least 1"
        )
    is_gray = found.is_monochrome or len(found.channel_bits) == 1
    primaries, transfer, matrix = found.code_points
    return ImageInfo(
        stored_size=Size(found.width, found.height),
        orientation=found.orientation,
        bit_depth=max(found.channel_bits, default=0) or found.codec_bits or 8,
        color=ColorInfo(
            model="gray" if is_gray else "rgb",
            icc_space=found.profile.space,
            icc_description=found.profile.description,
            icc_bytes=found.profile_bytes,
            primaries=primaries,
            transfer=found.profile.transfer if transfer is None else transfer,
            matrix=matrix,
            full_range=found.full_range,
        ),
        has_alpha=has_alpha,
        chroma_subsampling=None if is_gray else found.chroma,
    )


def auxiliary_type(source: HeaderReader, box: Box) -> bytes:
    """Return the name that says what an auxiliary picture is, such as an alpha plane.

    Raises:
        TruncatedMediaError: The file ends inside the box.
    """
    length = min(box.end - box.start - 4, _AUXILIARY_BYTES)
    return source.read(box.start + 4, length).split(b"\0", 1)[0] if length > 0 else b""


def _content(source: HeaderReader, box: Box, length: int) -> bytes:
    """Return the first bytes of a box, filled up with zeros where the box is shorter."""
    return source.read(box.start, min(length, box.end - box.start)).ljust(length, b"\0")


def _read_size(found: Properties, source: HeaderReader, box: Box) -> None:
    data = _content(source, box, 12)
    found.width = int.from_bytes(data[4:8], "big")
    found.height = int.from_bytes(data[8:12], "big")


def _read_channels(found: Properties, source: HeaderReader, box: Box) -> None:
    count = _content(source, box, 5)[4]
    found.channel_bits = tuple(_content(source, box, 5 + count)[5:])


def _read_turn(found: Properties, source: HeaderReader, box: Box) -> None:
    angle = _content(source, box, 1)[0] & 3
    found.orientation = turned(found.orientation, quarters_left=angle)


def _read_mirror(found: Properties, source: HeaderReader, box: Box) -> None:
    exchange = "left-right" if _content(source, box, 1)[0] & 1 else "top-bottom"
    found.orientation = turned(found.orientation, exchange=exchange)


def _read_av1(found: Properties, source: HeaderReader, box: Box) -> None:
    flags = _content(source, box, 4)[2]
    found.codec_bits = (12 if flags & 0x20 else 10) if flags & 0x40 else 8
    found.is_monochrome = bool(flags & 0x10)
    found.chroma = chroma_name(1 + (flags >> 3 & 1), 1 + (flags >> 2 & 1))


def _read_hevc(found: Properties, source: HeaderReader, box: Box) -> None:
    data = _content(source, box, 18)
    found.codec_bits = 8 + (data[17] & 7)
    found.chroma = _HEVC_CHROMA[data[16] & 3]
    found.is_monochrome = found.chroma is None


def _read_color(found: Properties, source: HeaderReader, box: Box) -> None:
    data = _content(source, box, 11)
    if data[:4] == b"nclx":
        points = tuple(int.from_bytes(data[at : at + 2], "big") for at in (4, 6, 8))
        found.code_points = tuple(None if point == _UNSPECIFIED else point for point in points)
        found.full_range = bool(data[10] & 0x80)
    elif data[:4] in (b"prof", b"rICC"):
        blob = View(source, (box.start + 4, box.end - box.start - 4))
        found.profile = describe_profile(blob)
        found.profile_bytes = blob.size


_READERS: Final[dict[bytes, Callable[[Properties, HeaderReader, Box], None]]] = {
    b"av1C": _read_av1,
    b"colr": _read_color,
    b"hvcC": _read_hevc,
    b"imir": _read_mirror,
    b"irot": _read_turn,
    b"ispe": _read_size,
    b"pixi": _read_channels,
}
