"""Reads the header of a JPEG: size, orientation, colour, subsampling, gain map.

Law: segments are stepped over by their lengths up to the first scan; a long profile or preview is
skipped, not read. No entropy-coded byte is looked at, but for the head of a second picture that the
multi-picture index names. An MPO is a photo with something beside it, never an animation.

Source: ITU-T T.81 B.2 (markers, frame header), EXIF 2.32 4.7, ICC.1:2022 B.4, CIPA DC-007 5.2
(multi-picture index), Adobe TN 5116 18 (APP14), the gain map formats of Adobe, ISO 21496-1 and Apple.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

from mediaflow.errors import SourceError
from mediaflow.geometry import Size
from mediaflow.models.info import ColorInfo, ImageInfo
from mediaflow.probing.chroma import Chroma, chroma_name
from mediaflow.probing.exif import orientation_in
from mediaflow.probing.icc import Profile, describe_profile
from mediaflow.probing.ifd import read_directory
from mediaflow.probing.reading import HeaderReader, View

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["read_jpeg"]

MAX_SEGMENTS: Final = 2000
STRAY_BYTES: Final = 512
"""How far to look for the next marker where it should be and is not; decoders look on as well."""

SECOND_PICTURE_HEAD: Final = 2048
XMP_HEAD: Final = 4096
"""How much of an XMP packet is searched; namespaces are declared at its start."""

_EXIF: Final = b"Exif\0\0"
_XMP: Final = b"http://ns.adobe.com/xap/1.0/\0"
_ICC: Final = b"ICC_PROFILE\0"
_MPF: Final = b"MPF\0"
_ISO_GAIN_MAP: Final = b"urn:iso:std:iso:ts:21496:-1"
_GAIN_MAP_NAMESPACE: Final = b"http://ns.adobe.com/hdr-gain-map/"
_GAIN_MAP_SIGNS: Final = (_GAIN_MAP_NAMESPACE, _ISO_GAIN_MAP, b"hdrgainmap")

_MARKER: Final = re.compile(rb"\xff[^\x00\xff]", re.DOTALL)
_EOI: Final = 0xD9
_SOS: Final = 0xDA
_STANDALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""SOF markers; the others in their range are DHT, JPG and DAC."""
_PROGRESSIVE: Final = frozenset({0xC2, 0xC6, 0xCA, 0xCE})

_MP_ENTRIES: Final = 0xB002
_MP_TYPE: Final = 0x00FFFFFF
_MP_UNDEFINED: Final = 0


def read_jpeg(source: HeaderReader) -> ImageInfo:
    """Read a JPEG's header up to its first scan.

    Raises:
        CorruptMediaError: The segments break the rules, or a side is 0.
        TruncatedMediaError: The file ends before its first scan.
        LimitExceededError: There are more segments than any real file has.
    """
    header = _Header(source)
    position = 2
    for _ in range(MAX_SEGMENTS):
        marker, position = _next_marker(source, position)
        if marker in _STANDALONE:
            continue
        if marker == _EOI:
            raise source.corrupt(f"the JPEG ends at byte {position:,} without a picture")
        length = int.from_bytes(source.read(position, 2), "big")
        if length < 2:
            raise source.corrupt(f"a JPEG segment at byte {position:,} has length {length}")
        if marker == _SOS:
            return header.info()
        if marker in _FRAMES:
            header.read_frame(marker, position + 2, length - 2)
        elif marker in _READERS:
            _READERS[marker](header, position + 2, length - 2)
        position += length
    raise source.corrupt(f"no picture within the first {MAX_SEGMENTS:,} segments of the JPEG")


def _next_marker(source: HeaderReader, position: int) -> tuple[int, int]:
    """Return the next marker and the position after it, past fill bytes and stray ones."""
    marker = source.read(position, 2)
    if marker[0] == 0xFF and marker[1] not in (0x00, 0xFF):
        return marker[1], position + 2
    found = _MARKER.search(source.peek(position, STRAY_BYTES))
    if found:
        return found[0][1], position + found.end()
    source.read(position, STRAY_BYTES)  # where the file ends, that is the fault
    raise source.corrupt(f"no JPEG marker at byte {position:,}, only {marker.hex(' ')}")


class _Header:
    """What has been found so far, and how each kind of segment is read."""

    __slots__ = ("_adobe_transform", "_exif", "_frame", "_has_gain_map", "_icc", "_source")

    def __init__(self, source: HeaderReader) -> None:
        self._source = source
        self._exif: list[tuple[int, int]] = []
        self._icc: list[tuple[int, int, int]] = []
        self._adobe_transform: int | None = None
        self._has_gain_map = False
        self._frame: tuple[int, bytes] | None = None

    def read_frame(self, marker: int, start: int, length: int) -> None:
        """Keep the frame header; a second one would let the size lie."""
        if self._frame is not None:
            raise self._source.corrupt("the JPEG has two frame headers")
        head = self._source.read(start, 6)
        if length < 6 + 3 * head[5] or not head[5]:
            raise self._source.corrupt(
                f"a JPEG frame header of {length} bytes for {head[5]} components"
            )
        self._frame = marker, self._source.read(start, 6 + 3 * head[5])

    def read_app1(self, start: int, length: int) -> None:
        """Note EXIF (one blob, maybe in several segments), and a gain map named in XMP."""
        head = self._source.peek(start, min(length, len(_XMP)))
        if head.startswith(_EXIF):
            self._exif.append((start + len(_EXIF), length - len(_EXIF)))
        elif head == _XMP and not self._has_gain_map:
            packet = self._source.peek(start, min(length, XMP_HEAD), ahead=min(length, XMP_HEAD))
            self._has_gain_map = _GAIN_MAP_NAMESPACE in packet

    def read_app2(self, start: int, length: int) -> None:
        """Note one piece of an ICC profile, a multi-picture index, or an ISO gain map."""
        head = self._source.peek(start, min(length, len(_ISO_GAIN_MAP)))
        if head.startswith(_ICC) and len(head) >= 14:
            self._icc.append((head[12], start + 14, length - 14))
        elif head == _ISO_GAIN_MAP:
            self._has_gain_map = True
        elif head.startswith(_MPF) and not self._has_gain_map:
            self._has_gain_map = _second_is_gain_map(self._source, start + 4, length - 4)

    def read_app14(self, start: int, length: int) -> None:
        """Note how Adobe's encoder transformed the colours."""
        head = self._source.peek(start, min(length, 12))
        if head.startswith(b"Adobe") and len(head) == 12:
            self._adobe_transform = head[11]

    def info(self) -> ImageInfo:
        """Return all that was found, once the first scan is reached."""
        if self._frame is None:
            raise self._source.corrupt("a JPEG scan comes before any frame header")
        marker, frame = self._frame
        height, width = int.from_bytes(frame[1:3], "big"), int.from_bytes(frame[3:5], "big")
        if not width or not height:
            raise self._source.corrupt(
                f"a JPEG of {width}×{height} px; each side must be at least 1"
            )
        return ImageInfo(
            stored_size=Size(width, height),
            orientation=orientation_in(View(self._source, *self._exif)) if self._exif else 1,
            bit_depth=frame[0],
            color=self._color(frame[5]),
            has_gain_map=self._has_gain_map,
            is_progressive=marker in _PROGRESSIVE,
            chroma_subsampling=self._chroma(frame),
        )

    def _color(self, components: int) -> ColorInfo:
        model = _MODELS.get(components, "unknown")
        pieces = [(start, length) for _, start, length in sorted(self._icc)]
        blob = View(self._source, *pieces)
        profile = describe_profile(blob) if pieces else Profile()
        return ColorInfo(
            model=model,
            icc_space=profile.space,
            icc_description=profile.description,
            icc_bytes=blob.size,
            transfer=profile.transfer,
        )

    def _chroma(self, frame: bytes) -> Chroma | None:
        """Return how colour is stored beside brightness: None where there is no brightness."""
        components = frame[5]
        if components not in (3, 4) or (components == 4 and self._adobe_transform != 2):
            return None  # gray has no colour, and CMYK no brightness unless stored as YCCK
        factors = [(frame[at] >> 4, frame[at] & 15) for at in (7, 10, 13)]
        if factors[1] != factors[2] or not all(across and down for across, down in factors):
            return "other"
        (luma_across, luma_down), (across, down), _ = factors
        if luma_across % across or luma_down % down:
            return "other"
        return chroma_name(luma_across // across, luma_down // down)


_MODELS: Final[dict[int, Literal["gray", "rgb", "cmyk", "unknown"]]] = {
    1: "gray",
    3: "rgb",
    4: "cmyk",
}
_READERS: Final[dict[int, Callable[[_Header, int, int], None]]] = {
    0xE1: _Header.read_app1,
    0xE2: _Header.read_app2,
    0xEE: _Header.read_app14,
}


def _second_is_gain_map(source: HeaderReader, start: int, length: int) -> bool:
    """Tell whether the multi-picture index names a picture that says it is a gain map.

    The index calls a gain map "undefined", as it does other things; the picture itself tells.
    """
    try:
        directory = read_directory(View(source, (start, length)))
    except SourceError:  # a broken index hides only what lies beside the picture
        return False
    entries = directory.tags.get(_MP_ENTRIES)
    if entries is None:
        return False
    for at in range(16, min(entries.values, 16 * 8), 16):  # the first entry is the picture itself
        entry = View(source, (start, length)).peek(entries.offset + at, 16)
        kind = int.from_bytes(entry[0:4], directory.order) & _MP_TYPE
        offset = int.from_bytes(entry[8:12], directory.order)
        if len(entry) == 16 and kind == _MP_UNDEFINED and offset:
            head = source.peek(start + offset, SECOND_PICTURE_HEAD, ahead=SECOND_PICTURE_HEAD)
            if head.startswith(b"\xff\xd8") and any(sign in head for sign in _GAIN_MAP_SIGNS):
                return True
    return False
