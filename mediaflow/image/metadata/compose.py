"""Chooses what an output says of its source, and writes it as fresh EXIF and XMP blocks.

Law: nothing is copied that was not named by a table in :mod:`mediaflow.image.metadata.rules`, and
nothing of a source can make this fail: what cannot be read or held is left out and said.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, assert_never

from mediaflow.image.metadata.exif import ASCII, ExifData, Field, decoded, read_exif, write_exif
from mediaflow.image.metadata.iptc import read_iptc
from mediaflow.image.metadata.rules import (
    DC,
    FALSE_AFTERWARDS,
    KEPT_MAIN,
    KEPT_PHOTO,
    KEPT_PLACE,
    SAFE_EXIF,
    SAFE_XMP,
    SECOND_PICTURES,
    SILENT_TAGS,
)
from mediaflow.image.metadata.xmp import Node, container, read_xmp, texts_of, write_xmp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mediaflow.frames import SourceMetadata
    from mediaflow.models.metadata import MetadataPolicy

__all__ = ["Composed", "compose"]

MAX_TEXT: Final = 8192
"""Characters of one text that ``"safe"`` keeps; a licence in full has about 5,000."""

MAX_TEXTS: Final = 64
"""Languages or names of one property that ``"safe"`` keeps."""

MAX_KEPT_TEXT: Final = 32_768
"""Characters of one text that ``"keep"`` keeps; longer ones are encoded data."""

JPEG_MAGIC: Final = b"\xff\xd8\xff"
JPEG_IN_BASE64: Final = "/9j/"
MAX_BLOCK: Final = 256 * 1024
_MAKER_NOTE: Final = 0x927C
_POINTERS: Final = (0x8769, 0x8825)
_ROOM: Final = {
    # a segment holds 65,533 bytes (ITU-T T.81 B.1.1.4), from which the name of XMP takes 29
    "jpeg": (65_533, 65_504),
    "avif": (MAX_BLOCK, MAX_BLOCK),
    "png": (MAX_BLOCK, MAX_BLOCK),
    "tiff": (MAX_BLOCK, MAX_BLOCK),
    "webp": (MAX_BLOCK, MAX_BLOCK),
}
"""Longest EXIF and XMP blocks of each format that holds them, in bytes."""


@dataclass(frozen=True, slots=True)
class Composed:
    """The blocks of an output, and what was asked for and is not in them."""

    exif: bytes = b""
    """``Exif``, two NULs and a TIFF structure; empty for none."""

    xmp: bytes = b""
    """A packet; empty for none."""

    dropped: tuple[str, ...] = ()
    """What could not be kept, in words."""


def compose(source: SourceMetadata, policy: MetadataPolicy, format: str) -> Composed:
    """Return what an output says of its source.

    Args:
        source: What the source carried.
        policy: ``"strip"``, ``"safe"`` or ``"keep"``.
        format: Name of the output's format.
    """
    if policy == "strip":
        return Composed()
    dropped: list[str] = []
    exif = _read_exif(source, dropped)
    xmp = _read_xmp(source, dropped)
    match policy:
        case "safe":
            exif, xmp = _safe_exif(exif, dropped), _safe_xmp(xmp, dropped)
        case "keep":
            exif, xmp = _kept_exif(exif, dropped), _kept_xmp(xmp, dropped)
            dropped += source.others
        case _:
            assert_never(policy)
    if format == "tiff" and (exif.photo or exif.place):
        dropped.append("the EXIF and GPS directories, which libtiff does not write")
        exif = replace(exif, photo={}, place={})
    if source.iptc:
        _fill_from_iptc(read_iptc(source.iptc), exif, xmp)
    most = _ROOM.get(format, (0, 0))
    blocks = [
        _fitting(name, block, room, format, dropped)
        for name, block, room in zip(
            ("EXIF", "XMP"), (write_exif(exif), write_xmp(xmp)), most, strict=True
        )
    ]
    return Composed(blocks[0], blocks[1], tuple(dict.fromkeys(dropped)))


def _read_exif(source: SourceMetadata, dropped: list[str]) -> ExifData:
    exif = None if source.exif is None else read_exif(source.exif)
    if exif is None:
        if source.exif:
            dropped.append("EXIF that cannot be read")
        return ExifData()
    return exif


def _read_xmp(source: SourceMetadata, dropped: list[str]) -> list[Node]:
    nodes = None if source.xmp is None else read_xmp(source.xmp)
    if nodes is None and source.xmp:
        dropped.append("XMP that cannot be read")
    return nodes or []


def _fitting(name: str, block: bytes, room: int, format: str, dropped: list[str]) -> bytes:
    if len(block) <= room:
        return block
    if room:
        dropped.append(f"{name} of {len(block):,} bytes ({format} has room for {room:,})")
    else:
        dropped.append(f"{name} ({format} files are written without)")
    return b""


def _safe_exif(exif: ExifData, dropped: list[str]) -> ExifData:
    made = ExifData()
    if any(tag in SAFE_EXIF for tag in exif.unreadable):
        dropped.append("a broken entry of EXIF")
    for tag, texts in SAFE_EXIF.items():
        field = exif.main.get(tag)
        if field is None:
            continue
        words = decoded(field.data, texts)
        if any(len(word) > MAX_TEXT for word in words):
            dropped.append(f"an EXIF text of more than {MAX_TEXT:,} characters")
        elif any(words):
            made.main[tag] = _ascii("\0".join(words).rstrip("\0"))
    return made


def _ascii(text: str) -> Field:
    """Return a text as a field; UTF-8 under the type ASCII, as other writers do."""
    data = text.encode("utf-8", "replace") + b"\0"
    return Field(ASCII, len(data), data)


def _safe_xmp(nodes: list[Node], dropped: list[str]) -> list[Node]:
    made: dict[tuple[str, str], Node] = {}
    for node in nodes:
        kind = SAFE_XMP.get(node.name)
        if kind is None or node.name in made:
            continue
        texts = texts_of(node)
        if len(texts) > MAX_TEXTS or any(len(text) > MAX_TEXT for _, text in texts):
            dropped.append(f"{node.name[1]} in XMP, which is too long")
        elif texts:
            made[node.name] = container(node.name, kind, texts)
    return list(made.values())


def _kept_exif(exif: ExifData, dropped: list[str]) -> ExifData:
    made = ExifData(order=exif.order)
    parts = (
        (exif.main, made.main, KEPT_MAIN),
        (exif.photo, made.photo, KEPT_PHOTO),
        (exif.place, made.place, KEPT_PLACE),
    )
    broken = sum(tag not in SILENT_TAGS or tag in _POINTERS for tag in exif.unreadable)
    if broken:
        dropped.append(f"EXIF entries that are broken or too long ({broken})")
    unknown = 0
    for fields, kept, table in parts:
        for tag, field in fields.items():
            if tag in table and JPEG_MAGIC not in field.data:
                kept[tag] = field
            elif tag == _MAKER_NOTE:
                dropped.append(f"maker notes of {len(field.data):,} bytes")
            else:
                unknown += tag not in SILENT_TAGS
    if unknown:
        dropped.append(f"EXIF entries that no standard names ({unknown})")
    return made


def _kept_xmp(nodes: list[Node], dropped: list[str]) -> list[Node]:
    return [kept for node in nodes if (kept := _kept_node(node, dropped)) is not None]


def _kept_node(node: Node, dropped: list[str]) -> Node | None:
    """Return a node without what may not travel, or None when it may not itself."""
    if not _may_pass(node.name, node.text, dropped):
        return None
    attributes = {
        name: value for name, value in node.attributes.items() if _may_pass(name, value, dropped)
    }
    children = [kept for child in node.children if (kept := _kept_node(child, dropped)) is not None]
    return Node(node.name, attributes, children, node.text)


def _may_pass(name: tuple[str, str], text: str, dropped: list[str]) -> bool:
    namespace = name[0]
    if namespace in SECOND_PICTURES:
        dropped += filter(None, (SECOND_PICTURES[namespace],))
        return False
    if len(text) > MAX_KEPT_TEXT or text.lstrip().startswith(JPEG_IN_BASE64):
        dropped.append(f"{name[1][:80]} in XMP, which holds data and no text")
        return False
    return bool(namespace) and name not in FALSE_AFTERWARDS


def _fill_from_iptc(texts: Mapping[str, tuple[str, ...]], exif: ExifData, xmp: list[Node]) -> None:
    """Add what only the IPTC records say."""
    there = {node.name for node in xmp}
    for tag, name in ((0x010E, "description"), (0x013B, "creator"), (0x8298, "rights")):
        if name in texts and tag not in exif.main and (DC, name) not in there:
            exif.main[tag] = _ascii("; ".join(texts[name][:MAX_TEXTS]))
    for name, words in texts.items():
        if (DC, name) not in there:
            pairs: list[tuple[str | None, str]] = [(None, word) for word in words[:MAX_TEXTS]]
            xmp.append(container((DC, name), SAFE_XMP[DC, name], pairs))
