"""A video track of aiortc whose frames are the newest of another one, filtered.

Law: frames are skipped, never queued. The source track is read and not owned: who made it stops it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from mediaflow.errors import SpecError
from mediaflow.integrations.webrtc.ladder import Ladder
from mediaflow.integrations.webrtc.pump import Pump, SourceEnded
from mediaflow.integrations.webrtc.work import FrameWork, live_filters

if TYPE_CHECKING:
    from av import VideoFrame

    from mediaflow.integrations.webrtc.pump import TrackStats
    from mediaflow.integrations.webrtc.work import Filters

__all__ = ["MAX_LATENCY_SECONDS", "MAX_PIXELS", "OnLate", "ProcessedVideoTrack"]

OnLate: TypeAlias = Literal["skip", "simplify"]

MAX_LATENCY_SECONDS: Final = 0.25
"""ITU-T G.114 calls up to 0.4 s one way acceptable; the network and the codecs need some of it."""
MAX_PIXELS: Final = 1920 * 1088
"""Full HD, with the rows that codecs fill up."""


class ProcessedVideoTrack(MediaStreamTrack):  # type: ignore[misc]  # aiortc is not seen by checkers
    """The newest frames of a track, with filters applied.

    Args:
        track: A video track of aiortc.
        filters: Filters as an output takes them, or one function on pixels as ``OnFrames`` does.
        max_latency_seconds: A frame that waited longer is skipped. With ``on_late="simplify"`` it is
            also what the work on a frame may take before the effect is simplified.
        on_late: ``skip`` shows fewer frames and always the whole effect. ``simplify`` goes on to
            compute the effect at half the size and then to show frames as they are: not for an
            effect that hides something.
        max_pixels: A larger frame ends the track.

    Raises:
        SpecError: The filters or a number cannot be used.
    """

    kind = "video"

    def __init__(
        self,
        track: MediaStreamTrack,
        filters: Filters = (),
        *,
        max_latency_seconds: float = MAX_LATENCY_SECONDS,
        on_late: OnLate = "skip",
        max_pixels: int = MAX_PIXELS,
    ) -> None:
        super().__init__()
        if on_late not in ("skip", "simplify"):
            raise SpecError(f"on_late is 'skip' or 'simplify', got {on_late!r:.40}")
        self._max_pixels = max_pixels
        self._work = FrameWork(live_filters(filters), max_pixels=max_pixels)
        self._pump: Pump[VideoFrame] = Pump(
            track.recv,
            self._work,
            ladder=Ladder(max_latency_seconds, simplifies=on_late == "simplify"),
            max_age_seconds=max_latency_seconds,
            ends=(MediaStreamError,),
        )

    async def recv(self) -> VideoFrame:
        """Return the next frame; what aiortc calls.

        Raises:
            MediaStreamError: The track ended; :meth:`stats` may tell why.
        """
        try:
            return await self._pump.next()
        except SourceEnded:
            self.stop()
            raise MediaStreamError from None

    def update(self, filters: Filters) -> None:
        """Change the filters; the next frame has the new ones.

        Raises:
            SpecError: They cannot be used; the old ones stay.
        """
        work = FrameWork(live_filters(filters), max_pixels=self._max_pixels)
        work.started = self._work.started
        self._work = self._pump.work = work

    def stats(self) -> TrackStats:
        """Return what was done so far."""
        return self._pump.stats()

    def stop(self) -> None:
        """End the track; its thread ends with the frame that it works on."""
        self._pump.stop()
        super().stop()

    async def aclose(self) -> None:
        """End the track and wait until its task and its thread are gone."""
        self.stop()
        await self._pump.aclose()
