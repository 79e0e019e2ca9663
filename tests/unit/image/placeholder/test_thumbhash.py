"""ThumbHash as its description says, bit by bit, and as others write it."""

from __future__ import annotations

import base64

import numpy as np
import pytest
from PIL import Image

from mediaflow.image.placeholder import thumbhash
from tests.media import alpha_png, image, photo
from tests.placeholders import read_thumbhash, weave

# Written by thumbhash-rs 0.1.0, which wraps the Rust code of the format's author.
OF_OTHERS = [
    (64, 48, False, "VtgNHZaAh4eBeHiHh4eHhtQvCeqJ"),
    (48, 64, False, "k5cJLQ6Bd4B4WHiIiHlXl7lfJvnI"),
    (64, 48, True, "VMiNHJIdgHdxeIeHR/2RkJ73hod4eHiIBw=="),
    (60, 9, False, "ClkKMZCQh4eHiIiHkHkIing="),
    (32, 32, True, "CciFDQoOgoeAiIl3iLUPXvlob3iId3eHdw=="),
    (5, 90, False, "zEcJGQx3gEh4doh5em5w+Og="),
]


@pytest.mark.parametrize(("width", "height", "has_alpha", "text"), OF_OTHERS)
def test_hash_is_the_one_that_others_write(width, height, has_alpha, text):
    data = thumbhash(weave(width, height, has_alpha=has_alpha))

    assert base64.b64encode(data).decode() == text


def test_solid_red_has_a_mean_and_nothing_else():
    red = np.full((4, 4, 4), (255, 0, 0, 255), np.uint8)

    # luminance 1/3 of 63 is 21; yellow-blue 1/2 is 31.5 + 15.75, so 47; red-green 1 is 63
    first = 21 | 47 << 6 | 63 << 12
    # 7 waves a side; 27 of luminance and 5 of each colour make 37 halves of a byte
    assert thumbhash(red) == first.to_bytes(3, "little") + bytes([7, 0]) + bytes(19)


def test_wave_that_is_not_there_is_written_one_way():
    # a ramp has no even waves; what floats leave of them must not decide
    ramp = np.full((40, 40, 4), 255, np.uint8)
    ramp[..., :3] = (np.arange(40) * 6)[None, :, None]

    data = thumbhash(ramp)

    nibbles = [half for byte in data[5:] for half in (byte & 15, byte >> 4)]
    # the seven of the first row but the mean: waves 2, 4 and 6 are 0, which is 8 of 15
    assert [nibbles[1], nibbles[3], nibbles[5]] == [8, 8, 8]


@pytest.mark.parametrize(
    ("size", "seen"), [((100, 75), (32, 23)), ((75, 100), (23, 32)), ((60, 60), (32, 32))]
)
def test_hash_keeps_the_aspect_ratio_in_sevenths(size, seen):
    picture = read_thumbhash(thumbhash(np.asarray(photo(*size).convert("RGBA"))))

    assert (picture.shape[1], picture.shape[0]) == seen


def test_hash_reads_back_as_the_picture_out_of_focus():
    source = photo(100, 75).convert("RGBA")

    seen = read_thumbhash(thumbhash(np.asarray(source)))

    blurred = np.asarray(source.resize((6, 4), Image.Resampling.BOX).resize((32, 23)))
    # two ways to be out of focus differ; a picture upside down is 60 levels off
    assert np.abs(seen.astype(int) - blurred)[..., :3].mean() < 18
    assert np.abs(seen[::-1].astype(int) - blurred)[..., :3].mean() > 40
    assert (seen[..., 3] == 255).all()


def test_transparency_is_kept():
    source = image(alpha_png())  # opacity rises from the left to the right

    seen = read_thumbhash(thumbhash(np.asarray(source))).astype(int)

    ramp = np.linspace(0, 255, 32)
    assert np.abs(seen[..., 3].mean(axis=0) - ramp).max() < 50  # 4 bits a wave, 5 waves
    assert seen[12, 30, 0] > 230


def test_hidden_color_is_not_seen():
    pixels = np.zeros((20, 20, 4), np.uint8)
    pixels[:, :10] = (255, 0, 0, 255)
    pixels[:, 10:] = (0, 255, 0, 0)  # green that nobody can see

    seen = read_thumbhash(thumbhash(pixels))

    assert seen[..., 1].max() < 20


def test_picture_that_cannot_be_seen_at_all_has_a_hash():
    seen = read_thumbhash(thumbhash(np.zeros((10, 30, 4), np.uint8)))

    assert (seen[..., 3] == 0).all()
