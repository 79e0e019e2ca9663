"""HEIC from a phone, through the front door; PyAV reads its tiles as the independent witness."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import av
import numpy as np
import pytest
from PIL import Image

import mediaflow as mf
from mediaflow.errors import UnidentifiedMediaError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration

TILE: Final = 512  # px; phones store a HEIC as a grid of such squares


def _first_tile(source: Path) -> np.ndarray:
    """Return the brightness of the tile that stands at the top left of the stored picture."""
    with av.open(str(source)) as container:
        frame = next(container.decode(video=0))
    return frame.to_ndarray(format="gray").astype(float)


def test_rotated_heic_stands_upright(media: Path, tmp_path: Path) -> None:
    pytest.importorskip("pillow_heif", reason="needs the extra heif")
    source = media / "images/rotated.heic"

    mf.process(source, mf.ImageOutput("png", color="preserve"), to=f"{tmp_path}/a.png")

    with Image.open(tmp_path / "a.png") as made:
        assert made.size == (3024, 4032)
        gray = np.asarray(made.convert("L"), np.float64)
    # stored sideways: its top left stands at the top right of what a viewer shows
    turned_back = np.rot90(gray[:TILE, -TILE:])
    assert np.abs(turned_back - _first_tile(source)).mean() < 1
    assert np.abs(gray[:TILE, -TILE:] - _first_tile(source)).mean() > 4


def test_heic_loses_its_metadata_and_says_that_its_colors_changed(
    media: Path, tmp_path: Path
) -> None:
    pytest.importorskip("pillow_heif", reason="needs the extra heif")

    result = mf.process(media / "images/rotated.heic", f"{tmp_path}/a.jpg", width=400)

    data = (tmp_path / "a.jpg").read_bytes()
    assert [notice.code for notice in result.notices] == ["color_converted"]
    assert b"Exif" not in data
    assert b"Apple" not in data


def test_strangers_may_send_no_heic(media: Path, tmp_path: Path) -> None:
    with (
        mf.Processor("inline", trust="strangers") as strangers,
        pytest.raises(UnidentifiedMediaError, match="HEIC"),
    ):
        strangers.process(media / "images/rotated.heic", f"{tmp_path}/a.jpg")


def test_transparent_png_of_3_megapixels_is_the_same_by_either_back_end(
    media: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pyvips", reason="needs the extra vips")
    source = media / "images/alpha_2048x1536.png"
    output = mf.ImageOutput("png", width=500)

    by_vips = mf.process(source, output, to=f"{tmp_path}/a.png")
    monkeypatch.setattr("mediaflow.planning.backends.FASTER_FROM_PIXELS", {})
    mf.process(source, output, to=f"{tmp_path}/b.png")

    assert "libvips" in by_vips.report.plan[1]
    pair = []
    for name in ("a", "b"):
        with Image.open(tmp_path / f"{name}.png") as made:
            pixels = np.asarray(made.convert("RGBA"), np.float64)
        pair.append(pixels[..., :3] * pixels[..., 3:] / 255)
    error = np.mean((pair[0] - pair[1]) ** 2)
    assert 10 * np.log10(255**2 / error) > 40
