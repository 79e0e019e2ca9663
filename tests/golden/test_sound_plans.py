"""Why is this sound copied, and why is that one encoded? One row a situation, told by the plan.

Expected words are written by hand: what becomes of the sound and why, and what is lost.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest

from mediaflow.errors import SpecError, UnsupportedError
from mediaflow.models.encoding import Bitrate, Quality
from mediaflow.models.info import MediaInfo
from mediaflow.models.sound import AudioOutput
from mediaflow.models.streams import AudioStream, ContainerInfo
from tests.film_infos import film_info, film_planned, track

OUT = AudioOutput


def stereo(codec: str, **facts: Any) -> AudioStream:
    return track(**{"index": 0, "codec": codec, **facts})


def sound(*tracks: AudioStream, format: str = "wav", seconds: float | None = 10.0) -> MediaInfo:
    """Return what a probe of a recording would find."""
    return MediaInfo(
        kind="audio",
        format=format,
        mime_type="audio/any",
        bytes=1_000_000,
        container=ContainerInfo(demuxer=format, duration_seconds_from_header=seconds),
        audio=tracks,
    )


def copied(codec: str) -> tuple[str, str]:
    return ("copied", f"{codec} is what is wanted")


def encoded(reason: str) -> tuple[str, str]:
    return ("encoded", reason)


CODEC = "the source is {}, {} is wanted".format
SAMPLES = "a part is wanted, exact to the sample"

WHY = {
    "it is what is wanted": (OUT("mp3"), sound(stereo("mp3")), copied("mp3")),
    "of a bit rate that nobody asked about": (
        OUT("mp3"),
        sound(stereo("mp3", bit_rate=320_000)),
        copied("mp3"),
    ),
    "mono": (OUT("mp3"), sound(stereo("mp3", channels=1)), copied("mp3")),
    "aac out of m4a": (OUT("aac"), sound(stereo("aac"), format="m4a"), copied("aac")),
    "aac of a film": (OUT("m4a"), film_info(audio=[track(codec="aac")]), copied("aac")),
    "flac in ogg, by its name": (OUT("ogg", codec="flac"), sound(stereo("flac")), copied("flac")),
    "opus in ogg": (OUT("ogg"), sound(stereo("opus")), copied("opus")),
    "vorbis for ogg, which takes opus": (
        OUT("ogg"),
        sound(stereo("vorbis")),
        encoded(CODEC("vorbis", "opus")),
    ),
    "vorbis by its name": (OUT("ogg", codec="vorbis"), sound(stereo("vorbis")), copied("vorbis")),
    "mono vorbis, which is written by nobody here": (
        OUT("ogg", codec="vorbis"),
        sound(stereo("vorbis", channels=1)),
        copied("vorbis"),
    ),
    "wav of 24 bits keeps them": (
        OUT("wav"),
        sound(stereo("pcm_s24le", bit_depth=24)),
        copied("pcm_s24le"),
    ),
    "wav of 8 bits becomes 16": (
        OUT("wav"),
        sound(stereo("pcm_u8", bit_depth=8)),
        encoded(CODEC("pcm_u8", "pcm_s16le")),
    ),
    "wav of lossy sound": (OUT("wav"), sound(stereo("mp3")), encoded(CODEC("mp3", "pcm_s16le"))),
    "flac of the bits it has": (
        OUT("flac", bit_depth=24),
        sound(stereo("flac", bit_depth=24)),
        copied("flac"),
    ),
    "flac of fewer bits": (
        OUT("flac", bit_depth=16),
        sound(stereo("flac", bit_depth=24)),
        encoded("24 bits a sample become 16"),
    ),
    "alac by its name": (
        OUT("m4a", codec="alac"),
        sound(stereo("alac", bit_depth=16), format="m4a"),
        copied("alac"),
    ),
    "a rate": (OUT(rate=Bitrate(96_000)), sound(stereo("mp3")), encoded("rate is asked")),
    "a quality": (OUT(quality=60), sound(stereo("mp3")), encoded("quality is asked")),
    "a quality as a rate": (OUT(rate=Quality(60)), sound(stereo("mp3")), encoded("rate is asked")),
    "six channels": (
        OUT("flac"),
        sound(stereo("flac", channels=6, channel_layout="5.1")),
        encoded("6 channels become 2"),
    ),
    "six channels that are asked for": (
        OUT("flac", channels=6),
        sound(stereo("flac", channels=6, channel_layout="5.1")),
        copied("flac"),
    ),
    "one channel": (OUT(channels=1), sound(stereo("mp3")), encoded("2 channels become 1")),
    "another sample rate": (
        OUT(sample_rate=44_100),
        sound(stereo("mp3")),
        encoded("48,000 Hz become 44,100"),
    ),
    "the same sample rate": (OUT(sample_rate=48_000), sound(stereo("mp3")), copied("mp3")),
    "louder": (OUT(gain_db=3.0), sound(stereo("mp3")), encoded("gain_db is asked")),
    "faster": (OUT(speed=1.5), sound(stereo("mp3")), encoded("speed is asked")),
    "a fade": (OUT(fade_out=2.0), sound(stereo("mp3")), encoded("a fade is asked")),
    "an end": (OUT(end=4.0), sound(stereo("mp3")), encoded(SAMPLES)),
    "a start": (OUT(start=4.0), sound(stereo("mp3")), encoded(SAMPLES)),
    # 2,112 samples prime Apple's AAC, which HE-AAC plays at twice the rate: 88 ms of 48 kHz
    "what primes its decoder": (
        OUT("m4a"),
        sound(stereo("aac", hidden_seconds=0.088), format="m4a"),
        copied("aac"),
    ),
    "a part that is hidden": (
        OUT("m4a"),
        sound(stereo("aac", hidden_seconds=0.09), format="m4a"),
        encoded("the source hides a part of it"),
    ),
}

LOST = {
    "nothing": (OUT("mp3"), sound(stereo("pcm_s16le", bit_depth=16)), []),
    "channels": (
        OUT("mp3"),
        sound(stereo("flac", channels=6, channel_layout="5.1")),
        ["5.1 sound is mixed down to stereo"],
    ),
    "a sample rate that opus lacks": (
        OUT("opus"),
        sound(stereo("flac", sample_rate=44_100)),
        ["sound of 44,100 Hz becomes 48,000 Hz"],
    ),
    "a sample rate that is higher than any": (
        OUT("flac"),
        sound(stereo("pcm_s16le", sample_rate=768_000)),
        ["sound of 768,000 Hz becomes 192,000 Hz"],
    ),
    "bits": (
        OUT("wav", bit_depth=16),
        sound(stereo("flac", bit_depth=24)),
        ["24 bits a sample become 16"],
    ),
    "bits that nothing has": (
        OUT("flac"),
        sound(stereo("pcm_s32le", bit_depth=32)),
        ["32 bits a sample become 24"],
    ),
    "bits, where a codec knows none": (OUT("mp3"), sound(stereo("flac", bit_depth=24)), []),
}

ENGLISH = stereo("mp3", language="eng", disposition=())
GERMAN = stereo("aac", index=1, language="deu")
FRENCH = stereo("mp3", index=2, language="fra", disposition=())

TRACKS = {
    "the default one": (OUT("mp3"), encoded(CODEC("aac", "mp3"))),
    "a language": (OUT("mp3", language="fra"), copied("mp3")),
    "a language, however it is spelt": (OUT("mp3", language="FRA"), copied("mp3")),
    "a place": (OUT("mp3", track=0), copied("mp3")),
}

_WHY = re.compile(
    r"^  sound: (?P<way>copied|encoded)[^ ]*(?: because)? (?P<reason>.*)$", re.MULTILINE
)
_LOST = re.compile(r"^  notice: (.*)$", re.MULTILINE)


def _why(outputs: AudioOutput | Sequence[AudioOutput], info: MediaInfo) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = _WHY.findall(str(film_planned(outputs, info)))
    return found


@pytest.mark.parametrize("name", WHY)
def test_plan_says_what_becomes_of_the_sound_and_why(name):
    output, info, expected = WHY[name]

    assert _why(output, info) == [expected]


@pytest.mark.parametrize("name", LOST)
def test_plan_says_what_is_lost(name):
    output, info, expected = LOST[name]

    assert _LOST.findall(str(film_planned(output, info))) == expected


@pytest.mark.parametrize("name", TRACKS)
def test_plan_says_which_track_is_taken(name):
    output, expected = TRACKS[name]

    assert _why(output, sound(ENGLISH, GERMAN, FRENCH)) == [expected]


def test_outputs_that_want_one_sound_share_it():
    outputs = [
        OUT("mp3", name="a"),
        OUT("mp3", name="b", metadata="strip"),
        OUT("mp3", name="c", rate=Bitrate(192_000)),  # what is taken unasked
        OUT("mp3", name="d", rate=Bitrate(128_000)),
        OUT("m4a", name="e"),
        OUT("aac", name="f"),
    ]

    plan = film_planned(outputs, sound(stereo("flac")))

    assert [step.sound for step in plan.sound_files] == [0, 0, 0, 1, 2, 2]


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (OUT(language="jpn"), "no sound in 'jpn'"),
        (OUT(track=7), "no sound in stream 7"),
    ],
)
def test_track_that_is_not_there_is_refused_and_those_that_are_are_named(output, words):
    with pytest.raises(UnsupportedError, match=words) as caught:
        film_planned(output, sound(ENGLISH, GERMAN, FRENCH))

    assert caught.value.hint == "it has stream 0 (eng), stream 1 (deu), stream 2 (fra)"


def test_fade_at_an_end_that_nobody_knows_is_refused():
    with pytest.raises(SpecError, match="fade_out"):
        film_planned(OUT(fade_out=2.0), sound(stereo("mp3"), seconds=None))


def test_rate_that_nothing_has_is_refused():
    with pytest.raises(UnsupportedError, match="claims 2,147,483,647 Hz"):
        film_planned(OUT(), sound(stereo("pcm_s16le", sample_rate=2_147_483_647)))
