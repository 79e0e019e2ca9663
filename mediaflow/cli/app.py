"""The table of commands."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from mediaflow import __version__
from mediaflow.cli.compare import compare
from mediaflow.cli.demo import demo
from mediaflow.cli.doctor import doctor
from mediaflow.cli.formats import formats
from mediaflow.cli.plan import plan
from mediaflow.cli.probe import probe
from mediaflow.cli.process import process
from mediaflow.cli.serve import serve

__all__ = ["app"]

app: Final = typer.Typer(
    add_completion=False,
    help="Turn a picture or a film into every rendition a site needs.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a pretty traceback shows the values of variables
    rich_markup_mode=None,  # help texts are plain: brackets in them mean themselves
)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"mediaflow {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Turn a picture or a film into every rendition a site needs."""


for _command in (demo, probe, plan, process, compare, formats, serve, doctor):
    app.command()(_command)
