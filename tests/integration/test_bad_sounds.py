"""Bad sounds end in a typed error or in a notice; nothing hangs, stays open or looks like success."""

from __future__ import annotations

import random
import struct
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pytest

import mediaflow as mf
from mediaflow import errors
from mediaflow.audio.backend import audio_backends
from mediaflow.jobs.environment import Environment
from mediaflow.jobs.run import run_job
from mediaflow.libav.gate import open_count
from mediaflow.security.limits import Limits
from mediaflow.testing.film_making import need_encoder
from mediaflow.testing.films import counting_film
from mediaflow.testing.sound_making import (
    Samples,
    heard,
    made_sounds,
    noise,
    tone,
    write_sound,
    write_wav,
)
from mediaflow.testing.video_questions import CANCELLED_AT, Questions
from tests.measure import listing, open_descriptors, own_threads

pytestmark = pytest.mark.integration

SECONDS: Final = 4
RATE: Final = 48_000
CUTS: Final = 10
CODECS: Final = {
    "flac": "flac",
    "m4a": "aac",
    "mp3": "mp3",
    "ogg": "vorbis",
    "opus": "opus",
    "wav": "pcm_s16le",
}
INFORMED: Final = ("flac", "m4a", "mp3", "wav")
"""Formats whose head says how long they are, so that any cut shows."""

BOTH: Final = (mf.AudioOutput("flac", name="exact"), mf.AudioOutput("mp3", name="lossy"))
DEAD: Final = 1 / 1_000  # of full scale; what is more quiet is silence


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return four seconds of noise in each format."""
    folder = tmp_path_factory.mktemp("sounds")
    write_wav(folder / "noise.wav", noise(SECONDS * RATE, level=0.3))
    backend = audio_backends["libav"]
    found = {"wav": (folder / "noise.wav").read_bytes()}
    for form in sorted({*CODECS} - {"wav"}):
        output = mf.AudioOutput(form, codec=CODECS[form])
        (path,) = made_sounds(backend, folder / "noise.wav", folder / form, output)
        found[form] = path.read_bytes()
    return found


@pytest.fixture(autouse=True)
def nothing_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Compare what is open, and what lies in the folder for temporary files, before and after."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    write_wav(tmp_path / "warm.wav", noise(4_800))
    mf.process(tmp_path / "warm.wav", BOTH, to=f"{tmp_path}/warm/{{name}}.{{ext}}")
    before = (open_descriptors(), own_threads())

    yield

    assert (open_descriptors(), own_threads()) == before
    assert open_count() == 0
    assert not listing(scratch)


def made(
    folder: Path, data: bytes, outputs: Sequence[mf.AudioOutput] = BOTH, **words: object
) -> dict[str, mf.OutputResult]:
    """Make files of a sound; those that are told to be there are, and no others."""
    (folder / "bad.bin").write_bytes(data)
    to = folder / "out"
    result = mf.process(
        folder / "bad.bin",
        outputs,
        to=f"{to}/{{name}}.{{ext}}",
        on_failure="partial",
        if_exists="replace",
        **words,  # type: ignore[arg-type]  # a test's own words
    )
    there = {str(to / name) for name in listing(to)} if to.exists() else set()
    assert there == {one.uri for one in result.outputs if one.status == "completed"}
    return {one.name: one for one in result.outputs}


def refused(folder: Path, data: bytes, error: type[Exception], words: str, **more: object) -> None:
    """Hold that nothing at all is made of a sound, for a reason."""
    with pytest.raises(error, match=words):
        made(folder, data, **more)  # type: ignore[arg-type]  # a test's own words
    assert not (folder / "out").exists() or not listing(folder / "out")


def failed(folder: Path, data: bytes, words: str) -> None:
    """Hold that each output of a sound fails, for a reason."""
    for one in made(folder, data).values():
        assert one.status == "failed"
        assert words in str(one.error)


def notices(result: mf.OutputResult) -> list[str]:
    return [notice.message for notice in result.notices]


def codes(result: mf.OutputResult) -> list[str]:
    return [notice.code for notice in result.notices]


def wav(
    data: bytes,
    *,
    channels: int = 2,
    rate: int = RATE,
    bits: int = 16,
    tag: int = 1,
    size: int | None = None,
    riff: int | None = None,
) -> bytes:
    """Return a WAV file by Microsoft's Multimedia Data Standards, whose sizes may lie."""
    block = channels * bits // 8
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * block % (1 << 32), block, bits)
    told = len(data) if size is None else size
    whole = 36 + len(data) if riff is None else riff
    head = b"RIFF" + struct.pack("<I", whole) + b"WAVEfmt " + struct.pack("<I", 16) + form
    return head + b"data" + struct.pack("<I", told) + data


def junk(count: int) -> bytes:
    return random.Random(5).randbytes(count)


# what is cut off


@pytest.mark.parametrize("part", range(1, CUTS + 1))
@pytest.mark.parametrize("form", INFORMED)
def test_a_sound_that_is_cut_off_is_refused(tmp_path, sounds, form, part):
    data = sounds[form]

    refused(tmp_path, data[: len(data) * part // (CUTS + 1)], errors.SourceError, r"\w")


@pytest.mark.parametrize("part", range(1, CUTS + 1))
@pytest.mark.parametrize("form", ["flac", "mp3", "wav"])
def test_what_is_left_of_a_sound_is_made_on_request_and_told(tmp_path, sounds, form, part):
    data = sounds[form]

    found = made(tmp_path, data[: len(data) * part // (CUTS + 1)], fail_on="none")

    left = SECONDS * part / (CUTS + 1)
    for one in found.values():
        # frames of FLAC last 0.1 s, and the last is cut
        assert one.duration_seconds == pytest.approx(left, abs=0.25)
        assert codes(one) == ["source_salvaged"]


@pytest.mark.parametrize("part", range(1, CUTS + 1))
@pytest.mark.parametrize("form", ["ogg", "opus"])
def test_an_ogg_that_is_cut_within_a_page_is_refused_and_its_whole_pages_can_be_had(
    tmp_path, sounds, form, part
):
    data = sounds[form]
    cut = data[: len(data) * part // (CUTS + 1)]

    refused(tmp_path, cut, errors.TruncatedMediaError, r"\w")
    (tmp_path / "cut.bin").write_bytes(cut)
    whole_pages = cut[1:].count(b"OggS") > 2  # those of the heads, and one of sound
    found = made(tmp_path, cut, fail_on="none").values() if whole_pages else ()

    assert all(codes(one) == ["source_salvaged"] for one in found)
    assert all(0 < (one.duration_seconds or 0) < SECONDS for one in found)


def test_an_m4a_without_its_index_has_nothing_left(tmp_path, sounds):
    data = sounds["m4a"]  # its index stands first

    refused(tmp_path, data[:600], errors.TruncatedMediaError, "before its index", fail_on="none")
    found = made(tmp_path, data[: len(data) // 2], fail_on="none")

    assert all("source_salvaged" in codes(one) for one in found.values())


# heads that lie


@pytest.mark.parametrize("size", [0, 0xFFFF_FFFF])
def test_a_wav_of_unsaid_length_goes_on_to_its_end(tmp_path, size):
    data = noise(RATE)[:, :1]
    given = write_wav(tmp_path / "sound.wav", data)
    stored = (tmp_path / "sound.wav").read_bytes()[44:]

    found = made(tmp_path, wav(stored, channels=1, size=size, riff=size))

    assert np.array_equal(heard(Path(found["exact"].uri)).samples, given)
    assert codes(found["exact"]) == []


@pytest.mark.parametrize("times", [2, 1_000])
def test_a_wav_that_claims_more_samples_than_it_has_is_refused(tmp_path, times):
    data = wav(bytes(4 * RATE), size=times * 4 * RATE)

    refused(tmp_path, data, errors.TruncatedMediaError, "cut off")
    found = made(tmp_path, data, fail_on="none")

    assert found["exact"].duration_seconds == 1
    assert codes(found["exact"]) == ["source_salvaged"]


def test_a_wav_that_claims_fewer_samples_than_it_has_ends_there(tmp_path):
    found = made(tmp_path, wav(bytes(4 * RATE), size=2 * RATE))

    assert found["exact"].duration_seconds == 0.5


def counted(data: bytes, frames: int) -> bytes:
    """Return an MP3 whose first frame says a number of frames."""
    at = data.index(b"Info") + 8
    return data[:at] + struct.pack(">I", frames) + data[at + 4 :]


def test_an_mp3_that_claims_more_frames_than_it_has_is_refused(tmp_path, sounds):
    data = counted(sounds["mp3"], 100_000)

    refused(tmp_path, data, errors.TruncatedMediaError, "before its header says")
    found = made(tmp_path, data, fail_on="none")

    for one in found.values():
        assert one.duration_seconds == pytest.approx(SECONDS, abs=0.05)
        assert codes(one) == ["source_salvaged"]


@pytest.mark.parametrize("frames", [0, 1, 10])
def test_an_mp3_that_claims_fewer_frames_than_it_has_is_whole(tmp_path, sounds, frames):
    found = made(tmp_path, counted(sounds["mp3"], frames))

    for one in found.values():
        assert one.duration_seconds == pytest.approx(SECONDS, abs=0.05)


def totaled(data: bytes, samples: int) -> bytes:
    """Return a FLAC file that says a number of samples (RFC 9639 8.2: 36 bits)."""
    head = bytes([data[21] & 0xF0 | samples >> 32]) + struct.pack(">I", samples & 0xFFFF_FFFF)
    return data[:21] + head + data[26:]


def test_a_flac_that_claims_more_samples_than_it_has_is_refused(tmp_path, sounds):
    data = totaled(sounds["flac"], (SECONDS + 2) * RATE)

    refused(tmp_path, data, errors.TruncatedMediaError, r"2\.00 s before its header says")
    found = made(tmp_path, data, fail_on="none")

    assert codes(found["exact"]) == ["source_salvaged"]
    assert found["exact"].duration_seconds == SECONDS


@pytest.mark.parametrize("samples", [0, 1])
def test_a_flac_that_claims_fewer_samples_than_it_has_is_whole(tmp_path, sounds, samples):
    found = made(tmp_path, totaled(sounds["flac"], samples))

    assert [one.duration_seconds for one in found.values()] == [SECONDS, SECONDS]


def test_a_flac_that_claims_days_is_beyond_the_limits(tmp_path, sounds):
    refused(
        tmp_path,
        totaled(sounds["flac"], (1 << 36) - 1),
        errors.LimitExceededError,
        "duration seconds",
    )


# what is damaged within


def overwritten(data: bytes, count: int) -> bytes:
    middle = len(data) // 2
    return data[:middle] + junk(count) + data[middle + count :]


@pytest.mark.parametrize("form", ["flac", "m4a", "mp3", "ogg", "opus"])
def test_damage_in_the_middle_is_refused_or_told(tmp_path, sounds, form):
    data = overwritten(sounds[form], 400)

    refused(tmp_path, data, errors.SourceError, r"\w")
    found = made(tmp_path, data, fail_on="none")

    for one in found.values():
        assert codes(one) == ["source_salvaged"]
        assert (one.duration_seconds or 0) > SECONDS / 4


def test_damage_that_a_copy_would_carry_on_is_refused(tmp_path, sounds):
    data = overwritten(sounds["flac"], 400)

    copied = (mf.AudioOutput("flac", name="exact"),)

    refused(tmp_path, data, errors.CorruptMediaError, "are damaged", outputs=copied)


def test_a_wav_has_nothing_that_damage_could_be_seen_by(tmp_path, sounds):
    found = made(tmp_path, overwritten(sounds["wav"], 400))

    assert found["exact"].duration_seconds == SECONDS


@pytest.mark.parametrize("form", ["flac", "mp3", "ogg", "opus", "wav"])
def test_a_tag_behind_the_last_frame_is_no_sound(tmp_path, sounds, form):
    found = made(tmp_path, sounds[form] + b"TAG" + bytes(125))

    for one in found.values():
        assert one.duration_seconds == pytest.approx(SECONDS, abs=0.05)
        assert codes(one) == []


@pytest.mark.parametrize("form", ["flac", "ogg", "opus", "wav"])
def test_junk_behind_the_last_frame_is_no_sound(tmp_path, sounds, form):
    found = made(tmp_path, sounds[form] + junk(5_000))

    for one in found.values():
        assert one.duration_seconds == pytest.approx(SECONDS, abs=0.05)


# what is no sound


def test_a_film_without_sound_has_none_to_give(tmp_path):
    film = counting_film(tmp_path / "film.mp4", frames=5, size=(64, 36), sound=None)

    refused(tmp_path, film.read_bytes(), errors.UnsupportedError, "has no sound")


def test_a_wav_of_no_samples_is_refused(tmp_path):
    refused(tmp_path, wav(b""), errors.CorruptMediaError, "no sound can be decoded")


MAGICS: Final[dict[str, Callable[[dict[str, bytes]], bytes]]] = {
    "adts": lambda _: b"\xff\xf1\x50\x80",
    "flac": lambda _: b"fLaC",
    "head of a flac": lambda sounds: sounds["flac"][:42],
    "head of an m4a": lambda sounds: sounds["m4a"][:32],
    "head of an ogg": lambda sounds: sounds["ogg"][:58],
    "head of an opus": lambda sounds: sounds["opus"][:47],
    "id3": lambda _: b"ID3\4\0\0\0\0\0\0",
    "id3 of 256 MB": lambda _: b"ID3\4\0\0\x7f\x7f\x7f\x7f",
    "mp3": lambda _: b"\xff\xfb\x90\x64",
    "ogg": lambda _: b"OggS\0\2",
    "wav": lambda _: b"RIFF\0\0\1\0WAVE",
    "wav and its form": lambda sounds: sounds["wav"][:36],
}


@pytest.mark.parametrize("rest", [b"", junk(20_000)], ids=["nothing", "junk"])
@pytest.mark.parametrize("name", MAGICS)
def test_first_bytes_alone_are_no_sound(tmp_path, sounds, name, rest):
    refused(tmp_path, MAGICS[name](sounds) + rest, errors.SourceError, r"\w", fail_on="none")


def test_an_mp3_of_nothing_but_a_tag_is_no_sound(tmp_path):
    refused(tmp_path, b"ID3\4\0\0\0\0\x4e\x10" + bytes(10_000), errors.CorruptMediaError, r"\w")


def test_a_tag_of_256_mb_in_front_of_sound_is_none(tmp_path, sounds):
    data = b"ID3\4\0\0\x7f\x7f\x7f\x7f" + sounds["mp3"]

    refused(tmp_path, data, errors.SourceError, r"\w")


# shapes that few things have


@pytest.mark.parametrize("channels", [10, 16, 24])
def test_many_channels_are_mixed_down_and_told(tmp_path, channels):
    data = wav(noise_bytes(channels * RATE // 10), channels=channels)

    found = made(tmp_path, data)

    for one in found.values():
        assert codes(one) == ["channels_mixed_down"]
        assert heard(Path(one.uri)).samples.shape == (RATE // 10, 2)


@pytest.mark.parametrize("channels", [9, 11, 64, 255])
def test_channels_without_usual_places_are_refused(tmp_path, channels):
    data = wav(noise_bytes(channels * RATE // 10), channels=channels)

    failed(tmp_path, data, "nothing says where each is heard")


def noise_bytes(samples: int) -> bytes:
    """Return noise of 16 bits."""
    data: Samples = noise(samples, 1, level=0.3) * (1 << 15)
    return data.astype("<i2").tobytes()


def test_six_channels_become_two_in_mp3(tmp_path):
    found = made(tmp_path, wav(noise_bytes(6 * RATE), channels=6))

    assert codes(found["lossy"]) == ["channels_mixed_down"]
    assert heard(Path(found["lossy"].uri)).channels == 2


def test_one_hz_is_a_rate(tmp_path):
    found = made(tmp_path, wav(noise_bytes(200), channels=1, rate=1))

    for one in found.values():
        assert one.duration_seconds == pytest.approx(200, abs=0.1)
        assert codes(one) == ["sample_rate_converted"]


def test_768_khz_become_what_a_codec_takes(tmp_path):
    found = made(tmp_path, wav(noise_bytes(2 * 76_800), rate=768_000))

    assert notices(found["exact"]) == ["sound of 768,000 Hz becomes 192,000 Hz"]
    assert notices(found["lossy"]) == ["sound of 768,000 Hz becomes 48,000 Hz"]
    assert found["exact"].duration_seconds == pytest.approx(0.1, abs=1e-4)


@pytest.mark.parametrize("rate", [0, 2_000_000, 0x7FFF_FFFF, 0xFFFF_FFFF])
def test_impossible_rates_are_refused(tmp_path, rate):
    refused(tmp_path, wav(noise_bytes(RATE), rate=rate), errors.MediaflowError, r"\w")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e30])
def test_floats_that_are_no_samples_are_refused(tmp_path, value):
    data = wav(struct.pack("<f", value) * RATE, channels=1, bits=32, tag=3)

    failed(tmp_path, data, "no samples")


def test_floats_beyond_full_scale_are_samples(tmp_path):
    data = wav(struct.pack("<f", 1.5) * RATE, channels=1, bits=32, tag=3)

    found = made(tmp_path, data)

    assert heard(Path(found["exact"].uri)).samples.max() == pytest.approx(1)


def test_opus_of_44_khz_is_resampled_and_told(tmp_path):
    found = made(
        tmp_path, wav(noise_bytes(2 * 44_100), rate=44_100), [mf.AudioOutput("opus", name="opus")]
    )

    assert notices(found["opus"]) == ["sound of 44,100 Hz becomes 48,000 Hz"]
    assert heard(Path(found["opus"].uri)).count == RATE


def test_mono_cannot_be_asked_of_vorbis_and_mono_becomes_two_that_are_alike(tmp_path):
    need_encoder("vorbis")
    data = wav(noise_bytes(RATE), channels=1)
    asked = (mf.AudioOutput("ogg", codec="vorbis", channels=1, name="vorbis"),)

    refused(tmp_path, data, errors.SpecError, "written with 2 channels", outputs=asked)
    found = made(tmp_path, data, [mf.AudioOutput("ogg", codec="vorbis", name="vorbis")])

    samples = heard(Path(found["vorbis"].uri)).samples
    assert samples.shape[1] == 2
    assert np.abs(samples[:, 0] - samples[:, 1]).max() < DEAD


def silence(folder: Path, frames: int) -> bytes:
    """Return silence in MP3, one frame of 8 kHz (0.072 s) over and over, which no head counts."""
    path = write_sound(
        folder / "silence.mp3",
        [tone(0.5, level=0.0, channels=1)],
        "libmp3lame",
        options={"write_xing": "0", "id3v2_version": "0"},
    )
    data = path.read_bytes()
    start = data.index(data[:4], len(data) // 2)
    frame = data[start : data.index(data[:4], start + 4)]
    return frame * frames


def test_three_hours_of_silence_are_beyond_a_limit_of_one(tmp_path):
    data = silence(tmp_path, 3 * 3_600 * 1_000 // 24)  # 0.024 s each

    refused(
        tmp_path,
        data,
        errors.LimitExceededError,
        "duration seconds",
        limits=Limits(max_duration_seconds=3_600),
    )


def test_sound_that_goes_on_behind_its_head_is_held_by_the_limit(tmp_path, sounds):
    limits = Limits(max_duration_seconds=2)

    refused(
        tmp_path,
        totaled(sounds["flac"], RATE),
        errors.LimitExceededError,
        "duration seconds",
        limits=limits,
    )


def run(source: Path, to: Path, questions: Questions) -> mf.JobResult:
    """Make two files and a copy of a sound, in a job that asks whether to go on."""
    outputs = [*BOTH, mf.AudioOutput("wav", name="copy")]
    job = mf.Job(source=source, outputs=outputs, to=f"{to}/{{name}}.{{ext}}")
    return run_job(job, Environment(), questions.context())


@pytest.mark.parametrize("share", CANCELLED_AT)
def test_a_cancelled_job_leaves_nothing(tmp_path, sounds, share):
    source = tmp_path / "sound.wav"
    source.write_bytes(sounds["wav"])
    whole = Questions()
    run(source, tmp_path / "whole", whole)
    stopped = Questions(stop_at=round((whole.asked - 1) * share))

    with pytest.raises(errors.JobCancelledError):
        run(source, tmp_path / "out", stopped)

    assert len(listing(tmp_path / "whole")) == 3
    assert not (tmp_path / "out").exists() or not listing(tmp_path / "out")


# what strangers send


STRANGE: Final[dict[str, Callable[[dict[str, bytes]], bytes]]] = {
    "cut flac": lambda sounds: sounds["flac"][: len(sounds["flac"]) // 2],
    "cut m4a": lambda sounds: sounds["m4a"][: len(sounds["m4a"]) // 2],
    "cut mp3": lambda sounds: sounds["mp3"][: len(sounds["mp3"]) // 2],
    "cut ogg": lambda sounds: sounds["ogg"][: len(sounds["ogg"]) // 2],
    "cut wav": lambda sounds: sounds["wav"][: len(sounds["wav"]) // 2],
    "damaged flac": lambda sounds: overwritten(sounds["flac"], 400),
    "damaged m4a": lambda sounds: overwritten(sounds["m4a"], 400),
    "damaged mp3": lambda sounds: overwritten(sounds["mp3"], 400),
    "damaged ogg": lambda sounds: overwritten(sounds["ogg"], 400),
    "damaged opus": lambda sounds: overwritten(sounds["opus"], 400),
    "days of flac": lambda sounds: totaled(sounds["flac"], (1 << 36) - 1),
    "frames that are not there": lambda sounds: counted(sounds["mp3"], 100_000),
    "samples that are not there": lambda sounds: totaled(sounds["flac"], (SECONDS + 2) * RATE),
    "tag of 256 MB": lambda sounds: b"ID3\4\0\0\x7f\x7f\x7f\x7f" + sounds["mp3"],
    "wav of no samples": lambda _: wav(b""),
    "wav that claims 1 GB": lambda _: wav(bytes(4 * RATE), size=1 << 30),
}


@pytest.fixture
def strangers() -> Iterator[mf.Processor]:
    """Return what takes uploads from anyone, into folders of a test."""
    storage = mf.Storage(policy=mf.UriPolicy())
    with mf.Processor("inline", trust="strangers", storage=storage) as processor:
        yield processor


@pytest.mark.parametrize("form", sorted(CODECS))
def test_sounds_of_strangers_are_taken(tmp_path, sounds, strangers, form):
    upload = tmp_path / f"upload.{form}"
    upload.write_bytes(sounds[form])

    result = strangers.process(upload, BOTH, to=f"{tmp_path}/out/{{name}}.{{ext}}")

    for one in result.outputs:
        assert one.duration_seconds == pytest.approx(SECONDS, abs=0.05)


@pytest.mark.parametrize("name", STRANGE)
def test_bad_sounds_of_strangers_are_the_faults_of_their_files(tmp_path, sounds, strangers, name):
    data = STRANGE[name](sounds)

    with pytest.raises(errors.SourceError):
        strangers.process(data, BOTH, to=f"{tmp_path}/out/{{name}}.{{ext}}")

    assert not (tmp_path / "out").exists() or not listing(tmp_path / "out")


@pytest.mark.parametrize("rest", [b"", junk(20_000)], ids=["nothing", "junk"])
@pytest.mark.parametrize("name", MAGICS)
def test_first_bytes_from_strangers_are_no_sound(tmp_path, sounds, strangers, name, rest):
    data = MAGICS[name](sounds) + rest

    with pytest.raises(errors.SourceError):
        strangers.process(data, BOTH, to=f"{tmp_path}/out/{{name}}.{{ext}}", fail_on="none")

    assert not (tmp_path / "out").exists() or not listing(tmp_path / "out")
