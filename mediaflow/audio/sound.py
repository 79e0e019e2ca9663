"""Mixes, cuts, speeds up and encodes one sound track once, for all outputs that want the same.

Law: sample n of what leaves was heard n samples after the start, divided by the speed: what is
missing is silence, what overlaps is dropped, and a gap is never longer than allowed.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypeVar, cast

import av
import numpy as np
from av.packet import PacketSideData
from av.stream import Stream

from mediaflow.audio.course import Course
from mediaflow.audio.mixing import Mixing
from mediaflow.audio.planes import within_reach
from mediaflow.errors import CorruptMediaError
from mediaflow.formats.languages import language_in
from mediaflow.libav.compat import rational
from mediaflow.libav.options import set_options
from mediaflow.libav.translate import translated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.audio.codeccontext import AudioCodecContext
    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.packet import PktSideDataT

    from mediaflow.audio.finish import Finish
    from mediaflow.models.result import Notice
    from mediaflow.planning import SoundStep
    from mediaflow.security.limits import Limits


__all__ = ["Coded", "Sound", "add_sound", "check_level", "samples_of"]

StreamT = TypeVar("StreamT", bound=Stream)

SLACK: Final = Fraction(1, 20)  # seconds; time stamps of real files jitter by less
FLOATS: Final = ("flt", "dbl")
MOST_LEVEL: Final = 100  # +40 dB; LAME ends the process at 10^10
SILENCE_STEP: Final = 8192  # samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """One packet, to be copied into each container that wants it."""

    data: bytes
    pts: int | None
    dts: int | None
    duration: int | None
    time_base: Fraction
    stream: int | None = None
    """Index of the stream of the source that it was copied from; None for sound that was encoded."""

    lead: Fraction = Fraction(0)
    """For how many seconds a decoder is primed before anything is heard, where a copy says so."""

    skipped: PacketSideData | None = None
    """How many samples players leave out, where a copied packet says so."""

    header: PacketSideData | None = None
    """What the encoder knows at its end and the file says at its head: of FLAC the number of samples,
    and their sum by which they are checked."""

    @property
    def start(self) -> Fraction:
        """When it begins, in seconds from the start of the output."""
        return (self.pts or 0) * self.time_base

    @property
    def until(self) -> Fraction:
        """When it ends, in seconds from the start of the output."""
        return ((self.pts or 0) + (self.duration or 0)) * self.time_base

    def packet(self, stream: StreamT) -> av.Packet[StreamT]:
        """Return a packet of its own for one container; muxers change what they are given."""
        made = cast("av.Packet[StreamT]", av.Packet(self.data))
        if self.skipped is not None:
            made.set_sidedata(self.skipped)
        if self.header is not None:
            made.set_sidedata(self.header)
        made.stream = stream
        made.pts, made.dts = self.pts, self.dts
        made.duration, made.time_base = self.duration or 0, self.time_base
        made.is_keyframe = True
        return made


class Sound:
    """One track on its way from decoded frames to packets.

    Args:
        step: What is done.
        zero: Time stamp, in seconds, that counts as 0.
        limits: Limits in force.
        finish: Says where it is cut and how it is levelled, where a first hearing told; or hears it
            for that, and then nothing is encoded.
    """

    def __init__(
        self, step: SoundStep, zero: Fraction, limits: Limits, finish: Finish | None = None
    ) -> None:
        self.step = step
        self._zero = zero + step.start
        self._limits = limits
        self._most = None if step.end is None else round((step.end - step.start) * step.sample_rate)
        self._done = 0  # samples of the source's time
        self._made = 0  # samples of the output
        has_course = step.speed != 1 or step.fade is not None or step.gain_db != 0
        self._course = Course(step) if has_course else None
        self._stop: int | None = None  # where a part of a joined film ends
        self._is_exact = True  # jitter is not looked over at the start of a film or a part
        self._heard = Fraction(0)
        self._finish = finish
        self._shape: tuple[str, int, str] | None = None
        self._resampler: av.AudioResampler | None = None
        self._mixing: Mixing | None = None
        with translated(stage="encode"):
            self._encoder = cast("AudioCodecContext", av.CodecContext.create(step.encoder, "w"))
            _set_up(self._encoder, step)
            self._encoder.open()

    @property
    def is_over(self) -> bool:
        """Whether nothing more is wanted of the track."""
        return self._most is not None and self._done >= self._most

    def push(self, frame: av.AudioFrame) -> Iterator[Coded]:
        """Put a decoded frame in; yield what is finished.

        Raises:
            LimitExceededError: Too much is missing before it, or all samples together, wherever
                their time stamps put them, last longer than a film may.
            CorruptMediaError: It holds numbers that are no samples.
        """
        self._heard += Fraction(frame.samples, max(frame.sample_rate, 1))
        self._limits.check("max_duration_seconds", int(self._heard), who="the sound")
        shape = (frame.format.name, frame.sample_rate, frame.layout.name)
        if shape != self._shape:
            yield from self._drained()
            self._shape = shape
            with translated(stage="decode"):
                self._mixing = Mixing(frame, self.step.channel_layout)
            self._resampler = av.AudioResampler(
                format=self.step.sample_format,
                layout=self.step.channel_layout,
                rate=self.step.sample_rate,
            )
        assert self._resampler is not None  # noqa: S101  # made above
        assert self._mixing is not None  # noqa: S101  # made above
        with translated(stage="decode"):
            parts = self._mixing.mixed(frame)
            for part in parts:
                check_level(part)
            mixed = [one for part in parts for one in self._resampler.resample(part)]
        for one in mixed:
            yield from self._placed(one)

    @property
    def seconds(self) -> Fraction:
        """How much was encoded so far, in seconds."""
        return Fraction(self._made, self.step.sample_rate)

    def end(self) -> Iterator[Coded]:
        """Yield what is left when the last frame is in; a part without any sound is silent."""
        yield from self._drained()
        if not self._done:
            yield from self._silent(self._most or SILENCE_STEP)
        if self._course is not None:
            with translated(stage="encode"):
                left = list(self._course.end())
            for one in left:
                yield from self._finished(one)
        if self._finish is not None:
            for one in self._finish.end():
                yield from self._written(one)
        for packet in self._encoder.encode_lazy(None):
            yield _coded(packet)

    def lacks(self) -> tuple[Notice, ...]:
        """Return what is told once the last sample is in."""
        return () if self._course is None else self._course.lacks()

    def settle(self, time: Fraction) -> Iterator[Coded]:
        """End a part of a joined film: what is missing up to a moment is silence.

        What comes next is placed to the sample, however little is missing or overlaps.

        Args:
            time: End of the part, in seconds of the joined film.
        """
        at = max(round((time - self._zero) * self.step.sample_rate), 0)
        self._stop = at
        yield from self._drained()
        self._resampler = self._shape = None
        yield from self._silent(at - self._done)
        self._stop, self._is_exact = None, True

    def _drained(self) -> Iterator[Coded]:
        if self._resampler is None:
            return
        with translated(stage="decode"):
            left = self._resampler.resample(None)
        for one in left:
            yield from self._placed(one)

    def _placed(self, frame: av.AudioFrame) -> Iterator[Coded]:
        """Bring a mixed frame to its place among the samples that were written."""
        rate = self.step.sample_rate
        base = rational(frame.time_base)
        at = self._done
        if frame.pts is not None and base is not None:
            at = round((frame.pts * base - self._zero) * rate)
        gap = at - self._done
        if not self._is_exact and abs(gap) <= SLACK * rate:
            gap = 0
        if gap > 0:
            self._limits.check("max_gap_seconds", gap // rate, who="the sound")
            yield from self._silent(gap)
        yield from self._encoded(frame, max(-gap, 0))

    def _silent(self, count: int) -> Iterator[Coded]:
        step = self.step
        while count > 0 and not self.is_over:
            some = min(count, SILENCE_STEP)
            frame = av.AudioFrame(step.sample_format, step.channel_layout, some)
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))  # 0 is silence: no encoder takes u8
            yield from self._encoded(frame)
            count -= some

    def _encoded(self, frame: av.AudioFrame, skipped: int = 0) -> Iterator[Coded]:
        """Encode a mixed frame, without some of its first samples; it stays as it is."""
        count = frame.samples - skipped
        for end in (self._most, self._stop):
            count = count if end is None else min(count, end - self._done)
        if count <= 0:
            return
        self._is_exact = False
        part = frame if count == frame.samples else samples_of(frame, skipped, count)
        self._done += count
        if self._course is None:
            yield from self._finished(part)
            return
        with translated(stage="encode"):
            made = list(self._course.push(part))
        for one in made:
            yield from self._finished(one)

    def _finished(self, part: av.AudioFrame) -> Iterator[Coded]:
        part.sample_rate = self.step.sample_rate  # frames that were made of samples do not say it
        if self._finish is None:
            yield from self._written(part)
            return
        for one in self._finish.push(part):
            yield from self._written(one)

    def _written(self, part: av.AudioFrame) -> Iterator[Coded]:
        """Encode samples at their place in the output; their frame stays as it is."""
        with translated(stage="encode"):
            # a resampler with nothing to do gives back the frame that other sounds read as well
            pts, base = part.pts, rational(part.time_base)
            part.sample_rate = self.step.sample_rate
            part.pts, part.time_base = self._made, Fraction(1, self.step.sample_rate)
            packets = self._encoder.encode(part)
            part.pts = pts
            if base is not None:
                part.time_base = base
        self._made += part.samples
        for packet in packets:
            yield _coded(packet)


def check_level(frame: av.AudioFrame) -> None:
    """Refuse floats that are no samples; encoders end the process for them, or never end.

    Args:
        frame: A frame of any format; it stays as it is.

    Raises:
        CorruptMediaError: Some are no numbers, or a hundred times full scale.
    """
    if not frame.format.name.startswith(FLOATS):
        return
    if (
        not np.abs(within_reach(frame).to_ndarray()).max(initial=0) <= MOST_LEVEL
    ):  # NaN is in no order
        raise CorruptMediaError(
            f"the sound holds numbers that are no samples: above {MOST_LEVEL} times full scale",
            hint="what wrote the file was wrong; export it again",
            stage="decode",
        )


def samples_of(frame: av.AudioFrame, first: int, count: int) -> av.AudioFrame:
    """Return some samples of a frame in a frame of their own, without a time.

    Args:
        frame: A frame; it stays as it is. One of very many planes gives one with a single plane.
        first: The first of them.
        count: How many.
    """
    frame = within_reach(frame)
    made = av.AudioFrame(frame.format.name, frame.layout.name, count)
    made.sample_rate = frame.sample_rate
    step = frame.format.bytes * (1 if frame.format.is_planar else frame.layout.nb_channels)
    for source, target in zip(frame.planes, made.planes, strict=True):
        target.update(bytes(memoryview(source)[first * step : (first + count) * step]))
    return made


def add_sound(container: OutputContainer, step: SoundStep) -> AudioStream:
    """Add a track to a container, described by an encoder that is never fed."""
    stream = cast("AudioStream", container.add_stream(step.encoder, rate=step.sample_rate))
    _set_up(stream.codec_context, step)
    language = language_in(container.format.name, step.language)
    if language is not None:
        stream.metadata["language"] = language
    return stream


def _set_up(context: AudioCodecContext, step: SoundStep) -> None:
    context.sample_rate = step.sample_rate
    context.layout = step.channel_layout
    context.format = step.sample_format
    context.time_base = Fraction(1, step.sample_rate)
    if step.bit_rate is not None:
        context.bit_rate = step.bit_rate
    context.flags |= 1 << 22  # AV_CODEC_FLAG_GLOBAL_HEADER: parameters stand in the container
    context.flags |= 1 << 23  # AV_CODEC_FLAG_BITEXACT: no name and version of the encoder
    set_options(context, step.arguments)


def _coded(packet: av.Packet[AudioStream]) -> Coded:
    return Coded(
        data=bytes(packet),
        pts=packet.pts,
        dts=packet.dts,
        duration=packet.duration,
        time_base=rational(packet.time_base) or Fraction(1, 48_000),
        skipped=_beside(packet, "skip_samples"),
        header=_beside(packet, "new_extradata"),
    )


def _beside(packet: av.Packet[AudioStream], name: PktSideDataT) -> PacketSideData | None:
    return packet.get_sidedata(name) if packet.has_sidedata(name) else None
