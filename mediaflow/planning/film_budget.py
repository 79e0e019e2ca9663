"""How a film is kept within a number of bytes: what its picture and its sound may spend. Pure.

The picture's bit rate is what sound and container leave, less a margin, over the length. Sound gives
up bits first when there are few. Law: sizes and rates of frames stay as they were asked.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil, isqrt
from typing import TYPE_CHECKING, Final, Literal

from mediaflow.errors import SpecError
from mediaflow.formats import audio_codecs, containers, video_codecs
from mediaflow.formats.codec import Spending
from mediaflow.models.encoding import MAX_BIT_RATE, MaxBytes
from mediaflow.models.film import AudioTrack, VideoOutput
from mediaflow.models.result import Notice
from mediaflow.planning.film_codecs import choose_video
from mediaflow.planning.frame_steps import BudgetStep

if TYPE_CHECKING:
    from mediaflow.formats.codec import VideoCodec
    from mediaflow.formats.row import Arguments
    from mediaflow.models.capabilities import Capabilities
    from mediaflow.models.info import MediaInfo
    from mediaflow.planning.film_times import Window
    from mediaflow.planning.frame_steps import SoundStep
    from mediaflow.planning.rendition_steps import RenditionStep

__all__ = ["lower_sound", "plan_budget"]

BITS: Final = 8
MARGINS: Final = {1: Fraction(1, 10), 2: Fraction(3, 100)}
"""Share of the picture's bytes that stays free, by the number of passes."""

TRIES: Final = 6
FAR: Final = Fraction(4, 5)
"""Share of the limit below which a file is encoded once more, with more bits."""

SOUND_SHARE: Final = Fraction(1, 5)
"""Share of what the container leaves that sound may take before it gives up some."""

SOUND_STEPS: Final = tuple(Fraction(share, 8) for share in (8, 6, 4, 3, 2))
"""What is left of the codec's default, step by step."""

SOUND_PACKETS: Final = 50  # a second, and
SOUND_PADDING: Final = Fraction(1, 10)  # seconds, which encoders add at both ends

USUAL_BITS: Final = 192_000  # a second, of copied sound whose header does not tell

LEAST_BITS: Final = Fraction(1, 1000)
"""A px and frame; with fewer no codec shows anything but a still."""

FEW_BITS: Final = Fraction(1, 50)
"""A px and frame; with fewer, blocks show."""

MOST_BITS: Final = Fraction(2)
"""A px and frame; more is not seen."""

LEAST_BIT_RATE: Final = 1_000
SIXTEEN_BITS: Final = 16
DEEP_BITS: Final = 32
HEIGHTS: Final = (1080, 720, 540, 480, 360, 240, 144)
"""Heights that a hint names."""


def lower_sound(
    sound: SoundStep | None, output: VideoOutput, window: Window, fps: Fraction
) -> tuple[SoundStep | None, tuple[Notice, ...]]:
    """Return the sound of an output with the bits that its limit leaves for it, and what to tell.

    A bit rate that was asked for stays, and so does exact sound.

    Args:
        sound: The sound as it would be without a limit.
        output: The output.
        window: Its part of the source.
        fps: Its frames a second.
    """
    rate, track = output.rate, output.audio
    if not isinstance(rate, MaxBytes) or sound is None or not sound.bit_rate:
        return sound, ()
    asked = track.bit_rate if isinstance(track, AudioTrack) else None
    if window.seconds is None or asked is not None:
        return sound, ()
    seconds = max(window.seconds, 1 / fps)
    room = rate.value - _container_bytes(output, fps, seconds, has_sound=True)
    most = room * SOUND_SHARE * BITS / (seconds + SOUND_PADDING)
    least = audio_codecs[sound.codec].least_bit_rate
    steps = [max(int(sound.bit_rate * share), least) for share in SOUND_STEPS]
    chosen = next((step for step in steps if step <= most), steps[-1])
    if chosen == sound.bit_rate:
        return sound, ()
    text = f"sound has {chosen // 1000} kbit/s in place of {sound.bit_rate // 1000}, to save bytes"
    return replace(sound, bit_rate=chosen), (Notice(code="audio_rate_lowered", message=text),)


def plan_budget(
    step: RenditionStep,
    sound: SoundStep | None,
    info: MediaInfo,
    window: Window,
    capabilities: Capabilities,
) -> RenditionStep:
    """Return a rendition with a bit rate by its limit, where it has one.

    Args:
        step: How it is made otherwise.
        sound: Its sound, or None where none is encoded.
        info: What the probe found.
        window: Its part of the source.
        capabilities: What is installed.

    Raises:
        SpecError: The limit is too small, or the length is not known.
    """
    output, video = step.output, step.video
    rate = output.rate if isinstance(output, VideoOutput) else None
    if not isinstance(output, VideoOutput) or not isinstance(rate, MaxBytes):
        return step
    seconds = _seconds(window, video.frame_rate)
    row = video_codecs[video.codec]
    passes = _passes(row, output, capabilities)
    heard = 0 if sound is None else _sound_bytes(sound, seconds)
    heard += _copied_bytes(step, info, seconds)
    around = _container_bytes(output, video.frame_rate, seconds, has_sound=heard > 0)
    beside = around + heard
    margin, shown = MARGINS[passes], step.size.pixels * video.frame_rate
    least = max(ceil(shown * LEAST_BITS), LEAST_BIT_RATE)
    left = int((rate.value - beside) * (1 - margin) * BITS / seconds)
    if left < least:
        need = least * seconds / BITS / (1 - margin)
        # with more bytes, sound may take more, up to its share
        smallest = around + ceil(max(need + heard, need / (1 - SOUND_SHARE)))
        raise _too_small(rate.value, smallest, beside, step)
    most = min(int(shown * MOST_BITS), MAX_BIT_RATE)
    bit_rate = min(left, max(most, least))
    budget = BudgetStep(
        max_bytes=rate.value,
        least_bytes=int(rate.value * FAR) if bit_rate == left else 0,
        beside_bytes=beside,
        passes=passes,
        statistics_option=row.statistics_option if passes > 1 else None,
        tries=TRIES,
        worst_crf=row.max_crf,
        quality_arguments=_worst(output, row),
    )
    return replace(
        step,
        video=replace(video, bit_rate=bit_rate),
        budget=budget,
        notices=(*step.notices, *_few(bit_rate, step)),
    )


def _passes(row: VideoCodec, output: VideoOutput, capabilities: Capabilities) -> Literal[1, 2]:
    effort = row.default_effort if output.effort is None else output.effort
    able = row.two_passes_from is not None and effort >= row.two_passes_from
    return 2 if able and row.name in capabilities.two_pass_codecs else 1


def _seconds(window: Window, frame_rate: Fraction) -> Fraction:
    """Return the length; a film of one frame may claim to have none."""
    if window.seconds is None:
        raise SpecError(
            "rate=MaxBytes() needs the source's length, which its header does not tell",
            hint="give an end, such as end=60, or take Bitrate() or Crf()",
            field="rate",
        )
    return max(window.seconds, 1 / frame_rate)


def _container_bytes(
    output: VideoOutput, fps: Fraction, seconds: Fraction, *, has_sound: bool
) -> int:
    """Return what a file takes beside frames and sound, in bytes."""
    container, row = containers[output.format], choose_video(output).row
    packets = ceil(seconds * fps) + 1
    if has_sound:
        packets += ceil((seconds + SOUND_PADDING) * SOUND_PACKETS)
    return container.fixed_bytes + row.header_bytes + packets * container.packet_bytes


def _sound_bytes(sound: SoundStep, seconds: Fraction) -> int:
    """Return the bytes of a sound; an exact one counts as if it were not compressed."""
    bits = sound.bit_rate
    if bits is None:
        row = audio_codecs[sound.codec]
        channels = row.layouts.index(sound.channel_layout) + 1
        deep = sound.sample_format == row.deep_sample_format
        bits = sound.sample_rate * channels * (DEEP_BITS if deep else SIXTEEN_BITS)
    return ceil(bits * (seconds + SOUND_PADDING) / BITS)


def _copied_bytes(step: RenditionStep, info: MediaInfo, seconds: Fraction) -> int:
    """Return about how many bytes of sound are packed as they are; what goes along else is small."""
    indexes = [copy.stream for copy in step.carried.copies if copy.kind == "audio"]
    streams = [each for each in info.audio if each.index in indexes]
    bits = sum(each.bit_rate or USUAL_BITS for each in streams)
    return ceil(bits * (seconds + SOUND_PADDING) / BITS)


def _worst(output: VideoOutput, row: VideoCodec) -> Arguments:
    """Return the encoder options of the worst constant quality."""
    effort = row.default_effort if output.effort is None else output.effort
    spending = Spending(crf=row.max_crf, effort=effort, forced_keyframes=True)
    return row.arguments(spending, output.options or row.default_options)


def _too_small(asked: int, smallest: int, beside: int, step: RenditionStep) -> SpecError:
    size = step.size
    return SpecError(
        f"{asked:,} bytes are too few for {size.width}×{size.height} px: sound and container take "
        f"{beside:,}",
        hint=f"the smallest size that makes sense is {smallest:,} bytes; "
        "fewer px, frames or sound make it smaller",
        field="rate",
        value=asked,
        smallest_bytes=smallest,
    )


def _few(bit_rate: int, step: RenditionStep) -> tuple[Notice, ...]:
    """Tell when blocks will show, and at which height they would not."""
    shown = step.size.pixels * step.video.frame_rate
    if bit_rate >= shown * FEW_BITS:
        return ()
    exact = isqrt(int(step.size.height**2 * bit_rate / (shown * FEW_BITS)))
    fits = next((height for height in HEIGHTS if height <= exact), None)
    better = "" if fits is None else f"; height={fits} would look better"
    text = (
        f"{bit_rate // 1000:,} kbit/s are few for {step.size.width}×{step.size.height} px, blocks "
        f"will show{better}"
    )
    return (Notice(code="low_quality", message=text),)
