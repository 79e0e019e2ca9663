"""Films painted by code: frames that carry their number, flashes with beeps, four quarters.

What a film shows is known by arithmetic, and the readers here work on any decoded frame, also one
that was scaled to a half or compressed hard. Only NumPy and PyAV are used, and PyAV the plain way.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import av
import numpy as np
import numpy.typing as npt
import pytest

from tests.media import QUADRANTS

__all__ = [
    "CONTAINERS",
    "MATRICES",
    "STORED",
    "av_offsets",
    "counting_film",
    "cut",
    "ffprobe",
    "frame_numbers",
    "is_lit",
    "moving_stream",
    "numbers_of",
    "quadrant_film",
    "read_number",
    "read_quadrants",
    "solid_film",
]

Pixels: TypeAlias = npt.NDArray[np.uint8]
Seconds: TypeAlias = Fraction | float | int

CONTAINERS: Final = {
    "asf": ("asf", "wmv2", "mp2"),
    "avi": ("avi", "mpeg4", "pcm_s16le"),
    "flv": ("flv", "libx264", "aac"),
    "mkv": ("matroska", "libx264", "aac"),
    "mov": ("mov", "libx264", "aac"),
    "mp4": ("mp4", "libx264", "aac"),
    "mpg": ("mpeg", "mpeg2video", "mp2"),
    "mxf": ("mxf", "mpeg2video", "pcm_s16le"),
    "ts": ("mpegts", "libx264", "aac"),
    "webm": ("webm", "libvpx", "libopus"),
}
"""By extension: FFmpeg's muxer, and the codecs that films are painted with."""

COLUMNS, ROWS = 8, 3
"""Blocks of a counting frame: two rows for the number, the last one gray with a flash at its end."""

BITS: Final = 12
CHECK: Final = 8  # the last four blocks hold the number of white ones, modulo this, and one white
FLASH_SECONDS: Final = Fraction(1, 10)
BEEP_SECONDS: Final = 0.05
BEEP_HZ: Final = 1000
SLACK: Final = 0.06  # s; a flash further from a beep belongs to none

MATRICES: Final = {
    1: (1, 0, 0, 1),
    2: (-1, 0, 0, 1),
    3: (-1, 0, 0, -1),
    4: (1, 0, 0, -1),
    5: (0, 1, 1, 0),
    6: (0, 1, -1, 0),
    7: (0, -1, -1, 0),
    8: (0, -1, 1, 0),
}
"""a, b, c, d of ISO/IEC 14496-12 8.3.2 by EXIF orientation: x' = a x + c y, y' = b x + d y."""

STORED: Final[dict[int, Callable[[npt.NDArray[Any]], npt.NDArray[Any]]]] = {
    1: lambda up: up,
    2: lambda up: up[:, ::-1],
    3: lambda up: up[::-1, ::-1],
    4: lambda up: up[::-1],
    5: lambda up: up.swapaxes(0, 1),
    6: lambda up: np.rot90(up, 1),
    7: lambda up: up[::-1, ::-1].swapaxes(0, 1),
    8: lambda up: np.rot90(up, -1),
}
"""What makes upright samples the stored ones of an EXIF orientation."""


def counting_film(
    path: Path,
    *,
    frames: int = 50,
    size: tuple[int, int] = (160, 90),
    fps: Seconds = 25,
    pts: Sequence[Seconds] | None = None,
    codec: str | None = None,
    container: str | None = None,
    gop: int = 12,
    b_frames: int = 0,
    open_gop: bool = False,
    orientation: int = 1,
    first_number: int = 0,
    **options: Any,
) -> Path:
    """Write a film whose frames carry their number; see ``_write`` for the other options.

    Each whole second begins with a flash in the lower right corner and a beep, at exactly the time
    of the first frame of that second.

    Args:
        path: File to write.
        frames: How many; with ``pts``, as many as there are times.
        size: Width and height of the upright frame.
        fps: Constant rate.
        pts: Times of the frames in seconds, from 0, in place of the rate.
        codec: FFmpeg's name of the encoder; None takes the container's of :data:`CONTAINERS`.
        container: An extension of :data:`CONTAINERS`, or FFmpeg's name of a muxer; None takes the
            extension of the path.
        gop: Frames between keyframes.
        b_frames: Frames in a row that are predicted from both sides.
        open_gop: Whether frames before a keyframe, in display, may use the one before it.
        orientation: EXIF orientation; the samples are stored turned and a display matrix says so.
        first_number: Number of the first frame.
    """
    times = _times(frames, fps, pts)
    marks = _marks(times)

    def paint(index: int) -> Pixels:
        lit = any(mark <= times[index] < mark + FLASH_SECONDS for mark in marks)
        return STORED[orientation](_numbered(first_number + index, size, lit=lit))

    return _write(
        path,
        paint,
        times,
        marks,
        codec=codec,
        container=container,
        rate=None if pts is not None else Fraction(fps),
        codec_options={**_gop_options(gop, b_frames, open_gop), **options.pop("codec_options", {})},
        matrix=orientation,
        **options,
    )


def quadrant_film(
    path: Path,
    orientation: int = 1,
    *,
    size: tuple[int, int] = (160, 96),
    frames: int = 5,
    fps: Seconds = 25,
    **options: Any,
) -> Path:
    """Write a film that is upright red, green, blue and yellow by its display matrix.

    Args:
        path: File to write; mp4, mov and mkv keep a display matrix.
        orientation: EXIF orientation of the stored samples.
        size: Width and height of the upright frame.
        frames: How many frames.
        fps: Constant rate.
    """
    width, height = size
    upright = np.empty((height, width, 3), np.uint8)
    middle = (height // 2, width // 2)
    upright[: middle[0], : middle[1]] = QUADRANTS[0]
    upright[: middle[0], middle[1] :] = QUADRANTS[1]
    upright[middle[0] :, : middle[1]] = QUADRANTS[2]
    upright[middle[0] :, middle[1] :] = QUADRANTS[3]
    stored = np.ascontiguousarray(STORED[orientation](upright))
    times = _times(frames, fps, None)
    options.setdefault("sound", None)
    return _write(
        path,
        lambda _: stored,
        times,
        _marks(times),
        rate=Fraction(fps),
        codec=options.pop("codec", None),
        container=options.pop("container", None),
        codec_options=options.pop("codec_options", {}),
        matrix=orientation,
        **options,
    )


def solid_film(
    path: Path,
    yuv: tuple[int, int, int],
    *,
    size: tuple[int, int] = (64, 48),
    frames: int = 3,
    pixel_format: str = "yuv420p",
    codec: str = "ffv1",
    **options: Any,
) -> Path:
    """Write a film of one colour by its sample values; ffv1 in mkv keeps them exactly.

    Args:
        path: File to write.
        yuv: Values of all samples of the three planes: of 8 bits, or of as many as the format has.
        size: Width and height.
        frames: How many frames.
        pixel_format: A planar format of three planes.
        codec: FFmpeg's name of the encoder.
    """
    frame = av.VideoFrame(size[0], size[1], pixel_format)
    deep = "10" in pixel_format or "12" in pixel_format
    for plane, value in zip(frame.planes, yuv, strict=True):
        count = plane.buffer_size // (2 if deep else 1)
        plane.update(np.full(count, value, "<u2" if deep else "u1").tobytes())
    times = _times(frames, 25, None)
    options.setdefault("sound", None)
    return _write(
        path,
        lambda _: frame,
        times,
        (),
        rate=Fraction(25),
        codec=codec,
        container=options.pop("container", None),
        codec_options=options.pop("codec_options", {}),
        matrix=1,
        pixel_format=pixel_format,
        **options,
    )


def read_number(picture: npt.NDArray[Any] | av.VideoFrame) -> int:
    """Return the number that a frame or an array of (height, width[, 3]) carries.

    Raises:
        ValueError: The blocks break their own rule: it is no counting frame, or is turned.
    """
    values = [
        int(_block(_gray(picture), index % COLUMNS, index // COLUMNS) > 127)
        for index in range(2 * COLUMNS)
    ]
    number = sum(bit << place for place, bit in enumerate(values[:BITS]))
    check = sum(bit << place for place, bit in enumerate(values[BITS : BITS + 3]))
    if check != number.bit_count() % CHECK or values[-1] != 1:
        raise ValueError(f"no counting frame: its blocks are {values}")
    return number


def is_lit(picture: npt.NDArray[Any] | av.VideoFrame) -> bool:
    """Tell whether the corner of a counting frame flashes."""
    return bool(_block(_gray(picture), COLUMNS - 1, ROWS - 1) > 200)


def read_quadrants(picture: npt.NDArray[Any] | av.VideoFrame) -> tuple[tuple[int, int, int], ...]:
    """Return the nearest of the four colours in each quarter: upper left and right, lower ones.

    An upright film gives :data:`tests.media.QUADRANTS`.
    """
    array = picture.to_ndarray(format="rgb24") if isinstance(picture, av.VideoFrame) else picture
    height, width = array.shape[:2]
    found = []
    for down in (1, 3):
        for across in (1, 3):
            y, x = height * down // 4, width * across // 4
            spot = array[y - height // 16 : y + height // 16 + 1, x - 2 : x + 3, :3]
            mean = spot.reshape(-1, 3).mean(axis=0)
            found.append(min(QUADRANTS, key=lambda color: float(np.abs(mean - color).sum())))
    return tuple(found)


def frame_numbers(path: Path | str) -> list[tuple[Fraction, int]]:
    """Return time and number of all frames of a film by decoding it from start to end.

    Times are seconds by the file's own time stamps.
    """
    found = []
    with av.open(str(path)) as film:
        stream = moving_stream(film)
        for frame in film.decode(stream):
            assert frame.pts is not None
            found.append((frame.pts * _fraction(frame.time_base), read_number(frame)))
    return found


def numbers_of(path: Path | str) -> list[int]:
    """Return the numbers of all frames of a film in the order of display."""
    return [number for _, number in frame_numbers(path)]


def av_offsets(path: Path | str) -> list[float]:
    """Return by how many seconds each beep of a counting film comes after its flash.

    A flash without a beep within 60 ms, or a beep without a flash, counts as a failure.

    Raises:
        ValueError: The number of flashes and beeps differs, or there are none.
    """
    flashes, beeps = _flash_onsets(path), _beep_onsets(path)
    if len(flashes) != len(beeps) or not flashes:
        raise ValueError(f"flashes at {flashes} s, beeps at {beeps} s")
    return [beep - flash for flash, beep in zip(flashes, beeps, strict=True)]


def cut(path: Path, share: float) -> Path:
    """Cut a file off after a share of its bytes, in place."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def ffprobe(path: Path | str, *arguments: str) -> dict[str, Any]:
    """Return what the ffprobe program says of a file; skip the test where there is none."""
    program = shutil.which("ffprobe")
    if program is None:
        pytest.skip("the ffprobe program is not installed")
    asked = arguments or ("-show_format", "-show_streams")
    done = subprocess.run(
        [program, "-v", "error", "-of", "json", *asked, str(path)],
        capture_output=True,
        timeout=60,
        check=True,
    )
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def _times(frames: int, fps: Seconds, pts: Sequence[Seconds] | None) -> list[Fraction]:
    if pts is not None:
        return [Fraction(time).limit_denominator(1_000_000) for time in pts]
    return [index / Fraction(fps) for index in range(frames)]


def _marks(times: Sequence[Fraction]) -> tuple[Fraction, ...]:
    """Return the times of the first frame of each second."""
    pairs = zip([None, *times], times, strict=False)
    return tuple(time for last, time in pairs if last is None or time // 1 != last // 1)


def _numbered(number: int, size: tuple[int, int], *, lit: bool) -> Pixels:
    """Paint a frame, gray: (height, width)."""
    assert 0 <= number < 1 << BITS
    bits = [number >> place & 1 for place in range(BITS)]
    bits += [number.bit_count() % CHECK >> place & 1 for place in range(3)] + [1]
    width, height = size
    across = np.arange(width) * COLUMNS // width
    down = np.arange(height) * ROWS // height
    blocks = np.full((ROWS, COLUMNS), 90, np.uint8)
    blocks[:2] = np.array(bits, np.uint8).reshape(2, COLUMNS) * 255
    blocks[2, -2:] = 255 if lit else 0
    return np.ascontiguousarray(blocks[down][:, across])


def _gop_options(gop: int, b_frames: int, open_gop: bool) -> dict[str, str]:
    return {
        "g": str(gop),
        "keyint_min": str(gop),
        "bf": str(b_frames),
        **({} if open_gop else {"flags": "+cgop"}),
    }


def _write(
    path: Path,
    paint: Callable[[int], Pixels | av.VideoFrame],
    times: Sequence[Fraction],
    marks: Sequence[Fraction],
    *,
    codec: str | None,
    container: str | None,
    rate: Fraction | None,
    codec_options: dict[str, str],
    matrix: int,
    sound: Literal["beeps", "silence"] | None = "beeps",
    sound_codec: str | None = None,
    sample_rate: int = 48_000,
    layout: str = "stereo",
    sound_delay: Seconds = 0,
    sound_tail: Seconds = 0,
    languages: Sequence[str | None] = (None,),
    start_offset: Seconds = 0,
    sar: Fraction | None = None,
    color: tuple[int, int, int] | None = None,
    full_range: bool = False,
    pixel_format: str = "yuv420p",
    metadata: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
) -> Path:
    """Write a film.

    Args:
        sound: What is heard; None writes no sound track.
        sound_codec: FFmpeg's name of the encoder.
        sample_rate: Hz.
        layout: FFmpeg's name of the channel layout.
        sound_tail: By how many seconds sound goes on after the last frame.
        sound_delay: By how many seconds the beeps come late, for tests of what measures that.
        languages: A sound track for each, all alike; None has no language.
        start_offset: Added to all time stamps; may be below 0 where the container allows it.
        sar: Sample aspect ratio.
        color: Code points of primaries, transfer and matrix (ITU-T H.273); None leaves untagged.
        full_range: Whether luma runs from 0 to 255, and is tagged so.
        pixel_format: FFmpeg's name of the sample layout.
        metadata: Tags of the container.
        container_options: Options of the muxer.
    """
    extension = container or path.suffix[1:]
    muxer, usual, usual_sound = CONTAINERS.get(extension, (extension, "libx264", "aac"))
    offset = Fraction(start_offset).limit_denominator(1_000_000)
    with av.open(str(path), "w", format=muxer, options=container_options or {}) as film:
        film.metadata.update(metadata or {})
        first = paint(0)
        height, width = (
            (first.height, first.width) if isinstance(first, av.VideoFrame) else first.shape[:2]
        )
        video: Any = film.add_stream(codec or usual, rate=rate or Fraction(30))
        video.width, video.height, video.pix_fmt = width, height, pixel_format
        context = video.codec_context
        context.time_base = 1 / rate if rate is not None else Fraction(1, 90_000)
        context.options = {**_codec_options(codec or usual), **codec_options}
        context.thread_count = 1
        if sar is not None:
            context.sample_aspect_ratio = sar
        if color is not None:
            context.color_primaries, context.color_trc, context.colorspace = color
        if full_range or color is not None:
            context.color_range = 2 if full_range else 1
        if matrix != 1:
            a, b, c, d = (value << 16 for value in MATRICES[matrix])
            video.set_display_matrix([a, b, 0, c, d, 0, 0, 0, 1 << 30])
        tracks: list[Any] = []
        for language in languages if sound is not None else ():
            track = film.add_stream(sound_codec or usual_sound, rate=sample_rate, layout=layout)
            if language is not None:
                track.metadata["language"] = language
            tracks.append(track)
        last = times[-1] - times[-2] if len(times) > 1 else Fraction(1, 25)
        blocks = _sound(
            marks if sound == "beeps" else (),
            Fraction(sound_delay).limit_denominator(1_000_000),
            times[-1] + last + Fraction(sound_tail),
            offset,
            sample_rate,
            layout,
        )
        block = next(blocks, None)
        for index, time in enumerate(times):
            while tracks and block is not None and block[0] <= time:
                _send(film, tracks, block[1])
                block = next(blocks, None)
            frame = _frame(first if index == 0 else paint(index), full_range, pixel_format)
            frame.pts = round((time + offset) / _fraction(context.time_base))
            frame.time_base = _fraction(context.time_base)
            film.mux(video.encode(frame))
        while tracks and block is not None:
            _send(film, tracks, block[1])
            block = next(blocks, None)
        film.mux(video.encode(None))
        for track in tracks:
            film.mux(track.encode(None))
    return path


def _codec_options(codec: str) -> dict[str, str]:
    known = {
        "libx264": {"preset": "ultrafast", "crf": "20", "sc_threshold": "0"},
        "libx265": {"preset": "ultrafast", "x265-params": "log-level=none:pools=1"},
        "libvpx": {"deadline": "realtime", "cpu-used": "8", "b": "800k", "auto-alt-ref": "0"},
        "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8", "crf": "30", "b": "0"},
    }
    # FFmpeg's own encoders close a GOP only where they may not look for cuts
    return known.get(codec, {"b": "1M", "sc_threshold": "1000000000"})


def _frame(painted: Pixels | av.VideoFrame, full_range: bool, pixel_format: str) -> av.VideoFrame:
    """Return what was painted as a frame of its own."""
    if isinstance(painted, av.VideoFrame):
        return av.VideoFrame.from_ndarray(painted.to_ndarray(), format=painted.format.name)
    height, width = painted.shape[:2]
    if painted.ndim == 3:
        rgb = av.VideoFrame.from_ndarray(np.ascontiguousarray(painted), format="rgb24")
        color_range = 2 if full_range else 1
        return rgb.reformat(
            format=pixel_format, dst_colorspace=5, src_color_range=2, dst_color_range=color_range
        )
    luma = painted if full_range else (16 + painted.astype(np.uint16) * 219 // 255).astype(np.uint8)
    if pixel_format not in ("yuv420p", "yuvj420p"):
        gray = av.VideoFrame.from_ndarray(np.repeat(painted[..., None], 3, axis=2), format="rgb24")
        return gray.reformat(format=pixel_format, dst_color_range=2 if full_range else 1)
    chroma = np.full(2 * ((width + 1) // 2) * ((height + 1) // 2), 128, np.uint8)
    frame = av.VideoFrame(width, height, pixel_format)
    _fill(frame.planes[0], luma)
    for plane in frame.planes[1:]:
        _fill(plane, chroma[: len(chroma) // 2].reshape((height + 1) // 2, -1))
    return frame


def _fill(plane: Any, values: Pixels) -> None:
    rows = np.zeros((plane.height, plane.line_size), np.uint8)
    rows[:, : plane.width] = values
    plane.update(rows.tobytes())


def _sound(
    marks: Sequence[Fraction],
    delay: Fraction,
    length: Fraction,
    offset: Fraction,
    sample_rate: int,
    layout: str,
) -> Iterator[tuple[Fraction, av.AudioFrame]]:
    """Yield time and samples of a sound, block by block."""
    count = round(length * sample_rate)
    samples = np.zeros(count, np.float32)
    beep = np.sin(2 * np.pi * BEEP_HZ * np.arange(round(BEEP_SECONDS * sample_rate)) / sample_rate)
    for mark in marks:
        start = round((mark + delay) * sample_rate)
        room = samples[start : start + len(beep)]
        room += 0.6 * beep[: len(room)].astype(np.float32)
    channels = len(av.AudioLayout(layout).channels)
    for start in range(0, count, 1024):
        part = np.tile(samples[start : start + 1024], (channels, 1))
        frame = av.AudioFrame.from_ndarray(part, format="fltp", layout=layout)
        frame.sample_rate, frame.time_base = sample_rate, Fraction(1, sample_rate)
        frame.pts = start + round(offset * sample_rate)
        yield Fraction(start, sample_rate), frame


def _send(film: Any, tracks: Sequence[Any], frame: av.AudioFrame) -> None:
    for track in tracks:
        pts, time_base = frame.pts, frame.time_base
        film.mux(track.encode(frame))
        frame.pts, frame.time_base = pts, time_base  # encode rewrites them in place


def moving_stream(film: Any) -> Any:
    """Return the first video stream that is no attached picture."""
    return next(
        stream
        for stream in film.streams.video
        if not int(stream.disposition) & 0x400  # AV_DISPOSITION_ATTACHED_PIC
    )


def _fraction(value: Any) -> Fraction:
    return Fraction(value.numerator, value.denominator)


def _gray(picture: npt.NDArray[Any] | av.VideoFrame) -> npt.NDArray[Any]:
    if isinstance(picture, av.VideoFrame):
        return picture.to_ndarray(format="rgb24")[..., 1]
    return picture if picture.ndim == 2 else picture[..., :3].mean(axis=2)


def _block(gray: npt.NDArray[Any], column: int, row: int) -> float:
    """Return the mean of the middle of a block."""
    height, width = gray.shape
    left, right = (width * (column + share) / COLUMNS for share in (0.3, 0.7))
    top, bottom = (height * (row + share) / ROWS for share in (0.3, 0.7))
    return float(gray[int(top) : int(bottom) + 1, int(left) : int(right) + 1].mean())


def _flash_onsets(path: Path | str) -> list[float]:
    onsets, was_lit = [], False
    with av.open(str(path)) as film:
        for frame in film.decode(moving_stream(film)):
            lit = is_lit(frame)
            if lit and not was_lit:
                onsets.append(float(frame.pts * _fraction(frame.time_base)))
            was_lit = lit
    return onsets


def _beep_onsets(path: Path | str) -> list[float]:
    """Return where the mean power around a sample reaches half of a beep's: there it starts."""
    parts, start, rate = [], None, 0
    with av.open(str(path)) as film:
        for frame in film.decode(audio=0):
            rate = frame.sample_rate
            if start is None:
                start = float(frame.pts * _fraction(frame.time_base))
            array = frame.to_ndarray().astype(np.float64)
            whole = array.reshape(-1, len(frame.layout.channels)).T
            parts.append((array if frame.format.is_planar else whole)[0])
    if start is None:
        return []
    sound = np.concatenate(parts)
    window = rate * 4 // 1000  # four periods of the beep
    # silence before the first sample, so that a beep which starts with the track is seen
    power = np.convolve(np.concatenate([np.zeros(window), sound]) ** 2, np.ones(window), "same")
    loud = power > power.max() / 2
    edges = np.flatnonzero(loud[1:] & ~loud[:-1]) + 1 - window
    kept: list[float] = []
    for edge in edges:
        time = start + float(edge) / rate
        if power.max() > 1e-3 * np.abs(sound).max() ** 2 and (not kept or time - kept[-1] > SLACK):
            kept.append(time)
    return kept
