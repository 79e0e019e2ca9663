"""What is left of a file that is cut off can be used, and how much that is is said."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import mediaflow as mf
from tests.measure import display_p3_to_lab, listing, srgb_to_lab
from tests.media import cmyk_jpeg, encode, photo
from tests.planted import planted
from tests.profiles import display_p3_profile

PICTURE = photo(160, 800)
WITHIN = 0.02


def _cut(data: bytes, share: float) -> bytes:
    return data[: int(len(data) * share)]


def _salvaged(
    source: bytes, folder: Path, **words: Any
) -> tuple[np.ndarray[Any, np.dtype[np.uint8]], float]:
    """Return the px of a PNG at the source's own size, and the share of rows that was stated."""
    spec = mf.ImageOutput("png", **words)
    result = mf.process(source, spec, to=f"{folder}/a.png", fail_on="none")
    notes = [note.message for note in result.notices if note.code == "source_salvaged"]
    assert len(notes) == 1
    stated = re.search(r"(\d+) % of the rows", notes[0])
    assert stated is not None
    with Image.open(folder / "a.png") as made:
        return np.asarray(made.convert("RGB")), int(stated[1]) / 100


def _rows_like(made: object, original: bytes) -> int:
    """Return how many rows from the top are those of the whole file."""
    with Image.open(BytesIO(original)) as picture:
        whole = np.asarray(picture.convert("RGB"))
    different = (np.asarray(made) != whole).any(axis=(1, 2))
    return int(different.argmax()) if different.any() else len(whole)


@pytest.mark.parametrize("rows", [320, 800, 1280])
def test_jpeg_cut_at_a_known_row_states_that_row(tmp_path: Path, rows: int) -> None:
    # a restart marker ends each row of 16 × 16 px blocks, so its place in the file is known
    picture = photo(160, 1600)
    whole = encode(picture, "JPEG", quality=90, subsampling="4:2:0", restart_marker_rows=1)
    markers = [found.start() for found in re.finditer(rb"\xff[\xd0-\xd7]", whole)]

    made, stated = _salvaged(whole[: markers[rows // 16 - 1]], tmp_path)

    # the last row of blocks waits inside libjpeg for the one below it: 16 / 1600 = 1 %
    assert stated == pytest.approx(rows / 1600, abs=WITHIN)
    assert _rows_like(made, whole) / 1600 == pytest.approx(rows / 1600, abs=WITHIN)
    assert (made[rows:] == 255).all()


@pytest.mark.parametrize("rows", [1, 80, 399, 799])
def test_png_cut_at_a_known_row_states_that_row(tmp_path: Path, rows: int) -> None:
    # stored, not compressed: a row is 1 + 3 × 160 bytes, a block of up to 65,535 bytes has 5 more
    whole = encode(PICTURE, "PNG", compress_level=0)
    pixels = rows * 481
    start = whole.index(b"IDAT") + 4 + 2
    chunks = whole.count(b"IDAT")
    assert chunks * 65_536 >= 800 * 481
    end = start + pixels + 5 * (pixels // 32_000 + 1) + 12 * (pixels // 65_536)

    made, stated = _salvaged(whole[:end], tmp_path)

    assert stated == pytest.approx(rows / 800, abs=WITHIN)
    assert _rows_like(made, whole) == pytest.approx(rows, abs=2)


SOURCES = {
    "jpeg": encode(PICTURE, "JPEG", quality=90),
    "gray jpeg": encode(PICTURE.convert("L"), "JPEG", quality=90),
    "cmyk jpeg": encode(PICTURE.convert("CMYK"), "JPEG", quality=90),
    "png": encode(PICTURE, "PNG"),
    "palette png": encode(PICTURE.quantize(64), "PNG"),
    "alpha png": encode(PICTURE.convert("RGBA"), "PNG"),
    "16-bit png": encode(Image.fromarray(np.asarray(PICTURE.convert("L"), np.uint16) * 257), "PNG"),
    "gif": encode(PICTURE, "GIF", interlace=0),
}


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("share", [0.3, 0.7, 0.95])
def test_stated_share_is_that_of_the_rows_that_are_right(
    tmp_path: Path, name: str, share: float
) -> None:
    plain = mf.ImageOutput("png", options=mf.formats.PngOptions(bit_depth=8))
    mf.process(SOURCES[name], plain, to=f"{tmp_path}/whole.png")

    made, stated = _salvaged(_cut(SOURCES[name], share), tmp_path)

    right = _rows_like(made, (tmp_path / "whole.png").read_bytes())
    assert stated == pytest.approx(right / 800, abs=WITHIN)
    assert right >= 800 * 0.2
    assert (made[-1] == 255).all()


@pytest.mark.parametrize("fill", [0, 255, 128])
def test_picture_of_one_color_is_not_taken_for_the_missing_part(tmp_path: Path, fill: int) -> None:
    whole = encode(Image.new("RGB", (64, 4000), (fill, fill, fill)), "PNG", compress_level=0)

    made, stated = _salvaged(_cut(whole, 0.5), tmp_path, background="red")

    assert stated == pytest.approx(0.5, abs=WITHIN)
    assert tuple(made[0, 0]) == (fill, fill, fill)
    assert tuple(made[-1, 0]) == (255, 0, 0)


def test_missing_part_has_the_background_in_every_color_space(tmp_path: Path) -> None:
    whole = encode(PICTURE, "PNG", icc_profile=display_p3_profile())
    words = {"background": "#20a040"}

    converted, _ = _salvaged(_cut(whole, 0.5), tmp_path, **words)
    preserved, _ = _salvaged(_cut(whole, 0.5), tmp_path, color="preserve", **words)

    wanted = srgb_to_lab([[[0x20, 0xA0, 0x40]]])
    assert float(np.abs(srgb_to_lab(converted[-1:, :1]) - wanted).max()) <= 1
    assert float(np.abs(display_p3_to_lab(preserved[-1:, :1]) - wanted).max()) <= 1


def test_turned_picture_misses_what_its_lower_rows_show(tmp_path: Path) -> None:
    made, _ = _salvaged(_cut(encode(PICTURE, "JPEG", exif=_turned(8)), 0.6), tmp_path)

    # orientation 8: the stored picture is turned left, so its lower rows stand at the right
    assert made.shape[:2] == (160, 800)
    assert (made[:, -1] == 255).all()
    assert not (made[:, 0] == 255).all()


def _turned(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def test_scaled_and_cascaded_outputs_all_say_it(tmp_path: Path) -> None:
    source = _cut(encode(photo(1600, 1200), "JPEG", quality=90), 0.6)
    specs = [mf.ImageOutput("webp", width=width, suffix=f"_{width}") for width in (800, 200, 90)]

    result = mf.process(source, specs, to=f"{tmp_path}/", fail_on="none")

    codes = [[notice.code for notice in output.notices] for output in result.outputs]
    assert codes == [["source_salvaged"]] * 3


def test_whole_source_is_made_as_always(tmp_path: Path) -> None:
    source = encode(photo(1600, 1200), "JPEG", quality=90)

    for fail_on in ("error", "none"):
        result = mf.process(source, f"{tmp_path}/{fail_on}.png", width=640, fail_on=fail_on)  # type: ignore[arg-type]  # one of two words
        assert result.notices == ()

    assert (tmp_path / "error.png").read_bytes() == (tmp_path / "none.png").read_bytes()


def test_cut_off_source_is_an_error_unless_told_otherwise(tmp_path: Path) -> None:
    with pytest.raises(mf.errors.TruncatedMediaError):
        mf.process(_cut(SOURCES["jpeg"], 0.6), f"{tmp_path}/a.png")

    assert listing(tmp_path) == {}


NOT_BY_ROWS = {
    "progressive jpeg": (encode(PICTURE, "JPEG", progressive=True), "passes"),
    "interlaced gif": (encode(PICTURE, "GIF", interlace=1), "passes"),
    "webp": (encode(PICTURE, "WEBP"), "as a whole"),
}


@pytest.mark.parametrize(("source", "reason"), NOT_BY_ROWS.values(), ids=NOT_BY_ROWS.keys())
def test_what_cannot_be_salvaged_is_an_error_that_says_why(
    tmp_path: Path, source: bytes, reason: str
) -> None:
    with pytest.raises(mf.errors.TruncatedMediaError, match=reason):
        mf.process(_cut(source, 0.6), f"{tmp_path}/a.png", fail_on="none")

    assert listing(tmp_path) == {}


@pytest.mark.parametrize("format", ["AVIF", "TIFF"])
def test_format_without_a_start_to_read_stays_an_error(tmp_path: Path, format: str) -> None:
    with pytest.raises(mf.errors.SourceError):
        mf.process(_cut(encode(PICTURE, format), 0.6), f"{tmp_path}/a.png", fail_on="none")


def _transparent_gif() -> bytes:
    # index 255 is clear, and the upper left quarter is
    pixels = np.asarray(PICTURE.convert("L")).copy() // 2
    pixels[:400, :80] = 255
    return encode(Image.fromarray(pixels), "GIF", interlace=0, transparency=255)


def test_transparent_gif_states_the_rows_that_are_right(tmp_path: Path) -> None:
    result = mf.process(
        _cut(_transparent_gif(), 0.6), f"{tmp_path}/a.png", fail_on="none", if_exists="replace"
    )

    mf.process(_transparent_gif(), f"{tmp_path}/whole.png")
    with Image.open(tmp_path / "a.png") as made, Image.open(tmp_path / "whole.png") as whole:
        pair = [np.asarray(each.convert("RGBA")) for each in (made, whole)]
    right = int((pair[0] != pair[1]).any(axis=(1, 2)).argmax())
    stated = re.search(r"(\d+) % of the rows", result.notices[-1].message)
    assert stated is not None
    assert int(stated[1]) / 100 == pytest.approx(right / 800, abs=WITHIN)
    assert (pair[0][:400, :80, 3] == 0).all()
    assert (pair[0][-1] == 255).all()


def test_file_without_one_whole_row_is_an_error(tmp_path: Path) -> None:
    whole = SOURCES["png"]
    with pytest.raises(mf.errors.TruncatedMediaError, match="first row"):
        mf.process(whole[: whole.index(b"IDAT") + 8], f"{tmp_path}/a.png", fail_on="none")


def test_damaged_source_is_no_source_that_is_cut_off(tmp_path: Path) -> None:
    whole = bytearray(SOURCES["png"])
    whole[len(whole) // 2 : len(whole) // 2 + 64] = b"\xff" * 64

    with pytest.raises(mf.errors.CorruptMediaError):
        mf.process(bytes(whole), f"{tmp_path}/a.png", fail_on="none")


def test_metadata_of_a_salvaged_source_is_kept(tmp_path: Path) -> None:
    spec = mf.ImageOutput("jpeg", metadata="safe")

    mf.process(_cut(planted("jpeg"), 0.97), spec, to=f"{tmp_path}/a.jpg", fail_on="none")

    assert b"CREDIT-artist" in (tmp_path / "a.jpg").read_bytes()


def test_cmyk_is_filled_after_it_was_converted(tmp_path: Path) -> None:
    made, _ = _salvaged(_cut(cmyk_jpeg(640, 640), 0.7), tmp_path, background="#00ff00")

    assert tuple(made[-1, 0]) == (0, 255, 0)


def test_plan_says_what_would_be_done_and_scales_nothing_meanwhile() -> None:
    source = encode(photo(1600, 1200), "JPEG", quality=90)
    spec = mf.ImageOutput("webp", width=640, background="#ff0000")

    usual = mf.plan(source, spec, to="out/")
    plan = mf.plan(source, spec, to="out/", fail_on="none")

    assert usual.decode.ahead
    assert not plan.decode.ahead
    assert "missing rows filled with #ff0000 if it is cut off" in str(plan)
    assert plan.peak_bytes >= usual.peak_bytes
