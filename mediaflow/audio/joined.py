"""Reads sounds that are joined: one after another, or each fading into the next.

Law: parts are brought to one rate and layout and meet to the sample, without a gap; no more than a
crossfade of them is held. Times count from the start of the whole.
"""

from __future__ import annotations

from contextlib import contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import av
import numpy as np
import numpy.typing as npt

from mediaflow.audio.block import Block
from mediaflow.audio.reading import SoundReader
from mediaflow.libav.gate import open_input
from mediaflow.libav.translate import translated
from mediaflow.planning.part_errors import naming

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from av.packet import Packet
    from av.stream import Stream

    from mediaflow.frames import ByteReader
    from mediaflow.models.context import Context
    from mediaflow.planning import FilmPlan, PartStep
    from mediaflow.security.limits import Limits

__all__ = ["JoinedSound", "opened_sound"]

Samples = npt.NDArray[np.float32]

FORMAT: Final = "fltp"  # holds what 24 bits hold
USUAL_RATE: Final = 48_000
PAST: Final = Fraction(1)  # seconds that are read beyond the end of a part; packets overlap


@contextmanager
def opened_sound(
    plan: FilmPlan,
    reader: ByteReader,
    parts: Sequence[ByteReader],
    context: Context,
    limits: Limits,
) -> Iterator[SoundReader | JoinedSound]:
    """Open the sound of one source, or of several that are joined.

    Args:
        plan: What to do.
        reader: The source.
        parts: The sources that are joined, in its place; none for one.
        context: Cancellation.
        limits: Limits in force.

    Raises:
        SourceError: It cannot be opened.
    """
    if plan.parts:
        yield JoinedSound(plan, parts, context, limits)
        return
    info = plan.source
    with open_input(
        reader, format=info.format, limits=limits, where=info.uri, check=context.check
    ) as container:
        yield SoundReader(info, container, reader, limits, context.check, fail_on=plan.fail_on)


class JoinedSound:
    """The sound of several sources.

    Args:
        plan: What to do.
        readers: The sources, in the order of the plan's parts.
        context: Cancellation.
        limits: Limits in force, for each part.
    """

    def __init__(
        self, plan: FilmPlan, readers: Sequence[ByteReader], context: Context, limits: Limits
    ) -> None:
        self._plan, self._readers, self._context, self._limits = plan, readers, context, limits
        self.zero: Fraction = Fraction(0)
        """Time stamp, in seconds, that counts as 0."""

        self.time: Fraction = Fraction(0)
        """How far the whole was read, in seconds."""

        self.lack: str | None = None
        """What is missing of a part, in words; None without a lack."""

        self.covers: dict[int, bytes] = {}
        """What is joined has no cover of its own."""

    def time_of(self, index: int) -> Fraction:
        """Return how far one track was read, in seconds; all are read together."""
        return self.time

    def blocks(
        self, decoded: set[int], copied: set[int], take: Callable[[Packet[Stream]], None]
    ) -> Iterator[tuple[int, Block]]:
        """Yield the samples of some tracks of the whole, with the index of the track.

        Args:
            decoded: Indexes of the tracks.
            copied: Nothing of what is joined is copied.
            take: Takes nothing.

        Raises:
            SourceError: A part cannot be read.
        """
        seams = {
            track.index: _Seam(
                track.sample_rate or USUAL_RATE, track.channel_layout or "stereo", self._plan
            )
            for track in self._plan.source.audio
            if track.index in decoded
        }
        for place, part in enumerate(self._plan.parts):
            with naming(part.label):
                yield from self._part(place, part, seams)
        for index, seam in seams.items():
            for block in seam.end():
                yield index, block

    def _part(
        self, place: int, part: PartStep, seams: dict[int, _Seam]
    ) -> Iterator[tuple[int, Block]]:
        streams = {index: part.streams[index] for index in seams}
        wanted = {stream for stream in streams.values() if stream is not None}
        info, reader = part.source, self._readers[place]
        with open_input(
            reader,
            format=info.format,
            limits=self._limits,
            where=info.uri,
            check=self._context.check,
        ) as container:
            source = SoundReader(
                info,
                container,
                reader,
                self._limits,
                self._context.check,
                fail_on=self._plan.fail_on,
            )
            for seam in seams.values():
                seam.begin(part, source.zero)
            for stream, block in source.blocks(wanted, set(), _nothing):
                for index, seam in seams.items():
                    if streams[index] == stream:
                        for made in seam.push(block.frame()):
                            yield index, made
                self.time = max(seam.time for seam in seams.values())
                if all(seam.is_over for seam in seams.values()):
                    break
            if source.lack is not None and self.lack is None:
                self.lack = f"{part.label}: {source.lack}"
        for index, seam in seams.items():
            for made in seam.settle():
                yield index, made


class _Seam:
    """One track of the whole: cuts parts to the sample and lets each fade into the next.

    Args:
        rate: Samples a second of the whole.
        layout: FFmpeg's name of its layout.
        plan: Says for how long two parts are heard together.
    """

    def __init__(self, rate: int, layout: str, plan: FilmPlan) -> None:
        self._rate, self._layout = rate, layout
        self._channels = av.AudioLayout(layout).nb_channels
        self._overlap = round(plan.crossfade * rate)
        self._made = 0  # samples of the whole that were handed on
        self._tail: Samples = np.zeros((self._channels, 0), np.float32)
        self._before: Samples | None = None  # the end of the part before, while it goes down
        self._resampler: av.AudioResampler | None = None
        self._shape: tuple[str, int, str] | None = None
        self._zero = Fraction(0)
        self._skipped = self._left = self._faded = self._length = 0
        self._has_end = self._is_placed = False

    @property
    def time(self) -> Fraction:
        """How much of the whole was handed on, in seconds."""
        return Fraction(self._made, self._rate)

    @property
    def is_over(self) -> bool:
        """Whether nothing more is wanted of the part."""
        return self._has_end and self._left <= 0

    def begin(self, part: PartStep, zero: Fraction) -> None:
        """Begin the next part.

        Args:
            part: The part.
            zero: Its time stamp, in seconds, that counts as 0.
        """
        self._zero, self._is_placed = zero, False
        self._skipped = round(part.start * self._rate)
        self._has_end = part.end is not None
        self._left = 0 if part.end is None else round((part.end - part.start) * self._rate)

    def push(self, frame: av.AudioFrame) -> Iterator[Block]:
        """Put samples of the part in; yield what is finished."""
        shape = (frame.format.name, frame.sample_rate, frame.layout.name)
        if not self._is_placed and frame.pts is not None and frame.time_base is not None:
            late = Fraction(frame.pts, frame.sample_rate) - self._zero
            self._skipped -= max(round(late * self._rate), 0)  # it begins later than its film
            self._is_placed = True
        if shape != self._shape or self._resampler is None:
            yield from self._drained()
            self._shape = shape
            self._resampler = av.AudioResampler(format=FORMAT, layout=self._layout, rate=self._rate)
        with translated(stage="decode"):
            mixed = self._resampler.resample(frame)
        for one in mixed:
            yield from self._taken(one.to_ndarray())

    def settle(self) -> Iterator[Block]:
        """End the part; its last samples wait for the next one."""
        yield from self._drained()
        self._shape = None
        if self._before is not None and self._before.shape[1]:  # it was shorter than the crossfade
            rest, self._before = self._before, None
            yield from self._handed(rest)
        self._before = self._tail if self._overlap else None
        self._tail = np.zeros((self._channels, 0), np.float32)
        self._faded = 0
        self._length = 0 if self._before is None else self._before.shape[1]

    def end(self) -> Iterator[Block]:
        """Yield what is left of the last part."""
        if self._before is not None:
            yield from self._handed(self._before)

    def _drained(self) -> Iterator[Block]:
        if self._resampler is None:
            return
        with translated(stage="decode"):
            left = self._resampler.resample(None)
        self._resampler = None
        for one in left:
            yield from self._taken(one.to_ndarray())

    def _taken(self, samples: npt.NDArray[Any]) -> Iterator[Block]:
        """Cut samples to the part, and keep back as many as fade into the next."""
        if self._skipped < 0:
            gap = np.zeros((self._channels, -self._skipped), np.float32)
            samples, self._skipped = np.concatenate([gap, samples], axis=1), 0
        skipped = min(self._skipped, samples.shape[1])
        self._skipped -= skipped
        kept = samples[:, skipped:]
        if self._has_end:
            kept = kept[:, : max(self._left, 0)]
            self._left -= kept.shape[1]
        if self._before is not None:
            kept = self._mixed(kept)
        held = np.concatenate([self._tail, kept], axis=1)
        ready = max(held.shape[1] - self._overlap, 0)
        self._tail = held[:, ready:].astype(np.float32, copy=True)
        yield from self._handed(held[:, :ready])

    def _mixed(self, samples: Samples) -> Samples:
        """Return the start of a part with the end of the one before, which goes down in even steps."""
        before = self._before
        assert before is not None  # noqa: S101  # asked before
        count = min(samples.shape[1], before.shape[1])
        steps = (self._faded + np.arange(count) + 1) / (self._length + 1)
        made = samples.astype(np.float32, copy=True)
        made[:, :count] = before[:, :count] * (1 - steps) + samples[:, :count] * steps
        self._faded += count
        self._before = before[:, count:] if count < before.shape[1] else None
        return made

    def _handed(self, samples: Samples) -> Iterator[Block]:
        count = samples.shape[1]
        if not count:
            return
        rows = np.ascontiguousarray(samples, dtype=np.float32)
        yield Block(
            format=FORMAT,
            layout=self._layout,
            sample_rate=self._rate,
            samples=count,
            planes=tuple(row.tobytes() for row in rows),
            time=self.time,
        )
        self._made += count


def _nothing(packet: Packet[Stream]) -> None:
    """Take no packet: nothing of what is joined is copied."""
