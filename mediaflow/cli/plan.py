"""``mediaflow plan``: what would be done, and why, without doing it."""

from __future__ import annotations

import typer

from mediaflow import to_dict
from mediaflow.cli.request import (
    FitOption,
    FormatOption,
    HeightOption,
    JsonOption,
    PlaceholderOption,
    QualityOption,
    RecipeOption,
    Request,
    SourceArgument,
    ToOption,
    WidthOption,
)
from mediaflow.cli.terminal import printable, reported, show_json
from mediaflow.verbs import plan as plan_source

__all__ = ["plan"]


def plan(
    file: SourceArgument,
    recipe: RecipeOption = None,
    formats: FormatOption = None,
    width: WidthOption = None,
    height: HeightOption = None,
    fit: FitOption = None,
    quality: QualityOption = None,
    to: ToOption = None,
    placeholder: PlaceholderOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show what process would do and why, without doing it."""
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
            placeholder=placeholder,
        )
        planned = plan_source(request.job())
        if as_json:
            show_json(to_dict(planned))
        else:
            typer.echo("\n".join(printable(line) for line in planned.lines()))
