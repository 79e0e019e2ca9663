"""One pass over a film feeds every rendition: one decode, one encode of equal sound.

Law: frames are shared between threads by being put into graphs and in no other way; a slow encoder
holds up the decoder, never the memory. One output's failure stops no other; a source that cannot
be read stops all. Every thread has ended before anything is told.
"""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypeVar, cast

from av import VideoFrame
from av.stream import Stream

from mediaflow.audio.sound import Coded, Sound
from mediaflow.errors import EncodeError, MediaflowError, TruncatedMediaError
from mediaflow.libav.channel import Channel
from mediaflow.libav.compat import rational
from mediaflow.libav.gate import open_decoder, open_input
from mediaflow.libav.graph import range_code
from mediaflow.libav.translate import translated
from mediaflow.models.result import Notice
from mediaflow.planning import RenditionStep
from mediaflow.video.backend import MadeRendition
from mediaflow.video.rendition import Rendition
from mediaflow.video.seek import moving_picture, seek_before, zero_of
from mediaflow.video.walk import DAMAGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from av import AudioFrame, Packet
    from av.audio.stream import AudioStream
    from av.container import InputContainer

    from mediaflow.filters.base import Assets
    from mediaflow.frames import ByteReader
    from mediaflow.models.context import Context
    from mediaflow.planning import FilmPlan
    from mediaflow.security.limits import Limits
    from mediaflow.video.backend import Files

__all__ = ["make_renditions"]

StreamT = TypeVar("StreamT", bound=Stream)

USUAL_RATE: Final = Fraction(25)
LEAD_SECONDS: Final = Fraction(1, 10)  # sound before the cut lets its decoder settle
PASSED: Final = 0.9  # share of a job that ends when the pass does
REPORT_STEP: Final = 0.005
SLACK_SECONDS: Final = Fraction(1, 2)
SLACK_SHARE: Final = Fraction(1, 50)
"""By how much headers of whole films are off."""


@dataclass(frozen=True, slots=True)
class _Displayed:
    """A frame and when it is displayed, in seconds of the film."""

    frame: VideoFrame
    time: Fraction
    until: Fraction


@dataclass(slots=True, kw_only=True, eq=False)
class _Lane:
    """One output and the thread that makes it."""

    step: RenditionStep
    channel: Channel[_Displayed] = field(default_factory=Channel)
    packets: deque[Coded] = field(default_factory=deque)
    """Sound that waits to be packed."""

    rendition: Rendition | None = None


def make_renditions(
    plan: FilmPlan,
    steps: Sequence[RenditionStep],
    reader: ByteReader,
    files: Files,
    context: Context,
    *,
    limits: Limits,
    assets: Assets,
) -> list[MadeRendition]:
    """Make films in one pass; one entry a step.

    Args:
        plan: What to do.
        steps: The renditions that are made.
        reader: The film.
        files: Gives each output a private file.
        context: Progress out, cancellation and budget in.
        limits: Limits in force.
        assets: Second inputs of filters.

    Raises:
        SourceError: The input cannot be decoded.
        JobCancelledError: The caller gave up.
    """
    where = plan.source.uri
    with open_input(
        reader, format=plan.source.format, limits=limits, where=where, check=context.check
    ) as container:
        run = _Pass(plan, steps, container, context, limits)
        lanes = [_Lane(step=step) for step in steps]
        with ThreadPoolExecutor(len(lanes), thread_name_prefix="mediaflow-film") as pool:
            futures = [pool.submit(_make, lane, run, files, assets) for lane in lanes]
            try:
                run.feed(lanes)
            except BaseException as exc:
                for lane in lanes:
                    lane.channel.finish(exc)
                raise
            for lane in lanes:
                lane.channel.finish()
            made = [future.result() for future in futures]
        context.check()
        return [run.noticed(one) for one in made]


class _Pass:
    """The decoding side of one pass."""

    def __init__(
        self,
        plan: FilmPlan,
        steps: Sequence[RenditionStep],
        container: InputContainer,
        context: Context,
        limits: Limits,
    ) -> None:
        self.plan, self.context, self.limits = plan, context, limits
        self.container = container
        self.stream = moving_picture(container, plan.stream)
        self.time_base = rational(self.stream.time_base) or Fraction(1, 90_000)
        self.zero = zero_of(container, self.stream)
        self.start = min(step.start for step in steps)
        ends = [step.end for step in steps]
        self.end = None if None in ends else max(end for end in ends if end is not None)
        used = {step.sound for step in steps if step.sound is not None}
        self.sounds = {
            index: Sound(sound, self.zero, limits)
            for index, sound in enumerate(plan.sounds)
            if index in used
        }
        self.lacks: Fraction | None = None
        self._color = steps[0].video.frame.source_color  # the same for all outputs
        self._share = 0.0
        self._rate = rational(self.stream.average_rate) or USUAL_RATE

    def feed(self, lanes: Sequence[_Lane]) -> None:
        """Decode, and hand every lane its frames and its sound."""
        where = self.plan.source.uri
        threads = self.context.budget.threads
        open_decoder(self.stream, self.limits, threads=threads)
        floor: int | None = None
        if self.start > LEAD_SECONDS:
            target = self.zero + self.start - LEAD_SECONDS
            floor = seek_before(self.container, self.stream, target, check=self.context.check)
        held: tuple[VideoFrame, Fraction] | None = None
        for frame in self._decoded(lanes, floor):
            at = self._time_of(frame, held)
            if held is not None and at > held[1]:
                self._hand(lanes, held[0], held[1], at)
            held = (frame, at)
            self._progress(at)
            if (
                self.end is not None
                and at >= self.end
                and all(sound.is_over for sound in self.sounds.values())
            ):
                break
        reached = Fraction(0)
        if held is not None:
            ticks = held[0].duration or 0
            reached = held[1] + (ticks * self.time_base if ticks else 1 / self._rate)
            self._hand(lanes, held[0], held[1], reached)
        for index, sound in self.sounds.items():
            for coded in sound.end():
                self._spread(lanes, index, coded)
        self._judge(reached, where)

    def noticed(self, made: MadeRendition) -> MadeRendition:
        """Return an output with what its source lacked."""
        if self.lacks is None or made.error is not None:
            return made
        text = f"the film is cut off {float(self.lacks):.2f} s before its end"
        notice = Notice(code="source_salvaged", message=text)
        known = {one.code for one in made.notices}
        return made if notice.code in known else _with(made, notice)

    def _decoded(self, lanes: Sequence[_Lane], floor: int | None) -> Iterator[VideoFrame]:
        """Yield the frames of the picture; sound goes to the lanes on the way."""
        tracks = {sound.step.stream for sound in self.sounds.values()}
        audio = [one for one in self.container.streams.audio if one.index in tracks]
        for one in audio:
            open_decoder(one, self.limits, threads=1)
        waiting = floor is not None
        color = self._color
        for packet in self.container.demux([self.stream, *audio]):
            self.context.check()
            if packet.stream.index != self.stream.index:
                self._hear(lanes, cast("Packet[AudioStream]", packet))
                continue
            if waiting and not packet.is_keyframe and packet.size:
                continue
            waiting = False
            for frame in cast("list[VideoFrame]", self._frames(packet)):
                if floor is None or frame.pts is None or frame.pts >= floor:
                    # said before any other thread sees it; what the samples mean was planned
                    frame.colorspace, frame.color_range = color.matrix, range_code(color)
                    yield frame

    def _frames(self, packet: Packet[StreamT]) -> Sequence[object]:
        """Decode a packet; what is damaged is passed over where the job takes what is left."""
        with translated(stage="decode", where=self.plan.source.uri):
            try:
                return packet.decode()
            except DAMAGE:
                if self.plan.fail_on == "error":
                    raise
                return ()

    def _hear(self, lanes: Sequence[_Lane], packet: Packet[AudioStream]) -> None:
        frames = cast("list[AudioFrame]", self._frames(packet))
        for index, sound in self.sounds.items():
            if sound.step.stream != packet.stream.index or sound.is_over:
                continue
            for frame in frames:
                for coded in sound.push(frame):
                    self._spread(lanes, index, coded)

    def _spread(self, lanes: Sequence[_Lane], index: int, coded: Coded) -> None:
        for lane in lanes:
            if lane.step.sound == index:
                lane.packets.append(coded)

    def _hand(
        self, lanes: Sequence[_Lane], frame: VideoFrame, at: Fraction, until: Fraction
    ) -> None:
        for lane in lanes:
            window_ends = lane.step.end
            if until > lane.step.start and (window_ends is None or at < window_ends):
                lane.channel.put(_Displayed(frame, at, until))

    def _time_of(self, frame: VideoFrame, held: tuple[VideoFrame, Fraction] | None) -> Fraction:
        if frame.pts is not None:
            return frame.pts * self.time_base - self.zero
        return Fraction(0) if held is None else held[1] + 1 / self._rate

    def _progress(self, at: Fraction) -> None:
        length = self.end or Fraction(self.plan.source.duration_seconds or 0)
        if length <= self.start:
            return
        share = min(float((at - self.start) / (length - self.start)), 1.0) * PASSED
        if share >= self._share + REPORT_STEP:
            self._share = share
            self.context.progress(share, "encode")

    def _judge(self, reached: Fraction, where: str | None) -> None:
        """Refuse, or remember, a film that ends before its header says."""
        duration = self.stream.duration
        if self.end is not None or not duration:
            return
        first = (self.stream.start_time or 0) * self.time_base - self.zero
        claimed = first + duration * self.time_base
        if claimed - reached <= max(SLACK_SECONDS, claimed * SLACK_SHARE):
            return
        if self.plan.fail_on == "error":
            raise TruncatedMediaError(
                f"the film ends {float(claimed - reached):.2f} s before its header says",
                hint='fail_on="none" keeps what is left',
                where=where,
            )
        self.lacks = claimed - reached


def _make(lane: _Lane, run: _Pass, files: Files, assets: Assets) -> MadeRendition:
    """Make one output from what its channel brings, or keep the reason why it cannot be made."""
    began = time.perf_counter()
    step = lane.step
    error: MediaflowError | None = None
    try:
        sound = None if step.sound is None else run.plan.sounds[step.sound]
        with Rendition(
            step,
            sound,
            files.path(step),
            lane.packets,
            time_base=run.time_base,
            context=run.context,
            limits=run.limits,
            assets=assets,
        ) as rendition:
            lane.rendition = rendition
            for shown in lane.channel:
                rendition.push(shown.frame, shown.time, shown.until)
            rendition.finish()
        if not rendition.frames:
            raise EncodeError("no frame of the film lies within the part that is wanted")
    except MediaflowError as exc:
        error = exc
    finally:
        lane.channel.abandon()
    made = lane.rendition
    return MadeRendition(
        step=step,
        seconds=time.perf_counter() - began,
        frames=None if made is None else made.frames,
        duration_seconds=None if made is None else float(made.seconds),
        notices=step.notices,
        error=error,
    )


def _with(made: MadeRendition, notice: Notice) -> MadeRendition:
    return replace(made, notices=(*made.notices, notice))
