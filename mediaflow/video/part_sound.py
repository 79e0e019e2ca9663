"""Holds the sound of one part of a joined film until its picture is there.

Law: where a part ends is known when its last frame is; until then no sound from beyond the frame that
is displayed is handed on, and at the end what outlasts the picture is cut to the sample. Files whose
sound runs further ahead than files are stored lose that care, not memory, whatever their time stamps
say.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from av import AudioFrame

from mediaflow.audio.planes import within_reach
from mediaflow.audio.sound import samples_of
from mediaflow.libav.compat import rational

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mediaflow.planning import PartStep

__all__ = ["PartSound"]

HELD_SECONDS: Final = 30
"""By how much sound that is held runs ahead of its picture at most: 12 MB of stereo at 48 kHz. Files
store it some seconds ahead."""

HELD_BYTES: Final = 64 * 1024 * 1024
"""What all sound takes that is held of one part at most: 30 s of 7.1 at 48 kHz, with some room."""

FRAME_BYTES: Final = 2048
"""What a frame takes beside its samples, so that many short ones count as well."""


@dataclass(frozen=True, slots=True)
class _Held:
    """A frame of sound and when it is heard, in seconds of its own film."""

    track: int
    frame: AudioFrame
    time: Fraction
    until: Fraction

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return sum(plane.buffer_size for plane in self.frame.planes) + FRAME_BYTES


class PartSound:
    """The sound of one part.

    Args:
        part: The part.
        tracks: Indexes of the tracks of the joined film that are wanted.
        zero: Time stamp of the part, in seconds, that counts as 0.
        shift: What is added to a time of the part to have one of the joined film, in seconds.
        hear: Takes the index of a track of the joined film and its next frames.
    """

    def __init__(
        self,
        part: PartStep,
        tracks: set[int],
        zero: Fraction,
        shift: Fraction,
        hear: Callable[[int, Sequence[AudioFrame]], None],
    ) -> None:
        streams = {track: part.streams[track] for track in tracks}
        self._tracks = {
            stream: [track for track in sorted(tracks) if streams[track] == stream]
            for stream in streams.values()
            if stream is not None
        }
        self.missing: set[int] = {track for track in tracks if streams[track] is None}
        """Tracks of the joined film for which the part has no sound."""

        self._zero, self._shift, self._hear = zero, shift, hear
        self._end = part.end
        self._held: dict[int, deque[_Held]] = {track: deque() for track in tracks}
        self._bytes = 0
        self._ends: dict[int, Fraction] = {}

    @property
    def streams(self) -> set[int]:
        """Indexes of the part's own streams that are decoded."""
        return set(self._tracks)

    def take(self, stream: int, frames: Sequence[AudioFrame]) -> None:
        """Hold the next frames of a stream of the part."""
        for frame in map(within_reach, frames):
            base = rational(frame.time_base)
            time = self._ends.get(stream, Fraction(0))
            if frame.pts is not None and base is not None:
                time = frame.pts * base - self._zero
            until = time + Fraction(frame.samples, max(frame.sample_rate, 1))
            self._ends[stream] = until
            if self._end is None or time < self._end:
                for track in self._tracks[stream]:
                    self._hold(_Held(track, frame, time, until))

    def reaches(self, time: Fraction) -> bool:
        """Tell whether all tracks of the part have been heard up to a moment of its film."""
        return all(self._ends.get(stream, Fraction(0)) >= time for stream in self._tracks)

    def release(self, until: Fraction) -> None:
        """Hand on what is over at a moment of the part that its picture has reached."""
        for waiting in self._held.values():
            while waiting and waiting[0].until <= until:
                self._pass_on(self._next(waiting))

    def end(self, until: Fraction) -> None:
        """Hand on what is left, up to the end of the part's picture.

        Args:
            until: Seconds of the part's own film.
        """
        for waiting in self._held.values():
            while waiting:
                held = self._next(waiting)
                count = round((until - held.time) * held.frame.sample_rate)
                if count >= held.frame.samples:
                    self._pass_on(held)
                elif count > 0:
                    part = samples_of(held.frame, 0, count)
                    self._pass_on(_Held(held.track, part, held.time, until))

    def _hold(self, held: _Held) -> None:
        waiting = self._held[held.track]
        waiting.append(held)
        self._bytes += held.size
        while waiting and (
            held.until - waiting[0].until > HELD_SECONDS or self._bytes > HELD_BYTES
        ):
            self._pass_on(self._next(waiting))

    def _next(self, waiting: deque[_Held]) -> _Held:
        """Take what has waited longest."""
        held = waiting.popleft()
        self._bytes -= held.size
        return held

    def _pass_on(self, held: _Held) -> None:
        rate = max(held.frame.sample_rate, 1)
        held.frame.pts = round((held.time + self._shift) * rate)
        held.frame.time_base = Fraction(1, rate)
        self._hear(held.track, [held.frame])
