"""Finds where a sound is silent, and where it begins and ends to be heard.

Law: exact to the sample. A sample is silent when no channel is above the threshold; a stretch
counts from its first silent sample to the next one that is heard.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from mediaflow.audio.floats import floats_of
from mediaflow.errors import SpecError
from mediaflow.libav.translate import translated
from mediaflow.models.loudness import LEAST_SILENCE_SECONDS, Silence, SilenceData

if TYPE_CHECKING:
    import av

__all__ = ["Heard", "SilenceFinder"]


@dataclass(frozen=True, slots=True)
class Heard:
    """What is left of a sound when silence is cut off both ends."""

    start: Fraction
    """Time of the first sample that is heard, in seconds."""

    end: Fraction
    """End of the last one."""


class SilenceFinder:
    """Listens to one sound.

    Args:
        threshold_dbfs: Level up to which a sample is silent.
        least_seconds: Length from which a stretch counts, 0.01 s at least.

    Raises:
        SpecError: One of them is no such number.
    """

    def __init__(self, *, threshold_dbfs: float = -60.0, least_seconds: float = 0.5) -> None:
        if not (isfinite(threshold_dbfs) and threshold_dbfs <= 0):
            raise SpecError(
                f"threshold_dbfs must be a level up to 0 dB, got {threshold_dbfs!r}",
                field="threshold_dbfs",
            )
        if not (isfinite(least_seconds) and least_seconds >= LEAST_SILENCE_SECONDS):
            raise SpecError(
                f"least_seconds must be {LEAST_SILENCE_SECONDS} or more, got {least_seconds!r}",
                field="least_seconds",
            )
        self._threshold_dbfs = threshold_dbfs
        self._threshold = 10 ** (threshold_dbfs / 20)
        self._least_seconds = least_seconds
        self._least = Fraction(str(least_seconds))
        self._time = Fraction(0)
        self._quiet_since: Fraction | None = Fraction(0)
        self._first: Fraction | None = None
        self._last = Fraction(0)
        self._found: list[Silence] = []

    @property
    def heard(self) -> Heard | None:
        """Where the first and the last sample are that are not silent, None where all are."""
        return None if self._first is None else Heard(self._first, self._last)

    def push(self, frame: av.AudioFrame) -> None:
        """Listen to a frame of any format; layout and rate may change from one to the next."""
        if not frame.samples:
            return
        rate, start = max(frame.sample_rate, 1), self._time
        with translated(stage="decode"):
            loud = np.abs(floats_of(frame)).max(axis=0) > self._threshold
        self._time += Fraction(frame.samples, rate)
        first = int(loud.argmax())
        if not loud[first]:
            if self._quiet_since is None:
                self._quiet_since = start
            return
        last = len(loud) - 1 - int(loud[::-1].argmax())
        since = start if self._quiet_since is None else self._quiet_since
        self._add(since, start + Fraction(first, rate))
        least = int(self._least * rate)
        if last - first > least:  # else no stretch between them is long enough
            places = np.flatnonzero(loud)
            for index in np.flatnonzero(np.diff(places) > least).tolist():
                one, following = int(places[index]) + 1, int(places[index + 1])
                self._add(start + Fraction(one, rate), start + Fraction(following, rate))
        if self._first is None:
            self._first = start + Fraction(first, rate)
        self._last = start + Fraction(last + 1, rate)
        self._quiet_since = self._last if self._last < self._time else None

    def end(self) -> SilenceData:
        """Return what was found when the last frame is in."""
        if self._quiet_since is not None:
            self._add(self._quiet_since, self._time)
            self._quiet_since = None
        return SilenceData(
            silences=tuple(self._found),
            threshold_dbfs=self._threshold_dbfs,
            least_seconds=self._least_seconds,
            duration_seconds=float(self._time),
        )

    def _add(self, start: Fraction, end: Fraction) -> None:
        if end - start >= self._least:
            self._found.append(Silence(start_seconds=float(start), end_seconds=float(end)))
