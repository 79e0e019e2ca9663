"""What is planned of fields, HDR, depth, rates, speeds and fades; nothing is opened."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from mediaflow.errors import LimitExceededError, SpecError
from mediaflow.filters import Sepia
from mediaflow.formats import H264Options, video_codecs
from mediaflow.models.colorinfo import ColorInfo
from mediaflow.models.film import VideoOutput
from mediaflow.models.footage import ToneMap
from mediaflow.models.previews import PreviewOutput, StillOutput
from mediaflow.models.serde import to_dict
from mediaflow.models.streams import Chapter, MasteringDisplay
from mediaflow.planning.film_codecs import check_video
from mediaflow.planning.film_copies import RemuxStep
from mediaflow.planning.frame_steps import DeinterlaceStep, FadeStep
from mediaflow.security.limits import Limits
from tests.film_infos import film_info, film_planned, track, video

BRIGHT = MasteringDisplay(max_luminance=4_000.0, min_luminance=0.005, max_content_light=1_500)
WHOLE = MasteringDisplay(
    max_luminance=1_000.0,
    min_luminance=0.0001,
    chromaticities=(0.708, 0.292, 0.170, 0.797, 0.131, 0.046, 0.3127, 0.3290),
    max_content_light=900,
    max_frame_average_light=300,
)


AVC = video(codec="h264")
WOVEN = video(codec="h264", field_order="top_first")


def hdr(kind="pq", **facts):
    transfer = {"pq": 16, "hlg": 18}[kind]
    given = {
        "codec": "hevc",
        "pixel_format": "yuv420p10le",
        "bit_depth": 10,
        "hdr": kind,
        "color": ColorInfo(primaries=9, transfer=transfer, matrix=9, full_range=False),
    }
    return video(**{**given, **facts})


def only(output, *streams, **words):
    """Return the step of an output; an effort is asked of films, so that they are encoded."""
    if isinstance(output, VideoOutput):
        output = replace(output, effort=5)
    plan = film_planned(output, film_info(*streams, **words))
    return plan.outputs[0]


def copied(output, *streams):
    """Return why an output is encoded, or None where its picture is copied."""
    step = film_planned(output, film_info(*streams)).outputs[0]
    return None if isinstance(step, RemuxStep) else step.reason


def codes(step):
    return [notice.code for notice in step.notices]


@pytest.mark.parametrize("codec", ["h264", "vp9"])
@pytest.mark.parametrize("kind", ["pq", "hlg"])
def test_hdr_becomes_sdr_for_codecs_of_8_bits(codec, kind):
    step = only(VideoOutput(codec=codec), hdr(kind))

    frame = step.video.frame
    assert (frame.tone.transfer, frame.tone.primaries, frame.tone.curve) == (kind, 9, "bt2390")
    assert frame.pixel_format == "yuv420p"
    color = frame.color
    assert (color.primaries, color.transfer, color.matrix, color.full_range) == (1, 1, 1, False)
    assert codes(step) == ["depth_reduced", "tone_mapped"]


@pytest.mark.parametrize("codec", ["hevc", "av1"])
def test_hdr_is_kept_for_codecs_of_10_bits(codec):
    step = only(VideoOutput(codec=codec), hdr())

    frame = step.video.frame
    assert (frame.tone, frame.pixel_format) == (None, "yuv420p10le")
    assert frame.color == frame.source_color
    assert codes(step) == []


@pytest.mark.parametrize(
    ("words", "tone", "pixel_format"),
    [
        ({"codec": "hevc", "dynamic_range": "sdr"}, True, "yuv420p10le"),
        ({"codec": "hevc", "bit_depth": 8}, True, "yuv420p"),
        ({"codec": "hevc", "dynamic_range": "keep"}, False, "yuv420p10le"),
        ({"codec": "h264", "bit_depth": 10}, True, "yuv420p10le"),
        ({"codec": "h264", "bit_depth": 10, "dynamic_range": "keep"}, False, "yuv420p10le"),
    ],
)
def test_what_is_asked_decides(words, tone, pixel_format):
    frame = only(VideoOutput(**words), hdr()).video.frame

    assert (frame.tone is not None, frame.pixel_format) == (tone, pixel_format)


def test_filters_are_made_for_sdr_of_8_bits():
    sepia = (Sepia(0.5),)

    auto = only(VideoOutput(codec="hevc", filters=sepia), hdr())
    kept = only(VideoOutput(codec="hevc", filters=sepia, dynamic_range="keep"), hdr())
    deep = only(VideoOutput(codec="av1", filters=sepia), video(bit_depth=10))

    assert (auto.video.frame.tone is None, codes(auto)) == (False, ["depth_reduced", "tone_mapped"])
    assert (kept.video.frame.tone, codes(kept)) == (None, ["depth_reduced"])
    assert (deep.video.frame.pixel_format, codes(deep)) == ("yuv420p", ["depth_reduced"])


@pytest.mark.parametrize(
    ("words", "pixel_format", "notices"),
    [
        ({"codec": "h264"}, "yuv420p", ["depth_reduced"]),
        ({"codec": "av1"}, "yuv420p10le", []),
        ({"codec": "hevc", "bit_depth": 8}, "yuv420p", ["depth_reduced"]),
        ({"codec": "h264", "bit_depth": 10}, "yuv420p10le", ["rarely_played"]),
    ],
)
def test_ten_bits_are_kept_where_players_take_them(words, pixel_format, notices):
    source = video(bit_depth=10, pixel_format="yuv420p10le")

    step = only(VideoOutput(**words), source)

    assert (step.video.frame.pixel_format, codes(step)) == (pixel_format, notices)


def test_twelve_bits_become_ten():
    step = only(VideoOutput(codec="hevc"), video(bit_depth=12, pixel_format="yuv420p12le"))

    assert step.notices[0].message == "12 bits a sample become 10"


@pytest.mark.parametrize(
    ("words", "source", "reason"),
    [
        ({"codec": "hevc"}, hdr(), None),
        ({"codec": "hevc", "dynamic_range": "keep"}, hdr(), None),
        ({"codec": "hevc", "dynamic_range": "sdr"}, hdr(), "PQ becomes SDR"),
        ({}, hdr("hlg", codec="h264"), "HLG becomes SDR"),
        ({"codec": "hevc", "bit_depth": 10}, video(codec="hevc"), "8 bits a sample become 10"),
        ({"bit_depth": 8}, AVC, None),
        ({"speed": 2}, AVC, "speed is asked"),
        ({"fade_out": 1}, AVC, "a fade is asked"),
        ({"deinterlace": "always"}, AVC, "it is interlaced"),
        ({}, WOVEN, "it is interlaced"),
        ({"deinterlace": "never"}, WOVEN, None),
        ({"max_fps": 30}, AVC, None),
        ({"max_fps": 24}, AVC, "25 frames a second are more than 24"),
    ],
)
def test_footage_is_copied_unless_something_must_change(words, source, reason):
    assert copied(VideoOutput(**words), source) == reason


@pytest.mark.parametrize(
    "words",
    [
        {"speed": 2},
        {"fade_in": 1},
        {"max_fps": 30},
        {"bit_depth": 8},
        {"deinterlace": "always"},
        {"dynamic_range": "sdr"},
    ],
)
def test_a_copy_that_was_asked_for_refuses_changes(words):
    with pytest.raises(SpecError) as caught:
        check_video(VideoOutput(codec="copy", **words))

    assert caught.value.details["field"] == next(iter(words))


def test_sound_is_encoded_for_another_speed_and_chapters_follow_it():
    container = {"chapters": (Chapter(start_seconds=2, end_seconds=10, title="two"),)}

    plan = film_planned(
        VideoOutput(speed=2), film_info(audio=[track(codec="aac")], container=container)
    )

    assert plan.sounds[0].reason == "speed is asked"
    chapter = plan.renditions[0].carried.chapters[0]
    assert (chapter.start_seconds, chapter.end_seconds) == (1, 5)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"format": "webm", "dynamic_range": "keep"}, "dynamic_range"),
        ({"codec": "h264", "dynamic_range": "keep"}, "dynamic_range"),
        ({"format": "webm", "bit_depth": 10}, "bit_depth"),
        ({"bit_depth": 10, "options": H264Options(profile="high")}, "profile"),
    ],
)
def test_bits_that_a_codec_does_not_have_are_refused_without_a_source(words, field):
    with pytest.raises(SpecError) as caught:
        check_video(VideoOutput(**words))

    assert caught.value.details["field"] == field


@pytest.mark.parametrize(
    ("kind", "mastering", "asked", "peak"),
    [
        ("pq", None, None, 1_000),
        ("pq", BRIGHT, None, 1_500),
        ("pq", MasteringDisplay(max_luminance=600.0, max_content_light=9_000), None, 600),
        ("pq", MasteringDisplay(max_content_light=20), None, 203),
        ("pq", BRIGHT, 800, 800),
        ("hlg", BRIGHT, None, 1_000),
    ],
)
def test_the_peak_is_what_is_asked_then_what_the_source_says(kind, mastering, asked, peak):
    wanted = VideoOutput(tone_map=ToneMap(peak_nits=asked))

    assert only(wanted, hdr(kind, mastering=mastering)).video.frame.tone.peak_nits == peak


@pytest.mark.parametrize("output", [StillOutput(), PreviewOutput("gif"), PreviewOutput("mp4")])
def test_pictures_and_previews_are_always_sdr(output):
    output_step = only(output, hdr())

    frame = output_step.frame if isinstance(output, StillOutput) else output_step.video.frame
    assert frame.tone is not None
    assert codes(output_step) == ["depth_reduced", "tone_mapped"]


def test_a_callers_curve_cannot_leave_the_process():
    plan = film_planned(VideoOutput(tone_map=ToneMap(lambda nits: nits / 203)), film_info(hdr()))

    with pytest.raises(SpecError, match="function cannot travel"):
        to_dict(plan)


def test_what_is_said_of_the_display_is_handed_to_the_encoder():
    hevc = dict(only(VideoOutput(codec="hevc"), hdr(mastering=WHOLE)).video.arguments)
    av1 = dict(only(VideoOutput(codec="av1"), hdr(mastering=WHOLE)).video.arguments)

    assert hevc["x265-params"].endswith(
        ":master-display=G(8500,39850)B(6550,2300)R(35400,14600)WP(15635,16450)L(10000000,1)"
        ":max-cll=900,300"
    )
    assert av1["svtav1-params"].endswith(
        ":mastering-display=G(0.17000,0.79700)B(0.13100,0.04600)R(0.70800,0.29200)"
        "WP(0.31270,0.32900)L(1000.0000,0.0001):content-light=900,300"
    )


def test_half_of_what_is_said_of_the_display_is_left_out_and_told():
    step = only(VideoOutput(codec="hevc"), hdr(mastering=BRIGHT))

    assert codes(step) == ["mastering_dropped"]
    assert "master-display" not in str(step.video.arguments)
    assert "max-cll=1500,0" in str(step.video.arguments)


def test_what_becomes_sdr_says_nothing_of_a_display():
    step = only(VideoOutput(codec="hevc", dynamic_range="sdr"), hdr(mastering=WHOLE))

    assert "master-display" not in str(step.video.arguments)


@pytest.mark.parametrize(
    ("wish", "order", "parity"),
    [
        ("auto", "top_first", "tff"),
        ("auto", "bottom_first", "bff"),
        ("auto", "progressive", None),
        ("auto", None, None),
        ("always", None, "auto"),
        ("always", "progressive", "auto"),
        ("always", "bottom_first", "bff"),
        ("never", "top_first", None),
    ],
)
def test_fields_are_made_whole_where_the_stream_has_them(wish, order, parity):
    step = only(VideoOutput(deinterlace=wish), video(field_order=order))

    expected = None if parity is None else DeinterlaceStep(filter="bwdif", parity=parity)
    assert step.video.frame.deinterlace == expected
    assert ("deinterlaced" in codes(step)) == (parity is not None)


def test_a_still_is_made_whole_from_one_field():
    frame = only(StillOutput(), video(field_order="top_first")).frame

    assert frame.deinterlace == DeinterlaceStep(filter="estdif", parity="tff")


@pytest.mark.parametrize(
    ("rate", "words", "fps", "told"),
    [
        (Fraction(120), {"max_fps": 60}, 60, 60),
        (Fraction(30), {"max_fps": 60}, None, 30),
        (Fraction(30_003, 1_000), {"max_fps": 30}, None, Fraction(30_003, 1_000)),
        (Fraction(30), {"max_fps": 29.97}, None, 30),
        (Fraction(60), {"max_fps": 29.97}, Fraction(30_000, 1_001), Fraction(30_000, 1_001)),
        (Fraction(60), {"max_fps": 60, "speed": 2}, 60, 60),
        (Fraction(240), {"speed": 4}, None, 240),
        (Fraction(25), {"speed": 0.5}, None, Fraction(25, 2)),
        (Fraction(25), {"speed": 0.5, "fps": 25}, 25, 25),
    ],
)
def test_rates(rate, words, fps, told):
    step = only(VideoOutput(**words), video(frame_rate_average=rate)).video

    assert (step.fps, step.frame_rate) == (fps, told)


def test_more_frames_than_allowed_are_refused_in_the_plan():
    limits = Limits(max_film_frames=1_000)

    film_planned(VideoOutput(fps=100), limits=limits)  # ten seconds
    film_planned(VideoOutput(fps=200, end=5), limits=limits)
    film_planned(VideoOutput(fps=200, speed=2), limits=limits)
    with pytest.raises(LimitExceededError, match=r"1,010 film frames; the limit is 1,000"):
        film_planned(VideoOutput(fps=101), limits=limits)


def test_speed_divides_the_length_and_parts_the_sounds():
    outputs = [
        VideoOutput(name="a"),
        VideoOutput(speed=2, name="b"),
        VideoOutput(speed=2, height=360, name="c"),
        VideoOutput(fade_in=1, name="d"),
    ]

    plan = film_planned(outputs, film_info(audio=[track()]))

    assert [step.duration_seconds for step in plan.renditions] == [10, 5, 5, 10]
    assert [step.sound for step in plan.renditions] == [0, 1, 1, 2]
    assert [sound.speed for sound in plan.sounds] == [1, 2, 1]


def test_fades_end_with_the_output():
    step = only(VideoOutput(start=2, speed=2, fade_in=0.5, fade_out=1))

    assert step.video.fade == FadeStep(
        fade_in=Fraction(1, 2), fade_out=Fraction(1), end=Fraction(4)
    )


@pytest.mark.parametrize(
    ("time", "level"), [(0, 0), (0.25, 0.5), (0.5, 1), (3, 1), (3.25, 0.75), (4, 0), (5, 0)]
)
def test_fades_are_even(time, level):
    fade = FadeStep(fade_in=Fraction(1, 2), fade_out=Fraction(1), end=Fraction(4))

    assert fade.level(Fraction(str(time))) == Fraction(str(level))


def test_fades_that_do_not_fit_or_have_no_end_are_refused():
    with pytest.raises(SpecError, match=r"fades of 6 and 5 s do not fit into 10 s"):
        film_planned(VideoOutput(fade_in=6, fade_out=5))
    with pytest.raises(SpecError, match="length"):
        film_planned(VideoOutput(fade_out=1), film_info(seconds=None))


def test_plans_say_what_is_done():
    words = VideoOutput(speed=2, fade_in=0.5, fade_out=1, tone_map=ToneMap("hable"))

    lines = "\n".join(
        film_planned(words, film_info(hdr(field_order="top_first"), audio=[track()])).lines()
    )

    assert "whole frames by bwdif (tff), bicubic" not in lines  # it is not scaled
    assert "whole frames by bwdif (tff), as they are" in lines
    assert "PQ of 1,000 cd/m² → SDR by Hable" in lines
    assert "2 × as fast, up over 0.5 s, down over 1 s" in lines
    assert "48,000 Hz, 2 × as fast, up over 0.5 s, down over 1 s, for" in lines


def test_codecs_of_8_bits_say_so():
    with pytest.raises(SpecError, match="vp9 is written with 8 bits a sample here, got 10"):
        video_codecs["vp9"].pixel_format_of(10)
