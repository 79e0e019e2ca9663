"""Real photographs described: the same whichever way they are stored, in the colours shown."""

from __future__ import annotations

import base64
from io import BytesIO
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import mediaflow as mf
from mediaflow import errors
from tests.placeholders import read_blurhash, read_thumbhash

pytestmark = pytest.mark.integration

NAMES = [
    "alpha_2048x1536.png",
    "animated_loop_3.gif",
    "apple_gain_map_mpo.jpg",
    "cmyk_with_profile.jpg",
    "display_p3.png",
    "irot90.avif",
    "photo_2725x2225.jpg",
]


def described(path: Path) -> mf.PlaceholderData:
    data = mf.process(path, mf.AnalysisOutput())["analysis"].data
    assert data is not None
    return data


def pictures(data: mf.PlaceholderData) -> list[np.ndarray]:
    """Return what three placeholders show, each at 12×8 px."""
    tiny = Image.open(BytesIO(base64.b64decode(data.data_uri.partition(",")[2]))).convert("RGB")
    thumb = Image.fromarray(read_thumbhash(base64.b64decode(data.thumbhash))).convert("RGB")
    small = [np.asarray(picture.resize((12, 8)), int) for picture in (tiny, thumb)]
    return [*small, read_blurhash(data.blurhash, 12, 8).astype(int)]


def test_every_orientation_is_described_alike(media: Path) -> None:
    found = [described(media / f"images/orientation_{number}.jpg") for number in range(1, 9)]

    assert {data.aspect_ratio for data in found} == {found[0].aspect_ratio}
    for first, second in combinations(found, 2):
        for one, other in zip(pictures(first), pictures(second), strict=True):
            # each file is a JPEG of its own and shows its own digit; a turned one is 60 levels off
            assert np.abs(one - other).mean() < 8


@pytest.mark.parametrize("name", NAMES)
def test_each_kind_of_source_is_described(media: Path, name: str) -> None:
    info = mf.probe(media / "images" / name)

    data = described(media / "images" / name)

    assert data.aspect_ratio == pytest.approx(info.width / info.height)
    assert data.has_alpha == (name == "alpha_2048x1536.png")
    assert len(data.data_uri) < 1_000


def test_placeholder_of_a_photo_is_near_its_pixels(media: Path) -> None:
    with Image.open(media / "images/photo_2725x2225.jpg") as picture:
        blurred = picture.convert("RGB").resize((12, 8), Image.Resampling.BOX)

    tiny, thumb, blur = pictures(described(media / "images/photo_2725x2225.jpg"))

    assert np.abs(tiny - np.asarray(blurred)).mean() < 12
    assert np.abs(thumb - np.asarray(blurred)).mean() < 40
    assert np.abs(blur - np.asarray(blurred)).mean() < 40


def test_cut_off_photo_is_not_described(media: Path) -> None:
    with pytest.raises(errors.TruncatedMediaError):
        mf.process(media / "images/truncated.jpg", mf.AnalysisOutput())
