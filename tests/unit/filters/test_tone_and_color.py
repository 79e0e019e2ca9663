"""Colour arithmetic against the formulas of CSS and sRGB, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mediaflow.errors import SpecError
from mediaflow.filters import (
    Blend,
    Brightness,
    Contrast,
    Gamma,
    Grayscale,
    Hue,
    Saturation,
    Sepia,
    Temperature,
)
from mediaflow.filters.lut import color_cube, color_curves, map_chain


def _colors(*rows):
    return np.array(rows, np.float32)


@pytest.mark.parametrize(
    ("filter", "color", "expected"),
    [
        (Brightness(0.5), (1, 0.5, 0), (0.5, 0.25, 0)),
        (Brightness(2), (0.75, 0.25, 0), (1, 0.5, 0)),  # clipped
        (Contrast(0), (1, 0.2, 0), (0.5, 0.5, 0.5)),
        (Contrast(2), (0.75, 0.5, 0.3), (1, 0.5, 0.1)),  # 2 (c - 0.5) + 0.5
        (Gamma(2), (0.25, 0.81, 1), (0.5, 0.9, 1)),  # square root
        (Grayscale(1), (1, 0, 0), (0.2126, 0.2126, 0.2126)),
        (Grayscale(1), (0, 1, 0), (0.7152, 0.7152, 0.7152)),
        (Grayscale(0.5), (1, 0, 0), (0.6063, 0.1063, 0.1063)),  # 0.2126 + 0.7874 × 0.5
        (Saturation(0), (0, 0, 1), (0.072, 0.072, 0.072)),
        (Saturation(0.5), (1, 0, 0), (0.6065, 0.1065, 0.1065)),  # 0.213 + 0.787 × 0.5
        (Sepia(1), (1, 1, 1), (1, 1, 0.937)),  # the rows add up to 1.351, 1.203, 0.937
        (Sepia(1), (1, 0, 0), (0.393, 0.349, 0.272)),
        (Sepia(0.5), (0, 0, 1), (0.0945, 0.084, 0.5655)),  # 0.131 + 0.869 × 0.5
        (Hue(180), (1, 0, 0), (0, 0.426, 0.426)),  # 0.213 × 2 - 1 < 0, and 0.213 × 2
        (Hue(360), (0.3, 0.6, 0.9), (0.3, 0.6, 0.9)),
        (Hue(90), (0, 1, 0), (0, 0.855, 1)),  # 0.715 + 0.14; 0.715 + 0.715
    ],
)
def test_color_is_the_one_of_the_formula(filter, color, expected):
    made = map_chain((filter,), _colors(color))

    assert made[0] == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("amount", [-1, -0.4, 0.3, 1])
def test_temperature_keeps_the_luminance_of_gray(amount):
    made = map_chain((Temperature(amount),), _colors((0.5, 0.5, 0.5)))[0]

    linear = ((made + 0.055) / 1.055) ** 2.4  # IEC 61966-2-1
    expected = ((0.5 + 0.055) / 1.055) ** 2.4
    assert linear @ (0.2126, 0.7152, 0.0722) == pytest.approx(expected, rel=1e-3)


def test_warm_is_redder_and_less_blue_and_cold_the_other_way():
    warm, cold = (map_chain((Temperature(a),), _colors((0.5, 0.5, 0.5)))[0] for a in (1, -1))

    assert warm[0] > warm[1] > warm[2]
    assert cold[0] < cold[1] < cold[2]


@pytest.mark.parametrize(
    ("mode", "base", "top", "expected"),
    [
        ("normal", 0.2, 0.6, 0.6),
        ("multiply", 0.5, 0.4, 0.2),
        ("screen", 0.5, 0.4, 0.7),
        ("overlay", 0.25, 0.4, 0.2),  # hard-light with the layers swapped: 2 × 0.25 × 0.4
        ("overlay", 0.75, 0.4, 0.7),  # screen of 0.4 and 0.5
        ("hard-light", 0.5, 0.25, 0.25),
        ("hard-light", 0.4, 0.75, 0.7),
        ("darken", 0.3, 0.6, 0.3),
        ("lighten", 0.3, 0.6, 0.6),
        ("exclusion", 0.5, 0.4, 0.5),
        ("color-dodge", 0.3, 0.4, 0.5),
        ("color-dodge", 0, 1, 0),
        ("color-burn", 0.7, 0.6, 0.5),
        ("color-burn", 1, 0, 1),
        ("soft-light", 0.5, 0.2, 0.35),  # 0.5 - 0.6 × 0.25
        ("soft-light", 0.64, 0.8, 0.736),  # 0.64 + 0.6 × (0.8 - 0.64)
    ],
)
def test_blend_is_the_one_of_the_specification(mode, base, top, expected):
    level = round(top * 255)
    made = map_chain((Blend(f"#{level:02x}{level:02x}{level:02x}", mode),), _colors((base,) * 3))

    assert made[0] == pytest.approx((expected,) * 3, abs=2 / 255)  # the colour has 8 bits


def test_opacity_is_the_share_of_the_blend():
    made = map_chain((Blend("white", opacity=0.25),), _colors((0.2, 0.6, 1)))

    assert made[0] == pytest.approx((0.4, 0.7, 1))


def test_clipping_happens_after_each_filter_as_in_a_browser():
    made = map_chain((Brightness(4), Brightness(0.25)), _colors((0.1, 0.5, 1)))

    assert made[0] == pytest.approx((0.1, 0.25, 0.25))


def test_curves_are_exact_for_every_level():
    curves = color_curves((Brightness(0.5), Contrast(2)))

    levels = np.arange(256) / 255
    expected = np.clip((levels * 0.5 - 0.5) * 2 + 0.5, 0, 1) * 255
    assert np.abs(curves[0] - expected).max() < 0.5001
    assert np.array_equal(curves[0], curves[2])


def test_cube_varies_red_fastest():
    cube = color_cube((Saturation(1),), 3)

    assert cube.shape == (3, 3, 3, 3)
    assert cube[0, 0, 2] == pytest.approx((1, 0, 0))
    assert cube[2, 0, 0] == pytest.approx((0, 0, 1))


def test_compiled_tables_are_made_once_and_cannot_be_changed():
    assert color_cube((Sepia(0.31),)) is color_cube((Sepia(0.31),))
    with pytest.raises(ValueError, match="read-only"):
        color_curves((Gamma(2),))[0, 0] = 1


@pytest.mark.parametrize(
    ("cls", "value"),
    [
        (Brightness, -0.1),
        (Brightness, float("nan")),
        (Contrast, 11),
        (Gamma, 0),
        (Grayscale, 1.5),
        (Hue, 361),
        (Saturation, "2"),
        (Sepia, True),
        (Temperature, -2),
    ],
)
def test_value_out_of_range_is_refused_with_its_range(cls, value):
    with pytest.raises(SpecError, match=r"must be a number .* to .*, got"):
        cls(value)


def test_unknown_blend_mode_is_refused_with_the_nearest():
    with pytest.raises(SpecError, match="did you mean 'soft-light'"):
        Blend("white", "softlight")
