"""What happens to colours, and what a viewer of the outputs will miss. Pure.

Source: ICC.1:2022 (data colour space), ITU-T H.273 (code points of nclx and cICP).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.models.result import Notice
from mediaflow.planning.names import names_format

if TYPE_CHECKING:
    from mediaflow.formats.row import ImageFormat
    from mediaflow.models.info import ColorInfo, MediaInfo
    from mediaflow.models.outputs import ColorPolicy
    from mediaflow.planning.steps import ColorAction

__all__ = ["color_action", "palette_notices", "source_notices"]

SRGB_DESCRIPTIONS: Final = frozenset(
    {
        "c2",  # the 480-byte compact profile
        "sRGB",
        "sRGB IEC61966-2.1",
        "sRGB IEC61966-2-1 black scaled",
        "sRGB built-in",
        "sRGB2014",
    }
)
"""Profiles that are sRGB itself; one with a similar name is converted like any other."""

PLAIN_PRIMARIES: Final = (None, 1, 2)  # BT.709 and unspecified (H.273 8.1)
EIGHT_BITS: Final = 8
PQ: Final = 16  # H.273 8.2
_SPACE_OF_MODEL: Final = {"rgb": "RGB", "palette": "RGB", "gray": "GRAY", "cmyk": "CMYK"}


def color_action(color: ColorInfo, policy: ColorPolicy) -> ColorAction:
    """Return what to do with the samples of a source.

    Args:
        color: What the file says of its colours.
        policy: ``"srgb"`` converts, ``"preserve"`` keeps the profile where the output can hold it.
    """
    if color.model == "cmyk":
        return "cmyk_to_srgb"
    if color.icc_space is None or _is_srgb(color):
        return "keep"
    if not _fits(color):
        return "assume_srgb"
    return "preserve" if policy == "preserve" else "to_srgb"


def _is_srgb(color: ColorInfo) -> bool:
    return (
        color.icc_space == "RGB"
        and color.model in ("rgb", "palette")
        and color.icc_description in SRGB_DESCRIPTIONS
    )


def _fits(color: ColorInfo) -> bool:
    return _SPACE_OF_MODEL.get(color.model) == color.icc_space


def palette_notices(row: ImageFormat, info: MediaInfo) -> tuple[Notice, ...]:
    """Return what a format with a colour table may lose; the encoder strikes out what it did not."""
    if row.max_colors is None:
        return ()
    soft = "" if row.has_soft_alpha or not info.picture.has_alpha else "; px are clear or opaque"
    text = f"colours reduced to {row.max_colors} a frame{soft}"
    return (Notice(code="colors_reduced", message=text),)


def source_notices(
    info: MediaInfo, claimed_format: str | None
) -> dict[ColorAction | None, tuple[Notice, ...]]:
    """Return what is lost from a source: by colour action, and under None for every output.

    Args:
        info: What the probe found.
        claimed_format: Format that the source's name claims, or None.
    """
    image, color = info.picture, info.picture.color
    always: list[Notice] = []
    if not names_format(claimed_format, info.format):
        text = f"the source is {info.format.upper()}; its name says {claimed_format}"
        always.append(Notice(code="extension_mismatch", message=text))
    if image.bit_depth > EIGHT_BITS:
        always.append(
            Notice(code="depth_reduced", message=f"{image.bit_depth} bits a channel become 8")
        )
    if image.has_gain_map:
        always.append(Notice(code="gain_map_dropped", message="the HDR gain map is dropped"))
    if color.is_hdr:
        name = "PQ" if color.transfer == PQ else "HLG"
        always.append(
            Notice(
                code="hdr_transfer_ignored",
                message=f"{name} brightness is shown as if it were sRGB",
            )
        )
    elif color.icc_space is None and color.primaries not in PLAIN_PRIMARIES:
        always.append(
            Notice(
                code="color_assumed",
                message=f"colour primaries {color.primaries} (ITU-T H.273) are taken as sRGB",
            )
        )
    profile = color.icc_description or "the embedded profile"
    return {
        None: tuple(always),
        "keep": (),
        "preserve": (),
        "to_srgb": (Notice(code="color_converted", message=f"{profile} converted to sRGB"),),
        "assume_srgb": (
            Notice(
                code="color_assumed",
                message=f"{profile} is for {color.icc_space} and the samples are {color.model}; "
                "taken as sRGB",
            ),
        ),
        "cmyk_to_srgb": (
            Notice(code="color_converted", message=f"CMYK converted to sRGB by {profile}")
            if color.icc_space == "CMYK"
            else Notice(code="color_assumed", message="CMYK without a usable profile converted"),
        ),
    }
