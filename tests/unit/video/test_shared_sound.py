"""One sound of a film is mixed for several outputs: none takes anything from another."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import av
import pytest

import mediaflow as mf
from mediaflow.errors import JobCancelledError
from mediaflow.jobs.environment import Environment
from mediaflow.jobs.run import run_job
from mediaflow.models.context import Context
from mediaflow.models.job import Job
from mediaflow.video import renditions
from tests.film import av_offsets, counting_film, numbers_of

if TYPE_CHECKING:
    from pathlib import Path

FAST = {"effort": 0}
THIN = mf.AudioTrack("aac", bit_rate=64_000)
"""A sound that must be encoded."""


def made(source: Path, *outputs: mf.VideoOutput, **words: object) -> list[str]:
    to = f"{source.parent}/out/{{name}}.{{ext}}"
    return [one.uri for one in mf.process(source, list(outputs), to=to, **words).outputs]


def length(place: str) -> float:
    """Return the seconds of sound that a film holds, as decoded."""
    with av.open(place) as film:
        return sum(frame.samples / frame.sample_rate for frame in film.decode(audio=0))


def test_a_later_part_that_is_asked_first_takes_nothing_from_the_whole(tmp_path):
    source = counting_film(tmp_path / "film.mp4", frames=100)

    part, whole = made(
        source,
        mf.VideoOutput("mp4", **FAST, start=1, name="part"),
        mf.VideoOutput("mp4", **FAST, audio=THIN, name="whole"),
    )

    assert av_offsets(part) == pytest.approx([0.0] * 3, abs=0.010)
    assert av_offsets(whole) == pytest.approx([0.0] * 4, abs=0.010)
    assert (length(part), length(whole)) == pytest.approx((3.0, 4.0), abs=0.05)


@pytest.mark.parametrize("extension", ["mp4", "mkv", "ts"])
def test_two_sounds_of_a_film_that_starts_late_are_both_whole(tmp_path, extension):
    source = counting_film(tmp_path / f"film.{extension}", frames=100, start_offset=2)

    films = made(
        source,
        mf.VideoOutput("mp4", **FAST, audio=mf.AudioTrack(bit_rate=128_000), name="usual"),
        mf.VideoOutput("mp4", **FAST, audio=THIN, name="thin"),
        mf.VideoOutput("webm", **FAST, name="web"),
    )

    for place in films:
        # the first beep begins with the track, where a decoder may need some samples to settle
        assert av_offsets(place)[1:] == pytest.approx([0.0] * 3, abs=0.010)
        assert length(place) == pytest.approx(4.0, abs=0.06)


@pytest.mark.parametrize("extension", ["mkv", "flv"])
def test_sound_that_is_stored_ahead_of_its_picture_is_heard_in_a_part(tmp_path, extension):
    plain = counting_film(tmp_path / f"plain.{extension}", frames=100, gop=50)
    source = tmp_path / f"film.{extension}"
    with av.open(str(plain)) as film:
        packets = [packet for packet in film.demux() if packet.dts is not None]
        ahead = Fraction(2)

        def place(packet: av.Packet) -> Fraction:
            time = packet.dts * Fraction(packet.time_base.numerator, packet.time_base.denominator)
            return time - ahead if packet.stream.type == "audio" else time

        muxer = {"mkv": "matroska", "flv": "flv"}[extension]
        with av.open(str(source), "w", format=muxer) as to:
            tracks = {one.index: to.add_stream_from_template(one) for one in film.streams}
            to.start_encoding()
            for packet in sorted(packets, key=place):
                packet.stream = tracks[packet.stream.index]
                to.mux(packet)

    (part,) = made(source, mf.VideoOutput("mp4", **FAST, start=2.23, end=4, name="part"))

    assert numbers_of(part) == list(range(55, 100))
    assert av_offsets(part) == pytest.approx([0.0], abs=0.010)


def test_a_recording_whose_first_sound_is_a_part_of_a_packet_is_no_damage(tmp_path):
    source = counting_film(tmp_path / "film.mpg", frames=100, size=(320, 180))
    data = source.read_bytes()
    packs = len(data) // 2048  # ISO/IEC 13818-1 2.5.3.3, as the painter's muxer sizes them
    source.write_bytes(data[packs // 3 * 2048 :])

    (whole,) = made(source, mf.VideoOutput("mp4", **FAST, audio=THIN, name="whole"))

    assert numbers_of(whole)[-1] == 99


def sparse(path: Path, seconds: int) -> Path:
    """Write a film whose sound pauses: one packet at its start, one much later."""
    with av.open(str(path), "w") as film:
        picture, track = film.add_stream("libx264", rate=1), film.add_stream("aac", rate=48_000)
        picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        for start in (0, seconds):
            sound = av.AudioFrame("fltp", "stereo", 1024)
            for plane in sound.planes:
                plane.update(bytes(plane.buffer_size))
            sound.sample_rate, sound.pts = 48_000, start * 48_000
            sound.time_base = Fraction(1, 48_000)
            film.mux(track.encode(sound))
        film.mux(track.encode(None))
        for index in (0, seconds):
            frame = av.VideoFrame(64, 48, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
            frame.pts, frame.time_base = index, Fraction(1, 1)
            film.mux(picture.encode(frame))
        film.mux(picture.encode(None))
    return path


def test_silence_that_is_filled_in_can_be_cancelled(tmp_path, monkeypatch):
    source = sparse(tmp_path / "film.mkv", 3000)  # 140,000 packets of silence
    packets = []
    queue = renditions._Lane.queue

    def counted(lane, coded):
        packets.append(coded)
        queue(lane, coded)

    monkeypatch.setattr(renditions._Lane, "queue", counted)
    job = Job(source, (mf.VideoOutput("mp4", **FAST, audio=THIN),), to=f"{tmp_path}/out/")

    with pytest.raises(JobCancelledError):
        run_job(job, Environment(), Context(job_id="a", cancelled=lambda: len(packets) >= 500))

    assert len(packets) == 500
    assert not (tmp_path / "out").exists()


def test_sound_does_not_pile_up_where_no_frame_takes_it_along(tmp_path, monkeypatch):
    source = sparse(tmp_path / "film.mkv", 300)
    most = 0
    queue = renditions._Lane.queue

    def watched(lane, coded):
        nonlocal most
        queue(lane, coded)
        most = max(most, len(lane.packets))

    monkeypatch.setattr(renditions, "WAITING_PACKETS", 100)
    monkeypatch.setattr(renditions._Lane, "queue", watched)

    (film,) = made(source, mf.VideoOutput("mp4", **FAST, audio=THIN, name="film"))

    assert length(film) == pytest.approx(300, abs=0.1)
    assert 100 <= most <= 103  # what is asked for while the lane packs
