"""Which gain is decided on: hand-worked rows."""

from __future__ import annotations

import pytest

from mediaflow.models.loudness import LoudnessData
from mediaflow.planning.loudness import correct_gain, plan_gain


def heard(lufs, peak, *, sample_peak=None):
    return LoudnessData(
        integrated_lufs=lufs,
        range_lu=None,
        true_peak_dbtp=peak,
        sample_peak_dbfs=peak if sample_peak is None else sample_peak,
        duration_seconds=10,
    )


@pytest.mark.parametrize(
    ("lufs", "peak", "gain", "mode", "over"),
    [
        (-23.0, -10.0, 7.0, "linear", 0.0),  # −10 + 7 = −3
        (-23.0, -8.0, 7.0, "linear", 0.0),  # −8 + 7 = −1: at the limit, not above it
        (-23.0, -7.0, 7.0, "limited", 1.0),
        (-10.0, 0.5, -6.0, "linear", 0.0),
        (-15.0, 3.0, -1.0, "limited", 3.0),  # a sound that goes down may be above the limit still
        (None, None, 0.0, "linear", 0.0),
        (None, -0.5, 0.0, "limited", 0.5),  # one click in silence
    ],
)
def test_gain_is_what_is_missing_and_peaks_decide_how(lufs, peak, gain, mode, over):
    decision = plan_gain(heard(lufs, peak), -16.0, -1.0)

    assert decision.gain_db == pytest.approx(gain)
    assert decision.mode == mode
    assert decision.over_db == pytest.approx(over)


def test_without_a_true_peak_that_of_samples_counts():
    decision = plan_gain(heard(-23.0, None, sample_peak=-5.0), -16.0, -1.0)

    assert decision.mode == "limited"


@pytest.mark.parametrize(
    ("after", "gain"),
    [(-16.3, None), (-16.5, None), (-17.5, 8.5), (-30.0, 13.0)],  # 7 + 1.5; at most 7 + 6
)
def test_gain_is_corrected_where_limiting_took_much(after, gain):
    decision = plan_gain(heard(-23.0, -3.0), -16.0, -1.0)

    again = correct_gain(decision, heard(after, -1.0))

    assert (again and again.gain_db) == gain


def test_gain_that_was_not_limited_is_not_corrected():
    decision = plan_gain(heard(-23.0, -20.0), -16.0, -1.0)

    assert correct_gain(decision, heard(-20.0, -13.0)) is None
