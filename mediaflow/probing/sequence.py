"""Reads the picture track of an AVIF or HEIF sequence: size, number of frames, durations.

Law: only the first picture track counts; sample positions are the decoder's business.
Source: ISO/IEC 14496-12 8.4.2 (mdhd), 8.4.3 (hdlr), 8.5.2 (stsd), 8.6.1.2 (stts),
8.7.3 (stsz), 12.1.3 (visual sample entry); ISO/IEC 23008-12 7 (image sequences, handler
``pict``; alpha in an ``auxv`` track).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING, Final

from mediaflow.probing.boxes import Box, child_boxes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediaflow.probing.reading import HeaderReader

__all__ = ["Track", "read_track"]

_PICTURES: Final = frozenset({b"pict", b"vide"})
_ALPHA: Final = b"auxv"
MAX_RUNS: Final = 10_000
"""Entries of a table of durations that are read."""

MAX_FRAMES: Final = 1_000_000
"""Durations that are laid out, whatever the tables claim."""

_ENTRY_FIELDS: Final = 78  # fields of a visual sample entry before its boxes


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """What a picture track says."""

    width: int
    height: int
    frames: int | None
    """Number of samples; None when the track does not tell."""

    properties: tuple[Box, ...]
    """Boxes of the sample entry: codec configuration, colour."""

    has_alpha: bool
    """Whether an auxiliary track lies beside it."""

    runs: tuple[tuple[int, Fraction], ...] = ()
    """How many frames in a row are shown for how many seconds each; empty when untold."""

    @property
    def duration_seconds(self) -> float | None:
        """Length of the track in seconds, or None when it does not tell."""
        return float(sum(count * length for count, length in self.runs)) if self.runs else None

    @property
    def seconds(self) -> Iterator[Fraction]:
        """How long each frame is shown, as many as there are sample sizes."""
        each = (length for count, length in self.runs for _ in range(count))
        return islice(each, min(self.frames or MAX_FRAMES, MAX_FRAMES))


def read_track(source: HeaderReader, moov: Box) -> Track | None:
    """Read the first picture track of a movie box; None when there is none.

    Raises:
        CorruptMediaError: Boxes break the rules.
        TruncatedMediaError: The file ends inside the movie box.
    """
    pictures: list[dict[bytes, Box]] = []
    has_alpha = False
    for box in child_boxes(source, moov.start, moov.end):
        if box.kind != b"trak":
            continue
        leaves = _leaves(source, box)
        handler = source.read(leaves[b"hdlr"].start, 12)[8:] if b"hdlr" in leaves else b""
        has_alpha = has_alpha or handler == _ALPHA
        if handler in _PICTURES and b"stsd" in leaves:
            pictures.append(leaves)
    return _track(source, pictures[0], has_alpha=has_alpha) if pictures else None


def _leaves(source: HeaderReader, track: Box) -> dict[bytes, Box]:
    """Return the boxes of a track along the one path that matters."""
    media = _children(source, _children(source, track).get(b"mdia"))
    table = _children(source, _children(source, media.get(b"minf")).get(b"stbl"))
    return table | media


def _children(source: HeaderReader, parent: Box | None) -> dict[bytes, Box]:
    """Return the boxes in a box by kind, the first of each; none without a parent."""
    found: dict[bytes, Box] = {}
    if parent is not None:
        for box in child_boxes(source, parent.start, parent.end):
            found.setdefault(box.kind, box)
    return found


def _track(source: HeaderReader, leaves: dict[bytes, Box], *, has_alpha: bool) -> Track:
    table = leaves[b"stsd"]
    entry = next(child_boxes(source, table.start + 8, table.end), None)
    if entry is None or entry.end - entry.start < _ENTRY_FIELDS:
        raise source.corrupt("the picture track has no sample entry")
    extent = source.read(entry.start + 24, 4)
    sizes = leaves.get(b"stsz")
    clock = leaves.get(b"mdhd")
    return Track(
        width=int.from_bytes(extent[:2], "big"),
        height=int.from_bytes(extent[2:], "big"),
        frames=int.from_bytes(source.read(sizes.start + 8, 4), "big") if sizes else None,
        properties=tuple(child_boxes(source, entry.start + _ENTRY_FIELDS, entry.end)),
        has_alpha=has_alpha,
        runs=_runs(source, leaves.get(b"stts"), _timescale(source, clock)),
    )


def _timescale(source: HeaderReader, clock: Box | None) -> int:
    """Return the ticks a second of a media header; 0 when it does not tell."""
    if clock is None:
        return 0
    head = source.read(clock.start, 1)
    return int.from_bytes(source.read(clock.start + (20 if head[0] else 12), 4), "big")


def _runs(
    source: HeaderReader, table: Box | None, timescale: int
) -> tuple[tuple[int, Fraction], ...]:
    if table is None or not timescale:
        return ()
    count = min(int.from_bytes(source.read(table.start + 4, 4), "big"), MAX_RUNS)
    count = min(count, (table.end - table.start - 8) // 8)
    data = source.read(table.start + 8, 8 * count) if count > 0 else b""
    numbers = [int.from_bytes(data[at : at + 4], "big") for at in range(0, len(data), 4)]
    pairs = zip(numbers[::2], numbers[1::2], strict=True)
    return tuple((frames, Fraction(ticks, timescale)) for frames, ticks in pairs)
