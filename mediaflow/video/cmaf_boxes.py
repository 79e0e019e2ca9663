"""Reads the boxes of a fragmented MP4 as they come, and what a table of segments needs of them.

Law: bytes in, numbers out; nothing is opened. What a muxer wrote is checked like anything else: no
size or count is believed beyond the bytes that are there.
Source: ISO/IEC 14496-12 4.2 (boxes), 8.6.6 (elst), 8.8.7 (tfhd), 8.8.8 (trun), 8.8.12 (tfdt);
ISO/IEC 23000-19 7.2 (brand ``cmfc``).
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import error, unpack_from
from typing import TYPE_CHECKING, Final, NamedTuple

from mediaflow.errors import EncodeError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "Box",
    "BoxSplitter",
    "Fragment",
    "Head",
    "branded",
    "moved",
    "read_fragment",
    "read_head",
    "timed_by_fragments",
]

HEADER: Final = 8
LONG_HEADER: Final = 16
MAX_BOX_BYTES: Final = 1 << 30
"""A box is held as a whole; half a minute at 280 Mbit/s takes as much."""

MAX_SAMPLES: Final = 1 << 20
BRAND: Final = b"cmfc"
NOT_SYNC: Final = 0x0001_0000
"""Flag of a sample: it is no sync sample, nothing can start with it."""

# flags of tfhd
HAS_BASE, HAS_ENTRY, HAS_TICKS, HAS_SIZE, HAS_FLAGS = 0x1, 0x2, 0x8, 0x10, 0x20
# flags of trun
HAS_OFFSET, HAS_FIRST_FLAGS = 0x1, 0x4
EACH_TICKS, EACH_SIZE, EACH_FLAGS, EACH_SHIFT = 0x100, 0x200, 0x400, 0x800


class Box(NamedTuple):
    """Where a box stands in some bytes."""

    kind: bytes
    start: int
    """Where it begins."""

    body: int
    """Where its content begins."""

    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What the movie box says of the one track in it."""

    timescale: int
    """Ticks a second."""

    media_time: int
    """Ticks from the start of the samples to what is shown first, by the edit list."""

    lead: int
    """Ticks before anything is shown, by an empty edit."""

    sample_entry: bytes
    """How the samples are coded, as the box in ``stsd`` says it."""

    ticks: int = 0
    """Length of a sample where a fragment does not say it."""

    flags: int = 0
    """Flags of a sample where a fragment does not say them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """What a movie fragment says of its samples."""

    decode_time: int
    """When its first sample is decoded (``tfdt``), in ticks."""

    ticks: int
    """Sum of the lengths of its samples."""

    samples: int
    first: int
    """When its first sample is shown, in ticks of the samples: before any edit."""

    end: int
    """When the one that is shown last ends, by its length."""

    is_sync: bool
    """Whether decoding can start with it."""

    data_bytes: int
    """Sum of the sizes of its samples."""


class BoxSplitter:
    """Splits a stream of bytes into the boxes of its top level."""

    def __init__(self) -> None:
        self._held = bytearray()

    @property
    def held(self) -> int:
        """Bytes of a box that is not whole yet."""
        return len(self._held)

    def push(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Take some bytes; yield kind and bytes of each box that is whole, header included.

        Raises:
            EncodeError: A box claims less than its header or more than is ever held.
        """
        self._held += data
        while len(self._held) >= HEADER:
            size, body = _size(self._held, 0)
            if size is None:
                return
            if not body <= size <= MAX_BOX_BYTES:
                raise _wrong(f"a box {bytes(self._held[4:8])!r} claims {size:,} bytes")
            if len(self._held) < size:
                return
            box = bytes(memoryview(self._held)[:size])
            del self._held[:size]
            yield box[4:8], box


def branded(ftyp: bytes) -> bytes:
    """Return a file type box that names CMAF among what the file conforms to."""
    if len(ftyp) < LONG_HEADER or len(ftyp) % 4:
        raise _wrong(f"a file type box has {len(ftyp)} bytes")
    if BRAND in [ftyp[at : at + 4] for at in range(LONG_HEADER, len(ftyp), 4)]:
        return ftyp
    return (len(ftyp) + 4).to_bytes(4, "big") + ftyp[4:] + BRAND


def read_head(moov: bytes) -> Head:
    """Return what a movie box of one track says of it.

    Raises:
        EncodeError: It holds no track or several, or nonsense.
    """
    with _Reading():
        top = _children(moov, HEADER, len(moov))
        track = _one(moov, _only(top, b"trak"))
        media = _one(moov, _only(track, b"mdia"))
        timescale = _after_times(moov, _only(media, b"mdhd"))
        movie = _after_times(moov, _only(top, b"mvhd"))
        if not timescale or not movie:
            raise _wrong("a timescale is 0")
        tables = _one(moov, _only(_one(moov, _only(media, b"minf")), b"stbl"))
        described = _only(tables, b"stsd")
        entry = _children(moov, described.body + 8, described.end)[0]
        lead, media_time = 0, 0
        for edits in (one for one in track if one.kind == b"edts"):
            lead, media_time = _edits(moov, _only(_one(moov, edits), b"elst"))
        defaults = _only(_one(moov, _only(top, b"mvex")), b"trex")
        ticks, _, flags = unpack_from(">III", moov, defaults.body + 12)
    return Head(
        timescale=timescale,
        media_time=media_time,
        lead=round(lead * timescale / movie),
        sample_entry=moov[entry.start : entry.end],
        ticks=ticks,
        flags=flags,
    )


def timed_by_fragments(moov: bytes) -> bytes:
    """Return a movie box without the empty edit of its track; it stays as long as it is.

    What plays in browsers takes one edit and no empty one, so that a picture that starts late would
    be early. Its fragments say it then: see :func:`moved`.
    """
    with _Reading():
        top = _children(moov, HEADER, len(moov))
        edits = _only(_one(moov, _only(_one(moov, _only(top, b"trak")), b"edts")), b"elst")
        count, entry = _edit_entries(moov, edits)
        head = moov[edits.body : edits.body + 4]
        kept = moov[edits.end - entry : edits.end]
    made = (HEADER + 8 + entry).to_bytes(4, "big") + b"elst" + head + b"\0\0\0\1" + kept
    room = (count - 1) * entry
    made += room.to_bytes(4, "big") + b"free" + bytes(room - HEADER)
    return moov[: edits.start] + made + moov[edits.end :]


def moved(moof: bytes, ticks: int) -> bytes:
    """Return a movie fragment that is decoded some ticks later."""
    with _Reading():
        track = _only(_children(moof, HEADER, len(moof)), b"traf")
        time = _only(_one(moof, track), b"tfdt")
        width = 8 if moof[time.body] else 4
        at = time.body + 4
        later = int.from_bytes(moof[at : at + width], "big") + ticks
        return moof[:at] + later.to_bytes(width, "big") + moof[at + width :]


def read_fragment(moof: bytes, head: Head) -> Fragment:
    """Return what a movie fragment of one track says of its samples.

    Args:
        moof: The box.
        head: What the movie box said of the track.

    Raises:
        EncodeError: It holds no samples, several tracks, or nonsense.
    """
    with _Reading():
        track = _one(moof, _only(_children(moof, HEADER, len(moof)), b"traf"))
        ticks, size, flags = _defaults(moof, _only(track, b"tfhd"), head)
        time = _only(track, b"tfdt")
        start = unpack_from(">Q" if moof[time.body] else ">I", moof, time.body + 4)[0]
        at, samples, data, first, last, is_sync = start, 0, 0, None, (0, 0), False
        for run in (one for one in track if one.kind == b"trun"):
            for sample in _samples(moof, run, (ticks, size, flags)):
                if first is None:
                    first, is_sync = at + sample.shift, not sample.flags & NOT_SYNC
                last = max(last, (at + sample.shift, sample.ticks))
                at, data, samples = at + sample.ticks, data + sample.size, samples + 1
    if first is None or at <= start:
        raise _wrong("a fragment holds no samples, or none that lasts")
    return Fragment(
        decode_time=start,
        ticks=at - start,
        samples=samples,
        first=first,
        end=sum(last),
        is_sync=is_sync,
        data_bytes=data,
    )


class _Sample(NamedTuple):
    ticks: int
    size: int
    flags: int
    shift: int
    """From when it is decoded to when it is shown."""


class _Reading:
    """Turns reading past the end of a box into the error that says it."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, exc: object, trace: object) -> None:
        if kind is not None and issubclass(kind, (IndexError, OverflowError, error)):
            raise _wrong("a box ends before what it says")


def _wrong(what: str) -> EncodeError:
    return EncodeError(f"the muxer wrote what is no fragmented MP4: {what}", stage="encode")


def _size(data: bytes | bytearray, at: int) -> tuple[int | None, int]:
    """Return bytes of a box and of its header; None while more of it is needed to tell."""
    size = int.from_bytes(data[at : at + 4], "big")
    if size != 1:
        return size, HEADER
    if len(data) < at + LONG_HEADER:
        return None, LONG_HEADER
    return int.from_bytes(data[at + HEADER : at + LONG_HEADER], "big"), LONG_HEADER


def _children(data: bytes, at: int, end: int) -> list[Box]:
    found: list[Box] = []
    while at + HEADER <= end:
        size, header = _size(data, at)
        if size is None or size < header or at + size > end:
            raise _wrong(f"a box {data[at + 4 : at + 8]!r} does not fit into its parent")
        found.append(Box(data[at + 4 : at + 8], at, at + header, at + size))
        at += size
    return found


def _one(data: bytes, box: Box) -> list[Box]:
    return _children(data, box.body, box.end)


def _only(boxes: list[Box], kind: bytes) -> Box:
    found = [one for one in boxes if one.kind == kind]
    if len(found) != 1:
        raise _wrong(f"{len(found)} boxes {kind!r} where there is one")
    return found[0]


def _after_times(data: bytes, box: Box) -> int:
    """Return the timescale of a ``mvhd`` or ``mdhd``, which follows two times."""
    at = box.body + (20 if data[box.body] else 12)
    return int(unpack_from(">I", data[: box.end], at)[0])


def _edit_entries(data: bytes, box: Box) -> tuple[int, int]:
    """Return how many edits a list holds, and the bytes of each."""
    entry = 20 if data[box.body] else 12
    count = int(unpack_from(">I", data, box.body + 4)[0])
    if box.body + 8 + count * entry != box.end:
        raise _wrong(f"an edit list claims {count:,} edits")
    return count, entry


def _edits(data: bytes, box: Box) -> tuple[int, int]:
    """Return the length of an empty edit, in ticks of the movie, and the time of what follows."""
    count, entry = _edit_entries(data, box)
    form = ">Qq" if data[box.body] else ">Ii"
    edits = [unpack_from(form, data, box.body + 8 + at * entry) for at in range(count)]
    match edits:
        case [(_, time)] if time >= 0:
            return 0, time
        case [(lead, -1), (_, time)] if time >= 0:
            return lead, time
    raise _wrong(f"an edit list of {count} edits is none that moves a track")


def _defaults(data: bytes, box: Box, head: Head) -> tuple[int, int, int]:
    """Return length, size and flags of samples that have none of their own."""
    said = int.from_bytes(data[box.body + 1 : box.body + 4], "big")
    at = box.body + 8
    at += 8 * bool(said & HAS_BASE) + 4 * bool(said & HAS_ENTRY)
    values = [head.ticks, 0, head.flags]
    for place, flag in enumerate((HAS_TICKS, HAS_SIZE, HAS_FLAGS)):
        if said & flag:
            values[place] = unpack_from(">I", data[: box.end], at)[0]
            at += 4
    return values[0], values[1], values[2]


def _samples(data: bytes, box: Box, usual: tuple[int, int, int]) -> Iterator[_Sample]:
    said = int.from_bytes(data[box.body + 1 : box.body + 4], "big")
    count = int(unpack_from(">I", data, box.body + 4)[0])
    at = box.body + 8 + 4 * bool(said & HAS_OFFSET)
    first_flags: int | None = None
    if said & HAS_FIRST_FLAGS:
        first_flags = unpack_from(">I", data, at)[0]
        at += 4
    fields = [bool(said & one) for one in (EACH_TICKS, EACH_SIZE, EACH_FLAGS, EACH_SHIFT)]
    if count > MAX_SAMPLES or at + 4 * sum(fields) * count != box.end:
        raise _wrong(f"a run claims {count:,} samples")
    shift_form = ">i" if data[box.body] else ">I"
    for place in range(count):
        ticks, size, flags = usual
        if place == 0 and first_flags is not None:
            flags = first_flags
        values, shift = [ticks, size, flags], 0
        for field in range(3):
            if fields[field]:
                values[field] = unpack_from(">I", data, at)[0]
                at += 4
        if fields[3]:
            shift = unpack_from(shift_form, data, at)[0]
            at += 4
        yield _Sample(values[0], values[1], values[2], shift)
