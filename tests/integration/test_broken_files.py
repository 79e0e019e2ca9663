"""Files that are cut off or damaged end in a typed error, or in every pixel of the whole file."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

import mediaflow as mf
from mediaflow import errors
from tests.measure import listing, open_descriptors, own_threads
from tests.media import encode, photo

Output = mf.ImageOutput


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Give an empty folder, which must be empty after the test, with nothing left open."""
    mf.process(PREFIXES["png"], Output("png", width=8), to="memory://warm/")
    descriptors, threads = open_descriptors(), own_threads()

    yield tmp_path

    assert listing(tmp_path) == {}
    assert open_descriptors() == descriptors
    assert own_threads() == threads


PICTURE = photo(160, 120)
PREFIXES = {
    "jpeg": encode(PICTURE, "JPEG", quality=85),
    "progressive-jpeg": encode(PICTURE, "JPEG", quality=85, progressive=True),
    "png": encode(PICTURE, "PNG"),
    "webp": encode(PICTURE, "WEBP", quality=80),
    "lossless-webp": encode(PICTURE, "WEBP", lossless=True),
    "avif": encode(PICTURE, "AVIF", quality=80),
    "gif": encode(PICTURE, "GIF"),
    "tiff": encode(PICTURE, "TIFF", compression="tiff_lzw"),
}


@pytest.mark.parametrize("format", PREFIXES)
def test_every_cut_off_picture_is_the_input_s_fault(folder: Path, format: str) -> None:
    data = PREFIXES[format]

    for length in range(0, len(data) - 25, 100):
        with pytest.raises(errors.SourceError):
            mf.process(data[:length], Output("png", width=40), to=f"{folder}/out/")


@pytest.mark.parametrize(
    ("format", "tolerant"),
    [(name, name in ("gif", "png")) for name in PREFIXES],
)
def test_missing_tail_is_tolerated_only_behind_the_last_pixel(
    folder: Path, format: str, tolerant: bool
) -> None:
    # PNG and GIF have parts behind their pixels that Pillow's decoders do not wait for: IEND and
    # check sums, and the trailer. Whatever is let through shows every pixel of the whole file.
    whole = _pixels_or_refusal(PREFIXES[format])

    cut = [_pixels_or_refusal(PREFIXES[format][:-missing]) for missing in range(1, 40)]

    assert set(cut) <= {whole, "refused"}
    assert (cut[0] == whole) is tolerant


def _pixels_or_refusal(data: bytes) -> str | None:
    try:
        result = mf.process(data, Output("png"), to="memory://prefixes/a.png")
    except errors.SourceError:
        return "refused"
    return result.outputs[0].sha256


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif"])
@pytest.mark.parametrize("seed", range(3))
def test_flipped_bytes_end_typed_or_in_a_picture(folder: Path, format: str, seed: int) -> None:
    chance = random.Random(seed)
    outcomes: list[str | None] = []

    for _ in range(40):
        data = bytearray(PREFIXES[format])
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        outcomes.append(_pixels_or_refusal(bytes(data)))

    assert len(outcomes) == 40  # whatever is no SourceError has ended this test before
    assert None not in outcomes
