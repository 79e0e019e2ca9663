"""``mediaflow formats``: what can be read and written here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediaflow.cli.plugins import load
from mediaflow.cli.terminal import new_table, reported, rows, show_table
from mediaflow.formats import ImageFormat, image_formats
from mediaflow.image.backend import installed

if TYPE_CHECKING:
    from mediaflow.models.capabilities import Capabilities

__all__ = ["formats"]


def formats() -> None:
    """Show which image formats are read and written here."""
    with reported():
        table = new_table(
            ("format", "left"),
            ("read", "left"),
            ("write", "left"),
            ("alpha", "left"),
            ("exact", "left"),
            ("max side", "right"),
            ("default quality", "right"),
            ("extension", "left"),
        )
        show_table(rows(table, (_row(name) for name in image_formats.names())))


def _row(name: str) -> tuple[str, ...]:
    able = installed()
    row = load(image_formats, name)
    if not isinstance(row, ImageFormat):
        return (name, "broken", "broken", "", "", "", "", "see mediaflow doctor")
    writes = name in able.encoders
    exact = row.can_be_lossless or (writes and row.default_quality is None)
    return (
        name,
        _reading(row, able),
        _word(writes),
        _word(row.has_alpha),
        _word(exact) if writes else "",
        f"{row.max_side:,}" if writes else "",
        str(row.default_quality or "") if writes else "",
        f".{row.extension}",
    )


def _reading(row: ImageFormat, able: Capabilities) -> str:
    if row.name in able.readable:
        return "yes"
    return f"with {row.extra}" if row.extra is not None else "no"


def _word(yes: bool) -> str:
    return "yes" if yes else "no"
