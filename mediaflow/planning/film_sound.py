"""The sound of a film's outputs: which track, how many channels, what rate. Pure.

Law: outputs that want the same sound share one step, so that it is decoded and encoded once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.formats import containers
from mediaflow.models.result import Notice
from mediaflow.planning.film_codecs import choose_audio, nearest_rate
from mediaflow.planning.film_steps import SoundStep

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from mediaflow.models.film import AudioTrack, VideoOutput
    from mediaflow.models.info import MediaInfo
    from mediaflow.models.streams import AudioStream

__all__ = ["choose_track", "plan_sound"]

STEREO: Final = 2
SIXTEEN_BITS: Final = 16
USUAL_RATE: Final = 48_000  # Hz, where the header does not tell


def plan_sound(
    output: VideoOutput, info: MediaInfo, *, start: Fraction, end: Fraction | None
) -> tuple[SoundStep | None, tuple[Notice, ...]]:
    """Return how the sound of an output is made, or None for a silent film, and what is lost.

    Args:
        output: The output.
        info: What the probe found.
        start: Where it starts, in seconds of the source.
        end: Where it ends, or None for the source's end.
    """
    if output.audio is None:
        return None, ()
    stream, notices = choose_track(info.audio, output.audio)
    if stream is None:
        return None, notices
    row = choose_audio(output.audio, containers[output.format])
    given = stream.channels or STEREO
    channels = output.audio.channels or min(given, STEREO, row.max_channels)
    rate = stream.sample_rate or USUAL_RATE
    kept = output.audio.sample_rate or nearest_rate(rate, row)
    deep = row.deep_sample_format if (stream.bit_depth or 0) > SIXTEEN_BITS else None
    step = SoundStep(
        stream=stream.index,
        codec=row.name,
        encoder=row.encoder,
        arguments=row.arguments,
        bit_rate=None if row.is_lossless else output.audio.bit_rate or row.bit_rates[channels - 1],
        sample_rate=kept,
        channel_layout=row.layouts[channels - 1],
        sample_format=deep or row.sample_format,
        language=stream.language,
        start=start,
        end=end,
    )
    return step, (*notices, *_losses(stream, channels, kept))


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
    usable = [stream for stream in streams if stream.is_decodable]
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


def _losses(stream: AudioStream, channels: int, rate: int) -> tuple[Notice, ...]:
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
