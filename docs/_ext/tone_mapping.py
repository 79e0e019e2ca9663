"""Pictures and figures of tone mapping, made while the documentation is built.

``tone-pictures`` shows one painted HDR scene by every curve and by FFmpeg's own scaler; ``tone-table``
prints how far each is from the standard's formulas. The scene is the painted photo, whose light is
spread over the range of HDR, so that no picture is kept in the repository.
"""

from __future__ import annotations

import io
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final

import av
import numpy as np
from docutils import nodes
from filter_gallery import PictureDirective, painted
from PIL import Image

import mediaflow as mf
from mediaflow.testing.footage_films import hdr_film, patch_film, read_patches
from mediaflow.testing.hdr import delta_e, held_codes, pq_code, sdr_of

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = ["TonePictures", "ToneTable", "setup"]

FOLDER: Final = "tones"
SIZE: Final = (480, 320)
SHOWN: Final = (240, 160)
PEAK_NITS: Final = 1_000
BRIGHTER: Final = 1.6  # power that spreads the light of the photo
CURVES: Final = ("bt2390", "hable", "reinhard")
SCALER: Final = "out_primaries=bt709:out_transfer=bt709:out_color_matrix=bt709:out_range=tv"
PATCHES: Final = 48


def _scene() -> np.ndarray:
    """Return the photo as PQ, (height, width, 3): its bright parts reach the peak."""
    with Image.open(io.BytesIO(painted())) as photo:
        codes = np.asarray(photo.convert("RGB").resize(SIZE), np.float64) / 255
    nits = PEAK_NITS * codes ** (2.2 * BRIGHTER)
    return np.vectorize(pq_code)(nits)


def by_scaler(film: Path) -> np.ndarray:
    """Return the first frame as FFmpeg's scaler converts it, (height, width, 3), 8 bits."""
    with av.open(str(film)) as container:
        frame = next(container.decode(video=0))
    graph = av.filter.Graph()
    source = graph.add(
        "buffer",
        f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}:time_base=1/25:"
        "colorspace=9:range=1",
    )
    nodes_made = [
        graph.add("scale", f"{frame.width}:{frame.height}:{SCALER}"),
        graph.add("format", "yuv420p"),
        graph.add("buffersink"),
    ]
    for before, after in zip([source, *nodes_made], nodes_made, strict=False):
        before.link_to(after)
    graph.configure()
    frame.time_base = Fraction(1, 25)
    source.push(frame)
    return nodes_made[-1].pull().to_ndarray(format="rgb24")


class TonePictures(PictureDirective):
    """``tone-pictures``: one HDR scene by every curve, and by FFmpeg's scaler."""

    def run(self) -> list[nodes.Node]:
        """Return the pictures, each under its name."""
        folder = self.folder(FOLDER)
        with tempfile.TemporaryDirectory() as scratch:
            film = hdr_film(Path(scratch, "scene.mkv"), _scene(), "pq")
            outputs = [
                mf.StillOutput(format="jpeg", quality=90, tone_map=mf.ToneMap(name), name=name)
                for name in CURVES
            ]
            mf.process(str(film), outputs, to=f"{folder}/{{name}}.jpg")
            Image.fromarray(by_scaler(film)).save(folder / "scaler.jpg", quality=90)
        return self.row([self._one(folder / f"{name}.jpg", name) for name in (*CURVES, "scaler")])

    def _one(self, path: Path, name: str) -> nodes.raw:
        said = "FFmpeg's scale" if name == "scaler" else f'ToneMap("{name}")'
        size = f'width="{SHOWN[0]}" height="{SHOWN[1]}"'
        image = f'<img src="{self.link(path)}" alt="{name}" {size}>'
        html = f"<figure style='margin:0'>{image}<figcaption>{said}</figcaption></figure>"
        return nodes.raw("", html, format="html")


class ToneTable(PictureDirective):
    """``tone-table``: mean and largest CIEDE2000 of patches, beside formulas in floats."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        rows = [("source", "made by", "mean ΔE", "largest ΔE")]
        for transfer in ("pq", "hlg"):
            with tempfile.TemporaryDirectory() as scratch:
                film = patch_film(
                    Path(scratch, "film.mkv"), held_codes(transfer, PATCHES), transfer
                )
                still = mf.process(
                    str(film), mf.StillOutput(format="png"), to=f"{scratch}/still.png"
                )
                with Image.open(still.outputs[0].uri) as picture:
                    ours = np.asarray(picture.convert("RGB"))
                theirs = by_scaler(film)
            for who, made in (("mediaflow", ours), ("FFmpeg's scale", theirs)):
                errors = self._errors(made, transfer)
                mean = sum(errors) / len(errors)
                rows.append((transfer.upper(), who, f"{mean:.2f}", f"{max(errors):.2f}"))
        head, *body = (nodes.row("", *map(_cell, row)) for row in rows)
        columns = [nodes.colspec(colwidth=1) for _ in rows[0]]
        group = nodes.tgroup(
            "", *columns, nodes.thead("", head), nodes.tbody("", *body), cols=len(columns)
        )
        return [nodes.table("", group)]

    def _errors(self, picture: np.ndarray, transfer: str) -> list[float]:
        codes = held_codes(transfer, PATCHES)
        pairs = zip(read_patches(picture, len(codes)), codes, strict=True)
        return [
            delta_e([level / 255 for level in patch], sdr_of(code, transfer))
            for patch, code in pairs
        ]


def _cell(text: str) -> nodes.entry:
    return nodes.entry("", nodes.paragraph("", text))


def setup(app: Sphinx) -> dict[str, object]:
    """Register the directives."""
    app.add_directive("tone-pictures", TonePictures)
    app.add_directive("tone-table", ToneTable)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
