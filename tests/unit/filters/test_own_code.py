"""Own code on frames gets its own pixels and its time, and fails in words."""

from __future__ import annotations

import copy
import functools
import pickle
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

import mediaflow as mf
from mediaflow.errors import (
    JobCancelledError,
    OutputsFailedError,
    ProcessingError,
    SpecError,
    UnsupportedError,
)
from mediaflow.filters import OnFrames, Sepia, apply_filters
from mediaflow.filters.lut import filters_at
from mediaflow.testing.pngs import write_png
from tests.film import counting_film, numbers_of


def negative(pixels):
    return 255 - pixels


def shaded(pixels, seconds):
    pixels[:] = pixels // 2
    return pixels


def picture(mode="RGB"):
    pixels = np.random.default_rng(3).integers(0, 256, (20, 30, len(mode)), np.uint8)
    return Image.fromarray(pixels)


def test_pixels_go_in_and_come_out():
    image = picture()

    made = apply_filters(image, (OnFrames(negative),))

    assert np.array_equal(np.asarray(made), 255 - np.asarray(image))


def test_alpha_stays():
    image = picture("RGBA")

    made = np.asarray(apply_filters(image, (OnFrames(negative),)))

    assert np.array_equal(made[..., :3], 255 - np.asarray(image)[..., :3])
    assert np.array_equal(made[..., 3], np.asarray(image)[..., 3])


def test_what_is_given_may_be_changed_and_what_is_returned_kept():
    image = picture()
    before = image.tobytes()
    kept = []

    def greedy(pixels):
        pixels //= 2
        kept.append(pixels)
        return pixels

    made = apply_filters(image, (OnFrames(greedy),))
    halves = made.tobytes()
    kept[0][:] = 7

    assert image.tobytes() == before
    assert made.tobytes() == halves


@pytest.mark.parametrize(
    "function",
    [
        lambda pixels, seconds: pixels * 0 + int(seconds * 10),
        functools.partial(lambda scale, pixels, at: pixels * 0 + int(at * scale), 10),
    ],
    ids=["function", "partial"],
)
def test_second_argument_is_the_time(function):
    found = filters_at((OnFrames(function),), (30, 20), None, Fraction(5, 2))

    assert set(np.unique(np.asarray(apply_filters(picture(), found)))) == {25}


def test_second_argument_with_a_default_is_the_function_s_own():
    def scaled(pixels, by=2):
        return pixels // by

    found = filters_at((OnFrames(scaled),), (30, 20), None, Fraction(5))

    assert np.array_equal(np.asarray(apply_filters(picture(), found)), np.asarray(picture()) // 2)


@pytest.mark.parametrize(
    "function", [np.invert, lambda *frames: 255 - frames[0]], ids=["ufunc", "any_number"]
)
def test_code_in_c_and_with_any_number_of_arguments_is_called_with_pixels(function):
    made = apply_filters(picture(), (OnFrames(function),))

    assert np.array_equal(np.asarray(made), 255 - np.asarray(picture()))


def test_rows_that_are_turned_are_taken_as_they_are_seen():
    made = apply_filters(picture(), (OnFrames(lambda pixels: pixels[::-1, ::-1]),))

    assert np.array_equal(np.asarray(made), np.asarray(picture())[::-1, ::-1])


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda pixels: None, "returned nothing"),
        (lambda pixels: pixels / 2, "float64 of shape"),
        (lambda pixels: pixels[:5], r"uint8 of shape \(5, 30, 3\)"),
        (lambda pixels: pixels[..., 0], r"shape \(20, 30\)"),
        (lambda pixels: pixels.tolist(), "returned list"),
    ],
    ids=["none", "floats", "cut", "gray", "list"],
)
def test_what_is_no_frame_is_refused_in_words(function, words):
    with pytest.raises(ProcessingError, match=words):
        apply_filters(picture(), (OnFrames(function),))


def test_error_names_the_function_and_keeps_the_cause():
    def broken(pixels, seconds):
        return pixels[1 // 0]

    found = filters_at((OnFrames(broken),), (30, 20), None, Fraction(5, 2))

    with pytest.raises(ProcessingError) as caught:
        apply_filters(picture(), found)

    assert "broken failed at 2.5 s with ZeroDivisionError" in caught.value.message
    assert "test_own_code.py, line" in caught.value.message
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_error_of_the_library_stays_what_it_is():
    def given_up(pixels):
        raise JobCancelledError("enough")

    with pytest.raises(JobCancelledError):
        apply_filters(picture(), (OnFrames(given_up),))


@pytest.mark.parametrize(
    "function",
    [None, 3, "name", lambda: 0, lambda a, b, c: a, lambda *, pixels: pixels],
    ids=["nothing", "number", "text", "no_argument", "three", "by_name_alone"],
)
def test_what_cannot_be_called_with_pixels_is_refused(function):
    with pytest.raises(SpecError) as caught:
        OnFrames(function)

    assert caught.value.details["field"] == "function"


class Equal:
    """A function that takes all others for itself."""

    __hash__ = None

    def __eq__(self, other):
        return True

    def __call__(self, pixels):
        return pixels


def test_two_are_equal_when_the_function_is_the_same_object():
    one = Equal()

    assert OnFrames(one) == OnFrames(one)
    assert hash(OnFrames(one)) == hash(OnFrames(one))
    assert OnFrames(one) != OnFrames(Equal())
    assert OnFrames(negative) != Sepia()
    assert copy.deepcopy(OnFrames(one)) == OnFrames(one)


def test_it_never_travels():
    spec = mf.VideoOutput(filters=[OnFrames(negative)])

    with pytest.raises(SpecError, match=r"filters\[0\]\.function: a function cannot travel"):
        mf.to_dict(spec)
    with pytest.raises(UnsupportedError, match="negative cannot be sent"):
        pickle.dumps(spec)
    with pytest.raises(SpecError, match="on_frames"):
        mf.from_dict(mf.VideoOutput, {"kind": "video", "filters": [{"kind": "on_frames"}]})


def test_outputs_with_different_code_stay_apart(tmp_path):
    source = write_png(np.full((8, 8, 3), 200, np.uint8))
    outputs = [
        mf.ImageOutput("png", filters=[OnFrames(lambda pixels: pixels // 2)], suffix="_a"),
        mf.ImageOutput("png", filters=[OnFrames(lambda pixels: pixels // 4)], suffix="_b"),
        mf.ImageOutput("png", suffix="_c", skip_duplicate=True),
    ]

    mf.process(source, outputs, to=f"{tmp_path}/p{{suffix}}.png")

    found = [Image.open(tmp_path / f"p_{name}.png").convert("L").getpixel((0, 0)) for name in "abc"]
    assert found == [100, 50, 200]


def test_film_keeps_its_frames_and_hands_out_their_times(tmp_path):
    film = counting_film(tmp_path / "film.mp4", size=(96, 64), frames=50)
    seen = []

    def watched(pixels, seconds):
        seen.append((seconds, pixels.shape))
        return pixels

    filters = [OnFrames(watched)]
    made = mf.process(
        film, mf.VideoOutput("mp4", start=0.4, end=1.2, filters=filters), to=f"{tmp_path}/out.mp4"
    )

    assert seen == [(float(Fraction(at, 25)), (64, 96, 3)) for at in range(10, 30)]
    assert numbers_of(tmp_path / "out.mp4") == list(range(10, 30))
    assert made.outputs[0].frames == 20


def test_failure_is_of_its_own_output(tmp_path):
    film = counting_film(tmp_path / "film.mp4", size=(96, 64), frames=25)

    def late(pixels, seconds):
        if seconds > 0.5:
            raise ValueError("too late")
        return pixels

    outputs = [
        mf.VideoOutput("mp4", filters=[OnFrames(late)], suffix="_bad"),
        mf.VideoOutput("mp4", suffix="_good"),
        mf.StillOutput(0.8, filters=[OnFrames(late)], suffix="_still"),
    ]
    with pytest.raises(
        OutputsFailedError, match=r"late failed at 0\.52 s with ValueError: too late"
    ):
        mf.process(film, outputs, to=f"{tmp_path}/out/")

    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["film_good.mp4"]
