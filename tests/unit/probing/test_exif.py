"""The orientation in EXIF data, and how turns are joined."""

from __future__ import annotations

import numpy as np
import pytest

from mediaflow.probing.exif import ORIENTATIONS, orientation_in, turned
from mediaflow.probing.reading import Memory
from tests.media import exif_orientation

UPRIGHT = {
    1: lambda pixels: pixels,
    2: np.fliplr,
    3: lambda pixels: np.rot90(pixels, 2),
    4: np.flipud,
    5: lambda pixels: pixels.T,
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: np.rot90(pixels, 2).T,
    8: np.rot90,
}
"""What each orientation asks for (EXIF 2.32, tag 0x0112), done with numpy."""

PIXELS = np.arange(6).reshape(2, 3)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_pillows_exif_is_read(orientation):
    blob = exif_orientation(orientation).tobytes().removeprefix(b"Exif\0\0")

    assert orientation_in(Memory(blob)) == orientation


@pytest.mark.parametrize(
    "blob", [b"", b"II*\0", b"no exif at all", b"MM\0*\0\0\0\x08\0\x00\0\0\0\0"]
)
def test_exif_without_an_orientation_is_upright(blob):
    assert orientation_in(Memory(blob)) == 1


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("quarters", range(4))
def test_turning_after_an_orientation_is_turning_its_pixels(orientation, quarters):
    joined = turned(orientation, quarters_left=quarters)

    assert np.array_equal(UPRIGHT[joined](PIXELS), np.rot90(UPRIGHT[orientation](PIXELS), quarters))


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize(
    ("exchange", "mirror"), [("left-right", np.fliplr), ("top-bottom", np.flipud)]
)
def test_mirroring_after_an_orientation_is_mirroring_its_pixels(orientation, exchange, mirror):
    joined = turned(orientation, exchange=exchange)

    assert np.array_equal(UPRIGHT[joined](PIXELS), mirror(UPRIGHT[orientation](PIXELS)))
