"""The frame that is displayed at a moment is found in every container, as a full decode shows it."""

from __future__ import annotations

import functools
import random
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mediaflow.errors import JobCancelledError, UnsupportedError
from mediaflow.video.seek import frames_at, moving_picture, seek_before, zero_of
from tests.film import counting_film, frame_numbers, read_number

RATE = 25
FILMS: dict[str, dict[str, Any]] = {
    "b_frames.avi": {"b_frames": 2},
    "b_frames.mkv": {"b_frames": 2},
    "b_frames.mov": {"b_frames": 2},
    "b_frames.mp4": {"b_frames": 2},
    "hevc.mp4": {"codec": "libx265", "b_frames": 2},
    "negative.mp4": {"start_offset": -0.4, "container_options": {"avoid_negative_ts": "disabled"}},
    "negative.ts": {"start_offset": -0.4, "container_options": {"avoid_negative_ts": "disabled"}},
    "offset.flv": {"start_offset": 5, "b_frames": 2},
    "offset.mp4": {"start_offset": 5, "b_frames": 2},
    "offset.mpg": {"start_offset": 5},
    "offset.ts": {"start_offset": 5, "b_frames": 2},
    "one.mkv": {"frames": 1, "sound": None},
    "one.mp4": {"frames": 1, "sound": None},
    "one.ts": {"frames": 1, "sound": None},
    "open.mkv": {"b_frames": 2, "open_gop": True},
    "open.mp4": {"b_frames": 2, "open_gop": True},
    "open.mpg": {"b_frames": 2, "open_gop": True},
    "open.mxf": {"b_frames": 2, "open_gop": True},
    "open.ts": {"b_frames": 2, "open_gop": True},
    "plain.asf": {},
    "plain.avi": {},
    "plain.flv": {},
    "plain.mkv": {},
    "plain.mp4": {},
    "plain.mpg": {},
    "plain.ts": {},
    "plain.webm": {},
    "varying.flv": {"pts": [Fraction(n * n, 400) + Fraction(n, 30) for n in range(60)]},
    "varying.mkv": {"pts": [Fraction(n * n, 400) + Fraction(n, 30) for n in range(60)]},
    "varying.mp4": {
        "pts": [Fraction(n * n, 400) + Fraction(n, 30) for n in range(60)],
        "b_frames": 2,
    },
    "varying.ts": {"pts": [Fraction(n * n, 400) + Fraction(n, 30) for n in range(60)]},
}


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("films")
    return {
        name: counting_film(folder / name, **{"frames": 90, "gop": 12, **options})
        for name, options in FILMS.items()
    }


@functools.cache
def decoded(path: Path) -> list[tuple[Fraction, int]]:
    """Return time and number of all frames, by one full decode."""
    return frame_numbers(path)


def displayed(all_frames: list[tuple[Fraction, Any]], time: Fraction) -> Any:
    """Return what stands for the last frame at or before a time."""
    before = [frame for frame in all_frames if frame[0] <= time]
    return max(before, key=lambda frame: frame[0])[1] if before else all_frames[0][1]


def found(path: Path, times: list[Fraction], *, threads: int = 1) -> list[int]:
    numbers: dict[int, int] = {}
    with av.open(str(path)) as film:
        stream = moving_picture(film)
        stream.codec_context.thread_count = threads
        stream.codec_context.thread_type = "AUTO"
        for shown in frames_at(film, stream, times):
            numbers[shown.index] = read_number(shown.frame)
    return [numbers[index] for index in range(len(times))]


@pytest.mark.parametrize("name", sorted(FILMS))
def test_each_moment_alone_gives_what_a_full_decode_shows(
    films: dict[str, Path], name: str
) -> None:
    all_frames = decoded(films[name])
    chance = random.Random(name)
    first, last = all_frames[0][0], all_frames[-1][0]
    span = float(last - first) + 0.6
    times = [first - Fraction(3, 10) + Fraction(chance.uniform(0, span)) for _ in range(10)]
    times += [first, last, chance.choice(all_frames)[0]]

    got = [found(films[name], [time])[0] for time in times]

    assert got == [displayed(all_frames, time) for time in times]


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("name", sorted(FILMS))
def test_many_moments_in_one_pass_give_the_same(
    films: dict[str, Path], name: str, threads: int
) -> None:
    all_frames = decoded(films[name])
    chance = random.Random(name + "many")
    first, last = all_frames[0][0], all_frames[-1][0]
    span = float(last - first) + 0.6
    times = [first - Fraction(3, 10) + Fraction(chance.uniform(0, span)) for _ in range(14)]

    got = found(films[name], times, threads=threads)

    assert got == [displayed(all_frames, time) for time in times]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(sorted(FILMS)),
    times=st.lists(st.fractions(-1, 10, max_denominator=90_000), min_size=1, max_size=6),
)
def test_any_moments_in_any_order_are_found(
    films: dict[str, Path], name: str, times: list[Fraction]
) -> None:
    all_frames = decoded(films[name])

    got = found(films[name], times)

    assert got == [displayed(all_frames, time) for time in times]


def test_real_films_show_what_a_full_decode_shows(media: Path) -> None:
    for path in sorted((media / "video").iterdir()):
        with av.open(str(path)) as film:
            stream = moving_picture(film)
            base = Fraction(stream.time_base.numerator, stream.time_base.denominator)
            stamps = [(frame.pts * base, _print_of(frame)) for frame in _all_frames(film, stream)]
        first, last = float(stamps[0][0]), float(stamps[-1][0])
        chance = random.Random(path.name)
        times = [Fraction(chance.uniform(first - 0.1, last + 0.2)) for _ in range(4)]
        with av.open(str(path)) as film:
            shown = list(frames_at(film, moving_picture(film), times))

        got = {one.index: _print_of(one.frame) for one in shown}

        assert [got[index] for index in range(4)] == [displayed(stamps, t) for t in times], path


def _all_frames(film: Any, stream: Any) -> Iterator[av.VideoFrame]:
    """Yield all frames that can be decoded; one real film ends in half a packet."""
    for packet in film.demux(stream):
        with suppress(av.error.InvalidDataError):
            yield from stream.decode(packet)


def _print_of(frame: av.VideoFrame) -> tuple[int, bytes]:
    """Return what tells a frame from others."""
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return frame.pts or 0, rows[:, : frame.width].tobytes()


def test_a_stream_without_time_stamps_is_counted_at_its_rate(tmp_path: Path) -> None:
    path = counting_film(tmp_path / "film.h264", container="h264", frames=40, sound=None)

    got = found(path, [Fraction(1), Fraction(0), Fraction(31, 25), Fraction(9)])

    assert got == [25, 0, 31, 39]


def test_the_last_frame_is_known_to_be_the_last(films: dict[str, Path]) -> None:
    with av.open(str(films["plain.mp4"])) as film:
        stream = moving_picture(film)
        shown = list(frames_at(film, stream, [Fraction(1), Fraction(99)]))

    assert [one.is_last for one in shown] == [False, True]


def test_two_moments_of_one_frame_give_it_twice(films: dict[str, Path]) -> None:
    assert found(films["plain.mp4"], [Fraction(101, 100), Fraction(103, 100)]) == [25, 25]


def test_a_seek_reads_less_than_a_full_decode(films: dict[str, Path]) -> None:
    calls: list[int] = []
    with av.open(str(films["plain.mp4"])) as film:
        stream = moving_picture(film)
        shown = next(frames_at(film, stream, [Fraction(3)], check=lambda: calls.append(1)))

    assert read_number(shown.frame) == 75
    assert len(calls) < 30  # a GOP has 12 frames


def test_a_pass_over_neighbours_reads_each_packet_once(films: dict[str, Path]) -> None:
    calls: list[int] = []
    times = [Fraction(number, RATE) for number in range(40)]
    with av.open(str(films["plain.mp4"])) as film:
        stream = moving_picture(film)
        shown = list(frames_at(film, stream, times, check=lambda: calls.append(1)))

    assert [read_number(one.frame) for one in shown] == list(range(40))
    assert len(calls) < 60


def test_the_check_may_stop_it(films: dict[str, Path]) -> None:
    def stop() -> None:
        raise JobCancelledError("enough")

    with av.open(str(films["plain.ts"])) as film, pytest.raises(JobCancelledError):
        next(frames_at(film, moving_picture(film), [Fraction(3)], check=stop))


def test_the_zero_is_where_picture_or_sound_starts_first(films: dict[str, Path]) -> None:
    with av.open(str(films["offset.mp4"])) as film:
        assert zero_of(film, moving_picture(film)) == pytest.approx(5, abs=0.03)


def test_an_attached_picture_is_no_moving_picture(media: Path) -> None:
    with av.open(str(media / "video" / "attached_picture.mkv")) as film:
        assert moving_picture(film).codec_context.name != "mjpeg"
        attached = next(one for one in film.streams.video if one.codec_context.name != "h264")
        with pytest.raises(UnsupportedError):
            moving_picture(film, attached.index)


@pytest.mark.parametrize("name", sorted(name for name in FILMS if not name.startswith("one")))
def test_a_decoder_moved_before_a_moment_shows_all_from_there_on(
    films: dict[str, Path], name: str
) -> None:
    all_frames = decoded(films[name])
    time = all_frames[len(all_frames) * 2 // 3][0]
    seen: list[tuple[Fraction, int]] = []
    with av.open(str(films[name])) as film:
        stream = moving_picture(film)
        base = Fraction(stream.time_base.numerator, stream.time_base.denominator)
        floor = seek_before(film, stream, time)
        has_key = floor is None
        for packet in film.demux(stream):
            has_key = has_key or (packet.is_keyframe and packet.pts == floor)
            if has_key:
                frames = stream.decode(packet if packet.size else None)
                seen += [
                    (frame.pts * base, read_number(frame))
                    for frame in frames
                    if floor is None or frame.pts >= floor
                ]

    assert seen[0][0] <= time
    assert seen == all_frames[len(all_frames) - len(seen) :]
