"""Stills show the frame of their moment, upright, in the colours that the samples mean."""

from __future__ import annotations

import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from mediaflow.errors import (
    CorruptMediaError,
    JobCancelledError,
    MediaflowError,
    TruncatedMediaError,
    UnsupportedError,
)
from mediaflow.filters import NO_ASSETS, Grayscale, Watermark
from mediaflow.geometry import Size
from mediaflow.models.context import Context
from mediaflow.models.previews import StillOutput
from mediaflow.security.limits import Limits
from mediaflow.testing.films import rgb_of
from mediaflow.video.stills import make_stills
from tests import media
from tests.film import counting_film, cut, quadrant_film, read_number, read_quadrants, solid_film
from tests.film_files import FileReader, described
from tests.film_infos import film_planned


def made(path, *outputs, fail_on="error", context=None, **facts):
    plan = film_planned(list(outputs), described(path, **facts), fail_on=fail_on)
    return make_stills(
        plan,
        plan.stills,
        FileReader(path),
        context or Context(job_id="test"),
        limits=Limits(),
        assets=NO_ASSETS,
    )


def picture(still):
    if still.error is not None:
        raise still.error
    return np.asarray(media.image(still.data).convert("RGB"))


def png(at=0.0, **words):
    return StillOutput(at, format="png", **words)


def names(count):
    return [f"still{index}" for index in range(count)]


@pytest.mark.parametrize("extension", ["avi", "flv", "mkv", "mov", "mp4", "mpg", "ts", "webm"])
def test_a_still_shows_the_frame_of_its_moment(tmp_path: Path, extension: str) -> None:
    path = counting_film(tmp_path / f"film.{extension}", frames=60, sound=None)

    still = made(path, png(at=1.3))[0]

    assert read_number(picture(still)) == 32  # 1.28 s of 25 frames a second


def test_several_stills_come_from_one_pass_in_the_order_they_were_asked_for(tmp_path: Path) -> None:
    path = counting_film(tmp_path / "film.mp4", frames=60)
    moments = [2.0, 0.0, 1.0, 1.0, 0.5]

    stills = made(
        path, *(png(at=at, name=name) for at, name in zip(moments, names(5), strict=True))
    )

    assert [read_number(picture(still)) for still in stills] == [50, 0, 25, 25, 12]
    assert [still.step.name for still in stills] == names(5)


def test_times_count_from_the_start_of_the_film_whatever_its_time_stamps(tmp_path: Path) -> None:
    path = counting_film(tmp_path / "film.mkv", frames=60, start_offset=10)

    assert read_number(picture(made(path, png(at=1.0))[0])) == 25


def test_an_end_beyond_the_film_gives_its_last_frame(tmp_path: Path) -> None:
    path = counting_film(tmp_path / "film.mp4", frames=60)

    assert read_number(picture(made(path, png(at=99))[0])) == 59


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_still_stands_upright(tmp_path: Path, orientation: int) -> None:
    path = quadrant_film(tmp_path / "film.mp4", orientation)

    shown = picture(made(path, png(), orientation=orientation)[0])

    assert shown.shape == (96, 160, 3)
    assert read_quadrants(shown) == media.QUADRANTS


def test_px_that_are_no_squares_are_made_so(tmp_path: Path) -> None:
    path = counting_film(tmp_path / "film.mp4", frames=3, sar=Fraction(4, 3))

    shown = picture(made(path, png())[0])

    assert shown.shape[1] / shown.shape[0] == pytest.approx(160 / 90 * 4 / 3, rel=0.02)
    assert read_number(shown) == 0


def test_a_still_has_the_size_and_the_padding_of_its_plan(tmp_path: Path) -> None:
    path = counting_film(tmp_path / "film.mp4", frames=3)

    shown = picture(made(path, png(width=80, height=80, fit="contain", background="red"))[0])

    assert shown.shape == (80, 80, 3)
    assert tuple(shown[2, 40]) == (255, 0, 0)
    assert read_number(shown[17:63]) == 0


def test_filters_are_applied(tmp_path: Path) -> None:
    path = solid_film(tmp_path / "film.mkv", (81, 90, 240), color=(6, 6, 6))
    plain, gray = made(path, png(name="a"), png(name="b", filters=[Grayscale()]))

    assert np.ptp(picture(plain)[0, 0]) > 200  # red
    assert np.ptp(picture(gray), axis=2).max() == 0


def test_a_filter_that_fails_fails_its_still_alone(tmp_path: Path) -> None:
    path = counting_film(tmp_path / "film.mp4", frames=3)
    lost = Watermark("nowhere.png")  # no second input was acquired

    good, bad = made(path, png(name="a"), png(name="b", filters=[lost]))

    assert read_number(picture(good)) == 0
    assert isinstance(bad.error, MediaflowError)
    assert bad.data == b""


@pytest.mark.parametrize(
    ("color", "full", "matrix"),
    [
        ((1, 1, 1), False, 1),
        ((6, 6, 6), False, 6),
        ((9, 14, 9), False, 9),
        ((1, 1, 1), True, 1),
        ((6, 6, 6), True, 6),
        (None, False, 6),
    ],
)
def test_colours_are_what_the_samples_mean(tmp_path, color, full, matrix) -> None:
    yuv = (120, 100, 170)
    path = solid_film(tmp_path / "film.mkv", yuv, color=color, full_range=full)

    shown = picture(made(path, png())[0])

    # libswscale multiplies by rounded fixed-point factors
    assert np.abs(shown.reshape(-1, 3) - np.array(rgb_of(yuv, matrix, full=full))).max() <= 1


def test_untagged_film_of_720_rows_is_bt709(tmp_path: Path) -> None:
    yuv = (120, 100, 170)
    path = solid_film(tmp_path / "film.mkv", yuv, size=(32, 720))

    shown = picture(made(path, png())[0])

    assert np.abs(shown.reshape(-1, 3) - np.array(rgb_of(yuv, 1, full=False))).max() <= 1


def test_ten_bits_are_brought_to_eight(tmp_path: Path) -> None:
    yuv = (480, 400, 680)
    path = solid_film(tmp_path / "film.mkv", yuv, pixel_format="yuv420p10le", color=(9, 14, 9))

    shown = picture(made(path, png())[0])

    wanted = np.array(rgb_of(yuv, 9, full=False, bits=10))
    assert np.abs(shown.reshape(-1, 3) - wanted).max() <= 1


@pytest.mark.parametrize("extension", ["mkv", "mp4", "flv"])
def test_a_moment_that_was_cut_off_is_an_error_of_its_own(tmp_path, extension) -> None:
    path = counting_film(
        tmp_path / f"film.{extension}", frames=75, container_options={"movflags": "faststart"}
    )
    facts = described(path)
    plan = film_planned([png(at=0.23, name="a"), png(at=2.9, name="b")], facts)
    cut(path, 0.5)

    good, lost = make_stills(
        plan,
        plan.stills,
        FileReader(path),
        Context(job_id="test"),
        limits=Limits(),
        assets=NO_ASSETS,
    )

    assert read_number(picture(good)) == 5
    assert isinstance(lost.error, TruncatedMediaError)


def test_what_is_left_of_a_film_is_used_where_that_is_allowed(tmp_path: Path) -> None:
    path = counting_film(tmp_path / "film.mkv", frames=75)
    plan = film_planned([png(at=2.9)], described(path), fail_on="none")
    cut(path, 0.5)

    still = make_stills(
        plan,
        plan.stills,
        FileReader(path),
        Context(job_id="test"),
        limits=Limits(),
        assets=NO_ASSETS,
    )[0]

    assert 10 < read_number(picture(still)) < 70
    assert [notice.code for notice in still.notices] == ["source_salvaged"]


def test_a_film_whose_sound_is_longer_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    counting_film(path, pts=[Fraction(n, 25) for n in range(25)], sound_tail=2)

    still = made(path, png(at=2.5))[0]

    assert read_number(picture(still)) == 24
    assert still.notices == ()


def test_an_attached_picture_is_not_the_film(media_folder: Path) -> None:
    path = media_folder / "attached_picture.mkv"

    shown = picture(made(path, png(at=0.5))[0])

    assert Size(shown.shape[1], shown.shape[0]) == described(path).size


def test_a_cancelled_job_stops_between_packets(tmp_path: Path) -> None:
    path = counting_film(tmp_path / "film.mp4", frames=60)
    calls = []
    context = Context(job_id="test", cancelled=lambda: calls.append(1) or len(calls) > 3)

    with pytest.raises(JobCancelledError):
        made(path, png(at=2.0), context=context)
    assert len(calls) == 4


def test_a_stream_that_is_no_moving_picture_is_refused(tmp_path: Path) -> None:
    path = counting_film(tmp_path / "film.mp4", frames=3)

    with pytest.raises(UnsupportedError):
        made(path, png(), index=1)


def damaged(path: Path, packet: int) -> None:
    """Overwrite the middle of one packet of a film."""
    with av.open(str(path)) as film:
        places = [(one.pos, one.size) for one in film.demux(video=0) if one.size]
    start, size = places[packet]
    data = bytearray(path.read_bytes())
    data[start + size // 4 : start + size] = bytes(size - size // 4)
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("fail_on", ["error", "none"])
def test_a_frame_that_cannot_be_decoded_is_said(tmp_path: Path, fail_on: str) -> None:
    path = counting_film(
        tmp_path / "film.mov", frames=20, codec="png", pixel_format="rgb24", sound=None
    )
    damaged(path, 10)

    stills = made(
        path,
        *(png(at=number / 25, name=f"s{number}") for number in (9, 10, 11)),
        fail_on=fail_on,
    )

    assert [type(still.error) for still in stills] == [
        type(None),
        CorruptMediaError if fail_on == "error" else type(None),
        type(None),
    ]
    assert [len(still.notices) for still in stills] == [0, int(fail_on == "none"), 0]
    assert read_number(picture(stills[2])) == 11


@pytest.mark.parametrize(
    ("name", "orientation", "second"),
    [
        ("anamorphic.mp4", 1, 1.0),
        ("bt2020_10bit.mp4", 1, 1.0),
        ("bt709_full_range.mp4", 1, 0.5),
        ("interlaced_tff.mp4", 1, 1.0),
        ("nasa_13013_rotated.mp4", 8, 0.4),
        ("rotated_90.mov", 6, 0.0),
    ],
)
def test_real_films_look_as_the_ffmpeg_program_shows_them(
    media_folder: Path, name: str, orientation: int, second: float
) -> None:
    path = media_folder / name

    shown = picture(made(path, png(at=second + 0.001), orientation=orientation)[0])

    size = f"{shown.shape[1]}:{shown.shape[0]}"
    scale = f"scale={size}:flags=lanczos+accurate_rnd+full_chroma_int"
    theirs = by_ffmpeg(path, second, scale).reshape(shown.shape)
    assert np.abs(shown.astype(int) - theirs).mean() < 0.5  # other versions round otherwise


def by_ffmpeg(path: Path, second: float, scale: str) -> np.ndarray:
    """Return the px of the first frame from a time on, as the ffmpeg program turns it."""
    program = shutil.which("ffmpeg")
    if program is None:
        pytest.skip("the ffmpeg program is not installed")
    wanted = ("-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-")
    start = str(max(second - 0.002, 0))  # its time stamps are rounded
    done = subprocess.run(
        [program, "-v", "error", "-ss", start, "-i", path, "-vf", scale, *wanted],
        capture_output=True,
        check=True,
        timeout=60,
    )
    return np.frombuffer(done.stdout, np.uint8).astype(int)


@pytest.fixture
def media_folder(media: Path) -> Path:
    return media / "video"
