"""What a player must decode, as manifests write it: read from what a file says before its frames.

Law: bytes in, text out; nothing is decoded. Each length is checked against the box that holds it.

Source: RFC 6381 3.3; ISO/IEC 14496-12 4.2 and 12.1.5 (boxes, ``colr``), 8.5.2 (sample entries);
ISO/IEC 14496-15 5.3.3.1, 8.3.3.1 and annex E (avcC, hvcC and their strings); VP Codec ISO Media File
Format Binding 1.0 (vpcC); AV1 Codec ISO Media File Format Binding 1.2.0, 2.3 and 5 (av1C);
ISO/IEC 14496-1 7.2.6 (esds), ISO/IEC 14496-3 1.6.2.1 (kind of sound); MP4 registration authority.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.errors import CorruptMediaError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["codec_string"]

HEADER: Final = 8
LONG_HEADER: Final = 16
FULL_BOX: Final = 4  # version and flags
MAX_CHILDREN: Final = 64
VISUAL_FIELDS: Final = 78  # bytes of a picture's entry before its boxes
SOUND_FIELDS: Final = 28
CONFIGURATION_VERSION: Final = 1  # of avcC and hvcC
AV1_MARKER: Final = 0x81  # the marker bit, and version 1

ES_DESCRIPTOR: Final = 3
DECODER_CONFIG: Final = 4
DECODER_SPECIFIC: Final = 5
DECODER_CONFIG_FIELDS: Final = 13
MAX_SIZE_BYTES: Final = 4
MPEG_4_SOUND: Final = 0x40
LONG_KIND: Final = 31  # 32 and more are told in six further bits

USUAL: Final = ((1, 1, 1, 0), (2, 2, 2, 0))
"""Colors that a string need not say: those of BT.709 in limited range, and unknown ones."""


def codec_string(entry: bytes) -> str:
    """Return how manifests name the codec of a track.

    Args:
        entry: A sample entry, the box inside ``stsd``, with its header.

    Raises:
        CorruptMediaError: Its bytes break the rules of its kind.
        UnsupportedError: It is of a kind that has no string here.

    Example:
        >>> fields, config = bytes(78), bytes([1, 0x64, 0, 0x1F, 0xFF])
        >>> avcc = (13).to_bytes(4, "big") + b"avcC" + config
        >>> codec_string((8 + 78 + 13).to_bytes(4, "big") + b"avc1" + fields + avcc)
        'avc1.64001f'
    """
    found = list(_boxes(entry, 1))
    if len(found) != 1:
        raise _corrupt("a sample entry has no header")
    kind, content = found[0]
    fixed = _FIXED.get(kind)
    if fixed is not None:
        return fixed
    row = _READ.get(kind)
    if row is None:
        raise UnsupportedError(f"no manifest names a codec that files call {kind!r}", stage="probe")
    fields, config, read = row
    if len(content) < fields:
        raise _corrupt(f"a sample entry {kind!r} has {len(content)} bytes")
    children: dict[bytes, bytes] = {}
    for name, body in _boxes(content[fields:], MAX_CHILDREN):
        children.setdefault(name, body)
    if config not in children:
        raise _corrupt(f"a sample entry {kind!r} lacks its {config!r}")
    return read(kind.decode("ascii"), children[config], children)


def _boxes(data: bytes, most: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield the types and contents of boxes; what is too short for a header at the end is none."""
    at = 0
    for _ in range(most):
        if at + HEADER > len(data):
            return
        size, begin = int.from_bytes(data[at : at + 4], "big"), at + HEADER
        if size == 1:
            size, begin = int.from_bytes(data[begin : at + LONG_HEADER], "big"), at + LONG_HEADER
        end = at + size if size else len(data)
        if not begin <= end <= len(data):
            raise _corrupt(f"a box at byte {at} of a sample entry claims {size:,} bytes")
        yield data[at + 4 : at + HEADER], data[begin:end]
        at = end


def _h264(kind: str, config: bytes, _: dict[bytes, bytes]) -> str:
    _check(config, 4, "avcC", CONFIGURATION_VERSION)
    return f"{kind}.{config[1:4].hex()}"


def _hevc(kind: str, config: bytes, _: dict[bytes, bytes]) -> str:
    """Write the fields of Annex E.3: space, profile, compatibility, tier and level, constraints."""
    _check(config, 13, "hvcC", CONFIGURATION_VERSION)
    space = ("", "A", "B", "C")[config[1] >> 6]
    tier = "H" if config[1] & 0x20 else "L"
    compatible = int(f"{int.from_bytes(config[2:6], 'big'):032b}"[::-1], 2)
    constraints = config[6:12].rstrip(b"\0")
    return ".".join(
        (
            kind,
            f"{space}{config[1] & 0x1F}",
            f"{compatible:X}",
            f"{tier}{config[12]}",
            *(f"{byte:X}" for byte in constraints),
        )
    )


def _vp9(kind: str, config: bytes, _: dict[bytes, bytes]) -> str:
    _check(config, FULL_BOX + 6, "vpcC", 1)
    profile, level, shape, primaries, transfer, matrix = config[FULL_BOX : FULL_BOX + 6]
    chroma, colors = shape >> 1 & 7, (primaries, transfer, matrix, shape & 1)
    look = () if chroma == 1 and colors in USUAL else (chroma, *colors)
    said = (profile, level, shape >> 4, *look)
    return ".".join((kind, *(f"{number:02}" for number in said)))


def _av1(kind: str, config: bytes, children: dict[bytes, bytes]) -> str:
    """Write what av1C says, and the colors where a ``colr`` box beside it says unusual ones."""
    _check(config, 4, "av1C", AV1_MARKER)
    profile, level, flags = config[1] >> 5, config[1] & 0x1F, config[2]
    tier = "H" if flags & 0x80 else "M"
    depth = 8 if not flags & 0x40 else 12 if flags & 0x20 else 10
    short = f"{kind}.{profile}.{level:02}{tier}.{depth:02}"
    colors = _nclx(children.get(b"colr", b""))
    if colors is None:
        return short
    mono, wide, high, place = flags >> 4 & 1, flags >> 3 & 1, flags >> 2 & 1, flags & 3
    primaries, transfer, matrix, full = colors
    if (mono, wide, high) == (0, 1, 1) and colors in USUAL:
        return short
    shape = f"{wide}{high}{place if wide and high else 0}"
    return f"{short}.{mono}.{shape}.{primaries:02}.{transfer:02}.{matrix:02}.{full}"


def _nclx(box: bytes) -> tuple[int, int, int, int] | None:
    if box[:4] != b"nclx" or len(box) < 11:
        return None
    primaries, transfer, matrix = (int.from_bytes(box[at : at + 2], "big") for at in (4, 6, 8))
    return primaries, transfer, matrix, box[10] >> 7


def _mpeg_4_sound(kind: str, config: bytes, _: dict[bytes, bytes]) -> str:
    """Write the number of the codec, and for sound of MPEG-4 its kind."""
    stream = _descriptor(config[FULL_BOX:], ES_DESCRIPTOR)
    if len(stream) < 3:
        raise _corrupt("an esds box has no stream")
    flags, at = stream[2], 3
    at += 2 if flags & 0x80 else 0
    if flags & 0x40:
        at += 1 + int.from_bytes(stream[at : at + 1], "big")
    at += 2 if flags & 0x20 else 0
    decoder = _descriptor(stream[at:], DECODER_CONFIG)
    if len(decoder) < DECODER_CONFIG_FIELDS:
        raise _corrupt(f"the decoder of an esds box is told in {len(decoder)} bytes")
    if decoder[0] != MPEG_4_SOUND:
        return f"{kind}.{decoder[0]:02X}"  # browsers compare it as it is
    special = _descriptor(decoder[DECODER_CONFIG_FIELDS:], DECODER_SPECIFIC)
    if len(special) < 2:
        raise _corrupt(f"the kind of a sound is told in {len(special)} bytes")
    number = special[0] >> 3
    if number == LONG_KIND:
        number = 32 + (int.from_bytes(special[:2], "big") >> 5 & 0x3F)
    return f"{kind}.{decoder[0]:02x}.{number}"


def _descriptor(data: bytes, tag: int) -> bytes:
    """Return the content of the descriptor that data starts with, which must be of that tag."""
    if data[:1] != bytes([tag]):
        raise _corrupt(f"an esds box holds {data[:1].hex() or 'nothing'} instead of tag {tag}")
    size = 0
    for at in range(1, min(len(data), MAX_SIZE_BYTES + 1)):
        size = size << 7 | data[at] & 0x7F
        if not data[at] & 0x80:
            begin = at + 1
            if begin + size > len(data):
                break
            return data[begin : begin + size]
    raise _corrupt(f"descriptor {tag} of an esds box reaches beyond it")


def _check(config: bytes, least: int, name: str, version: int) -> None:
    if len(config) < least or config[0] != version:
        raise _corrupt(f"a box {name} starts with {config[:least].hex() or 'nothing'}")


def _corrupt(message: str) -> CorruptMediaError:
    return CorruptMediaError(message, stage="probe")


_FIXED: Final = {b"Opus": "opus", b"ac-3": "ac-3", b"ec-3": "ec-3", b"fLaC": "fLaC"}
"""Entries whose name is all that a manifest says."""

_READ: Final[dict[bytes, tuple[int, bytes, Callable[[str, bytes, dict[bytes, bytes]], str]]]] = {
    b"av01": (VISUAL_FIELDS, b"av1C", _av1),
    b"avc1": (VISUAL_FIELDS, b"avcC", _h264),
    b"avc3": (VISUAL_FIELDS, b"avcC", _h264),
    b"hev1": (VISUAL_FIELDS, b"hvcC", _hevc),
    b"hvc1": (VISUAL_FIELDS, b"hvcC", _hevc),
    b"mp4a": (SOUND_FIELDS, b"esds", _mpeg_4_sound),
    b"vp09": (VISUAL_FIELDS, b"vpcC", _vp9),
}
"""Entries whose name is followed by what a box in them says: bytes before it, its name, how."""
