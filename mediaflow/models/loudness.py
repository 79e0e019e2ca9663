"""How loud a sound is, and where it is silent: data of an analysis.

Law: data checks that it is what it says. What nobody can hear has no number: it is None, never
minus infinity.
Source: ITU-R BS.1770-5; EBU R 128, Tech 3341 (momentary, short-term), Tech 3342 (range).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, cast

from mediaflow.errors import SpecError
from mediaflow.models.checking import check_number

__all__ = ["LevelData", "LoudnessData", "Silence", "SilenceData", "SoundData"]

MAX_SECONDS: Final = 10_000_000
LEAST_SILENCE_SECONDS: Final = 0.01  # bounds how many stretches an hour can have
MAX_LEVEL: Final = 1_000  # dB; far beyond what a float of 32 bits holds


@dataclass(frozen=True, slots=True, kw_only=True)
class LoudnessData:
    """How loud a sound is as a whole and along its time.

    A series holds a value for each step; the first belongs to the end of its first whole window. It
    is empty where the sound is shorter than the window.
    """

    kind: Literal["loudness"] = "loudness"

    integrated_lufs: float | None
    """Loudness of the whole in LUFS, gated; None where all is below −70 LUFS."""

    range_lu: float | None
    """Loudness range in LU; None where no three seconds are above −70 LUFS."""

    true_peak_dbtp: float | None
    """Greatest level between samples as well, in dB of full scale; None for digital silence."""

    sample_peak_dbfs: float | None
    """Greatest level of a sample, in dB of full scale; None for digital silence."""

    duration_seconds: float
    """Length of what was measured."""

    step_seconds: float = 0.1
    """Time from one value of a series to the next."""

    momentary_lufs: tuple[float | None, ...] = ()
    """Loudness of 400 ms each, the first at 0.4 s; None below −120 LUFS."""

    short_term_lufs: tuple[float | None, ...] = ()
    """Loudness of 3 s each, the first at 3 s; None below −120 LUFS."""

    def __post_init__(self) -> None:
        for name in ("momentary_lufs", "short_term_lufs"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
            for value in getattr(self, name):
                _check_level(name, value)
        for name in ("integrated_lufs", "true_peak_dbtp", "sample_peak_dbfs"):
            _check_level(name, getattr(self, name))
        if self.range_lu is not None:
            check_number("range_lu", self.range_lu, MAX_LEVEL, zero=True)
        check_number("duration_seconds", self.duration_seconds, MAX_SECONDS, zero=True)
        check_number("step_seconds", self.step_seconds, MAX_SECONDS)

    @property
    def max_momentary_lufs(self) -> float | None:
        """Loudest 400 ms, or None."""
        return _loudest(self.momentary_lufs)

    @property
    def max_short_term_lufs(self) -> float | None:
        """Loudest three seconds, or None."""
        return _loudest(self.short_term_lufs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A stretch of a sound in which nothing is heard.

    Example:
        >>> Silence(start_seconds=1.5, end_seconds=4.0).end_seconds
        4.0
    """

    start_seconds: float
    """Time of its first silent sample."""

    end_seconds: float
    """Time of the next sample that is heard, or the end of the sound."""

    def __post_init__(self) -> None:
        check_number("start_seconds", self.start_seconds, MAX_SECONDS, zero=True)
        check_number("end_seconds", self.end_seconds, MAX_SECONDS)
        if self.end_seconds <= self.start_seconds:
            raise SpecError(
                f"end_seconds {self.end_seconds} must be after start_seconds {self.start_seconds}",
                field="end_seconds",
                value=self.end_seconds,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceData:
    """The silent stretches of a sound in order.

    A sample is silent when no channel is above the threshold.
    """

    kind: Literal["silence"] = "silence"

    silences: tuple[Silence, ...]
    """The stretches; none touches the next."""

    threshold_dbfs: float
    """Level up to which a sample is silent."""

    least_seconds: float
    """Length from which a stretch counts."""

    duration_seconds: float
    """Length of what was listened to."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "silences", tuple(self.silences))
        _check_level("threshold_dbfs", self.threshold_dbfs)
        check_number("least_seconds", self.least_seconds, MAX_SECONDS)
        check_number("duration_seconds", self.duration_seconds, MAX_SECONDS, zero=True)
        for one, following in zip(self.silences, self.silences[1:], strict=False):
            if one.end_seconds >= following.start_seconds:
                raise SpecError(
                    f"a silence ends at {one.end_seconds} s and the next starts at "
                    f"{following.start_seconds} s; something must be heard between them",
                    field="silences",
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundData:
    """What an analysis of a sound found: what was asked for, and None for the rest."""

    kind: Literal["sound"] = "sound"

    loudness: LoudnessData | None = None
    """How loud it is."""

    silence: SilenceData | None = None
    """Where it is silent."""

    def __post_init__(self) -> None:
        if self.loudness is None and self.silence is None:
            raise SpecError("loudness or silence must be there, got neither", field="loudness")


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelData:
    """How a sound was brought to a loudness."""

    kind: Literal["level"] = "level"

    mode: Literal["linear", "limited"]
    """``"linear"``: every sample times one number. ``"limited"``: peaks above the limit are lower."""

    gain_db: float
    target_lufs: float
    true_peak_dbtp: float
    """What no peak may pass."""

    measured_lufs: float | None
    """Loudness before; None where nothing is heard."""

    measured_true_peak_dbtp: float | None
    """Highest peak before; None of digital silence."""

    measured_range_lu: float | None
    """Loudness range before, which one gain does not change; None where nothing is heard."""

    reached_lufs: float | None = None
    """Loudness after, where peaks were held down; None where the gain alone says it."""

    def __post_init__(self) -> None:
        for name in ("measured_lufs", "measured_true_peak_dbtp", "gain_db"):
            _check_level(name, getattr(self, name))


def _check_level(name: str, value: object) -> None:
    if value is None:
        return
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not abs(cast("float", value)) <= MAX_LEVEL:  # nor is it not a number
        raise SpecError(
            f"{name} must be a level from −{MAX_LEVEL:,} to {MAX_LEVEL:,} dB, got {value!r:.80}",
            field=name,
            value=value,
        )


def _loudest(series: tuple[float | None, ...]) -> float | None:
    return max((value for value in series if value is not None), default=None)
