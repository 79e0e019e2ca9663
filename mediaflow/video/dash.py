"""The manifest of a stream for DASH: one period, a set for each codec, each sound and each text.

A player switches between the representations of one set only. Nothing is said of switches between
sets: pictures of unlike codecs stand in sets of their own, of which a player takes one.

Law: what is told of a track is what was measured of it; nothing is read, written or looked up, and
the same data gives the same text.

Source: ISO/IEC 23009-1 5.3 (elements, their order and attributes), 5.8.5.5 (roles), 8.4 and 8.12
(profiles), 5.3.5.2 (bandwidth and minBufferTime); DASH-IF interoperability points 3.2.4 (attributes of
sets of pictures); ISO/IEC 23091-2 8.1 to 8.3 and 23091-3 (code points of colors and channels).
"""

from __future__ import annotations

from fractions import Fraction
from html import escape
from itertools import groupby
from math import gcd
from textwrap import indent
from typing import TYPE_CHECKING, Final, TypeAlias

from mediaflow.models.stream_data import INIT_NAME
from mediaflow.video.manifests import (
    MICROSECONDS,
    base_address,
    codec_family,
    peak_bit_rate,
    plain_label,
    target_seconds,
)
from mediaflow.video.voices import sound_voices, text_voices

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mediaflow.models.stream_data import StreamData, TrackData, VideoRange

__all__ = ["mpd"]

NAMESPACE: Final = "urn:mpeg:dash:schema:mpd:2011"
PROFILES: Final = "urn:mpeg:dash:profile:isoff-live:2011,urn:mpeg:dash:profile:cmaf:2019"
ROLE: Final = "urn:mpeg:dash:role:2011"
CHANNELS: Final = "urn:mpeg:dash:23003:3:audio_channel_configuration:2011"
CHANNEL_LAYOUT: Final = "urn:mpeg:mpegB:cicp:ChannelConfiguration"
COLOR: Final = "urn:mpeg:mpegB:cicp:"

TEXT_BIT_RATE: Final = 1_000  # a film's subtitles are some tens of kilobytes an hour
BUFFERED_TARGETS: Final = 2  # covers sets of 1.5 target durations, which bandwidth is measured of

SIMPLE_CHANNELS: Final = 6  # up to here the number of a layout is that of its channels

_LAYOUTS: Final = {7: 11, 8: 12}
"""Numbers of the layouts 6.1, and 7.1 with rear channels."""

_COLORS: Final[dict[VideoRange, dict[str, int]]] = {
    "HLG": {"ColourPrimaries": 9, "MatrixCoefficients": 9, "TransferCharacteristics": 18},
    "PQ": {"ColourPrimaries": 9, "MatrixCoefficients": 9, "TransferCharacteristics": 16},
    "SDR": {},
}
"""ITU-R BT.2100 with either curve, in code points."""

_Set: TypeAlias = tuple[dict[str, str], list[str]]
"""Attributes and parts of an adaptation set."""


def mpd(data: StreamData, *, base: str) -> str:
    """Return the manifest.

    Bandwidths are the peaks that playlists of HLS tell too. A line of that rate keeps up from any
    segment on, once ``minBufferTime`` is filled. Times start at the earliest track's first segment,
    so that tracks which start apart stay apart.

    Args:
        data: The tracks.
        base: Path of the folder that holds the folders of the tracks, from where the manifest
            stands; empty where they stand beside it.

    Raises:
        SpecError: The base is no relative path.
    """
    place, target = base_address(base), target_seconds(data)
    tracks = (*data.video, *data.audio)
    origin = min(Fraction(track.first, track.timescale) for track in tracks)
    end = max(Fraction(track.first, track.timescale) + track.duration for track in tracks)
    said = {
        "xmlns": NAMESPACE,
        "profiles": PROFILES,
        "type": "static",
        "mediaPresentationDuration": _duration(end - origin),
        "maxSegmentDuration": f"PT{target}S",
        "minBufferTime": f"PT{target * BUFFERED_TARGETS}S",
    }
    sets = (*_pictures(data, origin, target), *_sounds(data, origin, target), *_texts(data))
    numbered = (
        _element("AdaptationSet", {"id": str(number), **own}, *parts)
        for number, (own, parts) in enumerate(sets)
    )
    period = _element("Period", {"id": "0", "start": "PT0S"}, *numbered)
    where = (_text("BaseURL", place),) if place else ()
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_element("MPD", said, *where, period)}'


def _pictures(data: StreamData, origin: Fraction, target: int) -> Iterator[_Set]:
    """Yield a set for each codec and range; one that is not SDR says its colors.

    Players that do not know what colors mean must leave a set where they are essential, so they are
    that only where a set in SDR is left to take.
    """
    kinds = dict.fromkeys((codec_family(track), track.video_range) for track in data.video)
    has_plain = any(track.video_range == "SDR" for track in data.video)
    for family, video_range in kinds:
        tracks = [
            track
            for track in data.video
            if (codec_family(track), track.video_range) == (family, video_range)
        ]
        kind = "EssentialProperty" if has_plain else "SupplementalProperty"
        colors = [
            _descriptor(kind, COLOR + name, str(point))
            for name, point in _COLORS[video_range].items()
        ]
        own = _media("video") | _bounds(tracks)
        yield own, [*colors, _role("main"), *_representations(tracks, origin, target)]


def _sounds(data: StreamData, origin: Fraction, target: int) -> Iterator[_Set]:
    """Yield a set for each sound; all encodings of the default voice are main."""
    voices = sound_voices(data.audio)
    default = next((voice for voice in voices if voice.is_default), None)
    for track in data.audio:
        label = plain_label(track.label)
        is_main = default is not None and (track.language, label) == (
            default.language,
            default.label,
        )
        said = [_text("Label", label)] if label else []
        yield (
            _media("audio") | _language(track.language),
            [
                *_channels(track.channels),
                *said,
                _role("main" if is_main else "alternate"),
                *_representations([track], origin, target),
            ],
        )


def _texts(data: StreamData) -> Iterator[_Set]:
    for voice, track in zip(text_voices(data.texts), data.texts, strict=True):
        said = [_text("Label", voice.label)] if voice.label else []
        roles = ["main"] if voice.is_default else []
        roles.append("forced-subtitle" if voice.is_forced else "subtitle")
        file = _text("BaseURL", track.file)
        told = {"id": track.folder, "bandwidth": str(TEXT_BIT_RATE)}
        yield (
            {"contentType": "text", "mimeType": "text/vtt", **_language(voice.language)},
            [*said, *map(_role, roles), _element("Representation", told, file)],
        )


def _media(kind: str) -> dict[str, str]:
    return {
        "contentType": kind,
        "mimeType": f"{kind}/mp4",
        "segmentAlignment": "true",
        "startWithSAP": "1",
    }


def _language(language: str | None) -> dict[str, str]:
    return {} if language is None else {"lang": language}


def _bounds(tracks: Sequence[TrackData]) -> dict[str, str]:
    """Return what a player wants to know of a set of pictures before it takes one of them."""
    said: dict[str, str] = {}
    widths = [track.width for track in tracks if track.width]
    heights = [track.height for track in tracks if track.height]
    rates = [track.frame_rate for track in tracks if track.frame_rate]
    if widths and heights:
        said |= {"maxWidth": str(max(widths)), "maxHeight": str(max(heights))}
        common = gcd(widths[0], heights[0])
        said["par"] = f"{widths[0] // common}:{heights[0] // common}"
    if rates:
        said["maxFrameRate"] = str(max(rates))
    return said


def _channels(count: int | None) -> list[str]:
    """Return the channels of a sound; more than eight have no one layout."""
    if count is not None and count <= SIMPLE_CHANNELS:
        return [_descriptor("AudioChannelConfiguration", CHANNELS, str(count))]
    point = _LAYOUTS.get(count or 0)
    if point is None:
        return []
    return [_descriptor("AudioChannelConfiguration", CHANNEL_LAYOUT, str(point))]


def _representations(tracks: Sequence[TrackData], origin: Fraction, target: int) -> list[str]:
    """Return representations, behind the table of their segments where all have the same."""
    tables = [_table(track, origin) for track in tracks]
    if len(set(tables)) == 1:
        return [tables[0], *(_representation(track, target) for track in tracks)]
    return [
        _representation(track, target, table) for track, table in zip(tracks, tables, strict=True)
    ]


def _representation(track: TrackData, target: int, *parts: str) -> str:
    said = {
        "id": track.folder,
        "bandwidth": str(_bandwidth(track, target)),
        "codecs": track.codecs,
    }
    if track.width and track.height:
        said |= {"width": str(track.width), "height": str(track.height), "sar": "1:1"}
    if track.frame_rate:
        said["frameRate"] = str(track.frame_rate)
    if track.sample_rate:
        said["audioSamplingRate"] = str(track.sample_rate)
    return _element("Representation", said, *parts)


def _table(track: TrackData, origin: Fraction) -> str:
    """Return where the segments of a track are found, and when each is shown."""
    said = {"timescale": str(track.timescale)}
    offset = round(origin * track.timescale)
    if offset:
        said["presentationTimeOffset"] = str(offset)
    said |= {
        "initialization": f"$RepresentationID$/{INIT_NAME}",
        "media": "$RepresentationID$/seg_$Number%05d$.m4s",
        "startNumber": "1",
    }
    runs: list[str] = []
    for length, run in groupby(track.durations):
        start = {} if runs else {"t": str(track.first)}
        more = len(list(run)) - 1
        repeat = {"r": str(more)} if more else {}
        runs.append(_element("S", {**start, "d": str(length), **repeat}))
    return _element("SegmentTemplate", said, _element("SegmentTimeline", {}, *runs))


def _role(value: str) -> str:
    return _descriptor("Role", ROLE, value)


def _descriptor(name: str, scheme: str, value: str) -> str:
    return _element(name, {"schemeIdUri": scheme, "value": value})


def _duration(seconds: Fraction) -> str:
    """Return whole microseconds, rounded down: no segment ends before the presentation does."""
    whole, rest = divmod(int(seconds * MICROSECONDS), MICROSECONDS)
    return f"PT{whole}.{rest:06}".rstrip("0").rstrip(".") + "S"


def _element(name: str, said: Mapping[str, str], *parts: str) -> str:
    """Return an element and its parts, which are lines already."""
    head = " ".join((name, *(f'{key}="{escape(value)}"' for key, value in said.items())))
    if not parts:
        return f"<{head}/>\n"
    inside = "".join(parts)
    return f"<{head}>\n{indent(inside, '  ')}</{name}>\n"


def _text(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>\n"


def _bandwidth(track: TrackData, target: int) -> int:
    """Return the rate of a track: its peak, or what keeps up from any segment on where that is more.

    The peak leaves out sets of segments that last longer than half as much again as the target.
    """
    buffered = target * BUFFERED_TARGETS
    least = peak_bit_rate(track, target)
    most = max(least, -(-8 * sum(track.sizes) // buffered))
    while least < most:
        middle = (least + most) // 2
        if _keeps_up(track, middle, buffered):
            most = middle
        else:
            least = middle + 1
    return least


def _keeps_up(track: TrackData, rate: int, buffered: int) -> bool:
    """Whether all bytes of a segment are there before it plays, from wherever playing starts."""
    behind = 0  # bits times timescale that are still to come, at the worst start
    for ticks, size in zip(track.durations, track.sizes, strict=True):
        behind += 8 * size * track.timescale
        if behind > rate * buffered * track.timescale:
            return False
        behind = max(behind - rate * ticks, 0)
    return True
