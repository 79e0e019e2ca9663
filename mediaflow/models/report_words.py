"""A report in words: a name and a text for each thing that is known of a job.

Law: what is unknown is left out, never shown as nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.models.quantities import file_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediaflow.models.result import JobReport

__all__ = ["report_rows", "report_text"]

NAME_WIDTH: Final = 8  # characters of the first column
LINES: Final = 60  # of a plan; a hundred outputs would hide everything else
LINE: Final = 200  # characters


def report_text(report: JobReport) -> str:
    """Return a report as aligned lines."""
    return "\n".join(
        f"{name:{NAME_WIDTH}}{line}".rstrip()
        for first, lines in report_rows(report)
        for name, line in zip((first, *[""] * len(lines)), lines, strict=False)
    )


def report_rows(report: JobReport) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what is known: a name, and one or more lines of text.

    Args:
        report: A report; of a long plan the beginning is told, and of a long line.
    """
    yield "time", (_seconds(report.seconds),)
    if report.attempt > 1:
        yield "attempt", (str(report.attempt),)
    if report.stages:
        yield "stages", (", ".join(f"{s.stage} {_seconds(s.seconds)}" for s in report.stages),)
    if report.cpu_seconds is not None:
        yield "cpu", (_seconds(report.cpu_seconds),)
    memory = list(_memory(report))
    if memory:
        yield "memory", (", ".join(memory),)
    if report.frames_decoded or report.frames_encoded:
        decoded, encoded = report.frames_decoded, report.frames_encoded
        yield "frames", (f"{decoded:,} decoded, {encoded:,} encoded",)
    if report.bytes_in or report.bytes_out:
        yield "bytes", (f"{file_size(report.bytes_in)} in, {file_size(report.bytes_out)} out",)
    if report.isolation != "none":
        kind = "a child of its own" if report.isolation == "job" else "a child"
        yield "where", (kind, *(() if report.sandbox is None else (f"sandbox {report.sandbox}",)))
    if report.plan:
        yield "plan", tuple(_plan(report.plan))


def _memory(report: JobReport) -> Iterator[str]:
    if report.peak_rss_bytes is not None:
        yield f"{file_size(report.peak_rss_bytes)} peak of the process"
    if report.peak_bytes_planned:
        yield f"{file_size(report.peak_bytes_planned)} planned for the job"


def _plan(lines: tuple[str, ...]) -> Iterator[str]:
    for line in lines[:LINES]:
        yield line if len(line) <= LINE else f"{line[:LINE]}…"
    if len(lines) > LINES:
        yield f"… and {len(lines) - LINES:,} more"


def _seconds(value: float) -> str:
    return f"{value:.3f} s"
