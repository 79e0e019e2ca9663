"""Playlists of a stream for HLS: which variants there are, and the segments of each track.

A player reads the multivariant playlist first. Sounds stand in groups there. A group holds one
encoding of each voice, which is what differs in language or label, and every variant of the picture
is listed with every group: so a player takes the codec that it can decode, and its user the voice.

Law: what is told of a track is what was measured of it; nothing is read, written or looked up, and
the same data gives the same text.

Source: RFC 8216 4.3.2 and 4.3.3 (media playlists), 4.3.4 (variants, groups);
draft-pantos-hls-rfc8216bis 4.4.6 (VIDEO-RANGE, FORCED); Apple, HLS authoring specification 1.32, 8.1,
8.2 and 9.13 to 9.16.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mediaflow.errors import SpecError
from mediaflow.models.stream_data import TrackData
from mediaflow.video.manifests import (
    MICROSECONDS,
    base_address,
    codec_family,
    peak_bit_rate,
    rounded_seconds,
    segment_lengths,
    target_seconds,
)
from mediaflow.video.voices import SoundGroup, sound_groups, sound_voices, text_voices

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from fractions import Fraction

    from mediaflow.models.stream_data import StreamData, TextTrackData
    from mediaflow.video.voices import Voice

__all__ = [
    "media_playlist",
    "multivariant_playlist",
    "playlist_path",
    "text_playlist",
    "track_playlists",
]

VERSION: Final = 7  # RFC 8216, with EXT-X-MAP in playlists that are not of keyframes alone
PLAYLIST: Final = "playlist.m3u8"
TEXT_GROUP: Final = "subtitles"
START_BIT_RATE: Final = 2_000_000  # Apple 1.32: what the first variant takes in the mean


def multivariant_playlist(data: StreamData, *, base: str) -> str:
    """Return the playlist that players open first.

    Variants come in runs: those of one codec with one group of sounds. Apple's authoring
    specification wants the first of a run, with which a player starts that has measured nothing
    yet, to be the one of 2 Mbit/s in the mean. So a run starts with its best variant of at most
    that rate, whatever place on the ladder it has, or with the cheapest where all cost more; the
    others follow largest first.

    Without a picture there is one variant for each group of sounds; with one there is none of
    sound alone.

    Args:
        data: The tracks.
        base: Path of the folder that holds the folders of the tracks, from where the playlist
            stands; empty where they stand beside it.

    Raises:
        SpecError: The base is no relative path.
    """
    place, target = base_address(base), target_seconds(data)
    voices, groups = sound_voices(data.audio), sound_groups(data.audio)
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{VERSION}", "#EXT-X-INDEPENDENT-SEGMENTS"]
    if data.video or len(voices) > 1:
        lines += [line for group in groups for line in _sound_lines(group, voices, place)]
    lines += _text_lines(data.texts, place)
    for one in _with_picture(data, groups) if data.video else _sound_alone(voices, groups):
        said = _said(one, target) | ({"SUBTITLES": f'"{TEXT_GROUP}"'} if data.texts else {})
        lines += [_tag("STREAM-INF", said), place + playlist_path(one.track)]
    return _text(lines)


def media_playlist(track: TrackData, *, target: int | None = None) -> str:
    """Return the playlist of a picture or a sound.

    Lengths are those between start times that are rounded to microseconds, so that any number of
    them adds up to within one.

    Args:
        track: The track.
        target: Target duration that all playlists of a set share, by :func:`target_seconds`; None
            takes the track's own.

    Raises:
        SpecError: A segment is longer than the target.

    Example:
        >>> from mediaflow.models.stream_data import TrackData
        >>> track = TrackData(
        ...     kind="audio",
        ...     folder="en",
        ...     codecs="mp4a.40.2",
        ...     timescale=48_000,
        ...     durations=(288_768, 100_000),
        ...     sizes=(97_000, 34_000),
        ...     init_bytes=700,
        ... )
        >>> [line for line in media_playlist(track).splitlines() if "INF" in line]
        ['#EXTINF:6.016000,', '#EXTINF:2.083333,']
    """
    lengths = segment_lengths(track)
    own = rounded_seconds(lengths)
    if target is not None and target < own:
        raise SpecError(f"segments of {own} s do not fit a target of {target} s", field="target")
    lines = [*_head(own if target is None else target), f'#EXT-X-MAP:URI="{_name(track.init)}"']
    for length, path in zip(lengths, track.segments, strict=True):
        lines += [_extinf(length), _name(path)]
    return _text([*lines, "#EXT-X-ENDLIST"])


def text_playlist(track: TextTrackData, duration: Fraction) -> str:
    """Return the playlist of subtitles: their one file, which lasts as long as the stream.

    Args:
        track: The track.
        duration: Seconds.
    """
    length = round(duration * MICROSECONDS)
    lines = [
        *_head(rounded_seconds([length])),
        _extinf(length),
        _name(track.file),
        "#EXT-X-ENDLIST",
    ]
    return _text(lines)


def track_playlists(data: StreamData) -> dict[str, str]:
    """Return the playlists of all tracks by their paths from the multivariant playlist's base.

    Pictures and sounds share one target duration, as Apple demands.

    Args:
        data: The tracks.
    """
    target = target_seconds(data)
    tracks = {
        playlist_path(track): media_playlist(track, target=target)
        for track in (*data.video, *data.audio)
    }
    duration = data.duration
    return tracks | {playlist_path(one): text_playlist(one, duration) for one in data.texts}


def playlist_path(track: TrackData | TextTrackData) -> str:
    """Return where the playlist of a track stands: in the track's folder."""
    return f"{track.folder}/{PLAYLIST}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Variant:
    """A picture that is played with any one sound of a group, or a sound of a group alone."""

    track: TrackData
    group: SoundGroup | None

    @property
    def picture(self) -> tuple[TrackData, ...]:
        return (self.track,) if self.track.kind == "video" else ()

    @property
    def sounds(self) -> tuple[TrackData, ...]:
        return self.group.sounds if self.group else ()

    @property
    def mean(self) -> int:
        own = sum(track.mean_bit_rate for track in self.picture)
        return own + max((sound.mean_bit_rate for sound in self.sounds), default=0)

    def peak(self, target: int) -> int:
        own = sum(peak_bit_rate(track, target) for track in self.picture)
        return own + max((peak_bit_rate(sound, target) for sound in self.sounds), default=0)

    @property
    def codecs(self) -> str:
        return ",".join(dict.fromkeys(one.codecs for one in (*self.picture, *self.sounds)))


def _with_picture(data: StreamData, groups: Sequence[SoundGroup]) -> list[_Variant]:
    """Return each picture with each group."""
    runs: dict[object, list[_Variant]] = {}
    for group in groups or (None,):
        for track in data.video:
            key = (group and group.name, codec_family(track), track.video_range)
            runs.setdefault(key, []).append(_Variant(track=track, group=group))
    return [variant for run in runs.values() for variant in _startable(run)]


def _sound_alone(voices: Sequence[Voice], groups: Sequence[SoundGroup]) -> list[_Variant]:
    """Return one variant a group, which plays its default voice."""
    first = next(at for at, voice in enumerate(voices) if voice.is_default)
    runs: dict[str, list[_Variant]] = {}
    for group in groups:
        sound = group.sounds[first]
        runs.setdefault(codec_family(sound), []).append(_Variant(track=sound, group=group))
    return [variant for run in runs.values() for variant in _startable(run)]


def _startable(run: list[_Variant]) -> list[_Variant]:
    """Return variants of one kind with the one to start with in front."""
    cheap = [one for one in run if one.mean <= START_BIT_RATE]
    start = max(cheap, key=_mean) if cheap else min(run, key=_mean)
    return [start, *(one for one in run if one is not start)]


def _mean(variant: _Variant) -> int:
    return variant.mean


def _said(variant: _Variant, target: int) -> dict[str, str]:
    track, group = variant.track, variant.group
    said = {
        "BANDWIDTH": str(variant.peak(target)),
        "AVERAGE-BANDWIDTH": str(variant.mean),
        "CODECS": f'"{variant.codecs}"',
    }
    if track.width and track.height:
        said["RESOLUTION"] = f"{track.width}x{track.height}"
    if track.frame_rate:
        said["FRAME-RATE"] = f"{float(track.frame_rate):.3f}"
    if track.kind == "video":
        said["VIDEO-RANGE"] = track.video_range
    if group and (variant.picture or len(group.sounds) > 1):
        said["AUDIO"] = f'"{group.name}"'
    return said


def _sound_lines(group: SoundGroup, voices: Sequence[Voice], place: str) -> list[str]:
    lines = []
    for voice, sound in zip(voices, group.sounds, strict=True):
        said = _voice("AUDIO", group.name, voice)
        if sound.channels is not None:
            said["CHANNELS"] = f'"{sound.channels}"'
        lines.append(_tag("MEDIA", {**said, "URI": f'"{place}{playlist_path(sound)}"'}))
    return lines


def _text_lines(texts: Sequence[TextTrackData], place: str) -> list[str]:
    lines = []
    for voice, one in zip(text_voices(texts), texts, strict=True):
        said = _voice("SUBTITLES", TEXT_GROUP, voice)
        said["FORCED"] = _yes(is_so=voice.is_forced)
        lines.append(_tag("MEDIA", {**said, "URI": f'"{place}{playlist_path(one)}"'}))
    return lines


def _voice(kind: str, group: str, voice: Voice) -> dict[str, str]:
    language = {} if voice.language is None else {"LANGUAGE": f'"{voice.language}"'}
    return {
        "TYPE": kind,
        "GROUP-ID": f'"{group}"',
        "NAME": f'"{voice.name}"',
        **language,
        "DEFAULT": _yes(is_so=voice.is_default),
        "AUTOSELECT": _yes(is_so=voice.is_chosen),
    }


def _tag(name: str, said: dict[str, str]) -> str:
    return f"#EXT-X-{name}:" + ",".join(f"{key}={value}" for key, value in said.items())


def _yes(*, is_so: bool) -> str:
    return "YES" if is_so else "NO"


def _head(target: int) -> list[str]:
    return [
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSION}",
        f"#EXT-X-TARGETDURATION:{target}",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
    ]


def _extinf(length: int) -> str:
    return f"#EXTINF:{length // MICROSECONDS}.{length % MICROSECONDS:06},"


def _name(path: str) -> str:
    """Return a path from the folder that holds it."""
    return path.rpartition("/")[2]


def _text(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"
