"""Bad films end in a typed error or in a notice; nothing hangs, stays open or looks like success."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
import pytest
from PIL import Image

import mediaflow as mf
from mediaflow import errors
from mediaflow.libav.gate import open_count
from tests.film import av_offsets, counting_film, cut, numbers_of, read_number
from tests.hostile_films import (
    box,
    covered_sound,
    gapped_film,
    many_tracks,
    rebuilt,
    table,
    timeless,
)
from tests.measure import listing, open_descriptors, own_threads

pytestmark = pytest.mark.integration

FRAMES: Final = 50
CUTS: Final = 10
TOLD: Final = ("avi", "flv", "mkv", "mov", "mp4", "ts", "webm")
"""Containers that a cut shows in; what is left of an MPEG programme stream is one, though its last frame may not be whole."""

INDEXED: Final = ("mov", "mp4")  # their index stands at the end, so nothing is left


@pytest.fixture(autouse=True)
def nothing_stays(tmp_path: Path) -> Iterator[None]:
    """Compare what is open before and after."""
    warm = counting_film(tmp_path / "warm.mp4", frames=2)
    mf.process(warm, everything(), to=f"{tmp_path}/warm/{{name}}.{{ext}}")
    before = (open_descriptors(), own_threads())

    yield

    assert (open_descriptors(), own_threads()) == before
    assert open_count() == 0


def everything() -> list[mf.VideoOutput | mf.StillOutput | mf.PreviewOutput]:
    """One output of each kind."""
    return [
        mf.VideoOutput(height=48, effort=9, name="film"),
        mf.StillOutput(0.1, name="still"),
        mf.PreviewOutput("gif", duration=0.2, width=64, name="preview"),
    ]


def made(path: Path, outputs: Any = None, **words: Any) -> dict[str, mf.OutputResult]:
    """Make outputs of a film, and return those that are there by name."""
    to = path.parent / "out"
    wanted = everything() if outputs is None else outputs
    result = mf.process(
        path,
        wanted,
        to=f"{to}/{{name}}.{{ext}}",
        on_failure="partial",
        if_exists="replace",
        **words,
    )
    for one in result.outputs:
        assert (one.status == "completed") == Path(one.uri).is_file()
        Path(one.uri).unlink(missing_ok=True)
    assert not listing(to)
    return {one.name: one for one in result.outputs}


def codes(output: mf.OutputResult) -> list[str]:
    return [notice.code for notice in output.notices]


def refused(path: Path, error: type[errors.MediaflowError], words: str, **more: Any) -> None:
    """Hold that nothing at all is made of a film."""
    with pytest.raises(error, match=words):
        made(path, **more)
    assert not (path.parent / "out").exists() or not listing(path.parent / "out")


@pytest.mark.parametrize("part", range(1, CUTS + 1))
@pytest.mark.parametrize("container", TOLD)
def test_a_film_that_is_cut_off_is_refused(tmp_path, container, part):
    path = cut(counting_film(tmp_path / f"cut.{container}", frames=FRAMES), part / (CUTS + 1))
    expected = errors.SourceError
    if container == "flv" and part == 1:
        expected = errors.UnsupportedError  # it ends before the first frame: sound only

    with pytest.raises(expected):
        mf.process(path, mf.VideoOutput(effort=9), to=f"{tmp_path}/out/")

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("part", [3, 6, 9])
@pytest.mark.parametrize("container", sorted({*TOLD} - {*INDEXED}))
def test_what_is_left_is_made_on_request_and_told(tmp_path, container, part):
    whole = counting_film(tmp_path / f"cut.{container}", frames=FRAMES, size=(320, 180))
    path = cut(whole, part / (CUTS + 1))

    result = mf.process(
        path, mf.VideoOutput(height=90, effort=9), to=f"{tmp_path}/out/", fail_on="none"
    )

    left = numbers_of(result.outputs[0].uri)
    assert left == list(range(len(left)))
    assert 0 < len(left) < FRAMES
    assert "source_salvaged" in codes(result.outputs[0])


def test_a_part_that_is_whole_of_a_film_that_is_not_has_no_notice(tmp_path):
    path = cut(counting_film(tmp_path / "cut.mkv", frames=FRAMES, size=(320, 180)), 0.8)
    outputs = [mf.VideoOutput(end=0.4, effort=9, name="head"), mf.VideoOutput(effort=9, name="all")]

    films = made(path, outputs, fail_on="none")

    assert {name: codes(one) for name, one in films.items()} == {
        "head": [],
        "all": ["source_salvaged"],
    }
    assert codes(made(path, outputs[0], fail_on="none")["head"]) == []


@pytest.mark.parametrize("part", [3, 6])
def test_a_programme_stream_that_ends_within_a_frame_is_damaged(tmp_path, part):
    whole = counting_film(tmp_path / "cut.mpg", frames=FRAMES, size=(320, 180))
    path = cut(whole, part / (CUTS + 1))

    refused(path, errors.CorruptMediaError, "decoded", outputs=everything()[0])
    film = made(path, fail_on="none")["film"]

    assert film.notices[-1].message == "what is damaged is left out"


@pytest.mark.parametrize("container", INDEXED)
def test_without_an_index_nothing_is_left(tmp_path, container):
    path = cut(counting_film(tmp_path / f"cut.{container}"), 0.9)

    refused(path, errors.TruncatedMediaError, "before its index", fail_on="none")


def plain(folder: Path) -> bytes:
    return counting_film(folder / "plain.mp4", frames=25, sound=None).read_bytes()


REFUSED: Final[dict[str, tuple[Callable[[Path], bytes], type[errors.MediaflowError], str]]] = {
    "its index is lost": (
        lambda folder: rebuilt(plain(folder), {b"moov": lambda _: None}),
        errors.CorruptMediaError,
        "no index",
    ),
    "it has no streams": (
        lambda folder: rebuilt(plain(folder), {b"trak": lambda _: None}),
        errors.CorruptMediaError,
        "without any picture or sound",
    ),
    "its frames are elsewhere": (
        lambda folder: rebuilt(
            plain(folder), {b"stco": lambda _: table(1), b"co64": lambda _: table(1) + b"\xff" * 8}
        ),
        errors.CorruptMediaError,
        "no frame of the film can be decoded",
    ),
    "it stands still for a month": (
        lambda folder: gapped_film(folder / "gap.mkv", 30 * 86_400).read_bytes(),
        errors.LimitExceededError,
        "2,591,999 gap seconds",
    ),
    "it has 900 tracks": (
        lambda folder: many_tracks(counting_film(folder / "t.mp4").read_bytes(), 900),
        errors.LimitExceededError,
        "more streams",
    ),
    "its picture is in no known codec": (
        lambda folder: rebuilt(
            plain(folder), {b"stsd": lambda _: table(1) + box(b"ZZZZ", bytes(78))}
        ),
        errors.UnsupportedError,
        "codecs that are not read here",
    ),
    "it is a cover with sound": (
        lambda folder: covered_sound(folder / "c.mp4").read_bytes(),
        errors.UnsupportedError,
        "nothing to see",
    ),
    "it is a playlist": (
        lambda _: b"#EXTM3U\n#EXTINF:1,\nfilm.ts\n",
        errors.UnidentifiedMediaError,
        "playlist",
    ),
    "it is a session": (
        lambda _: b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=video 5004 RTP/AVP 96\n",
        errors.UnidentifiedMediaError,
        "plain text",
    ),
    "it is a list of files": (
        lambda _: b"ffconcat version 1.0\nfile film.ts\n",
        errors.UnidentifiedMediaError,
        "list of files",
    ),
}
"""By what is wrong: how it is made, the error, and words of its message."""


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize("fail_on", ["error", "none"])
def test_nothing_is_made_of_a_film_when(tmp_path, what, fail_on):
    make, error, words = REFUSED[what]
    path = tmp_path / "film.mp4"
    path.write_bytes(make(tmp_path))

    refused(path, error, words, outputs=everything()[0], fail_on=fail_on)


def test_frames_that_share_one_time_are_told(tmp_path):
    path = tmp_path / "still.mp4"
    path.write_bytes(timeless(plain(tmp_path)))

    film = made(path)["film"]

    assert film.frames == 1
    assert "24 of its frames have no time of their own" in film.notices[0].message


def joined(folder: Path, start: int) -> Path:
    """Write a transport stream of 50 frames, and 25 larger ones from another time on."""
    first = counting_film(folder / "a.ts", frames=50, sound=None)
    second = counting_film(
        folder / "b.ts", frames=25, size=(320, 180), first_number=50, start_offset=start, sound=None
    )
    path = folder / "joined.ts"
    path.write_bytes(first.read_bytes() + second.read_bytes())
    return path


def test_frames_that_change_their_size_are_fitted_to_the_first(tmp_path):
    path = joined(tmp_path, 2)

    result = mf.process(path, mf.VideoOutput(effort=9), to=f"{tmp_path}/out/")

    assert (result.outputs[0].width, result.outputs[0].height) == (160, 90)
    assert numbers_of(result.outputs[0].uri) == list(range(75))


def test_a_second_recording_behind_the_first_is_no_clean_success(tmp_path):
    path = joined(tmp_path, 0)

    with pytest.raises(errors.CorruptMediaError, match="joined from several recordings"):
        mf.process(path, mf.VideoOutput(effort=9), to=f"{tmp_path}/out/")
    result = mf.process(path, mf.VideoOutput(effort=9), to=f"{tmp_path}/out/", fail_on="none")

    assert numbers_of(result.outputs[0].uri) == list(range(50))
    assert "time stamps jump back" in result.outputs[0].notices[0].message


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (161, 91)])
def test_small_and_odd_films_are_made_even(tmp_path, size):
    path = tmp_path / "odd.mkv"
    with av.open(str(path), "w") as film:
        stream: Any = film.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv444p"
        for index in range(5):
            frame = av.VideoFrame(*size, "yuv444p")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))

    outputs = made(path, fail_on="error")

    assert {one.status for one in outputs.values()} == {"completed"}
    film_made = outputs["film"]
    assert (film_made.width % 2, film_made.height % 2) == (0, 0)


def test_sound_where_film_is_asked_is_refused(tmp_path):
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as film:
        track: Any = film.add_stream("aac", rate=48_000)
        frame = av.AudioFrame(format="fltp", layout="mono", samples=1024)
        frame.sample_rate = 48_000
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        film.mux(track.encode(frame))
        film.mux(track.encode(None))

    refused(path, errors.UnsupportedError, "nothing to see")


WORDS: Final[dict[str, tuple[Callable[[], Any], str]]] = {
    "aac in webm": (
        lambda: mf.VideoOutput("webm", audio=mf.AudioTrack("aac")),
        "aac",
    ),
    "h264 in webm": (lambda: mf.VideoOutput("webm", codec="h264"), "h264"),
    "start beyond the end": (lambda: mf.VideoOutput(start=9), "9"),
    "rate beyond the scale": (lambda: mf.VideoOutput(rate=mf.Crf(99)), "99"),
    "end before the start": (lambda: mf.VideoOutput(start=1, end=0.5), "0.5"),
}


@pytest.mark.parametrize("what", WORDS)
def test_a_wrong_wish_is_refused_in_words(tmp_path, what):
    make, words = WORDS[what]
    path = counting_film(tmp_path / "film.mp4", frames=25)

    with pytest.raises(errors.SpecError, match=words):
        mf.process(path, make(), to=f"{tmp_path}/out/")

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100])
def test_sound_of_any_rate_stays_with_its_picture(tmp_path, rate):
    path = counting_film(tmp_path / "film.mp4", frames=50, sample_rate=rate)
    outputs = [mf.VideoOutput(name, effort=9, name=name) for name in ("mp4", "webm")]

    result = mf.process(path, outputs, to=f"{tmp_path}/out/{{name}}.{{ext}}")

    offsets = [offset for one in result.outputs for offset in av_offsets(one.uri)]
    assert offsets == pytest.approx([0.0] * 4, abs=0.010)


def test_five_channels_become_two_and_it_is_told(tmp_path):
    path = counting_film(tmp_path / "film.mkv", frames=25, layout="5.1")

    result = mf.process(path, mf.VideoOutput(effort=9), to=f"{tmp_path}/out/")

    sound = mf.probe(result.outputs[0].uri).audio[0]
    assert (sound.channels, codes(result.outputs[0])) == (2, ["channels_mixed_down"])


def test_a_still_beyond_the_end_is_the_last_frame_and_says_so(tmp_path):
    path = counting_film(tmp_path / "film.mp4", frames=25, sound=None)

    result = mf.process(path, mf.StillOutput(9.0, format="png"), to=f"{tmp_path}/out/")

    with Image.open(result.outputs[0].uri) as picture:
        assert read_number(np.asarray(picture.convert("RGB"))) == 24
    assert codes(result.outputs[0]) == ["time_clamped"]


def test_a_recording_that_begins_between_keyframes_begins_with_the_first(tmp_path):
    whole = counting_film(tmp_path / "film.ts", frames=50, gop=20, sound=None, size=(320, 180))
    data = whole.read_bytes()
    packets = len(data) // 188  # ISO/IEC 13818-1 2.4.3.2
    head = data[: 3 * 188]  # the tables
    whole.write_bytes(head + data[packets // 5 * 188 :])

    result = mf.process(whole, mf.VideoOutput(effort=9), to=f"{tmp_path}/out/")

    assert numbers_of(result.outputs[0].uri) == list(range(20, 50))


def test_one_output_that_cannot_be_made_stops_no_other(tmp_path):
    live = {"live": "1"}  # no length in the header, so that no plan can count frames
    path = counting_film(tmp_path / "film.mkv", frames=25, container_options=live)
    outputs = [*everything(), mf.VideoOutput(fps=60, effort=9, name="fast")]

    result = made(path, outputs, limits=mf.Limits(max_film_frames=40))

    failed = {name: one.error_code for name, one in result.items() if one.status == "failed"}
    assert failed == {"fast": "limit_exceeded"}
    assert len(result) == 4
