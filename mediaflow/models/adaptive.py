"""What is wanted of a film as an adaptive stream: one set of segments for HLS and DASH.

Law: a spec checks what can be checked without the source; the rest belongs to planning.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias, get_args

from mediaflow.errors import SpecError, UnsupportedError
from mediaflow.models.checking import (
    check_choice,
    check_count,
    check_flag,
    check_name,
    check_number,
    check_suffix,
    check_type,
)
from mediaflow.models.encoding import Bitrate, Crf, Quality
from mediaflow.models.film import MAX_EFFORT, MAX_FPS, AudioTrack, check_window
from mediaflow.models.filtering import as_filters
from mediaflow.models.plugins import Filter

__all__ = ["Protocol", "Rendition", "StreamCodec", "StreamOutput", "StreamRate"]

Protocol: TypeAlias = Literal["hls", "dash"]
"""What a manifest is written for."""

StreamCodec: TypeAlias = Literal["av1", "h264", "hevc", "vp9"]
"""How the picture of a rendition is coded."""

StreamRate: TypeAlias = Bitrate | Crf | Quality
"""What a rendition spends bits by."""

MIN_SIDE: Final = 16
MAX_SIDE: Final = 8192
MAX_RENDITIONS: Final = 12
MAX_TRACKS: Final = 8
MIN_SEGMENT_SECONDS: Final = 1.0
MAX_SEGMENT_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """One rung of a stream: a size and a rate that a player may switch to.

    Example:
        >>> Rendition(720, rate=Crf(24)).codec
        'h264'
    """

    height: int = field(kw_only=False)
    """Height in px of the upright picture; the width follows, both are even. A source that is
    smaller is not enlarged."""

    rate: StreamRate | None = None
    """:class:`Crf`, :class:`Bitrate` or :class:`Quality`; None takes the codec's default, and of H.264
    at most 8.5 Mbit/s from 1080 lines on, 6 from 720, 3.5 from 540 and 1.5 below, over two seconds."""

    codec: StreamCodec = "h264"
    """Name of the codec."""

    def __post_init__(self) -> None:
        if self.height is None:
            raise SpecError("a rendition needs a height, such as Rendition(720)", field="height")
        check_count("height", self.height, MIN_SIDE, MAX_SIDE)
        check_type("rate", self.rate, get_args(StreamRate), "Crf(23)")
        check_choice("codec", self.codec, get_args(StreamCodec))


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamOutput:
    """One film as a set of segments, which players take by HLS, by DASH, or by both.

    The result's ``uri`` is the first manifest and the first of ``files`` the second one; what they
    point to stands in folders beside them, so that each set wants a folder of its own.

    Example:
        >>> StreamOutput(renditions=(Rendition(720), Rendition(360))).segment_seconds
        6.0
    """

    kind: Literal["stream"] = "stream"

    renditions: tuple[Rendition, ...] | Literal["auto"] = "auto"
    """The rungs, best first or not; ``"auto"`` takes those of 1080, 720, 540 and 360 lines that the
    source reaches, or one of the source's own size."""

    segment_seconds: float = 6.0
    """Length that segments have, in seconds: each starts at the first frame at or after a multiple
    of it, in all renditions."""

    protocols: tuple[Protocol, ...] = ("hls", "dash")
    """What manifests are written for: ``{stem}.m3u8``, ``{stem}.mpd`` or both."""

    audio: tuple[AudioTrack, ...] = (AudioTrack(),)
    """The sounds, each encoded once; empty leaves sound out."""

    subtitles: Literal["carry", "drop"] = "carry"
    """Whether tracks of text go along, as WebVTT."""

    storyboard: bool = False
    """Whether small pictures of all of it are made for the bar of the player."""

    fps: float | None = None
    """Frames a second, made constant; None keeps every frame at its own time."""

    effort: int | None = None
    """0 (fastest) to 9 (smallest); None takes the codec's default."""

    filters: tuple[Filter, ...] = ()
    """What changes the look of each rendition, in order."""

    single_file: bool = False
    """Whether all segments of a track are one file, of which players fetch ranges; not made here."""

    encryption: str | None = None
    """How segments are encrypted, such as ``"aes-128"``; not made here."""

    start: float = 0.0
    """Where it starts, in seconds of the source."""

    end: float | None = None
    """Where it ends, in seconds of the source; None is the source's end."""

    suffix: str = ""
    """Text between the file's stem and its extension."""

    name: str | None = None
    """Name in the result; by default the suffix or ``"stream"``."""

    def __post_init__(self) -> None:
        if self.renditions != "auto":
            _check_renditions(self.renditions)
            object.__setattr__(self, "renditions", tuple(self.renditions))
        check_number("segment_seconds", self.segment_seconds, MAX_SEGMENT_SECONDS)
        if self.segment_seconds < MIN_SEGMENT_SECONDS:
            raise SpecError(
                f"segment_seconds must be at least 1, got {self.segment_seconds}",
                field="segment_seconds",
                value=self.segment_seconds,
            )
        object.__setattr__(self, "protocols", _checked_protocols(self.protocols))
        object.__setattr__(self, "audio", _checked_sounds(self.audio))
        check_choice("subtitles", self.subtitles, ("carry", "drop"))
        check_flag("storyboard", self.storyboard)
        check_flag("single_file", self.single_file)
        _refuse_what_is_not_made(single_file=self.single_file, encryption=self.encryption)
        if self.fps is not None:
            check_number("fps", self.fps, MAX_FPS)
        check_count("effort", self.effort, 0, MAX_EFFORT)
        object.__setattr__(self, "filters", as_filters(self.filters))
        check_window(self.start, self.end)
        check_name(self.name)
        check_suffix("suffix", self.suffix)


def _refuse_what_is_not_made(*, single_file: bool, encryption: str | None) -> None:
    """Refuse what players know and this library does not make.

    Raises:
        UnsupportedError: It is so.
    """
    if single_file:
        raise UnsupportedError(
            "a stream is made of one file a segment, not of ranges of a single file",
            hint="leave single_file out",
            field="single_file",
        )
    if encryption is not None:
        raise UnsupportedError(
            f"segments are not encrypted here, got encryption={encryption!r:.40}",
            hint="leave encryption out, and encrypt with a packager that holds your keys",
            field="encryption",
        )


def _check_renditions(renditions: object) -> None:
    if not isinstance(renditions, tuple | list) or not all(
        isinstance(one, Rendition) for one in renditions
    ):
        raise SpecError(
            f"renditions must be 'auto' or some Rendition, got {renditions!r:.80}",
            field="renditions",
            hint="renditions=(Rendition(720), Rendition(360))",
        )
    if not 1 <= len(renditions) <= MAX_RENDITIONS:
        raise SpecError(
            f"a stream has 1 to {MAX_RENDITIONS} renditions, got {len(renditions)}",
            field="renditions",
        )
    places = [(one.height, one.codec) for one in renditions]
    twice = next((place for place in places if places.count(place) > 1), None)
    if twice is not None:
        raise SpecError(
            f"two renditions are {twice[1]} of {twice[0]} lines", field="renditions", value=twice[0]
        )


def _checked_protocols(protocols: object) -> tuple[object, ...]:
    if not isinstance(protocols, tuple | list) or not protocols:
        raise SpecError(
            f"protocols must be some of 'hls' and 'dash', got {protocols!r:.80}", field="protocols"
        )
    for one in protocols:
        check_choice("protocols", one, get_args(Protocol))
    return tuple(word for word in get_args(Protocol) if word in protocols)


def _checked_sounds(audio: object) -> tuple[AudioTrack, ...]:
    if audio is None:
        return ()
    tracks: object = (audio,) if isinstance(audio, AudioTrack) else audio
    if not isinstance(tracks, tuple | list) or len(tracks) > MAX_TRACKS:
        raise SpecError(
            f"audio must be up to {MAX_TRACKS} AudioTrack, got {audio!r:.80}", field="audio"
        )
    for track in tracks:
        if not isinstance(track, AudioTrack):
            raise SpecError(f"audio must be some AudioTrack, got {track!r:.80}", field="audio")
    return tuple(tracks)
