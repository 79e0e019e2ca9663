"""mediaflow as the contestant of films.

A task a line comes from the standard input, as README.md says; or one task is the only argument,
and then the process ends with it and is weighed as a whole.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import mediaflow as mf
from mediaflow.models.context import Context
from mediaflow.video.backend import video_backends

PLAIN = {"durable": False, "digest": False}
SMALL = (240, 228, 216, 204, 192, 180, 168, 156, 144, 132, 120, 108)
SMALLEST_FILE = 9  # effort
STREAM_SECONDS = 10
SEGMENT_SECONDS = 2
LOOK_SECONDS = 0.002


class Scratch:
    """Gives each output a file in a folder.

    Args:
        folder: The folder.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def path(self, step) -> str:
        return f"{self._folder}/{step.position}.{step.format}"


def ladder():
    """Return three rungs whose sound is encoded, not copied."""
    films = [one for one in mf.recipes.streaming() if one.format == "mp4"]
    return [replace(one, audio=mf.AudioTrack(bit_rate=128_000)) for one in films]


def stream(share=1.0):
    """Return three rungs in segments, of a share of a film of ten seconds."""
    rungs = tuple(mf.Rendition(lines) for lines in (1080, 720, 360))
    end = None if share >= 1 else max(SEGMENT_SECONDS, STREAM_SECONDS * share)
    sound = mf.AudioTrack(bit_rate=128_000)
    return [
        mf.StreamOutput(renditions=rungs, segment_seconds=SEGMENT_SECONDS, audio=(sound,), end=end)
    ]


def sounds():
    """Return the outputs of the benchmark of sound; rates are those of the program's command."""
    made = {
        "mp3": mf.AudioOutput("mp3", rate=mf.Bitrate(192_000)),
        "m4a": mf.AudioOutput("m4a", rate=mf.Bitrate(128_000)),
        "opus": mf.AudioOutput("opus", rate=mf.Bitrate(96_000)),
        "flac": mf.AudioOutput("flac"),
    }
    loud = mf.AudioOutput("mp3", rate=mf.Bitrate(192_000), loudness_lufs=-16, true_peak_dbtp=-1)
    small = mf.AudioOutput("mp3", rate=mf.Bitrate(32_000))
    return {
        **{f"sound-{name}": partial(list, [output]) for name, output in made.items()},
        "sound-four": lambda: list(made.values()),
        "sound-loudness": lambda: [loud],
        "sound-peaks": lambda: [mf.WaveformOutput("json")],
        "sound-growth": lambda: [small, made["flac"]],
    }


OUTPUTS = {
    "ladder": ladder,
    "small": lambda: [
        mf.VideoOutput("mp4", height=height, audio=None, suffix=f"_{height}p") for height in SMALL
    ],
    "poster": lambda: mf.recipes.poster(3.0),
    "preview": lambda: mf.recipes.gif_preview(3.0, 3.0),
    "previews": lambda: [
        mf.StillOutput("best", suffix="_best"),
        mf.StoryboardOutput(),
        mf.AnalysisOutput(what=("scenes",), name="scenes"),
    ],
    "hdr": lambda: [mf.VideoOutput("mp4", height=720, audio=None, suffix="_720p")],
    "patches": lambda: [mf.VideoOutput("mp4", rate=mf.Crf(10), audio=None, suffix="_ours")],
    **sounds(),
    "stream": stream,
    "stream-share": lambda: stream(float(os.environ["MEDIAFLOW_BENCH_SHARE"])),
    "stream-effort": lambda: [
        mf.StreamOutput(renditions=(mf.Rendition(180),), effort=SMALLEST_FILE)
    ],
    "effort": lambda: [mf.VideoOutput("mp4", effort=SMALLEST_FILE, suffix="_small")],
}


def task_process(outputs: str, source: str, folder: str) -> dict[str, object]:
    """Make some outputs; return how long that took in this process."""
    wall, used = time.perf_counter(), time.process_time()
    with mf.Processor("inline", storage=mf.Storage(**PLAIN)) as processor:
        result = processor.process(source, OUTPUTS[outputs](), to=f"{folder}/")
    wall, used = time.perf_counter() - wall, time.process_time() - used
    return {"seconds": wall, "processor": used, "files": [str(one.uri) for one in result.outputs]}


def bucket(endpoint: str, name: str) -> mf.Storage:
    """Return a storage that knows a bucket of a server of S3 as ``bucket://``."""
    options = {
        "key": "bench",
        "secret": "bench",
        "endpoint_url": endpoint,
        "client_kwargs": {"region_name": "us-east-1"},
    }
    profile = mf.Profile(protocol="s3", root=name, options=options)
    return mf.Storage({"bucket": profile}, **PLAIN)


def task_bucket(outputs: str, source: str, endpoint: str, name: str) -> dict[str, object]:
    """Make some outputs in a bucket."""
    wall, used = time.perf_counter(), time.process_time()
    with mf.Processor("inline", storage=bucket(endpoint, name)) as processor:
        result = processor.process(source, OUTPUTS[outputs](), to="bucket://made/")
    wall, used = time.perf_counter() - wall, time.process_time() - used
    return {"seconds": wall, "processor": used, "files": [str(one.uri) for one in result.outputs]}


def is_new(flags: int) -> bool:
    """Tell whether a file is made where there is none, by how it is opened."""
    return bool(flags & os.O_CREAT) or flags & os.O_TMPFILE == os.O_TMPFILE


def task_watched(
    outputs: str, source: str, to: str, scratch: str, endpoint: str = "", name: str = ""
) -> dict[str, object]:
    """Make some outputs; return what files this process made or held open elsewhere.

    Args:
        outputs: Which ones.
        source: The film.
        to: The target, a folder or ``bucket://made/``.
        scratch: The folder that temporary files would go to; it is empty.
        endpoint: Address of a server of S3.
        name: The bucket there.
    """
    sys.dont_write_bytecode = True
    target = os.path.abspath(to) if not endpoint else "\0"
    made: set[str] = set()
    plain_open = os.open

    def opened(path, flags, mode=0o777, *, dir_fd=None):
        number = plain_open(path, flags, mode, dir_fd=dir_fd)
        if is_new(flags):
            made.add(os.readlink(f"/proc/self/fd/{number}"))
        return number

    def hear(event, words):
        if event == "open" and words[1] is not None and is_new(words[2]):  # else it is os.open
            made.add(os.path.abspath(os.fsdecode(words[0])))
        elif event in {"tempfile.mkstemp", "tempfile.mkdtemp", "os.mkdir"}:
            made.add(os.path.abspath(str(words[0])))

    done = threading.Event()

    def look() -> None:
        while not done.wait(LOOK_SECONDS):
            made.update(os.path.join(scratch, found) for found in os.listdir(scratch))
            for number in os.listdir("/proc/self/fd"):
                try:
                    place = os.readlink(f"/proc/self/fd/{number}")
                except OSError:
                    continue  # closed meanwhile
                if place.endswith(" (deleted)"):
                    made.add(place)

    watcher = threading.Thread(target=look)
    watcher.start()
    os.open = opened  # an audit hook is not told of which folder a relative path is
    sys.addaudithook(hear)
    storage = bucket(endpoint, name) if endpoint else mf.Storage(**PLAIN)
    try:
        with mf.Processor("inline", storage=storage) as processor:
            (result,) = processor.process(source, OUTPUTS[outputs](), to=to).outputs
    finally:
        done.set()
        watcher.join()
    elsewhere = sorted(path for path in made if not path.startswith((target, "/dev/", "/proc/")))
    return {"elsewhere": elsewhere, "files": 1 + len(result.files)}


def task_copy(source: str, folder: str) -> dict[str, object]:
    """Pack a film anew as anybody would: with digest, fsync and a second reading."""
    wall, used = time.perf_counter(), time.process_time()
    with mf.Processor("inline") as processor:
        processor.process(
            source, mf.VideoOutput("mp4", codec="copy", suffix="_copy"), to=f"{folder}/"
        )
    return {"seconds": time.perf_counter() - wall, "processor": time.process_time() - used}


def task_remux(source: str, folder: str) -> dict[str, object]:
    """Have the back end alone pack a film anew, into a file of its own."""
    plan = mf.plan(source, mf.VideoOutput("mp4", codec="copy"), to=f"{folder}/")
    (step,) = plan.remuxes
    limits, context = mf.Limits(), Context(job_id="bench")
    with mf.Storage().open(source, max_bytes=limits.max_input_bytes) as reader:
        wall, used = time.perf_counter(), time.process_time()
        video_backends["libav"].remux(plan, step, reader, Scratch(folder), context, limits=limits)
        wall, used = time.perf_counter() - wall, time.process_time() - used
    return {"seconds": wall, "processor": used}


def task_probe(source: str) -> dict[str, object]:
    wall, used = time.perf_counter(), time.process_time()
    info = mf.probe(source)
    wall, used = time.perf_counter() - wall, time.process_time() - used
    return {"seconds": wall, "processor": used, "info": repr(info)[:80]}


def task_error(film: str, transfer: str) -> dict[str, object]:
    """Return how far a film of patches is from the formulas."""
    from hdr_patches import mean_error

    return {"mean": mean_error(film, transfer)}


def task_plan(outputs: str, source: str) -> dict[str, object]:
    """Return what the plan says, for a peer that is to do the same."""
    plan = mf.plan(source, OUTPUTS[outputs](), to=f"{Path(source).parent}/")
    films = [
        {
            "name": step.name,
            "width": step.size.width,
            "height": step.size.height,
            "kernel": step.video.frame.interpolation,
            "pixel_format": step.video.frame.pixel_format,
            "encoder": step.video.encoder,
            "arguments": [[name, str(value)] for name, value in step.video.arguments],
            "muxer": [[name, str(value)] for name, value in step.muxer_options],
            "keyframe_seconds": str(step.video.keyframe_seconds),
            "fps": None if step.video.fps is None else str(step.video.fps),
            "start": float(step.start),
            "seconds": step.duration_seconds,
        }
        for output in plan.outputs
        for step in getattr(output, "rungs", (output,))
        if hasattr(step, "video")
    ]
    sounds = [
        {"encoder": one.encoder, "bit_rate": one.bit_rate, "sample_rate": one.sample_rate}
        for one in plan.sounds
    ]
    boards = [
        {
            "interval": float(step.interval),
            "tiles": step.tiles,
            "columns": step.columns,
            "width": step.size.width,
            "height": step.size.height,
        }
        for step in plan.storyboards
    ]
    return {"films": films, "sounds": sounds, "boards": boards, "words": str(plan)}


def main() -> None:
    for line in sys.argv[1:] or sys.stdin:
        task = json.loads(line)
        answer = globals()[f"task_{task['task']}"](**task["arguments"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
