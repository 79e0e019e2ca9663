"""Plans sounds that are joined into one: one after another, or each fading into the next. Pure.

Law: the whole is planned like any sound, by the facts of the joined one. Nothing of it is copied: all
of it is decoded and encoded. A film among the parts gives its sound.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Final

from mediaflow.errors import SpecError, TruncatedMediaError, UnsupportedError
from mediaflow.models.info import MediaInfo
from mediaflow.models.streams import ContainerInfo
from mediaflow.planning.checks import check_allowed
from mediaflow.planning.film_steps import PartStep
from mediaflow.planning.film_times import exact, window_of
from mediaflow.planning.kinds import narrow_for
from mediaflow.planning.part_errors import naming
from mediaflow.planning.part_facts import (
    JOINED,
    UNNAMED_TYPE,
    counterpart_of,
    tracks_of,
    widest_of,
)
from mediaflow.planning.sound import plan_sounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.models.concat import Part
    from mediaflow.models.job import FailOn
    from mediaflow.models.outputs import Output
    from mediaflow.planning.film_steps import FilmPlan
    from mediaflow.planning.names import SourceName
    from mediaflow.planning.steps import AssetStep
    from mediaflow.security.limits import Limits

__all__ = ["SoundPart", "check_sound_parts", "found_sound", "plan_sound_parts"]

JOINED_WORDS: Final = "parts are joined"


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundPart:
    """One of the sounds that are joined, as it was found."""

    label: str
    """What messages call it, without secrets."""

    info: MediaInfo
    start: Fraction
    end: Fraction | None

    @property
    def seconds(self) -> Fraction | None:
        """Length by its header, of the sound where the header tells it apart.

        None where that is no more than an estimate. A piece that lies wholly behind the sound of its
        film is silent, and as long as was asked for.
        """
        window = window_of(float(self.start), self.end, self.info)
        whole = self._sound_seconds
        if whole is None or whole <= self.start or (window.end is not None and window.end <= whole):
            return window.seconds
        return whole - self.start

    @property
    def likely_seconds(self) -> Fraction:
        """Length by its header, else as estimated, else none at all."""
        if self.seconds is not None:
            return self.seconds
        return max(exact(self.info.duration_seconds or 0) - self.start, Fraction(0))

    @property
    def is_cut_off(self) -> bool:
        """Whether a part of the file is missing, where it would be read to its end."""
        container = self.info.container
        return self.end is None and container is not None and container.is_truncated is True

    @property
    def _sound_seconds(self) -> Fraction | None:
        """Where the last of its tracks ends, in seconds of the source, if the header tells of all."""
        container = self.info.container
        tracks = [track for track in self.info.audio if track.is_decodable]
        if container is None or container.start_seconds is None:
            return None
        if container.duration_seconds_from_header is None:
            return None  # then the lengths of its tracks are estimates as well
        zero, ends = exact(container.start_seconds), []
        for track in tracks:
            first, length = track.start_seconds, track.duration_seconds_from_header
            if first is None or length is None:
                return None
            ends.append(exact(first) - zero + exact(length))
        return max(ends, default=None)


def found_sound(part: Part, info: MediaInfo, *, label: str) -> SoundPart:
    """Return a part as it was found.

    Args:
        part: What was asked for.
        info: What the probe found.
        label: What messages call it, without secrets.

    Raises:
        SpecError: It starts beyond the end of its source.
        UnsupportedError: It has no sound that can be decoded.
    """
    with naming(label):
        if not any(track.is_decodable for track in info.audio):
            raise UnsupportedError(
                f"the source is {info.format} without sound that can be decoded", where=info.uri
            )
        window_of(part.start, part.end, info)
        return SoundPart(
            label=label,
            info=info,
            start=exact(part.start),
            end=None if part.end is None else exact(part.end),
        )


def check_sound_parts(
    parts: Sequence[SoundPart], limits: Limits, crossfade: Fraction = Fraction(0)
) -> MediaInfo:
    """Refuse parts that may not be read; return what they make together.

    Args:
        parts: The parts in order.
        limits: Limits in force, for each part and for all together.
        crossfade: For how long one is heard with the next, in seconds.

    Raises:
        LimitExceededError: A part, or all together, are larger or longer than allowed.
        SpecError: A part is too short for the crossfade.
        UnidentifiedMediaError: The format of a part is not among those that the limits allow.
    """
    for part in parts:
        with naming(part.label):
            check_allowed(part.info, limits)
            if part.info.bytes is not None:
                limits.check("max_input_bytes", part.info.bytes, where=part.info.uri)
    _check_crossfade(parts, crossfade)
    whole = _joined(parts, crossfade)
    limits.check("max_input_bytes", whole.bytes or 0, who="all parts together")
    seconds = ceil(whole.duration_seconds or 0)
    limits.check("max_duration_seconds", seconds, who="all parts together")
    return whole


def plan_sound_parts(
    outputs: Sequence[Output],
    parts: Sequence[SoundPart],
    *,
    crossfade: Fraction,
    template: str,
    source_name: SourceName,
    limits: Limits,
    assets: tuple[AssetStep, ...] = (),
    fail_on: FailOn = "error",
) -> FilmPlan:
    """Return the plan for all outputs of sounds that are joined.

    Args:
        outputs: Typed outputs, all of them sounds.
        parts: The parts in order.
        crossfade: For how long one is heard with the next, in seconds.
        template: Name template of the outputs.
        source_name: What the template may take from the source.
        limits: Limits in force, for each part and for all together.
        assets: The covers that outputs name.
        fail_on: Whether a part that is cut off is an error.

    Raises:
        LimitExceededError: A part, all together, or the work are larger than allowed.
        SpecError: A time does not fit, or two outputs share a place.
        TruncatedMediaError: A part is cut off, as its index says, and that is an error.
        UnsupportedError: An output means nothing here.
    """
    info = check_sound_parts(parts, limits, crossfade)
    if fail_on == "error":
        _check_whole(parts)
    plan = plan_sounds(
        narrow_for(outputs, info),
        info,
        template=template,
        source_name=replace(source_name, format=None),
        limits=replace(limits, allowed_formats=None),  # each part was asked
        assets=assets,
        fail_on=fail_on,
    )
    return replace(
        plan,
        sounds=tuple(replace(sound, reason=JOINED_WORDS) for sound in plan.sounds),
        sound_files=tuple(replace(step, reason=JOINED_WORDS) for step in plan.sound_files),
        parts=tuple(_step(part, parts) for part in parts),
        crossfade=crossfade,
    )


def _step(part: SoundPart, parts: Sequence[SoundPart]) -> PartStep:
    found = (counterpart_of(track, part, parts) for track in tracks_of(parts))
    return PartStep(
        label=part.label,
        source=part.info,
        streams=tuple(None if each is None else each.index for each in found),
        start=part.start,
        end=part.end,
        seconds=part.seconds,
    )


def _joined(parts: Sequence[SoundPart], crossfade: Fraction) -> MediaInfo:
    """Return the facts of the sound that parts make together."""
    lengths = [part.seconds for part in parts]
    overlapped = crossfade * (len(parts) - 1)
    total = sum((part.likely_seconds for part in parts), Fraction(0)) - overlapped
    sizes = [part.info.bytes for part in parts]
    return MediaInfo(
        kind="audio",
        format=JOINED,
        mime_type=UNNAMED_TYPE,
        bytes=None if None in sizes else sum(filter(None, sizes)),
        container=ContainerInfo(
            demuxer="",
            duration_seconds_from_header=None if None in lengths else float(total),
            duration_seconds_estimated=float(total) if None in lengths and total > 0 else None,
            start_seconds=0.0,
            is_truncated=any(part.is_cut_off for part in parts),
        ),
        audio=tuple(widest_of(track, parts, at) for at, track in enumerate(tracks_of(parts))),
        header_bytes=sum(part.info.header_bytes for part in parts),
    )


def _check_crossfade(parts: Sequence[SoundPart], crossfade: Fraction) -> None:
    for place, part in enumerate(parts):
        sides = (place > 0) + (place + 1 < len(parts))
        if part.seconds is not None and crossfade * sides > part.seconds:
            raise SpecError(
                f"{part.label}: a crossfade of {float(crossfade):g} s does not fit into "
                f"{float(part.seconds):g} s",
                field="crossfade_seconds",
            )


def _check_whole(parts: Sequence[SoundPart]) -> None:
    """Refuse a part that is cut off, where it would be read to its end."""
    for part in parts:
        if part.is_cut_off:
            raise TruncatedMediaError(
                f"{part.label}: the source is cut off before its end",
                hint='fail_on="none" uses what is left of it',
                where=part.info.uri,
            )
