"""The table that brings HDR to SDR: colours of PQ or HLG in, those of BT.709 out.

Light goes through it in six steps: the transfer of the source to cd/m²; the curve on the brightest
of red, green and blue, which takes the other two along; the primaries of BT.709; what lies outside
of them loses chroma at its hue and lightness in Oklab until it fits; the transfer of an SDR display.

Law: arithmetic on arrays; no frame and no graph. Tables that were made are kept, a few of them.
Source: ITU-R BT.2100 (PQ, HLG and its OOTF), BT.2390-8 5.4.1 (EETF), BT.2408 2.2 (203 cd/m²), BT.2087
(primaries by light), BT.1886 (display), Reinhard 2002 eq. 4, Hable 2010, Ottosson 2020 (Oklab).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from mediaflow.errors import ProcessingError
from mediaflow.models.footage import SDR_WHITE_NITS

if TYPE_CHECKING:
    from collections.abc import Callable

    from mediaflow.models.footage import ToneCurve, ToneKind
    from mediaflow.planning.frame_steps import ToneStep

__all__ = ["TONE_LEVELS", "sdr_colors", "tone_cube"]

Light: TypeAlias = npt.NDArray[np.float64]

TONE_LEVELS: Final = 64
"""Levels of the table along a channel."""

SIXTEEN_BITS: Final = 65_535
PQ: Final = (2610 / 16384, 2523 / 4096 * 128, 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32)
"""m1, m2, c1, c2, c3 of BT.2100 table 4."""

PQ_NITS: Final = 10_000
HLG: Final = (0.17883277, 0.28466892, 0.55991073)
"""a, b, c of BT.2100 table 5."""

HLG_NITS: Final = 1_000
BT2020_LUMA: Final = np.array((0.2627, 0.6780, 0.0593))
BT1886_GAMMA: Final = 2.4
HABLE: Final = (0.15, 0.50, 0.10, 0.20, 0.02, 0.30)
DARKEST: Final = 1e-4  # cd/m²; below it the curves are lines
CURVE_POINTS: Final = 4096  # of a caller's function, at even steps of PQ
HALVINGS: Final = 12  # of the chroma; what is left is a fraction of a level
FITS: Final = 1e-6

TO_XYZ: Final[dict[int, Light]] = {
    1: np.array(
        [
            [0.4123908, 0.3575843, 0.1804808],
            [0.2126390, 0.7151687, 0.0721923],
            [0.0193308, 0.1191948, 0.9505322],
        ]
    ),
    9: np.array(
        [
            [0.6369580, 0.1446169, 0.1688810],
            [0.2627002, 0.6779981, 0.0593017],
            [0.0, 0.0280727, 1.0609851],
        ]
    ),
    12: np.array(
        [
            [0.4865709, 0.2656677, 0.1982173],
            [0.2289746, 0.6917385, 0.0792869],
            [0.0, 0.0451134, 1.0439444],
        ]
    ),
}
"""Light of BT.709, BT.2020 and P3-D65 in CIE 1931 XYZ, by the code point of the primaries (H.273)."""

OKLAB_CONES: Final = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
OKLAB: Final = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


@lru_cache(maxsize=8)
def tone_cube(step: ToneStep) -> npt.NDArray[np.uint16]:
    """Return the table of a step: (blue, green, red, 3), 16 bits.

    Args:
        step: Transfer, primaries, peak and curve.

    Raises:
        ProcessingError: The caller's curve fails or returns what is no number.
    """
    levels = np.linspace(0, 1, TONE_LEVELS)
    blue, green, red = np.meshgrid(levels, levels, levels, indexing="ij")
    colors = sdr_colors(np.stack([red, green, blue], axis=-1), step)
    cube = np.round(colors * SIXTEEN_BITS).astype(np.uint16)
    cube.flags.writeable = False
    return cube


def sdr_colors(codes: Light, step: ToneStep) -> Light:
    """Return what HDR colours are in SDR, exactly.

    Args:
        codes: (…, 3), red, green and blue of PQ or HLG, 0 to 1.
        step: Transfer, primaries, peak and curve.

    Returns:
        (…, 3), red, green and blue of BT.709 for a display of BT.1886, 0 to 1.

    Raises:
        ProcessingError: The caller's curve fails or returns what is no number.
    """
    nits = _pq_nits(codes) if step.transfer == "pq" else _hlg_nits(codes, step.peak_nits)
    brightest = np.maximum(nits.max(axis=-1, keepdims=True), DARKEST)
    light = nits * (_mapped(brightest, step) / brightest)
    source = TO_XYZ.get(step.primaries, TO_XYZ[9])
    light = light @ (np.linalg.inv(TO_XYZ[1]) @ source).T
    fitting: Light = np.clip(_within(light), 0, 1) ** (1 / BT1886_GAMMA)
    return fitting


def _pq_nits(codes: Light) -> Light:
    """Return light in cd/m² of PQ (BT.2100 table 4, EOTF)."""
    m1, m2, c1, c2, c3 = PQ
    root = np.clip(codes, 0, 1) ** (1 / m2)
    light: Light = PQ_NITS * (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)
    return light


def _pq_codes(nits: Light | float) -> Light:
    """Return PQ of light in cd/m² (BT.2100 table 4, inverse EOTF)."""
    m1, m2, c1, c2, c3 = PQ
    power = (np.asarray(nits, np.float64) / PQ_NITS) ** m1
    codes: Light = ((c1 + c2 * power) / (1 + c3 * power)) ** m2
    return codes


def _hlg_nits(codes: Light, peak: float) -> Light:
    """Return light in cd/m² of HLG on a display with a peak (BT.2100 table 5, EOTF)."""
    a, b, c = HLG
    scene = np.where(codes <= 0.5, codes**2 / 3, (np.exp((codes - c) / a) + b) / 12)
    gamma = 1.2 + 0.42 * math.log10(peak / HLG_NITS)
    luma = np.maximum(scene @ BT2020_LUMA, 1e-12)[..., None]
    light: Light = peak * luma ** (gamma - 1) * scene
    return light


def _mapped(nits: Light, step: ToneStep) -> Light:
    """Return which share of SDR's white is shown of light in cd/m²."""
    if callable(step.curve):
        return _by_function(step.curve, nits)
    curve = _CURVES[step.curve]
    return curve(np.minimum(nits, step.peak_nits), step.peak_nits)


def _bt2390(nits: Light, peak: float) -> Light:
    """Map by BT.2390's EETF: a line up to the knee, then a Hermite spline, in PQ."""
    top = float(_pq_codes(peak))
    code, white = _pq_codes(nits) / top, float(_pq_codes(SDR_WHITE_NITS)) / top
    knee = 1.5 * white - 0.5
    along = np.clip((code - knee) / max(1 - knee, FITS), 0, 1)
    bent = (
        (2 * along**3 - 3 * along**2 + 1) * knee
        + (along**3 - 2 * along**2 + along) * (1 - knee)
        + (-2 * along**3 + 3 * along**2) * white
    )
    return _pq_nits(np.where(code < knee, code, bent) * top) / SDR_WHITE_NITS


def _reinhard(nits: Light, peak: float) -> Light:
    """Map by Reinhard's global operator with the peak as its white."""
    light, white = nits / SDR_WHITE_NITS, peak / SDR_WHITE_NITS
    return light * (1 + light / white**2) / (1 + light)


def _hable(nits: Light, peak: float) -> Light:
    """Map by Hable's curve of film, scaled so that the peak becomes white."""
    return _filmic(nits / SDR_WHITE_NITS) / _filmic(np.array(peak / SDR_WHITE_NITS))


def _filmic(light: Light) -> Light:
    a, b, c, d, e, f = HABLE
    shown: Light = (light * (a * light + c * b) + d * e) / (light * (a * light + b) + d * f) - e / f
    return shown


_CURVES: Final[dict[ToneKind, Callable[[Light, float], Light]]] = {
    "bt2390": _bt2390,
    "hable": _hable,
    "reinhard": _reinhard,
}


def _by_function(curve: ToneCurve, nits: Light) -> Light:
    """Map by a caller's function, which is asked at some points of PQ."""
    codes = np.linspace(0, 1, CURVE_POINTS)
    try:
        shown = np.array([float(curve(float(each))) for each in _pq_nits(codes)])
    except (ArithmeticError, TypeError, ValueError) as exc:
        raise ProcessingError(f"the curve of tone_map failed: {exc}", stage="transform") from exc
    if not np.isfinite(shown).all():
        raise ProcessingError(
            "the curve of tone_map must return finite numbers",
            hint="0 is black, 1 is the white of SDR",
            stage="transform",
        )
    mapped: Light = np.interp(_pq_codes(nits), codes, np.clip(shown, 0, 1))
    return mapped


def _within(light: Light) -> Light:
    """Take chroma from light outside of BT.709, at its hue and lightness, until it fits."""
    outside = (light.min(axis=-1) < -FITS) | (light.max(axis=-1) > 1 + FITS)
    if not outside.any():
        return light
    lab = np.cbrt(light[outside] @ OKLAB_CONES.T) @ OKLAB.T
    lab[..., 0] = np.clip(lab[..., 0], 0, 1)
    low, high = np.zeros((len(lab), 1)), np.ones((len(lab), 1))
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        tried = _of_oklab(lab, middle)
        fits = ((tried >= -FITS) & (tried <= 1 + FITS)).all(axis=-1, keepdims=True)
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    result = light.copy()
    result[outside] = _of_oklab(lab, low)
    return result


def _of_oklab(lab: Light, chroma: Light) -> Light:
    """Return light of Oklab with a share of its chroma."""
    less = np.concatenate([lab[..., :1], lab[..., 1:] * chroma], axis=-1)
    light: Light = (less @ np.linalg.inv(OKLAB).T) ** 3 @ np.linalg.inv(OKLAB_CONES).T
    return light
