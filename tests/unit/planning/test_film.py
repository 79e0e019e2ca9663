"""A film's plan: what becomes of frames, codecs, times and rungs."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from mediaflow import recipes
from mediaflow.errors import (
    LimitExceededError,
    SpecError,
    TruncatedMediaError,
    UnidentifiedMediaError,
    UnsupportedError,
)
from mediaflow.filters import Sepia
from mediaflow.formats import video_codecs
from mediaflow.geometry import Box, FocalPoint, Point, Size
from mediaflow.models.colorinfo import ColorInfo
from mediaflow.models.encoding import Bitrate, Crf, Lossless, Quality
from mediaflow.models.film import VideoOutput
from mediaflow.models.previews import PreviewOutput, StillOutput
from mediaflow.models.streams import OtherStream
from mediaflow.security.limits import Limits
from tests.film_infos import film_info, film_planned, track, video

UNNAMED = ("fflags", "+bitexact")
"""Leaves the name of the program out of the file."""


def box(*edges):
    return Box(*map(Fraction, edges))


def codes(step):
    return [notice.code for notice in step.notices]


def only(output, info=None, **words):
    plan = film_planned(output, info, **words)
    return (*plan.renditions, *plan.stills)[0]


def test_plain_film_keeps_its_size_and_its_times():
    step = only(VideoOutput(), film_info(audio=[track()]))

    assert step.size == Size(1920, 1080)
    assert (step.muxer, step.muxer_options) == ("mp4", (("movflags", "+faststart"), UNNAMED))
    assert (step.video.codec, step.video.encoder) == ("h264", "libx264")
    assert dict(step.video.arguments)["crf"] == 23
    assert step.video.fps is None
    assert step.video.time_base == Fraction(1, 12_800)
    assert step.video.frame_rate == 25
    assert step.video.keyframe_seconds == 2
    assert (step.sound, step.start, step.end) == (0, 0, None)
    assert step.duration_seconds == 10.0
    assert step.crop is None
    assert step.video.frame.crop is None
    assert step.notices == ()


def test_faststart_can_be_left_out_and_is_only_said_where_there_is_an_index():
    assert only(VideoOutput(faststart=False)).muxer_options == (UNNAMED,)
    assert only(VideoOutput("mkv")).muxer_options == (UNNAMED,)
    assert only(VideoOutput("mov")).muxer_options == (("movflags", "+faststart"), UNNAMED)


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (VideoOutput(rate=Crf(18)), 18),
        (VideoOutput(rate=Crf(18.5)), "18.5"),
        (VideoOutput(quality=65), 23),
        (VideoOutput(rate=Quality(80)), 18),
        (VideoOutput("webm"), 30),
        (VideoOutput("mp4", codec="av1"), 35),
        (VideoOutput("mp4", codec="hevc"), 28),
    ],
)
def test_rate_is_what_was_asked_or_the_codec_s_own(output, expected):
    assert dict(only(output).video.arguments)["crf"] == expected


def test_bit_rate_takes_the_place_of_the_factor():
    video_step = only(VideoOutput(rate=Bitrate(800_000))).video

    assert video_step.bit_rate == 800_000
    assert "crf" not in dict(video_step.arguments)


def test_exact_film_has_neither_factor_nor_bit_rate_and_the_plan_says_exact():
    plan = film_planned(VideoOutput(rate=Lossless()))
    video_step = plan.renditions[0].video

    assert (video_step.exact, video_step.bit_rate) == (True, None)
    assert "crf" not in dict(video_step.arguments)
    assert "H264 (preset medium, exact) in mp4" in str(plan)


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        ("yuv420p", []),
        ("yuvj420p", []),
        ("nv12", []),
        (None, []),
        ("yuv444p", ["not_exact"]),
        ("yuv420p10le", ["depth_reduced", "not_exact"]),
        ("gbrp", ["not_exact"]),
    ],
)
def test_exact_film_of_other_samples_than_are_written_is_told(layout, expected):
    source = film_info(video(pixel_format=layout, bit_depth=10 if "10" in str(layout) else 8))

    assert codes(only(VideoOutput(rate=Lossless()), source)) == expected


def test_codec_that_cannot_be_exact_is_refused_with_those_that_can(monkeypatch):
    row = replace(video_codecs["h264"], can_be_lossless=False)
    monkeypatch.setitem(video_codecs._loaded, "h264", row)

    with pytest.raises(UnsupportedError, match="h264 cannot be lossless") as caught:
        only(VideoOutput(rate=Lossless()))

    assert caught.value.hint == "lossless codecs: av1, hevc, vp9"


def test_hevc_is_tagged_for_apple_in_mp4_alone():
    assert only(VideoOutput("mp4", codec="hevc")).video.codec_tag == "hvc1"
    assert only(VideoOutput("mkv", codec="hevc")).video.codec_tag is None


def test_turned_source_is_scaled_as_stored_and_turned_last():
    frame = only(VideoOutput(height=1280), film_info(video(orientation=6))).video.frame

    assert frame.content == Size(1280, 720)
    assert frame.orientation == 6
    assert frame.canvas == Size(720, 1280)


def test_turn_that_is_asked_joins_the_one_that_is_stored():
    frame = only(VideoOutput(rotate=90), film_info(video(orientation=6))).video.frame

    assert frame.orientation == 3
    assert frame.canvas == Size(1920, 1080)


def test_mirrored_source_stands_upright():
    assert only(VideoOutput(), film_info(video(orientation=5))).video.frame.orientation == 5


def test_px_that_are_not_square_become_so():
    source = video(1440, 1080, sample_aspect_ratio=Fraction(4, 3))
    frame = only(VideoOutput(height=540), film_info(source)).video.frame

    assert frame.content == Size(960, 540)


def test_crop_is_mapped_to_the_stored_frame():
    # a cut of the upper left 480×320 of the upright 1080×1920 lies lower left in the stored frame
    wanted = VideoOutput(crop=box(0, 0, 480, 320))
    step = only(wanted, film_info(video(orientation=6)))

    assert step.crop == box(0, 0, 480, 320)
    assert step.video.frame.crop == box(0, 600, 320, 1080)
    assert step.size == Size(480, 320)


def test_crop_is_in_square_px():
    source = video(1440, 1080, sample_aspect_ratio=Fraction(4, 3))
    step = only(VideoOutput(crop=box(480, 0, 1440, 1080)), film_info(source))

    assert step.video.frame.crop == box(360, 0, 1080, 1080)
    assert step.size == Size(960, 1080)


def test_crop_is_taken_before_the_turn():
    step = only(VideoOutput(crop=box(0, 0, 400, 200), rotate=90))

    assert step.video.frame.crop == box(0, 0, 400, 200)
    assert step.size == Size(200, 400)


def test_crop_beyond_the_source_is_refused():
    with pytest.raises(SpecError, match="crop reaches to"):
        only(VideoOutput(crop=box(0, 0, 2000, 100)))


def test_cover_keeps_what_gravity_says_on_even_edges():
    left = only(VideoOutput(width=405, height=720, fit="cover", gravity="west")).video.frame
    point = only(
        VideoOutput(width=404, height=720, fit="cover", gravity=FocalPoint(1.0, 0.5))
    ).video.frame

    assert left.crop.left == 0
    assert left.canvas == Size(406, 720)
    assert point.crop == box(1314, 0, 1920, 1080)


def test_contain_pads_with_the_background():
    frame = only(VideoOutput(width=640, height=640, fit="contain", background="navy")).video.frame

    assert (frame.content, frame.canvas) == (Size(640, 360), Size(640, 640))
    assert (frame.offset, frame.background) == (Point(0, 140), "navy")


@pytest.mark.parametrize(
    ("output", "size", "told"),
    [
        (VideoOutput(width=853), Size(852, 480), ["size_rounded"]),
        (VideoOutput(height=301), Size(534, 300), ["size_rounded"]),
        (VideoOutput(width=1000), Size(1000, 562), []),
    ],
)
def test_side_that_was_asked_and_is_odd_is_told(output, size, told):
    step = only(output)

    assert step.size == size
    assert codes(step) == told


def test_odd_source_is_made_even_and_told():
    step = only(VideoOutput(), film_info(video(35, 17)))

    assert step.size == Size(34, 16)
    assert step.notices[0].message == (
        "width 34 in place of 35 px, height 16 in place of 17 px: the codec wants even sides"
    )


def test_one_px_becomes_the_smallest_that_chroma_allows():
    assert only(VideoOutput(), film_info(video(1, 1))).size == Size(2, 2)


def test_size_below_what_the_encoder_takes_is_refused():
    with pytest.raises(SpecError, match="8×8 px do not fit hevc"):
        only(VideoOutput(codec="hevc"), film_info(video(8, 8)))


def test_bit_rate_of_av1_needs_a_larger_picture_than_its_rate_factor():
    info = film_info(video(640, 62))

    assert only(VideoOutput(codec="av1"), info).size == Size(640, 62)
    with pytest.raises(SpecError, match=r"640×62 px do not fit av1 with a bit rate, .* 64 to"):
        only(VideoOutput(codec="av1", rate=Bitrate(60_000)), info)


def test_nothing_is_enlarged_unless_asked():
    assert only(VideoOutput(width=3840)).size == Size(1920, 1080)
    assert only(VideoOutput(width=3840, upscale=True)).size == Size(3840, 2160)


def test_filters_and_their_order_are_the_frame_s():
    assert only(VideoOutput(filters=(Sepia(0.4),))).video.frame.filters == (Sepia(0.4),)


def test_constant_rate_has_its_own_clock():
    step = only(VideoOutput(fps=29.97)).video

    assert step.fps == step.frame_rate == Fraction(30_000, 1_001)
    assert step.time_base == Fraction(1_001, 30_000)


def test_window_is_kept_exactly():
    step = only(VideoOutput(start=0.1, end=0.3))

    assert (step.start, step.end) == (Fraction(1, 10), Fraction(3, 10))
    assert step.duration_seconds == 0.2


def test_end_beyond_the_end_is_the_end():
    step = only(VideoOutput(start=4, end=99))

    assert (step.end, step.duration_seconds) == (None, 6.0)


@pytest.mark.parametrize("make", [VideoOutput, lambda start: PreviewOutput("gif", start=start)])
def test_start_beyond_the_end_is_refused(make):
    with pytest.raises(SpecError, match=r"start 10 s is beyond the source's end at 10 s"):
        only(make(start=10))


def test_length_that_nobody_knows_is_not_guessed():
    step = only(VideoOutput(start=99), film_info(seconds=None))

    assert (step.start, step.duration_seconds) == (99, None)


def test_first_stream_that_can_be_decoded_is_taken():
    info = film_info(video(index=0, codec="unknown", is_decodable=False), video(640, 360, index=2))
    plan = film_planned(VideoOutput(), info)

    assert plan.stream == 2
    assert plan.renditions[0].size == Size(640, 360)


def test_default_stream_is_preferred():
    info = film_info(video(index=0, disposition=()), video(640, 360, index=3))

    assert film_planned(VideoOutput(), info).stream == 3


def test_codec_that_nothing_decodes_is_refused_by_name():
    with pytest.raises(UnsupportedError, match=r"cannot be decoded here \(prores\)"):
        only(VideoOutput(), film_info(video(codec="prores", is_decodable=False)))


def test_streams_that_are_left_out_are_told_in_one_notice():
    info = film_info(
        audio=[track(), track(index=2, disposition=())],
        others=(
            OtherStream(index=3, kind="subtitle", codec="hdmv_pgs_subtitle"),
            OtherStream(index=4, kind="data", codec="unknown"),
            OtherStream(index=5, kind="attached_picture", codec="gif"),
        ),
    )

    notices = only(VideoOutput(), info).notices

    assert [(notice.code, notice.message) for notice in notices] == [
        (
            "streams_dropped",
            "left out: 1 sound track, 1 attached picture, 1 data stream, 1 subtitle track",
        )
    ]


def test_deep_and_transparent_sources_tell_what_they_lose():
    source = video(
        bit_depth=10,
        pixel_format="yuva420p10le",
        has_alpha=True,
        hdr="pq",
        color=ColorInfo(primaries=9, transfer=16, matrix=9, full_range=False),
    )

    lost = ["alpha_flattened", "depth_reduced", "tone_mapped"]
    assert codes(only(VideoOutput(), film_info(source))) == lost
    assert codes(only(StillOutput(0), film_info(source))) == lost
    assert "alpha_flattened" not in codes(only(PreviewOutput("webp"), film_info(source)))


def test_low_quality_of_the_short_form_is_told():
    assert codes(only(VideoOutput(quality=39))) == ["low_quality"]
    assert codes(only(VideoOutput(quality=40))) == []
    assert codes(only(VideoOutput(rate=Quality(39)))) == []


def test_cut_off_source_is_refused_unless_what_is_left_is_wanted():
    info = film_info(container={"is_truncated": True})

    with pytest.raises(TruncatedMediaError):
        film_planned(VideoOutput(), info)
    plan = film_planned(VideoOutput(), info, fail_on="none")
    assert codes(plan.renditions[0]) == ["source_salvaged"]
    assert plan.fail_on == "none"


def test_still_of_a_cut_off_source_is_planned():
    assert only(StillOutput(1), film_info(container={"is_truncated": True})).at == 1


def test_limits_hold_for_source_and_output():
    with pytest.raises(LimitExceededError, match="pixels; the limit"):
        film_planned(VideoOutput(), limits=Limits(max_pixels=1_000_000))
    with pytest.raises(LimitExceededError, match="an output"):
        film_planned(VideoOutput(), limits=Limits(max_output_pixels=1_000_000))
    with pytest.raises(LimitExceededError, match="the plan"):
        film_planned(VideoOutput(), limits=Limits(max_memory_bytes=50_000_000))
    with pytest.raises(UnidentifiedMediaError, match="mp4 is not among"):
        film_planned(VideoOutput(), limits=Limits(allowed_formats=("jpeg",)))


def test_two_outputs_at_one_place_are_refused():
    with pytest.raises(SpecError, match="two outputs would be written"):
        film_planned([VideoOutput(), VideoOutput(height=360)], template="a.{ext}")


def test_outputs_stand_in_the_order_they_were_asked_for():
    plan = film_planned(
        [StillOutput(1), VideoOutput(), PreviewOutput(), StillOutput(2, suffix="b")]
    )

    assert [step.name for step in plan.outputs] == ["jpeg", "mp4", "gif", "b"]
    assert [step.picture.index for step in plan.stills] == [0, 1]


def test_memory_and_time_grow_with_what_is_made():
    small, large = (film_planned(VideoOutput(height=side)) for side in (240, 1080))
    both = film_planned([VideoOutput(height=240, suffix="a"), VideoOutput(height=1080)])

    assert small.peak_bytes < large.peak_bytes < both.peak_bytes
    assert small.estimated_seconds < large.estimated_seconds < both.estimated_seconds


def test_long_gif_is_refused_for_its_memory():
    with pytest.raises(LimitExceededError, match="memory"):
        film_planned(PreviewOutput("gif", duration=3_000, width=None), film_info(seconds=3_600.0))


class TestLadder:
    """The recipe ``streaming`` on sources of several sizes."""

    @pytest.mark.parametrize(
        ("width", "height", "kept"),
        [
            (1920, 1080, ["1080p", "720p", "480p", "720p_webm"]),
            (3840, 2160, ["1080p", "720p", "480p", "720p_webm"]),
            (1920, 800, ["1080p", "720p", "480p", "720p_webm"]),
            (1280, 720, ["720p", "480p", "720p_webm"]),
            (1080, 1920, ["1080p", "720p", "480p", "720p_webm"]),
            (1000, 562, ["480p"]),
            (640, 272, ["480p"]),
        ],
    )
    def test_rungs_above_the_source_are_left_out(self, width, height, kept):
        plan = film_planned(recipes.streaming(), film_info(video(width, height)))

        assert [step.name for step in plan.renditions if step.same_as is None] == kept

    def test_left_out_rung_says_why_and_who_stands_for_it(self):
        plan = film_planned(recipes.streaming(), film_info(video(1000, 562)))
        steps = {step.name: step for step in plan.renditions}

        assert steps["1080p"].same_as == steps["720p_webm"].same_as == "480p"
        assert codes(steps["1080p"]) == ["rung_above_source"]
        assert "1000×562" in steps["1080p"].notices[0].message

    def test_rung_of_its_own_container_stands_for_one(self):
        outputs = [
            VideoOutput("mp4", width=640, skip_larger=True),
            VideoOutput("webm", width=320, skip_larger=True, suffix="_s"),
            VideoOutput("webm", width=1280, skip_larger=True, suffix="_l"),
        ]
        plan = film_planned(outputs, film_info(video(640, 360)))

        assert plan.renditions[2].same_as == "s"

    def test_smallest_rung_is_made_at_the_source_s_size_where_none_fits(self):
        plan = film_planned(recipes.streaming(), film_info(video(640, 272)))
        steps = {step.name: step for step in plan.renditions}

        assert steps["480p"].size == Size(640, 272)

    def test_left_out_rungs_cost_nothing(self):
        info = film_info(video(640, 272))
        ladder = film_planned(recipes.streaming(), info)
        alone = film_planned(recipes.streaming()[2], info)

        assert ladder.peak_bytes == alone.peak_bytes
        assert ladder.estimated_seconds == alone.estimated_seconds

    def test_all_rungs_share_one_grid_and_mp4_one_sound(self):
        plan = film_planned(recipes.streaming(), film_info(audio=[track()]))

        assert {step.video.keyframe_seconds for step in plan.renditions} == {Fraction(2)}
        assert [sound.codec for sound in plan.sounds] == ["aac", "opus"]
        assert [step.sound for step in plan.renditions] == [0, 0, 0, 1]


class TestStills:
    """One frame becomes a picture."""

    @pytest.mark.parametrize(
        ("at", "moment"),
        [(0, 0), (1.5, Fraction(3, 2)), ("25%", Fraction(5, 2)), ("100%", 10), (99, 10)],
    )
    def test_moment_is_exact_and_within_the_film(self, at, moment):
        assert only(StillOutput(at)).at == moment

    def test_share_of_an_unknown_length_is_refused_with_a_way_out(self):
        with pytest.raises(SpecError, match="length") as caught:
            only(StillOutput("25%"), film_info(seconds=None))

        assert "at=1.5" in caught.value.hint

    def test_seconds_of_an_unknown_length_are_kept(self):
        assert only(StillOutput(7), film_info(seconds=None)).at == 7

    def test_frame_is_scaled_by_lanczos_to_rgb_and_turned(self):
        frame = only(StillOutput(0, width=101), film_info(video(orientation=8))).frame

        assert frame.content == Size(180, 101)
        assert frame.canvas == Size(101, 180)
        assert (frame.interpolation, frame.pixel_format) == ("lanczos", "rgb24")
        assert (frame.color.matrix, frame.color.full_range) == (0, True)

    def test_padding_and_filters_are_left_to_the_picture(self):
        output = StillOutput(
            0, width=200, height=200, fit="contain", filters=(Sepia(),), background="navy"
        )
        step = only(output)

        assert (step.frame.canvas, step.frame.filters) == (Size(200, 113), ())
        assert step.picture.filters == (Sepia(),)
        assert (step.picture.canvas, step.picture.offset) == (Size(200, 200), Point(0, 44))
        assert step.picture.background == "navy"
        assert step.size == Size(200, 200)

    def test_encoder_is_the_picture_s(self):
        step = only(StillOutput(0, format="webp", quality=70))

        assert dict(step.encode.arguments)["quality"] == 70
        assert step.encode.output.format == step.format == "webp"
        assert step.uri.endswith(".webp")


class TestPreviews:
    """A short silent clip."""

    @pytest.mark.parametrize(("plays", "repeats"), [(0, 0), (1, -1), (2, 1), (9, 8)])
    def test_gif_muxer_counts_repeats(self, plays, repeats):
        assert only(PreviewOutput("gif", loop=plays)).muxer_options == (("loop", repeats),)

    @pytest.mark.parametrize("plays", [0, 1, 7])
    def test_webp_muxer_counts_plays(self, plays):
        assert only(PreviewOutput("webp", loop=plays)).muxer_options == (("loop", plays),)
        assert only(PreviewOutput("avif", loop=plays)).muxer_options == (("loop", plays),)

    def test_gif_has_one_palette_and_hundredths_of_a_second(self):
        step = only(PreviewOutput("gif"))

        assert (step.video.encoder, step.video.palette) == ("gif", True)
        assert step.video.frame.pixel_format == "pal8"
        assert step.video.time_base == Fraction(1, 100)
        assert step.size == Size(480, 270)

    def test_webp_has_its_quality(self):
        step = only(PreviewOutput("webp", quality=55)).video

        assert dict(step.arguments)["quality"] == 55
        assert (step.encoder, step.frame.pixel_format) == ("libwebp_anim", "bgra")
        assert dict(only(PreviewOutput("webp")).video.arguments)["quality"] == 80

    def test_mp4_is_silent_and_starts_at_once(self):
        step = only(PreviewOutput("mp4"), film_info(audio=[track()]))

        assert (step.sound, step.video.codec) == (None, "h264")
        assert step.muxer_options == (("movflags", "+faststart"),)
        assert step.video.keyframe_seconds is None

    def test_rate_is_a_cap(self):
        slow = film_info(video(frame_rate_average=Fraction(5)))

        capped, kept = only(PreviewOutput("gif")).video, only(PreviewOutput("gif"), slow).video

        assert (capped.fps, capped.frame_rate) == (10, 10)
        assert (kept.fps, kept.frame_rate) == (None, 5)

    def test_clip_is_as_long_as_asked_and_no_longer_than_its_source(self):
        step = only(PreviewOutput("gif", start=0.1, duration=0.2))

        assert step.end == Fraction(3, 10)
        assert only(PreviewOutput("gif", start=9)).duration_seconds == 1.0

    def test_odd_sides_are_kept_where_nothing_is_subsampled(self):
        info = film_info(video(1080, 1920))

        assert only(PreviewOutput("gif", width=99), info).size == Size(99, 176)
        assert only(PreviewOutput("mp4", width=99), info).size == Size(98, 174)


def test_a_clip_in_avif_is_av1_with_even_sides_and_the_colors_of_the_film():
    step = only(PreviewOutput("avif", width=101, quality=50), film_info(video(1280, 718)))

    assert (step.muxer, step.video.codec, step.video.encoder) == ("avif", "av1", "libsvtav1")
    assert (step.size.width % 2, step.size.height % 2) == (0, 0)
    assert dict(step.video.arguments)["crf"] == 43
    assert step.video.frame.pixel_format == "yuv420p"
    assert step.video.frame.color.matrix == 6
