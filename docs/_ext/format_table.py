"""Sphinx directives that print the tables of formats and codecs from the registries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from docutils import nodes
from docutils.parsers.rst import Directive

from mediaflow.formats import (
    audio_codecs,
    containers,
    image_formats,
    is_film_format,
    quality_crf,
    sound_formats,
    video_codecs,
)
from mediaflow.formats.sound_tags import LABELS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sphinx.application import Sphinx

__all__ = ["FilmTable", "FormatTable", "setup"]

Row = tuple[str, ...]

QUALITIES: Final = (1, 10, 20, 30, 40, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95, 100)


def _formats() -> list[Row]:
    rows: list[Row] = [
        (
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
    ]
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


def _containers() -> list[Row]:
    rows: list[Row] = [
        ("name", "media type", "pictures", "sound", "plays before it is whole", "previews")
    ]
    for name in containers.builtin_names():
        row = containers[name]
        rows.append(
            (
                row.name,
                row.mime_type,
                ", ".join(row.video_codecs) if is_film_format(name) else "animation",
                ", ".join(row.audio_codecs) or "–",
                "yes" if row.has_faststart else "–",
                "yes" if row.is_for_previews else "no",
            )
        )
    return rows


def _sounds() -> list[Row]:
    rows: list[Row] = [("name", "media type", "codecs", "chapters", "cover")]
    for name in sound_formats.builtin_names():
        row = sound_formats[name]
        rows.append(
            (
                row.name,
                row.mime_type,
                ", ".join(row.audio_codecs),
                "yes" if LABELS[name].chapters else "no",
                "yes" if LABELS[name].cover else "no",
            )
        )
    return rows


def _video() -> list[Row]:
    rows: list[Row] = [
        ("name", "encoder", "default crf", "crf", "default effort", "edges, px", "samples")
    ]
    for name in video_codecs.builtin_names():
        row = video_codecs[name]
        rows.append(
            (
                row.name,
                row.encoder,
                f"{row.default_crf:g}",
                f"0 to {row.max_crf}" + (", fractions too" if row.has_fractional_crf else ""),
                str(row.default_effort),
                f"{row.min_side:,} to {row.max_side:,}",
                row.pixel_format,
            )
        )
    return rows


def _audio() -> list[Row]:
    rows: list[Row] = [
        ("name", "encoder", "channels", "bit/s of mono and stereo", "sample rates, Hz")
    ]
    for name in audio_codecs.builtin_names():
        row = audio_codecs[name]
        rates = " and ".join(f"{rate:,}" for rate in row.bit_rates[:2])
        rows.append(
            (
                row.name,
                row.encoder,
                f"{row.min_channels} to {row.max_channels}",
                rates or "exact",
                ", ".join(f"{rate:,}" for rate in row.sample_rates),
            )
        )
    return rows


def _labels() -> list[Row]:
    rows: list[Row] = [("name", "tags", "chapters", "cover")]
    for name, row in LABELS.items():
        names = sorted({*(each for each, _ in row.names), *row.frames})
        others = ["any other"] if row.holds_others else []
        rows.append(
            (
                name,
                ", ".join([*names, *others]) or "none",
                "no" if row.chapters is None else "yes",
                "no" if row.cover is None else "JPEG, PNG",
            )
        )
    return rows


def _quality() -> list[Row]:
    names = video_codecs.builtin_names()
    rows: list[Row] = [("quality", *names)]
    for quality in QUALITIES:
        rates = (f"{quality_crf(video_codecs[name], quality):g}" for name in names)
        rows.append((str(quality), *rates))
    return rows


def _effort() -> list[Row]:
    names = video_codecs.builtin_names()
    rows: list[Row] = [("effort", *names)]
    for effort in range(10):
        words = []
        for name in names:
            row = video_codecs[name]
            mark = " (default)" if effort == row.default_effort else ""
            words.append(row.efforts[effort] + mark)
        rows.append((str(effort), *words))
    return rows


_FILM: Final[dict[str, Callable[[], list[Row]]]] = {
    "audio": _audio,
    "containers": _containers,
    "effort": _effort,
    "labels": _labels,
    "quality": _quality,
    "sounds": _sounds,
    "video": _video,
}


def _table_row(texts: Row) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", text)) for text in texts))


def _table(rows: Sequence[Row]) -> nodes.table:
    header, *body = rows
    columns = [nodes.colspec(colwidth=len(title)) for title in header]
    head = nodes.thead("", _table_row(header))
    filled = nodes.tbody("", *map(_table_row, body))
    return nodes.table("", nodes.tgroup("", *columns, head, filled, cols=len(header)))


class FormatTable(Directive):
    """``format-table``: one row a format of pictures, in the registry's order."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        return [_table(_formats())]


class FilmTable(Directive):
    """``film-table``: what is known of containers, codecs, quality or effort."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the table.

        Raises:
            DirectiveError: There is no table of that name.
        """
        name = self.arguments[0]
        if name not in _FILM:
            raise self.error(f"film-table takes {', '.join(_FILM)}, got {name!r}")
        return [_table(_FILM[name]())]


def setup(app: Sphinx) -> dict[str, object]:
    """Register the directives."""
    app.add_directive("film-table", FilmTable)
    app.add_directive("format-table", FormatTable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
