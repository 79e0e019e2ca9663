"""BMP, ICO and HEIC come in through the one gate, and TIFF goes out."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

import mediaflow as mf
from mediaflow.errors import MissingExtraError, SourceError
from mediaflow.formats import TiffOptions
from mediaflow.image.gate import open_image
from mediaflow.probing import probe
from mediaflow.security.limits import Limits
from mediaflow.storage.source import BytesSource
from tests.media import encode, photo, quadrants

if TYPE_CHECKING:
    from pathlib import Path

CORNERS = ((4, 4), (27, 4), (4, 27), (27, 27))
COLORS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)]


def _corners(place: Path) -> list[object]:
    with Image.open(place) as made:
        rgb = made.convert("RGB")
    return [rgb.getpixel(at) for at in CORNERS]


@pytest.mark.parametrize("format", ["BMP", "ICO"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_small_format_comes_in(tmp_path: Path, format: str, mode: str) -> None:
    source = encode(quadrants(64, 64).convert(mode), format)

    mf.process(source, mf.ImageOutput("png", width=32), to=f"{tmp_path}/a.png")

    assert _corners(tmp_path / "a.png") == COLORS


@pytest.mark.parametrize("cut", [20, 60, 400])
@pytest.mark.parametrize("format", ["BMP", "ICO"])
def test_cut_off_small_format_is_the_input_s_fault(format: str, cut: int) -> None:
    with pytest.raises(SourceError):
        mf.process(
            encode(photo(64, 64), format)[:cut], mf.ImageOutput("png"), to="memory://x/a.png"
        )


@pytest.mark.parametrize(("compression", "code"), [("none", 1), ("lzw", 5), ("deflate", 8)])
def test_tiff_is_compressed_as_asked_and_exact(tmp_path: Path, compression: str, code: int) -> None:
    options = TiffOptions(compression=compression)  # type: ignore[arg-type]

    mf.process(
        encode(photo(64, 48), "PNG"),
        mf.ImageOutput("tiff", options=options),
        to=f"{tmp_path}/a.tif",
    )

    with Image.open(tmp_path / "a.tif") as made:
        assert made.tag_v2[259] == code  # TIFF 6.0: Compression
        assert np.array_equal(np.asarray(made), np.asarray(photo(64, 48)))


def test_compressed_tiff_stores_differences(tmp_path: Path) -> None:
    mf.process(encode(photo(64, 48), "PNG"), mf.ImageOutput("tiff"), to=f"{tmp_path}/a.tif")

    with Image.open(tmp_path / "a.tif") as made:
        assert made.tag_v2[317] == 2  # TIFF 6.0 section 14: horizontal differencing


def _heic(picture: Image.Image, **options: object) -> bytes:
    pillow_heif = pytest.importorskip("pillow_heif", reason="needs the extra heif")
    import io

    file = io.BytesIO()
    pillow_heif.from_pillow(picture).save(file, quality=-1, chroma=444, **options)
    return file.getvalue()


def test_heic_comes_in_in_its_colors(tmp_path: Path) -> None:
    mf.process(_heic(quadrants(64, 64)), mf.ImageOutput("png", width=32), to=f"{tmp_path}/a.png")

    assert np.abs(np.array(_corners(tmp_path / "a.png")) - COLORS).max() <= 3


def test_cut_off_heic_is_the_input_s_fault() -> None:
    data = _heic(photo(64, 64))

    with pytest.raises(SourceError):
        mf.process(data[: len(data) // 2], mf.ImageOutput("png"), to="memory://x/a.png")


def test_heic_plug_in_is_never_registered_with_pillow() -> None:
    data = _heic(photo(64, 64))

    open_image(data, probe(BytesSource(data)), Limits()).close()

    assert "HEIF" not in Image.OPEN


def test_heic_without_its_package_names_the_line_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = _heic(photo(64, 64))
    monkeypatch.setitem(sys.modules, "pillow_heif", None)

    with pytest.raises(MissingExtraError, match=r"pip install 'pymediaflow\[heif\]'"):
        open_image(data, probe(BytesSource(data)), Limits())
