"""One pass over a film feeds every rendition: frames, times, sound, failures."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import av
import pytest

import mediaflow as mf
from mediaflow.libav.gate import open_count
from mediaflow.video.decoding import Decoder
from tests.film import av_offsets, counting_film, frame_numbers, quadrant_film, read_quadrants
from tests.media import QUADRANTS

if TYPE_CHECKING:
    from pathlib import Path

FAST = {"effort": 0, "quality": 90}


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return counting_film(tmp_path / "film.mp4", frames=50, fps=25, sound="beeps")


def numbers(path: object) -> list[int]:
    return [number for _, number in frame_numbers(path)]


def test_a_rendition_has_every_frame_in_order(film, tmp_path) -> None:
    result = mf.process(film, mf.VideoOutput("mp4", **FAST, suffix="_a"), to=f"{tmp_path}/out/")

    assert result.outputs[0].frames == 50
    assert numbers(tmp_path / "out" / "film_a.mp4") == list(range(50))


def test_a_part_is_cut_to_the_frame(film, tmp_path) -> None:
    wanted = mf.VideoOutput("mp4", **FAST, start=0.4, end=1.2)

    mf.process(film, wanted, to=f"{tmp_path}/out/")

    assert numbers(tmp_path / "out" / "film.mp4") == list(range(10, 30))


@pytest.mark.parametrize("name", ["mkv", "mov", "mp4", "webm"])
def test_beep_and_flash_stay_together_in_every_container(film, tmp_path, name) -> None:
    mf.process(film, mf.VideoOutput(name, **FAST), to=f"{tmp_path}/out/")

    offsets = av_offsets(tmp_path / "out" / f"film.{name}")
    assert offsets
    assert max(map(abs, offsets)) <= 0.010


def test_renditions_of_a_ladder_have_their_keyframes_at_the_same_times(film, tmp_path) -> None:
    outputs = [
        mf.VideoOutput("mp4", height=height, **FAST, keyframe_seconds=0.5, suffix=f"_{height}")
        for height in (90, 60)
    ]

    mf.process(film, outputs, to=f"{tmp_path}/out/")

    keys = []
    for height in (90, 60):
        with av.open(str(tmp_path / "out" / f"film_{height}.mp4")) as made:
            packets = list(made.demux(made.streams.video[0]))
            keys.append([float(p.pts * p.time_base) for p in packets if p.size and p.is_keyframe])
    assert keys[0] == keys[1]
    assert (
        len(keys[0]) == 4
    )  # 2 s, every half second; 0.5 s falls between two frames of 25 a second


@pytest.mark.parametrize("orientation", [1, 2, 3, 4, 5, 6, 7, 8])
def test_all_orientations_come_out_upright(tmp_path, orientation) -> None:
    source = quadrant_film(tmp_path / "film.mp4", orientation=orientation)

    mf.process(source, mf.VideoOutput("mp4", **FAST, suffix="_up"), to=f"{tmp_path}/")

    with av.open(str(tmp_path / "film_up.mp4")) as made:
        assert read_quadrants(next(made.decode(video=0))) == QUADRANTS


def test_a_constant_rate_repeats_and_drops_frames(film, tmp_path) -> None:
    outputs = [mf.VideoOutput("mp4", **FAST, fps=fps, suffix=f"_{fps}") for fps in (5, 50)]

    mf.process(film, outputs, to=f"{tmp_path}/out/")

    assert len(numbers(tmp_path / "out" / "film_5.mp4")) == 10
    assert numbers(tmp_path / "out" / "film_50.mp4") == [n // 2 for n in range(100)]


def test_a_cancelled_job_leaves_nothing_open(film, tmp_path) -> None:
    with mf.Processor(workers=1) as processor:
        handle = processor.submit(film, mf.VideoOutput("mp4", effort=9), to=f"{tmp_path}/out/")
        handle.cancel()
        with pytest.raises(mf.errors.JobCancelledError):
            handle.result(timeout=60)

    assert open_count() == 0
    assert not list(tmp_path.glob("out/*"))


@pytest.fixture
def cut_film(media, tmp_path) -> Path:
    return media / "video" / "truncated_60_percent.mp4"


def test_what_is_left_of_a_cut_film_is_kept_on_request(cut_film, tmp_path) -> None:
    wanted = mf.VideoOutput("mp4", height=120, effort=0)

    result = mf.process(cut_film, wanted, to=f"{tmp_path}/out/", fail_on="none")

    output = result.outputs[0]
    assert output.frames is not None
    assert 0 < output.frames < 132  # of 132 that the header claims; an independent decode finds 67
    assert "source_salvaged" in {notice.code for notice in result.notices}


def test_a_cut_film_is_an_error_unless_asked_for(cut_film, tmp_path) -> None:
    with pytest.raises(mf.errors.TruncatedMediaError):
        mf.process(cut_film, mf.VideoOutput("mp4"), to=f"{tmp_path}/out/")

    assert not list(tmp_path.glob("out/*"))


def test_a_part_is_read_no_further_though_its_sound_ended_long_before(
    tmp_path, monkeypatch
) -> None:
    silent = counting_film(tmp_path / "silent.mkv", frames=400, fps=10, sound=None)
    beeps = counting_film(tmp_path / "beeps.mkv", frames=20, fps=10)
    source = tmp_path / "film.mkv"
    with (
        av.open(str(silent)) as film,
        av.open(str(beeps)) as heard,
        av.open(str(source), "w") as to,
    ):
        streams = (film.streams.video[0], heard.streams.audio[0])
        made = [to.add_stream_from_template(stream) for stream in streams]
        for stream, target in zip(streams, made, strict=True):
            for packet in stream.container.demux(stream):
                if packet.dts is not None:
                    packet.stream = target
                    to.mux(packet)
    read = []
    decoded = Decoder.shown

    def counted(self, *arguments):
        for shown in decoded(self, *arguments):
            read.append(shown.time)
            yield shown

    monkeypatch.setattr(Decoder, "shown", counted)

    mf.process(
        source, mf.VideoOutput("mp4", **FAST, start=4, end=5, suffix="_part"), to=f"{tmp_path}/"
    )

    assert numbers(tmp_path / "film_part.mp4") == list(range(40, 50))
    assert max(read) == Fraction(149, 10)  # it ends ten seconds after the part


@pytest.mark.parametrize(("frames", "repeats"), [(25, 50), (240, 10)])
def test_a_frame_that_an_avi_repeats_by_empty_chunks_is_shown_as_long(
    tmp_path, frames, repeats
) -> None:
    painted = counting_film(tmp_path / "painted.avi", frames=frames, sound=None, gop=75)
    source = tmp_path / "film.avi"
    with av.open(str(painted)) as film, av.open(str(source), "w", format="avi") as to:
        stream = to.add_stream_from_template(film.streams.video[0])
        coded = [(bytes(one), one.is_keyframe) for one in film.demux(video=0) if one.size]
        for index, (data, is_key) in enumerate([*coded, *[(b"", False)] * repeats]):
            packet = av.Packet(data)
            packet.stream, packet.time_base = stream, Fraction(1, 25)
            packet.pts = packet.dts = index
            packet.duration, packet.is_keyframe = 1, is_key
            to.mux(packet)

    result = mf.process(source, mf.VideoOutput("mp4", **FAST, suffix="_made"), to=f"{tmp_path}/")

    assert result.outputs[0].duration_seconds == pytest.approx((frames + repeats) / 25)
    assert numbers(tmp_path / "film_made.mp4") == list(range(frames))
