"""Runs one job for a terminal: a bar that somebody can watch, and Ctrl-C that ends it cleanly.

Law: the bar goes to stderr, and only when stderr is a terminal.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, assert_never

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from mediaflow.cli.terminal import (
    CANCELLED,
    NOTHING_PUBLISHED,
    is_interactive,
    new_table,
    rows,
    say_error,
    show_table,
)
from mediaflow.errors import JobTimeoutError
from mediaflow.jobs.render import ENCODED
from mediaflow.models.analysis import PlaceholderData
from mediaflow.models.events import Progress as ProgressEvent
from mediaflow.models.loudness import LevelData, SoundData
from mediaflow.models.scenes import ScenesData
from mediaflow.models.stream_data import StreamData
from mediaflow.models.waveform import WaveformData
from mediaflow.processor import Processor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mediaflow.jobs.handle import JobHandle
    from mediaflow.models.analysis import AnalysisData
    from mediaflow.models.events import Event, Stage
    from mediaflow.models.job import Job
    from mediaflow.models.result import JobResult, OutputResult

__all__ = ["run_job", "show_outputs", "waiting"]

GRACE_SECONDS: Final = 1.0  # most steps are shorter

# What happens next, once a stage has been reported as done.
_NEXT: Final[dict[Stage, str]] = {
    "probe": "planning",
    "plan": "decoding",
    "decode": "encoding",
    "transform": "encoding",
    "encode": "encoding",
    "store": "storing",
}


def run_job(job: Job) -> JobResult:
    """Run a job to its end, with a bar when somebody watches.

    Ctrl-C asks the job to stop before its next step. An encoder cannot be interrupted: when it
    takes long, the process ends without it.

    Raises:
        JobCancelledError: It was cancelled; nothing was published.
        MediaflowError: Whatever made the job fail.
    """
    with Processor(workers=1) as processor:
        with _bar(len(job.outputs)) as on_event:
            handle = processor.submit(job, on_event=on_event)
            try:
                return handle.result()
            except KeyboardInterrupt:
                handle.cancel()
        return _wound_up(handle)


def _wound_up(handle: JobHandle) -> JobResult:
    """Return the result of a job that was asked to stop, if it was too late for that."""
    try:
        try:
            return handle.result(GRACE_SECONDS)
        except JobTimeoutError:
            # below this share nothing was published, and the job looks once more before it does
            if handle.progress >= ENCODED:
                return handle.result()
    except KeyboardInterrupt:
        pass  # asked twice
    say_error("cancelled", NOTHING_PUBLISHED)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(CANCELLED)  # an ordinary exit would wait for the encoder's thread


@contextmanager
def waiting(words: str) -> Iterator[None]:
    """Show that something takes a moment, when somebody watches."""
    if not is_interactive():
        yield
        return
    with _console().status(words):
        yield


def show_outputs(result: JobResult, *, folder: str | None = None) -> None:
    """Write the outputs of a job as a table to stdout.

    Args:
        result: What came out.
        folder: Left away from places that lie directly in it.
    """
    table = new_table(
        ("output", "left"),
        ("px", "right"),
        ("bytes", "right"),
        ("seconds", "right"),
        ("notices", "left"),
    )
    show_table(rows(table, (_cells(output, folder or "") for output in result.outputs)))


def _cells(output: OutputResult, folder: str) -> tuple[str, ...]:
    done = output.status == "completed"
    notes = [notice.message for notice in output.notices]
    if output.error is not None:
        notes.insert(0, output.error)
    if output.data is not None:
        notes.append(_found(output.data))
    return (
        output.uri.removeprefix(folder) or output.name,
        output.shape,
        (f"{output.bytes:,}" if output.has_file else "") if done else output.status,
        f"{output.seconds:.3f}" if done else "",
        "\n".join(notes),
    )


def _found(data: AnalysisData) -> str:
    match data:
        case PlaceholderData():
            return f"{data.dominant_color} {data.blurhash}"
        case ScenesData():
            return f"{len(data.scenes)} scene{'' if len(data.scenes) == 1 else 's'}"
        case LevelData():
            before = "silence" if data.measured_lufs is None else f"{data.measured_lufs:.1f} LUFS"
            return f"{before}, {data.gain_db:+.1f} dB, {data.mode}"
        case SoundData():
            return ", ".join(_heard(data))
        case StreamData():
            segments = sum(len(track.sizes) for track in (*data.video, *data.audio))
            return f"{len(data.video)} pictures, {len(data.audio)} sounds, {segments} segments"
        case WaveformData():
            return f"{data.length:,} points"
        case _:
            assert_never(data)


def _heard(data: SoundData) -> Iterator[str]:
    if data.loudness is not None:
        lufs = data.loudness.integrated_lufs
        yield "silence" if lufs is None else f"{lufs:.1f} LUFS"
        peak = data.loudness.true_peak_dbtp
        if peak is not None:
            yield f"{peak:.1f} dBTP"
    if data.silence is not None:
        count = len(data.silence.silences)
        yield f"{count} silence{'' if count == 1 else 's'}"


@contextmanager
def _bar(outputs: int) -> Iterator[Callable[[Event], object] | None]:
    if not is_interactive():
        yield None
        return
    progress = Progress(
        SpinnerColumn(),
        TextColumn("{task.description:<16}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %", markup=False),
        TimeElapsedColumn(),
        console=_console(),
        transient=True,
    )
    task = progress.add_task("reading", total=1.0)
    encoded = 0

    def on_event(event: Event) -> None:
        nonlocal encoded
        if not isinstance(event, ProgressEvent):
            return
        words = _NEXT[event.stage]
        if words == "encoding" and not (event.stage == "encode" and event.output is None):
            encoded += event.stage == "encode"
            words = f"encoding {min(encoded + 1, outputs)} of {outputs}"
        progress.update(task, completed=event.fraction, description=words)

    with progress:
        yield on_event


def _console() -> Console:
    return Console(stderr=True, markup=False, highlight=False, emoji=False)
