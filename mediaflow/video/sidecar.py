"""Takes the text tracks of a film out of it: packets become cues, and cues become files.

Law: nothing is decoded by FFmpeg; times are seconds of the film, as its pictures and sounds have
them. What a stranger's track may cost is bounded by the number and the length of its texts.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from mediaflow.errors import (
    CorruptMediaError,
    LimitExceededError,
    MediaflowError,
    TruncatedMediaError,
)
from mediaflow.formats.subtitle_codecs import SUBTITLE_CODECS, sidecar_of
from mediaflow.formats.subtitles import MAX_CUES, MAX_FILE_BYTES, Cue
from mediaflow.libav.compat import rational
from mediaflow.libav.gate import open_input
from mediaflow.libav.packets import metered
from mediaflow.models.result import Notice
from mediaflow.video.backend import MadeSidecar
from mediaflow.video.seek import moving_picture, zero_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream

    from mediaflow.frames import ByteReader
    from mediaflow.models.context import Context
    from mediaflow.planning import FilmPlan, SidecarStep
    from mediaflow.security.limits import Limits

__all__ = ["make_sidecars"]

UNTOLD_SECONDS: Final = Fraction(5)  # for which a text without a length is shown at most


@dataclass(slots=True, kw_only=True)
class _Track:
    """The texts of one track so far."""

    codec: str
    unit: Fraction
    zero: Fraction
    starts: list[Fraction] = field(default_factory=list)
    ends: list[Fraction | None] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    characters: int = 0
    error: MediaflowError | None = None
    """Why it is taken no further."""

    def take(self, packet: Packet[Stream], where: str | None) -> None:
        """Add what a packet shows; one without time or bytes shows nothing."""
        if packet.pts is None or not packet.size or self.error is not None:
            return
        text = SUBTITLE_CODECS[self.codec].to_text(bytes(packet))
        start = packet.pts * self.unit - self.zero
        length = packet.duration or 0
        self.starts.append(start)
        self.ends.append(start + length * self.unit if length > 0 else None)
        self.texts.append(text)
        self.characters += len(text)
        if len(self.texts) > MAX_CUES or self.characters > MAX_FILE_BYTES:
            self.error = LimitExceededError(
                f"a track has more than {MAX_CUES:,} subtitles, or more text than that needs",
                stage="decode",
                where=where,
            )

    def cues(self) -> Iterator[Cue]:
        """Yield what is shown, by start; a text without a length ends with the next one."""
        order = sorted(range(len(self.starts)), key=lambda at: self.starts[at])
        for at, after in zip(order, (*order[1:], None), strict=False):
            start, end = self.starts[at], self.ends[at]
            if end is None:
                end = start + UNTOLD_SECONDS
                end = end if after is None else min(end, self.starts[after])
            if self.texts[at] and end > start:
                yield Cue(start, end, self.texts[at])


def make_sidecars(
    plan: FilmPlan,
    steps: Sequence[SidecarStep],
    reader: ByteReader,
    context: Context,
    *,
    limits: Limits,
) -> list[MadeSidecar]:
    """Make files of subtitles in one pass; one entry a step.

    Args:
        plan: What to do.
        steps: The files that are made.
        reader: The film.
        context: Asked before each packet whether to go on.
        limits: Limits in force.

    Raises:
        SourceError: The input cannot be read.
        JobCancelledError: The caller gave up.
    """
    began = time.perf_counter()
    where = plan.source.uri
    with open_input(
        reader, format=plan.source.format, limits=limits, where=where, check=context.check
    ) as container:
        tracks, is_broken = _read(container, plan, steps, context, limits)
    return [_made(step, tracks[step.stream], is_broken, began) for step in steps]


def _read(
    container: InputContainer,
    plan: FilmPlan,
    steps: Sequence[SidecarStep],
    context: Context,
    limits: Limits,
) -> tuple[dict[int, _Track], bool]:
    """Return the tracks of a film by index, and whether reading broke."""
    where = plan.source.uri
    zero = zero_of(container, moving_picture(container, plan.stream))
    tracks: dict[int, _Track] = {}
    for step in steps:
        unit = rational(container.streams[step.stream].time_base) or Fraction(1, 1000)
        tracks[step.stream] = _Track(codec=step.codec, unit=unit, zero=zero)
    try:
        # all packets are counted, so that no film is longer than the limits allow
        for packet in metered(container, (), limits, where=where):
            context.check()
            track = tracks.get(packet.stream.index)
            if track is not None:
                track.take(packet, where)
    except (CorruptMediaError, TruncatedMediaError):
        if plan.fail_on == "error":
            raise
        return tracks, True
    return tracks, False


def _made(step: SidecarStep, track: _Track, is_broken: bool, began: float) -> MadeSidecar:
    if track.error is not None:
        seconds = time.perf_counter() - began
        return MadeSidecar(step=step, seconds=seconds, notices=step.notices, error=track.error)
    cues = [shifted for cue in track.cues() for shifted in _within(cue, step)]
    notices = step.notices
    if is_broken and "source_salvaged" not in {one.code for one in notices}:
        text = "the film is damaged; the subtitles that could be read are used"
        notices = (*notices, Notice(code="source_salvaged", message=text))
    if not cues:
        notices = (*notices, Notice(code="subtitles_absent", message="no subtitle is shown there"))
    return MadeSidecar(
        step=step,
        seconds=time.perf_counter() - began,
        data=sidecar_of(step.format).write(cues).encode(),
        notices=notices,
    )


def _within(cue: Cue, step: SidecarStep) -> tuple[Cue, ...]:
    """Return a cue by the times of an output, or nothing for one outside of it."""
    start = max(cue.start, step.start)
    end = cue.end if step.end is None else min(cue.end, step.end)
    if end <= start:
        return ()
    return (replace(cue, start=start - step.start, end=end - step.start),)
