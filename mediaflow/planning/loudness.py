"""Which gain brings a sound to a loudness, and whether its peaks allow it. Pure.

Law: the gain is that of the whole sound. Where its peaks would pass the limit they are held down,
and the decision says so: nothing turns into another kind of processing unseen.
Source: EBU R 128 (loudness normalisation by one gain, peaks in dBTP).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from mediaflow.models.loudness import LoudnessData

__all__ = ["NEAR_LU", "GainDecision", "GainMode", "correct_gain", "plan_gain"]

GainMode: TypeAlias = Literal["linear", "limited"]
"""``"linear"``: every sample times one number. ``"limited"``: peaks above the limit are lower."""

NEAR_LU: Final = 0.5
"""How far from the target a loudness may be (EBU R 128: ±0.5 LU where more is not practicable)."""

MOST_CORRECTION_DB: Final = 6.0  # beyond it, limiting is heard more than loudness


@dataclass(frozen=True, slots=True, kw_only=True)
class GainDecision:
    """One gain for one sound."""

    gain_db: float
    """What every sample is raised by; 0 where nothing is heard."""

    mode: GainMode
    target_lufs: float
    true_peak_dbtp: float
    """What no peak may pass."""

    measured_lufs: float | None
    """Loudness before; None where nothing is heard."""

    measured_true_peak_dbtp: float | None
    """Highest peak before."""

    @property
    def over_db(self) -> float:
        """By how much the highest peak would pass the limit if it were not held down."""
        if self.measured_true_peak_dbtp is None:
            return 0.0
        return max(self.measured_true_peak_dbtp + self.gain_db - self.true_peak_dbtp, 0.0)


def plan_gain(measured: LoudnessData, target_lufs: float, true_peak_dbtp: float) -> GainDecision:
    """Decide on the gain that brings a sound to a loudness.

    Args:
        measured: What was measured; without a true peak, the peak of its samples is taken.
        target_lufs: Loudness that is wanted, in LUFS.
        true_peak_dbtp: What no peak may pass, in dBTP.
    """
    gain = 0.0 if measured.integrated_lufs is None else target_lufs - measured.integrated_lufs
    peak = measured.true_peak_dbtp
    peak = measured.sample_peak_dbfs if peak is None else peak
    return _decided(
        GainDecision(
            gain_db=gain,
            mode="linear",
            target_lufs=target_lufs,
            true_peak_dbtp=true_peak_dbtp,
            measured_lufs=measured.integrated_lufs,
            measured_true_peak_dbtp=peak,
        )
    )


def correct_gain(decision: GainDecision, after: LoudnessData) -> GainDecision | None:
    """Decide on another gain where limiting took too much loudness.

    Args:
        decision: That of the first time.
        after: What was measured of its result.

    Returns:
        A decision for the same source, at most 6 dB higher; None where the result is within 0.5 LU
        of the target, or was not limited, so that no gain would bring it nearer.
    """
    if decision.mode == "linear" or after.integrated_lufs is None:
        return None
    short = decision.target_lufs - after.integrated_lufs
    if abs(short) <= NEAR_LU:
        return None
    more = min(short, MOST_CORRECTION_DB)
    return _decided(replace(decision, gain_db=decision.gain_db + more))


def _decided(decision: GainDecision) -> GainDecision:
    mode: GainMode = "limited" if decision.over_db else "linear"
    return replace(decision, mode=mode)
