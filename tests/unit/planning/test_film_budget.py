"""What a limit of bytes leaves for picture and sound, by arithmetic."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mediaflow.errors import SpecError
from mediaflow.models.encoding import Bitrate, MaxBytes
from mediaflow.models.film import AudioTrack, VideoOutput
from mediaflow.planning import SourceName, plan_film
from mediaflow.security.limits import Limits
from tests.film_infos import film_info, track, video
from tests.infos import CAPABILITIES

ALL = ("av1", "h264", "hevc", "vp9")
SMALL = video(320, 180)


def planned(outputs, info, two_pass=ALL):
    return plan_film(
        outputs if isinstance(outputs, list) else [outputs],
        info,
        template="{name}.{ext}",
        source_name=SourceName(stem="film"),
        capabilities=replace(CAPABILITIES, two_pass_codecs=two_pass),
        limits=Limits(),
    )


def only(output, info=None, two_pass=ALL):
    return planned(output, info or film_info(SMALL), two_pass).renditions[0]


def codes(step):
    return [notice.code for notice in step.notices]


def test_picture_gets_what_container_and_margin_leave():
    step = only(VideoOutput(rate=MaxBytes(500_000)))

    # 10 s at 25 frames a second in mp4: 2,000 bytes and 12 for each of 251 packets, 800 of x264
    beside = 2_000 + 800 + 251 * 12
    assert step.budget.beside_bytes == beside
    assert step.video.bit_rate == int((500_000 - beside) * Fraction(97, 100) * 8 / 10)
    assert (step.budget.max_bytes, step.budget.least_bytes) == (500_000, 400_000)
    assert "crf" not in dict(step.video.arguments)


def test_one_pass_leaves_more_of_it_free():
    step = only(VideoOutput(rate=MaxBytes(500_000)), two_pass=())

    assert (step.budget.passes, step.budget.statistics_option) == (1, None)
    assert step.video.bit_rate == int((500_000 - 5_812) * Fraction(9, 10) * 8 / 10)


def test_a_part_is_planned_by_its_own_length():
    whole = only(VideoOutput(rate=MaxBytes(200_000)))
    part = only(VideoOutput(rate=MaxBytes(200_000), start=2, end=7))

    assert part.video.bit_rate > 2 * whole.video.bit_rate * 0.99


@pytest.mark.parametrize(
    ("max_bytes", "expected", "told"),
    [
        (2_000_000, 128_000, []),
        # 10.1 s of 128 kbit/s are 161,600 bytes, a fifth of 808,000; the container takes 11,872:
        # 2,800 and 12 for each of 251 frames and 505 packets of sound
        (819_872, 128_000, []),
        (819_871, 96_000, ["audio_rate_lowered"]),
        (617_872, 96_000, ["audio_rate_lowered"]),
        (415_872, 64_000, ["audio_rate_lowered"]),
        (314_872, 48_000, ["audio_rate_lowered"]),
        (213_872, 32_000, ["audio_rate_lowered"]),
        (100_000, 32_000, ["audio_rate_lowered"]),  # never less than a quarter
    ],
)
def test_sound_gives_up_bits_before_the_picture_starves(max_bytes, expected, told):
    plan = planned(VideoOutput(rate=MaxBytes(max_bytes)), film_info(SMALL, audio=[track()]))

    assert plan.sounds[0].bit_rate == expected
    assert codes(plan.renditions[0]) == told


@pytest.mark.parametrize("max_bytes", [67_500, 88_500, 120_000])
def test_sound_has_the_same_bits_however_the_rate_was_asked_for(max_bytes):
    fast = film_info(video(320, 180, frame_rate_average=Fraction(50)), audio=[track()], seconds=2.0)

    capped, constant = (
        planned([VideoOutput("mp4", rate=MaxBytes(max_bytes), **words)], fast).sounds
        for words in ({"max_fps": 10}, {"fps": 10})
    )

    assert capped == constant


def test_sound_that_was_asked_for_stays():
    wanted = VideoOutput(rate=MaxBytes(250_000), audio=AudioTrack(bit_rate=96_000))
    plan = planned(wanted, film_info(SMALL, audio=[track()]))

    assert plan.sounds[0].bit_rate == 96_000
    assert codes(plan.renditions[0]) == []


def test_sound_that_could_be_copied_is_encoded_to_have_the_bits_that_are_left():
    wanted = VideoOutput(rate=MaxBytes(250_000))
    plan = planned(wanted, film_info(SMALL, audio=[track(codec="aac", bit_rate=320_000)]))

    assert plan.sounds[0].bit_rate == 32_000
    assert plan.sounds[0].reason == "the bytes of the file are limited"


@pytest.mark.parametrize(("told", "bits"), [(96_000, 96_000), (None, 192_000)])
def test_copied_sound_is_counted_as_its_header_tells(told, bits):
    wanted = VideoOutput(rate=MaxBytes(500_000), audio="copy")
    step = planned(wanted, film_info(SMALL, audio=[track(bit_rate=told)])).renditions[0]

    # 10.1 s of it, beside 2,800 bytes and 12 for each of 251 frames and 505 packets of sound
    assert step.budget.beside_bytes == bits * 10.1 / 8 + 2_800 + 12 * 756
    assert step.sound is None


def test_exact_sound_is_counted_as_if_it_were_not_compressed():
    wanted = VideoOutput("mkv", rate=MaxBytes(3_000_000), audio=AudioTrack("flac"))
    step = planned(wanted, film_info(SMALL, audio=[track()])).renditions[0]

    # 10.1 s of 48,000 samples of two channels of 16 bits are 1,939,200 bytes
    assert 1_939_200 < step.budget.beside_bytes < 1_950_000


def test_outputs_with_other_limits_have_sounds_of_their_own():
    outputs = [
        VideoOutput(rate=MaxBytes(250_000), name="thin"),
        VideoOutput(rate=Bitrate(500_000), name="free"),
    ]
    plan = planned(outputs, film_info(SMALL, audio=[track()]))

    assert [sound.bit_rate for sound in plan.sounds] == [32_000, 128_000]
    assert [step.sound for step in plan.renditions] == [0, 1]
    assert plan.renditions[1].budget is None


def test_more_bits_than_anybody_sees_are_not_spent():
    step = only(VideoOutput(rate=MaxBytes(1_000_000_000)))

    assert step.video.bit_rate == 320 * 180 * 25 * 2
    assert step.budget.least_bytes == 0


@pytest.mark.parametrize("format", ["mkv", "mp4"])
def test_too_few_bytes_are_refused_with_the_smallest_size_that_works(format):
    info = film_info(audio=[track()])
    with pytest.raises(SpecError, match=r"20,000 bytes are too few for 1920×1080 px") as caught:
        planned(VideoOutput(format, rate=MaxBytes(20_000)), info)

    smallest = caught.value.details["smallest_bytes"]
    assert f"the smallest size that makes sense is {smallest:,} bytes" in caught.value.hint
    planned(VideoOutput(format, rate=MaxBytes(smallest)), info)
    with pytest.raises(SpecError, match="too few"):
        planned(VideoOutput(format, rate=MaxBytes(smallest - 100)), info)


def test_size_stays_and_the_notice_names_a_height_that_looks_better():
    step = only(VideoOutput(rate=MaxBytes(300_000)), film_info())

    assert (step.size.width, step.size.height) == (1920, 1080)
    assert codes(step) == ["low_quality"]
    # √(228,000 / (0.02 × 1920 × 1080 × 25)) of 1080 rows are 505
    assert "height=480 would look better" in step.notices[0].message


def test_length_must_be_known():
    with pytest.raises(SpecError, match="needs the source's length") as caught:
        only(VideoOutput(rate=MaxBytes(500_000)), film_info(SMALL, seconds=None))

    assert "end=60" in caught.value.hint
    known = only(VideoOutput(rate=MaxBytes(500_000), end=5), film_info(SMALL, seconds=None))
    assert known.budget.max_bytes == 500_000


def test_film_of_one_frame_that_claims_no_length_is_as_long_as_a_frame():
    step = only(VideoOutput(rate=MaxBytes(3_200)), film_info(SMALL, seconds=0.0))

    assert step.video.bit_rate == int((3_200 - 2_000 - 800 - 24) * Fraction(97, 100) * 8 * 25)


@pytest.mark.parametrize(
    ("codec", "effort", "passes", "option"),
    [
        ("av1", 0, 2, None),
        ("h264", 0, 2, "stats"),
        ("hevc", 0, 2, "x265-stats"),
        ("vp9", 3, 1, None),  # libvpx has no second pass in real time
        ("vp9", 4, 2, None),
    ],
)
def test_encoders_that_can_look_at_all_frames_first_do(codec, effort, passes, option):
    step = only(VideoOutput(codec=codec, effort=effort, rate=MaxBytes(500_000)))

    assert (step.budget.passes, step.budget.statistics_option) == (passes, option)
    assert dict(step.budget.quality_arguments)["crf"] == step.budget.worst_crf


@pytest.mark.parametrize(
    ("two_pass", "words"),
    [(ALL, "two passes, the second until it fits"), ((), "one pass, repeated until it fits")],
)
def test_plan_says_the_limit_and_the_way(two_pass, words):
    plan = planned(VideoOutput(rate=MaxBytes(500_000)), film_info(SMALL), two_pass)

    assert (
        "  size: at most 500,000 bytes, about 5,812 of them for sound and container; "
        f"{words}, 6 times at most"
    ) in plan.lines()


def test_two_passes_take_about_twice_as_long():
    one = planned(VideoOutput(rate=MaxBytes(500_000)), film_info(SMALL), ())
    two = planned(VideoOutput(rate=MaxBytes(500_000)), film_info(SMALL))

    assert two.estimated_seconds == pytest.approx(2 * one.estimated_seconds, rel=0.01)


@given(
    max_bytes=st.integers(1_000, 50_000_000),
    seconds=st.floats(0.04, 5_000),
    size=st.tuples(st.integers(64, 2_000), st.integers(64, 2_000)),
    channels=st.integers(0, 6),
    format=st.sampled_from(["mkv", "mov", "mp4", "webm"]),
)
def test_what_is_planned_stays_below_the_limit(max_bytes, seconds, size, channels, format):
    tracks = [track(channels=channels)] if channels else []
    info = film_info(video(*size), audio=tracks, seconds=seconds)
    try:
        plan = planned(VideoOutput(format, rate=MaxBytes(max_bytes)), info)
    except SpecError as exc:
        smallest = exc.details["smallest_bytes"]
        assume(smallest < 1 << 50)
        plan = planned(VideoOutput(format, rate=MaxBytes(smallest)), info)
    step = plan.renditions[0]

    picture = step.video.bit_rate * Fraction(str(seconds)) / 8
    assert step.budget.beside_bytes + picture <= step.budget.max_bytes
