"""The parts of a joined film in words. Law: it says only what the steps say."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from mediaflow.geometry import upright_size
from mediaflow.planning.words import size_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mediaflow.geometry import Point
    from mediaflow.planning.film_steps import PartStep
    from mediaflow.planning.frame_steps import FrameStep

__all__ = ["part_frame_words", "part_lines"]


def part_lines(parts: Sequence[PartStep], crossfade: Fraction = Fraction(0)) -> Iterator[str]:
    """Yield what is joined: the whole, then a line a part.

    Args:
        parts: The parts in order.
        crossfade: For how long one is heard with the next, in seconds.
    """
    lengths = [part.seconds for part in parts]
    total = sum(filter(None, lengths), Fraction(0)) - crossfade * (len(parts) - 1)
    said = "" if None in lengths else f", {float(total):g} s"
    way = (
        f"each fading into the next for {float(crossfade):g} s"
        if crossfade
        else "one after another"
    )
    yield f"source: {len(parts)} parts, {way}{said}"
    at: Fraction | None = Fraction(0)
    for part, seconds in zip(parts, lengths, strict=True):
        yield _part(part, at)
        at = None if at is None or seconds is None else at + seconds - crossfade


def part_frame_words(frames: Sequence[FrameStep], offsets: Sequence[Point]) -> Iterator[str]:
    """Yield how the frames of the parts are made that are not made like those of the first.

    Args:
        frames: How the frames of each part are made.
        offsets: Where each stands on the canvas.
    """
    for place, (frame, offset) in enumerate(zip(frames, offsets, strict=True), start=1):
        if (frame.content, offset) != (frames[0].content, offsets[0]):
            made = size_words(upright_size(frame.content, frame.orientation))
            yield f"    of part {place}: {frame.interpolation} to {made} at ({offset.x}, {offset.y})"


def _part(part: PartStep, at: Fraction | None) -> str:
    info = part.source
    words = _picture(part) if part.color is not None else [info.format]
    indexes = part.streams[1:] if part.color is not None else part.streams
    if part.start or part.end is not None:
        last = "its end" if part.end is None else f"{float(part.end):g} s"
        words.append(f"from {float(part.start):g} s to {last}")
    if part.seconds is not None:
        words.append(f"{float(part.seconds):g} s")
    sounds = [str(index) for index in indexes if index is not None]
    words.append(f"sound of stream {', '.join(sounds)}" if sounds else "silence")
    begins = "" if at is None else f", begins at {float(at):g} s"
    return f"  {part.label}: {', '.join(words)}{begins}"


def _picture(part: PartStep) -> list[str]:
    info = part.source
    stream = next(each for each in info.video if each.index == part.streams[0])
    words = [f"{info.format} {size_words(stream.display_size)} {stream.codec}"]
    if stream.frame_rate_average is not None:
        words.append(f"{float(stream.frame_rate_average):.6g} frames a second")
    return words
