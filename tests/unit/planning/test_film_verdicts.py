"""The first reason that holds is told, and a bound is a bound."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mediaflow.models.film import AudioTrack, VideoOutput
from tests.film_infos import film_info, film_planned, track, video


def reason_of(output, *streams, **facts):
    """Return why a picture is encoded; None when it is copied."""
    plan = film_planned(output, film_info(*streams, **facts))
    return next((step.reason for step in plan.renditions), None)


def test_of_many_reasons_the_first_is_told():
    worst = video(
        1440,
        1080,
        codec="hevc",
        pixel_format="yuv422p",
        sample_aspect_ratio=Fraction(4, 3),
        orientation=6,
        field_order="top_first",
    )
    better = video(1440, 1080, **{**facts_of(worst), "codec": "h264"})
    output = VideoOutput("mkv", height=960)

    assert reason_of(output, worst) == "the source is hevc, h264 is wanted"
    assert reason_of(output, better) == "1080×1920 px become 540×960"
    assert reason_of(VideoOutput("mkv"), better) == "its px are not square"


def facts_of(stream):
    names = ("pixel_format", "sample_aspect_ratio", "orientation", "field_order")
    return {name: getattr(stream, name) for name in names}


@pytest.mark.parametrize(
    ("bits", "is_copied"),
    [(10_368_000, True), (10_368_001, False)],  # 1920 · 1080 px · 25 a second / 5
)
def test_bits_are_too_many_from_a_fifth_of_one_a_px_on(bits, is_copied):
    stream = video(codec="h264", bit_rate=bits)

    assert (reason_of(VideoOutput(height=1080), stream) is None) == is_copied


def test_bits_of_the_whole_stand_for_those_of_the_picture_that_nothing_tells():
    stream = video(codec="h264")
    few, many = 12_960_000, 12_960_001  # 10 s of 10,368,000 bit/s, in bytes

    assert reason_of(VideoOutput(height=1080), stream, bytes=few) is None
    assert reason_of(VideoOutput(height=1080), stream, bytes=many) is not None


def test_bits_of_nothing_are_no_bits():
    stream = video(codec="h264")

    assert reason_of(VideoOutput(height=1080), stream, seconds=0.0) is None
    assert reason_of(VideoOutput(height=1080), stream, seconds=None) is None


@pytest.mark.parametrize("container", ["mkv", "mov", "mp4", "webm"])
def test_sound_of_the_container_s_own_codec_is_copied_everywhere(container):
    codec = {"webm": "opus"}.get(container, "aac")
    info = film_info(audio=[track(codec=codec)])

    plan = film_planned(VideoOutput(container), info)

    copies = plan.renditions[0].carried.copies
    assert [(copy.kind, copy.codec) for copy in copies] == [("audio", codec)]
    assert plan.sounds == ()


def test_channels_that_nothing_tells_are_taken_as_two():
    info = film_info(audio=[track(codec="aac", channels=None, channel_layout=None)])

    assert film_planned(VideoOutput(), info).sounds == ()
    assert film_planned(VideoOutput(audio=AudioTrack(channels=1)), info).sounds != ()


def test_outputs_that_want_the_same_sound_share_one():
    info = film_info(video(codec="h264"), audio=[track()])
    outputs = [VideoOutput("mp4"), VideoOutput("mkv"), VideoOutput("mov", effort=0)]

    plan = film_planned(outputs, info)

    assert len(plan.sounds) == 1
    assert [step.sound for step in (*plan.remuxes, *plan.renditions)] == [0, 0, 0]


def test_hevc_is_tagged_for_apple_where_it_is_copied():
    info = film_info(video(codec="hevc"))
    outputs = [VideoOutput(name, codec="hevc") for name in ("mp4", "mov", "mkv")]

    steps = film_planned(outputs, info).remuxes

    assert [step.video.codec_tag for step in steps] == ["hvc1", "hvc1", None]
