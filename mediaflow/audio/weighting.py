"""Filters sound as the ear weighs it (K-weighting), and says how much each channel counts.

A recursive filter has to go sample by sample, which no array can. So the sound is cut into blocks:
within one, the filter is a product with a triangular matrix; what a block leaves to the next is a
state of four numbers. The result is that of the recursion, but for the rounding of 32-bit floats.

Law: any rate. The analog filters behind the table of the source are brought to it, so that at
48 kHz its very coefficients come out. A filter whose corner the rate does not reach is left out.
Source: ITU-R BS.1770-5 annex 1, tables 1 and 2, and annex 3 for the positions of channels.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, tan
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from mediaflow.audio.products import product

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.audio.floats import Floats

__all__ = ["BLOCK", "Weighting", "channel_weights"]

Numbers: TypeAlias = npt.NDArray[np.float64]

BLOCK: Final = 256  # samples; the fastest of 32, 64, 128 and 256
ORDER: Final = 4  # of both filters together
REACHED: Final = 0.4  # of the rate; nearer to its half, tan() bends the corner too far

SIDE_WEIGHT: Final = 1.41  # BS.1770-5 annex 3: azimuth 60° to 120°, elevation below 30°
SIDES: Final = frozenset({"SDL", "SDR", "SL", "SR", "WL", "WR"})
BACKS: Final = frozenset({"BL", "BR"})
FRONTS: Final = frozenset({"FL", "FR"})
ALL_AROUND: Final = frozenset({"BL", "BR", "FLC", "FRC", "SL", "SR"})
UNHEARD: Final = frozenset({"LFE", "LFE2"})


@dataclass(frozen=True, slots=True)
class _Biquad:
    """A filter of second order, its first coefficient of what comes out being 1."""

    ahead: tuple[float, float, float]
    """What the last three samples that came in count."""

    back: tuple[float, float]
    """What the last two that came out count, subtracted."""


def channel_weights(names: Sequence[str]) -> Numbers:
    """Return how much the power of each channel counts.

    Back channels stand at the sides where a layout has no others for the sides (5.1); front
    channels stand at 60° where others stand nearer to the middle, and all around (22.2). What has no place counts 1,
    and so does mono: a sound in one channel is 3 LU quieter than in both of a pair.

    Args:
        names: FFmpeg's names of the channels, in order.

    Example:
        >>> channel_weights(["FL", "FR", "FC", "LFE", "BL", "BR"]).tolist()
        [1.0, 1.0, 1.0, 0.0, 1.41, 1.41]
    """
    there = frozenset(names)
    sides = SIDES
    if not there & {"SL", "SR"}:
        sides |= BACKS
    if there >= ALL_AROUND:
        sides |= FRONTS
    return np.array(
        [0.0 if name in UNHEARD else SIDE_WEIGHT if name in sides else 1.0 for name in names]
    )


class Weighting:
    """The filter for one sound of a few channels.

    Args:
        rate: Samples a second and channel.
        channels: Number of channels.
    """

    def __init__(self, rate: int, channels: int) -> None:
        leap, enters, leaves, within = _blocks(_filters(rate))
        self._leap = leap.T
        self._enters = enters.astype(np.float32)
        self._leaves = leaves
        self._within = within.T.astype(np.float32)
        self._state = np.zeros((channels, ORDER))

    def weigh(self, samples: Floats) -> Floats:
        """Return samples, (channels, samples), as they are weighed."""
        channels, count = samples.shape
        short = -count % BLOCK  # of the last batch alone; the state is of no use after it
        if short:
            samples = np.pad(samples, ((0, 0), (0, short)))
        blocks = samples.reshape(channels, -1, BLOCK)
        given = product(blocks, self._enters).astype(np.float64)
        states = np.empty_like(given)
        state = self._state
        for index in range(given.shape[1]):
            states[:, index] = state
            state = state @ self._leap + given[:, index]
        self._state = state
        made: Floats = product(blocks, self._within)
        made += product(states, self._leaves).astype(np.float32)
        return made.reshape(channels, -1)[:, :count]


def _filters(rate: int) -> tuple[_Biquad, _Biquad]:
    """Return the shelf for the head and the high pass, as BS.1770 has them at 48 kHz."""
    through = _Biquad((1.0, 0.0, 0.0), (0.0, 0.0))
    corner, quality = 1681.974450955533, 0.7071752369554196
    shelf = through
    if corner < REACHED * rate:
        k = tan(pi * corner / rate)
        high = 10 ** (3.999843853973347 / 20)
        band = high**0.4996667741545416
        scale = 1 + k / quality + k * k
        shelf = _Biquad(
            (
                (high + band * k / quality + k * k) / scale,
                2 * (k * k - high) / scale,
                (high - band * k / quality + k * k) / scale,
            ),
            (2 * (k * k - 1) / scale, (1 - k / quality + k * k) / scale),
        )
    corner, quality = 38.13547087602444, 0.5003270373238773
    if corner >= REACHED * rate:
        return shelf, through
    k = tan(pi * corner / rate)
    scale = 1 + k / quality + k * k
    # the table of the source has 1, −2, 1 here: not scaled
    return shelf, _Biquad((1, -2, 1), (2 * (k * k - 1) / scale, (1 - k / quality + k * k) / scale))


def _blocks(filters: tuple[_Biquad, _Biquad]) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Return what two filters in a row do to a block of samples.

    Returns:
        From state to state over a block (4, 4), from samples to state (BLOCK, 4), from state to
        samples (4, BLOCK), from samples to samples (BLOCK, BLOCK).
    """
    (first, given1, taken1, direct1), (second, given2, taken2, direct2) = map(_states, filters)
    step = np.block([[first, np.zeros((2, 2))], [np.outer(given2, taken1), second]])
    given = np.concatenate([given1, given2 * direct1])
    taken = np.concatenate([direct2 * taken1, taken2])
    powers = [np.eye(ORDER)]
    for _ in range(BLOCK):
        powers.append(step @ powers[-1])
    leaves = np.stack([taken @ power for power in powers[:BLOCK]], axis=1)
    enters = np.stack([power @ given for power in powers[BLOCK - 1 :: -1]])
    response = np.concatenate([[direct1 * direct2], leaves.T[: BLOCK - 1] @ given])
    within = np.zeros((BLOCK, BLOCK))
    for index in range(BLOCK):
        within[index:, index] = response[: BLOCK - index]
    return powers[BLOCK], enters, leaves, within


def _states(filter: _Biquad) -> tuple[Numbers, Numbers, Numbers, float]:
    """Return a filter as a step of its state: the step, what a sample gives, what is taken."""
    direct, one, two = filter.ahead
    back_one, back_two = filter.back
    step = np.array([[-back_one, 1.0], [-back_two, 0.0]])
    given = np.array([one - back_one * direct, two - back_two * direct])
    return step, given, np.array([1.0, 0.0]), direct
