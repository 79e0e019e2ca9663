"""Reads what the first frame of an MP3 file says of the whole: how many frames, how many samples.

Encoders put a frame of silence first, in which they note what the rest holds. What is noted is a
claim, as any header.

Law: one frame is looked at, behind the tag; nothing is counted.

Source: ISO/IEC 11172-3 2.4.1.3 and 13818-3 (frame header), the Xing and VBRI headers, "Mp3 Info Tag
rev 1" of LAME (delays: twelve bits each).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mediaflow.formats.mp3 import ID3_BYTES, id3_size

if TYPE_CHECKING:
    from mediaflow.probing.reading import HeaderReader

__all__ = ["Mp3Head", "read_mp3_head"]

FIRST_FRAME: Final = 1024  # an MPEG frame with its Xing or VBRI header, behind zeros
MPEG_1: Final = 3  # version field of the frame header
MONO: Final = 3
LAYER_3: Final = 1
SIDE_BYTES: Final = {(True, False): 32, (True, True): 17, (False, False): 17, (False, True): 9}
"""Bytes between the header of a frame and the note, by whether it is MPEG-1 and mono."""

SAMPLES: Final = {True: 1152, False: 576}  # a frame of layer III, by whether it is MPEG-1
VBRI_PLACE: Final = 36
VBRI_COUNTS: Final = 10  # bytes before the length of all, and the number of frames behind it
HAS_FRAMES, HAS_BYTES, HAS_TABLE, HAS_QUALITY = 1, 2, 4, 8
TABLE_BYTES: Final = 100
DELAY_PLACE: Final = 21  # from the name of the encoder
ENCODERS: Final = (b"LAME", b"L3.9", b"Lavf", b"Lavc", b"GOGO")
"""Programs that are known to note delays behind their name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mp3Head:
    """What the first frame notes; None is not noted."""

    is_noted: bool = False
    """Whether it is such a frame at all."""

    frames: int | None = None
    """Frames behind it."""

    end: int | None = None
    """Position behind the last frame."""

    frame_samples: int = 1152
    """Samples of each channel in a frame."""

    delay: int | None = None
    """Samples that the encoder put first; a decoder is 529 later still."""

    padding: int | None = None

    @property
    def samples(self) -> int | None:
        """Samples that were given to the encoder."""
        if self.frames is None or self.delay is None or self.padding is None:
            return None
        heard = self.frames * self.frame_samples - self.delay - self.padding
        return heard if heard > 0 else None


def read_mp3_head(source: HeaderReader) -> Mp3Head:
    """Read the first frame of an MP3 file.

    Args:
        source: The file.
    """
    start = id3_size(source.peek(0, ID3_BYTES))
    behind = source.peek(start, FIRST_FRAME)
    frame = behind.lstrip(b"\0")  # some programs count fewer zeros behind their tag than they write
    start += len(behind) - len(frame)
    if len(frame) < 4 or frame[0] != 0xFF or frame[1] & 0xE0 != 0xE0:
        return Mp3Head(is_noted=any(word in frame for word in (b"Xing", b"Info", b"VBRI")))
    is_first = frame[1] >> 3 & 3 == MPEG_1
    place = 4 + SIDE_BYTES[is_first, frame[3] >> 6 == MONO]
    if frame[place : place + 4] in (b"Xing", b"Info"):
        return _xing(frame[place:], start, SAMPLES[is_first])
    if frame[VBRI_PLACE : VBRI_PLACE + 4] == b"VBRI":
        at = VBRI_PLACE + VBRI_COUNTS
        length, count = _number(frame, at), _number(frame, at + 4)
        return Mp3Head(
            is_noted=True,
            frames=count or None,
            end=start + length if length else None,
            frame_samples=SAMPLES[is_first],
        )
    return Mp3Head(is_noted=any(word in frame for word in (b"Xing", b"Info", b"VBRI")))


def _xing(note: bytes, start: int, frame_samples: int) -> Mp3Head:
    """Return what a note of Xing says, whose name stands first in the bytes."""
    flags, at = _number(note, 4), 8
    frames = length = 0
    if flags & HAS_FRAMES:
        frames, at = _number(note, at), at + 4
    if flags & HAS_BYTES:
        length, at = _number(note, at), at + 4
    at += TABLE_BYTES if flags & HAS_TABLE else 0
    at += 4 if flags & HAS_QUALITY else 0
    delays = note[at + DELAY_PLACE : at + DELAY_PLACE + 3]
    is_known = note[at : at + 4] in ENCODERS and len(delays) == 3 and any(delays)
    both = int.from_bytes(delays, "big")
    return Mp3Head(
        is_noted=True,
        frames=frames or None,
        end=start + length if length else None,
        frame_samples=frame_samples,
        delay=both >> 12 if is_known else None,
        padding=both & 0xFFF if is_known else None,
    )


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "big")
