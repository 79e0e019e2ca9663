"""Containers and codecs of film: what fits, what numbers become, what encoders are told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaflow.errors import SpecError, UnknownNameError, UnsupportedError
from mediaflow.formats import (
    Av1Options,
    H264Options,
    HevcOptions,
    Vp9Options,
    audio_codecs,
    canonical_name,
    containers,
    is_film_format,
    options_of,
    output_format,
    quality_crf,
    video_codecs,
)
from mediaflow.formats.codec import Spending

CODECS = [video_codecs[name] for name in video_codecs.builtin_names()]
SOUNDS = [audio_codecs[name] for name in audio_codecs.builtin_names()]
CONTAINERS = [containers[name] for name in containers.builtin_names()]

every_codec = pytest.mark.parametrize("row", CODECS, ids=lambda row: row.name)
every_sound = pytest.mark.parametrize("row", SOUNDS, ids=lambda row: row.name)
every_container = pytest.mark.parametrize("row", CONTAINERS, ids=lambda row: row.name)


def arguments(name, *, crf=None, exact=False, effort=None, grid=False, options=None):
    row = video_codecs[name]
    spending = Spending(
        crf=crf,
        exact=exact,
        effort=row.default_effort if effort is None else effort,
        forced_keyframes=grid,
    )
    return dict(row.arguments(spending, options or row.default_options))


@every_container
def test_container_names_codecs_that_are_in_the_tables(row):
    assert set(row.video_codecs) <= set(video_codecs.builtin_names())
    assert set(row.audio_codecs) <= set(audio_codecs.builtin_names())
    assert canonical_name(row.extension) == row.name


@pytest.mark.parametrize(
    ("name", "video", "audio"),
    [
        ("mkv", "h264", "aac"),
        ("mov", "h264", "aac"),
        ("mp4", "h264", "aac"),
        ("webm", "vp9", "opus"),
    ],
)
def test_first_codecs_of_a_container_are_its_defaults(name, video, audio):
    row = containers[name]

    assert (row.video_codecs[0], row.audio_codecs[0]) == (video, audio)


def test_webm_holds_what_the_guidelines_of_webm_name_and_no_more():
    assert set(containers["webm"].video_codecs) == {"av1", "vp9"}
    assert containers["webm"].audio_codecs == ("opus",)


@pytest.mark.parametrize(("name", "tag"), [("mp4", "hvc1"), ("mov", "hvc1"), ("mkv", None)])
def test_hevc_is_called_what_apple_plays(name, tag):
    assert containers[name].tag_of("hevc") == tag
    assert containers[name].tag_of("h264") is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mp4", True),
        ("mkv", True),
        ("webm", True),
        ("gif", False),
        ("webp", False),
        ("jpeg", False),
    ],
)
def test_film_formats_are_those_that_hold_no_pictures(name, expected):
    assert is_film_format(name) is expected


@pytest.mark.parametrize(
    ("text", "name"), [("m4v", "mp4"), ("QT", "mov"), (".mkv", "mkv"), ("JPG", "jpeg")]
)
def test_format_is_found_by_its_extension(text, name):
    assert output_format(text) == name


def test_unknown_format_is_refused_with_the_films_that_there_are():
    with pytest.raises(UnknownNameError, match="'mpg'") as caught:
        output_format("mpg")

    assert caught.value.hint == (
        "films are mkv, mov, mp4, webm; sounds aac, flac, m4a, mp3, ogg, opus, wav"
    )


@pytest.mark.parametrize(("name", "crf"), [("h264", 23), ("hevc", 28), ("vp9", 30), ("av1", 35)])
def test_quality_65_is_the_default_rate(name, crf):
    row = video_codecs[name]

    assert row.default_crf == crf
    assert quality_crf(row, 65) == crf


@every_codec
def test_better_quality_never_has_a_worse_rate(row):
    rates = [quality_crf(row, quality) for quality in range(1, 101)]

    assert rates == sorted(rates, reverse=True)
    assert rates[0] == row.max_crf
    assert rates[-1] > 0  # 0 would be exact, in a profile that browsers do not play


@every_codec
def test_rates_of_all_qualities_are_taken_by_the_codec(row):
    for quality in range(1, 101):
        row.check_crf(quality_crf(row, quality))


@given(st.integers(1, 100))
def test_quality_is_on_the_line_between_its_anchors(quality):
    row = video_codecs["h264"]
    below = [anchor for anchor in row.anchors if anchor[0] <= quality][-1]
    above = next(anchor for anchor in row.anchors if anchor[0] >= quality)

    assert above[1] <= quality_crf(row, quality) <= below[1]


def test_quality_between_two_anchors_is_worked_out_by_hand():
    # h264: (65, 23) and (80, 18); 70 lies a third of the way: 23 - 5 / 3 = 21.33
    assert quality_crf(video_codecs["h264"], 70) == 21.3
    # vp9: (65, 30) and (80, 21); 66 is 30 - 9 / 15 = 29.4, and vp9 takes whole numbers
    assert quality_crf(video_codecs["vp9"], 66) == 29


@pytest.mark.parametrize(
    ("name", "crf", "reason"),
    [
        ("h264", 52, "crf of 0 to 51"),
        ("hevc", 51.5, "crf of 0 to 51"),
        ("vp9", 30.5, "whole numbers"),
        ("av1", 35.25, "whole numbers"),
    ],
)
def test_rate_beyond_a_codec_is_refused(name, crf, reason):
    with pytest.raises(SpecError, match=reason):
        video_codecs[name].check_crf(crf)


@every_codec
def test_ten_efforts_have_words(row):
    assert len(row.efforts) == 10
    assert 0 <= row.default_effort <= 9


@every_codec
@pytest.mark.parametrize("effort", range(10))
def test_every_effort_has_arguments(row, effort):
    assert arguments(row.name, crf=row.default_crf, effort=effort)


def test_x264_is_told_its_preset_and_rate():
    assert arguments("h264", crf=23) == {"preset": "medium", "crf": 23}
    assert arguments("h264", crf=22.5, effort=0) == {"preset": "ultrafast", "crf": "22.5"}
    assert arguments("h264", effort=9) == {"preset": "placebo"}


def test_x264_puts_keyframes_only_where_the_plan_wants_them():
    grid = arguments("h264", crf=23, grid=True)

    assert grid["forced-idr"] == 1
    assert grid["x264-params"] == "scenecut=0:open-gop=0:keyint=infinite"


def test_x264_options_are_said_only_when_given():
    options = H264Options(tune="grain", profile="main")

    assert arguments("h264", options=options) == {
        "preset": "medium",
        "tune": "grain",
        "profile": "main",
    }


def test_exact_h264_is_refused_in_a_profile_that_has_none():
    with pytest.raises(SpecError, match="crf 0 is exact"):
        arguments("h264", crf=0, options=H264Options(profile="high"))

    assert arguments("h264", crf=0)["crf"] == 0


def test_x265_is_silent_with_and_without_a_grid():
    assert arguments("hevc", crf=28)["x265-params"] == "log-level=none:info=0"
    assert arguments("hevc", crf=28, grid=True)["x265-params"] == (
        "log-level=none:info=0:scenecut=0:open-gop=0:keyint=-1"
    )
    assert arguments("hevc", options=HevcOptions(tune="grain"))["tune"] == "grain"


def test_vp9_rate_factor_comes_with_no_bit_rate():
    assert arguments("vp9", crf=30) == {
        "deadline": "good",
        "cpu-used": 5,
        "row-mt": 1,
        "crf": 30,
        "b": 0,
    }
    assert "b" not in arguments("vp9")
    assert arguments("vp9", options=Vp9Options(content="screen"))["tune-content"] == "screen"


def test_av1_parameters_are_one_text():
    assert arguments("av1", crf=35) == {"preset": 8, "crf": 35}
    grain = arguments("av1", crf=35, grid=True, options=Av1Options(film_grain=8))
    assert grain["svtav1-params"] == "keyint=-1:scd=0:film-grain=8"


def test_av1_with_a_bit_rate_has_keyframes_of_its_own_only_in_theory():
    # SVT-AV1 4: "The intra period must be > 0 for RateControlMode 1"
    assert arguments("av1", grid=True)["svtav1-params"] == "keyint=100000:scd=0"


@pytest.mark.parametrize(
    ("cls", "name"),
    [(Av1Options, "av1"), (H264Options, "h264"), (HevcOptions, "hevc"), (Vp9Options, "vp9")],
)
def test_options_are_found_by_the_name_of_their_codec(cls, name):
    assert options_of(name) is cls
    assert video_codecs[name].options is cls


def test_options_of_pictures_are_still_found():
    assert options_of("jpg").__name__ == "JpegOptions"
    with pytest.raises(UnsupportedError, match="read only"):
        options_of("bmp")


@pytest.mark.parametrize(
    ("cls", "field", "value"),
    [
        (H264Options, "tune", "films"),
        (H264Options, "profile", "high10"),
        (HevcOptions, "tune", "film"),
        (Vp9Options, "content", "game"),
        (Av1Options, "film_grain", 51),
    ],
)
def test_wrong_value_of_an_option_is_refused(cls, field, value):
    with pytest.raises(SpecError) as caught:
        cls(**{field: value})

    assert caught.value.details["field"] == field


@every_sound
def test_rates_of_sound_rise_and_layouts_count_their_channels(row):
    assert list(row.sample_rates) == sorted(set(row.sample_rates))
    assert row.layouts[:2] == ("mono", "stereo")
    assert row.is_lossless or len(row.bit_rates) == row.max_channels


@every_sound
def test_default_bit_rates_are_within_what_the_encoder_takes(row):
    for channels, rate in enumerate(row.bit_rates, start=1):
        assert row.least_bit_rate <= rate <= row.most_bit_rate * channels


def test_opus_has_the_rate_that_its_time_stamps_count_in():
    assert audio_codecs["opus"].sample_rates == (48_000,)  # RFC 7845 4.2


@pytest.mark.parametrize(
    ("name", "mono", "stereo"),
    [("aac", 64_000, 128_000), ("mp3", 64_000, 128_000), ("opus", 64_000, 96_000)],
)
def test_default_bit_rates_of_speech_and_music(name, mono, stereo):
    assert audio_codecs[name].bit_rates[:2] == (mono, stereo)


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("av1", "svtav1-params", "keyint=-1:scd=0:lossless=1"),
        ("h264", "qp", 0),
        ("hevc", "x265-params", "log-level=none:info=0:lossless=1:scenecut=0:open-gop=0:keyint=-1"),
        ("vp9", "lossless", 1),
    ],
)
def test_exact_is_said_in_the_encoder_s_own_words_and_without_a_factor(name, key, value):
    given = arguments(name, exact=True, grid=True)

    assert video_codecs[name].can_be_lossless
    assert given[key] == value
    assert not {"b", "crf"} & set(given)


def test_exact_vp9_is_never_encoded_at_the_speed_whose_buffer_noise_overflows():
    assert arguments("vp9", exact=True, effort=0)["cpu-used"] == 7
    assert arguments("vp9", crf=30, effort=0)["cpu-used"] == 8


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("h264", H264Options(profile="high"), "is exact, which the profile 'high'"),
        ("av1", Av1Options(film_grain=8), "not exact"),
    ],
)
def test_options_that_lose_something_do_not_go_with_exact_frames(name, options, words):
    with pytest.raises(SpecError, match=words) as caught:
        arguments(name, exact=True, options=options)

    assert caught.value.hint
