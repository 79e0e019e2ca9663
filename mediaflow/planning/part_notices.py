"""What a joined film loses or changes of its parts, as far as their headers tell. Pure.

Law: what all parts share is told once; what only some lose is told with their numbers.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from mediaflow.formats.tag_names import SAFE_TAGS
from mediaflow.geometry import upright_size
from mediaflow.models.result import Notice
from mediaflow.planning.film_footage import footage_changes
from mediaflow.planning.film_notices import STANDARD_PRIMARIES, dropped_streams, frame_notices
from mediaflow.planning.part_facts import streams_of
from mediaflow.planning.words import size_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mediaflow.models.film import VideoOutput
    from mediaflow.models.result import NoticeCode
    from mediaflow.planning.frame_steps import FrameStep, SoundStep
    from mediaflow.planning.part_facts import FoundPart

__all__ = ["left_out", "part_notices"]

EIGHT_BITS: Final = 8
DEEP_BITS: Final = 10
DEEP: Final = "10"  # in FFmpeg's names of sample layouts of 10 bits


def part_notices(
    told: Sequence[Notice],
    parts: Sequence[FoundPart],
    frames: Sequence[FrameStep],
    sound: SoundStep | None,
    *,
    to_rgb: bool,
    shown: int | None = None,
) -> tuple[Notice, ...]:
    """Return what is lost of the whole, and then what is lost of single parts.

    Args:
        told: What is lost of the whole.
        parts: The parts in order.
        frames: How the frames of each are made.
        sound: The sound of the output, or None for a silent one.
        to_rgb: Whether frames become pictures in sRGB.
        shown: Which part alone is seen in the output, from 0; None for all.
    """
    found = [notice for notice in told if notice.code != "streams_dropped"]
    codes = {notice.code for notice in told}
    seen = range(len(parts)) if shown is None else (shown,)
    for place, part in ((place + 1, parts[place]) for place in seen):
        frame = frames[place - 1]
        bits = DEEP_BITS if DEEP in frame.pixel_format else EIGHT_BITS
        lost = (
            *frame_notices(
                part.stream, part.info, part.claimed, to_rgb=to_rgb, keeps_alpha=False, bits=bits
            ),
            *footage_changes(frame.tone, frame.deinterlace),
        )
        found += [
            Notice(code=notice.code, message=f"part {place}: {notice.message}")
            for notice in lost
            if notice.code not in codes
        ]
    found += _fitted(parts, frames, seen)
    found += _colored(frames, seen)
    if sound is not None:
        found += _heard(parts, sound, codes)
    return tuple(found)


def left_out(
    output: VideoOutput, parts: Sequence[FoundPart], sound: SoundStep | None
) -> Iterator[Notice]:
    """Yield what a film of joined parts takes from none of them: other streams, tags, chapters.

    Args:
        output: What is wanted.
        parts: The parts in order.
        sound: The sound of the output, or None for a silent one.
    """
    for place, part in enumerate(parts, start=1):
        picture, *tracks = streams_of(part, parts)
        heard: list[int | None] = [each.index for each in part.info.audio]
        if sound is not None:
            heard = [tracks[sound.stream - 1]]
        kept = [index for index in (picture, *heard) if index is not None]
        for notice in dropped_streams(part.info, kept):
            yield replace(notice, message=f"part {place}: {notice.message}")
    said = [place for place, part in enumerate(parts, start=1) if _says_something(part, output)]
    if said:
        text = f"tags and chapters of {_numbers(said)} are left out"
        yield Notice(code="metadata_dropped", message=text)


def _says_something(part: FoundPart, output: VideoOutput) -> bool:
    """Tell whether a part has tags or chapters that one film would keep."""
    container = part.info.container
    if container is None or output.metadata == "strip":
        return False
    return bool(container.chapters) or any(tag.name in SAFE_TAGS for tag in container.tags)


def _fitted(
    parts: Sequence[FoundPart], frames: Sequence[FrameStep], seen: Iterable[int]
) -> Iterator[Notice]:
    """Tell which parts have another size than the first."""
    words = []
    for place in seen:
        size, frame = parts[place].stream.display_size, frames[place]
        if size != parts[0].stream.display_size:
            made = size_words(upright_size(frame.content, frame.orientation))
            words.append(f"part {place + 1} of {size_words(size)} px to {made}")
    if words:
        text = f"fitted into the frame of part 1: {', '.join(words)}"
        yield Notice(code="parts_fitted", message=text)


def _colored(frames: Sequence[FrameStep], seen: Iterable[int]) -> Iterator[Notice]:
    """Tell which parts have primaries that are taken as those of the output."""
    first = frames[0].source_color.primaries
    close = STANDARD_PRIMARIES if first in STANDARD_PRIMARIES else (first,)
    unlike = [
        place + 1
        for place in seen
        if frames[place].tone is None and frames[place].source_color.primaries not in close
    ]
    if unlike:
        wanted = frames[0].color.primaries
        text = f"colour primaries of {_numbers(unlike)} are taken as {wanted} (ITU-T H.273)"
        yield Notice(code="color_assumed", message=text)


def _heard(
    parts: Sequence[FoundPart], sound: SoundStep, codes: set[NoticeCode]
) -> Iterator[Notice]:
    """Tell which parts are silent, have another language, or another sample rate."""
    silent, foreign, converted = [], [], []
    for place, part in enumerate(parts, start=1):
        index = streams_of(part, parts)[sound.stream]
        track = next((each for each in part.info.audio if each.index == index), None)
        if track is None:
            silent.append(place)
        elif (track.language or "") != (sound.language or ""):
            foreign.append(place)
        if track is not None and track.sample_rate not in (None, sound.sample_rate):
            converted.append(place)
    if silent:
        yield Notice(code="audio_absent", message=f"no sound in {_numbers(silent)}: silence there")
    if foreign:
        text = f"no sound in {sound.language!r} in {_numbers(foreign)}; the default track is taken"
        if sound.language is not None:
            yield Notice(code="audio_absent", message=text)
    if converted and "sample_rate_converted" not in codes:
        text = f"sound of {_numbers(converted)} becomes {sound.sample_rate:,} Hz"
        yield Notice(code="sample_rate_converted", message=text)


def _numbers(places: Iterable[int]) -> str:
    numbers = [str(place) for place in places]
    return f"part{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}"
