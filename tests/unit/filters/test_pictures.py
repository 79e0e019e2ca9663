"""Filters that know places and neighbours, by what must be where."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from mediaflow.errors import CorruptMediaError, SpecError
from mediaflow.filters import (
    Blur,
    Edges,
    Gradient,
    Look,
    Pixelate,
    Sharpen,
    Text,
    Vignette,
    Watermark,
    apply_filters,
    look_names,
)
from mediaflow.filters.looks import LOOKS
from mediaflow.testing.filters import BytesAssets
from tests.media import encode

GRAY = (120, 120, 120)
MARK = encode(Image.new("RGB", (40, 20), (255, 0, 0)), "PNG")


def _made(image, *filters):
    return np.asarray(apply_filters(image, filters, BytesAssets()), np.int16)


def _box_of(changed):
    """Return left, top, right and bottom of the px that are true."""
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1


def test_blur_keeps_the_mean_and_flattens_a_step():
    step = Image.new("L", (80, 20))
    step.paste(255, (40, 0, 80, 20))

    made = _made(step.convert("RGB"), Blur(4))[10, :, 0]

    assert made.mean() == pytest.approx(127.5, abs=1)
    assert made[40] - made[39] < 40
    assert np.all(np.diff(made) >= 0)


def test_blur_of_a_soft_edge_keeps_the_visible_color():
    pixels = np.zeros((20, 40, 4), np.uint8)
    pixels[:, :20] = (200, 40, 40, 255)
    pixels[:, 20:] = (0, 255, 0, 0)

    made = _made(Image.fromarray(pixels), Blur(3))

    assert np.abs(made[:, :20, :3] - (200, 40, 40)).max() <= 2


def test_sharpen_makes_a_step_steeper_on_both_sides():
    step = Image.new("RGB", (40, 20), (80,) * 3)
    step.paste((160,) * 3, (20, 0, 40, 20))

    made = _made(step, Sharpen(1, radius=2))[10, :, 0]

    assert made[19] < 80
    assert made[20] > 160
    assert (made[0], made[39]) == (80, 160)


def test_difference_up_to_the_threshold_stays():
    step = Image.new("RGB", (40, 20), (80,) * 3)
    step.paste((90,) * 3, (20, 0, 40, 20))

    assert np.array_equal(_made(step, Sharpen(3, radius=2, threshold=10)), np.asarray(step))
    assert not np.array_equal(_made(step, Sharpen(3, radius=2, threshold=2)), np.asarray(step))


def test_edges_are_bright_at_a_full_step_and_dark_beside():
    step = Image.new("RGB", (40, 20))
    step.paste((255,) * 3, (20, 0, 40, 20))

    made = _made(step, Edges())[10, :, 0]

    assert list(made[18:22]) == [0, 255, 255, 0]


def test_blocks_have_the_mean_of_what_was_there():
    ramp = Image.fromarray(np.tile(np.arange(24, dtype=np.uint8) * 10, (10, 1))).convert("RGB")

    made = _made(ramp, Pixelate(10))[..., 0]

    # the mean of 0 to 90, of 100 to 190, and of what is left: 200 to 230
    assert [made[5, x] for x in (0, 9, 10, 19, 20, 23)] == [45, 45, 145, 145, 215, 215]


@pytest.mark.parametrize("size", [(90, 40), (40, 90), (61, 61)])
def test_vignette_leaves_the_middle_and_darkens_all_corners_alike(size):
    made = _made(Image.new("RGB", size, GRAY), Vignette(1, start=0.5))[..., 0]

    corners = [made[y, x] for y in (0, -1) for x in (0, -1)]
    assert made[size[1] // 2, size[0] // 2] == 120
    assert max(corners) <= 6
    assert max(corners) - min(corners) <= 1


@pytest.mark.parametrize(
    ("direction", "dark", "bright"),
    [
        ("right", (-1, 20), (0, 20)),
        ("left", (0, 20), (-1, 20)),
        ("down", (30, -1), (30, 0)),
        ("up", (30, 0), (30, -1)),
    ],
)
def test_gradient_grows_to_the_edge_that_it_names(direction, dark, bright):
    image = Image.new("RGB", (60, 40), GRAY)

    made = _made(image, Gradient("black", direction=direction))[..., 0]

    assert made[dark[1], dark[0]] <= 1
    assert made[bright[1], bright[0]] >= 119


def test_large_picture_has_no_visible_steps_in_its_gradient():
    image = Image.new("RGB", (3000, 8), (255,) * 3)

    made = _made(image, Gradient("black", direction="right"))[4, :, 0]

    assert np.abs(np.diff(made)).max() <= 1


@pytest.mark.parametrize(
    ("position", "box"),
    [
        ("northwest", (10, 10, 50, 30)),
        ("north", (80, 10, 120, 30)),
        ("northeast", (150, 10, 190, 30)),
        ("west", (10, 40, 50, 60)),
        ("center", (80, 40, 120, 60)),
        ("east", (150, 40, 190, 60)),
        ("southwest", (10, 70, 50, 90)),
        ("south", (80, 70, 120, 90)),
        ("southeast", (150, 70, 190, 90)),
    ],
)
def test_watermark_stands_where_it_is_told(position, box):
    image = Image.new("RGB", (200, 100), GRAY)

    made = _made(image, Watermark(MARK, position=position, scale=0.2, margin=0.1))

    assert _box_of((made != GRAY).any(axis=-1)) == box
    assert tuple(made[(box[1] + box[3]) // 2, (box[0] + box[2]) // 2]) == (255, 0, 0)


def test_opacity_of_a_watermark_is_its_share():
    made = _made(Image.new("RGB", (200, 100), (0, 0, 0)), Watermark(MARK, opacity=0.4))

    assert made.max() == pytest.approx(0.4 * 255, abs=1)


@pytest.mark.parametrize("size", [(200, 12), (9, 300), (3, 3)])
def test_watermark_shrinks_rather_than_leave_the_picture(size):
    image = Image.new("RGB", size, GRAY)

    left, top, right, bottom = _box_of(
        (_made(image, Watermark(MARK, scale=1)) != GRAY).any(axis=-1)
    )

    assert 0 <= left < right <= size[0]
    assert 0 <= top < bottom <= size[1]
    assert (right - left) / (bottom - top) == pytest.approx(2, rel=0.5, abs=1)


def test_watermark_is_seen_where_the_picture_is_transparent():
    made = _made(Image.new("RGBA", (100, 100)), Watermark(MARK, position="center", scale=0.4))

    assert tuple(made[50, 50]) == (255, 0, 0, 255)
    assert made[0, 0, 3] == 0


def test_text_is_written_in_its_color_inside_the_margin():
    image = Image.new("RGB", (400, 200), (0, 0, 0))

    made = _made(image, Text("Words", size="10%", color="#00ff00", margin=0.1))

    _, top, right, bottom = _box_of(made[..., 1] > 0)
    assert made[..., 1].max() == 255
    assert made[..., (0, 2)].max() == 0
    assert right in (379, 380)
    assert bottom in (179, 180)
    assert 20 <= bottom - top <= 45  # letters of 40 px


def test_size_of_text_is_px_or_a_share_of_the_width():
    image = Image.new("RGB", (400, 200), (0, 0, 0))

    assert np.array_equal(_made(image, Text("a", size=40)), _made(image, Text("a", size="10%")))


@pytest.mark.parametrize("size", [(300, 20), (20, 300), (1, 1)])
def test_long_text_shrinks_rather_than_leave_the_picture(size):
    text = Text("a line that is much too long\nand another", size="50%", margin=0.1)

    assert _made(Image.new("RGB", size, (0, 0, 0)), text).shape == (size[1], size[0], 3)


def test_line_around_the_letters_keeps_them_readable_on_their_own_color():
    image = Image.new("RGB", (200, 100), (255, 255, 255))

    plain = _made(image, Text("Words", size=30))
    lined = _made(image, Text("Words", size=30, outline="black"))

    assert plain.min() == 255
    assert lined.min() == 0


def test_second_line_of_text_stands_under_its_own_outline():
    image = Image.new("RGB", (200, 200), (128, 128, 128))
    text = Text("H\nH", size=60, color="white", outline="black", position="center")

    made = _made(image, text)[..., 0]

    left, top, right, bottom = _box_of(made > 200)
    around = _box_of(made < 50)
    sides = [left - around[0], top - around[1], around[2] - right, around[3] - bottom]
    assert max(sides) - min(sides) <= 1


def test_broken_font_is_the_fault_of_its_sender():
    with pytest.raises(CorruptMediaError, match="font cannot be read"):
        _made(Image.new("RGB", (20, 20)), Text("a", font=b"no font at all"))


WRONG = [
    (lambda: Text(""), "must not be empty"),
    (lambda: Text("a" * 501), "501 characters; 500 are allowed"),
    (lambda: Text("a\x1b[0m"), "control character"),
    (lambda: Text("a", size="5"), "size must be px or a share"),
    (lambda: Text("a", size=None), "size must be px"),
    (lambda: Text("a", color="reddish"), "no colour"),
    (lambda: Text("a", outline="reddish"), "no colour"),
    (lambda: Watermark("a.png", position="top"), "position"),
    (lambda: Watermark("a.png", opacity=2), "opacity"),
    (lambda: Watermark(3), "source must be a path or URL"),
    (lambda: Blur(-1), "radius"),
    (lambda: Blur(251), "0 to 250"),
    (lambda: Pixelate(2.5), "whole number"),
    (lambda: Sharpen(1, threshold=256), "threshold"),
    (lambda: Vignette(0.5, start=0.8, end=0.5), "end"),
    (lambda: Edges(2), "amount"),
    (lambda: Look("mon"), "did you mean 'moon'"),
]


@pytest.mark.parametrize(("make", "words"), WRONG, ids=range(len(WRONG)))
def test_wrong_value_is_refused_in_words_that_help(make, words):
    with pytest.raises(SpecError, match=words):
        make()


def test_location_of_a_second_input_is_not_in_a_repr():
    secret = "https://host/logo.png?X-Amz-Signature=secret"

    assert "secret" not in repr(Watermark(secret))
    assert "X-Amz-Signature=secret" not in Watermark(secret).words()


def test_looks_are_the_twenty_six_names_sorted():
    names = (
        "1977 aden brannan brooklyn clarendon earlybird gingham hudson inkwell kelvin lark lofi "
        "maven mayfair moon nashville perpetua reyes rise slumber stinson toaster valencia walden "
        "willow xpro2"
    )

    assert look_names() == tuple(names.split())
    assert len({LOOKS[name] for name in LOOKS}) == 26


@pytest.mark.parametrize("name", ["inkwell", "moon"])
def test_gray_looks_give_gray(name):
    noise = np.random.default_rng(1).integers(0, 256, (40, 40, 3), np.uint8)

    made = _made(Image.fromarray(noise), Look(name))

    assert np.ptp(made, axis=-1).max() <= 12  # the moon is a little blue


def test_half_a_look_is_half_way():
    noise = np.random.default_rng(1).integers(0, 256, (40, 40, 3), np.uint8)
    image = Image.fromarray(noise)

    whole, half = _made(image, Look("xpro2")), _made(image, Look("xpro2", strength=0.5))

    assert np.abs(half - (whole + noise) / 2).max() <= 1.5
