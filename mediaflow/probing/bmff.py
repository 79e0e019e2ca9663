"""Reads the header of AVIF and HEIF files: the primary item and what lies beside it.

Law: the item that ``pitm`` names is the picture; other items only tell that there is alpha or a gain
map. Turns are reported as the EXIF orientation that does the same; EXIF inside the file is ignored,
as the standard demands. Only a file whose major brand says "sequence" is an animation.

Source: ISO/IEC 14496-12 8.11 (meta, pitm, iinf, iref), ISO/IEC 23008-12 6 (derived and auxiliary
items), 9.3 (ipma) and 10 (brands), AV1 Image File Format 4 and 6, ISO 21496-1 (tmap items).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from mediaflow.probing.boxes import Box, child_boxes, top_boxes
from mediaflow.probing.properties import Properties, auxiliary_type, image_of, read_properties
from mediaflow.probing.sequence import Track, read_track

if TYPE_CHECKING:
    from collections.abc import Callable

    from mediaflow.models.info import ImageInfo
    from mediaflow.probing.reading import HeaderReader

__all__ = ["read_heif"]

MAX_META_BYTES: Final = 200 * 1024
"""Length of one table of items; a HEIC of a thousand tiles needs 21 kB."""

_SEQUENCE_BRANDS: Final = frozenset({b"avis", b"hevc", b"hevm", b"hevs", b"hevx", b"msf1"})
_INHERITED: Final = frozenset({b"av1C", b"colr", b"hvcC", b"pixi"})
"""What a grid leaves to its tiles."""

_ALPHA_TYPES: Final = frozenset(
    {
        b"urn:mpeg:avc:2015:auxid:1",
        b"urn:mpeg:hevc:2015:auxid:1",
        b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha",
    }
)


@dataclass(slots=True)
class _Meta:
    """What the meta box says of items."""

    primary: int | None = None
    kinds: set[bytes] = field(default_factory=set)
    properties: list[Box] = field(default_factory=list)
    associations: dict[int, list[int]] = field(default_factory=dict)
    references: dict[tuple[bytes, int], set[int]] = field(default_factory=dict)

    def properties_of(self, item: int) -> list[Box]:
        """Return the properties of an item in the order that it lists them."""
        indices = self.associations.get(item, ())
        return [self.properties[at - 1] for at in indices if 1 <= at <= len(self.properties)]


def read_heif(source: HeaderReader) -> ImageInfo:
    """Read an AVIF or HEIF file's meta box, and the track of a sequence.

    Raises:
        CorruptMediaError: Boxes break the rules, or the primary item has no size.
        TruncatedMediaError: The file ends before its meta box does.
        LimitExceededError: The meta box is larger than any real one.
    """
    is_sequence = source.read(8, 4) in _SEQUENCE_BRANDS
    still: ImageInfo | None = None
    track: Track | None = None
    reached = 0
    for box in top_boxes(source):
        reached = box.end
        if box.kind == b"meta" and still is None:
            source.prefetch(box.start, box.end - box.start)
            still = _still(source, _read_meta(source, box))
        elif box.kind == b"moov" and track is None:
            source.prefetch(box.start, box.end - box.start)
            track = read_track(source, box)
        if track or (still and not is_sequence):
            break
    if still is None and track is None:
        source.read(reached, 8)  # where the file ends, that is the fault
        raise source.corrupt("the file has neither a primary item nor a picture track")
    return _joined(source, still, track, is_sequence=is_sequence)


def _joined(
    source: HeaderReader, still: ImageInfo | None, track: Track | None, *, is_sequence: bool
) -> ImageInfo:
    """Return the picture of the primary item, else of the track, with the number of frames."""
    if still is None and track is not None:
        found = Properties(width=track.width, height=track.height)
        still = image_of(
            source,
            read_properties(source, track.properties, into=found),
            has_alpha=track.has_alpha,
        )
    if still is None:
        raise source.corrupt("the file has no picture")
    if not is_sequence:
        return still
    frames = (track.frames or None) if track else None
    length = track.duration_seconds if track and frames != 1 else None
    return replace(still, frames=frames, is_animated=frames != 1, duration_seconds=length)


def _still(source: HeaderReader, meta: _Meta) -> ImageInfo | None:
    """Return the picture that the primary item describes; None when there is no such item."""
    if meta.primary is None:
        return None
    own = meta.properties_of(meta.primary)
    tiles = meta.references.get((b"dimg", meta.primary), set())
    missing = _INHERITED - {box.kind for box in own}
    inherited = meta.properties_of(min(tiles)) if tiles else []
    names = {
        index: auxiliary_type(source, box)
        for index, box in enumerate(meta.properties, start=1)
        if box.kind == b"auxC"
    }
    found = read_properties(source, [*own, *(box for box in inherited if box.kind in missing)])
    image = image_of(source, found, has_alpha=_has_alpha(meta, names, {meta.primary, *tiles}))
    has_gain_map = b"tmap" in meta.kinds or any(b"gainmap" in name for name in names.values())
    return replace(image, has_gain_map=has_gain_map)


def _has_alpha(meta: _Meta, names: dict[int, bytes], pictures: set[int]) -> bool:
    """Tell whether an alpha plane belongs to the picture or to one of its tiles."""
    planes = {index for index, name in names.items() if name in _ALPHA_TYPES}
    return any(
        not planes.isdisjoint(indices)
        and not pictures.isdisjoint(meta.references.get((b"auxl", item), ()))
        for item, indices in meta.associations.items()
    )


def _read_meta(source: HeaderReader, box: Box) -> _Meta:
    """Read the tables of the meta box, whose content starts with a version and flags."""
    meta = _Meta()
    for child in child_boxes(source, box.start + 4, box.end):
        if child.kind in _TABLES:
            _TABLES[child.kind](meta, source, child)
    return meta


def _read_primary(meta: _Meta, source: HeaderReader, box: Box) -> None:
    width = 4 if source.read(box.start, 4)[0] else 2
    meta.primary = int.from_bytes(source.read(box.start + 4, width), "big")


def _read_kinds(meta: _Meta, source: HeaderReader, box: Box) -> None:
    start = box.start + (8 if source.read(box.start, 4)[0] else 6)
    for entry in child_boxes(source, start, box.end):
        version = source.read(entry.start, 4)[0]
        if entry.kind == b"infe" and version >= 2:
            meta.kinds.add(source.read(entry.start + (8 if version == 2 else 10), 4))


def _read_references(meta: _Meta, source: HeaderReader, box: Box) -> None:
    width = 4 if source.read(box.start, 4)[0] else 2
    for entry in child_boxes(source, box.start + 4, box.end):
        data = _table(source, entry)
        item = int.from_bytes(data[:width], "big")
        count = int.from_bytes(data[width : width + 2], "big")
        ends = range(width + 2, min(len(data), width + 2 + width * count), width)
        targets = {int.from_bytes(data[at : at + width], "big") for at in ends}
        meta.references.setdefault((entry.kind, item), set()).update(targets)


def _read_item_properties(meta: _Meta, source: HeaderReader, box: Box) -> None:
    for child in child_boxes(source, box.start, box.end):
        if child.kind == b"ipco":
            meta.properties = list(child_boxes(source, child.start, child.end))
        elif child.kind == b"ipma":
            _read_associations(meta, _table(source, child))


def _read_associations(meta: _Meta, data: bytes) -> None:
    """Read which item has which properties; the top bit says "essential" and is left out."""
    id_width = 4 if data[:1] > b"\0" else 2
    index_width, mask = (2, 0x7FFF) if data[3:4] and data[3] & 1 else (1, 0x7F)
    position = 8
    for _ in range(int.from_bytes(data[4:8], "big")):
        item = data[position : position + id_width]
        count = data[position + id_width : position + id_width + 1]
        if not count:
            return
        position += id_width + 1
        end = position + index_width * count[0]
        indices = (
            int.from_bytes(data[at : at + index_width], "big") & mask
            for at in range(position, min(end, len(data)), index_width)
        )
        meta.associations.setdefault(int.from_bytes(item, "big"), []).extend(indices)
        position = end


def _table(source: HeaderReader, box: Box) -> bytes:
    """Return the content of a box that is a table of items."""
    length = box.end - box.start
    if length > MAX_META_BYTES:
        raise source.corrupt(f"a table {box.kind!r} of {length:,} bytes")
    return source.read(box.start, length)


_TABLES: Final[dict[bytes, Callable[[_Meta, HeaderReader, Box], None]]] = {
    b"iinf": _read_kinds,
    b"iprp": _read_item_properties,
    b"iref": _read_references,
    b"pitm": _read_primary,
}
