"""``mediaflow demo``: a photo and a film through the whole path, and a page that shows what came out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import quote

import typer

from mediaflow import recipes
from mediaflow.cli.running import run_job, show_outputs, waiting
from mediaflow.cli.sheet import Group, Part, contact_sheet
from mediaflow.cli.terminal import exit_code_of, file_size, printable, reported, say_error
from mediaflow.models.job import Job
from mediaflow.redact import redact
from mediaflow.storage import Storage, join
from mediaflow.verbs import probe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.models.outputs import Output

__all__ = ["demo"]

FOLDER: Final = "mediaflow-demo"
PAINTING: Final = "landscape.jpg"
CLIP: Final = "lake.mp4"
PAGE: Final = "index.html"
POSTER_SHARE: Final = "50%"
GIF_SECONDS: Final = 2.0
GIF_WIDTH: Final = 320  # px; a GIF of a pan holds every px of every frame, so it stays small


def demo(
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE",
            help="A picture or a film; without it one of each is painted.",
            show_default=False,
        ),
    ] = None,
    to: Annotated[
        str, typer.Option("--to", metavar="DIR", help="Folder for all that is made.")
    ] = FOLDER,
) -> None:
    """Make all renditions of a photo and a film, and a page that shows them."""
    with reported():
        storage = Storage.from_environment()
        folder = to if to.endswith(("/", os.sep)) else f"{to}/"
        sources = (file,) if file is not None else _painted(storage, folder)
        parts = [_part(source, folder) for source in sources]
        at = _write(storage, folder, PAGE, contact_sheet(*parts).encode())
    _summarize(parts, at)
    for part in parts:
        if part.result.error is not None:
            say_error(part.result.error)
            raise typer.Exit(exit_code_of(part.result))


def _part(source: str, folder: str) -> Part:
    """Make all renditions of one source."""
    groups = _film() if probe(source).kind == "video" else _photo()
    outputs = [output for _, wanted in groups for output in wanted]
    place = folder.replace("{", "{{").replace("}", "}}")  # a folder, never a template
    result = run_job(Job(source, outputs, to=place, on_failure="partial"))
    show_outputs(result, folder=redact(folder))
    shown: list[Group] = []
    done = 0
    for title, wanted in groups:
        shown.append(Group(title=title, outputs=result.outputs[done : done + len(wanted)]))
        done += len(wanted)
    return Part(result=result, groups=tuple(shown), link=_link(source, folder))


def _photo() -> tuple[tuple[str, Sequence[Output]], ...]:
    return ("Thumbnails", recipes.thumbnails()), ("For the web", recipes.web_images())


def _film() -> tuple[tuple[str, Sequence[Output]], ...]:
    preview = recipes.gif_preview(duration=GIF_SECONDS, width=GIF_WIDTH)
    return (
        ("Poster and preview", (*recipes.poster(at=POSTER_SHARE), *preview)),
        ("The ladder", recipes.streaming()),
    )


def _painted(storage: Storage, folder: str) -> tuple[str, str]:
    from mediaflow.image.painting import paint_photo  # loads numpy and Pillow
    from mediaflow.video.painting import paint_clip  # loads PyAV

    with waiting("painting a photo and a film"):
        photo = _write(storage, folder, PAINTING, paint_photo())
        return photo, _write(storage, folder, CLIP, paint_clip())


def _write(storage: Storage, folder: str, name: str, data: bytes) -> str:
    place = str(join(folder, name))
    with storage.stage(place) as staged:
        staged.write(data)
        staged.publish()
    return place


def _link(source: str, folder: str) -> str | None:
    """Return the relative link from the page to a local source, or None for any other."""
    if "://" in source or "://" in folder:
        return None
    try:
        relative = os.path.relpath(source, folder)
    except ValueError:  # another drive
        return None
    return quote(relative.replace(os.sep, "/"))


def _summarize(parts: Sequence[Part], page: str) -> None:
    outputs = [output for part in parts for output in part.result.outputs]
    made = sum(output.status == "completed" for output in outputs)
    size = sum(output.bytes for output in outputs)
    seconds = sum(part.result.report.seconds for part in parts)
    typer.echo(
        f"{made} outputs, {file_size(size)}, in {seconds:.1f} s\npage: {printable(redact(page))}"
    )
