"""The options that ``plan`` and ``process`` share, and the job that they mean.

Law: words become values here, and the models judge them; no rule about a value is said twice.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias, cast

import typer

from mediaflow import recipes
from mediaflow.errors import SpecError, UnknownNameError
from mediaflow.jobs.request import Shape, single_output
from mediaflow.models.analysis import AnalysisOutput
from mediaflow.models.job import Job
from mediaflow.planning.names import format_of_template
from mediaflow.registry import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from mediaflow.geometry import Fit
    from mediaflow.models.job import IfExists, OnFailure
    from mediaflow.models.outputs import Length, Output

__all__ = [
    "FitOption",
    "FormatOption",
    "HeightOption",
    "IfExistsOption",
    "JsonOption",
    "PlaceholderOption",
    "QualityOption",
    "RecipeOption",
    "Request",
    "SourceArgument",
    "ToOption",
    "WidthOption",
]

SourceArgument: TypeAlias = Annotated[
    str,
    typer.Argument(metavar="FILE", help="Path or URL of a picture or film.", show_default=False),
]
RecipeOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--recipe",
        help="A ready-made set: responsive, thumbnails or web_images of pictures; "
        "adaptive, gif_preview, poster, previews or streaming of films.",
    ),
]
FormatOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--format", help="jpeg, png, webp, avif, mp4 …; give it again for another."),
]
WidthOption: TypeAlias = Annotated[
    str | None, typer.Option("--width", metavar="PX", help="In px, or a share such as 50%.")
]
HeightOption: TypeAlias = Annotated[
    str | None, typer.Option("--height", metavar="PX", help="In px, or a share such as 50%.")
]
FitOption: TypeAlias = Annotated[
    str | None,
    typer.Option("--fit", help="inside (default), outside, cover, contain or fill."),
]
QualityOption: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--quality",
        metavar="1-100",
        help="Higher is better; of pictures it is the encoder's own scale.",
    ),
]
ToOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--to",
        metavar="PLACE",
        help="Folder, or a name such as out/{stem}_{width}.webp; beside the file by default.",
    ),
]
IfExistsOption: TypeAlias = Annotated[
    str, typer.Option("--if-exists", help="replace, error or skip an output that is there.")
]
PlaceholderOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--placeholder", help="Also find colours, BlurHash, ThumbHash and a tiny picture."
    ),
]
JsonOption: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON only.")]

RECIPES: Final[dict[str, Callable[[], tuple[Output, ...]]]] = {
    "adaptive": recipes.adaptive,
    "gif_preview": recipes.gif_preview,
    "poster": recipes.poster,
    "previews": recipes.previews,
    "responsive": recipes.responsive,
    "streaming": recipes.streaming,
    "thumbnails": recipes.thumbnails,
    "web_images": recipes.web_images,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What somebody typed."""

    source: str
    recipe: str | None = None
    formats: tuple[str, ...] = ()
    width: str | None = None
    height: str | None = None
    fit: str | None = None
    quality: int | None = None
    to: str | None = None
    if_exists: str = "replace"
    partial: bool = False
    placeholder: bool = False

    def job(self) -> Job:
        """Return the job that this means.

        Raises:
            SpecError: The words contradict each other, say nothing, or are out of range.
        """
        on_failure: OnFailure = "partial" if self.partial else "raise"
        return Job(
            self.source,
            (*self._outputs(), *((AnalysisOutput(),) if self.placeholder else ())),
            to=self.to,
            if_exists=cast("IfExists", self.if_exists),
            on_failure=on_failure,
        )

    def _outputs(self) -> tuple[Output, ...]:
        if self.recipe is not None:
            return self._of_recipe(self.recipe)
        formats = self.formats
        if not formats and self.placeholder and not self._names_a_file():
            return ()
        if not formats:
            if self.to is None:
                raise SpecError(
                    "nothing says what to make",
                    hint="--recipe thumbnails, or for example --format webp --width 640",
                    field="outputs",
                )
            formats = (self._format_of_name(self.to),)
        shape = Shape(
            width=_length(self.width),
            height=_length(self.height),
            fit=cast("Fit | None", self.fit),
            quality=self.quality,
        )
        return tuple(single_output(name, shape) for name in formats)

    def _names_a_file(self) -> bool:
        """Whether ``--to`` says what to make, so that the data is not all that is wanted."""
        return self.to is not None and bool(posixpath.splitext(self.to)[1])

    def _of_recipe(self, recipe: str) -> tuple[Output, ...]:
        words = {
            "--format": self.formats or None,
            "--width": self.width,
            "--height": self.height,
            "--fit": self.fit,
            "--quality": self.quality,
        }
        given = [word for word, value in words.items() if value is not None]
        if given:
            raise SpecError(
                f"--recipe and {given[0]} exclude each other: a recipe brings its own outputs",
                field="recipe",
            )
        name = recipe.replace("-", "_")
        if name not in RECIPES:
            near = did_you_mean(name, list(RECIPES))
            raise UnknownNameError(
                f"no recipe called {recipe!r}{near} (known: {', '.join(RECIPES)})", value=recipe
            )
        return RECIPES[name]()

    def _format_of_name(self, to: str) -> str:
        try:
            return format_of_template(to)
        except UnknownNameError:
            raise
        except SpecError as exc:
            raise SpecError(
                exc.message,
                hint="add --format or --recipe, or end the name with an extension such as .webp",
                field="outputs",
            ) from exc


def _length(text: str | None) -> Length | None:
    return int(text) if text is not None and text.isdecimal() else text
