"""Plans of films, whole: what changes in one of them is seen by whoever changes it.

After a wanted change run ``pytest tests/golden --snapshot-update`` and read every line of the diff.
"""

from __future__ import annotations

from fractions import Fraction

import pytest

from mediaflow import recipes
from mediaflow.filters import Sepia
from mediaflow.formats import Av1Options, H264Options
from mediaflow.geometry import Box
from mediaflow.models.adaptive import Rendition, StreamOutput
from mediaflow.models.colorinfo import ColorInfo
from mediaflow.models.encoding import Bitrate, Crf, Lossless, MaxBytes
from mediaflow.models.film import AudioTrack, VideoOutput
from mediaflow.models.outputs import OutputSpec
from mediaflow.models.previews import PreviewOutput, StillOutput
from mediaflow.models.serde import to_dict
from mediaflow.models.streams import OtherStream
from mediaflow.models.subtitles import SubtitleOutput
from tests.film_infos import film_info, film_planned, track, video

json = pytest.importorskip("syrupy.extensions.json", reason="syrupy is not installed")

NTSC = Fraction(30_000, 1_001)
PHONE = video(
    1920,
    1080,
    orientation=6,
    frame_rate_average=NTSC,
    is_variable_rate=True,
    time_base=Fraction(1, 600),
    color=ColorInfo(primaries=1, transfer=1, matrix=1, full_range=False),
)

CASES = {
    "short_form": (
        OutputSpec(format="mp4", height=480, quality=70),
        film_info(audio=[track()]),
    ),
    "ladder_of_a_full_hd_film": (recipes.streaming(), film_info(audio=[track()], seconds=60.0)),
    "ladder_of_a_small_film": (recipes.streaming(), film_info(video(640, 272))),
    "phone_film_with_everything": (
        [
            VideoOutput("mp4", height=1280, filters=(Sepia(0.5),), start=0.5, end=4.25),
            *recipes.poster("25%", width=640),
            *recipes.gif_preview(1.0, width=240),
        ],
        film_info(
            PHONE,
            audio=[track(sample_rate=44_100), track(index=2, language="deu", disposition=())],
            others=(OtherStream(index=3, kind="data", codec="unknown"),),
            seconds=12.5,
            format="mov",
        ),
    ),
    "wide_px_of_a_disc_padded_and_turned": (
        [
            VideoOutput(
                "mkv",
                codec="hevc",
                width=640,
                height=640,
                fit="contain",
                background="navy",
                crop=Box(*map(Fraction, (101, 51, 701, 401))),
                rotate=90,
                audio=AudioTrack(codec="flac"),
            )
        ],
        film_info(
            video(720, 576, sample_aspect_ratio=Fraction(64, 45)),
            audio=[track(channels=6, channel_layout="5.1(side)", codec="ac3")],
        ),
    ),
    "hdr_to_three_codecs_and_a_still": (
        [
            VideoOutput("webm", codec="av1", effort=2, options=Av1Options(film_grain=8)),
            VideoOutput("webm", height=360, fps=24, rate=Bitrate(500_000), suffix="_s"),
            VideoOutput("mov", options=H264Options(tune="film"), audio=None, faststart=False),
            StillOutput(2.0, format="png", width=320),
        ],
        film_info(
            video(
                3840,
                2160,
                codec="hevc",
                pixel_format="yuv420p10le",
                bit_depth=10,
                hdr="hlg",
                color=ColorInfo(primaries=9, transfer=18, matrix=9, full_range=False),
            ),
            audio=[track()],
        ),
    ),
    "within_a_size_and_without_loss": (
        [
            VideoOutput("webm", height=360, rate=MaxBytes(600_000), suffix="_mail"),
            VideoOutput("mkv", codec="hevc", rate=Lossless(), suffix="_master"),
        ],
        film_info(video(1280, 720, pixel_format="yuv422p"), audio=[track()]),
    ),
    "subtitles_of_two_languages": (
        [
            SubtitleOutput("vtt", language="eng", suffix=".en"),
            SubtitleOutput("srt", track=4, start=1.5, end=4, suffix=".fr"),
        ],
        film_info(
            audio=[track()],
            others=(
                OtherStream(index=3, kind="subtitle", codec="subrip", language="eng"),
                OtherStream(index=4, kind="subtitle", codec="ass", language="fra"),
            ),
        ),
    ),
    "stream_of_two_sounds_and_a_text": (
        [
            StreamOutput(
                renditions=(Rendition(720), Rendition(360, codec="hevc", rate=Crf(28))),
                segment_seconds=4.0,
                audio=(AudioTrack(language="eng"), AudioTrack(language="ger")),
                storyboard=True,
                start=1,
            )
        ],
        film_info(
            audio=[track(language="eng"), track(index=2, language="ger", disposition=())],
            others=(OtherStream(index=3, kind="subtitle", codec="subrip", language="fre"),),
        ),
    ),
    "stream_of_a_phone_film_by_itself": (StreamOutput(), film_info(PHONE, audio=[track()])),
    "previews_of_three_kinds": (
        [
            PreviewOutput("gif", start=1, loop=1),
            PreviewOutput("webp", quality=60, width=None, height=100),
            PreviewOutput("mp4", fps=29.97),
        ],
        film_info(video(frame_rate_average=Fraction(12))),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_film_plan_is_the_one_that_was_read_and_accepted(name, snapshot):
    outputs, info = CASES[name]

    plan = film_planned(outputs, info)

    golden = snapshot.use_extension(json.JSONSnapshotExtension)
    assert {"words": plan.lines(), "plan": to_dict(plan, omit_defaults=True)} == golden
