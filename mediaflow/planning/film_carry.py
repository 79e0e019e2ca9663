"""What goes along into a film beside its picture and its sound: text, tags, chapters, the cover. Pure.

Law: what is left out is told. Names and texts come cleaned from the probe; nothing is opened here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.formats.cover_art import COVER_CODECS
from mediaflow.formats.languages import language_in
from mediaflow.formats.subtitle_codecs import SUBTITLE_CODECS
from mediaflow.formats.tag_names import SAFE_TAGS
from mediaflow.models.result import Notice
from mediaflow.models.streams import Chapter, Tag
from mediaflow.planning.film_copies import CarriedStep, CopyStep, TextStep

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from mediaflow.formats.codec import Container
    from mediaflow.models.film import VideoOutput
    from mediaflow.models.info import MediaInfo
    from mediaflow.models.sound import AudioOutput
    from mediaflow.models.streams import AudioStream, OtherStream, VideoStream
    from mediaflow.planning.film_copies import CopyKind
    from mediaflow.planning.film_times import Window

__all__ = [
    "carried_of",
    "chapters_within",
    "copy_of",
    "sound_carried",
    "untold_languages",
    "unwanted_of",
]

STALE_TAGS: Final = ("bps", "duration", "encoder", "number_of_bytes", "number_of_frames")
STALE_PREFIX: Final = "_statistics"
"""What programs said of the file as they had written it."""

CHAPTER_TRACKS: Final = ("m4a", "mov", "mp4")
"""Formats that keep the titles of chapters in a track of their own."""


def copy_of(
    stream: VideoStream | AudioStream | OtherStream, kind: CopyKind, container: Container
) -> CopyStep:
    """Return the step that packs a stream as it is."""
    return CopyStep(
        stream=stream.index,
        kind=kind,
        codec=stream.codec,
        codec_tag=container.tag_of(stream.codec),
        language=stream.language,
        title=stream.title,
        disposition=stream.disposition,
    )


def carried_of(
    output: VideoOutput,
    info: MediaInfo,
    container: Container,
    window: Window,
    sounds: Iterable[AudioStream] = (),
) -> CarriedStep:
    """Return what goes along into an output.

    Args:
        output: What is wanted.
        info: What the probe found.
        container: The container.
        window: The part that is wanted.
        sounds: Sound tracks that are copied.
    """
    copies, texts = _texts(output, info.others, container)
    is_told = output.metadata != "strip"
    covers = _covers(info.others, container) if is_told else ()
    return CarriedStep(
        copies=(*(copy_of(each, "audio", container) for each in sounds), *copies, *covers),
        texts=texts,
        tags=_tags(output, info),
        chapters=_chapters(info, window, output.speed)
        if is_told and container.has_chapters
        else (),
        metadata=output.metadata,
    )


def sound_carried(output: AudioOutput, info: MediaInfo, window: Window) -> CarriedStep:
    """Return what goes along into a file of sound.

    Args:
        output: What is wanted.
        info: What the probe found.
        window: The part that is wanted.
    """
    is_told = output.metadata != "strip"
    return CarriedStep(
        tags=_tags(output, info),
        chapters=_chapters(info, window, output.speed) if is_told else (),
        metadata=output.metadata,
    )


def untold_languages(
    info: MediaInfo, streams: Collection[int], container: Container
) -> tuple[Notice, ...]:
    """Return a notice where a container has no word for the language of a stream.

    Args:
        info: What the probe found.
        streams: Indexes of the streams whose language the output says.
        container: The container.
    """
    known: tuple[VideoStream | AudioStream | OtherStream, ...]
    known = (*info.video, *info.audio, *info.others)
    lost = [
        f"{each.language!r} of stream {each.index}"
        for each in known
        if each.index in streams
        and each.language is not None
        and language_in(container.muxer, each.language) is None
    ]
    if not lost:
        return ()
    text = f"left out: the language {', '.join(lost)}, for which {container.name} has no code"
    return (Notice(code="metadata_dropped", message=text),)


def unwanted_of(output: VideoOutput, info: MediaInfo) -> frozenset[int]:
    """Return the indexes of streams that nobody wants, so that nothing is to be told of them.

    MP4 and QuickTime keep the titles of chapters in a track, which is no loss beside them.
    """
    has_chapters = info.container is not None and bool(info.container.chapters)
    titles = [each.index for each in info.others if each.kind == "data"]
    is_titles = has_chapters and info.format in CHAPTER_TRACKS and len(titles) == 1
    kinds = {
        "subtitle": output.subtitles == "drop",
        "attached_picture": output.metadata == "strip",
    }
    unwanted = {each.index for each in info.others if kinds.get(each.kind)}
    return frozenset(unwanted.union(titles if is_titles else ()))


def _texts(
    output: VideoOutput, others: Iterable[OtherStream], container: Container
) -> tuple[tuple[CopyStep, ...], tuple[TextStep, ...]]:
    """Return tracks of text: those that stay as they are, and those that change their words."""
    copies: list[CopyStep] = []
    texts: list[TextStep] = []
    is_kept = output.subtitles == "keep" and output.speed == 1  # packets keep their times
    for stream in others if is_kept else ():
        if stream.kind != "subtitle" or not container.subtitle_codecs:
            continue
        if stream.codec in container.subtitle_codecs:
            copies.append(copy_of(stream, "subtitle", container))
        elif stream.codec in SUBTITLE_CODECS:
            texts.append(
                TextStep(
                    stream=stream.index,
                    codec=stream.codec,
                    becomes=container.subtitle_codecs[0],
                    language=stream.language,
                    title=stream.title,
                    disposition=stream.disposition,
                )
            )
    return tuple(copies), tuple(texts)


def _covers(others: Iterable[OtherStream], container: Container) -> tuple[CopyStep, ...]:
    if not container.has_covers:
        return ()
    covers = (each for each in others if each.kind == "attached_picture")
    return tuple(
        copy_of(each, "attached_picture", container)
        for each in covers
        if each.codec in COVER_CODECS
    )


def _tags(output: VideoOutput | AudioOutput, info: MediaInfo) -> tuple[Tag, ...]:
    tags = () if info.container is None else info.container.tags
    match output.metadata:
        case "strip":
            return ()
        case "safe":
            return tuple(tag for tag in tags if tag.name in SAFE_TAGS)
        case "keep":
            return tuple(tag for tag in tags if not _is_stale(tag.name))


def _is_stale(name: str) -> bool:
    return name.startswith(STALE_PREFIX) or name in STALE_TAGS


def _chapters(info: MediaInfo, window: Window, speed: float) -> tuple[Chapter, ...]:
    """Return the chapters within a part, counted from its start, at its speed."""
    chapters: Sequence[Chapter] = () if info.container is None else info.container.chapters
    zero = 0.0 if info.container is None else info.container.start_seconds or 0.0
    start = float(window.start) + zero
    end = float("inf") if window.end is None else float(window.end) + zero
    return chapters_within(chapters, start, end, speed)


def chapters_within(
    chapters: Sequence[Chapter], start: float, end: float, speed: float = 1.0
) -> tuple[Chapter, ...]:
    """Return the chapters between two moments, counted from the first, at a speed."""
    return tuple(
        Chapter(
            start_seconds=(max(chapter.start_seconds, start) - start) / speed,
            end_seconds=(min(chapter.end_seconds, end) - start) / speed,
            title=chapter.title,
        )
        for chapter in chapters
        if chapter.start_seconds < end and chapter.end_seconds > start
    )
