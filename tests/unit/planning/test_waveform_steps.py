"""How many samples make a point: by hand, and as audiowaveform reckons."""

from __future__ import annotations

import pytest

from mediaflow.errors import LimitExceededError, SpecError
from mediaflow.geometry import Size
from mediaflow.models.waveform import MAX_POINTS, WaveformOutput
from mediaflow.planning.waveform_steps import plan_waveform
from mediaflow.security.limits import Limits


def planned(format="json", *, rate=44_100, samples=None, limits=None, **fields):
    return plan_waveform(
        WaveformOutput(format, **fields),
        name="waveform",
        uri="/out/a.json",
        position=0,
        stream=1,
        sample_rate=rate,
        samples=samples,
        limits=limits or Limits(),
    )


@pytest.mark.parametrize(
    ("rate", "fields", "each"),
    [
        (44_100, {}, 2_205),
        (48_000, {}, 2_400),
        (44_100, {"points_per_second": 100}, 441),
        (44_100, {"points_per_second": 1_000}, 44),  # 44.1, cut off
        (48_000, {"points_per_second": 0.1}, 480_000),
        (44_100, {"points_per_second": 29.97}, 1_471),  # 1471.47
        (44_100, {"samples_per_point": 256}, 256),
    ],
)
def test_samples_of_a_point_are_whole(rate, fields, each):
    step = planned(rate=rate, **fields)

    assert (step.samples_per_point, step.points, step.most) == (each, MAX_POINTS, None)


@pytest.mark.parametrize(
    ("samples", "width", "each"),
    [(1_000, 100, 10), (1_001, 100, 11), (999, 100, 10), (50, 100, 2), (1, 1, 2)],
)
def test_exact_length_gives_at_most_as_many_points_as_asked(samples, width, each):
    step = planned(samples=samples, width=width)

    assert (step.samples_per_point, step.most) == (each, width)
    assert -(-samples // each) <= width


def test_unknown_length_is_measured_finer_and_joined():
    step = planned(width=500)

    assert (step.samples_per_point, step.points, step.most) == (None, 8_000, 500)


def test_pictures_are_measured_finer_than_their_columns():
    step = planned("svg", samples=10_000_000, width=900)

    assert (step.samples_per_point, step.points, step.most) == (None, 14_400, 900)
    assert step.size == Size(900, 280)
    assert step.encode is None


def test_picture_of_px_says_how_it_is_encoded():
    step = planned("png", height=100)

    assert step.size == Size(1_800, 100)
    assert step.encode is not None
    assert (step.encode.format, step.encode.size) == ("png", step.size)


def test_json_has_no_size():
    assert planned().size is None


def test_more_points_than_samples_are_refused():
    with pytest.raises(SpecError, match="more than half of 8,000"):
        planned(rate=8_000, points_per_second=5_000)


def test_too_many_points_are_refused_before_anything_is_decoded():
    with pytest.raises(LimitExceededError, match="4,000,000 points"):
        planned(samples=44_100 * 3_600, samples_per_point=2)


def test_too_large_a_picture_is_refused():
    with pytest.raises(LimitExceededError, match="pixels"):
        planned("png", width=2_000, height=2_000, limits=Limits(max_output_pixels=1_000_000))
