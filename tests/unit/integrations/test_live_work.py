"""Filters on live frames: the colours of arithmetic, the size and the time of the frame."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest
from av import VideoFrame

from mediaflow import filters
from mediaflow.errors import LimitExceededError, SpecError
from mediaflow.integrations.webrtc.ladder import Level
from mediaflow.integrations.webrtc.work import FrameWork, live_filters

BASE = Fraction(1, 90_000)
NEAR = 4  # levels: two conversions to limited range round by up to 1.2 levels each, and chroma
MANY = 1_000_000


def _frame(
    color: tuple[int, int, int], pts: int = 90_000, size: tuple[int, int] = (64, 48)
) -> VideoFrame:
    pixels = np.full((size[1], size[0], 3), color, np.uint8)
    frame = VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
    frame.pts, frame.time_base = pts, BASE
    return frame


def _rgb(frame: VideoFrame) -> npt.NDArray[np.int64]:
    return frame.to_ndarray(format="rgb24").astype(np.int64)


def _work(*chosen: filters.Filter, max_pixels: int = MANY) -> FrameWork:
    return FrameWork(live_filters(chosen), max_pixels=max_pixels)


SWAP = filters.OnFrames(lambda pixels: pixels[:, :, ::-1].copy())
ALL_LEVELS: tuple[Level, ...] = ("full", "half")


@pytest.mark.parametrize("level", ALL_LEVELS)
@pytest.mark.parametrize(
    ("chosen", "wanted"),
    [
        pytest.param(SWAP, (40, 120, 200), id="function"),
        # what Pillow makes of a still by the same filter
        pytest.param(filters.Grayscale(), None, id="table"),
        pytest.param(filters.Look("moon"), None, id="look"),
    ],
)
def test_colours_are_those_of_the_filter(
    chosen: filters.Filter, wanted: tuple[int, int, int] | None, level: Level
) -> None:
    made = _rgb(_work(chosen)(_frame((200, 120, 40)), level))

    if wanted is None:
        value = filters.apply_filters(_picture((200, 120, 40)), (chosen,)).getpixel((0, 0))
        wanted = tuple(value)
    assert np.abs(made - wanted).max() <= NEAR


def _picture(color: tuple[int, int, int]):
    from PIL import Image

    return Image.new("RGB", (2, 2), color)


@pytest.mark.parametrize(
    "chosen", [filters.Sepia(0.5), filters.Look("moon"), SWAP, filters.Brightness(0.8)]
)
def test_size_pts_and_time_base_are_the_frame_s(chosen: filters.Filter) -> None:
    source = _frame((9, 99, 200), pts=123_456, size=(70, 50))

    made = _work(chosen)(source, "half")

    assert (made.width, made.height, made.format.name) == (70, 50, "yuv420p")
    assert (made.pts, Fraction(made.time_base.numerator, made.time_base.denominator)) == (
        123_456,
        BASE,
    )


def test_frame_that_comes_in_stays_as_it_was() -> None:
    source = _frame((200, 120, 40))
    before = source.to_ndarray().copy()

    _work(SWAP, filters.Blur(3))(source, "full")

    assert (source.to_ndarray() == before).all()
    assert source.pts == 90_000


@pytest.mark.parametrize(("chosen", "level"), [((), "full"), ((SWAP,), "through")])
def test_frame_passes_untouched(chosen: tuple[filters.Filter, ...], level: Level) -> None:
    source = _frame((200, 120, 40))

    assert _work(*chosen)(source, level) is source


def test_size_may_change_midway() -> None:
    work = _work(SWAP, filters.Sepia(0.0))
    sizes = [(64, 48), (128, 96), (32, 32), (64, 48)]

    made = [work(_frame((200, 120, 40), 3_000 * at, size), "full") for at, size in enumerate(sizes)]

    assert [(one.width, one.height) for one in made] == sizes
    assert all(np.abs(_rgb(one) - (40, 120, 200)).max() <= NEAR for one in made)


def test_time_that_goes_back_still_gives_a_frame() -> None:
    work = _work(filters.Sepia(0.5))

    times = [work(_frame((9, 9, 9), pts), "full").pts for pts in (9_000, 12_000, 3_000, 6_000)]

    assert times == [9_000, 12_000, 3_000, 6_000]


def test_rgb_frames_are_taken_as_well() -> None:
    frame = VideoFrame.from_ndarray(np.full((48, 64, 3), (200, 120, 40), np.uint8), format="rgb24")
    frame.pts, frame.time_base = 0, BASE

    made = _rgb(_work(SWAP)(frame, "full"))

    assert np.abs(made - (40, 120, 200)).max() <= NEAR


def test_function_is_told_seconds_since_the_first_frame() -> None:
    seen: list[float] = []

    def note(pixels: npt.NDArray[np.uint8], seconds: float) -> npt.NDArray[np.uint8]:
        seen.append(seconds)
        return pixels

    work = FrameWork(live_filters(note), max_pixels=MANY)
    for pts in (900_000, 945_000, 990_000):
        work(_frame((1, 2, 3), pts), "full")

    assert seen == [0.0, 0.5, 1.0]


def test_frame_that_is_too_large_is_refused() -> None:
    work = _work(max_pixels=64 * 48 - 1)

    with pytest.raises(LimitExceededError, match="64×48 px"):
        work(_frame((1, 2, 3)), "full")


def test_filter_with_a_second_input_is_refused() -> None:
    with pytest.raises(SpecError, match="second input"):
        live_filters((filters.CubeLut("any.cube"),))
