"""The table from HDR to SDR, beside formulas written one colour at a time."""

from __future__ import annotations

from math import atan2, degrees

import numpy as np
import pytest

from mediaflow.errors import ProcessingError
from mediaflow.planning.frame_steps import ToneStep
from mediaflow.testing.hdr import delta_e, hlg_code, pq_code, sdr_of
from mediaflow.video.tone import TONE_LEVELS, sdr_colors, tone_cube

TINTS = ((0.5, 0.4, 0.45), (0.4, 0.45, 0.5), (0.55, 0.5, 0.4), (0.3, 0.3, 0.25))
VIVID = ((0.75, 0.2, 0.1), (0.1, 0.7, 0.1), (0.1, 0.1, 0.75), (0.7, 0.1, 0.6), (0.2, 0.6, 0.7))


def step(transfer="pq", peak=1_000.0, curve="bt2390", primaries=9):
    return ToneStep(transfer=transfer, primaries=primaries, peak_nits=peak, curve=curve)


@pytest.mark.parametrize("transfer", ["pq", "hlg"])
@pytest.mark.parametrize("peak", [203, 600, 1_000, 4_000, 10_000])
def test_grays_and_tints_are_those_of_the_standard(transfer, peak):
    peak = 1_000 if transfer == "hlg" else peak
    grays = tuple((level,) * 3 for level in np.linspace(0.02, pq_code(min(peak, 1_000)), 12))

    made = sdr_colors(np.array(grays + TINTS), step(transfer, float(peak)))

    expected = [sdr_of(code, transfer, peak) for code in grays + TINTS]
    assert made == pytest.approx(np.array(expected), abs=5e-4)


@pytest.mark.parametrize("curve", ["bt2390", "hable", "reinhard"])
def test_black_stays_black_and_the_peak_becomes_white(curve):
    codes = np.array([[0.0] * 3, [pq_code(1_000)] * 3, [pq_code(8_000)] * 3])

    made = sdr_colors(codes, step(curve=curve))

    assert made[:, 0] == pytest.approx([0, 1, 1], abs=2e-3)


@pytest.mark.parametrize("curve", ["bt2390", "hable", "reinhard"])
def test_what_is_brighter_is_never_darker(curve):
    grays = np.repeat(np.linspace(0, 1, 200)[:, None], 3, axis=1)

    made = sdr_colors(grays, step(curve=curve))

    assert (np.diff(made[:, 1]) >= -1e-9).all()


def test_dark_and_middle_tones_are_left_alone():
    nits = np.array([1.0, 5, 20, 60])

    made = sdr_colors(np.array([[pq_code(each)] * 3 for each in nits]), step())

    assert made[:, 1] ** 2.4 * 203 == pytest.approx(nits, rel=1e-3)


def test_colours_that_bt709_lacks_keep_their_hue_where_clipping_turns_it():
    light = np.array([[_nits(each) / 203 for each in color] for color in VIVID])
    clipped = np.clip(light @ np.array(TO_709).T, 0, 1) ** (1 / 2.4)

    made = sdr_colors(np.array(VIVID), step())

    # the hue is kept in Oklab and judged in ICtCp; the two differ by some degrees in bright red
    turned, by_clipping = _turns(made), _turns(clipped)
    assert 0 <= made.min() <= made.max() <= 1
    assert max(turned) <= 12
    assert sum(turned) <= sum(by_clipping) / 3


def test_a_callers_curve_is_followed():
    codes = np.array([[pq_code(nits)] * 3 for nits in (10, 50, 120, 400)])

    made = sdr_colors(codes, step(curve=lambda nits: nits / 400))

    assert made[:, 2] ** 2.4 == pytest.approx([10 / 400, 50 / 400, 120 / 400, 1], rel=1e-3)


@pytest.mark.parametrize(
    "curve",
    [lambda _: float("nan"), lambda _: "bright", lambda nits: 1 / (nits - nits)],
    ids=["nan", "text", "zero"],
)
def test_a_callers_curve_that_fails_is_told(curve):
    with pytest.raises(ProcessingError, match="tone_map"):
        tone_cube(step(curve=curve))


def test_the_table_holds_the_exact_colours_and_is_made_once():
    cube = tone_cube(step("hlg"))

    places = np.array([[0, 0, 0], [63, 63, 63], [40, 30, 20], [10, 50, 33]])
    blue, green, red = places.T
    exact = sdr_colors(places[:, ::-1] / (TONE_LEVELS - 1), step("hlg"))
    assert cube.shape == (TONE_LEVELS,) * 3 + (3,)
    assert cube[blue, green, red] / 65_535 == pytest.approx(exact, abs=1e-5)
    assert tone_cube(step("hlg")) is cube


def test_p3_in_hdr_is_read_by_its_own_primaries():
    codes = np.array([[0.5, 0.45, 0.4]])

    assert sdr_colors(codes, step(primaries=12)) != pytest.approx(sdr_colors(codes, step()))
    gray = np.array([[0.5] * 3])
    assert sdr_colors(gray, step(primaries=12)) == pytest.approx(sdr_colors(gray, step()), abs=1e-4)


def test_differences_are_those_of_the_published_pairs(monkeypatch):
    # Sharma, Wu, Dalal 2005, table 1: pairs 1, 7, 17, 20 and 25
    pairs = [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ]
    monkeypatch.setattr("mediaflow.testing.hdr._lab", lambda lab: lab)

    assert [delta_e(one, other) for one, other, _ in pairs] == pytest.approx(
        [expected for *_, expected in pairs], abs=5e-5
    )


def test_codes_are_those_of_bt2100():
    assert [pq_code(nits) for nits in (100, 203, 1_000, 10_000)] == pytest.approx(
        [0.508, 0.581, 0.752, 1], abs=5e-4
    )
    assert [hlg_code(light) for light in (0, 1 / 12, 1)] == pytest.approx([0, 0.5, 1], abs=1e-6)


TO_709 = ((1.6605, -0.5876, -0.0728), (-0.1246, 1.1329, -0.0083), (-0.0182, -0.1006, 1.1187))
TO_2020 = ((0.6274, 0.3293, 0.0433), (0.0691, 0.9195, 0.0114), (0.0164, 0.0880, 0.8956))
CONES = ((1688, 2146, 262), (683, 2951, 462), (99, 309, 3688))


def _nits(code):
    m1, m2, c1, c2, c3 = 1305 / 8192, 2523 / 32, 107 / 128, 2413 / 128, 2392 / 128
    root = code ** (1 / m2)
    return 10_000 * (max(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)


def _turns(made):
    """Return by how many degrees the hue of each vivid colour was turned."""
    pairs = zip(made, VIVID, strict=True)
    return [abs((_hue_709(one) - _hue_2020(code) + 180) % 360 - 180) for one, code in pairs]


def _hue_2020(code):
    return _hue([_nits(each) for each in code])


def _hue_709(display):
    return _hue(np.array(TO_2020) @ (np.asarray(display) ** 2.4 * 203))


def _hue(light):
    """Return the hue angle in ICtCp of light of BT.2020 in cd/m² (BT.2100 table 7)."""
    cones = [pq_code(max(each, 0) / 4096) for each in np.array(CONES) @ light]
    protan = (6610 * cones[0] - 13613 * cones[1] + 7003 * cones[2]) / 4096
    tritan = (17933 * cones[0] - 17390 * cones[1] - 543 * cones[2]) / 4096
    return degrees(atan2(protan, tritan))
