"""What changes how a picture looks: one frozen class a filter, one row each in a sorted table.

::

    import mediaflow as mf

    mf.ImageOutput("jpeg", width=1080, filters=(mf.filters.Look("moon"), mf.filters.Vignette(0.3)))

Law: a filter computes and opens nothing. Importing this room loads neither Pillow nor NumPy; they
are loaded when the first picture is filtered.
"""

from __future__ import annotations

from typing import Final

from mediaflow.filters.base import NO_ASSETS, Assets, ColorFilter, PictureFilter, TimedFilter
from mediaflow.filters.blend import Blend, Gradient
from mediaflow.filters.blur import Blur, Sharpen
from mediaflow.filters.color import Grayscale, Hue, MatrixFilter, Saturation, Sepia, Temperature
from mediaflow.filters.cube import CubeLut
from mediaflow.filters.effects import Edges, Pixelate, Vignette
from mediaflow.filters.looks import Look, look_names
from mediaflow.filters.lut import apply_filters, color_cube
from mediaflow.filters.overlay import Text, Watermark
from mediaflow.filters.own_code import OnFrames
from mediaflow.filters.subtitles import Subtitles
from mediaflow.filters.tone import Brightness, Contrast, Gamma
from mediaflow.models.assets import Asset
from mediaflow.models.plugins import Filter
from mediaflow.registry import Entry, Registry

__all__ = [
    "NO_ASSETS",
    "Asset",
    "Assets",
    "Blend",
    "Blur",
    "Brightness",
    "ColorFilter",
    "Contrast",
    "CubeLut",
    "Edges",
    "Filter",
    "Gamma",
    "Gradient",
    "Grayscale",
    "Hue",
    "Look",
    "MatrixFilter",
    "OnFrames",
    "PictureFilter",
    "Pixelate",
    "Saturation",
    "Sepia",
    "Sharpen",
    "Subtitles",
    "Temperature",
    "Text",
    "TimedFilter",
    "Vignette",
    "Watermark",
    "apply_filters",
    "color_cube",
    "filter_of",
    "filters",
    "look_names",
]

filters: Final[Registry[type[Filter]]] = Registry(
    "filter",
    group="mediaflow.filters",
    builtin={
        "blend": Entry("mediaflow.filters.blend:Blend"),
        "blur": Entry("mediaflow.filters.blur:Blur"),
        "brightness": Entry("mediaflow.filters.tone:Brightness"),
        "contrast": Entry("mediaflow.filters.tone:Contrast"),
        "cube_lut": Entry("mediaflow.filters.cube:CubeLut"),
        "edges": Entry("mediaflow.filters.effects:Edges"),
        "gamma": Entry("mediaflow.filters.tone:Gamma"),
        "gradient": Entry("mediaflow.filters.blend:Gradient"),
        "grayscale": Entry("mediaflow.filters.color:Grayscale"),
        "hue": Entry("mediaflow.filters.color:Hue"),
        "look": Entry("mediaflow.filters.looks:Look"),
        "pixelate": Entry("mediaflow.filters.effects:Pixelate"),
        "saturation": Entry("mediaflow.filters.color:Saturation"),
        "sepia": Entry("mediaflow.filters.color:Sepia"),
        "sharpen": Entry("mediaflow.filters.blur:Sharpen"),
        "subtitles": Entry("mediaflow.filters.subtitles:Subtitles"),
        "temperature": Entry("mediaflow.filters.color:Temperature"),
        "text": Entry("mediaflow.filters.overlay:Text"),
        "vignette": Entry("mediaflow.filters.effects:Vignette"),
        "watermark": Entry("mediaflow.filters.overlay:Watermark"),
    },
)


def filter_of(kind: str) -> type[Filter]:
    """Return the class of a filter.

    Raises:
        UnknownNameError: No filter has that name.

    Example:
        >>> filter_of("sepia").__name__
        'Sepia'
    """
    return filters[kind]
