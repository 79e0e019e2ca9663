"""The gate: what may not be decoded is named, what costs too much is refused before it costs."""

from __future__ import annotations

from contextlib import suppress

import av
import pytest

from mediaflow.errors import (
    LimitExceededError,
    SourceError,
    SpecError,
    StorageError,
    UnidentifiedMediaError,
    UnknownNameError,
    UnsupportedError,
)
from mediaflow.libav.gate import open_count, open_decoder, open_input
from mediaflow.libav.options import refuse_unused, set_options
from mediaflow.libav.packets import metered
from mediaflow.security.limits import Limits
from tests.film import counting_film
from tests.hostile_films import gapped_film
from tests.unit.probing.readers import CountingReader

DAY = 24 * 3600  # s


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return counting_film(tmp_path_factory.mktemp("film") / "film.mp4", frames=50).read_bytes()


def opened(data, name="mp4", **limits):
    return opened_by(CountingReader(data), name, **limits)


def opened_by(reader, name, **limits):
    return open_input(reader, format=name, limits=Limits(**limits))


def gapped(path, seconds):
    return gapped_film(path, seconds).read_bytes()


def test_a_codec_that_is_not_used_is_named(tmp_path):
    data = counting_film(tmp_path / "film.avi", frames=5, codec="wmv2").read_bytes()

    with (
        opened(data, "avi") as container,
        pytest.raises(UnsupportedError, match="stream 0 is in wmv2") as caught,
    ):
        open_decoder(container.streams.video[0], Limits(), threads=1, where="film.avi")

    assert "h264" in str(caught.value.hint)
    assert caught.value.where == "film.avi"


def test_a_codec_that_nothing_knows_is_refused(film):
    with (
        opened(film.replace(b"avc1", b"ZZZZ")) as container,
        pytest.raises(UnsupportedError, match="unknown codec"),
    ):
        open_decoder(container.streams.video[0], Limits(), threads=1)


@pytest.mark.parametrize(
    ("limits", "name", "seen"),
    [
        (Limits(max_pixels=160 * 90 - 1), "max_pixels", 160 * 90),
        (Limits(max_side=159), "max_side", 160),
    ],
)
def test_a_picture_beyond_a_limit_is_refused_before_it_is_decoded(film, limits, name, seen):
    with opened(film) as container:
        stream = container.streams.video[0]
        with pytest.raises(LimitExceededError) as caught:
            open_decoder(stream, limits, threads=1)

        assert not stream.codec_context.is_open

    assert (caught.value.details["limit"], caught.value.details["seen"]) == (name, seen)


def test_a_picture_that_grows_beyond_the_limit_is_not_decoded(tmp_path):
    small = counting_film(tmp_path / "small.ts", frames=200, size=(160, 90), sound=None)
    large = counting_film(tmp_path / "large.ts", frames=5, size=(640, 360), sound=None)
    limits = Limits(max_pixels=160 * 90)

    data = small.read_bytes() + large.read_bytes()
    with opened(data, "mpegts", max_pixels=limits.max_pixels) as container:
        stream = container.streams.video[0]
        open_decoder(stream, limits, threads=1)
        seen = []
        for packet in container.demux(stream):
            with suppress(av.error.FFmpegError):
                seen.extend(frame.width for frame in packet.decode())

    assert seen == [160] * 200


@pytest.mark.parametrize(
    ("limits", "name"),
    [({"max_duration_seconds": 1}, "max_duration_seconds"), ({"max_streams": 1}, "max_streams")],
)
def test_a_film_beyond_a_limit_does_not_pass_the_gate(film, limits, name):
    before = open_count()

    with pytest.raises(LimitExceededError) as caught, opened(film, **limits):
        raise AssertionError("it passed")

    assert name in (caught.value.details.get("limit"), f"max_{name}") or name in str(
        caught.value.hint
    )
    assert open_count() == before


@pytest.mark.parametrize("name", ["hls", "concat", "sdp", "lavfi", "image2", "dash", "jpeg"])
def test_no_other_demuxer_passes(name):
    refused = pytest.raises(UnidentifiedMediaError, match="not read as film or sound")
    with refused, opened(b"#EXTM3U\n", name):
        raise AssertionError("it passed")


@pytest.mark.parametrize("name", ["avi", "matroska", "ogg", "wav"])
def test_bytes_of_another_container_do_not_pass(film, name):
    with pytest.raises(SourceError, match=f"the {name} "), opened(film, name):
        raise AssertionError("it passed")


def test_a_store_that_fails_is_not_taken_for_the_end_of_the_file(film):
    class Failing(CountingReader):
        def read_at(self, offset, length):
            raise StorageError("gone")

    with pytest.raises(StorageError, match="gone"), opened_by(Failing(film), "mpegts"):
        raise AssertionError("it passed")


def test_an_option_that_a_decoder_does_not_take_is_an_error(film):
    with opened(film) as container:
        context = container.streams.video[0].codec_context
        context.options = {"max_pixels": "1000000", "max_pixel": "1"}
        context.open()

        with pytest.raises(UnsupportedError, match=r"h264 .* takes no option 'max_pixel'"):
            refuse_unused(context)


def test_every_bound_of_the_gate_is_taken_by_the_decoder(film):
    with opened(film) as container:
        for stream in container.streams:
            open_decoder(stream, Limits(), threads=1)

            assert stream.codec_context.options == {}
            assert stream.codec_context.is_open


def test_an_option_that_an_encoder_does_not_know_is_named():
    context = av.CodecContext.create("libx264", "w")

    with pytest.raises(UnknownNameError, match="libx264 has no option 'crff'") as caught:
        set_options(context, [("preset", "fast"), ("crff", 23)])

    assert isinstance(caught.value, SpecError)
    assert "'crf'" in str(caught.value.hint)
    assert context.options == {}


def test_options_that_an_encoder_knows_are_set():
    context = av.CodecContext.create("libx264", "w")

    set_options(context, [("crf", 23), ("g", 10)])  # of x264 and of every encoder

    assert context.options == {"crf": "23", "g": "10"}


def test_a_gap_of_a_month_is_refused_though_no_header_tells_it(tmp_path):
    data = gapped(tmp_path / "film.mkv", 30 * DAY)

    with (
        opened(data, "matroska", max_duration_seconds=10**8) as container,
        pytest.raises(LimitExceededError, match="gap seconds") as caught,
    ):
        list(metered(container, container.streams, Limits(max_duration_seconds=10**8)))

    assert caught.value.details["seen"] == 30 * DAY - 1  # the frame before it is shown at 0.04 s


def test_a_length_that_no_header_tells_is_counted(tmp_path):
    data = gapped(tmp_path / "film.mkv", 100)

    with (
        opened(data, "matroska", max_duration_seconds=99) as container,
        pytest.raises(LimitExceededError, match="duration seconds"),
    ):
        list(metered(container, container.streams, Limits(max_duration_seconds=99)))


def test_frames_are_counted_while_they_pass(film):
    with opened(film) as container, pytest.raises(LimitExceededError, match="film frames"):
        list(metered(container, container.streams, Limits(max_film_frames=49)))


def test_a_film_within_its_limits_passes_whole(film):
    with opened(film) as container:
        passed = [
            packet
            for packet in metered(container, container.streams, Limits(max_film_frames=50))
            if packet.size and packet.stream.type == "video"
        ]

    assert len(passed) == 50


def test_the_demuxer_itself_stops_behind_the_limit_of_streams(tmp_path):
    languages = ("eng",) * 12
    path = counting_film(tmp_path / "film.mkv", frames=3, languages=languages)

    with (
        pytest.raises(LimitExceededError) as caught,
        opened(path.read_bytes(), "matroska", max_streams=4),
    ):
        raise AssertionError("it passed")

    assert caught.value.details["seen"] == 5  # of 13 in the file


@pytest.mark.parametrize(
    ("codec", "limits", "is_looked_at"),
    [("ffv1", {}, True), ("ffv1", {"max_pixels": 100}, False), ("huffyuv", {}, False)],
)
def test_probing_decodes_no_more_than_a_decoder_may(tmp_path, codec, limits, is_looked_at):
    path = counting_film(
        tmp_path / "film.avi",
        frames=3,
        codec=codec,
        sound=None,
        size=(640, 360),
        pixel_format="yuv422p",
    )

    with opened(path.read_bytes(), "avi", **limits) as container:
        shape = container.streams.video[0].codec_context.pix_fmt

    assert (shape is not None) is is_looked_at
