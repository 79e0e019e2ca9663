"""``mediaflow process``: make outputs of one picture or film."""

from __future__ import annotations

from typing import Annotated

import typer

from mediaflow import to_dict
from mediaflow.cli.request import (
    FitOption,
    FormatOption,
    HeightOption,
    IfExistsOption,
    JsonOption,
    PlaceholderOption,
    QualityOption,
    RecipeOption,
    Request,
    SourceArgument,
    ToOption,
    WidthOption,
)
from mediaflow.cli.running import run_job, show_outputs
from mediaflow.cli.terminal import exit_code_of, printable, reported, say_error, show_json
from mediaflow.errors import OutputsFailedError

__all__ = ["process"]


def process(
    file: SourceArgument,
    recipe: RecipeOption = None,
    formats: FormatOption = None,
    width: WidthOption = None,
    height: HeightOption = None,
    fit: FitOption = None,
    quality: QualityOption = None,
    to: ToOption = None,
    if_exists: IfExistsOption = "replace",
    partial: Annotated[
        bool, typer.Option("--partial", help="Exit with 0 when at least one output was made.")
    ] = False,
    placeholder: PlaceholderOption = False,
    report: Annotated[
        bool, typer.Option("--report", help="Also print what was decided, and what it took.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a ready-made set of pictures or films, or one of your own."""
    with reported():
        request = Request(
            source=file,
            recipe=recipe,
            formats=tuple(formats or ()),
            width=width,
            height=height,
            fit=fit,
            quality=quality,
            to=to,
            if_exists=if_exists,
            partial=partial,
            placeholder=placeholder,
        )
        failure: OutputsFailedError | None = None
        try:
            result = run_job(request.job())
        except OutputsFailedError as exc:
            failure, result = exc, exc.result
        if as_json:
            show_json(to_dict(result))
        else:
            show_outputs(result)
            if report:
                typer.echo(printable(str(result.report)))
        if failure is not None:
            raise failure
    if result.error is not None:
        say_error(result.error)
    if result.status == "failed":
        raise typer.Exit(exit_code_of(result))
