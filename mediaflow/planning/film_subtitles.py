"""The steps of files of subtitles: which track of a film, which part of it. Pure.

Law: a track that was asked for is taken or refused, never replaced by another one: text in the wrong
language helps nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.errors import UnsupportedError
from mediaflow.formats.subtitle_codecs import IMAGE_SUBTITLES, SUBTITLE_CODECS, sidecar_of
from mediaflow.models.result import Notice
from mediaflow.planning.film_times import window_of
from mediaflow.planning.names import output_uri
from mediaflow.planning.rendition_steps import SidecarStep

if TYPE_CHECKING:
    from mediaflow.models.info import MediaInfo
    from mediaflow.models.streams import OtherStream
    from mediaflow.models.subtitles import SubtitleOutput
    from mediaflow.planning.film_source import FilmSource
    from mediaflow.planning.film_times import Window

__all__ = ["plan_sidecar"]

SHOWN: Final = 8  # tracks that a message names
STYLED: Final = "ass"


def plan_sidecar(
    output: SubtitleOutput, film: FilmSource, *, name: str, position: int
) -> SidecarStep:
    """Return how a file of subtitles is made.

    Args:
        output: What is wanted.
        film: The source.
        name: Name of the output.
        position: Its place among all outputs.

    Raises:
        SpecError: A time does not fit.
        UnsupportedError: The film has no such track, or its subtitles are pictures.
    """
    stream = _track(output, film.info)
    window = window_of(output.start, output.end, film.info)
    row = sidecar_of(output.format)
    size = film.stream.display_size
    return SidecarStep(
        name=name,
        uri=output_uri(film.template, film.source_name, output, name, size),
        position=position,
        output=output,
        stream=stream.index,
        codec=stream.codec,
        language=stream.language,
        format=row.name,
        size=size,
        start=window.start,
        end=window.end,
        notices=(*_losses(stream), *_salvaged(film, window)),
    )


def _track(output: SubtitleOutput, info: MediaInfo) -> OtherStream:
    tracks = [stream for stream in info.others if stream.kind == "subtitle"]
    wanted = [stream for stream in tracks if _is_wanted(stream, output)]
    if not wanted:
        asked = "" if output.language is None else f" in {output.language!r:.40}"
        asked = asked if output.track is None else f" in stream {output.track}"
        raise UnsupportedError(
            f"the film has no subtitles{asked}",
            hint=_known(tracks) if asked and tracks else None,
            field="language" if output.track is None else "track",
            where=info.uri,
        )
    texts = [stream for stream in wanted if stream.codec in SUBTITLE_CODECS]
    if not texts:
        found = wanted[0]
        drawn = found.codec in IMAGE_SUBTITLES
        raise UnsupportedError(
            f"the subtitles of stream {found.index} are {'pictures' if drawn else 'no known text'}"
            f" ({found.codec})",
            hint="text is read from pictures by OCR tools, such as those of Tesseract"
            if drawn
            else f"text is read from {', '.join(SUBTITLE_CODECS)}",
            where=info.uri,
        )
    return next((each for each in texts if "default" in each.disposition), texts[0])


def _is_wanted(stream: OtherStream, output: SubtitleOutput) -> bool:
    if output.track is not None:
        return stream.index == output.track
    language = output.language
    return language is None or (stream.language or "").casefold() == language.casefold()


def _known(tracks: list[OtherStream]) -> str:
    words = [f"stream {each.index} ({each.language or each.codec})" for each in tracks[:SHOWN]]
    return f"it has {', '.join(words)}"


def _losses(stream: OtherStream) -> tuple[Notice, ...]:
    if stream.codec != STYLED:
        return ()
    text = "places, fonts, colours and drawings of ASS subtitles are left out"
    return (Notice(code="subtitles_simplified", message=text),)


def _salvaged(film: FilmSource, window: Window) -> tuple[Notice, ...]:
    if not film.is_salvaged or window.end is not None:
        return ()
    text = "the source is cut off; what is left of its subtitles is used"
    return (Notice(code="source_salvaged", message=text),)
