"""Levels between samples against a transform that knows them all."""

from __future__ import annotations

import numpy as np
import pytest

from mediaflow.audio.true_peak import REACH, Between, TruePeak


def band_limited(count=4_096, *, share=0.84, seed=1):
    """Paint noise up to a share of half the rate that goes on from its end to its start."""
    rng = np.random.default_rng(seed)
    spectrum = np.zeros(count // 2 + 1, complex)
    most = int(count // 2 * share)
    spectrum[1:most] = rng.normal(size=most - 1) + 1j * rng.normal(size=most - 1)
    samples = np.fft.irfft(spectrum, count)
    return samples / np.abs(samples).max(), spectrum


def everywhere(spectrum, count, times):
    """Return the samples and those between them, by a longer transform."""
    longer = np.zeros(count * times // 2 + 1, complex)
    longer[: len(spectrum)] = spectrum
    return np.fft.irfft(longer, count * times) * times


@pytest.mark.parametrize(("rate", "times"), [(8_000, 4), (48_000, 4), (96_000, 2), (192_000, 1)])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_levels_between_samples_are_those_of_the_wave(rate, times, seed):
    samples, spectrum = band_limited(seed=seed)
    wave = everywhere(spectrum, len(samples), times)
    wave *= np.abs(samples).max() / np.abs(wave[::times]).max()

    around = np.concatenate([samples[-REACH + 1 :], samples, samples[:REACH]])
    found = Between(rate).peaks(around[None].astype(np.float32), 0)

    expected = np.abs(wave).reshape(-1, times).max(axis=1)
    assert found == pytest.approx(expected, abs=0.02)  # 0.17 dB at full scale
    assert 20 * np.log10(found.max() / expected.max()) == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize("least", [0, 0.3, 0.9, 1.1])
def test_what_is_not_looked_at_is_not_above(least):
    samples = np.random.default_rng(4).normal(0, 0.25, (2, 10_000)).astype(np.float32)
    between = Between(48_000)

    all_of_it, some = between.peaks(samples, 0), between.peaks(samples, least)

    above = all_of_it > least
    assert np.array_equal(some[above], all_of_it[above])
    assert (some[~above] <= least).all()
    assert between.highest(samples, least) == pytest.approx(max(least, all_of_it.max()))


@pytest.mark.parametrize("size", [1, 7, 100, 5_000])
def test_size_of_blocks_does_not_matter(size):
    samples = np.random.default_rng(5).normal(0, 0.25, (2, 3_000)).astype(np.float32)
    whole, blocks = TruePeak(48_000, 2), TruePeak(48_000, 2)

    whole.push(samples)
    for at in range(0, samples.shape[1], size):
        blocks.push(samples[:, at : at + size])

    assert blocks.end() == pytest.approx(whole.end())
