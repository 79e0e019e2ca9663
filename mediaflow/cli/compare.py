"""``mediaflow compare``: how alike two pictures are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer

from mediaflow import to_dict
from mediaflow.cli.request import JsonOption  # noqa: TC001  # typer reads annotations at run time
from mediaflow.cli.terminal import new_table, reported, rows, show_json, show_table
from mediaflow.verbs import compare as compare_pictures

if TYPE_CHECKING:
    from mediaflow.models.comparison import Comparison

__all__ = ["compare"]


def compare(
    a: Annotated[str, typer.Argument(metavar="A", help="Path or URL of a picture.")],
    b: Annotated[str, typer.Argument(metavar="B", help="The one to compare with it.")],
    resize: Annotated[
        bool, typer.Option("--resize", help="Scale B to the size of A where they differ.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show how alike two pictures are: PSNR, SSIM, and a score from 0 to 100."""
    with reported():
        found = compare_pictures(a, b, resize=resize)
        if as_json:
            psnr_db = None if math.isinf(found.psnr_db) else found.psnr_db
            calculated = {"psnr_db": psnr_db, "is_identical": found.is_identical}
            show_json({**to_dict(found), **calculated})
        else:
            table = new_table(("figure", "left"), ("value", "left"))
            show_table(rows(table, _figures(found)))


def _figures(found: Comparison) -> list[tuple[str, str]]:
    box = found.worst
    figures = [
        (
            "px",
            f"{found.size.width}×{found.size.height}{' (B scaled)' if found.is_resized else ''}",
        ),
        ("identical", "yes" if found.is_identical else "no"),
        ("PSNR", "" if found.is_identical else f"{found.psnr_db:.2f} dB"),
        ("SSIM", f"{found.ssim:.4f}"),
        ("score", f"{found.score:.1f} of 100 ({found.score_kind})"),
        ("alpha", "compared as well" if found.has_alpha else ""),
        ("worst", "" if box is None else f"x {box.left}–{box.right}, y {box.top}–{box.bottom}"),
        ("notices", "\n".join(notice.message for notice in found.notices)),
    ]
    return [(name, value) for name, value in figures if value]
