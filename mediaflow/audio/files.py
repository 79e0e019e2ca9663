"""Makes files of sound, measures waveforms and loudness, in one pass over a source.

The source is decoded once; equal sound has one encoder, equal points one meter.

Law: encoders run beside each other, each in a thread of its own, and none ever waits for memory. One
output's failure stops no other; a source that cannot be read stops all. Every thread has ended
before anything is told.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from mediaflow.audio.backend import MadeSound
from mediaflow.audio.copying import SoundCopy
from mediaflow.audio.finish import Finishing, Hearing
from mediaflow.audio.joined import opened_sound
from mediaflow.audio.lane import SoundLane
from mediaflow.audio.measuring import measuring_lanes
from mediaflow.audio.peak_lane import peak_lanes
from mediaflow.errors import JobCancelledError, MediaflowError, let_go
from mediaflow.filters import NO_ASSETS
from mediaflow.formats.sound_tags import LABELS
from mediaflow.models.result import Notice
from mediaflow.planning import SoundAnalysisStep, SoundFileStep, WaveformStep

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from av.packet import Packet
    from av.stream import Stream

    from mediaflow.audio.backend import SoundFiles
    from mediaflow.audio.joined import JoinedSound
    from mediaflow.audio.measuring import MeasuringLane
    from mediaflow.audio.peak_lane import PeakLane
    from mediaflow.audio.reading import SoundReader
    from mediaflow.filters.base import Assets
    from mediaflow.frames import ByteReader
    from mediaflow.models.context import Context
    from mediaflow.planning import FilmPlan, SoundOutputStep, SoundStep
    from mediaflow.security.limits import Limits

    _Taker: TypeAlias = SoundLane | PeakLane | MeasuringLane
    """What takes the samples of one track."""

__all__ = ["make_sound_files"]

Heard: TypeAlias = Hearing | MediaflowError
"""What a first hearing told, or why there was none."""

HEARD: Final = 0.3  # share of a job that a first hearing takes, which encodes nothing
PASSED: Final = 0.9  # share of a job that ends when the pass does
REPORT_STEP: Final = 0.01


def make_sound_files(
    plan: FilmPlan,
    steps: Sequence[SoundOutputStep],
    reader: ByteReader,
    files: SoundFiles,
    context: Context,
    *,
    limits: Limits,
    assets: Assets = NO_ASSETS,
    parts: Sequence[ByteReader] = (),
) -> list[MadeSound]:
    """Make files of sound, and measure, in one pass; one entry a step, in their order.

    Args:
        plan: What to do.
        steps: The files that are made, and what is measured.
        reader: The source.
        files: Gives each output a private file.
        context: Progress out, cancellation and budget in.
        limits: Limits in force.
        assets: The covers that outputs name.
        parts: The sounds that are joined, in place of ``reader``; none for one.

    Raises:
        SourceError: The input cannot be decoded.
        JobCancelledError: The caller gave up.
    """
    run = _Run(plan, reader, files, context, limits, parts, assets)
    packed = [step for step in steps if isinstance(step, SoundFileStep)]
    meters: list[PeakLane | MeasuringLane] = [
        *peak_lanes(step for step in steps if isinstance(step, WaveformStep)),
        *measuring_lanes(step for step in steps if isinstance(step, SoundAnalysisStep)),
    ]
    wanted = sorted({step.sound for step in packed if step.sound is not None})
    heard = [index for index in wanted if _needs_hearing(plan.sounds[index])]
    first = HEARD if heard else 0.0
    hearings = run.hear(heard) if heard else {}
    unheard = {index: one for index, one in hearings.items() if isinstance(one, MediaflowError)}
    lanes = [run.lane(index, packed, hearings) for index in wanted if index not in unheard]
    copied = [step for step in packed if step.copy is not None]
    made = {one.step.name: one for one in run.make(lanes, copied, _Span(first, PASSED), meters)}
    again = [lane for lane in lanes if lane.correct()]
    if again:  # holding peaks down took too much loudness: once more, with more gain
        made |= {one.step.name: one for one in run.make(again, [], _Span(PASSED, PASSED))}
    for step in packed:
        error = None if step.sound is None else unheard.get(step.sound)
        if error is not None:
            made[step.name] = MadeSound(step=step, seconds=0.0, notices=step.notices, error=error)
    return [made[step.name] for step in steps]


def _needs_hearing(sound: SoundStep) -> bool:
    return sound.level is not None or sound.trim_dbfs is not None


class _Run:
    """All passes over one source."""

    def __init__(
        self,
        plan: FilmPlan,
        reader: ByteReader,
        files: SoundFiles,
        context: Context,
        limits: Limits,
        parts: Sequence[ByteReader],
        assets: Assets,
    ) -> None:
        self._assets = assets
        self._plan, self._files, self._context, self._limits = plan, files, context, limits
        self._opened = partial(opened_sound, plan, reader, parts, context, limits)

    def lane(
        self, index: int, steps: Sequence[SoundFileStep], hearings: Mapping[int, Heard]
    ) -> SoundLane:
        """Return what encodes a sound of the plan, by what a first hearing told."""
        hearing = hearings.get(index)
        sound = self._plan.sounds[index]
        lane = SoundLane(sound=sound, steps=[step for step in steps if step.sound == index])
        if isinstance(hearing, Hearing):
            lane.finish = Finishing(sound, hearing.heard, hearing.decision())
            lane.hearing = hearing
        return lane

    def hear(self, indexes: Sequence[int]) -> dict[int, Heard]:
        """Listen to some sounds of the plan, and encode nothing.

        Returns:
            What each told, or why it cannot be heard, by its index.

        Raises:
            SourceError: The input cannot be decoded.
            JobCancelledError: The caller gave up.
        """
        lanes = [SoundLane(sound=self._plan.sounds[index], steps=()) for index in indexes]
        with self._opened() as source, _threads(lanes) as pool:
            run = _Pass(self._plan, source, lanes, self._context, _Span(0.0, HEARD), {})
            futures = [
                pool.submit(lane.hear, source.zero, self._context, self._limits) for lane in lanes
            ]
            run.feed((), self._files)
            found = [_heard(future) for future in futures]
        self._context.check()
        return dict(zip(indexes, found, strict=True))

    def make(
        self,
        lanes: Sequence[SoundLane],
        copied: Sequence[SoundFileStep],
        span: _Span,
        meters: Sequence[PeakLane | MeasuringLane] = (),
    ) -> list[MadeSound]:
        """Encode, copy and measure; one entry an output.

        Raises:
            SourceError: The input cannot be decoded.
            JobCancelledError: The caller gave up.
        """
        takers: tuple[_Taker, ...] = (*lanes, *meters)
        with self._opened() as source, _threads(takers) as pool:
            covers = self._covers(source.covers, [step for lane in lanes for step in lane.steps])
            covers |= self._covers(source.covers, copied)
            run = _Pass(self._plan, source, takers, self._context, span, covers)
            futures = [
                pool.submit(
                    lane.make, source.zero, self._files, covers, self._context, self._limits
                )
                for lane in lanes
            ]
            futures += [
                pool.submit(meter.make, source.zero, self._context, self._limits)
                for meter in meters
            ]
            made = run.feed(copied, self._files)
            for future in futures:
                made += future.result()
        self._context.check()
        return [run.noticed(one) for one in made]

    def _covers(
        self, pictures: Mapping[int, bytes], steps: Sequence[SoundFileStep]
    ) -> dict[str, bytes]:
        """Return the cover of each file that has one, by the name of its step."""
        found: dict[str, bytes] = {}
        for step in steps:
            given = step.output.cover
            data = None if step.cover is None else pictures.get(step.cover)
            if given is not None and LABELS[step.format].cover is not None:
                data = self._assets.file(given)
            if data is not None:
                found[step.name] = data
        return found


def _heard(future: Future[Hearing]) -> Heard:
    """Return what a hearing told, or why it failed, which ends its own outputs and no others."""
    try:
        return future.result()
    except JobCancelledError:
        raise
    except MediaflowError as exc:
        let_go(exc)
        return exc.with_traceback(None)


@contextmanager
def _threads(lanes: Sequence[_Taker]) -> Iterator[ThreadPoolExecutor]:
    """Give each lane a thread, which ends with its channel, whatever happens."""
    with ThreadPoolExecutor(max(len(lanes), 1), thread_name_prefix="mediaflow-sound") as pool:
        try:
            yield pool
        except BaseException as exc:
            for lane in lanes:
                lane.channel.finish(exc)
            raise


@dataclass(frozen=True, slots=True)
class _Span:
    """The part of a job's progress that one pass takes."""

    begin: float
    end: float


class _Pass:
    """The reading side of one pass, and what it hands to whom."""

    def __init__(
        self,
        plan: FilmPlan,
        source: SoundReader | JoinedSound,
        lanes: Sequence[_Taker],
        context: Context,
        span: _Span,
        covers: Mapping[str, bytes],
    ) -> None:
        self._plan, self._source, self._lanes, self._context = plan, source, lanes, context
        self._span, self._covers = span, covers
        ends = [lane.end for lane in lanes]
        known = Fraction(str(plan.source.duration_seconds or 0))
        end = None if None in ends else max((end for end in ends if end), default=None)
        self._total = end or known
        self._share = 0.0

    def feed(self, copied: Sequence[SoundFileStep], files: SoundFiles) -> list[MadeSound]:
        """Read the source; hand every lane its frames, and pack what is copied.

        Returns:
            One entry a file that was copied.
        """
        decoded = {lane.stream for lane in self._lanes}
        source = cast("SoundReader", self._source)
        copies = [SoundCopy(step, files, source, self._covers.get(step.name)) for step in copied]
        indexes = {copy.index for copy in copies}

        def take(packet: Packet[Stream]) -> None:
            for copy in copies:
                copy.take(packet)
            self._report()

        with ExitStack() as stack:
            for copy in copies:
                stack.push(copy.close)
            for index, block in self._source.blocks(decoded, indexes, take):
                for lane in self._lanes:
                    if lane.stream == index:
                        lane.put(block)
                self._report()
                if self._is_over() and not copies:
                    break
        for lane in self._lanes:
            lane.channel.finish()
        return [copy.made() for copy in copies]

    def noticed(self, made: MadeSound) -> MadeSound:
        """Return an output with what its source lacked."""
        lack = self._source.lack
        codes = {one.code for one in made.notices}
        if lack is None or made.error is not None or "source_salvaged" in codes:
            return made
        notice = Notice(code="source_salvaged", message=lack)
        return replace(made, notices=(*made.notices, notice))

    def _is_over(self) -> bool:
        return all(lane.is_over or self._is_behind(lane) for lane in self._lanes)

    def _is_behind(self, lane: _Taker) -> bool:
        """Tell whether a lane's own track was read beyond its end; others may be stored before it."""
        return lane.end is not None and self._source.time_of(lane.stream) > lane.end + 1

    def _report(self) -> None:
        if self._total <= 0:
            return
        share = min(float(self._source.time / self._total), 1.0)
        if share >= self._share + REPORT_STEP:
            self._share = share
            begin, end = self._span.begin, self._span.end
            self._context.progress(begin + share * (end - begin), "encode")
