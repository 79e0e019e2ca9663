"""Builds the graphs that turn decoded frames into those that an encoder takes.

Law: every value in a graph is a number or a word of a closed list; no free text reaches libavfilter.
The numbers of a frame are read by what the step says of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import av

from mediaflow.libav.translate import translated
from mediaflow.models.color import parse_color

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    import numpy as np
    import numpy.typing as npt
    from av import VideoFrame
    from av.filter import Graph
    from av.filter.context import FilterContext

    from mediaflow.geometry import Size
    from mediaflow.libav.hald import HaldTables
    from mediaflow.planning.frame_steps import FrameColor, FrameStep

__all__ = [
    "DEEP_RGB",
    "Chain",
    "frame_nodes",
    "pad_nodes",
    "range_code",
    "source_node",
    "tone_nodes",
]

FULL: Final = 2  # AVCOL_RANGE_JPEG
LIMITED: Final = 1  # AVCOL_RANGE_MPEG

MATRICES: Final = {
    1: "bt709",
    4: "fcc",
    5: "bt470",
    6: "smpte170m",
    7: "smpte240m",
    9: "bt2020",
    10: "bt2020",
}
"""FFmpeg's names by the code points of ITU-T H.273."""

TURNS: Final[dict[int, tuple[tuple[str, str], ...]]] = {
    1: (),
    2: (("hflip", ""),),
    3: (("hflip", ""), ("vflip", "")),
    4: (("vflip", ""),),
    5: (("transpose", "cclock_flip"),),
    6: (("transpose", "clock"),),
    7: (("transpose", "clock_flip"),),
    8: (("transpose", "cclock"),),
}
"""Filters that turn stored samples upright, by the eight orientations of Exif."""

FRAME_MODES: Final = {"bwdif": "send_frame", "estdif": "frame"}
"""How filters that make frames whole call one frame for each."""

SDR_TAGS: Final = "color_primaries=bt709:color_trc=bt709:colorspace=gbr:range=pc"
DEEP_RGB: Final = "rgb48le"

PALETTE: Final = "bayer_scale=5:diff_mode=rectangle"


class Chain:
    """A graph with one source and one sink, made node by node."""

    def __init__(self, source: str) -> None:
        self.graph: Graph = av.filter.Graph()
        self.source: FilterContext = self.graph.add("buffer", source)
        self.last: FilterContext = self.source
        self._sink: FilterContext | None = None

    def add(self, name: str, arguments: str) -> None:
        """Add a node behind the last one."""
        node = self.graph.add(name, arguments) if arguments else self.graph.add(name)
        self.last.link_to(node)
        self.last = node

    def add_palette(self) -> None:
        """Bring all frames to one palette that is made of them; they come when the last is in."""
        split = self.graph.add("split")
        palette = self.graph.add("palettegen", "stats_mode=diff")
        use = self.graph.add("paletteuse", PALETTE)
        self.last.link_to(split)
        split.link_to(palette, 0, 0)
        split.link_to(use, 1, 0)
        palette.link_to(use, 0, 1)
        self.last = use

    def configure(self) -> None:
        """End the graph with its sink."""
        self._sink = self.graph.add("buffersink")
        self.last.link_to(self._sink)
        self.graph.configure()

    def push(self, frame: VideoFrame | None) -> Iterator[VideoFrame]:
        """Put a frame in, or None for the end; yield what comes out."""
        with translated(stage="transform"):
            self.source.push(frame)
        while True:
            try:
                with translated(stage="transform"):
                    made = self._pulled()
            except EOFError:
                return
            if made is None:
                return
            yield made

    def _pulled(self) -> VideoFrame | None:
        assert self._sink is not None  # noqa: S101  # configure() came before
        try:
            return cast("VideoFrame", self._sink.pull())
        except (av.error.BlockingIOError, av.error.EOFError):
            return None


def range_code(color: FrameColor) -> int:
    """Return FFmpeg's number of a range (AVColorRange)."""
    return FULL if color.full_range else LIMITED


def source_node(frame: VideoFrame, time_base: Fraction, color: FrameColor) -> str:
    """Return the arguments of the source that frames like this one are put into."""
    tags = f"colorspace={color.matrix}:range={range_code(color)}"
    return (
        f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}:"
        f"time_base={time_base.numerator}/{time_base.denominator}:{tags}"
    )


def frame_nodes(
    chain: Chain, step: FrameStep, pixel_format: str, color: FrameColor, *, flags: str = ""
) -> None:
    """Add what makes a frame whole, cuts, scales and turns it.

    Args:
        chain: The graph.
        step: What is done.
        pixel_format: Sample layout of the result.
        color: What the samples of the result mean.
        flags: Flags of libswscale beside the kernel, such as ``"+accurate_rnd"``.
    """
    if step.deinterlace is not None:
        fields = step.deinterlace
        mode = FRAME_MODES[fields.filter]
        chain.add(fields.filter, f"mode={mode}:parity={fields.parity}:deint=all")
    if step.crop is not None:
        box = step.crop
        edges = (box.width, box.height, box.left, box.top)
        chain.add("crop", ":".join(str(int(edge)) for edge in edges) + ":exact=1")
    words = f"{step.content.width}:{step.content.height}:flags={step.interpolation}{flags}"
    chain.add("scale", words + _conversion(step.source_color, color))
    chain.add("format", pixel_format)
    for name, arguments in TURNS[step.orientation]:
        chain.add(name, arguments)


def tone_nodes(chain: Chain, tables: HaldTables, cube: npt.NDArray[np.uint8 | np.uint16]) -> None:
    """Add what brings a turned HDR frame in :data:`DEEP_RGB` to SDR.

    Args:
        chain: The graph.
        tables: Those of the graph, to be started when it is configured.
        cube: The table; see :meth:`HaldTables.add`.
    """
    chain.last = tables.add(chain.graph, chain.last, cube)
    chain.add("setparams", SDR_TAGS)


def pad_nodes(chain: Chain, step: FrameStep, content: Size, color: FrameColor) -> None:
    """Add what lays a turned frame on its canvas and brings it to the encoder's layout.

    Args:
        chain: The graph.
        step: The canvas and the layout.
        content: Size of the frame so far.
        color: What its samples mean so far.
    """
    canvas = step.canvas
    if content != canvas:
        red, green, blue = parse_color(step.background)[:3]
        place = f"{canvas.width}:{canvas.height}:{step.offset.x}:{step.offset.y}"
        chain.add("pad", f"{place}:color=0x{red:02x}{green:02x}{blue:02x}")
    if color != step.color:
        chain.add("scale", f"{canvas.width}:{canvas.height}" + _conversion(color, step.color))
    chain.add("setsar", "1")


def _conversion(before: FrameColor, after: FrameColor) -> str:
    words = f":in_range={_range(before)}:out_range={_range(after)}"
    if before.matrix in MATRICES:
        words += f":in_color_matrix={MATRICES[before.matrix]}"
    if after.matrix in MATRICES:
        words += f":out_color_matrix={MATRICES[after.matrix]}"
    return words


def _range(color: FrameColor) -> str:
    return "pc" if color.full_range else "tv"
