"""``mediaflow demo``: one photo through the whole path, and a page that shows what came out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import quote

import typer

from mediaflow import recipes
from mediaflow.cli.running import run_job, show_outputs, waiting
from mediaflow.cli.sheet import Group, contact_sheet
from mediaflow.cli.terminal import exit_code_of, file_size, printable, reported, say_error
from mediaflow.models.job import Job
from mediaflow.redact import redact
from mediaflow.storage import Storage, join

if TYPE_CHECKING:
    from mediaflow.models.result import JobResult

__all__ = ["demo"]

FOLDER: Final = "mediaflow-demo"
PAINTING: Final = "landscape.jpg"
PAGE: Final = "index.html"


def demo(
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE", help="A picture; without it one is painted.", show_default=False
        ),
    ] = None,
    to: Annotated[
        str, typer.Option("--to", metavar="DIR", help="Folder for all that is made.")
    ] = FOLDER,
) -> None:
    """Make all renditions of a photo and a page that shows them."""
    with reported():
        storage = Storage.from_environment()
        folder = to if to.endswith(("/", os.sep)) else f"{to}/"
        source = file if file is not None else _painted(storage, folder)
        small, large = recipes.thumbnails(), recipes.web_images()
        place = folder.replace("{", "{{").replace("}", "}}")  # a folder, never a template
        result = run_job(Job(source, small + large, to=place, on_failure="partial"))
        show_outputs(result, folder=redact(folder))
        page = contact_sheet(
            result,
            link=_link(source, folder),
            groups=(
                Group(title="Thumbnails", outputs=result.outputs[: len(small)]),
                Group(title="For the web", outputs=result.outputs[len(small) :]),
            ),
        )
        at = _write(storage, folder, PAGE, page.encode())
    _summarize(result, at)
    if result.error is not None:
        say_error(result.error)
        raise typer.Exit(exit_code_of(result))


def _painted(storage: Storage, folder: str) -> str:
    from mediaflow.image.painting import paint_photo  # loads numpy and Pillow

    with waiting("painting a photo"):
        data = paint_photo()
        return _write(storage, folder, PAINTING, data)


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


def _summarize(result: JobResult, page: str) -> None:
    made = sum(output.status == "completed" for output in result.outputs)
    size = sum(output.bytes for output in result.outputs)
    typer.echo(
        f"{made} outputs, {file_size(size)}, in {result.report.seconds:.1f} s\n"
        f"page: {printable(redact(page))}"
    )
