"""Makes one film from shared frames and shared sound: select, transform, encode, pack.

Law: it touches nothing that another output touches but frames, which it only puts into its own
graph. Whatever happens, its file is closed when it ends.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final, cast

import av

from mediaflow.audio.sound import add_sound
from mediaflow.errors import EncodeError
from mediaflow.formats.nal_units import NAL_CODECS, without_user_data
from mediaflow.libav.graph import range_code
from mediaflow.libav.options import set_options
from mediaflow.libav.translate import FOREIGN, translated
from mediaflow.video.along import Along, replaced
from mediaflow.video.fade import faded
from mediaflow.video.heard import Heard
from mediaflow.video.pace import Pace
from mediaflow.video.part_making import PartFrameMaker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType
    from typing import Self

    from av import Packet, VideoFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.video.stream import VideoStream

    from mediaflow.audio.sound import Coded
    from mediaflow.filters.base import Assets
    from mediaflow.libav.passes import Statistics
    from mediaflow.models.context import Context
    from mediaflow.models.result import Notice
    from mediaflow.planning import RenditionStep, SoundStep
    from mediaflow.security.limits import Limits
    from mediaflow.video.cmaf import SegmentSink
    from mediaflow.video.pace import Shot

__all__ = ["Rendition"]

KEYFRAME: Final = 1  # AV_PICTURE_TYPE_I
ANY: Final = 0  # AV_PICTURE_TYPE_NONE
NEVER_REORDERED: Final = 2
"""Frames of a film too short for frames that rest on later ones: x265 leaves their place in decoding
order to chance."""


class Rendition:
    """One output while it is made; used as a context manager by one thread.

    Args:
        step: What is made.
        sound: How its sound is encoded, or None.
        target: Where it is written: the path of a file, or what takes the segments of a stream.
        packets: Sound and what goes along, waiting to be packed; another thread adds to it.
        source: The film that it is made of, to describe what goes along; None of a joined film.
        threads: How many threads may encode the picture.
        time_base: Seconds a tick of the film's time stamps.
        context: Cancellation.
        limits: Limits in force.
        assets: Second inputs of filters.
        statistics: What one pass over the film leaves to the next, or None.
        end: When the last of its picture and its sound ends, in seconds of the output; None where
            nobody knows.
        on_key: Told when each segment of a stream starts, in seconds of the output; None for a film.
            What a stream shows first is shown from its start on.
    """

    def __init__(
        self,
        step: RenditionStep,
        sound: SoundStep | None,
        target: str | SegmentSink,
        packets: deque[Coded],
        *,
        source: InputContainer | None,
        threads: int,
        time_base: Fraction,
        context: Context,
        limits: Limits,
        assets: Assets,
        statistics: Statistics | None = None,
        end: Fraction | None = None,
        on_key: Callable[[Fraction], None] | None = None,
    ) -> None:
        self.frames: int = 0
        """Frames that were encoded."""

        self.first: Fraction | None = None
        """When the first frame is shown, in seconds from the start of the output."""

        self.until: Fraction = Fraction(0)
        """When the last frame ends."""

        self.heard: Heard = Heard(step)
        """From when to when there is sound."""

        self.picture_bytes: int = 0
        """What the frames take that were packed."""

        self._step, self._context, self._packets = step, context, packets
        self._threads, self._statistics = threads, statistics
        self._pace = Pace(step, limits)
        self._maker = PartFrameMaker(step.video, time_base, assets)
        self._shots: deque[list[Shot]] = deque()
        self._has_shots = False
        frames = (step.video.frame, *step.video.part_frames)
        self._needs_all = any(one.deinterlace for one in frames)  # fields fill their neighbours
        self._next_key = 0
        self._on_key = on_key
        self._last_tick = -1
        self._durations: dict[int, int] = {}
        with translated(stage="encode"):
            options = {name: str(value) for name, value in step.muxer_options}
            self._container: OutputContainer = av.open(
                target, "w", format=step.muxer, options=options
            )
            try:
                self._video = self._picture_stream()
                self._audio: AudioStream | None = None
                if sound is not None:
                    self._audio = add_sound(self._container, sound)
                self._along = Along(self._container, step.carried, source, end=end)
                self._container.start_encoding()
            except BaseException:
                self._give_up()
                raise

    @property
    def notices(self) -> tuple[Notice, ...]:
        """Everything that was lost or changed so far, what the plan told among it."""
        return (*self._step.notices, *self._along.notices)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._give_up()
            return
        with translated(stage="encode"):
            self._container.close()

    def _give_up(self) -> None:
        """Close a file that is not whole; the error that is on its way is the one to tell."""
        with suppress(*FOREIGN):
            self._container.close()

    def push(self, frame: VideoFrame, time: Fraction, until: Fraction, part: int = 0) -> None:
        """Show a frame of the film.

        Args:
            frame: The frame; it stays as it is.
            time: When it is displayed, in seconds of the film.
            until: When its follower is.
            part: Which part of a joined film it belongs to.

        Raises:
            MediaflowError: It cannot be encoded, or a limit is reached.
        """
        shots = list(self._pace.shots(time, until))
        if shots or self._needs_all:
            self._has_shots = self._has_shots or bool(shots)
            self._shots.append(shots)
            self._encode(self._maker.push(frame, time, part))
        self.pack_sound()

    def pack_sound(self) -> None:
        """Pack the sound, and what goes along, that wait."""
        with translated(stage="encode"):
            while self._packets:
                coded = self._packets.popleft()
                if coded.stream is None and self._audio is not None:
                    self.heard.take(None, Fraction(0), coded.until)
                    self._container.mux(coded.packet(self._audio))
                elif coded.stream is not None:
                    if self.heard.is_copied(coded.stream):
                        start = self._along.heard_from(coded.start, coded.lead)
                        self.heard.take(coded.stream, start, coded.until)
                    self._along.pack_coded(coded)

    def finish(self) -> None:
        """Encode and pack what is left.

        Raises:
            EncodeError: There was no frame.
            JobCancelledError: The caller gave up.
        """
        if not self._has_shots:
            raise EncodeError("no frame of the film lies within the part that is wanted")
        self._encode(self._maker.end())
        with translated(stage="encode"):
            for packet in self._video.codec_context.encode_lazy(None):
                self._context.check()
                packet.stream = self._video
                if self.frames <= NEVER_REORDERED:
                    packet.dts = packet.pts
                self._pack(packet)
        if self._statistics is not None:
            self._statistics.take(self._video.codec_context)
        self.pack_sound()

    def _encode(self, frames: Iterable[VideoFrame]) -> None:
        for frame in frames:
            for shot in self._shots.popleft():
                self._context.check()
                self._encode_shot(frame, shot)

    def _encode_shot(self, frame: VideoFrame, shot: Shot) -> None:
        video = self._step.video
        if self._on_key is not None and self.first is None:
            shot = replace(shot, time=Fraction(0), seconds=shot.time + shot.seconds)
        level = 1 if video.fade is None else video.fade.level(shot.time)
        if level < 1:
            frame = faded(frame, float(level), video.frame.color)
        tick = max(round(shot.time / video.time_base), self._last_tick + 1)
        self._last_tick = tick
        frame.pts, frame.time_base = tick, video.time_base
        frame.duration = self._durations[tick] = max(round(shot.seconds / video.time_base), 1)
        frame.pict_type = ANY
        grid = video.keyframe_seconds
        if grid is not None and shot.time >= self._next_key * grid:
            frame.pict_type = KEYFRAME
            self._next_key = int(shot.time / grid) + 1
            if self._on_key is not None:
                self._on_key(shot.time)
        with translated(stage="encode"):
            for packet in self._video.encode(frame):
                self._pack(packet)
        self.frames += 1
        if self.first is None:
            self.first = shot.time
        self.until = shot.time + shot.seconds

    def _pack(self, packet: Packet[VideoStream]) -> None:
        """Pack a coded frame; not all encoders tell how long it is shown, which its place tells."""
        duration = self._durations.pop(packet.pts or 0, 0)
        if not packet.duration:
            packet.duration = duration
        coded = self._unnamed(packet)
        self.picture_bytes += coded.size
        self._container.mux(coded)

    def _unnamed(self, packet: Packet[VideoStream]) -> Packet[VideoStream]:
        """Return a packet without the name and settings that its encoder left in it."""
        video = self._step.video
        is_kept = self._step.carried.metadata == "keep" or video.codec not in NAL_CODECS
        if is_kept or not packet.is_keyframe:
            return packet
        return replaced(packet, without_user_data(bytes(packet), video.codec, None))

    def _picture_stream(self) -> VideoStream:
        video = self._step.video
        stream = cast(
            "VideoStream", self._container.add_stream(video.encoder, rate=video.frame_rate)
        )
        context = stream.codec_context
        context.width, context.height = video.frame.canvas.width, video.frame.canvas.height
        context.pix_fmt = video.frame.pixel_format
        context.time_base = video.time_base
        context.sample_aspect_ratio = Fraction(1)
        context.thread_type = "FRAME"  # slices cost bits and depend on the machine
        context.thread_count = self._threads
        if video.bit_rate is not None:
            context.bit_rate = video.bit_rate
        if video.codec_tag is not None:
            context.codec_tag = video.codec_tag
        color = video.frame.color
        if color.matrix:
            context.color_primaries, context.color_trc = color.primaries, color.transfer
            context.colorspace = color.matrix
            context.color_range = range_code(color)
        set_options(context, video.arguments)
        if self._statistics is not None:
            self._statistics.give(context)
        return stream
