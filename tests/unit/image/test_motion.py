"""Animations as they leave the encoders: what is stored of each frame, and how."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from mediaflow.errors import EncodeError
from mediaflow.frames import Raster
from mediaflow.geometry import Size
from mediaflow.image.pillow.apng import delay_fraction, write_apng
from mediaflow.image.pillow.gif import write_gif
from mediaflow.image.pillow.motion import encode_frames
from mediaflow.image.pillow.palette import Palettes
from mediaflow.models.animation import Animation
from mediaflow.models.outputs import ImageOutput
from tests.infos import media_info, planned
from tests.measure import psnr
from tests.media import encode, photo
from tests.motion import disc, read_motion, shown, shown_by_ffmpeg

GIF = {"colors": 256, "dither": "none"}
PNG = {"compress_level": 6, "icc_profile": None}


def timed(*frames: Image.Image, ticks: int = 10):
    return [(frame, ticks) for frame in frames]


@pytest.mark.parametrize(
    ("ms", "fraction"),
    [(0, (0, 1000)), (40, (40, 1000)), (65_535, (65_535, 1000)), (65_536, (6554, 100)),
     (700_000, (7000, 10)), (60_000_000, (60_000, 1)), (10**9, (65_535, 1))],
)  # fmt: skip
def test_delay_of_an_apng_fits_two_times_16_bits(ms, fraction):
    assert delay_fraction(ms) == fraction


def test_equal_frames_of_an_apng_are_joined_and_lengthen_the_one_before():
    data = write_apng(timed(disc(0), disc(0), disc(1)), PNG, mode="RGB", plays=2)

    assert [float(seconds) for seconds in read_motion(data).seconds] == [0.02, 0.01]


def test_equal_frames_of_a_gif_are_joined_and_lengthen_the_one_before():
    data, is_exact = write_gif(timed(disc(0), disc(0), disc(1)), GIF, plays=2)

    assert [float(seconds) for seconds in read_motion(data).seconds] == [0.2, 0.1]
    assert is_exact


def test_apng_without_motion_is_a_plain_png():
    data = write_apng(timed(disc(0), disc(0)), PNG, mode="RGB", plays=2)

    assert b"acTL" not in data
    assert np.array_equal(shown(data)[0][..., :3], np.asarray(disc(0)))


def test_apng_keeps_half_transparent_px_exactly():
    frames = [disc(index, clear=True) for index in range(4)]
    for index, frame in enumerate(frames):
        frame.putalpha(frame.getchannel("A").point(lambda a, index=index: a // (index + 1)))

    made = shown_by_ffmpeg(write_apng(timed(*frames), PNG, mode="RGBA", plays=0))

    assert len(made) == 4
    for frame, expected in zip(made, frames, strict=True):
        visible = np.asarray(expected)[..., 3] > 0
        assert np.array_equal(frame[visible], np.asarray(expected)[visible])
        assert np.array_equal(frame[..., 3], np.asarray(expected)[..., 3])


def test_gif_stores_only_what_moves():
    still = photo(200, 150)
    moved = still.copy()
    moved.paste((255, 0, 0), (20, 20, 30, 30))

    one, _ = write_gif(timed(still), GIF)
    two, _ = write_gif(timed(still, moved), GIF)

    assert len(two) - len(one) < 400  # a patch of 10×10 px and its table of one colour


def test_gif_of_a_photo_looks_like_it():
    data, is_exact = write_gif(timed(photo(160, 120), photo(160, 121).crop((0, 0, 160, 120))), GIF)

    assert not is_exact
    assert psnr(shown(data)[0][..., :3], np.asarray(photo(160, 120))) > 35


def test_gif_follows_a_change_of_scene():
    frames = [Image.blend(photo(96, 72), Image.new("RGB", (96, 72), color), 0.4)
              for color in ("red", "lime", "blue")]  # fmt: skip

    data, _ = write_gif(timed(*frames), GIF)

    for made, expected in zip(shown_by_ffmpeg(data), frames, strict=True):
        assert psnr(made[..., :3], np.asarray(expected)) > 33


def test_table_is_kept_while_it_fits():
    palettes = Palettes(64, dither=False)
    first = photo(96, 72)

    tables = [palettes.index(frame)[1] for frame in (first, first.rotate(180), first)]

    assert tables[0] == tables[1] == tables[2]
    assert not palettes.is_exact


def test_few_colors_stay_exact_even_when_they_are_near():
    pixels = np.zeros((40, 40, 3), np.uint8)
    pixels[:, :20] = (100, 100, 100)
    pixels[:, 20:] = (101, 100, 100)
    picture = Image.fromarray(pixels)

    indexed, _ = Palettes(256, dither=False).index(picture)

    assert np.array_equal(np.asarray(indexed.convert("RGB")), pixels)


def test_encoder_takes_frames_one_by_one_and_passes_errors_on():
    step = planned(
        [ImageOutput("webp", animation=Animation())],
        media_info("gif", 96, 64, is_animated=True, frames=9),
    ).encodes[0]
    taken = []

    def frames():
        for index in range(9):
            taken.append(index)
            if index == 5:
                raise EncodeError("no more")
            yield Raster(disc(index), Size(96, 64), "RGB"), 40

    with pytest.raises(EncodeError, match="no more"):
        encode_frames(frames(), step, 9)
    assert taken == [0, 1, 2, 3, 4, 5]


def test_format_that_cannot_move_is_refused():
    step = planned([ImageOutput("jpeg")]).encodes[0]

    with pytest.raises(EncodeError, match="jpeg outputs cannot be animated"):
        encode_frames([], step, 2)


def test_gif_still_of_gray_and_alpha_is_read_by_ffmpeg():
    gray = Image.fromarray(np.tile(np.arange(0, 256, 2, dtype=np.uint8), (8, 1)))
    data, is_exact = write_gif(timed(gray), GIF, is_opaque_still=True)

    assert is_exact
    assert np.array_equal(shown_by_ffmpeg(data)[0][..., 0], np.asarray(gray))
    assert Image.open(BytesIO(encode(gray, "GIF"))).size == gray.size
