"""Sounds that are copied and do not begin or end with their picture, read back by PyAV alone."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

import mediaflow as mf
from tests.film import counting_film

pytestmark = pytest.mark.integration

SECONDS = 4
LATE = Fraction(1, 2)
LAST_SECONDS = {"start": 2.0, "end": 4.0, "trim": "keyframe"}
AAC_FRAME = 1024 / 48_000

WAYS = {"copied": {"codec": "copy"}, "encoded": {"effort": 0}}
every_way = pytest.mark.parametrize("way", WAYS)
every_target = pytest.mark.parametrize("target", ["mkv", "mov", "mp4"])


@pytest.fixture(scope="module")
def painted(tmp_path_factory):
    """Return a counting film with two equal sounds."""
    path = tmp_path_factory.mktemp("sounds") / "film.mp4"
    return counting_film(path, frames=25 * SECONDS, languages=("eng", "deu"))


def resounded(source, target, *, later=Fraction(0), sounds=2, until=SECONDS):
    """Write a film whose first sound begins later, and whose sounds end early, in seconds."""
    with av.open(str(source)) as film, av.open(str(target), "w") as to:
        kept = (film.streams.video[0], *film.streams.audio[:sounds])
        made = {one.index: to.add_stream_from_template(one) for one in kept}
        for packet in film.demux(*kept):
            is_sound = packet.stream.type == "audio"
            if not packet.size or (is_sound and packet.pts * packet.time_base >= until):
                continue
            if is_sound and packet.stream.index == kept[1].index:
                packet.pts = packet.dts = packet.pts + round(later / packet.time_base)
            packet.stream = made[packet.stream.index]
            to.mux(packet)
    return target


@every_way
@every_target
def test_sounds_keep_their_own_starts(painted, tmp_path, target, way):
    film = resounded(painted, tmp_path / "film.mp4", later=LATE)

    output = mf.process(
        film, mf.VideoOutput(target, audio="copy", **WAYS[way]), to=f"{tmp_path}/to/"
    ).outputs[0]

    before, after = starts(film), starts(output.uri)
    assert before[0] > float(LATE) - 2 * AAC_FRAME
    assert after == pytest.approx(before, abs=AAC_FRAME)


def starts(path):
    """Return when each sound of a film begins, in seconds after its picture."""
    with av.open(str(path)) as film:
        streams = (film.streams.video[0], *film.streams.audio)
        picture, *sounds = (float(one.start_time * one.time_base) for one in streams)
    return [sound - picture for sound in sounds]


@every_way
@every_target
def test_part_without_the_sound_that_is_copied_says_so(painted, tmp_path, target, way):
    film = resounded(painted, tmp_path / "film.mp4", sounds=1, until=1)

    output = mf.process(
        film,
        mf.VideoOutput(target, audio="copy", **WAYS[way], **LAST_SECONDS),
        to=f"{tmp_path}/to/",
    ).outputs[0]

    assert [notice.code for notice in output.notices if notice.code == "audio_absent"]
    with av.open(output.uri) as made:
        assert (
            sum(1 for packet in made.demux() if packet.stream.type == "audio" and packet.size) == 0
        )


def with_jump(path, codec, jump, *, at=Fraction(1)):
    """Write two seconds of sound whose second half is heard sooner or later than it should be.

    Args:
        path: Where to; its name says in which container.
        codec: FFmpeg's name of the encoder.
        jump: How much later, in seconds.
        at: Which packets jump: those from there on, in seconds.
    """
    random = np.random.default_rng(5)
    with av.open(str(path), "w") as file:
        sound = file.add_stream(codec, rate=48_000, layout="stereo")
        packets = []
        for start in range(0, 96_000, 4_800):
            row = random.integers(-3_000, 3_000, (1, 9_600)).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(row, format="s16", layout="stereo")
            frame.sample_rate, frame.pts = 48_000, start
            packets += sound.encode(frame)
        packets += sound.encode(None)
        for packet in packets:
            if packet.pts * packet.time_base >= at:
                packet.pts = packet.dts = packet.pts + round(jump / packet.time_base)
            file.mux(packet)
    return path


GAPS = [
    ("mka", "libmp3lame", "mp3"),
    ("mka", "aac", "aac"),
    ("mka", "pcm_s16le", "wav"),
    ("mka", "flac", "flac"),
    ("mp4", "libmp3lame", "mp3"),
    ("mp4", "aac", "aac"),
]


def samples_in(path):
    """Return how many seconds of sound a file decodes to."""
    with av.open(path) as file:
        return sum(frame.samples for frame in file.decode(audio=0)) / 48_000


@pytest.mark.parametrize("jump", [Fraction(3, 2), Fraction(1, 10)], ids=["long", "short"])
@pytest.mark.parametrize(("container", "codec", "target"), GAPS)
def test_gaps_of_a_copy_without_time_stamps_are_told(tmp_path, container, codec, target, jump):
    source = with_jump(tmp_path / f"source.{container}", codec, jump)

    made = mf.process(source, mf.AudioOutput(target), to=f"{tmp_path}/to/").outputs[0]

    (told,) = [one for one in made.notices if one.code == "gaps_closed"]
    assert float(told.message.split()[2]) == pytest.approx(float(jump), abs=0.03)  # a packet
    assert made.duration_seconds == pytest.approx(2, abs=0.1)  # packets before and behind it
    assert samples_in(made.uri) == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize(("container", "codec", "target"), GAPS)
def test_copy_of_a_sound_without_gaps_tells_nothing(tmp_path, container, codec, target):
    source = with_jump(tmp_path / f"source.{container}", codec, Fraction(1, 50))  # jitter

    made = mf.process(source, mf.AudioOutput(target), to=f"{tmp_path}/to/").outputs[0]

    assert made.notices == ()


@pytest.mark.parametrize("target", ["m4a"])
def test_format_with_time_stamps_keeps_the_gaps(tmp_path, target):
    source = with_jump(tmp_path / "source.mp4", "aac", Fraction(3, 2))

    made = mf.process(source, mf.AudioOutput(target), to=f"{tmp_path}/to/").outputs[0]

    assert made.notices == ()
    assert made.duration_seconds == pytest.approx(3.5, abs=0.05)


def test_copy_of_parts_that_overlap_is_told(tmp_path):
    source = with_jump(tmp_path / "source.mka", "pcm_s16le", Fraction(-2, 25))

    made = mf.process(source, mf.AudioOutput("wav"), to=f"{tmp_path}/to/").outputs[0]

    (told,) = made.notices
    assert told.code == "gaps_closed"
    assert "overlap by 0.08 s" in told.message
    assert samples_in(made.uri) == pytest.approx(2)
