"""Plans an adaptive stream: its renditions, sounds and texts, where each goes, its names. Pure.

Law: all tracks share one start and one grid of cuts, and each has a folder and a label of its own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from mediaflow.errors import SpecError, UnsupportedError
from mediaflow.formats import containers
from mediaflow.formats.language_tags import language_tag
from mediaflow.formats.subtitle_codecs import SUBTITLE_CODECS
from mediaflow.models.result import Notice
from mediaflow.models.storyboard import StoryboardOutput
from mediaflow.models.subtitles import SubtitleOutput
from mediaflow.planning.film_codecs import choose_audio
from mediaflow.planning.film_notices import dropped_streams
from mediaflow.planning.film_previews import plan_storyboard
from mediaflow.planning.film_sound import choose_track, encoded_sound
from mediaflow.planning.film_subtitles import plan_sidecar
from mediaflow.planning.film_times import exact, window_of
from mediaflow.planning.names import output_uri
from mediaflow.planning.stream_rungs import CONTAINER, LADDER, SAFE_TEMPLATE, plan_rungs
from mediaflow.planning.stream_steps import StreamSoundStep, StreamStep, StreamTextStep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mediaflow.models.adaptive import StreamOutput
    from mediaflow.models.info import MediaInfo
    from mediaflow.planning.film_previews import Looks
    from mediaflow.planning.film_source import FilmSource
    from mediaflow.planning.film_times import Window
    from mediaflow.planning.frame_steps import SoundStep
    from mediaflow.planning.sound_files import SoundSource

__all__ = ["plan_sound_stream", "plan_stream", "stream_bytes"]


SEGMENTS_HELD: Final = 6  # on their way into storage, of all tracks together
SOUND_BIT_RATE: Final = 256_000


def plan_stream(
    output: StreamOutput,
    film: FilmSource,
    looks: Looks,
    shared: Callable[[SoundStep], int],
    *,
    name: str,
    position: int,
) -> StreamStep:
    """Return how a stream is made.

    Args:
        output: What is wanted.
        film: The source.
        looks: Takes how a frame becomes one picture of a storyboard.
        shared: Returns the place of a sound among those of the plan.
        name: Name of the output.
        position: Its place among all outputs.

    Raises:
        LimitExceededError: A rendition has more px than the limits allow.
        SpecError: A time or a size does not fit, or its place has a query.
    """
    window = window_of(output.start, output.end, film.info)
    rungs, told = plan_rungs(output, film)
    uri = output_uri(film.template, film.source_name, output, name, rungs[0].size)
    _refuse_query(uri)
    plain = replace(film, template=SAFE_TEMPLATE)
    sounds, heard = _sounds(output, film.info, window, shared)
    texts = _texts(output, plain)
    kept = {film.stream.index, *(text.sidecar.stream for text in texts), *heard.kept}
    if output.subtitles == "drop":
        kept |= {each.index for each in film.info.others if each.kind == "subtitle"}
    step = StreamStep(
        name=name,
        uri=uri,
        position=position,
        output=output,
        format=uri.rpartition(".")[2],
        size=rungs[0].size,
        rungs=rungs,
        sounds=sounds,
        texts=texts,
        storyboard=None,
        segment_seconds=exact(output.segment_seconds),
        start=window.start,
        end=window.end,
        duration_seconds=None if window.seconds is None else float(window.seconds),
        notices=_once(
            [
                *told,
                *(notice for rung in rungs for notice in rung.notices),
                *heard.notices,
                *(notice for text in texts for notice in text.sidecar.notices),
                *dropped_streams(film.info, kept),
            ]
        ),
    )
    if not output.storyboard:
        return step
    board = plan_storyboard(
        StoryboardOutput(),
        plain,
        looks,
        name=f"{name} storyboard",
        position=position,
        window=window,
    )
    return replace(
        step,
        storyboard=replace(board, uri=step.place(f"{step.base}_storyboard.vtt")),
        notices=_once([*step.notices, *board.notices]),
    )


def plan_sound_stream(
    output: StreamOutput,
    source: SoundSource,
    shared: Callable[[SoundStep], int],
    *,
    name: str,
    position: int,
) -> StreamStep:
    """Return how a stream is made of a source that has no picture.

    Args:
        output: What is wanted.
        source: The source.
        shared: Returns the place of a sound among those of the plan.
        name: Name of the output.
        position: Its place among all outputs.

    Raises:
        SpecError: A time does not fit, or its place has a query.
        UnsupportedError: No sound is wanted, or none can be decoded.
    """
    info = source.info
    window = window_of(output.start, output.end, info)
    uri = output_uri(source.template, source.source_name, output, name, None)
    _refuse_query(uri)
    sounds, heard = _sounds(output, info, window, shared)
    if not sounds:
        raise UnsupportedError(
            "the source has no picture, and of its sound nothing is taken",
            hint="leave audio out, and the default track is taken",
            field="audio",
            where=info.uri,
        )
    salvaged: tuple[Notice, ...] = ()
    if source.is_salvaged and window.end is None:
        text = "the source is cut off; what is left of it is used"
        salvaged = (Notice(code="source_salvaged", message=text),)
    kept = heard.kept | {each.index for each in info.video} | {each.index for each in info.others}
    return StreamStep(
        name=name,
        uri=uri,
        position=position,
        output=output,
        format=uri.rpartition(".")[2],
        size=None,
        rungs=(),
        sounds=sounds,
        texts=(),
        storyboard=None,
        segment_seconds=exact(output.segment_seconds),
        start=window.start,
        end=window.end,
        duration_seconds=None if window.seconds is None else float(window.seconds),
        notices=_once([*heard.notices, *salvaged, *dropped_streams(info, kept)]),
    )


def stream_bytes(steps: Iterable[StreamStep]) -> int:
    """Return what segments take that are on their way, in bytes."""
    total = 0
    for step in steps:
        rates = [rung.video.bit_rate or LADDER[1080] for rung in step.rungs]
        rates += [SOUND_BIT_RATE] * len(step.sounds)
        held = sum(rates) + max(rates, default=0) * SEGMENTS_HELD
        total += int(held * step.segment_seconds / 8)
    return total


def _refuse_query(uri: str) -> None:
    if "://" in uri and "?" in uri:
        raise SpecError(
            "a stream is many files, and a place with a query is one",
            hint="give a folder, and its credentials by a storage profile",
            field="to",
        )


class _Heard:
    """What becomes of the sounds of a film that are not taken, and what is lost of the others."""

    def __init__(self) -> None:
        self.kept: set[int] = set()
        self.notices: list[Notice] = []


def _sounds(
    output: StreamOutput,
    info: MediaInfo,
    window: Window,
    shared: Callable[[SoundStep], int],
) -> tuple[tuple[StreamSoundStep, ...], _Heard]:
    heard = _Heard()
    steps: list[StreamSoundStep] = []
    if not output.audio:
        heard.kept |= {each.index for each in info.audio}
    for track in output.audio:
        stream, notices = choose_track(info.audio, track)
        heard.notices += notices
        if stream is None:
            continue
        heard.kept.add(stream.index)
        row = choose_audio(track, containers[CONTAINER])
        step, losses = encoded_sound(track, stream, row, window, "it is cut into segments")
        heard.notices += losses
        index = shared(step)
        if index in {one.sound for one in steps}:
            continue  # two wishes came down to the same
        tag = language_tag(stream.language)
        folder = _free(f"a_{(tag or 'und').lower()}", [one.folder for one in steps])
        label = _label(stream.title, tag, "Sound", [one.label for one in steps])
        steps.append(
            StreamSoundStep(
                sound=index, folder=folder, language=tag, label=label, is_default=not steps
            )
        )
    return tuple(steps), heard


def _texts(output: StreamOutput, film: FilmSource) -> tuple[StreamTextStep, ...]:
    steps: list[StreamTextStep] = []
    if output.subtitles == "drop":
        return ()
    for stream in film.info.others:
        if stream.kind != "subtitle" or stream.codec not in SUBTITLE_CODECS:
            continue
        asked = SubtitleOutput("vtt", track=stream.index, start=output.start, end=output.end)
        sidecar = plan_sidecar(asked, film, name=f"text {stream.index}", position=0)
        tag = language_tag(stream.language)
        folder = _free(f"s_{(tag or 'und').lower()}", [one.folder for one in steps])
        steps.append(
            StreamTextStep(
                sidecar=replace(sidecar, uri=""),
                folder=folder,
                language=tag,
                label=_label(stream.title, tag, "Subtitles", [one.label for one in steps]),
                is_default=False,
                is_forced="forced" in stream.disposition,
            )
        )
    return tuple(steps)


def _free(name: str, taken: Sequence[str]) -> str:
    """Return a name that no other has."""
    if name not in taken:
        return name
    return next(other for n in range(2, len(taken) + 3) if (other := f"{name}_{n}") not in taken)


def _label(title: str | None, tag: str | None, noun: str, taken: Sequence[str]) -> str:
    """Return what a player calls a track: its title, its language, or what it is."""
    words = "".join(char for char in title or "" if char.isprintable() and char != '"').strip()
    label = words[:100] or tag or noun
    if label not in taken:
        return label
    return next(other for n in range(2, len(taken) + 3) if (other := f"{label} {n}") not in taken)


def _once(notices: Iterable[Notice]) -> tuple[Notice, ...]:
    """Return notices without those that say the same as one before."""
    return tuple(dict.fromkeys(notices))
