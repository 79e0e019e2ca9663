"""Code as users write it; type checkers read it, nothing runs it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, assert_type

import mediaflow as mf
from mediaflow.errors import LimitExceededError, MediaflowError, OutputsFailedError
from mediaflow.testing import assert_visually_equal

if TYPE_CHECKING:
    from typing import BinaryIO

    from mediaflow.models.callback import CallbackState


def one_line() -> None:
    result = mf.process("in.jpg", "out/{stem}_{width}.webp", width=640)
    assert_type(result, mf.JobResult)
    for output in result.outputs:
        assert_type(output.width, int | None)
        assert_type(output.sha256, str | None)


def every_source(upload: BinaryIO) -> None:
    for source in (b"bytes", Path("in.jpg"), "s3://in/photo.jpg", upload):
        mf.process(source, mf.recipes.thumbnails(), to="out/")


def callbacks(secret: str) -> None:
    callback = mf.Callback("https://example.com/done", secret, events=("completed", "failed"))
    job = mf.Job("in.jpg", mf.recipes.thumbnails(), callback=callback)
    policy = mf.HttpPolicy(networks=("10.1.0.0/16",), plain_http=True, ports=None)
    with mf.Processor(callback_policy=policy) as processor:
        handle = processor.submit(job)
        assert_type(handle.callback, CallbackState | None)


def short_forms() -> None:
    mf.process("in.jpg", mf.OutputSpec(format="webp", width=640), to="out/")
    mf.process("in.jpg", [{"format": "jpeg", "quality": 80}], to=Path("out"))


def typed_outputs() -> mf.Job:
    return mf.Job(
        "in.jpg",
        [
            mf.ImageOutput("jpeg", width=800, fit="cover", gravity=mf.FocalPoint(0.5, 0.3)),
            mf.ImageOutput("jpeg", height="50%", options=mf.formats.JpegOptions(progressive=False)),
            mf.ImageOutput("avif", max_side=1600, suffix="_large"),
            mf.ImageOutput("webp", animation=mf.Animation(fps=12, loop=0), suffix="_moves"),
            mf.ImageOutput("jpeg", still_at="25%", suffix="_poster"),
            mf.ImageOutput("jpeg", metadata="safe", linear=True, suffix="_press"),
            mf.ImageOutput(
                "webp",
                filters=(
                    mf.filters.Look("moon", strength=0.8),
                    mf.filters.Watermark(Path("logo.png"), position="northwest"),
                    mf.filters.Text("© Ada", size="4%"),
                ),
            ),
            *mf.recipes.looks(("aden", "xpro2"), width=640),
        ],
        to="out/",
        if_exists="skip",
        limits=mf.Limits(max_pixels=50_000_000),
    )


def films() -> mf.Job:
    mf.process("in.mov", "out/{stem}.mp4", height=720)
    mf.process("in.mov", [{"format": "mp4", "height": 480, "quality": 70}], to="out/")
    options = mf.formats.H264Options(tune="film")
    return mf.Job(
        "in.mov",
        [
            *mf.recipes.streaming(),
            *mf.recipes.poster("25%", width=640),
            *mf.recipes.gif_preview(2.0, fps=12),
            mf.VideoOutput("mp4", height=720, rate=mf.Crf(20), options=options, suffix="_film"),
            mf.VideoOutput("webm", width="50%", rate=mf.Bitrate(800_000), audio=None),
            mf.VideoOutput("mp4", rate=mf.MaxBytes(8_000_000), suffix="_mail"),
            mf.VideoOutput("mkv", rate=mf.Lossless(), suffix="_master"),
            mf.VideoOutput("mkv", audio=mf.AudioTrack(codec="flac", language="deu"), rotate=90),
            mf.StillOutput(1.5, format="webp", filters=(mf.filters.Sepia(0.4),)),
            mf.PreviewOutput("webp", start=2, duration=3, loop=1),
            mf.SubtitleOutput("srt", language="eng", suffix=".en"),
            mf.VideoOutput("mp4", filters=(mf.filters.Subtitles("talk.srt", size="6%"),)),
            mf.VideoOutput("mp4", filters=(mf.filters.OnFrames(lambda pixels: 255 - pixels),)),
        ],
        to="out/",
    )


def read_the_streams() -> float | None:
    info = mf.probe("in.mov")
    for stream in info.video:
        assert_type(stream, mf.VideoStream)
    for track in info.audio:
        assert_type(track.channels, int | None)
    assert_type(info.container, mf.ContainerInfo | None)
    return info.duration_seconds


def show_a_sound() -> int:
    result = mf.process("in.mp3", [mf.WaveformOutput("json", bits=16), mf.AudioOutput("opus")])
    data = result["waveform"].data
    if isinstance(data, mf.WaveformData):
        assert_type(data.length, int)
        return sum(data.high())
    return 0


def measure_a_sound() -> float | None:
    result = mf.process("in.mp3", mf.AnalysisOutput(what=("loudness", "silence")))
    data = result["analysis"].data
    if not isinstance(data, mf.SoundData):
        return None
    assert_type(data.loudness, mf.LoudnessData | None)
    assert_type(data.silence, mf.SilenceData | None)
    for one in data.silence.silences if data.silence is not None else ():
        assert_type(one, mf.Silence)
    return data.loudness.integrated_lufs if data.loudness is not None else None


def describe_a_picture() -> str:
    result = mf.process("in.jpg", [*mf.recipes.responsive(), mf.AnalysisOutput()], to="out/")
    data = result["analysis"].data
    assert_type(
        data,
        mf.PlaceholderData
        | mf.ScenesData
        | mf.SoundData
        | mf.LevelData
        | mf.WaveformData
        | mf.StreamData
        | None,
    )
    if isinstance(data, mf.PlaceholderData):
        assert_type(data.palette, tuple[str, ...])
    assert_type(mf.recipes.srcset(result, "webp"), str)
    return mf.recipes.picture_markup(result, alt="A coast", placeholder=data)


def read_the_plan(job: mf.Job) -> int:
    plan = mf.plan(job)
    print(plan)
    assert_type(plan.estimated_seconds, float)
    return plan.peak_bytes


def read_the_facts() -> mf.Size:
    info = mf.probe(Path("in.jpg"))
    assert_type(info, mf.MediaInfo)
    assert_type(info.picture.color.icc_description, str | None)
    return info.size


def read_the_figures(upload: BinaryIO) -> float:
    found = mf.compare("a.png", Path("b.webp"), resize=True, limits=mf.Limits())
    assert_type(found, mf.Comparison)
    assert_type(found.psnr_db, float)
    assert_type(found.worst, mf.Box | None)
    assert_visually_equal(upload, b"bytes", min_ssim=0.98, save_difference=Path("difference.png"))
    return found.score


def join(parts: list[Path], upload: bytes) -> mf.JobResult:
    film = mf.Concat([*parts, upload, mf.Part("talk.mov", start=12, end=60.5)])
    assert_type(film.parts, tuple[mf.Part, ...])
    assert_type(film.parts[0].end, float | None)
    assert_type(mf.probe(film), mf.MediaInfo)
    job = mf.Job(film, mf.VideoOutput("mp4"), to="out/")
    return mf.process(mf.Concat(["a.mp4", "b.mp4"]), job.outputs, to="out/")


def describe(event: mf.Event) -> str:
    match event:
        case mf.Started():
            return "begun"
        case mf.Progress(fraction=fraction, stage=stage):
            return f"{fraction:.0%} {stage}"
        case mf.Written(uri=uri):
            return uri
        case mf.Finished(status=status):
            return status


def watch(job: mf.Job) -> None:
    with mf.Processor(workers=2, trust="strangers") as processor:
        handle = processor.submit(job)
        for event in handle.events():
            print(describe(event))
        try:
            assert_type(handle.result(timeout=10), mf.JobResult)
        except OutputsFailedError as error:
            assert_type(error.result, mf.JobResult)
        except LimitExceededError as error:
            assert_type(error.hint, str | None)
        except MediaflowError as error:
            print(error.code, error.retryable, error.where)
        handle.cancel()


async def the_same_from_asyncio(job: mf.Job) -> None:
    assert_type(await mf.aio.probe("in.jpg"), mf.MediaInfo)
    assert_type(await mf.aio.process(job), mf.JobResult)
    assert_type(await mf.aio.compare("a.png", "b.png"), mf.Comparison)
    async with mf.aio.Processor(workers=2) as processor:
        assert_type(await processor.process(job), mf.JobResult)
