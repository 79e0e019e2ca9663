"""The .cube reader against the specification, and against what is broken."""

from __future__ import annotations

import numpy as np
import pytest

from mediaflow.errors import CorruptMediaError, LimitExceededError, SpecError
from mediaflow.filters import CubeLut
from mediaflow.filters.cube_file import MAX_CUBE_BYTES, read_cube
from mediaflow.filters.lut import map_chain
from mediaflow.testing.filters import BytesAssets

SWAP_RED_AND_BLUE = b"LUT_3D_SIZE 2\n" + b"".join(
    b"%d %d %d\n" % (blue, green, red) for blue in (0, 1) for green in (0, 1) for red in (0, 1)
)
CURVES = b'# comment\r\nTITLE "x"\r\nLUT_1D_SIZE 3\r\n\r\n0 0 1\r\n.5 1e-1 0.5\r\n1 1 0\r\n'


def _mapped(data, *color, strength=1.0):
    filter = CubeLut(data, strength=strength).bound(BytesAssets())
    return map_chain((filter,), np.array([color], np.float32))[0]


def test_cube_is_read_with_red_varying_fastest():
    assert _mapped(SWAP_RED_AND_BLUE, 1, 0.5, 0.25) == pytest.approx((0.25, 0.5, 1))


def test_curves_are_interpolated_between_entries():
    # halfway from entry 0 to 1, three quarters from 1 to 2 at 0.875, and the last one
    assert _mapped(CURVES, 0.25, 0.875, 1) == pytest.approx((0.25, 0.775, 0))


def test_strength_mixes_with_the_picture():
    assert _mapped(SWAP_RED_AND_BLUE, 1, 0, 0, strength=0.25) == pytest.approx((0.75, 0, 0.25))


def test_domain_says_which_inputs_the_ends_stand_for():
    data = CURVES.replace(b"LUT_1D", b"DOMAIN_MIN 0 0 0\nDOMAIN_MAX 2 2 2\nLUT_1D")

    assert _mapped(data, 1, 1, 1) == pytest.approx((0.5, 0.1, 0.5))  # the middle entry


def test_input_outside_of_the_domain_takes_the_nearest_end():
    data = CURVES.replace(b"LUT_1D", b"DOMAIN_MIN 0.5 0.5 0.5\nLUT_1D")

    assert _mapped(data, 0.2, 0.2, 0.2) == pytest.approx((0, 0, 1))


def test_input_range_of_other_programs_is_a_domain():
    data = CURVES.replace(b"LUT_1D_S", b"LUT_1D_INPUT_RANGE 0 2\nLUT_1D_S")

    assert read_cube(data).high == (2, 2, 2)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "without a size"),
        (b"\xff\xfe\x00", "not text"),
        (b"LUT_3D_SIZE 2\n0 0 0\n", "without 8 entries: 1 entries"),
        (b"LUT_1D_SIZE 2\n0 0 0\n1 1 1\n1 1 1\n", "line 4: more than the 2 entries"),
        (b"LUT_1D_SIZE 2\nLUT_3D_SIZE 2\n", "line 2: a second size"),
        (b"LUT_1D_SIZE 1\n", "whole number from 2"),
        (b"LUT_1D_SIZE two\n", "whole number from 2"),
        (b"LUT_1D_SIZE 2\n0 0\n", "line 2: expected 3 numbers"),
        (b"LUT_1D_SIZE 2\n0 0 nan\n", "expected 3 numbers"),
        (b"LUT_1D_SIZE 2\n0 0 1_0\n", "expected 3 numbers"),
        (b"LUT_1D_SIZE 2\n0 0 1e99\n", "out of range"),
        (b"0 0 0\n", "numbers before"),
        (b'LUT_1D_SIZE 2\n0 0 0\nTITLE "late"\n', "after the table has begun"),
        (b"LUT_4D_SIZE 2\n", "unknown keyword 'LUT_4D_SIZE'"),
        (b"LUT_1D_SIZE 2\nDOMAIN_MIN 1 1 1\n0 0 0\n1 1 1\n", "empty domain"),
        (b"LUT_1D_SIZE 2\n#" + b"x" * 300, "301 characters"),
    ],
)
def test_broken_file_is_refused_with_its_line(data, words):
    with pytest.raises(CorruptMediaError, match=words):
        read_cube(data)


@pytest.mark.parametrize(
    "data", [b"LUT_3D_SIZE 66\n", b"LUT_1D_SIZE 65537\n", b"#" * (MAX_CUBE_BYTES + 1)]
)
def test_file_larger_than_any_table_in_use_is_refused(data):
    with pytest.raises(LimitExceededError, match="the limit is"):
        read_cube(data)


def test_strength_out_of_range_is_refused():
    with pytest.raises(SpecError, match="strength"):
        CubeLut("film.cube", strength=2)


def test_refusal_of_a_file_that_is_no_table_does_not_show_what_it_holds():
    for secret in (b"root:x:0:0:root:/root:/bin/bash\n", b"TITLE a\nhush-7f3a 1 2\n"):
        with pytest.raises(CorruptMediaError) as caught:
            read_cube(secret)

        assert "root:" not in str(caught.value)
        assert "hush" not in str(caught.value)
