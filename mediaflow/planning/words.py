"""A plan in words. Law: it says only what the steps say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from mediaflow.geometry import upright_size
from mediaflow.geometry.orientation import ORIENTATIONS
from mediaflow.models.job import describe_source
from mediaflow.planning.steps import AnalysisStep, EncodeStep
from mediaflow.redact import printable, redact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.geometry import Size
    from mediaflow.planning.scaling import Scaler
    from mediaflow.planning.steps import (
        AnimationStep,
        AssetStep,
        ColorAction,
        OutputStep,
        PicturePlan,
        PictureStep,
    )

__all__ = ["asset_words", "cost_words", "name_words", "plan_lines", "size_words"]

MEBIBYTE: Final = 1024 * 1024
MOST_NAMES: Final = 12  # as many as fit into three lines
LONGEST_NAME: Final = 40  # characters; the longest of the vocabulary of tags has 17


def plan_lines(plan: PicturePlan) -> tuple[str, ...]:
    """Return a plan in words: source, decode, pictures, outputs, cost."""
    source = plan.source
    size = size_words(source.size)
    ahead = "picture 0 scaled meanwhile" if plan.decode.ahead else ""
    fill = plan.decode.fill
    cut = f"missing rows filled with {fill} if it is cut off" if fill else ""
    decode = (f"decode: {plan.decode.why}", _color(plan.decode.color, plan), ahead, cut)
    lines = [
        f"source: {source.uri or 'bytes'}: {source.format.upper()} {size}{_profile(plan)}",
        ", ".join(part for part in decode if part),
    ]
    lines += [asset_words(step) for step in plan.assets]
    lines += [_picture(picture, plan) for picture in plan.pictures]
    for step in plan.outputs:
        lines.append(_output(step))
        if step.animation is not None:
            lines.append(_motion(step.animation))
        if step.same_as is None:
            lines += [f"  notice: {notice.message}" for notice in step.notices]
    lines.append(cost_words(plan.estimated_seconds, plan.peak_bytes))
    return tuple(lines)


def name_words(names: Sequence[str]) -> str:
    """Return names from a file or a caller as a person reads them: the first, of each the start.

    Example:
        >>> name_words(["mood", "k" * 50])
        'mood, kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk…'
    """
    shown = (
        name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
        for name in (printable(name[: LONGEST_NAME + 1]) for name in names[:MOST_NAMES])
    )
    more = len(names) - MOST_NAMES
    return ", ".join(shown) + (f" and {more:,} more" if more > 0 else "")


def cost_words(seconds: float, peak_bytes: int) -> str:
    """Return what a plan costs."""
    return f"cost: about {max(seconds, 0.01):.2f} s and {max(peak_bytes / MEBIBYTE, 1):.0f} MiB"


def _profile(plan: PicturePlan) -> str:
    color = plan.source.picture.color
    return f", {color.icc_description}" if color.icc_description else ""


def asset_words(step: AssetStep) -> str:
    """Return what a second input is."""
    what = (
        "file" if step.info is None else f"{step.info.format.upper()} {size_words(step.info.size)}"
    )
    length = "" if step.bytes is None else f", {step.bytes:,} bytes"
    return f"second input: {describe_source(step.source)}: {what}{length}"


def _picture(step: PictureStep, plan: PicturePlan) -> str:
    origin = "the decoded source" if step.origin is None else f"picture {step.origin}"
    if plan.source.picture.is_animated and step.origin is None:
        origin = "every frame" if step.moves else _moment(step.still_at)
    parts = [_scaling(step)]
    turn = ORIENTATIONS[step.orientation].words if step.orientation != 1 else ""
    parts += [text for text in (_color(step.color, plan), turn) if text]
    parts += [one.words() for one in step.filters]
    if step.canvas != _turned(step):
        parts.append(f"padded with {step.background} to {size_words(step.canvas)}")
    return f"picture {step.index}: from {origin}: {', '.join(parts)}"


def _moment(moment: float | str | None) -> str:
    if moment is None:
        return "the first frame"
    return f"the frame at {moment}" if isinstance(moment, str) else f"the frame at {moment:g} s"


def _motion(step: AnimationStep) -> str:
    of = "" if step.source_frames is None else f" of {step.source_frames}"
    frames = "all frames" if step.frames is None else f"{step.frames}{of} frames"
    length = "" if step.duration_seconds is None else f" in {step.duration_seconds:g} s"
    rate = "" if step.fps is None else f", at most {step.fps:g} a second"
    caps = (
        "" if not step.start_seconds else f", from {step.start_seconds:g} s",
        "" if step.max_seconds is None else f", at most {step.max_seconds:g} s",
        "" if step.max_frames is None else f", at most {step.max_frames} frames",
    )
    plays = {0: "for ever", 1: "once"}.get(step.plays, f"{step.plays} times")
    grid = "" if step.tick_ms == 1 else f", times on a {step.tick_ms} ms grid"
    return f"  motion: {frames}{length}{rate}{''.join(caps)}, played {plays}{grid}"


def _turned(step: PictureStep) -> Size:
    return upright_size(step.content, step.orientation)


def _scaling(step: PictureStep) -> str:
    box = step.crop
    width, height = box.width, box.height
    part = f"{float(width):g}×{float(height):g} px"
    if box.left or box.top:
        part += f" at ({float(box.left):g}, {float(box.top):g})"
    if width == step.content.width and height == step.content.height:
        return f"{part} as it is"
    first = f"box-reduced by {step.reduce}, then " if step.reduce > 1 else ""
    scaled = _scaler(step.scaler)
    return (
        f"{part} as it is"
        if not scaled
        else f"{part} {first}{scaled} to {size_words(step.content)}"
    )


def _scaler(scaler: Scaler) -> str:
    match scaler:
        case "none":
            return ""
        case "pillow":
            return "Lanczos (Pillow)"
        case "swscale":
            return "Lanczos (libswscale)"
        case "vips":
            return "Lanczos (libvips)"
        case "linear":
            return "Lanczos in linear light (Pillow)"
        case _:
            assert_never(scaler)


def _color(action: ColorAction, plan: PicturePlan) -> str:
    color = plan.source.picture.color
    profile = color.icc_description or "embedded profile"
    match action:
        case "keep":
            return ""
        case "to_srgb":
            return f"{profile} → sRGB"
        case "cmyk_to_srgb":
            by = f" by {profile}" if color.icc_space == "CMYK" else ""
            return f"CMYK{by} → sRGB before scaling"
        case "assume_srgb":
            return "taken as sRGB"
        case "preserve":
            return f"{profile} kept"
        case _:
            assert_never(action)


def _output(step: OutputStep) -> str:
    match step:
        case EncodeStep(same_as=str(other)):
            return f"output {step.name}: left out, {other} is the same file"
        case EncodeStep():
            return _encode(step)
        case AnalysisStep():
            return _analysis(step)
        case _:
            assert_never(step)


def _analysis(step: AnalysisStep) -> str:
    what = " and ".join(step.output.what)
    place = redact(step.uri) if step.uri else "the result alone"
    return (
        f"output {step.name}: picture {step.picture} at {size_words(step.seen)} → {what} → {place}"
    )


def _encode(step: EncodeStep) -> str:
    settings = ", ".join(f"{name} {value}" for name, value in step.arguments if value is not False)
    flat = f", transparency laid on {step.output.background}" if step.flatten else ""
    said = "" if step.output.metadata == "strip" else f", metadata {step.output.metadata}"
    return (
        f"output {step.name}: picture {step.picture} → {step.format.upper()} "
        f"{size_words(step.size)} ({settings}){flat}{said} → {redact(step.uri)}"
    )


def size_words(size: Size) -> str:
    """Return a size as people write it."""
    return f"{size.width}×{size.height}"
