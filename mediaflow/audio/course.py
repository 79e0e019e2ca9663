"""Changes the speed and the level of mixed sound, and lets it come up and go down.

Law: a frame that comes in stays as it is, since other sounds may read it; sample n that leaves is
heard n samples after the start of the output.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import av
import numpy as np
import numpy.typing as npt

from mediaflow.audio.tempo import Tempo
from mediaflow.models.result import Notice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediaflow.planning import SoundStep
    from mediaflow.planning.frame_steps import FadeStep

__all__ = ["Course"]

FULL_SCALE: Final[dict[object, int]] = {np.dtype(np.int16): 1 << 15, np.dtype(np.int32): 1 << 31}
"""What 1 is in whole numbers."""

FADED: Final = Fraction(1, 10)  # -20 dB; what ends below it ends as if it had gone down


class Course:
    """How one sound goes on in time.

    Args:
        step: Its speed and its fades.
    """

    def __init__(self, step: SoundStep) -> None:
        self._step = step
        self._gain = 10 ** (step.gain_db / 20)
        self._channels = av.AudioLayout(step.channel_layout).nb_channels
        self._tempo: Tempo | None = None
        if step.speed != 1:
            self._tempo = Tempo(step.speed, step.sample_rate, self._channels)
        self._made = 0
        self._kind: np.dtype[Any] = np.dtype(np.float32)

    def push(self, frame: av.AudioFrame) -> Iterator[av.AudioFrame]:
        """Put a mixed frame in; yield what is finished."""
        if self._tempo is None:
            yield self._faded(frame)
            return
        for samples in self._tempo.push(self._floats(frame)):
            yield self._faded(self._frame(samples))

    def end(self) -> Iterator[av.AudioFrame]:
        """Yield what is left when the last frame is in."""
        if self._tempo is not None:
            for samples in self._tempo.end():
                yield self._faded(self._frame(samples))

    def lacks(self) -> tuple[Notice, ...]:
        """Return what is told of a sound that ended before it had gone down."""
        fade, ended = self._step.fade, Fraction(self._made, self._step.sample_rate)
        if fade is None or fade.end is None or fade.end - ended <= FADED * fade.fade_out:
            return ()
        text = (
            f"the output ends at {float(ended):.2f} s, as its source does, before fade_out is over "
            f"at {float(fade.end):g} s"
        )
        return (Notice(code="time_clamped", message=text),)

    def _faded(self, frame: av.AudioFrame) -> av.AudioFrame:
        first, self._made = self._made, self._made + frame.samples
        fade, rate = self._step.fade, self._step.sample_rate
        levels = np.full(frame.samples, self._gain)
        if fade is not None:
            levels *= _levels(fade, np.arange(first, self._made) / rate)
        if self._gain == 1 and levels.min(initial=1) >= 1:
            return frame
        array = frame.to_ndarray()
        each = levels if frame.format.is_planar else np.repeat(levels, self._channels)
        shown = array * each
        if array.dtype in FULL_SCALE:
            scale = FULL_SCALE[array.dtype]
            shown = np.clip(np.round(shown), -scale, scale - 1)
        return self._framed(shown.astype(array.dtype))

    def _floats(self, frame: av.AudioFrame) -> npt.NDArray[np.float32]:
        """Return the samples of a frame, (channels, samples), full scale being 1."""
        array = frame.to_ndarray()
        self._kind = array.dtype
        rows = array if frame.format.is_planar else array.reshape(-1, self._channels).T
        floats: npt.NDArray[np.float32] = rows.astype(np.float32)
        return floats / np.float32(FULL_SCALE.get(array.dtype, 1))

    def _frame(self, samples: npt.NDArray[np.float32]) -> av.AudioFrame:
        """Return samples as a frame of the encoder's layout."""
        array: npt.NDArray[Any] = samples
        if self._kind in FULL_SCALE:
            scale = FULL_SCALE[self._kind]
            whole = np.round(samples.astype(np.float64) * scale)
            array = np.clip(whole, -scale, scale - 1).astype(self._kind)
        if not av.AudioFormat(self._step.sample_format).is_planar:
            array = array.T.reshape(1, -1)
        return self._framed(array.astype(self._kind, copy=False))

    def _framed(self, array: npt.NDArray[Any]) -> av.AudioFrame:
        return av.AudioFrame.from_ndarray(
            np.ascontiguousarray(array),
            format=self._step.sample_format,
            layout=self._step.channel_layout,
        )


def _levels(fade: FadeStep, times: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return how much is heard at moments of the output, 0 to 1; see :meth:`FadeStep.level`."""
    levels = np.ones_like(times)
    if fade.fade_in:
        levels = np.minimum(levels, times / float(fade.fade_in))
    if fade.fade_out and fade.end is not None:
        levels = np.minimum(levels, (float(fade.end) - times) / float(fade.fade_out))
    return np.maximum(levels, 0)
