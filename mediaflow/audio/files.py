"""Makes files of sound from one pass over a source: one decode, one encoder for equal sound.

Law: encoders run beside each other, each in a thread of its own, and none ever waits for memory. One
output's failure stops no other; a source that cannot be read stops all. Every thread has ended
before anything is told.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final, cast

from mediaflow.audio.copying import SoundCopy
from mediaflow.audio.joined import opened_sound
from mediaflow.audio.lane import SoundLane
from mediaflow.models.result import Notice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from av.packet import Packet
    from av.stream import Stream

    from mediaflow.audio.backend import MadeSound, SoundFiles
    from mediaflow.audio.joined import JoinedSound
    from mediaflow.audio.reading import SoundReader
    from mediaflow.frames import ByteReader
    from mediaflow.models.context import Context
    from mediaflow.planning import FilmPlan, SoundFileStep
    from mediaflow.security.limits import Limits

__all__ = ["make_sound_files"]

PASSED: Final = 0.9  # share of a job that ends when the pass does
REPORT_STEP: Final = 0.01


def make_sound_files(
    plan: FilmPlan,
    steps: Sequence[SoundFileStep],
    reader: ByteReader,
    files: SoundFiles,
    context: Context,
    *,
    limits: Limits,
    parts: Sequence[ByteReader] = (),
) -> list[MadeSound]:
    """Make files of sound in one pass; one entry a step, in their order.

    Args:
        plan: What to do.
        steps: The files that are made.
        reader: The source.
        files: Gives each output a private file.
        context: Progress out, cancellation and budget in.
        limits: Limits in force.
        parts: The sounds that are joined, in place of ``reader``; none for one.

    Raises:
        SourceError: The input cannot be decoded.
        JobCancelledError: The caller gave up.
    """
    lanes = [
        SoundLane(sound=plan.sounds[index], steps=[step for step in steps if step.sound == index])
        for index in sorted({step.sound for step in steps if step.sound is not None})
    ]
    copied = [step for step in steps if step.copy is not None]
    with opened_sound(plan, reader, parts, context, limits) as source:
        run = _Pass(plan, source, lanes, context)
        with ThreadPoolExecutor(max(len(lanes), 1), thread_name_prefix="mediaflow-sound") as pool:
            futures = [
                pool.submit(lane.make, source.zero, files, context, limits) for lane in lanes
            ]
            try:
                made = run.feed(copied, files)
            except BaseException as exc:
                for lane in lanes:
                    lane.channel.finish(exc)
                raise
            for lane in lanes:
                lane.channel.finish()
            for future in futures:
                made += future.result()
    context.check()
    by_name = {one.step.name: one for one in made}
    return [run.noticed(by_name[step.name]) for step in steps]


class _Pass:
    """The reading side of one pass, and what it hands to whom."""

    def __init__(
        self,
        plan: FilmPlan,
        source: SoundReader | JoinedSound,
        lanes: Sequence[SoundLane],
        context: Context,
    ) -> None:
        self._plan, self._source, self._lanes, self._context = plan, source, lanes, context
        ends = [lane.sound.end for lane in lanes]
        known = Fraction(str(plan.source.duration_seconds or 0))
        self._end = None if None in ends else max((end for end in ends if end), default=None)
        self._total = self._end or known
        self._share = 0.0

    def feed(self, copied: Sequence[SoundFileStep], files: SoundFiles) -> list[MadeSound]:
        """Read the source; hand every lane its frames, and pack what is copied.

        Returns:
            One entry a file that was copied.
        """
        decoded = {lane.sound.stream for lane in self._lanes}
        copies = [SoundCopy(step, files, cast("SoundReader", self._source)) for step in copied]
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
                    if lane.sound.stream == index:
                        lane.put(block)
                self._report()
                if self._is_over() and not copies:
                    break
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
        if all(lane.is_over for lane in self._lanes):
            return True
        return self._end is not None and self._source.time > self._end + 1

    def _report(self) -> None:
        if self._total <= 0:
            return
        share = min(float(self._source.time / self._total), 1.0)
        if share >= self._share + REPORT_STEP:
            self._share = share
            self._context.progress(share * PASSED, "encode")
