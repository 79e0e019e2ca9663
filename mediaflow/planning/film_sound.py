"""The sound of a film's outputs: which track, copied or encoded, how many channels, what rate. Pure.

Law: outputs that want the same sound share one step, so that it is decoded and encoded once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from mediaflow.errors import UnsupportedError
from mediaflow.formats import containers
from mediaflow.models.encoding import MaxBytes
from mediaflow.models.result import Notice
from mediaflow.models.streams import AudioStream
from mediaflow.planning.film_codecs import choose_audio, nearest_rate
from mediaflow.planning.film_footage import fade_of
from mediaflow.planning.film_times import exact
from mediaflow.planning.film_verdicts import hides_sound, why_sound_encoded
from mediaflow.planning.footage_verdicts import course_reason
from mediaflow.planning.frame_steps import SoundStep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.formats.codec import AudioCodec
    from mediaflow.models.film import AudioTrack, VideoOutput
    from mediaflow.models.info import MediaInfo
    from mediaflow.planning.film_times import Window

__all__ = ["MAX_RATE", "Soundtrack", "choose_track", "encoded_sound", "plan_sound", "sound_losses"]

STEREO: Final = 2
SIXTEEN_BITS: Final = 16
MAX_RATE: Final = 1_536_000
"""Most samples a second that a sound may claim, in Hz; twice what any recorder writes. A mixer would
take gigabytes for what a damaged header can claim."""

USUAL_RATE: Final = 48_000  # Hz, where the header does not tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Soundtrack:
    """What becomes of the sound of a film in one output."""

    step: SoundStep | None = None
    """How a track is encoded; None where none is."""

    copies: tuple[AudioStream, ...] = ()
    """Tracks that are packed as they are."""

    kept: frozenset[int] = frozenset()
    """Indexes of all tracks that are kept, or that nobody wanted."""

    notices: tuple[Notice, ...] = ()
    """What is lost."""


def plan_sound(
    output: VideoOutput, info: MediaInfo, window: Window, *, may_be_late: bool
) -> Soundtrack:
    """Return what becomes of the sound of an output.

    Args:
        output: The output.
        info: What the probe found.
        window: The part that is wanted.
        may_be_late: Whether it may begin at a packet, not at a sample.
    """
    match output.audio:
        case None:
            return Soundtrack(kept=frozenset(each.index for each in info.audio))
        case "copy":
            return _copied(output, info)
        case track:
            return _chosen(track, output, info, window, may_be_late=may_be_late)


def _copied(output: VideoOutput, info: MediaInfo) -> Soundtrack:
    """Return all tracks that the container holds, as they are."""
    container = containers[output.format]
    codecs = (*container.audio_codecs, *container.copied_codecs)
    copies = tuple(each for each in info.audio if each.codec in codecs)
    if not copies and info.audio:
        found = ", ".join(sorted({each.codec for each in info.audio}))
        raise UnsupportedError(
            f"{container.name} holds no {found}",
            hint="take another container, or leave audio out, and the sound is encoded",
            field="audio",
            where=info.uri,
        )
    hidden = next(filter(hides_sound, copies), None)
    if hidden is not None:
        raise UnsupportedError(
            f"a copy would play {hidden.hidden_seconds:.2f} s of the sound that the source hides",
            hint="leave audio out, and the sound is encoded",
            field="audio",
            where=info.uri,
        )
    return Soundtrack(copies=copies, kept=frozenset(each.index for each in copies))


def _chosen(
    track: AudioTrack, output: VideoOutput, info: MediaInfo, window: Window, *, may_be_late: bool
) -> Soundtrack:
    """Return one track, copied where it fits and else encoded."""
    stream, notices = choose_track(info.audio, track)
    if stream is None:
        return Soundtrack(notices=notices, kept=frozenset(each.index for each in info.audio))
    row = choose_audio(track, containers[output.format])
    kept = frozenset({stream.index})
    reason = why_sound_encoded(track, stream, row.name, window, may_be_late=may_be_late)
    if reason is None and isinstance(output.rate, MaxBytes):
        reason = "the bytes of the file are limited"
    reason = reason or course_reason(output)
    if reason is None:
        return Soundtrack(copies=(stream,), kept=kept, notices=notices)
    step, losses = encoded_sound(track, stream, row, window, reason)
    step = replace(step, speed=exact(output.speed), fade=fade_of(output, window))
    return Soundtrack(step=step, kept=kept, notices=(*notices, *losses))


def encoded_sound(
    track: AudioTrack, stream: AudioStream, row: AudioCodec, window: Window, reason: str
) -> tuple[SoundStep, tuple[Notice, ...]]:
    """Return how one track is encoded, and what it loses.

    Args:
        track: What is asked of the sound.
        stream: The track.
        row: The codec.
        window: The part that is wanted.
        reason: Why it is encoded.
    """
    given = stream.channels or STEREO
    channels = track.channels or min(given, STEREO, row.max_channels)
    rate = stream.sample_rate or USUAL_RATE
    kept = track.sample_rate or nearest_rate(rate, row)
    deep = row.deep_sample_format if (stream.bit_depth or 0) > SIXTEEN_BITS else None
    step = SoundStep(
        stream=stream.index,
        codec=row.name,
        encoder=row.encoder,
        arguments=row.arguments,
        bit_rate=None if row.is_lossless else track.bit_rate or row.bit_rates[channels - 1],
        sample_rate=kept,
        channels=channels,
        channel_layout=row.layout_of(channels),
        sample_format=deep or row.sample_format,
        language=stream.language,
        start=window.start,
        end=window.end,
        reason=reason,
    )
    return step, sound_losses(stream, channels, kept)


def choose_track(
    streams: Sequence[AudioStream], track: AudioTrack
) -> tuple[AudioStream | None, tuple[Notice, ...]]:
    """Return the track that is wanted: of a language, else the default one, else the first.

    Args:
        streams: All sound tracks.
        track: What is asked of the sound.

    Returns:
        The track, or None without one that can be decoded; and what to tell about the choice.
    """
    usable = [
        stream
        for stream in streams
        if stream.is_decodable and (stream.sample_rate or 0) <= MAX_RATE
    ]
    if not usable:
        found = ", ".join(sorted({stream.codec for stream in streams}))
        text = f"the sound cannot be decoded here ({found})" if streams else "there is no sound"
        told = bool(streams) or track.language is not None
        return None, (Notice(code="audio_absent", message=text),) if told else ()
    default = next((each for each in usable if "default" in each.disposition), usable[0])
    if track.language is None:
        return default, ()
    for stream in usable:
        if (stream.language or "").casefold() == track.language.casefold():
            return stream, ()
    taken = default.language or "of no stated language"
    text = f"no sound in {track.language!r}; the default track ({taken}) is taken"
    return default, (Notice(code="audio_absent", message=text),)


def sound_losses(stream: AudioStream, channels: int, rate: int) -> tuple[Notice, ...]:
    """Return what a track loses that is encoded.

    Args:
        stream: The track.
        channels: Channels that are written.
        rate: Hz that are written.
    """
    found: list[Notice] = []
    given = stream.channels or STEREO
    if channels < given and given > STEREO:
        layout = stream.channel_layout or f"{given} channels"
        text = f"{layout} sound is mixed down to {'stereo' if channels == STEREO else channels}"
        found.append(Notice(code="channels_mixed_down", message=text))
    if stream.sample_rate not in (None, rate):
        text = f"sound of {stream.sample_rate:,} Hz becomes {rate:,} Hz"
        found.append(Notice(code="sample_rate_converted", message=text))
    return tuple(found)
