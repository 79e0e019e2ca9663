"""What a listener may choose from: the voices of a stream, and the encodings that each is there in.

A voice is what differs in language or label. Sounds of one voice are encodings of the same; they
stand in groups, and a group holds each voice once.

Law: names and choices only; how a manifest writes them is told there.

Source: RFC 8216 4.3.4.1 (names, defaults), 4.3.4.1.1 (groups); Apple, HLS authoring specification
5.11 (forced subtitles).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from mediaflow.models.stream_data import TrackData
from mediaflow.video.manifests import plain_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.models.stream_data import TextTrackData

__all__ = ["SoundGroup", "Voice", "sound_groups", "sound_voices", "text_voices"]

_Key: TypeAlias = tuple[str | None, str]
"""Language and label of a voice."""

_Encoding: TypeAlias = tuple[str, int | None, int]
"""How a sound is coded: its codec, its channels, and which of several such it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """What is the same in all encodings of a sound, or what is said of a track of text."""

    language: str | None
    label: str
    name: str
    """What tells it from all others."""

    is_default: bool
    is_chosen: bool
    """Whether a player may take it by itself."""

    is_forced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundGroup:
    """One encoding of each voice, in the order of the voices."""

    name: str
    sounds: tuple[TrackData, ...]


def sound_voices(audio: Sequence[TrackData]) -> tuple[Voice, ...]:
    """Return the voices of sounds; the first plays where none is the default."""
    defaults: dict[_Key, bool] = {}
    for track in audio:
        key = (track.language, track.label)
        defaults[key] = defaults.get(key, False) or track.is_default
    default = next((at for at, is_so in enumerate(defaults.values()) if is_so), 0)
    return _named([(*key, False) for key in defaults], default, "Audio")


def text_voices(texts: Sequence[TextTrackData]) -> tuple[Voice, ...]:
    """Return what is said of tracks of text; none is shown where none is the default."""
    default = next((at for at, one in enumerate(texts) if one.is_default), None)
    told = [(one.language, one.label, one.is_forced) for one in texts]
    return _named(told, default, "Subtitles")


def sound_groups(audio: Sequence[TrackData]) -> tuple[SoundGroup, ...]:
    """Return the groups that encodings make.

    RFC 8216 demands the same members of all groups, so a voice that lacks an encoding is there in
    the one that comes nearest: of the same codec, or else its first.
    """
    columns: dict[_Key, dict[_Encoding, TrackData]] = {}
    for track in audio:
        column = columns.setdefault((track.language, track.label), {})
        again = sum(key[:2] == (track.codecs, track.channels) for key in column)
        column[track.codecs, track.channels, again] = track
    encodings = dict.fromkeys(key for column in columns.values() for key in column)
    rows = dict.fromkeys(
        tuple(_nearest(column, encoding) for column in columns.values()) for encoding in encodings
    )
    names = ["audio"] if len(rows) == 1 else [f"audio{at}" for at in range(1, len(rows) + 1)]
    return tuple(SoundGroup(name=name, sounds=row) for name, row in zip(names, rows, strict=True))


def _nearest(column: dict[_Encoding, TrackData], encoding: _Encoding) -> TrackData:
    if encoding in column:
        return column[encoding]
    tracks = list(column.values())
    return next((track for track in tracks if track.codecs == encoding[0]), tracks[0])


def _named(
    tracks: Sequence[tuple[str | None, str, bool]], default: int | None, unnamed: str
) -> tuple[Voice, ...]:
    """Return tracks, told as language, label and whether forced, with names that differ.

    Of those that differ in neither language nor force a player may take one by itself: the default,
    or else the first.
    """
    names: list[str] = []
    chosen: dict[tuple[str | None, bool], int] = {}
    for at, (language, label, is_forced) in enumerate(tracks):
        names.append(_unlike(plain_label(label) or language or unnamed, names))
        if at == default or (language, is_forced) not in chosen:
            chosen[language, is_forced] = at
    return tuple(
        Voice(
            language=language,
            label=plain_label(label),
            name=name,
            is_default=at == default,
            is_chosen=is_forced or chosen[language, is_forced] == at,
            is_forced=is_forced,
        )
        for at, (name, (language, label, is_forced)) in enumerate(zip(names, tracks, strict=True))
    )


def _unlike(name: str, others: Sequence[str]) -> str:
    numbered = (f"{name} {number}" for number in range(2, len(others) + 3))
    return name if name not in others else next(one for one in numbered if one not in others)
