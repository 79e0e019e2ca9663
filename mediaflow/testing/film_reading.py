"""Reads films that a suite has written or made: frames with their times, flashes, beeps, boxes.

Law: a container comes in that is open already, and is decoded from where it stands. Only PyAV's
plain ways are used, none of the library's rooms.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final, cast

import av
import numpy as np
import numpy.typing as npt

from mediaflow.testing.films import is_lit, read_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from av.container import InputContainer
    from av.video.stream import VideoStream

    from mediaflow.libav.compat import Ratio

__all__ = [
    "first_channel",
    "fraction_of",
    "moving_stream",
    "numbers_in",
    "offsets_in",
    "offsets_of",
    "time_of",
    "top_boxes",
]

ATTACHED_PICTURE: Final = 0x400  # AV_DISPOSITION_ATTACHED_PIC
SLACK: Final = 0.06  # s; a flash further from a beep belongs to none


def fraction_of(value: Ratio | None) -> Fraction:
    """Return a rational of either generation of PyAV."""
    assert value is not None
    return Fraction(value.numerator, value.denominator)


def moving_stream(film: InputContainer) -> VideoStream:
    """Return the first video stream that is no attached picture."""
    return next(
        stream for stream in film.streams.video if not int(stream.disposition) & ATTACHED_PICTURE
    )


def numbers_in(film: InputContainer) -> list[tuple[Fraction, int]]:
    """Return time, in seconds by the file's own stamps, and number of each frame of a film."""
    frames = film.decode(moving_stream(film))
    return [
        (time_of(frame), read_number(frame)) for frame in frames if isinstance(frame, av.VideoFrame)
    ]


def offsets_in(film: InputContainer) -> list[float]:
    """Return by how many seconds each beep of a counting film comes after its flash.

    Raises:
        ValueError: The number of flashes and beeps differs, or there are none.
    """
    frames: list[av.VideoFrame] = []
    sounds: list[av.AudioFrame] = []
    for frame in film.decode(moving_stream(film), *film.streams.audio[:1]):
        if isinstance(frame, av.AudioFrame):
            sounds.append(frame)
        elif isinstance(frame, av.VideoFrame):
            frames.append(frame)
    return offsets_of(frames, sounds)


def offsets_of(frames: Sequence[av.VideoFrame], sounds: Sequence[av.AudioFrame]) -> list[float]:
    """Return by how many seconds each beep comes after its flash, of decoded frames and sound.

    Raises:
        ValueError: The number of flashes and beeps differs, or there are none.
    """
    lit = [is_lit(frame) for frame in frames]
    flashes = [
        time_of(frame)
        for frame, is_now, was in zip(frames, lit, [False, *lit], strict=False)
        if is_now and not was
    ]
    beeps = _beep_onsets(sounds)
    if len(flashes) != len(beeps) or not flashes:
        raise ValueError(
            f"flashes at {[*map(float, flashes)]} s, beeps at {[*map(float, beeps)]} s"
        )
    return [float(beep - flash) for flash, beep in zip(flashes, beeps, strict=True)]


def top_boxes(data: bytes) -> list[str]:
    """Return the names of the outer boxes of an mp4 or mov (ISO/IEC 14496-12 4.2)."""
    found, at = [], 0
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4])
        found.append(data[at + 4 : at + 8].decode("latin-1"))
        if length == 1:
            length = int.from_bytes(data[at + 8 : at + 16])
        if length < 8:
            break
        at += length
    return found


def time_of(frame: av.VideoFrame | av.AudioFrame) -> Fraction:
    """Return the time stamp of a frame in seconds."""
    assert frame.pts is not None
    return frame.pts * fraction_of(frame.time_base)


def _beep_onsets(frames: Sequence[av.AudioFrame]) -> list[Fraction]:
    """Return where the mean power around a sample reaches half of a beep's: there it starts."""
    if not frames:
        return []
    start, rate = time_of(frames[0]), frames[0].sample_rate
    sound = np.concatenate([first_channel(frame) for frame in frames])
    window = rate * 4 // 1000  # four periods of the beep
    # silence before the first sample, so that a beep which starts with the track is seen
    power = np.convolve(np.concatenate([np.zeros(window), sound]) ** 2, np.ones(window), "same")
    loud = power > power.max() / 2
    edges = np.flatnonzero(loud[1:] & ~loud[:-1]) + 1 - window
    kept: list[Fraction] = []
    for edge in edges:
        time = start + Fraction(int(edge), rate)
        if power.max() > 1e-3 * np.abs(sound).max() ** 2 and (not kept or time - kept[-1] > SLACK):
            kept.append(time)
    return kept


def first_channel(frame: av.AudioFrame) -> npt.NDArray[np.float64]:
    """Return the samples of the first channel of a frame, as they are."""
    array = frame.to_ndarray().astype(np.float64)
    whole = array.reshape(-1, len(frame.layout.channels)).T
    return cast("npt.NDArray[np.float64]", (array if frame.format.is_planar else whole)[0])
