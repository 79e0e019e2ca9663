"""Films in scenes, painted by code, and a reader of storyboard tracks, for the suite of back ends.

Each frame carries its number, so that any picture of the film tells when it was shown. A scene has
two colours of its own; it may be black, blurred, or a dissolve into the next one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Literal, TypeAlias
from urllib.parse import unquote

import numpy as np

from mediaflow.testing.film_writing import write_film
from mediaflow.testing.films import numbered

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Unpack

    from mediaflow.testing.film_writing import FilmOptions
    from mediaflow.testing.pngs import Pixels

__all__ = ["FPS", "CueRead", "Painted", "read_track", "scene_film"]

FPS: Final = 10
INKS: Final = (
    ((150, 80, 80), (205, 135, 135)),
    ((80, 150, 80), (135, 205, 135)),
    ((80, 80, 150), (135, 135, 205)),
)
"""Dark and light colour of each scene in turn: their means lie on both sides of the middle, and so
near to it that another number is no other scene."""

BLUR: Final = 9  # px that are averaged along each axis, twice

Look: TypeAlias = Literal["sharp", "black", "blurred", "dissolve"]

_CUE: Final = re.compile(
    r"(\d{2,}):(\d{2}):(\d{2})\.(\d{3}) --> (\d{2,}):(\d{2}):(\d{2})\.(\d{3})\n"
    r"([^\n#]+)#xywh=(\d+),(\d+),(\d+),(\d+)"
)


@dataclass(frozen=True, slots=True)
class Painted:
    """A scene: how many frames it has, and what they look like."""

    frames: int
    look: Look = "sharp"


@dataclass(frozen=True, slots=True, kw_only=True)
class CueRead:
    """A cue of a storyboard track."""

    start: Fraction
    end: Fraction
    sheet: str
    left: int
    top: int
    width: int
    height: int

    def part_of(self, sheet: Pixels) -> Pixels:
        """Return the part of a sheet that is meant."""
        part = sheet[self.top : self.top + self.height, self.left : self.left + self.width]
        assert part.shape[:2] == (self.height, self.width)  # a part must lie inside
        return part


def scene_film(
    path: Path,
    scenes: Sequence[Painted],
    *,
    gop: int,
    size: tuple[int, int] = (160, 90),
    codec_options: dict[str, str] | None = None,
    **options: Unpack[FilmOptions],
) -> Path:
    """Write a film of scenes with ten frames a second.

    Args:
        path: File to write.
        scenes: What is shown, in order.
        gop: Frames between keyframes; one lies at a cut where it divides what was before.
        size: Width and height.
        codec_options: Options of the encoder.
        **options: See :class:`FilmOptions`; silent where they do not say.
    """
    options.setdefault("sound", None)
    plan = [(index, scene.look) for index, scene in enumerate(scenes) for _ in range(scene.frames)]
    starts = np.cumsum([0, *(scene.frames for scene in scenes)])

    def paint(number: int) -> Pixels:
        index, look = plan[number]
        share = (number - starts[index]) / scenes[index].frames
        return _painted(number, index, look, share, size)

    return write_film(
        path,
        paint,
        [Fraction(number, FPS) for number in range(len(plan))],
        (),
        codec=None,
        container=None,
        rate=Fraction(FPS),
        codec_options={
            "g": str(gop),
            "keyint_min": str(gop),
            "bf": "0",
            "flags": "+cgop",
            **(codec_options or {}),
        },
        matrix=1,
        **options,
    )


def read_track(text: str) -> list[CueRead]:
    """Return the cues of a storyboard track; every line of it must be understood.

    Raises:
        ValueError: The text is no such track.
    """
    head, *blocks = text.rstrip("\n").split("\n\n")
    found = [_CUE.fullmatch(block) for block in blocks]
    if head != "WEBVTT" or not all(found):
        raise ValueError(f"no storyboard track: {text[:200]!r}")
    return [_cue(match) for match in found if match is not None]


def _cue(match: re.Match[str]) -> CueRead:
    numbers = [int(match[place]) for place in (1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13)]
    left, top, width, height = numbers[8:]
    return CueRead(
        start=_time(numbers[:4]),
        end=_time(numbers[4:8]),
        sheet=unquote(match[9]),
        left=left,
        top=top,
        width=width,
        height=height,
    )


def _time(parts: Sequence[int]) -> Fraction:
    hours, minutes, seconds, thousandths = parts
    return hours * 3600 + minutes * 60 + seconds + Fraction(thousandths, 1000)


def _painted(number: int, scene: int, look: Look, share: float, size: tuple[int, int]) -> Pixels:
    """Paint a frame: (height, width, 3)."""
    if look == "black":
        return np.zeros((size[1], size[0], 3), np.uint8)
    gray = numbered(number, size, lit=False) / 255.0
    frame = _inked(gray, scene)
    if look == "blurred":
        frame = _blurred(_blurred(frame))
    if look == "dissolve":
        frame = frame * (1 - share) + _inked(gray, scene + 1) * share
    return np.ascontiguousarray(frame.round().clip(0, 255).astype(np.uint8))


def _inked(gray: np.ndarray[tuple[int, ...], np.dtype[np.float64]], scene: int) -> _Floats:
    dark, light = (np.array(ink, np.float64) for ink in INKS[scene % len(INKS)])
    return dark + gray[..., None] * (light - dark)


def _blurred(frame: _Floats) -> _Floats:
    """Return a frame of which each px is the mean of its neighbours along both axes."""
    for axis in (0, 1):
        shifts = range(-(BLUR // 2), BLUR // 2 + 1)
        frame = np.mean([np.roll(frame, shift, axis) for shift in shifts], axis=0)
    return frame


_Floats: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
