"""Samples of frames as floats, and their batches."""

from __future__ import annotations

import av
import numpy as np
import pytest

from mediaflow.audio.floats import Batches, floats_of
from tests.tones import frames


@pytest.mark.parametrize(
    ("name", "array", "floats"),
    [
        ("u8", np.array([[0, 64, 128, 192]], np.uint8), [[-1, 0], [-0.5, 0.5]]),
        ("s16", np.array([[-32768, 16384, 0, -1]], np.int16), [[-1, 0], [0.5, -(2**-15)]]),
        ("s32p", np.array([[-(2**31), 2**30], [1, 0]], np.int32), [[-1, 0.5], [2**-31, 0]]),
        ("flt", np.array([[1, -2, np.nan, np.inf]], np.float32), [[1, 0], [-2, 1]]),
        ("dblp", np.array([[1e300, 0], [-np.inf, 0.25]]), [[1e6, 0], [-1, 0.25]]),
    ],
)
def test_full_scale_is_one_in_every_format(name, array, floats):
    frame = av.AudioFrame.from_ndarray(array, format=name, layout="stereo")

    assert floats_of(frame).tolist() == floats


def test_24_planes_are_read_each():
    samples = np.arange(24, dtype=np.float32)[:, None] / 24 + np.zeros((24, 100), np.float32)
    resampler = av.AudioResampler(format="fltp", layout="22.2", rate=48_000)

    planar = [one for frame in frames(samples, layout="22.2") for one in resampler.resample(frame)]

    assert planar[0].format.is_planar
    assert np.array_equal(floats_of(planar[0]), samples)


def test_batches_hold_every_sample_once():
    samples = np.arange(100_000, dtype=np.float32)[None]
    batches = Batches(1, 256)

    made = [batch.copy() for part in np.split(samples, 8, axis=1) for batch in batches.push(part)]
    made.append(batches.end())

    assert {batch.shape[1] % 256 for batch in made[:-1]} == {0}
    assert np.array_equal(np.concatenate(made, axis=1), samples)
