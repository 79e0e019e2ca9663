"""Animations through the front door: time, plays and px survive, and nothing is left behind."""

from __future__ import annotations

import threading
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import mediaflow as mf
from mediaflow import errors
from mediaflow.formats import GifOptions
from mediaflow.jobs.environment import Environment
from mediaflow.jobs.run import run_job
from mediaflow.models.context import Budget, Context
from tests.measure import listing, own_threads, psnr
from tests.media import encode, photo
from tests.motion import disc, moving, read_motion, shown, shown_by_ffmpeg

Output = mf.ImageOutput
Moves = mf.Animation
DURATIONS = [40, 100, 1000, 250, 70]
EXTENSIONS = {"gif": "gif", "png": "png", "webp": "webp"}


def made(folder: Path, source: bytes, output: mf.ImageOutput, **how) -> bytes:
    result = mf.process(source, output, to=f"{folder}/made.{{ext}}", **how)
    return Path(result.outputs[0].uri).read_bytes()


def converted(folder: Path, source: bytes, *names: str) -> bytes:
    data = source
    for name in names:
        data = made(folder, data, Output(name, animation=Moves()))
    return data


@pytest.mark.parametrize("plays", [0, 1, 3])
@pytest.mark.parametrize(
    ("first", "names"),
    [
        ("GIF", ("webp", "gif")),
        ("GIF", ("png", "webp")),
        ("WEBP", ("gif", "png")),
        ("PNG", ("webp", "gif", "png")),
    ],
)
def test_time_and_plays_survive_a_chain_of_formats(tmp_path, first, names, plays):
    motion = read_motion(converted(tmp_path, moving(first, DURATIONS, plays=plays), *names))

    assert motion.plays == plays
    assert motion.total == Fraction(sum(DURATIONS), 1000)
    assert motion.seconds == tuple(Fraction(ms, 1000) for ms in DURATIONS)


def test_avif_sequence_is_read(tmp_path):
    motion = read_motion(made(tmp_path, moving("AVIF", DURATIONS), Output("webp")))

    assert (motion.plays, motion.total) == (0, Fraction(1460, 1000))


@pytest.mark.parametrize("name", ["gif", "png", "webp"])
def test_frames_look_like_the_source_s(tmp_path, name):
    data = converted(tmp_path, moving("PNG", [100] * 6), name)

    for index, frame in enumerate(shown(data)):
        assert psnr(frame[..., :3], np.asarray(disc(index))) > 30  # WebP 80 on hard edges


@pytest.mark.parametrize("name", ["gif", "png"])
def test_ffmpeg_shows_the_same_frames(tmp_path, name):
    data = converted(tmp_path, moving("PNG", [100] * 6), name)

    frames = shown_by_ffmpeg(data)

    assert len(frames) == 6
    for index, frame in enumerate(frames):
        assert np.array_equal(frame[..., :3], np.asarray(disc(index)))


@pytest.mark.parametrize("first", ["GIF", "PNG", "WEBP"])
@pytest.mark.parametrize("name", ["gif", "png", "webp"])
def test_what_was_cleared_stays_clear(tmp_path, first, name):
    data = converted(tmp_path, moving(first, [100] * 5, clear=True), name)

    for index, frame in enumerate(shown(data)):
        expected = np.asarray(disc(index, clear=True))
        assert np.mean(frame[..., 3] == expected[..., 3]) > 0.99
        inside = expected[..., 3] == 255
        assert np.abs(frame[inside][:, :3].astype(int) - (230, 30, 30)).mean() < 6


@pytest.mark.parametrize("name", ["gif", "png"])
def test_ffmpeg_agrees_on_what_is_clear(tmp_path, name):
    data = converted(tmp_path, moving("PNG", [100] * 5, clear=True), name)

    for index, frame in enumerate(shown_by_ffmpeg(data)):
        assert np.array_equal(frame[..., 3], np.asarray(disc(index, clear=True))[..., 3])


def test_gif_of_one_frame_is_a_still(tmp_path):
    result = mf.process(encode(photo(64, 48), "GIF"), Output("webp"), to=f"{tmp_path}/a.webp")

    output = result.outputs[0]
    assert (output.frames, output.duration_seconds, output.notices) == (None, None, ())
    assert b"ANIM" not in Path(output.uri).read_bytes()


def test_result_tells_frames_and_length(tmp_path):
    result = mf.process(moving("GIF", DURATIONS), Output("webp"), to=f"{tmp_path}/a.webp")

    assert (result.outputs[0].frames, result.outputs[0].duration_seconds) == (5, 1.46)
    assert result.source.image.duration_seconds == 1.46


def test_caps_cut_and_say_so(tmp_path):
    spec = Output("webp", animation=Moves(fps=10, max_seconds=0.5, start_seconds=0.2, loop=2))

    result = mf.process(moving("GIF", [50] * 20), spec, to=f"{tmp_path}/a.webp")

    motion = read_motion(Path(result.outputs[0].uri).read_bytes())
    assert (motion.plays, motion.seconds) == (2, (Fraction(1, 10),) * 5)
    assert [(n.code, n.message) for n in result.notices] == [
        ("frames_dropped", "15 of 20 frames are left out")
    ]


def test_sixty_frames_a_second_become_fifty_in_a_gif(tmp_path):
    data = made(tmp_path, moving("WEBP", [17, 16, 17] * 10), Output("gif"))

    motion = read_motion(data)
    assert min(motion.seconds) == Fraction(2, 100)  # browsers show 10 ms as 100
    assert motion.total == Fraction(50, 100)


@pytest.mark.parametrize(
    ("moment", "index"), [(None, 0), (0.05, 1), (0.5, 2), ("25%", 2), ("100%", 4), (99.0, 4)]
)
@pytest.mark.parametrize("threads", [1, 2])
def test_still_comes_from_the_chosen_moment(tmp_path, moment, index, threads):
    outputs = [Output("png", still_at=moment, animation=None), Output("webp")]
    job = mf.Job(source=moving("GIF", DURATIONS), outputs=outputs, to=f"{tmp_path}/")

    result = run_job(job, Environment(), Context(job_id="a", budget=Budget(threads=threads)))

    still = shown(Path(result["png"].uri).read_bytes())[0]
    assert np.array_equal(still[..., :3], np.asarray(disc(index)))
    assert result["webp"].frames == 5


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
def test_threads_change_no_byte(tmp_path, threads):
    outputs = [Output(name, animation=Moves(), width=48) for name in ("gif", "png", "webp")]
    outputs += [Output("jpeg", still_at="50%"), Output("webp", width=24, suffix="_small")]
    job = mf.Job(source=moving("GIF", DURATIONS), outputs=outputs, to=f"{tmp_path}/")
    before = own_threads()

    result = run_job(job, Environment(), Context(job_id="a", budget=Budget(threads=threads)))

    assert [output.name for output in result.outputs] == ["gif", "png", "webp", "jpeg", "small"]
    alone = run_job(job, Environment(), Context(job_id="b", budget=Budget(threads=1)))
    assert [o.sha256 for o in result.outputs] == [o.sha256 for o in alone.outputs]
    assert own_threads() == before


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP"])
def test_truncated_animation_is_an_error_and_leaves_nothing(tmp_path, format, threads):
    data = moving(format, DURATIONS)
    job = mf.Job(
        source=data[: len(data) * 3 // 4],
        outputs=[Output("webp"), Output("gif"), Output("jpeg", still_at="50%")],
        to=f"{tmp_path}/",
    )
    before = own_threads()

    with pytest.raises(errors.SourceError):
        run_job(job, Environment(), Context(job_id="a", budget=Budget(threads=threads)))

    assert listing(tmp_path) == {}
    assert own_threads() == before


@pytest.mark.parametrize("threads", [1, 2])
def test_frame_that_is_damaged_inside_fails_the_job_and_ends_all_threads(tmp_path, threads):
    data = bytearray(moving("PNG", [100] * 6))
    last = data.rindex(b"fdAT")
    data[last + 12 : last + 40] = bytes(28)
    job = mf.Job(source=bytes(data), outputs=[Output("webp"), Output("gif")], to=f"{tmp_path}/")
    before = own_threads()

    with pytest.raises(errors.SourceError):
        run_job(job, Environment(), Context(job_id="a", budget=Budget(threads=threads)))

    assert listing(tmp_path) == {}
    assert own_threads() == before


def bomb(frames: int) -> bytes:
    """Return a GIF of 1×1 px frames by hand; they are too many for its header to tell."""
    frame = b"!\xf9\x04\0\x05\0\0\0" + b",\0\0\0\0\1\0\1\0\0" + b"\2\2\x44\1\0"
    screen = b"GIF89a\1\0\1\0\x80\0\0" + bytes(6)
    return screen + b"!\xff\x0bNETSCAPE2.0\x03\1\0\0\0" + frame * frames + b";"


def test_ten_thousand_frames_of_a_stranger_are_refused(tmp_path):
    with (
        mf.Processor("inline", trust="strangers") as processor,
        pytest.raises(
            errors.LimitExceededError, match="1,001 frames; the limit is 1,000"
        ) as caught,
    ):
        processor.process(bomb(10_000), Output("webp"), to=f"{tmp_path}/")

    assert caught.value.details["limit"] == "max_frames"
    assert listing(tmp_path) == {}


@pytest.mark.parametrize(
    ("limits", "name"),
    [({"max_frames": 9}, "max_frames"), ({"max_total_pixels": 9}, "max_total_pixels")],
)
def test_limits_are_kept_by_the_decoder_itself(limits, name):
    from mediaflow.image.pillow import BACKEND
    from mediaflow.probing import probe
    from mediaflow.storage.source import BytesSource

    data = bomb(10)
    frames = BACKEND.decode_frames(data, probe(BytesSource(data)), mf.Limits(**limits))

    with pytest.raises(errors.LimitExceededError) as caught:
        list(frames)
    assert caught.value.details["limit"] == name


@pytest.mark.parametrize("threads", [1, 2])
def test_cancelled_half_way_leaves_no_thread_and_no_file(tmp_path, threads):
    seen: list[float] = []
    job = mf.Job(
        source=moving("GIF", [50] * 40), outputs=[Output("webp"), Output("gif")], to=f"{tmp_path}/"
    )
    context = Context(
        job_id="a",
        emit=lambda event: seen.append(getattr(event, "fraction", 0.0)),
        cancelled=lambda: bool(seen) and seen[-1] > 0.3,
        budget=Budget(threads=threads),
    )
    before = own_threads()

    with pytest.raises(errors.JobCancelledError):
        run_job(job, Environment(), context)

    assert 0.3 < max(seen) < 0.5
    assert listing(tmp_path) == {}
    assert own_threads() == before


def test_progress_comes_with_every_frame(tmp_path):
    seen: list[mf.Event] = []
    job = mf.Job(source=moving("GIF", [50] * 30), outputs=[Output("webp")], to=f"{tmp_path}/")

    run_job(
        job,
        Environment(),
        Context(job_id="a", emit=seen.append),
    )

    fractions = [event.fraction for event in seen if isinstance(event, mf.Progress)]
    assert len({fraction for fraction in fractions if 0.05 < fraction <= 0.85}) >= 28
    assert fractions == sorted(fractions)


@pytest.mark.parametrize("threads", [1, 2])
def test_one_output_that_fails_leaves_the_others(tmp_path, threads, monkeypatch):
    from mediaflow.image.pillow import PillowBackend

    plain = PillowBackend.encode_frames

    def broken(self, frames, step, count):
        if step.format == "gif":
            next(iter(frames))
            raise errors.EncodeError("out of ink")
        return plain(self, frames, step, count)

    monkeypatch.setattr(PillowBackend, "encode_frames", broken)
    job = mf.Job(
        source=moving("GIF", [50] * 30),
        outputs=[Output("gif"), Output("webp"), Output("jpeg", animation=None)],
        to=f"{tmp_path}/",
        on_failure="partial",
    )

    result = run_job(job, Environment(), Context(job_id="a", budget=Budget(threads=threads)))

    assert [output.status for output in result.outputs] == ["failed", "completed", "completed"]
    assert result["webp"].frames == 30


def test_frames_in_memory_never_exceed_what_waits(tmp_path, monkeypatch):
    from mediaflow.image.pillow import PillowBackend

    alive, most = [0], [0]
    lock = threading.Lock()
    plain = PillowBackend.decode_frames

    def counted(self, data, info, limits):
        for frame in plain(self, data, info, limits):
            with lock:
                alive[0] += 1
            yield frame

    def slow(self, frames, step, count):
        for _ in frames:
            with lock:
                alive[0] -= 1
                most[0] = max(most[0], alive[0])
        return b"GIF89a", ()

    monkeypatch.setattr(PillowBackend, "decode_frames", counted)
    monkeypatch.setattr(PillowBackend, "encode_frames", slow)
    job = mf.Job(source=moving("GIF", [50] * 60), outputs=[Output("gif")], to=f"{tmp_path}/")

    run_job(job, Environment(), Context(job_id="a", budget=Budget(threads=2)))

    assert most[0] <= 8


def test_few_colors_and_dither_are_honoured(tmp_path):
    photo_png = encode(photo(80, 60), "PNG")

    plain = made(tmp_path, photo_png, Output("gif", options=GifOptions(colors=8)))
    soft = made(
        tmp_path, photo_png, Output("gif", options=GifOptions(colors=8, dither="floyd_steinberg"))
    )

    assert len(np.unique(shown(plain)[0].reshape(-1, 4), axis=0)) <= 8
    assert plain != soft


def test_colors_are_said_to_be_reduced_only_where_they_are(tmp_path):
    few = mf.process(encode(disc(0), "PNG"), Output("gif"), to=f"{tmp_path}/few.gif")
    many = mf.process(encode(photo(64, 48), "PNG"), Output("gif"), to=f"{tmp_path}/many.gif")

    assert [notice.code for notice in few.notices] == []
    assert [notice.code for notice in many.notices] == ["colors_reduced"]
