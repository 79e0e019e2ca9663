"""A result as an HTML table for notebooks. Law: no I/O; only what the result already holds."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mediaflow.models.result import JobResult, OutputResult

__all__ = ["result_table"]


def result_table(result: JobResult) -> str:
    """Return the outputs of a result as an HTML table.

    Args:
        result: A result; every text in it is escaped.
    """
    head = "".join(f"<th>{name}</th>" for name in ("output", "px", "bytes", "notices"))
    rows = "".join(_row(output) for output in result.outputs)
    caption = f"job {escape(result.id)}: {escape(result.status)}"
    if result.error:
        caption += f" ({escape(result.error)})"
    if result.preview:
        caption = f'<img src="{escape(result.preview)}" alt=""> {caption}'
    return f"<table><caption>{caption}</caption><tr>{head}</tr>{rows}</table>"


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
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
