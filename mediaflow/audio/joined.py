"""Reads sounds that are joined: one after another, or each fading into the next.

Law: parts are read one after another, each in its own time, and what is made of them is one sound.
Times count from the start of the whole.
"""

from __future__ import annotations

from contextlib import contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from mediaflow.audio.reading import SoundReader
from mediaflow.audio.seam import Seam
from mediaflow.libav.gate import open_input
from mediaflow.planning.part_errors import naming

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from av.packet import Packet
    from av.stream import Stream

    from mediaflow.audio.block import Block
    from mediaflow.frames import ByteReader
    from mediaflow.models.context import Context
    from mediaflow.planning import FilmPlan, PartStep
    from mediaflow.security.limits import Limits

__all__ = ["JoinedSound", "opened_sound"]

USUAL_RATE: Final = 48_000


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
        yield SoundReader(
            info,
            container,
            reader,
            limits,
            context.check,
            fail_on=plan.fail_on,
            tally=context.tally,
        )


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
            track.index: Seam(
                track.sample_rate or USUAL_RATE,
                track.channel_layout or "stereo",
                self._plan.crossfade,
                self._limits,
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
        self, place: int, part: PartStep, seams: dict[int, Seam]
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
                tally=self._context.tally,
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


def _nothing(packet: Packet[Stream]) -> None:
    """Take no packet: nothing of what is joined is copied."""
