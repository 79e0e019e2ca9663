"""Ready-made sets of outputs that a service offers: on its page, and by endpoints of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow import recipes
from mediaflow.integrations.fastapi.answers import RecipeAnswer
from mediaflow.models.sound import AudioOutput
from mediaflow.models.waveform import WaveformOutput

if TYPE_CHECKING:
    from mediaflow.models.job import AnyOutput

__all__ = ["OFFERED", "outputs_of"]

OFFERED: Final = (
    RecipeAnswer(
        name="optimize",
        title="Small pictures for the web",
        kinds=("image",),
        outputs=recipes.web_images(),
    ),
    RecipeAnswer(
        name="thumbnails",
        title="Thumbnails",
        kinds=("image",),
        outputs=recipes.thumbnails(),
    ),
    RecipeAnswer(
        name="adaptive",
        title="Adaptive stream (HLS and DASH)",
        kinds=("video",),
        outputs=recipes.adaptive(),
    ),
    RecipeAnswer(
        name="streaming",
        title="Films in four sizes",
        kinds=("video",),
        outputs=recipes.streaming(),
    ),
    RecipeAnswer(
        name="previews",
        title="Poster, storyboard and a short clip",
        kinds=("video",),
        outputs=recipes.previews(),
    ),
    RecipeAnswer(
        name="gif_preview",
        title="GIF of the first seconds",
        kinds=("video",),
        outputs=recipes.gif_preview(),
    ),
    RecipeAnswer(
        name="sound",
        title="MP3 and waveform",
        kinds=("audio", "video"),
        outputs=(AudioOutput("mp3"), WaveformOutput()),
    ),
)


def outputs_of(name: str) -> tuple[AnyOutput, ...]:
    """Return the outputs of a set by its name."""
    return next(one.outputs for one in OFFERED if one.name == name)
