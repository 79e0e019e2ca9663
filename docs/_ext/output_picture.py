"""Pictures of outputs, made while the documentation is built.

``output-picture`` shows what the keywords of an ``ImageOutput`` do to a picture that is painted here,
so that no picture is kept in the repository and no page shows what the library does not do.
"""

from __future__ import annotations

import hashlib
import io
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Final

import numpy as np
from docutils import nodes
from docutils.parsers.rst import directives
from filter_gallery import PictureDirective, painted
from PIL import Image, ImageOps

import mediaflow as mf

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = ["OutputPicture", "setup"]

FOLDER: Final = "outputs"
SHOWN_WIDTH: Final = 240  # px on the page, at most


@cache
def _source(name: str) -> bytes:
    """Return one of the pictures that pages start from."""
    match name:
        case "photo":
            return painted()
        case "framed":  # a scan on white paper
            framed = ImageOps.expand(Image.open(io.BytesIO(painted())), (120, 60, 40, 90), "white")
            return _encoded(framed, "PNG")
        case "screen":  # lines of 1 px beside flat gray of half the light, which is 188
            lines = np.full((640, 960), 188, np.uint8)
            lines[:, :480] = np.where(np.arange(640)[:, None] % 2, 255, 0)
            return _encoded(Image.fromarray(lines), "PNG")
        case "clip":
            return _clip()
        case _:
            raise ValueError(f"no picture called {name!r}")


def _encoded(picture: Image.Image, format: str, **words: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, format, **words)
    return file.getvalue()


def _clip() -> bytes:
    """Return an animation of a disk that crosses the picture in a second."""
    y, x = np.mgrid[0:160, 0:240]
    frames = []
    for step in range(20):
        disk = ((x - 12 * step) ** 2 + (y - 80) ** 2 < 900)[..., None]
        pixels = np.where(disk, (250, 200, 40), (30, 60 + y[0, 0], 120)).astype(np.uint8)
        frames.append(Image.fromarray(pixels))
    first, *rest = frames
    return _encoded(first, "GIF", save_all=True, append_images=rest, duration=50, loop=0)


class OutputPicture(PictureDirective):
    """``output-picture``: what each line of keywords makes of a picture.

    The content is the keywords of one ``ImageOutput`` a line; an empty line shows the source.
    """

    has_content = True
    option_spec = {  # noqa: RUF012  # docutils reads it so
        "format": directives.unchanged,
        "source": directives.unchanged,
    }

    def run(self) -> list[nodes.Node]:
        """Return the pictures, each under its keywords."""
        source = self.options.get("source", "photo")
        format = self.options.get("format", "jpeg")
        return self.row([self._one(source, format, line.strip()) for line in self.content])

    def _one(self, source: str, format: str, line: str) -> nodes.raw:
        words = eval(f"dict({line})", {"mf": mf})  # noqa: S307  # our own pages
        output = mf.ImageOutput(format, **words)
        named = hashlib.sha256(f"{source} {output!r}".encode()).hexdigest()[:12]
        path = self.folder(FOLDER) / f"{named}.{mf.formats.image_formats[format].extension}"
        made = mf.process(_source(source), output, to=str(path)).outputs[0]
        width = min(SHOWN_WIDTH, made.width)
        height = round(made.height * width / made.width)
        said = escape(line or "as it is")
        image = f'<img src="{self.link(path)}" alt="{said}" width="{width}" height="{height}">'
        caption = f"<figcaption><code>{said}</code><br>{made.width}×{made.height} px</figcaption>"
        style = f"margin:0;max-width:{SHOWN_WIDTH}px"
        html = f'<figure style="{style}">{image}{caption}</figure>'
        return nodes.raw("", html, format="html")


def setup(app: Sphinx) -> dict[str, object]:
    """Register the directive."""
    app.add_directive("output-picture", OutputPicture)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
