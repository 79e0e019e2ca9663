"""Sounds that are copied and do not begin or end with their picture, read back by PyAV alone."""

from __future__ import annotations

from fractions import Fraction

import av
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
