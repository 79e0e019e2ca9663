"""Where the outputs of a plan put their files. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediaflow.models.stream_data import INIT_NAME
from mediaflow.planning.preview_steps import StoryboardStep
from mediaflow.planning.stream_steps import StreamStep

if TYPE_CHECKING:
    from mediaflow.planning.film_steps import FilmOutputStep
    from mediaflow.planning.steps import OutputStep

__all__ = ["heads_of", "places_of"]


def heads_of(step: OutputStep | FilmOutputStep) -> tuple[str, ...]:
    """Return the places of what is stored last of an output: where they stand, all of it does."""
    if isinstance(step, StreamStep):
        return tuple(step.place(name) for name in step.manifests)
    return (step.uri,)


def places_of(step: OutputStep | FilmOutputStep) -> tuple[str, ...]:
    """Return where an output puts its files, the one that stands for it first.

    Of a storyboard whose number of sheets is not known, one is told; of a stream, one of each folder.
    """
    if not step.uri:
        return ()
    match step:
        case StoryboardStep():
            sheets = range(step.sheets or 1)
            return (step.uri, *(step.sheet_uri(number + 1) for number in sheets))
        case StreamStep():
            board = () if step.storyboard is None else places_of(step.storyboard)
            names = (*step.manifests, *(f"{folder}/{INIT_NAME}" for folder in step.folders))
            texts = (step.place(step.part_path(number)) for number in range(len(step.texts)))
            return (*map(step.place, names), *texts, *board)
        case _:
            return (step.uri,)
