"""Films that lie: built from painted ones by changing boxes, times and names."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, TypeAlias

import av
import numpy as np
from av.stream import Disposition

from tests.film import counting_film
from tests.media import photo_jpeg

__all__ = [
    "box",
    "boxes",
    "covered_sound",
    "gapped_film",
    "many_samples",
    "many_tracks",
    "number",
    "rebuilt",
    "retimed",
    "table",
    "timeless",
    "with_reference",
]

Change: TypeAlias = Callable[[bytes], bytes | None]
"""Content of a box to its new content; None leaves the box out."""

PARENTS: Final = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"dinf")
DURATION: Final = b"\x44\x89\x88"  # of Matroska, 8 bytes long (RFC 9559 5.1.2.10)
VOID: Final = b"\xec\x89"


def number(value: int) -> bytes:
    """Return 32 bits, the first byte the highest."""
    return struct.pack(">I", value)


def box(kind: bytes, content: bytes) -> bytes:
    """Return a box of an ISO media file."""
    return number(len(content) + 8) + kind + content


def table(*values: int) -> bytes:
    """Return the content of a full box: version and flags 0, then numbers."""
    return b"".join(map(number, (0, *values)))


def boxes(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, start and end of the content of the boxes of one level."""
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], at + 8, at + size
        at += size


def rebuilt(data: bytes, changes: Mapping[bytes, Change]) -> bytes:
    """Return an ISO media file with other boxes; offsets of chunks stay as they were."""
    out = b""
    for kind, start, end in boxes(data):
        content: bytes | None = data[start:end]
        if kind in PARENTS:
            content = rebuilt(data[start:end], changes)
        if kind in changes:
            content = changes[kind](content or b"")
        if content is not None:
            out += box(kind, content)
    return out


def many_samples(data: bytes, count: int) -> bytes:
    """Return a film of one track whose tables claim samples of one byte in one chunk."""
    return rebuilt(
        data,
        {
            b"stsz": lambda _: table(1, count),
            b"stsc": lambda _: table(1, 1, count, 1),
            b"stco": lambda old: table(1) + old[8:12],
            b"stts": lambda _: table(1, count, 512),
        },
    )


def many_tracks(data: bytes, count: int) -> bytes:
    """Return a film whose last track is there a number of times."""

    def again(moov: bytes) -> bytes:
        kind, start, end = [one for one in boxes(moov) if one[0] == b"trak"][-1]
        return moov + box(kind, moov[start:end]) * (count - 1)

    return rebuilt(data, {b"moov": again})


def with_reference(data: bytes, url: str, levels: tuple[int, int] = (-1, -1)) -> bytes:
    """Return a film whose media lie at a URL, by its data references (ISO/IEC 14496-12 8.7.2).

    Args:
        data: The film.
        url: Where the media lie.
        levels: Folders up from the film and down to the media, in an alias of a Macintosh; -1 makes
            its path absolute.
    """
    path = url.removeprefix("file://").replace("/", ":").encode()
    alias = bytes(130) + struct.pack(">hh", *levels) + bytes(16)  # names, and levels of folders
    alias += struct.pack(">hH", 2, len(path)) + path + bytes(len(path) % 2)
    alias += struct.pack(">hH", -1, 0)
    entries = box(b"alis", table() + alias), box(b"url ", table() + url.encode() + b"\0")
    return rebuilt(data, {b"dref": lambda _: table(2) + b"".join(entries)})


def retimed(source: Path, target: Path, times: Sequence[Fraction | int]) -> Path:
    """Write the first packets of a film anew, shown at other times, in seconds."""
    with av.open(str(source)) as film, av.open(str(target), "w") as out:
        track = film.streams.video[0]
        copy = out.add_stream_from_template(track)
        for time, packet in zip(times, film.demux(track), strict=False):
            base = Fraction(packet.time_base.numerator, packet.time_base.denominator)
            packet.pts = packet.dts = round(time / base)
            packet.stream = copy
            out.mux(packet)
    return target


def gapped_film(path: Path, seconds: int) -> Path:
    """Write a Matroska film with nothing between its second frame and a third one.

    Its header tells no length.
    """
    plain = path.with_name(f"plain-{path.name}")
    counting_film(plain, frames=3, gop=1, sound=None)
    retimed(plain, path, [0, Fraction(1, 25), seconds])
    data = path.read_bytes()
    assert DURATION in data
    path.write_bytes(data.replace(DURATION, VOID + b"\x88", 1))
    plain.unlink()
    return path


def timeless(data: bytes) -> bytes:
    """Return an MP4 film of 25 frames and no sound with all of them shown at once, for no time."""
    return rebuilt(
        data,
        {
            b"mvhd": lambda old: old[:16] + number(0) + old[20:],
            b"tkhd": lambda old: old[:20] + number(0) + old[24:],
            b"mdhd": lambda old: old[:16] + number(0) + old[20:],
            b"stts": lambda _: table(1, 25, 0),
            b"edts": lambda _: None,
        },
    )


def covered_sound(path: Path) -> Path:
    """Write a second of silence with a cover, as an attachment where Matroska has them."""
    muxer, codec = {
        ".mka": ("matroska", "libopus"),
        ".mp3": ("mp3", "libmp3lame"),
        ".mp4": ("mp4", "aac"),
    }[path.suffix]
    with av.open(str(path), "w", format=muxer) as out:
        sound: Any = out.add_stream(codec, rate=48_000, layout="stereo")
        pictures: list[Any] = []
        if muxer == "matroska":
            out.add_attachment("cover.jpg", "image/jpeg", photo_jpeg(64, 48))
        else:
            cover: Any = out.add_stream("mjpeg", rate=1)
            cover.width, cover.height, cover.pix_fmt = 64, 48, "yuvj420p"
            cover.disposition = Disposition.attached_pic
            black = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")
            black.pts = 0
            pictures = [
                *cover.encode(black.reformat(format="yuvj420p", dst_color_range=2)),
                *cover.encode(None),
            ]
        for packet in pictures:
            out.mux(packet)
        for start in range(0, 48_000, 960):
            frame = av.AudioFrame.from_ndarray(
                np.zeros((2, 960), np.float32), format="fltp", layout="stereo"
            )
            frame.sample_rate, frame.pts = 48_000, start
            out.mux(sound.encode(frame))
        out.mux(sound.encode(None))
    return path
