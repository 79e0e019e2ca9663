"""A result and its report as HTML for notebooks. Law: no I/O; only what they already hold."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from mediaflow.models.quantities import file_size
from mediaflow.models.report_words import report_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediaflow.models.result import JobReport, JobResult, OutputResult

__all__ = ["report_details", "result_table"]

ROWS: Final = 100  # of outputs; a notebook keeps what it shows in its file
LEFT: Final = ' style="text-align:left"'  # notebooks set cells to the right
TOP: Final = ' style="text-align:left;vertical-align:top"'
COLUMNS: Final = (("output", LEFT), ("px", ""), ("bytes", ""), ("notices", LEFT))
LINES: Final = ' style="text-align:left;white-space:pre-wrap"'


def result_table(result: JobResult) -> str:
    """Return the outputs of a result as an HTML table, and its report below.

    Args:
        result: A result; every text in it is escaped.
    """
    head = "".join(f"<th{style}>{name}</th>" for name, style in COLUMNS)
    rows = "".join(_row(output) for output in result.outputs[:ROWS])
    if len(result.outputs) > ROWS:
        more = f"… and {len(result.outputs) - ROWS:,} more"
        rows += f'<tr><td colspan="{len(COLUMNS)}">{more}</td></tr>'
    caption = f"job {escape(result.id)}: {escape(result.status)}"
    if result.error:
        caption += f" ({escape(result.error)})"
    if result.preview:
        caption = f'<img src="{escape(result.preview)}" alt=""><br>{caption}'
    table = f"<table><caption>{caption}</caption><tr>{head}</tr>{rows}</table>"
    return table + report_details(result.report)


def report_details(report: JobReport) -> str:
    """Return a report as one line of HTML that opens to all of it.

    Args:
        report: A report; every text in it is escaped.
    """
    rows = "".join(
        f"<tr><th{TOP}>{name}</th><td{LINES}>{escape(text)}</td></tr>"
        for name, text in ((name, "\n".join(lines)) for name, lines in report_rows(report))
    )
    summary = " · ".join(_summary(report))
    return f"<details><summary>{summary}</summary><table>{rows}</table></details>"


def _summary(report: JobReport) -> Iterator[str]:
    yield f"{report.seconds:.3f} s"
    if report.cpu_seconds is not None:
        yield f"{report.cpu_seconds:.3f} s CPU"
    if report.peak_rss_bytes is not None:
        yield f"{file_size(report.peak_rss_bytes)} peak"
    yield f"{file_size(report.bytes_in)} in → {file_size(report.bytes_out)} out"


def _row(output: OutputResult) -> str:
    notes = [notice.message for notice in output.notices]
    if output.error:
        notes.append(output.error)
    cells = (
        f"<code>{escape(output.uri or output.name)}</code>",
        output.shape,
        f"{output.bytes:,}" if output.status == "completed" else escape(output.status),
        "<br>".join(escape(note) for note in notes),
    )
    columns = zip(cells, COLUMNS, strict=True)
    return "<tr>" + "".join(f"<td{style}>{cell}</td>" for cell, (_, style) in columns) + "</tr>"
