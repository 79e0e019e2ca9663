"""Encodes animations: frames are pulled one by one, and none is kept longer than its encoder needs.

Law: durations and plays come from the plan and are always written out. WebP goes through Pillow's own
animation encoder; GIF and APNG are assembled here from single frames, because Pillow keeps every
frame of those in memory until the last one is there.
"""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from PIL import Image

from mediaflow.errors import EncodeError
from mediaflow.image.color import colored
from mediaflow.image.pillow.apng import write_apng
from mediaflow.image.pillow.encode import add_metadata
from mediaflow.image.pillow.gif import write_gif
from mediaflow.image.translate import translated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mediaflow.frames import Raster
    from mediaflow.models.result import Notice
    from mediaflow.planning.steps import AnimationStep, EncodeStep

__all__ = ["encode_frames"]


def encode_frames(
    frames: Iterable[tuple[Raster[Image.Image], int]], step: EncodeStep, count: int
) -> tuple[bytes, tuple[Notice, ...]]:
    """Encode an animation.

    Args:
        frames: Pictures of one size, each with its duration in ticks of the step; they are taken
            one by one while the encoder runs, and whatever taking one raises is passed on.
        step: Format, arguments and motion.
        count: How many frames there are, at least 2.

    Returns:
        The file, and the notices that turned out to be true.

    Raises:
        EncodeError: The encoder failed.
    """
    if step.animation is None or step.format not in _WRITERS:
        raise EncodeError(f"{step.format} outputs cannot be animated", stage="encode")
    source = iter(frames)
    first, ticks = next(source)
    blocks: dict[str, object] = {}
    # an APNG is assembled here without a place for metadata, unlike a PNG of one picture
    named = replace(step, format="apng") if step.format == "png" else step
    notices = (*step.notices, *add_metadata(blocks, first.metadata, named))
    _, profile = colored(first.picture, first.icc_profile)
    timed = _with_first((_in_color(first), ticks), ((_in_color(raster), t) for raster, t in source))
    with translated(stage="encode"):
        data, is_exact = _WRITERS[step.format](
            timed, step, step.animation, count, {"icc_profile": profile, **blocks}
        )
    if is_exact:
        notices = tuple(note for note in notices if note.code != "colors_reduced")
    return data, notices


def _in_color(raster: Raster[Image.Image]) -> Image.Image:
    return colored(raster.picture, raster.icc_profile)[0]


def _with_first(
    first: tuple[Image.Image, int], rest: Iterator[tuple[Image.Image, int]]
) -> Iterator[tuple[Image.Image, int]]:
    yield first
    yield from rest


class _Frames(Image.Image):
    """A picture of many frames that takes each one only when its encoder goes to it."""

    def __init__(self, frames: Iterator[tuple[Image.Image, int]], count: int) -> None:
        super().__init__()
        self.n_frames = count
        self.ticks: list[int] = []
        self._frames = frames
        self._take()

    def _take(self) -> None:
        frame, ticks = next(self._frames)
        self.im = frame.im
        self._mode, self._size = frame.mode, frame.size
        self.ticks.append(ticks)

    def seek(self, frame: int) -> None:
        """Go to the next frame; going back, as encoders do when they have ended, does nothing."""
        if frame >= len(self.ticks):
            self._take()

    def tell(self) -> int:
        """Return the position of the frame at hand."""
        return len(self.ticks) - 1


def _write_webp(
    frames: Iterator[tuple[Image.Image, int]],
    step: EncodeStep,
    motion: AnimationStep,
    count: int,
    beside: dict[str, object],
) -> tuple[bytes, bool]:
    lazy = _Frames(frames, count)
    arguments: dict[str, object] = dict(step.arguments)
    # "exact" belongs to single pictures; Pillow's animation encoder does not know it
    arguments.pop("exact", None)
    stream = io.BytesIO()
    lazy.save(
        stream,
        "WEBP",
        save_all=True,
        duration=lazy.ticks,  # grows as frames are taken, always before it is read
        loop=motion.plays,
        background=(0, 0, 0, 0),
        **{"exif": b"", "xmp": b"", **beside},
        **arguments,
    )
    return stream.getvalue(), True


def _write_gif(
    frames: Iterator[tuple[Image.Image, int]],
    step: EncodeStep,
    motion: AnimationStep,
    count: int,
    beside: dict[str, object],
) -> tuple[bytes, bool]:
    return write_gif(frames, dict(step.arguments), plays=motion.plays)


def _write_apng(
    frames: Iterator[tuple[Image.Image, int]],
    step: EncodeStep,
    motion: AnimationStep,
    count: int,
    beside: dict[str, object],
) -> tuple[bytes, bool]:
    mode = "RGBA" if motion.has_alpha else "RGB"
    arguments: dict[str, object] = {**dict(step.arguments), "icc_profile": beside["icc_profile"]}
    return write_apng(frames, arguments, mode=mode, plays=motion.plays), True


_WRITERS: Final[dict[str, Callable[..., tuple[bytes, bool]]]] = {
    "gif": _write_gif,
    "png": _write_apng,
    "webp": _write_webp,
}
