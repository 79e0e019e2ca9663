"""Channels are mixed by one rule; rows are worked by hand from it."""

from __future__ import annotations

from fractions import Fraction
from math import sqrt

import av
import numpy as np
import pytest

from mediaflow.audio.mixing import Mixing, mix_of

H = sqrt(0.5)

ROWS = {
    "mono": (["FC"], 2, [[1], [1]]),
    "stereo to mono": (["FL", "FR"], 1, [[0.5, 0.5]]),
    "5.1": (
        ["FL", "FR", "FC", "LFE", "BL", "BR"],
        2,
        [[1, 0, H, 0, H, 0], [0, 1, H, 0, 0, H]],
    ),
    "5.1 to mono": (
        ["FL", "FR", "FC", "LFE", "SL", "SR"],
        1,
        [[0.5, 0.5, H, 0, H / 2, H / 2]],
    ),
    "a back in the middle": (
        ["FL", "FR", "FC", "BC"],
        2,
        [[1, 0, H, 0.5], [0, 1, H, 0.5]],
    ),
    "above": (["FL", "FR", "TFL", "TBR"], 2, [[1, 0, H, 0], [0, 1, 0, H]]),
}


@pytest.mark.parametrize("name", ROWS)
def test_factors_are_those_of_the_rule(name):
    channels, wanted, rows = ROWS[name]

    matrix = mix_of(channels, wanted)

    assert matrix is not None
    assert np.allclose(matrix, rows)


@pytest.mark.parametrize(("channels", "wanted"), [(["FL", "FR"], 2), (["FC"], 1), (["FL"] * 8, 6)])
def test_what_needs_no_mixing_is_left_alone(channels, wanted):
    assert mix_of(channels, wanted) is None


@pytest.mark.parametrize("kind", ["s16", "s32p", "flt"])
def test_every_kind_of_samples_is_mixed_alike(kind):
    full = {"s16": 1 << 15, "s32p": 1 << 31, "flt": 1}[kind]
    # the place of each channel is its level, in sixteenths
    levels = np.repeat(np.arange(1, 7) / 16 * full, 64).reshape(6, 64)
    stored = levels if kind == "s32p" else levels.T.reshape(1, -1)
    types = {"s16": np.int16, "s32p": np.int32, "flt": np.float32}
    frame = av.AudioFrame.from_ndarray(
        np.ascontiguousarray(stored.astype(types[kind])), format=kind, layout="5.1"
    )
    frame.sample_rate, frame.pts, frame.time_base = 48_000, 480, Fraction(1, 48_000)

    (mixed,) = Mixing(frame, "stereo").mixed(frame)

    left = (1 + 3 * H + 5 * H) / 16
    right = (2 + 3 * H + 6 * H) / 16
    assert np.abs(mixed.to_ndarray() - [[left], [right]]).max() < 1e-6
    assert (mixed.pts, mixed.sample_rate, mixed.layout.name) == (480, 48_000, "stereo")


def test_what_passes_full_scale_is_cut():
    frame = av.AudioFrame.from_ndarray(
        np.array([[0.9], [-0.9], [0.9], [0], [0], [-0.9]], np.float32), format="fltp", layout="5.1"
    )
    frame.sample_rate = 48_000

    (mixed,) = Mixing(frame, "stereo").mixed(frame)

    # the right: -0.9 + 0.9 · 0.707 - 0.9 · 0.707
    assert np.allclose(mixed.to_ndarray(), [[1], [-0.9]])


@pytest.mark.parametrize("channels", [10, 16, 24])
def test_many_channels_that_have_usual_places_are_mixed(channels):
    frame = av.AudioFrame.from_ndarray(
        np.full((1, channels * 64), 1 << 10, np.int16), format="s16", layout=f"{channels}c"
    )
    frame.sample_rate = 48_000

    (mixed,) = Mixing(frame, "stereo").mixed(frame)

    names = [channel.name for channel in av.AudioLayout(f"{channels}c").channels]
    factors = mix_of(names, 2)
    assert factors is not None
    left, right = np.clip(factors.sum(axis=1) * 2**-5, -1, 1)
    assert np.allclose(mixed.to_ndarray(), [[left], [right]], atol=1e-6)
