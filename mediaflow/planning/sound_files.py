"""The steps of files of sound: which track, copied or encoded and why, what goes along. Pure.

Law: outputs that want the same sound share one step, so that it is decoded and encoded once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from mediaflow.errors import UnsupportedError
from mediaflow.models.info import MediaInfo
from mediaflow.models.result import Notice
from mediaflow.planning.film_carry import copy_of
from mediaflow.planning.film_codecs import nearest_rate
from mediaflow.planning.film_footage import fade_of, played_window
from mediaflow.planning.film_renditions import UNNAMED
from mediaflow.planning.film_sound import MAX_RATE, sound_losses
from mediaflow.planning.film_times import exact, window_of
from mediaflow.planning.film_verdicts import HIDES, hides_sound
from mediaflow.planning.footage_verdicts import course_reason
from mediaflow.planning.frame_steps import LevelStep, SoundStep
from mediaflow.planning.names import SourceName, output_uri
from mediaflow.planning.sound_codecs import DEEP, choose_sound, depth_of, kept_depth, spending_of
from mediaflow.planning.sound_labels import plan_labels
from mediaflow.planning.sound_steps import SoundFileStep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mediaflow.formats.codec import AudioCodec
    from mediaflow.formats.row import Arguments
    from mediaflow.models.analysis import AnalysisOutput
    from mediaflow.models.sound import AudioOutput, SoundDepth
    from mediaflow.models.streams import AudioStream
    from mediaflow.models.waveform import WaveformOutput
    from mediaflow.planning.film_times import Window
    from mediaflow.planning.sound_codecs import SoundChoice

__all__ = ["SoundSource", "plan_sound_file", "salvaged_notices", "track_of"]

STEREO: Final = 2
USUAL_RATE: Final = 48_000  # Hz, where the header does not tell
MOVED_INDEX: Final[Arguments] = (("movflags", "+faststart"),)
LATE_SECONDS: Final = 0.05
SHOWN: Final = 8  # tracks that a message names


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundSource:
    """What the steps of all files of sound and waveforms share."""

    info: MediaInfo
    template: str
    """Name template of the outputs."""

    source_name: SourceName
    is_salvaged: bool = False
    """Whether the source is cut off, and what is left of it is used."""


def plan_sound_file(
    output: AudioOutput,
    source: SoundSource,
    shared: Callable[[SoundStep], int],
    *,
    name: str,
    position: int,
) -> SoundFileStep:
    """Return how a file of sound is made.

    Args:
        output: What is wanted.
        source: The source.
        shared: Returns the place of a sound among all that are encoded.
        name: Name of the output.
        position: Its place among all outputs.

    Raises:
        SpecError: A time, a rate or a number of channels does not fit.
        UnsupportedError: The source has no such track.
    """
    info = source.info
    stream = track_of(output, info)
    window = window_of(output.start, output.end, info)
    depth = depth_of(output, stream)
    choice = choose_sound(output, depth)
    depth = kept_depth(choice.row, depth)
    reason = next(_reasons(output, info, stream, choice.row, depth, window), None)
    step, notices = None, tuple[Notice, ...]()
    if reason is not None:
        step, notices = _encoded(output, stream, choice.row, depth, window, info)
    container, labels = choice.container, plan_labels(output, info, window)
    seconds = played_window(window, output).seconds
    return SoundFileStep(
        name=name,
        uri=output_uri(source.template, source.source_name, output, name, None),
        position=position,
        output=output,
        format=container.name,
        muxer=container.muxer,
        muxer_options=_muxer_options(output, choice, step, stream),
        sound=None if step is None else shared(step),
        copy=copy_of(stream, "audio", container) if step is None else None,
        reason=reason or f"{stream.codec} is what is wanted",
        carried=labels.carried,
        cover=labels.cover,
        start=window.start,
        end=window.end,
        duration_seconds=None if seconds is None else float(seconds),
        notices=(*notices, *labels.notices, *salvaged_notices(source, window)),
    )


def track_of(output: AudioOutput | WaveformOutput | AnalysisOutput, info: MediaInfo) -> AudioStream:
    """Return the track that is wanted; one that was asked for is never replaced by another.

    Args:
        output: What is wanted.
        info: What the probe found.

    Raises:
        UnsupportedError: There is none, or none that can be decoded.
    """
    wanted = [stream for stream in info.audio if _is_wanted(stream, output)]
    usable = [stream for stream in wanted if stream.is_decodable]
    if usable:
        found = next((each for each in usable if "default" in each.disposition), usable[0])
        _check_rate(found, info)
        return found
    if wanted:
        codecs = ", ".join(sorted({stream.codec for stream in wanted}))
        raise UnsupportedError(
            f"the sound of the source cannot be decoded here ({codecs})", where=info.uri
        )
    asked = "" if output.language is None else f" in {output.language!r:.40}"
    asked = asked if output.track is None else f" in stream {output.track}"
    known = ", ".join(
        f"stream {each.index} ({each.language or each.codec})" for each in info.audio[:SHOWN]
    )
    raise UnsupportedError(
        f"the source has no sound{asked}",
        hint=f"it has {known}" if known else "mediaflow.probe() tells what a file holds",
        field="language" if output.track is None else "track",
        where=info.uri,
    )


def _check_rate(stream: AudioStream, info: MediaInfo) -> None:
    """Refuse a rate that nothing has; a mixer would take gigabytes for it."""
    if (stream.sample_rate or 0) > MAX_RATE:
        raise UnsupportedError(
            f"the sound claims {stream.sample_rate:,} Hz; up to {MAX_RATE:,} are read",
            hint="its header is damaged; fetch or export it again",
            where=info.uri,
        )


def _is_wanted(stream: AudioStream, output: AudioOutput | WaveformOutput | AnalysisOutput) -> bool:
    if output.track is not None:
        return stream.index == output.track
    language = output.language
    return language is None or (stream.language or "").casefold() == language.casefold()


def _reasons(
    output: AudioOutput,
    info: MediaInfo,
    stream: AudioStream,
    row: AudioCodec,
    depth: SoundDepth,
    window: Window,
) -> Iterator[str]:
    """Yield why a track must be encoded."""
    if stream.codec != row.name:
        yield f"the source is {stream.codec}, {row.name} is wanted"
    for name in ("rate", "quality"):
        if getattr(output, name) is not None:
            yield f"{name} is asked"
    if hides_sound(stream):
        yield HIDES
    if _is_late(stream, info):
        yield "it begins later than its source"
    channels = stream.channels or STEREO
    wanted = output.channels or min(channels, STEREO)
    if wanted != channels:
        yield f"{channels} channels become {wanted}"
    if output.sample_rate not in (None, stream.sample_rate):
        yield f"{stream.sample_rate or 0:,} Hz become {output.sample_rate:,}"
    if output.bit_depth is not None and depth != (stream.bit_depth or DEEP):
        yield f"{stream.bit_depth or DEEP} bits a sample become {depth}"
    for name in ("gain_db", "loudness_lufs", "trim_silence_dbfs"):
        if getattr(output, name):
            yield f"{name} is asked"
    course = course_reason(output)
    if course is not None:
        yield course
    if window.start or window.end is not None:
        yield "a part is wanted, exact to the sample"


def _is_late(stream: AudioStream, info: MediaInfo) -> bool:
    """Tell whether a track begins so late that silence has to stand before it."""
    zero = None if info.container is None else info.container.start_seconds
    if zero is None or stream.start_seconds is None:
        return False
    return stream.start_seconds - zero > LATE_SECONDS


def _encoded(
    output: AudioOutput,
    stream: AudioStream,
    row: AudioCodec,
    depth: SoundDepth,
    window: Window,
    source: MediaInfo,
) -> tuple[SoundStep, tuple[Notice, ...]]:
    given = stream.channels or STEREO
    channels = output.channels or max(min(given, STEREO, row.max_channels), row.min_channels)
    rate = output.sample_rate or nearest_rate(stream.sample_rate or USUAL_RATE, row)
    bit_rate, arguments = spending_of(output, row, channels)
    deep = row.deep_sample_format if depth > DEEP else None
    step = SoundStep(
        stream=stream.index,
        codec=row.name,
        encoder=row.encoder,
        arguments=arguments,
        bit_rate=bit_rate,
        sample_rate=rate,
        channels=channels,
        channel_layout=row.layout_of(channels),
        sample_format=deep or row.sample_format,
        language=stream.language,
        start=window.start,
        end=window.end,
        speed=exact(output.speed),
        fade=fade_of(output, _heard_window(window, stream, source)),
        gain_db=output.gain_db,
        level=_level(output),
        trim_dbfs=output.trim_silence_dbfs,
    )
    return step, (*sound_losses(stream, channels, rate), *_shallower(stream, row, depth))


def _heard_window(window: Window, stream: AudioStream, source: MediaInfo) -> Window:
    """Return a part up to where its track ends, if that is sooner than where the source does."""
    length, first = stream.duration_seconds_from_header, stream.start_seconds
    zero = None if source.container is None else source.container.start_seconds
    if window.seconds is None or length is None or first is None or zero is None:
        return window
    heard = exact(first) - exact(zero) + exact(length) - window.start
    return replace(window, seconds=min(window.seconds, heard)) if heard > 0 else window


def _level(output: AudioOutput) -> LevelStep | None:
    if output.loudness_lufs is None:
        return None
    return LevelStep(target_lufs=output.loudness_lufs, true_peak_dbtp=output.true_peak_dbtp)


def _shallower(stream: AudioStream, row: AudioCodec, depth: SoundDepth) -> tuple[Notice, ...]:
    given = stream.bit_depth
    if not row.is_lossless or given is None or given <= depth:
        return ()
    text = f"{given} bits a sample become {depth}"
    return (Notice(code="depth_reduced", message=text),)


def _muxer_options(
    output: AudioOutput, choice: SoundChoice, step: SoundStep | None, stream: AudioStream
) -> Arguments:
    container = choice.container
    rate = stream.sample_rate if step is None else step.sample_rate
    fine: Arguments = (("movie_timescale", rate),) if container.counts_samples and rate else ()
    moved = MOVED_INDEX if output.faststart and container.has_faststart else ()
    unnamed = UNNAMED if output.metadata != "keep" else ()
    return (*container.options, *fine, *moved, *unnamed)


def salvaged_notices(source: SoundSource, window: Window) -> tuple[Notice, ...]:
    """Return what is told of an output that goes on to the end of a source that is cut off."""
    if not source.is_salvaged or window.end is not None:
        return ()
    text = "the source is cut off; what is left of it is used"
    return (Notice(code="source_salvaged", message=text),)
