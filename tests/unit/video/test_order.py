"""Frames of a film that counts them as it stores them have their own times."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import mediaflow as mf
from mediaflow.errors import EncodeError
from tests.film import counting_film, numbers_of, read_number

FRAMES, RATE = 60, 25


@pytest.fixture
def source(tmp_path):
    return counting_film(
        tmp_path / "film.avi",
        frames=FRAMES,
        fps=RATE,
        gop=12,
        b_frames=2,
        codec="h264",
        sound=None,
    )


def test_no_frame_of_an_avi_is_lost(source, tmp_path):
    to = f"{tmp_path}/out/"
    whole = mf.process(source, mf.VideoOutput("mp4"), to=to).outputs[0]
    part = mf.process(
        source, mf.VideoOutput("mp4", start=1, end=1.8, suffix="_part"), to=to
    ).outputs[0]

    assert (whole.notices, part.notices) == ((), ())
    assert numbers_of(whole.uri) == list(range(FRAMES))
    assert numbers_of(part.uri) == list(range(25, 45))


@pytest.mark.parametrize("number", [0, 1, 2, 12, 13, 31, 32, 33, 58, 59])
def test_a_still_of_an_avi_is_the_frame_of_its_moment(source, tmp_path, number):
    still = mf.StillOutput(number / RATE + 0.01, format="png")

    output = mf.process(source, still, to=f"{tmp_path}/out/").outputs[0]

    assert read_number(np.asarray(Image.open(output.uri).convert("L"))) == number


def test_a_copy_of_an_avi_that_tells_no_times_is_refused(source, tmp_path):
    job = mf.Job(
        source,
        (mf.VideoOutput("mp4", codec="copy"),),
        to=f"{tmp_path}/out/",
        on_failure="partial",
    )

    (output,) = mf.process(job).outputs

    assert output.status == "failed"
    assert output.error_code == EncodeError.code
    assert "another order" in (output.error or "")
