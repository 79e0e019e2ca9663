"""What HDR colours are in SDR, one colour at a time, and how far two colours are apart.

Law: plain arithmetic by the published formulas, apart from the library's own tables: a suite judges
those by it. Colours that BT.709 cannot show are none of its business.
Source: ITU-R BT.2100 tables 4 and 5, BT.2390-8 5.4.1, BT.2087-0 annex 2 (from BT.2020 to BT.709 by
light), BT.1886; ISO/CIE 11664-6 (CIEDE2000), IEC 61966-2-1 (D65).
"""

from __future__ import annotations

from math import atan2, cos, degrees, exp, hypot, log, radians, sin, sqrt
from random import Random
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["delta_e", "held_codes", "hlg_code", "pq_code", "sdr_of"]

M1, M2 = 1305 / 8192, 2523 / 32
C1, C2, C3 = 107 / 128, 2413 / 128, 2392 / 128
A, B, C = 0.17883277, 0.28466892, 0.55991073
WHITE: Final = 203.0
SLACK: Final = 0.002  # of light, which 8 bits do not show
BRIGHTEST: Final = {"pq": 0.72, "hlg": 0.95}
TO_709: Final = (
    (1.6605, -0.5876, -0.0728),
    (-0.1246, 1.1329, -0.0083),
    (-0.0182, -0.1006, 1.1187),
)
TO_XYZ: Final = (
    (0.4124, 0.3576, 0.1805),
    (0.2126, 0.7152, 0.0722),
    (0.0193, 0.1192, 0.9505),
)
D65: Final = (0.9505, 1.0, 1.089)


def pq_code(nits: float) -> float:
    """Return PQ, 0 to 1, of light in cd/m²."""
    power = (nits / 10_000) ** M1
    return float(((C1 + C2 * power) / (1 + C3 * power)) ** M2)


def hlg_code(scene: float) -> float:
    """Return HLG, 0 to 1, of light of the scene, 0 to 1."""
    return sqrt(3 * scene) if scene <= 1 / 12 else A * log(12 * scene - B) + C


def held_codes(transfer: str, count: int) -> tuple[tuple[float, ...], ...]:
    """Return colours of HDR that BT.709 holds, from dark to bright, gray and tinted; always the same.

    Args:
        transfer: ``"pq"`` or ``"hlg"``.
        count: How many.
    """
    dice = Random(7)  # noqa: S311  # the same colours every time, no secret
    found: list[tuple[float, ...]] = []
    while len(found) < count:
        level = dice.uniform(0.05, BRIGHTEST[transfer])
        tinted = tuple(level * dice.uniform(0.85, 1) for _ in range(3))
        if _is_held(_narrow(tinted, transfer, 1_000)):
            found.append(tinted)
    return tuple(found)


def sdr_of(code: Sequence[float], transfer: str, peak: float = 1_000) -> tuple[float, ...]:
    """Return red, green and blue of BT.709, 0 to 1, of a colour of HDR by BT.2390's curve.

    Args:
        code: Red, green and blue of BT.2020 in PQ or HLG, 0 to 1.
        transfer: ``"pq"`` or ``"hlg"``, the latter of 1,000 cd/m².
        peak: Brightest light of the source in cd/m².
    """
    narrow = _narrow(code, transfer, peak)
    if not _is_held(narrow):
        raise ValueError(f"BT.709 does not hold the light {narrow}")
    return tuple(min(max(each, 0), 1) ** (1 / 2.4) for each in narrow)


def delta_e(one: Sequence[float], other: Sequence[float]) -> float:
    """Return CIEDE2000 of two colours, red, green and blue of 0 to 1 on a display of BT.1886."""
    first, second = _lab(one), _lab(other)
    chroma = (hypot(*first[1:]) + hypot(*second[1:])) / 2
    grow = 1.5 - 0.5 * sqrt(chroma**7 / (chroma**7 + 25**7))
    a, b = first[1] * grow, second[1] * grow
    c1, c2 = hypot(a, first[2]), hypot(b, second[2])
    h1, h2 = degrees(atan2(first[2], a)) % 360, degrees(atan2(second[2], b)) % 360
    apart = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    light, tint = second[0] - first[0], c2 - c1
    hue = 2 * sqrt(c1 * c2) * sin(radians(apart / 2))
    mean_l, mean_c = (first[0] + second[0]) / 2, (c1 + c2) / 2
    mean_h = (h1 + apart / 2) % 360 if c1 * c2 else h1 + h2
    spread = (
        1
        - 0.17 * cos(radians(mean_h - 30))
        + 0.24 * cos(radians(2 * mean_h))
        + 0.32 * cos(radians(3 * mean_h + 6))
        - 0.20 * cos(radians(4 * mean_h - 63))
    )
    turn = -sin(radians(60 * exp(-(((mean_h - 275) / 25) ** 2))))
    turn *= 2 * sqrt(mean_c**7 / (mean_c**7 + 25**7))
    sl = 1 + 0.015 * (mean_l - 50) ** 2 / sqrt(20 + (mean_l - 50) ** 2)
    sc, sh = 1 + 0.045 * mean_c, 1 + 0.015 * mean_c * spread
    parts = (light / sl, tint / sc, hue / sh)
    return sqrt(sum(part**2 for part in parts) + turn * parts[1] * parts[2])


def _narrow(code: Sequence[float], transfer: str, peak: float) -> list[float]:
    """Return the light of BT.709's red, green and blue, 1 being white, below 0 where it has none."""
    light = [_pq_light(each) for each in code] if transfer == "pq" else _hlg_light(code)
    most = max(*light, 1e-6)
    share = _eetf(min(most, peak), peak) / most
    scaled = [each * share / WHITE for each in light]
    return [sum(a * b for a, b in zip(row, scaled, strict=True)) for row in TO_709]


def _is_held(narrow: Sequence[float]) -> bool:
    return all(-SLACK <= each <= 1 + SLACK for each in narrow)


def _pq_light(code: float) -> float:
    root = code ** (1 / M2)
    return float(10_000 * (max(root - C1, 0) / (C2 - C3 * root)) ** (1 / M1))


def _hlg_light(code: Sequence[float]) -> list[float]:
    scene = [e * e / 3 if e <= 0.5 else (exp((e - C) / A) + B) / 12 for e in code]
    luma = 0.2627 * scene[0] + 0.6780 * scene[1] + 0.0593 * scene[2]
    return [float(1_000 * luma**0.2 * each) for each in scene]


def _eetf(nits: float, peak: float) -> float:
    top = pq_code(peak)
    code, white = pq_code(nits) / top, pq_code(WHITE) / top
    knee = 1.5 * white - 0.5
    if code <= knee:
        return nits
    t = (code - knee) / (1 - knee)
    bent = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee)
    return _pq_light((bent + (-2 * t**3 + 3 * t**2) * white) * top)


def _lab(rgb: Sequence[float]) -> tuple[float, float, float]:
    light = [each**2.4 for each in rgb]
    xyz = [sum(a * b for a, b in zip(row, light, strict=True)) for row in TO_XYZ]
    shares = [each / white for each, white in zip(xyz, D65, strict=True)]
    x, y, z = (s ** (1 / 3) if s > 216 / 24389 else (24389 / 27 * s + 16) / 116 for s in shares)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)
