"""A film that is packed anew has the frames, times and sound of its source, and not one px is new."""

from __future__ import annotations

import threading
from fractions import Fraction

import av
import pytest

import mediaflow as mf
from mediaflow.errors import EncodeError, JobCancelledError, LimitExceededError, OutputsFailedError
from mediaflow.libav.gate import open_count
from mediaflow.models.context import Context
from mediaflow.security.limits import Limits
from mediaflow.storage.source import BytesSource
from mediaflow.video.libav import BACKEND
from tests.film import av_offsets, counting_film, ffprobe, frame_numbers, numbers_of

COPY = {"codec": "copy", "suffix": "_made"}
SYNC_SECONDS = 0.010
RATE, GOP = 25, 12

SOURCES = {
    "avi": {},
    "flv": {"b_frames": 2},
    "mkv": {"b_frames": 2},
    "mov": {"b_frames": 2},
    "mp4": {"b_frames": 2},
    "mpg": {"b_frames": 2},
    "ts": {"b_frames": 2},
    "webm": {"codec": "libvpx-vp9"},
}
TARGETS = {
    "avi": ("mkv", "mov"),
    "flv": ("mkv", "mov", "mp4"),
    "mkv": ("mkv", "mov", "mp4"),
    "mov": ("mkv", "mov", "mp4"),
    "mp4": ("mkv", "mov", "mp4"),
    "mpg": ("mkv",),
    "ts": ("mkv", "mov", "mp4"),
    "webm": ("mkv", "mp4", "webm"),
}
PAIRS = [(source, target) for source, targets in TARGETS.items() for target in targets]
SOUNDS = {"copied": "copy", "encoded": mf.AudioTrack(bit_rate=128_000)}

every_pair = pytest.mark.parametrize(
    ("source", "target"), PAIRS, ids=[f"{source}-{target}" for source, target in PAIRS]
)
every_sound = pytest.mark.parametrize("sound", SOUNDS)


def painted(folder, extension, **words):
    given = {"frames": 75, "size": (64, 36), "gop": GOP, **SOURCES[extension], **words}
    return counting_film(folder / f"film.{extension}", **given)


def made(source, target, **words):
    to = f"{source.parent}/out/"
    return mf.process(source, mf.VideoOutput(target, **{**COPY, **words}), to=to).outputs[0]


def pixels(path):
    """Return the luma of each frame by its number."""
    with av.open(str(path)) as film:
        planes = [bytes(frame.planes[0]) for frame in film.decode(video=0)]
    return dict(zip(numbers_of(path), planes, strict=True))


@every_sound
@every_pair
def test_a_whole_film_keeps_its_frames_their_times_and_its_sound(tmp_path, source, target, sound):
    film = painted(tmp_path, source)
    before = frame_numbers(film)

    output = made(film, target, audio=SOUNDS[sound])

    after = frame_numbers(output.uri)
    assert [number for _, number in after] == list(range(75))
    times = [float(time - before[0][0]) for time, _ in before]
    assert [float(time - after[0][0]) for time, _ in after] == pytest.approx(times, abs=0.0011)
    assert pixels(output.uri) == pixels(film)
    # by as much as in the source, to which nobody may add
    assert av_offsets(output.uri) == pytest.approx(av_offsets(film), abs=SYNC_SECONDS)
    assert output.frames == 75
    assert output.notices == ()


@every_sound
@every_pair
def test_a_part_goes_from_a_keyframe_to_the_end_that_was_asked(tmp_path, source, target, sound):
    film = painted(tmp_path, source)
    whole = pixels(film)
    words = {"start": 1.2, "end": 2.2, "trim": "keyframe", "audio": SOUNDS[sound]}

    output = made(film, target, **words)

    numbers = numbers_of(output.uri)
    first, last = numbers[0], numbers[-1]
    assert numbers == list(range(first, last + 1))
    assert 30 - GOP - 3 <= first <= 30  # the frame of 1.2 s is number 30
    assert 55 - 3 <= last + 1 <= 55  # that of 2.2 s is 55; two B frames may rest on it
    assert pixels(output.uri) == {number: whole[number] for number in numbers}
    offsets = av_offsets(film)[-len(av_offsets(output.uri)) :]
    assert av_offsets(output.uri) == pytest.approx(offsets, abs=SYNC_SECONDS)
    assert [notice.code for notice in output.notices] == ["start_moved"]
    assert output.duration_seconds == pytest.approx(len(numbers) / RATE, abs=0.09)


def test_a_part_that_begins_at_a_keyframe_is_not_told_to_have_moved(tmp_path):
    film = painted(tmp_path, "mp4")

    output = made(film, "mkv", start=2 * GOP / RATE, trim="keyframe")

    assert numbers_of(output.uri) == list(range(2 * GOP, 75))
    assert output.notices == ()


def test_frames_that_rest_on_what_is_cut_off_are_left_out(tmp_path):
    film = painted(tmp_path, "mkv", open_gop=True)

    output = made(film, "mp4", start=1.2, trim="keyframe", audio=None)

    assert pixels(output.uri).items() <= pixels(film).items()


@pytest.mark.parametrize("target", ["mkv", "mov", "mp4"])
def test_a_film_that_starts_late_starts_at_once(tmp_path, target):
    film = painted(tmp_path, "ts", start_offset=7)

    output = made(film, target, audio="copy")

    assert frame_numbers(output.uri)[0][0] <= Fraction(1, RATE)
    assert av_offsets(output.uri) == pytest.approx([0.0] * 3, abs=SYNC_SECONDS)


def test_sound_outlasts_the_picture_where_it_does_so_in_the_source(tmp_path):
    film = painted(tmp_path, "mp4", sound_tail=1)

    output = made(film, "mkv", audio="copy")

    assert mf.probe(output.uri).duration_seconds == pytest.approx(4.0, abs=0.05)


def test_avi_that_stores_frames_out_of_order_is_not_copied(tmp_path):
    film = painted(tmp_path, "avi", codec="libx264", b_frames=2, sound=None)

    with pytest.raises(OutputsFailedError) as caught:
        made(film, "mkv")

    assert "does not say when frames are shown" in caught.value.result.outputs[0].error


def test_hevc_is_tagged_as_players_want_it(tmp_path):
    film = painted(tmp_path, "mkv", codec="libx265", b_frames=0)

    output = made(film, "mp4")

    assert ffprobe(output.uri)["streams"][0]["codec_tag_string"] == "hvc1"


def test_text_and_chapters_of_a_part_count_from_its_start(tmp_path):
    film = with_text(painted(tmp_path, "mkv"), tmp_path / "told.mkv")

    # from the keyframe of 0.96 s, which is 0.24 s before the start
    output = made(film, "mkv", start=1.2, trim="keyframe", audio=None)

    with av.open(output.uri) as seen:
        chapters = [(one["start"], one["end"]) for one in seen.chapters()]
        texts = [(one.pts, one.duration) for one in seen.demux(subtitles=0) if one.size]
    assert texts == [(0, 540), (1_040, 500)]
    scale = 1_000_000_000 / 1_000
    assert [round(start / scale) for start, _ in chapters] == [0, 540]


def with_text(path, to):
    """Add two texts, at 0.5 s for one second and at 2 s for half of one, and two chapters."""
    with av.open(str(path)) as film, av.open(str(to), "w") as told:
        tracks = {one.index: told.add_stream_from_template(one) for one in film.streams}
        words = told.add_stream("subrip")
        words.codec_context.subtitle_header = b"[Events]"
        words.time_base = Fraction(1, 1000)
        told.set_chapters([chapter(0, 0, 1_500), chapter(1, 1_500, 3_000)])
        told.start_encoding()
        for pts, duration in ((500, 1_000), (2_000, 500)):
            packet = av.Packet(b"words")
            packet.pts = packet.dts = pts
            packet.duration, packet.time_base = duration, Fraction(1, 1000)
            packet.stream = words
            told.mux(packet)
        for packet in film.demux():
            if packet.size:
                packet.stream = tracks[packet.stream.index]
                told.mux(packet)
    return to


def chapter(number, start, end):
    base = Fraction(1, 1000)
    return {"id": number, "start": start, "end": end, "time_base": base, "metadata": {}}


class Files:
    """Gives one path to every output."""

    def __init__(self, path):
        self._path = str(path)

    def path(self, step):
        return self._path


def remuxed(film, to, *, context=None, limits=None, reader=None, **words):
    """Have the back end alone pack a film anew."""
    plan = mf.plan(film, mf.VideoOutput("mkv", **{**COPY, **words}), to=f"{film.parent}/")
    return BACKEND.remux(
        plan,
        plan.remuxes[0],
        reader or BytesSource(film.read_bytes()),
        Files(to),
        context or Context(job_id="job"),
        limits=limits or Limits(),
    )


class Watched:
    """A source that notes how many bytes of a file are written whenever it is read."""

    def __init__(self, film, to):
        self._data, self._to = film.read_bytes(), to
        self.size, self.written = len(self._data), []

    def read_at(self, offset, length):
        self.written.append(self._to.stat().st_size if self._to.exists() else 0)
        return self._data[offset : offset + length]


@pytest.mark.parametrize("extension", ["mkv", "mov"])
def test_a_film_of_one_keyframe_is_written_while_it_is_read(tmp_path, extension):
    words = {"frames": 60, "fps": 1, "gop": 1_000, "sound_codec": "pcm_s16le", "b_frames": 0}
    film, to = painted(tmp_path, extension, **words), tmp_path / "made.mkv"
    reader = Watched(film, to)

    output = remuxed(film, to, reader=reader, start=58, trim="keyframe", audio="copy")

    assert (output.error, output.frames) == (None, 60)
    assert reader.written[-1] > film.stat().st_size / 2  # it is read in blocks of 1 MB at most


class Questions:
    """Says from a place on that the job is cancelled."""

    def __init__(self, stop_at=None):
        self.stop_at, self.asked = stop_at, 0

    def cancelled(self):
        self.asked += 1
        return self.stop_at is not None and self.asked > self.stop_at


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_a_cancelled_job_ends_and_leaves_nothing_open(tmp_path, share):
    film = painted(tmp_path, "mp4")
    whole = Questions()
    remuxed(film, tmp_path / "a.mkv", context=Context(job_id="job", cancelled=whole.cancelled))
    stopped = Questions(round((whole.asked - 1) * share))
    before = threading.active_count()

    with pytest.raises(JobCancelledError):
        remuxed(
            film, tmp_path / "b.mkv", context=Context(job_id="job", cancelled=stopped.cancelled)
        )

    assert whole.asked > 75  # at least once a frame
    assert (open_count(), threading.active_count()) == (0, before)


@pytest.mark.parametrize("words", [{"audio": "copy"}, {"audio": SOUNDS["encoded"]}, {"start": 1.2}])
def test_limits_hold_while_packets_pass(tmp_path, words):
    film = painted(tmp_path, "mp4")

    with pytest.raises(LimitExceededError, match="frames"):
        remuxed(
            film, tmp_path / "a.mkv", limits=Limits(max_film_frames=20), trim="keyframe", **words
        )

    assert open_count() == 0


def test_a_file_that_cannot_be_written_is_the_output_s_error(tmp_path):
    film = painted(tmp_path, "mp4")

    output = remuxed(film, tmp_path / "missing" / "a.mkv")

    assert isinstance(output.error, EncodeError)
    assert open_count() == 0


def test_what_is_told_is_what_was_made(tmp_path):
    film = painted(tmp_path, "mp4")

    output = remuxed(film, tmp_path / "a.mkv", audio=None)

    assert (output.error, output.frames, output.notices) == (None, 75, ())
    assert output.duration_seconds == pytest.approx(3.0, abs=0.001)
