"""The tables of film are true of the FFmpeg that is installed: encoders take what rows promise."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np
import pytest

from mediaflow.formats import audio_codecs, containers, is_film_format, video_codecs
from mediaflow.formats.codec import Spending

VIDEO = [video_codecs[name] for name in video_codecs.builtin_names()]
AUDIO = [audio_codecs[name] for name in audio_codecs.builtin_names()]
FILMS = [containers[name] for name in containers.builtin_names() if is_film_format(name)]
PAIRS = [
    pytest.param(row, codec, id=f"{row.name}-{codec}")
    for row in FILMS
    for codec in (*row.video_codecs, *row.audio_codecs)
]

every_codec = pytest.mark.parametrize("row", VIDEO, ids=lambda row: row.name)


def spending(row, **words):
    given = {"crf": row.default_crf, "effort": row.default_effort, "forced_keyframes": True}
    return row.arguments(Spending(**{**given, **words}), row.default_options)


def video_encoder(row, arguments, side):
    context = av.CodecContext.create(row.encoder, "w")
    context.width = context.height = side
    context.pix_fmt = row.pixel_format
    context.time_base, context.framerate = Fraction(1, 25), Fraction(25)
    context.thread_count = 1
    context.options = {name: str(value) for name, value in arguments}
    return context


def audio_encoder(row, rate, layout):
    context = av.CodecContext.create(row.encoder, "w")
    context.sample_rate, context.layout, context.format = rate, layout, row.sample_format
    context.options = {name: str(value) for name, value in row.arguments}
    return context


@every_codec
def test_every_argument_is_an_option_of_the_encoder(row):
    known = av.CodecContext.create(row.encoder, "w").supported_options
    names = {option.name for option in (*known.private, *known.generic)}

    for effort in range(10):
        assert {name for name, _ in spending(row, effort=effort)} <= names
        assert {name for name, _ in spending(row, crf=None, forced_keyframes=False)} <= names


@every_codec
def test_encoder_opens_at_its_least_side(row, monkeypatch):
    monkeypatch.setenv("SVT_LOG", "0")
    context = video_encoder(row, spending(row, effort=0), max(row.min_side, row.min_width))

    context.open()

    assert context.is_open


@every_codec
def test_encoder_opens_with_a_bit_rate_and_keyframes_on_a_grid(row, monkeypatch):
    monkeypatch.setenv("SVT_LOG", "0")
    context = video_encoder(
        row, spending(row, crf=None), row.min_side_with_bit_rate or row.min_side
    )
    context.bit_rate = 200_000

    context.open()

    assert context.is_open


@pytest.mark.parametrize("row", AUDIO, ids=lambda row: row.name)
def test_encoder_opens_with_every_layout_and_rate(row):
    for layout in row.layouts[row.min_channels - 1 :]:
        audio_encoder(row, row.sample_rates[-1], layout).open()
    for rate in row.sample_rates:
        audio_encoder(row, rate, "stereo").open()


@pytest.mark.parametrize(("row", "codec"), PAIRS)
def test_muxer_takes_the_codecs_of_its_row(row, codec, monkeypatch):
    monkeypatch.setenv("SVT_LOG", "0")
    with av.open(io.BytesIO(), "w", format=row.muxer) as target:
        if codec in video_codecs.names():
            stream = target.add_stream(video_codecs[codec].encoder, rate=25)
            stream.width = stream.height = 64
            stream.pix_fmt = "yuv420p"
            stream.options = {"x265-params": "log-level=none"} if codec == "hevc" else {}
        else:
            stream = target.add_stream(audio_codecs[codec].encoder, rate=48_000)
            stream.layout, stream.format = "stereo", audio_codecs[codec].sample_format

        target.start_encoding()

        assert stream.codec_context.is_open


MUXER_OPTIONS = [
    pytest.param("mp4", "libx264", (("movflags", "+faststart"),), id="mp4"),
    pytest.param("mov", "libx264", (("movflags", "+faststart"),), id="mov"),
    pytest.param("gif", "gif", (("loop", -1),), id="gif"),
    pytest.param("webp", "libwebp_anim", (("loop", 0),), id="webp"),
]
"""Muxer, encoder, and what plans set beside the options of the rows."""


def unused_options(path, muxer, encoder, options, caplog):
    """Return what PyAV says of options that a muxer left unused; nobody else tells."""
    with av.open(str(path), "w", format=muxer, options=dict(options)) as target:
        stream = target.add_stream(encoder, rate=25)
        stream.width = stream.height = 64
        stream.pix_fmt = {"gif": "rgb8"}.get(encoder, "yuv420p")
        black = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
        target.mux(stream.encode(black.reformat(format=stream.pix_fmt)))
        target.mux(stream.encode(None))
    return [record.getMessage() for record in caplog.records]


@pytest.mark.parametrize(("muxer", "encoder", "options"), MUXER_OPTIONS)
def test_every_muxer_option_of_plans_is_one(tmp_path, caplog, muxer, encoder, options):
    given = [(name, str(value)) for name, value in options]

    assert unused_options(tmp_path / "film", muxer, encoder, given, caplog) == []


def test_a_muxer_option_that_is_none_is_seen(tmp_path, caplog):
    said = unused_options(tmp_path / "film", "mp4", "libx264", [("movflag", "1")], caplog)

    assert len(said) == 1
    assert "'movflag'" in said[0]


def test_rows_of_containers_set_no_other_options():
    assert {name for row in FILMS for name, _ in row.options} == set()
