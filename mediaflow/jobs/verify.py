"""Reads what was made before anybody sees it: a film that is not what its encoder was given fails.

Law: it knows only the step and what the back end says that it put in, and finds out the rest as for
any other file. All packets are read, none is decoded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, assert_never

from mediaflow.errors import EncodeError, JobCancelledError, MediaflowError
from mediaflow.frames import ByteReader
from mediaflow.models.context import Context
from mediaflow.models.streams import ContainerInfo
from mediaflow.planning import RemuxStep, RenditionStep
from mediaflow.probing import probe
from mediaflow.probing.times import frame_seconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from fractions import Fraction

    from mediaflow.models.colorinfo import ColorInfo
    from mediaflow.models.info import MediaInfo
    from mediaflow.models.streams import VideoStream
    from mediaflow.planning import FilmPlan, FilmStep, FrameColor
    from mediaflow.security.limits import Limits
    from mediaflow.video.backend import MadeRendition

__all__ = ["Watched", "verify"]

OFFSET_SECONDS: Final = 0.010  # of sound to picture; people notice 20 ms and more
LENGTH_SECONDS: Final = 0.060  # padding of a sound's last packet, and a container's milliseconds
REORDERED: Final = 3
"""Frames by which a container's own length may be off that guesses the length of the last one."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A reader that a cancelled job ends."""

    source: ByteReader
    context: Context

    @property
    def size(self) -> int | None:
        """Length in bytes, or None where it is not known."""
        return self.source.size

    def read_at(self, offset: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``offset``."""
        self.context.check()
        return self.source.read_at(offset, length)


def verify(
    made: MadeRendition, plan: FilmPlan, reader: ByteReader, context: Context, limits: Limits
) -> None:
    """Compare a file with what was put in.

    Args:
        made: The output as it left the back end.
        plan: Its plan.
        reader: Its file.
        context: Asked before each read whether to go on.
        limits: Limits of the job.

    Raises:
        EncodeError: It does not open, or has another length, number of frames, offset of the sound,
            colour or size than it should, or more bytes than it may.
        JobCancelledError: The caller gave up.
    """
    most, size = _most_bytes(made), reader.size or 0
    if most is not None and size > most:
        raise EncodeError(
            f"the file that was written has {size:,} bytes, more than {most:,}", stage="verify"
        )
    own = replace(limits, allowed_formats=None)
    seconds: tuple[Fraction, ...] = ()
    try:
        info = probe(Watched(reader, context), limits=own, deep=True)
        if info.image is not None:
            seconds = frame_seconds(reader.read_at(0, reader.size or 0), info.format)
    except JobCancelledError:
        raise
    except MediaflowError as exc:
        raise EncodeError(
            f"the file that was written cannot be read: {exc.message}", stage="verify"
        ) from exc
    first = next(_differences(info, seconds, made, plan), None)
    if first is not None:
        raise EncodeError(
            f"the file that was written is not what was encoded: {first}", stage="verify"
        )


def _most_bytes(made: MadeRendition) -> int | None:
    step = made.step
    budget = step.budget if isinstance(step, RenditionStep) else None
    return None if budget is None else budget.max_bytes


def _differences(
    info: MediaInfo, seconds: Sequence[Fraction], made: MadeRendition, plan: FilmPlan
) -> Iterator[str]:
    step = made.step
    size = (step.size.width, step.size.height)
    if (info.width, info.height) != size:
        yield f"it is {info.width}×{info.height} px in place of {size[0]}×{size[1]}"
    if info.image is not None:
        yield from _motion(seconds, made)
    elif len(info.video) != 1:
        yield f"it has {len(info.video)} pictures"
    else:
        yield from _film(info, info.video[0], made, plan)


def _motion(seconds: Sequence[Fraction], made: MadeRendition) -> Iterator[str]:
    """Compare an animated picture; its encoder may join frames that are alike, even to a still."""
    frames = made.frames or 0
    if len(seconds) > frames:
        yield f"{len(seconds)} frames in place of {frames}"
    if len(seconds) > 1:
        yield from _length([float(sum(seconds))], made.duration_seconds, made)


def _film(
    info: MediaInfo, stream: VideoStream, made: MadeRendition, plan: FilmPlan
) -> Iterator[str]:
    step = made.step
    if stream.codec != step.video.codec:
        yield f"its codec is {stream.codec} in place of {step.video.codec}"
    if stream.frames_from_packets != made.frames:
        yield f"{stream.frames_from_packets} frames in place of {made.frames}"
    texts = sorted(one.codec for one in info.others if one.kind == "subtitle")
    if texts != _texts(step):
        yield f"its texts are {texts} in place of {_texts(step)}"
    sounds, every = [one.codec for one in info.audio], _sounds(step, plan)
    if sounds not in (every, _sounds(step, plan, made.silent)):  # mp4 leaves empty tracks out
        yield f"its sounds are {sounds} in place of {every}"
    elif info.audio:
        heard = min(one.start_seconds or 0.0 for one in info.audio)
        offset = (stream.start_seconds or 0.0) - heard - made.first_seconds
        if abs(offset) > OFFSET_SECONDS:
            yield f"its sound is off by {offset * 1000:.0f} ms"
    container = info.container or ContainerInfo(demuxer="")
    # a header is a claim, but packets of VP9 in mp4 tell no length of their own: FFmpeg guesses it
    lengths = (container.duration_seconds_from_packets, container.duration_seconds_from_header)
    wanted = max(made.duration_seconds or 0, made.sound_seconds)
    yield from _length(lengths, wanted, made)
    yield from _outlasting(info, wanted, made)
    if container.is_faststart is False and _moves_index(step):
        yield "its index stands at its end"
    match step:
        case RenditionStep():
            yield from _colors(stream, step.video.frame.color)
        case RemuxStep():
            yield from _unchanged(stream, step, plan)
        case _:
            assert_never(step)


def _sounds(step: FilmStep, plan: FilmPlan, silent: Sequence[int] = ()) -> list[str]:
    """Return the codecs of the sounds of a film, but of those that have no packet."""
    encoded = [] if step.sound is None else [plan.sounds[step.sound].codec]
    copies = (copy for copy in step.carried.copies if copy.kind == "audio")
    return encoded + [copy.codec for copy in copies if copy.stream not in silent]


def _texts(step: FilmStep) -> list[str]:
    copies = [copy.codec for copy in step.carried.copies if copy.kind == "subtitle"]
    return sorted([*copies, *(text.becomes for text in step.carried.texts)])


def _colors(stream: VideoStream, wanted: FrameColor) -> Iterator[str]:
    expected = (wanted.primaries, wanted.transfer, wanted.matrix, wanted.full_range)
    if wanted.matrix and _tags(stream.color) != expected:
        yield f"its colour is {_tags(stream.color)} in place of {expected} (ITU-T H.273)"


def _tags(color: ColorInfo) -> tuple[object, ...]:
    return (color.primaries, color.transfer, color.matrix, bool(color.full_range))


def _unchanged(stream: VideoStream, step: RemuxStep, plan: FilmPlan) -> Iterator[str]:
    """Compare a picture that was packed as it is with the one of the source."""
    source = next(each for each in plan.source.video if each.index == step.video.stream)
    if _tags(stream.color) != _tags(source.color):
        yield f"its colour is {_tags(stream.color)} in place of {_tags(source.color)}"
    for name in ("orientation", "pixel_format", "sample_aspect_ratio"):
        found, wanted = getattr(stream, name), getattr(source, name)
        if found != wanted:
            yield f"its {name.replace('_', ' ')} is {found} in place of {wanted}"


def _outlasting(info: MediaInfo, wanted: float, made: MadeRendition) -> Iterator[str]:
    """Compare the ends of texts, and of the whole, with that of picture and sound.

    Some containers count their length from 0, others from where they begin.
    """
    container = info.container or ContainerInfo(demuxer="")
    texts = (one.duration_seconds_from_header for one in info.others)
    found = max(one or 0.0 for one in (container.duration_seconds_from_header, *texts))
    if found > wanted + max(container.start_seconds or 0.0, 0.0) + _slack(made):
        yield f"something in it lasts {found} s, beyond picture and sound of {wanted} s"


def _length(
    found: Sequence[float | None], wanted: float | None, made: MadeRendition
) -> Iterator[str]:
    slack = _slack(made)
    if not any(abs(one - (wanted or 0.0)) <= slack for one in found if one is not None):
        yield f"it is {found[0]} s long in place of {wanted} s"


def _slack(made: MadeRendition) -> float:
    return LENGTH_SECONDS + REORDERED / _rate(made)


def _rate(made: MadeRendition) -> float:
    """Return the frames a second of a film in the mean."""
    if isinstance(made.step, RenditionStep):
        return float(made.step.video.frame_rate)
    return (made.frames or 1) / (made.duration_seconds or 1)


def _moves_index(step: FilmStep) -> bool:
    return any("faststart" in str(value) for _, value in step.muxer_options)
