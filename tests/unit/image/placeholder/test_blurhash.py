"""BlurHash as its description says, digit by digit, and as others write it."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from mediaflow.image.placeholder import blurhash
from tests.media import photo
from tests.placeholders import read_blurhash, weave

# Written by blurhash-python 1.2.2, which wraps the C code of the format's authors.
OF_OTHERS = [
    (64, 48, 4, 3, "LkDcy~1r;%J-hhaSj[axgMgIf5fl"),
    (48, 64, 3, 4, "TT7WfuEawuhfa+j^d}flffl6bpje"),
    (60, 9, 4, 3, "LYBwub1d;~JSsmS4o1WpfPfQfQfQ"),
    (5, 90, 3, 4, "TM04ybg_f5dFeWf8dherfieoe;f7"),
]


def solid(color, width=8, height=6):
    return np.full((height, width, 3), color, np.uint8)


@pytest.mark.parametrize(("width", "height", "across", "down", "text"), OF_OTHERS)
def test_hash_is_the_one_that_others_write(width, height, across, down, text):
    levels = weave(width, height)[..., :3]

    assert blurhash(levels, across=across, down=down) == text


def test_black_has_no_waves():
    # 3 + 2 × 9 = 21 is "L"; no maximum, no average, and every wave is 9, 9, 9: 3429 is "fQ"
    assert blurhash(solid(0), across=4, down=3) == "L00000" + "fQ" * 11


def test_one_white_px_has_every_wave_at_its_top():
    # each wave is 2 and the largest maximum is 83/166, so all digits are 18: 6858 is "~q"
    assert blurhash(solid(255, 1, 1), across=4, down=4) == "U~TSUA" + "~q" * 15


def test_waves_are_of_light_and_not_of_levels():
    # white, then black: the average light is 1/2, which is level 188 and not 128
    levels = np.array([[[255] * 3, [0] * 3]], np.uint8)

    # 1 component more across; maximum 82; 188, 188, 188 in base 83 is 21, 52, 40, 9; top
    assert blurhash(levels, across=2, down=1) == "1~Lqe9~q"


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
