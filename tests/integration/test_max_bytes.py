"""A file is never larger than it may be: thirty films of all kinds, lengths and difficulties."""

from __future__ import annotations

from pathlib import Path

import pytest

import mediaflow as mf
from mediaflow.testing.busy_films import busy_film
from tests.film import ffprobe

SECOND = {
    "frames": 25,
    "size": (96, 64),
}
CLIPS = {
    "flat": ("flat", {**SECOND, "sound": "beeps"}),
    "noise": ("noise", {**SECOND, "sound": None}),
    "noise_with_sound": ("noise", {"frames": 30, "size": (64, 64), "sound": "silence"}),
    "one_frame": ("noise", {"frames": 1, "size": (80, 64), "sound": None}),
    "texture": ("moving", {**SECOND, "sound": "beeps"}),
    "texture_of_two_seconds": ("moving", {"frames": 48, "size": (160, 90), "sound": "beeps"}),
    "texture_of_three_frames": ("moving", {"frames": 3, "size": (128, 72), "sound": None}),
}
"""What is painted, and how."""

FILMS = [
    *((clip, "mp4", "h264", bytes) for clip, bytes in [("flat", 16_000), ("noise", 20_000)]),
    ("noise_with_sound", "mp4", "h264", 30_000),
    ("one_frame", "mp4", "h264", 4_000),
    ("texture", "mp4", "h264", 15_000),
    ("texture_of_two_seconds", "mp4", "h264", 60_000),
    ("texture_of_three_frames", "mp4", "h264", 5_000),
    ("texture", "mov", "h264", 18_000),
    ("one_frame", "mov", "h264", 5_000),
    ("texture_of_two_seconds", "mov", "hevc", 70_000),
    ("noise", "mkv", "h264", 12_000),
    ("one_frame", "mkv", "h264", 2_600),
    ("texture", "mkv", "hevc", 20_000),
    ("texture", "mp4", "hevc", 16_000),
    ("one_frame", "mp4", "hevc", 9_000),
    ("texture_of_three_frames", "mkv", "hevc", 9_000),
    ("noise", "mp4", "hevc", 25_000),
    ("flat", "webm", "vp9", 12_000),
    ("noise", "webm", "vp9", 20_000),
    ("noise_with_sound", "webm", "vp9", 25_000),
    ("one_frame", "webm", "vp9", 4_000),
    ("texture", "webm", "vp9", 15_000),
    ("texture_of_two_seconds", "mkv", "vp9", 50_000),
    ("texture_of_three_frames", "mp4", "vp9", 6_000),
    ("flat", "webm", "av1", 12_000),
    ("noise", "webm", "av1", 20_000),
    ("one_frame", "webm", "av1", 3_000),
    ("texture", "webm", "av1", 15_000),
    ("texture_of_two_seconds", "mp4", "av1", 50_000),
    ("texture_of_three_frames", "mkv", "av1", 6_000),
]


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips")
    return {
        name: busy_film(folder / f"{name}.mkv", difficulty, **words)
        for name, (difficulty, words) in CLIPS.items()
    }


def made(source, *outputs, to, **words):
    return mf.process(str(source), list(outputs), to=f"{to}/", **words)


def test_there_are_thirty_films():
    assert len(FILMS) == len(set(FILMS)) == 30


@pytest.mark.parametrize(("clip", "container", "codec", "max_bytes"), FILMS)
def test_file_is_never_larger_than_it_may_be(clips, tmp_path, clip, container, codec, max_bytes):
    wanted = mf.VideoOutput(container, codec=codec, rate=mf.MaxBytes(max_bytes), effort=4)

    output = made(clips[clip], wanted, to=tmp_path).outputs[0]

    path = Path(output.uri)
    assert (output.status, output.frames) == ("completed", CLIPS[clip][1]["frames"])
    assert 0 < path.stat().st_size == output.bytes <= max_bytes
    said = ffprobe(path)
    assert [stream["codec_type"] for stream in said["streams"]] == (
        ["video"] if CLIPS[clip][1]["sound"] is None else ["video", "audio"]
    )
    assert {(stream["width"], stream["height"]) for stream in said["streams"][:1]} == {
        CLIPS[clip][1]["size"]
    }


def test_limit_is_kept_beside_outputs_without_one(clips, tmp_path):
    outputs = [
        mf.VideoOutput("mp4", rate=mf.MaxBytes(40_000), suffix="_a"),
        mf.VideoOutput("mp4", rate=mf.Crf(20), suffix="_b"),
        mf.VideoOutput("webm", rate=mf.MaxBytes(30_000), suffix="_c"),
        mf.PreviewOutput("gif", suffix="_d"),
    ]

    result = made(clips["texture_of_two_seconds"], *outputs, to=tmp_path)

    sizes = [output.bytes for output in result.outputs]
    assert result.status == "completed"
    assert sizes[0] <= 40_000 < sizes[1]
    assert sizes[2] <= 30_000
    assert {path.suffix for path in tmp_path.iterdir()} == {".gif", ".mp4", ".webm"}


def test_exact_copy_of_an_exact_film_is_larger_and_a_limit_holds_it(clips, tmp_path):
    outputs = [
        mf.VideoOutput("mp4", rate=mf.Lossless(), suffix="_exact"),
        mf.VideoOutput("mp4", rate=mf.MaxBytes(20_000), suffix="_small"),
    ]

    exact, small = made(clips["texture"], *outputs, to=tmp_path).outputs

    assert small.bytes <= 20_000 < exact.bytes


def test_encoding_again_is_no_loss_and_strict_jobs_take_it(clips, tmp_path):
    wanted = mf.VideoOutput("webm", rate=mf.MaxBytes(20_000), effort=1)

    output = made(clips["noise"], wanted, to=tmp_path, strict=True).outputs[0]

    assert [notice.code for notice in output.notices] == ["encoded_again"]
    assert output.bytes <= 20_000


def test_film_that_cannot_be_so_small_fails_with_what_it_became(clips, tmp_path):
    wanted = mf.VideoOutput("webm", rate=mf.MaxBytes(2_000), effort=1)

    result = made(clips["noise"], wanted, to=tmp_path, on_failure="partial")

    assert result.outputs[0].status == "failed"
    assert "96×64 px do not fit 2,000 bytes: the smallest of" in result.outputs[0].error
    assert [*tmp_path.iterdir()] == []


def test_limit_is_refused_before_anything_is_decoded(clips, tmp_path):
    wanted = mf.VideoOutput("mp4", rate=mf.MaxBytes(3_000))

    with pytest.raises(mf.errors.SpecError, match="3,000 bytes are too few") as caught:
        made(clips["texture"], wanted, to=tmp_path)

    assert "the smallest size that makes sense is" in caught.value.hint
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("audio", [mf.AudioTrack(), "copy"])
def test_texts_and_copied_sounds_that_go_along_are_within_the_limit(media, tmp_path, audio):
    source = media / "video" / "nasa_13013.mp4"
    wanted = mf.VideoOutput("mkv", rate=mf.MaxBytes(120_000), effort=2, end=2, audio=audio)

    output = made(source, wanted, to=tmp_path).outputs[0]

    kinds = [stream["codec_type"] for stream in ffprobe(output.uri)["streams"]]
    assert "subtitle" in kinds
    assert kinds.count("audio") == (2 if audio == "copy" else 1)
    assert Path(output.uri).stat().st_size == output.bytes <= 120_000
