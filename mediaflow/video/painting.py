"""Paints a short film with sound by code: a slow pan over a painted landscape, and a chord.

It is the demonstration's input where nobody brings a film. The same size and length give the same
frames.

Law: arithmetic on arrays and an encoder; no file is read or written.
"""

from __future__ import annotations

import io
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import av
import numpy as np

from mediaflow.errors import SpecError
from mediaflow.geometry import Size
from mediaflow.image.painting import paint_landscape
from mediaflow.libav.options import set_options
from mediaflow.libav.translate import translated

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt
    from av.container import OutputContainer

__all__ = ["CLIP_SIZE", "paint_clip"]

CLIP_SIZE: Final = Size(1280, 720)
FRAME_RATE: Final = 24
SAMPLE_RATE: Final = 48_000
SOUND_FRAME: Final = 1024  # samples that AAC takes at once
MARGIN: Final = Fraction(3, 2)  # the landscape is so many times as large as what the film shows
CHORD: Final = (220.0, 277.18, 329.63, 440.0)  # Hz: A major
LOUDNESS: Final = 0.08  # of full scale, each tone
ATTACK_SECONDS: Final = 0.4
SMALLEST_SIDE: Final = 32  # px
LONGEST_SECONDS: Final = 60


def paint_clip(seconds: float = 4.0, size: Size = CLIP_SIZE) -> bytes:
    """Paint a film and return it as an mp4 with H.264 and AAC, 24 frames a second.

    Args:
        seconds: Length, up to 60.
        size: Width and height in px, even, at least 32 each.

    Raises:
        SpecError: The length or the size is out of range.
    """
    sides = (size.width, size.height)
    if min(sides) < SMALLEST_SIDE or any(side % 2 for side in sides):
        raise SpecError(f"a film has even sides from {SMALLEST_SIDE} px, got {size}")
    if not 0 < seconds <= LONGEST_SECONDS:
        raise SpecError(f"a painted film lasts up to {LONGEST_SECONDS} s, got {seconds!r}")
    buffer = io.BytesIO()
    with translated(stage="encode"), av.open(buffer, "w", format="mp4") as film:
        _write(film, seconds, size)
    return buffer.getvalue()


def _write(film: OutputContainer, seconds: float, size: Size) -> None:
    video = film.add_stream("libx264", rate=FRAME_RATE)
    video.width, video.height, video.pix_fmt = size.width, size.height, "yuv420p"
    context = video.codec_context
    context.thread_type = "FRAME"
    set_options(context, (("preset", "veryfast"), ("crf", 20)))
    context.color_primaries = context.color_trc = context.colorspace = 1  # BT.709
    context.color_range = 1  # limited
    sound = film.add_stream("aac", rate=SAMPLE_RATE)
    sound.bit_rate = 128_000
    samples = _chord(seconds)
    heard = 0
    for index, pixels in enumerate(_frames(seconds, size)):
        picture = av.VideoFrame.from_ndarray(pixels, format="rgb24")
        frame = picture.reformat(format="yuv420p", dst_colorspace="ITU709")
        frame.pts = index
        frame.time_base = Fraction(1, FRAME_RATE)
        film.mux(video.encode(frame))
        until = (index + 1) * SAMPLE_RATE // FRAME_RATE
        while heard < min(until, samples.shape[1]):
            film.mux(sound.encode(_sound_frame(samples, heard)))
            heard += SOUND_FRAME
    film.mux(video.encode(None))
    film.mux(sound.encode(None))


def _frames(seconds: float, size: Size) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield what a window sees that glides over the landscape, slow at both ends."""
    large = Size(int(size.width * MARGIN), int(size.height * MARGIN))
    landscape = paint_landscape(large)
    count = max(round(seconds * FRAME_RATE), 1)
    for index in range(count):
        share = (1 - math.cos(math.pi * index / max(count - 1, 1))) / 2
        left = round(share * (large.width - size.width))
        top = round((1 - share) * (large.height - size.height))
        window = landscape[top : top + size.height, left : left + size.width]
        yield np.ascontiguousarray(window)


def _chord(seconds: float) -> npt.NDArray[np.float32]:
    """Return two channels of a chord that swells and fades, (2, samples), -1 to 1."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    swell = np.clip(np.minimum(time, seconds - time) / ATTACK_SECONDS, 0, 1)
    tones = [np.sin(2 * math.pi * pitch * time) for pitch in CHORD]
    left = sum(tones[::2]) + 0.5 * sum(tones[1::2])
    right = sum(tones[1::2]) + 0.5 * sum(tones[::2])
    return (np.stack([left, right]) * swell * LOUDNESS).astype(np.float32)


def _sound_frame(samples: npt.NDArray[np.float32], start: int) -> av.AudioFrame:
    part = np.ascontiguousarray(samples[:, start : start + SOUND_FRAME])
    frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
    frame.sample_rate = SAMPLE_RATE
    frame.pts = start
    frame.time_base = Fraction(1, SAMPLE_RATE)
    return frame
