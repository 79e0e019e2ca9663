"""What films are together when they are joined: one picture, common sound tracks. Pure.

Law: facts only. The joined film looks like its first part, is as long as all together, and has the
sound tracks of the first part that has any; which stream stands for each in another part is found by
language. What is unknown of one part is unknown of the whole.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Protocol

from mediaflow.models.info import MediaInfo
from mediaflow.models.streams import ContainerInfo, VideoStream
from mediaflow.planning.film_times import CLOCK, COARSE, exact, rate_of, window_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.models.streams import AudioStream

__all__ = [
    "JOINED",
    "UNNAMED_TYPE",
    "FoundPart",
    "Heard",
    "counterpart_of",
    "joined_info",
    "part_at",
    "streams_of",
    "tracks_of",
    "widest_of",
]

JOINED: Final = "concat"
"""What the format and the codecs of a joined film are called. No container holds such a codec, so that
nothing of it is ever copied."""

UNNAMED_TYPE: Final = "application/octet-stream"  # RFC 2046 4.5.1


class Heard(Protocol):
    """A part of which the sound tracks are known."""

    @property
    def info(self) -> MediaInfo:
        """What the probe found."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPart:
    """One of the films that are joined, as it was found."""

    label: str
    """What messages call it, without secrets."""

    info: MediaInfo
    stream: VideoStream
    """The moving picture that is taken."""

    start: Fraction
    end: Fraction | None
    claimed: str | None = None
    """Format that the name of the source claims, or None."""

    @property
    def seconds(self) -> Fraction | None:
        """Length by its header, of the picture where the header tells it apart."""
        window = window_of(float(self.start), self.end, self.info)
        whole = self._picture_seconds
        if whole is None or (window.end is not None and window.end <= whole):
            return window.seconds
        return max(whole - self.start, Fraction(0))

    @property
    def is_cut_off(self) -> bool:
        """Whether a part of the file is missing, where it would be read to its end."""
        container = self.info.container
        return self.end is None and container is not None and container.is_truncated is True

    @property
    def _picture_seconds(self) -> Fraction | None:
        """Where the picture ends, in seconds of the film, if the header tells."""
        length, first = self.stream.duration_seconds_from_header, self.stream.start_seconds
        container = self.info.container
        if length is None or first is None or container is None or container.start_seconds is None:
            return None
        return exact(first) - exact(container.start_seconds) + exact(length)


def joined_info(parts: Sequence[FoundPart]) -> MediaInfo:
    """Return the facts of the film that parts make together.

    Args:
        parts: The parts in order, at least one.
    """
    first = parts[0]
    lengths = [part.seconds for part in parts]
    total = None if None in lengths else float(sum(filter(None, lengths), Fraction(0)))
    sizes = [part.info.bytes for part in parts]
    return MediaInfo(
        kind="video",
        format=JOINED,
        mime_type=UNNAMED_TYPE,
        bytes=None if None in sizes else sum(filter(None, sizes)),
        width=first.stream.display_size.width,
        height=first.stream.display_size.height,
        container=ContainerInfo(
            demuxer="",
            duration_seconds_from_header=total,
            start_seconds=0.0,
            is_truncated=any(part.is_cut_off for part in parts),
        ),
        video=(_picture(parts, total),),
        audio=tuple(
            widest_of(track, parts, place) for place, track in enumerate(tracks_of(parts), start=1)
        ),
        header_bytes=sum(part.info.header_bytes for part in parts),
    )


def part_at(time: Fraction, parts: Sequence[FoundPart]) -> int | None:
    """Return which part is displayed at a moment by the headers, from 0; None when unknown.

    Args:
        time: Seconds of the joined film; after its end the last part is meant.
        parts: The parts in order.
    """
    until = Fraction(0)
    for place, part in enumerate(parts):
        if part.seconds is None:
            return None
        until += part.seconds
        if time < until:
            return place
    return len(parts) - 1


def streams_of(part: FoundPart, parts: Sequence[FoundPart]) -> tuple[int | None, ...]:
    """Return which stream of a part stands for each stream of the joined film, by its index.

    Args:
        part: One of the parts.
        parts: All of them.
    """
    found = (counterpart_of(track, part, parts) for track in tracks_of(parts))
    sounds = (None if each is None or not each.is_decodable else each.index for each in found)
    return (part.stream.index, *sounds)


def _picture(parts: Sequence[FoundPart], total: float | None) -> VideoStream:
    streams = [part.stream for part in parts]
    weights = [(rate_of(part.stream), part.seconds or Fraction(1)) for part in parts]
    length = sum((seconds for _, seconds in weights), Fraction(0))
    frames = sum((rate * seconds for rate, seconds in weights), Fraction(0))
    rates = {rate for rate, _ in weights}
    mean = next(iter(rates)) if len(rates) == 1 or not length else frames / length
    return replace(
        streams[0],
        index=0,
        codec=JOINED,
        profile=None,
        level=None,
        has_alpha=any(stream.has_alpha for stream in streams),
        frame_rate_average=mean.limit_denominator(1001) or mean,
        frame_rate_base=max(rates),
        is_variable_rate=True if len(rates) > 1 else streams[0].is_variable_rate,
        time_base=_clock(streams),
        start_seconds=0.0,
        duration_seconds_from_header=total,
        frames_from_header=None,
        frames_from_packets=None,
        keyframe_seconds=None,
        bit_rate=None,
    )


def _clock(streams: Sequence[VideoStream]) -> Fraction:
    """Return a tick for the times of all parts: their own, where it is one and a fine one."""
    bases = {stream.time_base for stream in streams}
    base = next(iter(bases))
    return base if len(bases) == 1 and 0 < base <= COARSE else CLOCK


def tracks_of(parts: Sequence[Heard]) -> tuple[AudioStream, ...]:
    """Return the sound tracks of the first part that has any that can be decoded."""
    for part in parts:
        usable = tuple(track for track in part.info.audio if track.is_decodable)
        if usable:
            return usable
    return next((part.info.audio for part in parts if part.info.audio), ())


def counterpart_of(track: AudioStream, part: Heard, parts: Sequence[Heard]) -> AudioStream | None:
    """Return the track of a part that stands for one: of its language, else the default.

    Args:
        track: A track of the joined film.
        part: One of the parts.
        parts: All of them.
    """
    usable = [each for each in part.info.audio if each.is_decodable]
    alike = [each for each in usable if _language(each) == _language(track)]
    twins = [each for each in tracks_of(parts) if _language(each) == _language(track)]
    place = twins.index(track)
    if alike:
        return alike[place] if place < len(alike) else alike[0]
    default = (each for each in usable if "default" in each.disposition)
    return next(default, usable[0] if usable else None)


def _language(track: AudioStream) -> str:
    return (track.language or "").casefold()


def widest_of(track: AudioStream, parts: Sequence[Heard], index: int) -> AudioStream:
    """Return a track with the most channels, samples and bits that any part of it has.

    Args:
        track: The track.
        parts: The parts in order.
        index: Its index in the joined film.
    """
    found = [each for part in parts if (each := counterpart_of(track, part, parts)) is not None]
    if not found:
        return replace(track, index=index)
    widest = max(found, key=lambda each: each.channels or 0)
    deepest = max((each.bit_depth or 0 for each in found), default=0)
    return replace(
        track,
        index=index,
        codec=JOINED,
        sample_rate=max((each.sample_rate or 0 for each in found), default=0) or None,
        channels=widest.channels,
        channel_layout=widest.channel_layout,
        profile=None,
        bit_depth=deepest or None,
        bit_rate=None,
        start_seconds=0.0,
        duration_seconds_from_header=None,
    )
