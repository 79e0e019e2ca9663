"""Decodes films that are joined, one after another, as if they were one.

Law: one part is open at a time. A part is as long as its picture, by its own last frame; where the
next one begins is known when it has ended, in exact fractions, so that nothing adds up over many
parts. Sound waits until its picture is there, and what outlasts the picture is never heard.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Protocol

from mediaflow.errors import CorruptMediaError
from mediaflow.libav.gate import open_input
from mediaflow.planning.film_times import CLOCK
from mediaflow.planning.part_errors import naming
from mediaflow.video.decoding import Decoder, Displayed, Lack
from mediaflow.video.ending import INTERLEAVE_SECONDS
from mediaflow.video.part_sound import PartSound

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from typing import TypeAlias

    from av import AudioFrame, Packet
    from av.container import InputContainer
    from av.stream import Stream

    from mediaflow.frames import ByteReader
    from mediaflow.models.context import Context
    from mediaflow.planning import FilmPlan, PartStep
    from mediaflow.planning.frame_steps import FrameColor
    from mediaflow.security.limits import Limits

    Settle: TypeAlias = Callable[[set[int], Fraction], None]
    """Takes tracks, and the moment up to which each is to be filled with silence."""

    ReadFrom: TypeAlias = Callable[[Fraction, FrameColor, Settle], "Reading"]
    """Takes where frames are wanted from, what samples mean, and what is told of silence."""

__all__ = ["Joined", "Reading", "opened_film", "part_plan"]

TAIL_SECONDS: Final = Fraction(2)
"""How much of a part is decoded to learn where its last frame ends."""

FURTHER: Final = 8  # by which a tail grows that holds no frame


class Reading(Protocol):
    """The reading side of one pass, over one film or over several that are joined."""

    @property
    def zero(self) -> Fraction:
        """Time stamp of sound, in seconds, that counts as 0."""
        ...

    @property
    def time_base(self) -> Fraction:
        """Seconds a tick of the frames' time stamps."""
        ...

    @property
    def container(self) -> InputContainer | None:
        """The film that is read, to describe what goes along; None of a joined film."""
        ...

    @property
    def lack(self) -> Lack | None:
        """What is missing of the part that was read; None when nothing is."""
        ...

    def shown(
        self,
        tracks: set[int],
        hear: Callable[[int, Sequence[AudioFrame]], None],
        along: frozenset[int] = ...,
        bring: Callable[[Packet[Stream]], None] = ...,
    ) -> Iterator[Displayed]:
        """Yield the frames in the order of display; see :meth:`Decoder.shown`."""
        ...


@contextmanager
def opened_film(
    plan: FilmPlan,
    reader: ByteReader,
    parts: Sequence[ByteReader],
    context: Context,
    limits: Limits,
) -> Iterator[ReadFrom]:
    """Open what a plan reads; yield how it is read from a moment on.

    Args:
        plan: What to do.
        reader: The film.
        parts: The films that are joined, in place of it; none for one film.
        context: Asked before each read whether to go on.
        limits: Limits in force.

    Raises:
        SourceError: The input cannot be read.
    """
    if plan.parts:
        with closing(Joined(plan, parts, context, limits)) as film:
            yield film.read_from
        return
    where = plan.source.uri
    with open_input(
        reader, format=plan.source.format, limits=limits, where=where, check=context.check
    ) as container:

        def read_from(start: Fraction, color: FrameColor, settle: Settle) -> Reading:
            return Decoder(
                container, plan, start=start, color=color, context=context, limits=limits
            )

        yield read_from


def part_plan(plan: FilmPlan, place: int) -> FilmPlan:
    """Return the plan of one part, as a film of its own.

    Args:
        plan: The plan of the joined film.
        place: Which part, from 0.
    """
    part = plan.parts[place]
    return replace(plan, source=part.source, stream=part.streams[0] or 0, parts=())


class Joined:
    """The reading side of one pass over films that are joined.

    Args:
        plan: What is joined, and what is done about damage.
        readers: The open files of the parts.
        context: Asked before each packet whether to go on.
        limits: Limits in force, for each part and for all together.
    """

    def __init__(
        self, plan: FilmPlan, readers: Sequence[ByteReader], context: Context, limits: Limits
    ) -> None:
        self.zero: Fraction = Fraction(0)
        self.time_base: Fraction = CLOCK
        self.container: InputContainer | None = None
        self.lack: Lack | None = None
        self._plan, self._readers, self._context, self._limits = plan, readers, context, limits
        self._start = Fraction(0)
        self._settle: Settle = lambda tracks, time: None
        self._running: Generator[Displayed] | None = None

    def close(self) -> None:
        """Close the part that is open."""
        if self._running is not None:
            self._running.close()

    def read_from(self, start: Fraction, color: FrameColor, settle: Settle) -> Reading:
        """Set where frames are wanted from; what samples mean is each part's own.

        Args:
            start: Seconds of the joined film.
            color: What the samples of the first part mean.
            settle: Told the end of each part.
        """
        self._start, self._settle = start, settle
        return self

    def shown(
        self,
        tracks: set[int],
        hear: Callable[[int, Sequence[AudioFrame]], None],
        along: frozenset[int] = frozenset(),
        bring: Callable[[Packet[Stream]], None] = lambda _: None,
    ) -> Iterator[Displayed]:
        """Yield the frames of all parts in the order of display.

        Args:
            tracks: Indexes of the sound tracks of the joined film that are decoded.
            hear: Takes the index of a track and its next frames, timed from 0.
            along: Nothing: no stream of a joined film goes along.
            bring: Never called.

        Raises:
            SourceError: A part is at fault; the message names it.
        """
        self._running = self._shown(tracks, hear)
        return self._running

    def seconds_of(self, place: int) -> Fraction:
        """Return how long a part is, by its last frame; little but its end is decoded.

        Args:
            place: Which part, from 0.

        Raises:
            SourceError: The part is at fault; the message names it.
        """
        part = self._plan.parts[place]
        with naming(part.label):
            tail = TAIL_SECONDS
            while True:
                known = part.seconds or Fraction(0)
                start = part.start + max(known - tail, Fraction(0))
                until = self._end_from(place, start)
                if until is not None:
                    return until - part.start
                if start == part.start:
                    raise _empty(part)
                tail *= FURTHER

    def _shown(
        self, tracks: set[int], hear: Callable[[int, Sequence[AudioFrame]], None]
    ) -> Generator[Displayed]:
        last: Displayed | None = None
        offset = Fraction(0)
        for place, part in enumerate(self._plan.parts):
            wanted = max(self._start - offset, Fraction(0))
            if wanted:
                seconds = self.seconds_of(place)
                if seconds <= wanted:
                    offset += seconds
                    self._settle(tracks, offset)
                    continue
            with naming(part.label):
                for shown in self._frames(place, offset, wanted, tracks, hear):
                    if last is not None:  # it stays until another frame is there
                        yield replace(last, until=shown.time)
                    last = shown
                if last is None or last.part != place:
                    raise _empty(part)
                offset = last.until
                self._settle(tracks, offset)
                self._limits.check("max_duration_seconds", int(offset), who="all parts together")
        if last is not None:
            yield last

    def _frames(
        self,
        place: int,
        offset: Fraction,
        wanted: Fraction,
        tracks: set[int],
        hear: Callable[[int, Sequence[AudioFrame]], None],
    ) -> Iterator[Displayed]:
        """Yield the frames of one part, at their times in the joined film."""
        part = self._plan.parts[place]
        shift = offset - part.start
        with self._opened(place, part.start + wanted, shift) as decoder:
            sound = PartSound(part, tracks, decoder.zero, shift, hear)
            silent = sound.missing
            until: Fraction | None = None
            for shown in decoder.shown(sound.streams, sound.take):
                if shown.until <= part.start:
                    continue
                if part.end is not None and shown.time >= part.end:
                    if sound.reaches(part.end) or shown.time >= part.end + INTERLEAVE_SECONDS:
                        break
                    continue
                until = shown.until if part.end is None else min(shown.until, part.end)
                time = max(shown.time, part.start)
                yield Displayed(shown.frame, time + shift, until + shift, place)
                sound.release(until)
                if silent:
                    self._settle(silent, until + shift)
            if until is not None:
                sound.end(until)

    def _end_from(self, place: int, start: Fraction) -> Fraction | None:
        """Return when the last frame of a part ends that is displayed at or after a moment."""
        part = self._plan.parts[place]
        until: Fraction | None = None
        with self._opened(place, start, Fraction(0)) as decoder:
            for shown in decoder.shown(set(), lambda track, frames: None):
                if shown.until <= part.start:
                    continue
                if part.end is not None and shown.until >= part.end:
                    return part.end if shown.time < part.end else until
                until = shown.until
        return until

    @contextmanager
    def _opened(self, place: int, start: Fraction, shift: Fraction) -> Iterator[Decoder]:
        """Open one part, to be read from a moment of its own film on."""
        part = self._plan.parts[place]
        assert part.color is not None  # noqa: S101  # a part of a film has a picture
        plan = part_plan(self._plan, place)
        context, limits = self._context, self._limits
        with open_input(
            self._readers[place],
            format=part.source.format,
            limits=limits,
            where=part.source.uri,
            check=context.check,
        ) as container:
            decoder = Decoder(
                container, plan, start=start, color=part.color, context=context, limits=limits
            )
            try:
                yield decoder
            finally:
                self._note(decoder.lack, part, shift)

    def _note(self, lack: Lack | None, part: PartStep, shift: Fraction) -> None:
        """Remember what a part lacks first."""
        if lack is not None and self.lack is None:
            self.lack = Lack(max(lack.time + shift, Fraction(0)), f"{part.label}: {lack.words}")


def _empty(part: PartStep) -> CorruptMediaError:
    return CorruptMediaError(
        "no frame of the film lies within the part that is wanted", where=part.source.uri
    )
