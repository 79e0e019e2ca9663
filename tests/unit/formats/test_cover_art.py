"""A cover is shown as before, and says nothing of itself."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from mediaflow.formats.cover_art import COVER_CODECS, bare_cover

SECRET = b"51.5074N in the garden"
PICTURE = Image.linear_gradient("L").resize((48, 32)).convert("RGB")
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def jpeg() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    out = io.BytesIO()
    PICTURE.save(out, "JPEG", exif=exif, comment=SECRET, icc_profile=PROFILE, xmp=SECRET)
    return out.getvalue() + SECRET


def png() -> bytes:
    notes = PngInfo()
    notes.add_text("Comment", SECRET.decode())
    out = io.BytesIO()
    PICTURE.convert("P").save(out, "PNG", pnginfo=notes, icc_profile=PROFILE, transparency=0)
    return out.getvalue() + SECRET


@pytest.mark.parametrize(("codec", "made"), [("mjpeg", jpeg), ("png", png)])
def test_px_and_colors_stay_and_words_go(codec, made):
    data = made()

    bare = bare_cover(data, codec)

    assert SECRET in data
    assert SECRET not in bare
    before, after = Image.open(io.BytesIO(data)), Image.open(io.BytesIO(bare))
    assert after.convert("RGBA").tobytes() == before.convert("RGBA").tobytes()
    assert after.info["icc_profile"] == PROFILE


@pytest.mark.parametrize(("codec", "made"), [("mjpeg", jpeg), ("png", png)])
def test_what_is_cut_off_is_no_cover(codec, made):
    whole = made().removesuffix(SECRET)

    assert bare_cover(whole[: len(whole) // 2], codec) is None


@given(st.binary(max_size=200), st.sampled_from(COVER_CODECS))
def test_damage_is_no_cover(data, codec):
    assert bare_cover(data, codec) is None
