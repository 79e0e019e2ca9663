"""``mediaflow probe``: what a file holds, read from its header, or from all its packets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from mediaflow import to_dict
from mediaflow.cli.film_facts import film_facts
from mediaflow.cli.request import (  # noqa: TC001  # typer reads annotations at run time
    JsonOption,
    SourceArgument,
)
from mediaflow.cli.terminal import (
    file_size,
    new_table,
    printable,
    reported,
    rows,
    show_json,
    show_table,
)
from mediaflow.verbs import probe as probe_source

if TYPE_CHECKING:
    from mediaflow.models.info import ColorInfo, MediaInfo

__all__ = ["probe"]

DeepOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--deep",
        help="Read all of a film or sound file: true length, and whether a part is missing.",
    ),
]


def probe(file: SourceArgument, deep: DeepOption = False, as_json: JsonOption = False) -> None:
    """Show what a picture, film or sound file holds, read from its header alone."""
    with reported():
        info = probe_source(file, deep=deep)
        if as_json:
            show_json(to_dict(info))
        else:
            show_table(rows(new_table(("fact", "left"), ("value", "left")), _facts(info)))


def _facts(info: MediaInfo) -> list[tuple[str, str]]:
    facts = [
        ("file", info.uri or "bytes"),
        ("format", f"{info.format} ({info.mime_type})"),
        ("bytes", "unknown" if info.bytes is None else f"{info.bytes:,} ({file_size(info.bytes)})"),
        *(film_facts(info) if info.image is None else _picture_facts(info)),
        ("header", f"{info.header_bytes:,} bytes read"),
    ]
    return [(name, printable(value)) for name, value in facts if value]


def _picture_facts(info: MediaInfo) -> list[tuple[str, str]]:
    image = info.picture
    stored = image.stored_size
    turned = (
        "as stored"
        if image.orientation == 1
        else (f"EXIF orientation {image.orientation}, stored as {stored.width}×{stored.height}")
    )
    return [
        ("px", f"{info.width}×{info.height} ({info.size.pixels / 1e6:.1f} MP)"),
        ("orientation", turned),
        ("bits a channel", str(image.bit_depth)),
        ("colour", _color(image.color)),
        ("chroma", image.chroma_subsampling or ""),
        ("alpha", "yes" if image.has_alpha else "no"),
        ("frames", _frames(info)),
        ("HDR", _hdr(info)),
        ("stored in passes", "yes" if image.is_progressive else ""),
    ]


def _color(color: ColorInfo) -> str:
    parts: list[str] = [color.model]
    if color.icc_bytes:
        parts.append(f"ICC profile {color.icc_description or 'without a name'!r}")
    codes = (color.primaries, color.transfer, color.matrix)
    if any(code is not None for code in codes):
        parts.append("H.273 " + "/".join("?" if code is None else str(code) for code in codes))
    if color.full_range is False:
        parts.append("limited range")
    return ", ".join(parts)


def _frames(info: MediaInfo) -> str:
    if not info.picture.is_animated:
        return ""
    return "animated" if info.picture.frames is None else f"{info.picture.frames}, animated"


def _hdr(info: MediaInfo) -> str:
    parts = ["PQ or HLG transfer"] if info.picture.color.is_hdr else []
    parts += ["gain map"] if info.picture.has_gain_map else []
    return ", ".join(parts)
