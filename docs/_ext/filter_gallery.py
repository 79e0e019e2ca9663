"""Pictures of filters, painted and filtered while the documentation is built.

``filter-table`` prints the registry, ``filter-picture`` shows one chain of filters, and
``look-gallery`` shows every look. The photo is painted by the library itself, so that no picture is
kept in the repository.
"""

from __future__ import annotations

import hashlib
import inspect
import io
from dataclasses import MISSING, fields
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

from docutils import nodes
from docutils.parsers.rst import directives
from PIL import Image
from sphinx.util.docutils import SphinxDirective

import mediaflow as mf
from mediaflow.image.painting import paint_photo

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = [
    "FilterPicture",
    "FilterTable",
    "LookGallery",
    "PictureDirective",
    "painted",
    "setup",
]

SIZE: Final = mf.Size(480, 320)
QUALITY: Final = 82
FOLDER: Final = "filters"


@cache
def painted() -> bytes:
    """Return the photo that pages start from."""
    return paint_photo(mf.Size(2 * SIZE.width, 2 * SIZE.height), seed=3)


@cache
def _mark() -> bytes:
    """Return a round mark with soft edges, for pages that show a watermark."""
    disk = Image.new("L", (256, 256))
    disk.paste(255, mask=Image.radial_gradient("L").point(lambda level: 255 * (level < 150)))
    mark = Image.new("RGBA", disk.size, "white")
    mark.putalpha(disk.resize((64, 64)).resize(disk.size))
    file = io.BytesIO()
    mark.save(file, "PNG")
    return file.getvalue()


def _make(folder: Path, filters: tuple[mf.filters.Filter, ...]) -> Path:
    """Write a filtered picture once and return its place."""
    meaning = [(one, one.parts()) for one in filters]  # what a name stands for may change
    named = hashlib.sha256(repr(meaning).encode()).hexdigest()[:12]
    output = mf.ImageOutput("jpeg", width=SIZE.width, quality=QUALITY, filters=filters)
    path = folder / f"{named}.jpg"
    if not path.exists():
        mf.process(painted(), output, to=str(path))
    return path


class PictureDirective(SphinxDirective):
    """What writes pictures into the build's own folder of static files."""

    def picture(self, filters: tuple[mf.filters.Filter, ...], text: str) -> nodes.raw:
        """Return an image of the photo with filters."""
        source = self.link(_make(self.folder(FOLDER), filters))
        size = f'width="{SIZE.width // 2}" height="{SIZE.height // 2}"'
        said = escape(text)
        image = f'<img src="{source}" alt="{said}" {size}>'
        html = f"<figure>{image}<figcaption>{said}</figcaption></figure>"
        return nodes.raw("", html, format="html")

    def folder(self, name: str) -> Path:
        """Return a folder of the build's static files."""
        folder = Path(self.env.app.outdir) / "_static" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def link(self, path: Path) -> str:
        """Return how this page reaches a file of the build."""
        up = "../" * self.env.docname.count("/")
        return up + path.relative_to(self.env.app.outdir).as_posix()

    def row(self, pictures: list[nodes.raw]) -> list[nodes.Node]:
        """Return pictures beside each other."""
        style = "display:flex;flex-wrap:wrap;gap:1rem"
        opened = nodes.raw("", f'<div style="{style}">', format="html")
        return [opened, *pictures, nodes.raw("", "</div>", format="html")]


class FilterPicture(PictureDirective):
    """``filter-picture``: the photo, and the photo with the filters of the content.

    The content is one Python expression a line; ``mark`` is a small white disk.
    """

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the pictures, each under its expression."""
        known = {name: getattr(mf.filters, name) for name in mf.filters.__all__} | {"mark": _mark()}
        made = [self.picture((), "the photo")]
        made += [
            self.picture((eval(line, known),), line)  # noqa: S307  # our own pages
            for line in self.content
        ]
        return self.row(made)


class LookGallery(PictureDirective):
    """``look-gallery``: every look of the table, in its order."""

    def run(self) -> list[nodes.Node]:
        """Return the pictures."""
        made = [self.picture((), "the photo")]
        made += [self.picture((mf.filters.Look(name),), name) for name in mf.filters.look_names()]
        return self.row(made)


class FilterTable(SphinxDirective):
    """``filter-table``: one row a filter, in the registry's order."""

    option_spec = {"class": directives.class_option}  # noqa: RUF012  # docutils reads it so

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        table = mf.filters.filters
        rows = [self._row(name, table[name]) for name in table.builtin_names()]
        head = ("kind", "written", "what it does", "works on")
        columns = [nodes.colspec(colwidth=len(title)) for title in head]
        body = nodes.tbody("", *map(_table_row, rows))
        group = nodes.tgroup("", *columns, nodes.thead("", _table_row(head)), body, cols=len(head))
        return [nodes.table("", group)]

    def _row(self, name: str, cls: type[mf.filters.Filter]) -> tuple[str, ...]:
        named = [field for field in fields(cls) if field.name != "kind"]
        call = ", ".join(
            field.name if field.default is MISSING else f"{field.name}={field.default!r}"
            for field in named
        )
        summary = (inspect.getdoc(cls) or "").partition("\n\n")[0].replace("``", "")
        place = "colours" if issubclass(cls, mf.filters.ColorFilter) else "the picture"
        return name, f"{cls.__name__}({call})", " ".join(summary.split()), place


def _table_row(texts: tuple[str, ...]) -> nodes.row:
    cells = [nodes.entry("", nodes.paragraph("", text)) for text in texts]
    return nodes.row("", *cells)


def setup(app: Sphinx) -> dict[str, object]:
    """Register the directives."""
    app.add_directive("filter-picture", FilterPicture)
    app.add_directive("filter-table", FilterTable)
    app.add_directive("look-gallery", LookGallery)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
