"""Writes a movie fragment of one track: what a muxer does not cut where it is wanted.

Law: samples in, bytes out; what is written is what was given, and no time is made up.
Source: ISO/IEC 14496-12 8.8.4 to 8.8.8 (moof, mfhd, traf, tfhd, trun), 8.8.12 (tfdt).
"""

from __future__ import annotations

from struct import pack
from typing import TYPE_CHECKING, Final, NamedTuple

from mediaflow.errors import EncodeError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SYNC", "Sample", "fragment"]

SYNC: Final = 0x0200_0000
"""Flags of a sample that needs no other one."""

TRACK: Final = 1
"""Number of the only track, as FFmpeg's muxer counts."""

BASE_IS_MOOF: Final = 0x02_0000
DEFAULT_FLAGS: Final = 0x20
HAS_OFFSET, EACH_TICKS, EACH_SIZE, EACH_FLAGS = 0x1, 0x100, 0x200, 0x400
MOST: Final = (1 << 32) - 1


class Sample(NamedTuple):
    """One coded packet of a track."""

    data: bytes
    ticks: int
    """How long it lasts, in ticks of the track."""

    flags: int = SYNC


def fragment(sequence: int, decode_time: int, samples: Sequence[Sample]) -> bytes:
    """Return a movie fragment and its data: ``moof`` and ``mdat``.

    Args:
        sequence: Its number among the fragments of the track, from 1.
        decode_time: When its first sample is decoded, in ticks of the track.
        samples: What it holds, in order of decoding.

    Raises:
        EncodeError: It holds nothing, or more than its fields can say.
    """
    size = sum(len(one.data) for one in samples)
    has_room = all(0 < one.ticks <= MOST and one.data for one in samples)
    if not samples or not has_room or size > MOST - 8:
        raise EncodeError(
            f"{len(samples):,} samples of {size:,} bytes together are no fragment", stage="encode"
        )
    each_flags = any(one.flags != SYNC for one in samples)
    fields = HAS_OFFSET | EACH_TICKS | EACH_SIZE | (EACH_FLAGS if each_flags else 0)
    rows = b"".join(
        pack(">II", one.ticks, len(one.data)) + (pack(">I", one.flags) if each_flags else b"")
        for one in samples
    )
    number = _full(b"mfhd", 0, 0, pack(">I", sequence))
    header = _full(b"tfhd", 0, BASE_IS_MOOF | DEFAULT_FLAGS, pack(">II", TRACK, SYNC))
    time = _full(b"tfdt", 1, 0, pack(">Q", decode_time))
    run_bytes = 8 + 4 + 4 + 4 + len(rows)  # header, flags, count, offset
    whole = 8 + len(number) + 8 + len(header) + len(time) + run_bytes
    run = _full(b"trun", 0, fields, pack(">Ii", len(samples), whole + 8) + rows)
    moof = _box(b"moof", number + _box(b"traf", header + time + run))
    return b"".join((moof, pack(">I4s", 8 + size, b"mdat"), *(one.data for one in samples)))


def _box(kind: bytes, body: bytes) -> bytes:
    return pack(">I4s", 8 + len(body), kind) + body


def _full(kind: bytes, version: int, flags: int, body: bytes) -> bytes:
    return _box(kind, pack(">I", version << 24 | flags) + body)
