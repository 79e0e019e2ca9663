"""Colour, clocks and sound of films: rules that stand alone."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mediaflow.errors import SpecError, UnknownNameError
from mediaflow.formats import JpegOptions
from mediaflow.models.colorinfo import ColorInfo
from mediaflow.models.encoding import Crf
from mediaflow.models.film import AudioTrack, VideoOutput
from mediaflow.models.previews import PreviewOutput
from mediaflow.planning.film_codecs import check_preview, check_video
from mediaflow.planning.film_color import output_color, source_color
from mediaflow.planning.film_geometry import chroma_step
from mediaflow.planning.film_sound import choose_track
from mediaflow.planning.film_times import as_rate, clock_of, rate_of
from tests.film_infos import film_info, film_planned, track, video

BT709, BT601 = (1, 1, 1, False), (6, 6, 6, False)


def meaning(color):
    return color.primaries, color.transfer, color.matrix, color.full_range


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (video(1280, 720), BT709),
        (video(1280, 718), BT601),
        (video(720, 576), BT601),
        (video(406, 720), BT709),
        (video(720, 406, orientation=6), BT709),  # 720 rows once it stands upright
        (video(1920, 1080, color=ColorInfo(primaries=2, transfer=2, matrix=2)), BT709),
        (video(1920, 1080, color=ColorInfo(matrix=6)), BT601),
        (video(640, 360, color=ColorInfo(primaries=1)), BT709),
        (video(720, 576, color=ColorInfo(primaries=5)), (5, 6, 5, False)),
        (video(color=ColorInfo(primaries=9, transfer=16, matrix=9)), (9, 16, 9, False)),
        (video(color=ColorInfo(primaries=9)), (9, 14, 9, False)),
        (video(pixel_format="yuvj420p"), (1, 1, 1, True)),
        (video(color=ColorInfo(full_range=True)), (1, 1, 1, True)),
        (video(pixel_format="gbrp"), (1, 1, 0, True)),
        (video(320, 180, pixel_format="rgb24"), (1, 1, 0, True)),
    ],
)
def test_numbers_mean_what_tags_or_the_one_rule_say(stream, expected):
    assert meaning(source_color(stream)) == expected


def test_tags_are_carried_over():
    source = source_color(video(color=ColorInfo(primaries=9, transfer=18, matrix=9)))

    assert output_color(source) == source


def test_rgb_becomes_bt709_in_the_limited_range():
    assert meaning(output_color(source_color(video(pixel_format="bgr0")))) == BT709


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("yuv420p", (2, 2)),
        ("yuvj420p", (2, 2)),
        ("nv12", (2, 2)),
        ("p010le", (2, 2)),
        ("yuv422p10le", (2, 1)),
        ("yuv440p", (1, 2)),
        ("yuv411p", (4, 1)),
        ("yuv410p", (4, 4)),
        ("yuv444p", (1, 1)),
        ("gbrp", (1, 1)),
        ("gray", (1, 1)),
        (None, (2, 2)),
        ("something", (2, 2)),
    ],
)
def test_chroma_is_told_by_the_name_of_the_layout(name, step):
    assert chroma_step(name) == step


@pytest.mark.parametrize(
    ("fps", "expected"),
    [
        (25, Fraction(25)),
        (29.97, Fraction(30_000, 1_001)),
        (23.976, Fraction(24_000, 1_001)),
        (0.004, Fraction(1, 250)),
        (0.0001, Fraction(1, 10_000)),
        (23.98, Fraction(24_000, 1_001)),
        (59.94, Fraction(60_000, 1_001)),
        (119.88, Fraction(120_000, 1_001)),
        (12.5, Fraction(25, 2)),
        (0.5, Fraction(1, 2)),
        (30.0, Fraction(30)),
        (0.1, Fraction(1, 10)),
    ],
)
def test_rates_are_meant_as_the_trade_writes_them(fps, expected):
    assert as_rate(fps) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"frame_rate_average": Fraction(30_000, 1_001)}, Fraction(30_000, 1_001)),
        ({"frame_rate_average": None, "frame_rate_base": Fraction(50)}, 50),
        ({"frame_rate_average": None}, 25),
        ({"frame_rate_average": Fraction(1_000)}, 240),
        ({"frame_rate_average": Fraction(0)}, 25),
    ],
)
def test_rate_of_a_source_is_known_or_usual(facts, expected):
    assert rate_of(video(**facts)) == expected


@pytest.mark.parametrize(
    ("base", "start", "expected"),
    [
        (Fraction(1, 12_800), Fraction(1, 7), Fraction(1, 12_800)),
        (Fraction(1, 10_000_000), Fraction(0), Fraction(1, 90_000)),
        (Fraction(1, 25), Fraction(0), Fraction(1, 25)),
        (Fraction(1, 25), Fraction(2), Fraction(1, 25)),
        (Fraction(1, 25), Fraction(1, 2), Fraction(1, 90_000)),  # 12.5 ticks
        (Fraction(1, 1_000), Fraction(1, 3), Fraction(1, 1_000)),
    ],
)
def test_clock_holds_every_frame(base, start, expected):
    stream = video(time_base=base)

    assert clock_of(stream, film_info(stream), start) == expected


def test_coarse_clock_is_refined_where_the_picture_starts_late():
    stream = video(time_base=Fraction(1, 25), start_seconds=0.02)

    assert clock_of(stream, film_info(stream, container={"start_seconds": 0.0})) == Fraction(
        1, 90_000
    )


def sound_of(output=None, *tracks):
    plan = film_planned(output or VideoOutput(), film_info(audio=tracks or (track(),)))
    return plan.sounds[0], [notice.code for notice in plan.renditions[0].notices]


def test_stereo_stays_as_it_is():
    step, notices = sound_of()

    assert (step.codec, step.encoder, step.sample_format) == ("aac", "aac", "fltp")
    assert (step.sample_rate, step.channel_layout, step.bit_rate) == (48_000, "stereo", 128_000)
    assert notices == []


def test_mono_stays_mono_and_takes_half():
    step, _ = sound_of(None, track(channels=1, channel_layout="mono"))

    assert (step.channel_layout, step.bit_rate) == ("mono", 64_000)


def test_surround_is_mixed_down_and_told():
    step, notices = sound_of(None, track(channels=6, channel_layout="5.1"))

    assert step.channel_layout == "stereo"
    assert notices == ["channels_mixed_down"]


def test_surround_is_kept_when_asked():
    output = VideoOutput(audio=AudioTrack(channels=6))
    step, notices = sound_of(output, track(channels=6, channel_layout="5.1"))

    assert (step.channel_layout, step.bit_rate) == ("5.1", 384_000)
    assert notices == []


@pytest.mark.parametrize(
    ("format", "rate", "made"),
    [
        ("mp4", 44_100, 44_100),
        ("mp4", 37_800, 44_100),
        ("mp4", 192_000, 96_000),
        ("webm", 44_100, 48_000),
        ("webm", 16_000, 48_000),
        ("webm", 22_050, 48_000),
    ],
)
def test_sample_rate_is_the_next_that_the_codec_takes(format, rate, made):
    step, notices = sound_of(VideoOutput(format), track(sample_rate=rate))

    assert step.sample_rate == made
    assert notices == ([] if rate == made else ["sample_rate_converted"])


def test_exact_sound_keeps_its_bits():
    output = VideoOutput("mkv", audio=AudioTrack(codec="flac"))

    deep, _ = sound_of(output, track(codec="pcm_s24le", bit_depth=24))
    usual, _ = sound_of(output, track())

    assert (deep.sample_format, usual.sample_format) == ("s32", "s16")
    assert deep.bit_rate is None


def test_track_is_the_default_one():
    tracks = [track(index=1, disposition=()), track(index=2)]

    assert choose_track(tracks, AudioTrack())[0].index == 2


def test_track_is_the_first_that_can_be_decoded():
    tracks = [
        track(index=1, codec="unknown", is_decodable=False),
        track(index=2, disposition=()),
        track(index=3, disposition=()),
    ]

    assert choose_track(tracks, AudioTrack())[0].index == 2


def test_track_of_a_language_is_taken():
    tracks = [track(index=1, language="eng"), track(index=2, language="deu", disposition=())]

    assert choose_track(tracks, AudioTrack(language="DEU"))[0].index == 2


def test_language_that_is_not_there_is_told_and_the_default_taken():
    chosen, notices = choose_track([track(language="eng")], AudioTrack(language="fra"))

    assert chosen.language == "eng"
    assert notices[0].code == "audio_absent"


def test_silent_source_is_told_only_when_a_language_was_asked():
    assert choose_track([], AudioTrack()) == (None, ())
    assert choose_track([], AudioTrack(language="eng"))[1][0].code == "audio_absent"


def test_sound_that_nothing_decodes_is_told():
    plan = film_planned(
        VideoOutput(), film_info(audio=[track(codec="unknown", is_decodable=False)])
    )

    assert plan.sounds == ()
    assert plan.renditions[0].sound is None
    assert [notice.code for notice in plan.renditions[0].notices] == [
        "audio_absent",
    ]


def test_same_sound_is_made_once_and_another_part_is_another_sound():
    outputs = [
        VideoOutput(height=720, suffix="a"),
        VideoOutput("mkv", height=360, suffix="b"),
        VideoOutput(start=1, suffix="c"),
        VideoOutput(audio=AudioTrack(bit_rate=96_000), suffix="d"),
        VideoOutput(audio=None, suffix="e"),
    ]
    plan = film_planned(outputs, film_info(audio=[track()]))

    assert [step.sound for step in plan.renditions] == [0, 0, 1, 2, None]
    assert plan.sounds[1].start == 1


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (VideoOutput("webm", audio=AudioTrack(codec="aac")), "webm holds no aac; it holds opus"),
        (VideoOutput("webm", codec="h264"), "webm holds no h264; it holds av1, vp9"),
        (VideoOutput("mov", codec="vp9"), "mov holds no vp9"),
        (VideoOutput("gif"), "gif holds no film"),
        (VideoOutput(rate=Crf(52)), "crf of 0 to 51"),
        (VideoOutput("webm", rate=Crf(30.5)), "whole numbers"),
        (VideoOutput(options=JpegOptions()), "options of jpeg do not fit h264"),
        (VideoOutput(width=20_000, fit="cover", height=20), "takes a width of 2 to 16,384"),
        (VideoOutput(codec="hevc", width=8), "takes a width of 64"),
        (VideoOutput(audio=AudioTrack(channels=7)), "aac holds up to 6 channels"),
        (VideoOutput(audio=AudioTrack(codec="mp3", channels=6)), "mp3 holds up to 2"),
        (VideoOutput("webm", audio=AudioTrack(sample_rate=44_100)), "got 44,100"),
        (VideoOutput(audio=AudioTrack(codec="flac", bit_rate=128_000)), "is exact"),
        (VideoOutput(audio=AudioTrack(codec="mp3", bit_rate=6_000)), "8,000 to"),
    ],
)
def test_what_does_not_go_together_is_refused_without_a_source(output, reason):
    with pytest.raises(SpecError, match=reason):
        check_video(output)


@pytest.mark.parametrize(
    "output", [VideoOutput(codec="h265"), VideoOutput(audio=AudioTrack(codec="acc"))]
)
def test_unknown_codec_is_refused_by_name(output):
    with pytest.raises(UnknownNameError, match="known: "):
        check_video(output)


def test_preview_has_four_formats_and_gif_no_quality():
    with pytest.raises(SpecError, match="it can be avif, gif, mp4, webp"):
        check_preview(PreviewOutput("webm"))
    with pytest.raises(SpecError, match="gif has no quality"):
        check_preview(PreviewOutput("gif", quality=50))
    check_preview(PreviewOutput("webp", quality=50))
    check_preview(PreviewOutput("avif", quality=50))


@pytest.mark.parametrize(("codec", "least"), [("av1", 32), ("hevc", 64)])
def test_films_that_are_too_narrow_for_their_encoder_are_refused(codec, least):
    narrow = film_info(video(least - 2, 200))

    with pytest.raises(SpecError, match=f"{codec}, which takes widths from {least} px on"):
        film_planned([VideoOutput("mp4", codec=codec)], narrow)
    with pytest.raises(SpecError, match=f"{codec} takes a width of {least} to"):
        check_video(VideoOutput("mp4", codec=codec, width=least - 2))

    assert film_planned([VideoOutput("mp4", codec=codec)], film_info(video(least, 200))).renditions
