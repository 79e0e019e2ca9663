from __future__ import annotations

import numpy as np
import pytest

from mediaflow.errors import SpecError
from mediaflow.geometry import Size
from mediaflow.image.painting import PHOTO_SIZE, paint_photo
from tests.media import image


@pytest.mark.parametrize("size", [Size(16, 16), Size(17, 31), Size(400, 20), Size(320, 240)])
def test_painting_has_the_size_that_was_asked(size: Size) -> None:
    picture = image(paint_photo(size))

    assert (picture.format, picture.mode, picture.size) == (
        "JPEG",
        "RGB",
        (size.width, size.height),
    )


def test_default_is_what_phones_store() -> None:
    assert PHOTO_SIZE.pixels == 12_000_000


def test_same_seed_paints_the_same_picture() -> None:
    size = Size(160, 120)

    assert paint_photo(size, 3) == paint_photo(size, 3)
    assert paint_photo(size, 3) != paint_photo(size, 4)


def test_painting_is_light_above_and_dark_below_with_grain_everywhere() -> None:
    pixels = np.asarray(image(paint_photo(Size(640, 480))).convert("L"), np.float64)

    sun = pixels[150:210, 390:460]
    bank = pixels[440:, :120]
    assert sun.mean() > 200
    assert bank.mean() < 60
    steps = np.abs(np.diff(pixels[40:120, 200:400], axis=1))  # a smooth sky but for its grain
    assert 0.5 < steps.mean() < 6


def test_painting_uses_many_colors() -> None:
    colors = image(paint_photo(Size(320, 240))).getcolors(maxcolors=320 * 240)

    assert colors is not None
    assert len(colors) > 10_000  # a drawing has a few hundred


@pytest.mark.parametrize(
    ("size", "seed"), [(Size(15, 200), 1), (Size(200, 15), 1), (Size(64, 48), -1)]
)
def test_impossible_painting_is_refused(size: Size, seed: int) -> None:
    with pytest.raises(SpecError, match="at least 16×16 px"):
        paint_photo(size, seed)
