"""BlurHash as its description says, digit by digit, and as others write it."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from mediaflow.image.placeholder import blurhash
from tests.media import photo
from tests.placeholders import read_blurhash, weave

# Written by blurhash-python 1.2.2, which wraps the C code of the format's authors, for the same
# picture with each px enlarged to 60 × 60: there it does not show that it samples at left edges.
OF_OTHERS = [
    (64, 48, 4, 3, "LlDTIX1r=1JTdEe]fjf5gfgIf5fl"),
    (48, 64, 3, 4, "TU7M~7Eaw]dCfWfmd}flffgxf|fB"),
    (60, 9, 4, 3, "LZBwub1d;~JSf6fkfQfQfkfQfQfQ"),
    (5, 90, 3, 4, "TN04ybfgf8dFe?fjdhf$f7eoe=fj"),
]


def solid(color, width=8, height=6):
    return np.full((height, width, 3), color, np.uint8)


@pytest.mark.parametrize(("width", "height", "across", "down", "text"), OF_OTHERS)
def test_hash_is_the_one_that_others_write_for_the_large_picture(width, height, across, down, text):
    made = blurhash(weave(width, height)[..., :3], across=across, down=down)

    # 32-bit sums there and 60 px that are not endless may move a digit of the 19 by one
    ours, theirs = (read_blurhash(each, 16, 12).astype(int) for each in (made, text))
    assert made[:2] == text[:2]
    assert np.abs(ours - theirs).mean() < 4  # of dark px, where a level is little light


def test_black_has_no_waves():
    # 3 + 2 × 9 = 21 is "L"; no maximum, no average, and every wave is 9, 9, 9: 3429 is "fQ"
    assert blurhash(solid(0), across=4, down=3) == "L00000" + "fQ" * 11


@pytest.mark.parametrize("size", [(4, 3), (7, 5), (100, 75)])
def test_flat_picture_has_no_waves(size):
    # with samples at left edges, its right edge would be darker
    assert blurhash(solid(255, *size), across=4, down=3) == "L0TSUA" + "fQ" * 11


def test_waves_are_of_light_and_not_of_levels():
    # white, then black: the average light is 1/2, which is level 188 and not 128
    levels = np.array([[[255] * 3, [0] * 3]], np.uint8)

    # 1 component more across; 188, 188, 188 in base 83 is 21, 52, 40, 9; the wave is cos(π/4) of
    # light, 0.707 × 166 − 0.5 is 116, which the top of 82 cuts, and 18, 18, 18 is "~q"
    assert blurhash(levels, across=2, down=1) == "1~Lqe9~q"


def test_wave_is_in_steps_of_its_maximum():
    # light 1, 0.9, 0.9, 1: the second wave is 2 × 0.1 × cos(π/4) / 2 × … of one axis alone
    light = np.array([255, 243, 243, 255], np.uint8)  # 243 is light 0.896
    levels = np.repeat(light[None, :, None], 3, axis=2)

    text = blurhash(levels, across=3, down=1)

    # wave 2 of px 0 to 3 is +, −, −, + cos(π/4): 0.104 × 0.7071 = 0.0735, and 0.0735 × 166 − 0.5
    # is 11.7, so 11, "B"; wave 1 is 0; 0.0735 / (12 / 166) is above 1, so 18, 18, 18
    assert (text[0], text[1], text[6:8], text[8:]) == ("2", "B", "fQ", "~q")


@pytest.mark.parametrize("across", [1, 5, 9])
@pytest.mark.parametrize("down", [1, 5, 9])
def test_length_follows_the_number_of_waves(across, down):
    text = blurhash(weave(20, 20)[..., :3], across=across, down=down)

    assert len(text) == 4 + 2 * across * down


def test_average_is_exact():
    text = blurhash(solid((200, 30, 90)), across=1, down=1)

    assert tuple(read_blurhash(text, 1, 1)[0, 0]) == (200, 30, 90)


def test_hash_reads_back_as_the_picture_out_of_focus():
    picture = photo(100, 75)
    levels = np.asarray(picture)

    seen = read_blurhash(blurhash(levels, across=4, down=3), 20, 15)

    blurred = np.asarray(picture.resize((4, 3), Image.Resampling.BOX).resize((20, 15)))
    # two ways to be out of focus differ; a picture upside down is 60 levels off
    assert np.abs(seen.astype(int) - blurred).mean() < 18
    assert np.abs(seen[::-1].astype(int) - blurred).mean() > 40
