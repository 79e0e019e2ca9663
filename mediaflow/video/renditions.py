"""One pass over a film feeds every rendition: one decode, one encode of equal sound.

Law: frames are shared between threads by being put into graphs and in no other way; a slow encoder
holds up the decoder, never the memory. One output's failure stops no other, a sound's only those
that have it; a source that cannot be read stops all. Every thread has ended before anything is told.
"""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Final

from mediaflow.audio.sound import Coded, Sound
from mediaflow.errors import (
    JobCancelledError,
    MediaflowError,
    SourceError,
    let_go,
)
from mediaflow.libav.channel import Channel, StoppedError
from mediaflow.models.result import Notice
from mediaflow.planning import RenditionStep
from mediaflow.video.along import coded_along
from mediaflow.video.backend import MadeRendition
from mediaflow.video.decoding import Displayed
from mediaflow.video.ending import INTERLEAVE_SECONDS
from mediaflow.video.joined import opened_film
from mediaflow.video.live import LiveStream
from mediaflow.video.rendition import Rendition
from mediaflow.video.tail import end_of, ends_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from av import AudioFrame, Packet
    from av.stream import Stream

    from mediaflow.filters.base import Assets
    from mediaflow.frames import ByteReader
    from mediaflow.libav.passes import Statistics
    from mediaflow.models.context import Context
    from mediaflow.planning import FilmPlan
    from mediaflow.security.limits import Limits
    from mediaflow.video.backend import Files
    from mediaflow.video.joined import ReadFrom

__all__ = ["PASS", "PASSED", "Span", "make_renditions"]

FRAME_THREADS: Final = Fraction(3, 2)  # x264's own number of threads for each processor
PASSED: Final = 0.9  # share of a job that ends when the pass does
REPORT_STEP: Final = 0.005
WAITING_PACKETS: Final = 4096  # of sound; a minute and a half of AAC


@dataclass(frozen=True, slots=True)
class Span:
    """The part of a job's progress that one pass takes."""

    begin: float
    end: float


PASS: Final = Span(0.0, PASSED)
"""All of it, where there is one pass."""


@dataclass(slots=True, kw_only=True, eq=False)
class _Lane:
    """One output and the thread that makes it."""

    step: RenditionStep
    channel: Channel[Displayed | None] = field(default_factory=Channel)
    """Frames; None asks to pack the sound that waits."""

    packets: deque[Coded] = field(default_factory=deque)
    """Sound, and what goes along, that wait to be packed."""

    is_over: bool = False
    """Whether it takes no more frames, because it failed."""

    live: LiveStream | None = None
    """The stream that it is a rendition of, or None for a film of its own."""

    def queue(self, coded: Coded) -> None:
        """Let a packet wait until it is packed."""
        self.packets.append(coded)
        if len(self.packets) >= WAITING_PACKETS:  # no frame comes that would take them along
            self.is_over = not self.channel.put(None)

    def take(self, shown: Displayed) -> None:
        """Queue a frame, if it lies within the output's part of the film."""
        step = self.step
        if self.live is not None and self.live.error is not None:
            self.channel.finish(self.live.error)
            self.is_over = True
        elif shown.until > step.start and (step.end is None or shown.time < step.end):
            self.is_over = not self.channel.put(shown)


def make_renditions(
    plan: FilmPlan,
    steps: Sequence[RenditionStep],
    reader: ByteReader,
    files: Files,
    context: Context,
    *,
    limits: Limits,
    assets: Assets,
    span: Span = PASS,
    statistics: Statistics | None = None,
    parts: Sequence[ByteReader] = (),
    lives: Sequence[LiveStream] = (),
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
        span: Its part of the job's progress.
        statistics: What it takes from another pass, or leaves to one; for one step alone.
        parts: The films that are joined, in place of ``reader``; none for one film.
        lives: Streams that are made in the same pass; they take what becomes of them.

    Raises:
        SourceError: The input cannot be decoded.
        JobCancelledError: The caller gave up.
    """
    has_text = any(step.carried.has_text for step in steps)
    ends = ends_of(plan, reader, context, limits) if has_text else {}
    with opened_film(plan, reader, parts, context, limits) as read_from:
        lanes = [_Lane(step=step) for step in steps]
        lanes += [_Lane(step=rung, live=live) for live in lives for rung in live.step.rungs]
        run = _Pass(plan, lanes, lives, read_from, context, limits, span, ends)
        with ThreadPoolExecutor(len(lanes), thread_name_prefix="mediaflow-film") as pool:
            futures = [pool.submit(_make, lane, run, files, assets, statistics) for lane in lanes]
            try:
                run.feed()
            except BaseException as exc:
                for lane in lanes:
                    lane.channel.finish(exc)
                raise
            for lane in lanes:
                lane.channel.finish()
            made = [future.result() for future in futures]
        context.check()
        noticed = [run.noticed(one) for one in made]
        for lane, one in zip(lanes, noticed, strict=True):
            if lane.live is not None:
                lane.live.take(one)
        return noticed[: len(steps)]


class _Pass:
    """The decoding side of one pass, and what it hands to whom."""

    def __init__(
        self,
        plan: FilmPlan,
        lanes: Sequence[_Lane],
        lives: Sequence[LiveStream],
        read_from: ReadFrom,
        context: Context,
        limits: Limits,
        span: Span,
        stream_ends: Mapping[int, Fraction],
    ) -> None:
        self.plan, self.context, self.limits = plan, context, limits
        self.span, self.stream_ends = span, stream_ends
        self._lanes, self._lives = lanes, lives
        steps = [lane.step for lane in lanes]
        self.start = min(step.start for step in steps)
        ends = [step.end for step in steps]
        self.end = None if None in ends else max(end for end in ends if end is not None)
        color = steps[0].video.frame.source_color  # the same for all outputs
        self.decoder = read_from(self.start, color, self._settle)
        self.encoder_threads = _encoder_threads(context.budget.threads, len(steps))
        self.sounds: dict[int, Sound] = {}
        self._seconds = (self.end or Fraction(plan.source.duration_seconds or 0)) - self.start
        self._share = span.begin

    def feed(self) -> None:
        """Decode, and hand every lane and every stream its frames and its sound."""
        lanes = self._lanes
        wanted = {lane.step.sound for lane in lanes if lane.step.sound is not None}
        for index in sorted(wanted.union(*(live.sounds for live in self._lives))):
            with self._apart(index):
                self.sounds[index] = Sound(self.plan.sounds[index], self.decoder.zero, self.limits)
        tracks = {sound.step.stream for sound in self.sounds.values()}
        along = frozenset(index for lane in lanes for index in lane.step.carried.streams)
        frames = self.decoder.shown(tracks, self._hear, along, self._bring)
        for shown in frames:
            for lane in lanes:
                lane.take(shown)
            self._progress(shown.time)
            if all(lane.is_over for lane in lanes) or self._is_over(shown.until):
                break
        for index, sound in list(self.sounds.items()):
            with self._apart(index):
                self._spread(index, sound.end())

    def end_of(self, step: RenditionStep) -> Fraction | None:
        """Return when an output ends, in its own seconds, where it takes text along."""
        end = end_of(self.plan, step, self.stream_ends)
        return None if end is None else end - step.start

    def noticed(self, made: MadeRendition) -> MadeRendition:
        """Return an output with what its source lacked."""
        lack, end = self.decoder.lack, made.step.end
        if lack is None or made.error is not None or (end is not None and end <= lack.time):
            return made
        notice = Notice(code="source_salvaged", message=lack.words)
        if notice.code in {one.code for one in made.notices}:
            return made
        return replace(made, notices=(*made.notices, notice))

    def _is_over(self, time: Fraction) -> bool:
        """Tell whether nothing is wanted of what follows a moment of the film.

        Sound may be stored behind its picture, but a track that has ended is not waited for.
        """
        if self.end is None or time < self.end:
            return False
        is_late = time >= self.end + INTERLEAVE_SECONDS
        return is_late or all(sound.is_over for sound in self.sounds.values())

    def _hear(self, track: int, frames: Sequence[AudioFrame]) -> None:
        for index, sound in list(self.sounds.items()):
            if sound.step.stream != track or sound.is_over:
                continue
            with self._apart(index):
                for frame in frames:
                    self._spread(index, sound.push(frame))

    def _settle(self, tracks: set[int], time: Fraction) -> None:
        """Fill sounds with silence up to a moment, where a part of a joined film has none."""
        for index, sound in list(self.sounds.items()):
            if sound.step.stream in tracks:
                with self._apart(index):
                    self._spread(index, sound.settle(time))

    def _spread(self, index: int, packets: Iterable[Coded]) -> None:
        """Hand a sound to whoever has it."""
        for coded in packets:
            self.context.check()
            for lane in self._lanes:
                if lane.step.sound == index and not lane.is_over:
                    lane.queue(coded)
            for live in self._lives:
                live.hear(index, coded)

    def _bring(self, packet: Packet[Stream]) -> None:
        """Hand a packet on that goes along as it is."""
        for lane in self._lanes:
            if packet.stream.index in lane.step.carried.streams and not lane.is_over:
                coded = coded_along(packet, lane.step, self.decoder.zero)
                if coded is not None:
                    lane.queue(coded)

    @contextmanager
    def _apart(self, index: int) -> Iterator[None]:
        """Let a sound that cannot be mixed or encoded end its own outputs and no others."""
        try:
            yield
        except (JobCancelledError, SourceError):
            raise
        except MediaflowError as exc:
            self.sounds.pop(index, None)
            for live in self._lives:
                if index in live.sounds:
                    live.fail(exc)
            for lane in self._lanes:
                if lane.step.sound == index:
                    lane.channel.finish(exc)

    def _progress(self, at: Fraction) -> None:
        if self._seconds <= 0:
            return
        span = self.span
        done = min(float((at - self.start) / self._seconds), 1.0)
        share = span.begin + done * (span.end - span.begin)
        if share >= self._share + REPORT_STEP:
            self._share = share
            self.context.progress(share, "encode")


def _encoder_threads(threads: int, outputs: int) -> int:
    """Return with how many threads each of some outputs is encoded.

    Encoders that run beside each other fill each other's waits; threads beyond cost memory only.
    """
    most = int(threads * FRAME_THREADS)
    return max(min(most, ceil(2 * threads / outputs)), 1)


def _make(
    lane: _Lane, run: _Pass, files: Files, assets: Assets, statistics: Statistics | None
) -> MadeRendition:
    """Make one output from what its channel brings, or keep the reason why it cannot be made."""
    began = time.perf_counter()
    step = lane.step
    error: MediaflowError | None = None
    made: Rendition | None = None
    try:
        sound = None if step.sound is None else run.plan.sounds[step.sound]
        with Rendition(
            step,
            sound,
            files.path(step) if lane.live is None else lane.live.sinks[step.name],
            lane.packets,
            source=run.decoder.container,
            threads=run.encoder_threads,
            time_base=run.decoder.time_base,
            context=run.context,
            limits=run.limits,
            assets=assets,
            statistics=statistics,
            end=run.end_of(step),
            on_key=None if lane.live is None else lane.live.on_key_of(step),
        ) as made:
            for shown in lane.channel:
                if shown is None:
                    made.pack_sound()
                else:
                    made.push(shown.frame, shown.time, shown.until, shown.part)
            made.finish()
    except StoppedError:
        error = lane.channel.error if isinstance(lane.channel.error, MediaflowError) else None
    except MediaflowError as exc:
        let_go(exc)  # it is kept until the job ends, the encoder must not be
        error = exc.with_traceback(None)
    finally:
        lane.channel.abandon()
    if lane.live is not None:
        error = lane.live.ended(step, error, Fraction(0) if made is None else made.until)
    seconds = time.perf_counter() - began
    notices = step.notices if made is None else made.notices
    film = MadeRendition(step=step, seconds=seconds, notices=notices, error=error)
    if made is None or made.first is None:
        return film
    film = replace(film, frames=made.frames, picture_bytes=made.picture_bytes)
    return made.heard.measured(film, made.first, made.until)
