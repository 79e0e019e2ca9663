"""What a file of sound says of itself: tags, chapters and a cover, and what it has no place for. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mediaflow.formats.sound_tags import LABELS, fields_of
from mediaflow.models.result import Notice
from mediaflow.planning.film_carry import sound_carried
from mediaflow.planning.film_copies import CarriedStep
from mediaflow.planning.words import name_words

if TYPE_CHECKING:
    from mediaflow.models.info import MediaInfo
    from mediaflow.models.sound import AudioOutput
    from mediaflow.models.streams import Tag
    from mediaflow.planning.film_times import Window

__all__ = ["SoundLabels", "plan_labels"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundLabels:
    """What a file says of itself."""

    carried: CarriedStep
    """Tags and chapters that the format has a place for."""

    cover: int | None
    """Index of the picture of the source that is its cover; None for none, or for one that is
    given."""

    notices: tuple[Notice, ...]
    """What it has no place for."""


def plan_labels(output: AudioOutput, info: MediaInfo, window: Window) -> SoundLabels:
    """Return what a file of sound says of itself.

    Args:
        output: What is wanted.
        info: What the probe found.
        window: The part that is wanted.
    """
    style = LABELS[output.format]
    carried = sound_carried(output, info, window)
    tags = _over(carried.tags, output.tags)
    lost = fields_of(tags, style).lost
    cover = _cover(output, info)
    has_cover = cover is not None or output.cover is not None
    notices = []
    if lost:
        notices.append(f"{output.format} has no place for tags ({name_words(lost)})")
    if carried.chapters and style.chapters is None:
        notices.append(f"{output.format} has no chapters")
    if has_cover and style.cover is None:
        notices.append(f"{output.format} has no cover")
    kept = replace(
        carried,
        tags=tuple(tag for tag in tags if tag.name not in lost),
        chapters=carried.chapters if style.chapters else (),
    )
    return SoundLabels(
        carried=kept,
        cover=cover if style.cover else None,
        notices=tuple(Notice(code="metadata_dropped", message=text) for text in notices),
    )


def _over(tags: tuple[Tag, ...], given: tuple[Tag, ...]) -> tuple[Tag, ...]:
    """Return tags with those that were given in the place of others; empty ones are left out."""
    said = {tag.name: tag for tag in (*tags, *given)}
    return tuple(tag for tag in said.values() if tag.value)


def _cover(output: AudioOutput, info: MediaInfo) -> int | None:
    if output.metadata == "strip" or output.cover is not None:
        return None
    pictures = [
        each for each in info.others if each.kind == "attached_picture" and each.picture is not None
    ]
    front = (each for each in pictures if each.picture and each.picture.kind == "front_cover")
    found = next(front, pictures[0] if pictures else None)
    return None if found is None else found.index
