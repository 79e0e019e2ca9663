from __future__ import annotations

import io
import threading
from pathlib import Path

import pytest

import mediaflow as mf
from mediaflow.errors import JobCancelledError
from mediaflow.jobs.handle import JobHandle
from tests.media import photo_jpeg
from tests.sounds import tone, write_wav

running = pytest.importorskip("mediaflow.cli.running", reason="the extra cli is not installed")

WAIT = 30  # seconds, for a machine in trouble


class InterruptedHandle(JobHandle):
    """Somebody presses Ctrl-C as soon as the result is waited for."""

    asked_to_stop = threading.Event()
    interrupts = 1

    def result(self, timeout: float | None = None) -> mf.JobResult:
        if type(self).interrupts:
            type(self).interrupts -= 1
            raise KeyboardInterrupt
        return super().result(timeout)

    def cancel(self) -> None:
        super().cancel()
        self.asked_to_stop.set()


class SlowFile(io.BytesIO):
    """A source that is read only after an event."""

    def __init__(self, data: bytes, after: threading.Event) -> None:
        super().__init__(data)
        self.after = after

    def read(self, size: int | None = -1) -> bytes:
        assert self.after.wait(WAIT)
        return super().read(size)

    def readinto(self, buffer) -> int:
        assert self.after.wait(WAIT)
        return super().readinto(buffer)


@pytest.fixture
def handle(monkeypatch) -> type[InterruptedHandle]:
    monkeypatch.setattr("mediaflow.processor.JobHandle", InterruptedHandle)
    monkeypatch.setattr(InterruptedHandle, "asked_to_stop", threading.Event())
    monkeypatch.setattr(InterruptedHandle, "interrupts", 1)
    return InterruptedHandle


def job(after: threading.Event, folder: Path) -> mf.Job:
    source = SlowFile(photo_jpeg(64, 48), after)
    return mf.Job(source, mf.recipes.thumbnails(), to=f"{folder}/")


def test_interrupt_cancels_the_job_and_publishes_nothing(handle, tmp_path: Path) -> None:
    with pytest.raises(JobCancelledError):
        running.run_job(job(handle.asked_to_stop, tmp_path))

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("interrupts", [1, 2])
def test_interrupt_does_not_wait_for_a_long_step(
    handle, interrupts: int, tmp_path: Path, monkeypatch, capsys
) -> None:
    released = threading.Event()
    codes: list[int] = []

    def leave(code: int) -> None:
        codes.append(code)
        released.set()
        raise SystemExit(code)

    monkeypatch.setattr("os._exit", leave)
    monkeypatch.setattr(running, "GRACE_SECONDS", 0.01)
    monkeypatch.setattr(handle, "interrupts", interrupts)

    with pytest.raises(SystemExit):
        running.run_job(job(released, tmp_path))

    assert codes == [130]
    assert capsys.readouterr().err == "error: cancelled\nhint: no output was published\n"
    assert list(tmp_path.iterdir()) == []


def test_interrupt_that_comes_too_late_returns_the_result(handle, tmp_path: Path) -> None:
    ready = threading.Event()
    ready.set()
    first = running.Processor(executor="inline")

    class Finished:
        """A processor whose job is done before anybody waits for it."""

        __enter__ = lambda self: first  # noqa: E731  # one line says it
        __exit__ = lambda self, *_: first.close()  # noqa: E731  # the same

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "Processor", lambda workers: Finished())
        result = running.run_job(job(ready, tmp_path))

    assert result.status == "completed"
    assert len(list(tmp_path.iterdir())) == 4


def test_bar_is_drawn_on_stderr_for_somebody_who_watches(tmp_path, monkeypatch, capsys) -> None:
    ready = threading.Event()
    ready.set()
    monkeypatch.setattr(running, "is_interactive", lambda: True)
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("FORCE_COLOR", "1")

    running.run_job(job(ready, tmp_path))

    shown = capsys.readouterr()
    assert shown.out == ""
    assert "100 %" in shown.err


def test_bar_counts_outputs_that_are_finished_one_by_one_and_no_others(monkeypatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(running, "is_interactive", lambda: True)
    monkeypatch.setattr(
        "rich.progress.Progress.update", lambda *_, description, **__: said.append(description)
    )

    def event(stage: str, output: str | None = None) -> mf.Progress:
        return mf.Progress(job_id="1", sequence=0, fraction=0.5, stage=stage, output=output)

    with running._bar(3) as on_event:
        for each in (event("decode"), event("encode", "small"), event("encode"), event("encode")):
            on_event(each)

    # a film is one pass for all its outputs, so its progress says nothing about how many are done
    assert said == ["encoding 1 of 3", "encoding 2 of 3", "encoding", "encoding"]


def test_nothing_is_drawn_where_nobody_watches(tmp_path: Path, capsys) -> None:
    ready = threading.Event()
    ready.set()

    running.run_job(job(ready, tmp_path))

    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("level", "what", "words"),
    [
        (0.5, ("loudness", "silence"), "LUFS, -6.0 dBTP, 0 silences"),
        (0.0, ("loudness", "silence"), "silence, 1 silence"),
        (0.0, ("silence",), "1 silence"),
    ],
)
def test_what_was_measured_is_shown(tmp_path, capsys, level, what, words):
    source = write_wav(tmp_path / "a.wav", tone(2.0, 1_000, level))
    result = mf.process(source, mf.AnalysisOutput(what=what))

    running.show_outputs(result)

    assert words in " ".join(capsys.readouterr().out.split())
