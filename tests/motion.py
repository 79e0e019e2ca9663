"""Animations painted by code, and a reader of their containers that is apart from the library's.

The reader follows GIF89a, RFC 9649 and the PNG specification with as little as they allow: it cuts a
file into its blocks and reads numbers at the places that the texts name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from typing import Final

import av
import numpy as np
from PIL import Image

__all__ = ["MOVING", "Motion", "disc", "moving", "read_motion", "shown", "shown_by_ffmpeg"]

MOVING: Final = ("GIF", "PNG", "WEBP")


@dataclass(frozen=True)
class Motion:
    """What a container says."""

    plays: int
    """Plays in all; 0 for ever."""

    seconds: tuple[Fraction, ...]

    @property
    def total(self) -> Fraction:
        return sum(self.seconds, Fraction(0))


def disc(index: int, size: tuple[int, int] = (96, 64), *, clear: bool = False) -> Image.Image:
    """Paint a red disc that moves to the right by 6 px a frame and begins again, on blue or on nothing."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    inside = (x - (12 + 6 * index) % size[0]) ** 2 + (y - size[1] // 2) ** 2 < 100
    pixels = np.zeros((size[1], size[0], 4), np.uint8)
    pixels[...] = (0, 0, 0, 0) if clear else (20, 40, 200, 255)
    pixels[inside] = (230, 30, 30, 255)
    return Image.fromarray(pixels, "RGBA") if clear else Image.fromarray(pixels[..., :3].copy())


def moving(
    format: str,
    durations: list[int],
    *,
    plays: int | None = 0,
    size: tuple[int, int] = (96, 64),
    clear: bool = False,
) -> bytes:
    """Return a disc in motion with given durations in ms; ``plays`` None says nothing of them."""
    first, *rest = [disc(index, size, clear=clear) for index in range(len(durations))]
    loop: dict[str, int] = {}
    if plays is not None:
        loop = {"loop": plays - 1 if format == "GIF" and plays else plays}
    if format == "GIF" and plays == 1:
        loop = {}
    if format == "AVIF":
        loop = {"quality": 90, "speed": 10}
    if clear and format == "GIF":
        loop["disposal"] = 2
    stream = BytesIO()
    first.save(stream, format, save_all=True, append_images=rest, duration=durations, **loop)
    return stream.getvalue()


def read_motion(data: bytes) -> Motion:
    """Return plays and durations as the bytes of a GIF, WebP or APNG have them."""
    if data[:4] == b"RIFF":
        return _webp(data)
    return _gif(data) if data[:3] == b"GIF" else _png(data)


def _gif(data: bytes) -> Motion:
    # a graphic control extension always has these six fixed bytes around its values
    delays = re.findall(rb"!\xf9\x04.(..).\x00(?=,)", data, re.DOTALL)
    repeats = re.search(rb"!\xff\x0bNETSCAPE2\.0\x03\x01(..)\x00", data, re.DOTALL)
    count = None if repeats is None else int.from_bytes(repeats[1], "little")
    plays = 1 if count is None else count + 1 if count else 0
    seconds = tuple(Fraction(int.from_bytes(delay, "little"), 100) for delay in delays)
    return Motion(plays, seconds)


def _webp(data: bytes) -> Motion:
    plays, seconds, at = 1, [], 12
    while at < len(data):
        kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        body = data[at + 8 : at + 8 + length]
        if kind == b"ANIM":
            plays = int.from_bytes(body[4:6], "little")
        if kind == b"ANMF":
            seconds.append(Fraction(int.from_bytes(body[12:15], "little"), 1000))
        at += 8 + length + (length & 1)
    return Motion(plays, tuple(seconds))


def _png(data: bytes) -> Motion:
    plays, seconds, at = 1, [], 8
    while at < len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        body = data[at + 8 : at + 8 + length]
        if kind == b"acTL":
            plays = int.from_bytes(body[4:], "big")
        if kind == b"fcTL":
            over = int.from_bytes(body[22:24], "big") or 100
            seconds.append(Fraction(int.from_bytes(body[20:22], "big"), over))
        at += 12 + length
    return Motion(plays, tuple(seconds))


def shown(data: bytes) -> list[np.ndarray]:
    """Return the frames as Pillow composes them, (height, width, 4)."""
    frames = []
    with Image.open(BytesIO(data)) as picture:
        for index in range(getattr(picture, "n_frames", 1)):
            picture.seek(index)
            frames.append(np.asarray(picture.convert("RGBA")))
    return frames


def shown_by_ffmpeg(data: bytes) -> list[np.ndarray]:
    """Return the frames as FFmpeg composes them, (height, width, 4); GIF and APNG only."""
    with av.open(BytesIO(data)) as container:
        return [frame.to_ndarray(format="rgba") for frame in container.decode(video=0)]
