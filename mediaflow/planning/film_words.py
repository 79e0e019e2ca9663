"""A film's plan in words. Law: it says only what the steps say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from mediaflow.geometry.orientation import ORIENTATIONS
from mediaflow.models.source import describe_source
from mediaflow.planning.film_copies import RemuxStep
from mediaflow.planning.footage_words import course_words, tone_words
from mediaflow.planning.part_words import part_frame_words, part_lines
from mediaflow.planning.preview_steps import ScenesStep, StoryboardStep
from mediaflow.planning.preview_words import described_words, scenes_words, storyboard_words
from mediaflow.planning.rendition_steps import RenditionStep, SidecarStep, StillStep
from mediaflow.planning.sound_analysis import sound_analysis_words
from mediaflow.planning.sound_steps import SoundAnalysisStep, SoundFileStep
from mediaflow.planning.steps import AnalysisStep
from mediaflow.planning.stream_steps import StreamStep
from mediaflow.planning.waveform_steps import WaveformStep
from mediaflow.planning.waveform_words import waveform_words
from mediaflow.planning.words import asset_words, cost_words, name_words, size_words
from mediaflow.redact import redact

if TYPE_CHECKING:
    from fractions import Fraction

    from mediaflow.models.streams import AudioStream, VideoStream
    from mediaflow.planning.film_copies import CarriedStep
    from mediaflow.planning.film_steps import FilmPlan
    from mediaflow.planning.frame_steps import FrameColor, FrameStep, SoundStep, VideoStep

__all__ = ["film_lines"]

DEEP: Final = "10le"

_MATRICES: Final = {0: "RGB", 1: "BT.709", 5: "BT.601", 6: "BT.601", 9: "BT.2020"}


def film_lines(plan: FilmPlan) -> tuple[str, ...]:
    """Return a plan in words: source, sounds, outputs, cost."""
    lines = list(part_lines(plan.parts, plan.crossfade)) if plan.parts else [_source(plan)]
    lines += [asset_words(step) for step in plan.assets]
    lines += [_sound(index, step, plan) for index, step in enumerate(plan.sounds)]
    for step in plan.outputs:
        match step:
            case RenditionStep():
                lines += _rendition(step, _stream(plan))
            case RemuxStep():
                lines += _remux(step)
            case StillStep():
                lines += _still(step, _stream(plan))
            case SidecarStep():
                lines += _sidecar(step)
            case SoundFileStep():
                lines += _sound_file(step)
            case WaveformStep():
                lines += waveform_words(step, _part(step.start, step.end))
            case SoundAnalysisStep():
                lines += sound_analysis_words(step)
            case StreamStep():
                lines += _stream_output(step, plan)
            case StoryboardStep():
                lines += storyboard_words(step)
            case ScenesStep():
                lines += scenes_words(step)
            case AnalysisStep():
                lines += described_words(step)
            case _:
                assert_never(step)
    lines.append(cost_words(plan.estimated_seconds, plan.peak_bytes))
    return tuple(lines)


def _stream(plan: FilmPlan) -> VideoStream:
    return next(each for each in plan.source.video if each.index == plan.stream)


def _source(plan: FilmPlan) -> str:
    info = plan.source
    parts = [info.format] if plan.stream is None else _picture_words(info.format, _stream(plan))
    if info.duration_seconds is not None:
        parts.append(f"{info.duration_seconds:g} s")
    track = next((each for each in info.audio), None)
    parts.append("no sound" if track is None else f"{track.codec} {_layout(track)}")
    return f"source: {info.uri or 'bytes'}: {', '.join(parts)}"


def _picture_words(format: str, stream: VideoStream) -> list[str]:
    rate = stream.frame_rate_average
    words = [f"{format} {size_words(stream.display_size)} {stream.codec}"]
    return words if rate is None else [*words, f"{float(rate):.6g} frames a second"]


def _layout(track: AudioStream) -> str:
    return track.channel_layout or f"{track.channels or 'unknown'} channels"


def _sound(index: int, step: SoundStep, plan: FilmPlan) -> str:
    films: tuple[RenditionStep | RemuxStep | SoundFileStep, ...]
    films = (*plan.renditions, *plan.remuxes, *plan.sound_files)
    users = [each.name for each in films if each.sound == index and each.same_as is None]
    users += [each.name for each in plan.streams if index in {one.sound for one in each.sounds}]
    rate = "" if step.bit_rate is None else f" {step.bit_rate // 1000} kbit/s"
    language = "" if step.language is None else f" ({step.language})"
    part = _part(step.start, step.end)
    return (
        f"sound {index}: stream {step.stream}{language}{part} → {step.codec.upper()}{rate}, "
        f"{step.channel_layout}, {step.sample_rate:,} Hz{course_words(step.speed, step.fade)}"
        f"{_gain(step)}, "
        f"for {', '.join(users) or 'nobody'}"
        f"{_why(step.reason)}"
    )


def _gain(step: SoundStep) -> str:
    words = f", {step.gain_db:+g} dB" if step.gain_db else ""
    if step.trim_dbfs is not None:
        words += f", without silence up to {step.trim_dbfs:g} dBFS at its ends"
    if step.level is None:
        return words
    level = step.level
    return f"{words}, to {level.target_lufs:g} LUFS with peaks up to {level.true_peak_dbtp:g} dBTP"


def _rendition(step: RenditionStep, stream: VideoStream) -> list[str]:
    if step.same_as is not None:
        return [f"output {step.name}: {step.notices[0].message}"]
    video = step.video
    return [
        f"output {step.name}: {_codec(video)} in {step.format} {size_words(step.size)}, {_film(step)}",
        f"  frames: {', '.join(_frame(video.frame, stream))}{_rate(video)}{_why(step.reason)}",
        *part_frame_words(video.part_frames, [each.offset for each in video.part_frames]),
        *_budget(step),
        *_carried(step.carried),
        *(f"  notice: {notice.message}" for notice in step.notices),
    ]


def _stream_output(step: StreamStep, plan: FilmPlan) -> list[str]:
    part = _part(step.start, step.end)
    length = "" if step.duration_seconds is None else f", {step.duration_seconds:g} s"
    what = " and ".join(word.upper() for word in step.output.protocols)
    lines = [
        (
            f"output {step.name}: {what}, segments of {float(step.segment_seconds):g} s"
            f"{f',{part}' if part else ''}{length} → {redact(step.uri)}"
        )
    ]
    for rung in step.rungs:
        frames = ", ".join(_frame(rung.video.frame, _stream(plan)))
        lines.append(
            f"  rendition {rung.name}: {_codec(rung.video)} {size_words(rung.size)}, "
            f"frames {frames}{_rate(rung.video)}"
        )
    lines += [f"  sound {one.sound} in {one.folder} ({one.label})" for one in step.sounds]
    lines += [f"  subtitles in {one.folder} ({one.label})" for one in step.texts]
    if step.storyboard is not None:
        lines.append(f"  storyboard: {redact(step.storyboard.uri)}")
    return [*lines, *(f"  notice: {notice.message}" for notice in step.notices)]


def _remux(step: RemuxStep) -> list[str]:
    start = ", from the keyframe before" if step.trim == "keyframe" and step.start else ""
    what = f"{step.video.codec} in {step.format} {size_words(step.size)}"
    return [
        f"output {step.name}: {what}, {_film(step)}",
        f"  frames: copied{start}: {step.reason}",
        *_carried(step.carried),
        *(f"  notice: {notice.message}" for notice in step.notices),
    ]


def _film(step: RenditionStep | RemuxStep) -> str:
    """Return the sound, the part and the place of a film."""
    copied = [copy for copy in step.carried.copies if copy.kind == "audio"]
    sounds = [] if step.sound is None else [f"sound {step.sound}"]
    sounds += [f"stream {copy.stream} copied ({copy.codec})" for copy in copied]
    part = _part(step.start, step.end)
    length = "" if step.duration_seconds is None else f", {step.duration_seconds:g} s"
    return (
        f"{' and '.join(sounds) or 'silent'}{f',{part}' if part else ''}{length}"
        f" → {redact(step.uri)}"
    )


def _carried(step: CarriedStep) -> list[str]:
    copies = (copy for copy in step.copies if copy.kind != "audio")
    parts = [f"stream {copy.stream} copied ({copy.codec})" for copy in copies]
    parts += [f"stream {text.stream} ({text.codec} → {text.becomes})" for text in step.texts]
    if step.chapters:
        parts.append(f"chapters ({len(step.chapters)})")
    if step.tags:
        parts.append(f"tags ({name_words([tag.name for tag in step.tags])})")
    return [f"  along: {', '.join(parts)}"] if parts else []


def _why(reason: str) -> str:
    return f", because {reason}" if reason else ""


def _budget(step: RenditionStep) -> list[str]:
    budget = step.budget
    if budget is None:
        return []
    ways = {1: "one pass, repeated until it fits", 2: "two passes, the second until it fits"}
    return [
        (
            f"  size: at most {budget.max_bytes:,} bytes, about {budget.beside_bytes:,} of them for "
            f"sound and container; {ways[budget.passes]}, {budget.tries} times at most"
        )
    ]


def _codec(video: VideoStep) -> str:
    said = dict(video.arguments)
    words = [
        f"{key} {said[key]}" for key in ("preset", "deadline", "cpu-used", "crf") if key in said
    ]
    if video.exact:
        words.append("exact")
    if video.bit_rate is not None:
        words.append(f"{video.bit_rate // 1000:,} kbit/s")
    if "quality" in said:
        words.append(f"quality {said['quality']}")
    if video.palette:
        words.append("one palette")
    return f"{video.codec.upper()} ({', '.join(words)})" if words else video.codec.upper()


def _frame(step: FrameStep, stream: VideoStream) -> list[str]:
    words: list[str] = []
    if step.deinterlace is not None:
        words.append(f"whole frames by {step.deinterlace.filter} ({step.deinterlace.parity})")
    if step.crop is not None:
        box = step.crop
        words.append(
            f"{float(box.width):g}×{float(box.height):g} px at "
            f"({float(box.left):g}, {float(box.top):g})"
        )
    plain = step.crop is None and step.content == stream.coded_size
    words.append("as they are" if plain else f"{step.interpolation} to {size_words(step.content)}")
    if step.orientation != 1:
        words.append(ORIENTATIONS[step.orientation].words)
    if step.tone is not None:
        words.append(tone_words(step.tone))
    words += [one.words() for one in step.filters]
    if step.canvas.pixels != step.content.pixels:
        words.append(f"padded with {step.background} to {size_words(step.canvas)}")
    words.append(_color(step.source_color, step.color))
    if step.pixel_format.endswith(DEEP):
        words.append("10 bits")
    return words


def _color(source: FrameColor, color: FrameColor) -> str:
    before, after = _matrix(source), _matrix(color)
    return before if before == after else f"{before} → {after}"


def _matrix(color: FrameColor) -> str:
    name = _MATRICES.get(color.matrix, f"matrix {color.matrix}")
    return f"{name} full range" if color.full_range and color.matrix else name


def _rate(video: VideoStep) -> str:
    grid = ""
    if video.keyframe_seconds is not None:
        grid = f", a keyframe every {float(video.keyframe_seconds):g} s"
    course = course_words(video.speed, video.fade)
    if video.fps is None:
        return f", each at its own time{course}{grid}"
    return f", {float(video.fps):.6g} a second{course}{grid}"


def _still(step: StillStep, stream: VideoStream) -> list[str]:
    settings = ", ".join(f"{name} {value}" for name, value in step.encode.arguments if value)
    return [
        (
            f"output {step.name}: {_moment(step.at)} → {step.format.upper()} "
            f"{size_words(step.size)} ({settings}) → {redact(step.uri)}"
        ),
        f"  frame: {', '.join([*_frame(step.frame, stream), *_picture(step)])}",
        *part_frame_words(step.part_frames, [each.offset for each in step.part_pictures]),
        *(f"  notice: {notice.message}" for notice in step.notices),
    ]


def _sidecar(step: SidecarStep) -> list[str]:
    language = "" if step.language is None else f" ({step.language})"
    return [
        (
            f"output {step.name}: {step.codec} subtitles of stream {step.stream}{language}"
            f"{_part(step.start, step.end)} → {step.format.upper()} → {redact(step.uri)}"
        ),
        *(f"  notice: {notice.message}" for notice in step.notices),
    ]


def _sound_file(step: SoundFileStep) -> list[str]:
    what = f"sound {step.sound}" if step.copy is None else f"{step.copy.codec} copied"
    length = "" if step.duration_seconds is None else f", {step.duration_seconds:g} s"
    part = _part(step.start, step.end)
    return [
        (
            f"output {step.name}: {what} in {step.format}{f',{part}' if part else ''}{length}"
            f" → {redact(step.uri)}"
        ),
        f"  sound: {'encoded, because' if step.copy is None else 'copied:'} {step.reason}",
        *_carried(step.carried),
        *_cover(step),
        *(f"  notice: {notice.message}" for notice in step.notices),
    ]


def _cover(step: SoundFileStep) -> list[str]:
    if step.output.cover is not None:
        return [f"  cover: {describe_source(step.output.cover)}"]
    return [] if step.cover is None else [f"  cover: the picture of stream {step.cover}"]


def _moment(at: Fraction | None) -> str:
    return "the best frame" if at is None else f"the frame at {float(at):g} s"


def _picture(step: StillStep) -> list[str]:
    words = [one.words() for one in step.picture.filters]
    if step.picture.canvas != step.picture.content:
        words.append(f"padded with {step.picture.background} to {size_words(step.size)}")
    return words


def _part(start: Fraction, end: Fraction | None) -> str:
    if not start and end is None:
        return ""
    last = "the end" if end is None else f"{float(end):g} s"
    return f" from {float(start):g} s to {last}"
