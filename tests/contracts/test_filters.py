"""Every registered filter and every look keeps the contract."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from mediaflow.filters import (
    Blend,
    Blur,
    Brightness,
    Contrast,
    CubeLut,
    Edges,
    Gamma,
    Gradient,
    Grayscale,
    Hue,
    Look,
    Pixelate,
    Saturation,
    Sepia,
    Sharpen,
    Subtitles,
    Temperature,
    Text,
    Vignette,
    Watermark,
    filters,
    look_names,
)
from mediaflow.testing import FilterContract
from tests.media import alpha_png, encode

pytestmark = pytest.mark.contract

IDENTITY_CUBE = b"LUT_3D_SIZE 2\n" + b"".join(
    b"%d %d %d\n" % (red, green, blue) for blue in (0, 1) for green in (0, 1) for red in (0, 1)
)
NEGATIVE_CURVES = b'TITLE "negative"\nLUT_1D_SIZE 2\n1 1 1\n0 0 0\n'
NEGATIVE_CUBE = IDENTITY_CUBE.replace(b"0 ", b"x ").replace(b"1 ", b"0 ").replace(b"x ", b"1 ")
MARK = encode(Image.fromarray(np.full((10, 20, 3), (250, 10, 120), np.uint8)), "PNG")
WORDS = b"00:00,000 --> 00:01,000\nwords"
LATER = b"00:01,000 --> 00:02,000\nwords"

CASES = {
    "blend": (Blend("#ff8040", "soft-light"), Blend("#ff8040", "multiply", opacity=0)),
    "blur": (Blur(2.5), Blur(0)),
    "brightness": (Brightness(1.4), Brightness(1)),
    "contrast": (Contrast(1.5), Contrast(1)),
    "cube_lut": (CubeLut(NEGATIVE_CUBE, strength=0.7), CubeLut(IDENTITY_CUBE)),
    "cube_lut_of_curves": (CubeLut(NEGATIVE_CURVES), CubeLut(NEGATIVE_CURVES, strength=0)),
    "edges": (Edges(0.8), Edges(0)),
    "gamma": (Gamma(1.8), Gamma(1)),
    "gradient": (Gradient("navy", "screen", direction="up"), Gradient("navy", opacity=0)),
    "grayscale": (Grayscale(), Grayscale(0)),
    "hue": (Hue(90), Hue(0)),
    "look_in_part": (Look("xpro2", strength=0.5), Look("xpro2", strength=0)),
    "look_of_colors_in_part": (Look("moon", strength=0.5), Look("moon", strength=0)),
    "pixelate": (Pixelate(7), Pixelate(1)),
    "saturation": (Saturation(1.8), Saturation(1)),
    "sepia": (Sepia(0.7), Sepia(0)),
    "sharpen": (Sharpen(1.5, radius=2), Sharpen(0)),
    "sharpen_above_noise": (Sharpen(1.5, radius=2, threshold=12), Sharpen(1, radius=0)),
    "subtitles": (Subtitles(WORDS, size="30%"), Subtitles(LATER)),
    "temperature": (Temperature(0.6), Temperature(0)),
    "text": (Text("words", size="30%"), Text("words", opacity=0)),
    "text_with_a_line": (Text("two\nlines", size=9, outline="black", position="north"), None),
    "vignette": (Vignette(0.8), Vignette(0)),
    "watermark": (Watermark(MARK, opacity=0.5), Watermark(MARK, opacity=0)),
    "watermark_with_alpha": (Watermark(alpha_png(), scale=1, position="center"), None),
    **{f"look {name}": (Look(name), Look(name, strength=0)) for name in look_names()},
}
PORTABLE = {
    "cube_lut": CubeLut("film.cube", strength=0.7),
    "watermark": Watermark("s3://brand/logo.png", position="northwest"),
    "text": Text("words", font="serif.ttf"),
    "subtitles": Subtitles("talk.srt", font="serif.ttf", position="north"),
}


@pytest.mark.parametrize("case", CASES)
class TestBuiltIn(FilterContract):
    @pytest.fixture
    def filter(self, case):
        return CASES[case][0]

    @pytest.fixture
    def neutral(self, case):
        return CASES[case][1]

    @pytest.fixture
    def portable(self, filter):
        return PORTABLE.get(filter.kind, filter)


def test_every_registered_filter_is_tested():
    assert {filter.kind for filter, _ in CASES.values()} == set(filters.builtin_names())
