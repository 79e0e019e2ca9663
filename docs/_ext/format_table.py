"""A Sphinx directive that prints the table of image formats from the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from docutils.parsers.rst import Directive

from mediaflow.formats import image_formats

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = ["FormatTable", "setup"]

HEADER = (
    "name",
    "media type",
    "written",
    "needs",
    "moves",
    "alpha",
    "exact",
    "default quality",
    "longest edge, px",
)


def _rows() -> list[tuple[str, ...]]:
    rows = []
    for name in image_formats.builtin_names():
        row = image_formats[name]
        written = row.options is not None
        rows.append(
            (
                row.name,
                row.mime_type,
                "yes" if written else "read only",
                "–" if row.extra is None else f"pymediaflow[{row.extra}]",
                "yes" if row.can_animate else "no",
                "yes" if row.has_alpha else "no",
                "yes" if row.can_be_lossless else "no",
                str(row.default_quality or "–") if written else "–",
                f"{row.max_side:,}" if written else "–",
            )
        )
    return rows


def _table_row(texts: tuple[str, ...]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", text)) for text in texts))


class FormatTable(Directive):
    """``format-table``: one row a format, in the registry's order."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        columns = [nodes.colspec(colwidth=len(title)) for title in HEADER]
        head = nodes.thead("", _table_row(HEADER))
        body = nodes.tbody("", *map(_table_row, _rows()))
        return [nodes.table("", nodes.tgroup("", *columns, head, body, cols=len(HEADER)))]


def setup(app: Sphinx) -> dict[str, object]:
    """Register the directive."""
    app.add_directive("format-table", FormatTable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
