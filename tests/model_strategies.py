"""Hypothesis strategies for what is wanted and what is there."""

from __future__ import annotations

from typing import get_args

from hypothesis import strategies as st

from mediaflow.filters import Blur, Look, Sepia, Watermark, look_names
from mediaflow.formats import AvifOptions, JpegOptions, PngOptions, WebpOptions
from mediaflow.models.analysis import AnalysisOutput
from mediaflow.models.animation import Animation
from mediaflow.models.concat import Concat, Part
from mediaflow.models.encoding import Lossless, Quality
from mediaflow.models.info import ColorInfo, IccSpace
from mediaflow.models.job import Job
from mediaflow.models.outputs import ImageOutput, OutputSpec
from mediaflow.models.result import JobReport
from mediaflow.models.spent import Spent, StageTime, TimedStage
from mediaflow.models.waveform import (
    WaveformBits,
    WaveformChannels,
    WaveformData,
    WaveformFormat,
    WaveformOutput,
)
from mediaflow.security.limits import Limits
from tests.infos import media_info
from tests.strategies import fits, gravities, orientations

__all__ = [
    "analysis_outputs",
    "concats",
    "filters",
    "image_outputs",
    "infos",
    "jobs",
    "limits",
    "options",
    "output_specs",
    "reports",
    "spent",
    "waveform_outputs",
    "waveforms",
]

flags = st.booleans()
px = st.integers(1, 600) | st.integers(1, 20_000)
quality = st.integers(1, 100)
suffixes = st.text(st.characters(exclude_characters="/\\\0{}", codec="utf-8"), max_size=8)
backgrounds = st.sampled_from(["white", "black", "navy", "#f80", "#336699"])
names = st.none() | st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)

shares = st.integers(1, 1000).map(lambda share: f"{share}%")
lengths = st.none() | px | shares
aspects = st.tuples(st.integers(1, 99), st.integers(1, 99)).map(lambda two: f"{two[0]}:{two[1]}")
shapes = st.one_of(
    st.fixed_dictionaries({"width": lengths, "height": lengths}),
    st.fixed_dictionaries({"max_side": px}),
    st.fixed_dictionaries({"aspect": aspects, "width": lengths}),
    st.fixed_dictionaries({"aspect": aspects, "height": lengths}),
)

options = {
    "avif": st.builds(
        AvifOptions,
        speed=st.integers(0, 10),
        chroma_subsampling=st.sampled_from(["auto", "4:4:4", "4:2:2", "4:2:0", "4:0:0"]),
    ),
    "jpeg": st.builds(
        JpegOptions,
        progressive=flags,
        optimize=flags,
        chroma_subsampling=st.sampled_from(["auto", "4:4:4", "4:2:2", "4:2:0"]),
    ),
    "png": st.builds(PngOptions, compression=st.integers(0, 9), optimize=flags),
    "webp": st.builds(
        WebpOptions,
        effort=st.integers(0, 6),
        alpha_quality=st.integers(1, 100),
        keep_hidden_color=flags,
    ),
}
filters = st.lists(
    st.builds(Sepia, st.floats(0, 1))
    | st.builds(Blur, st.integers(0, 250))
    | st.builds(Look, st.sampled_from(look_names()), strength=st.floats(0, 1))
    | st.builds(Watermark, st.just("logo.png"), opacity=st.floats(0, 1)),
    max_size=2,
).map(tuple)
_RATES = {
    "avif": st.none() | st.builds(Quality, quality),
    "jpeg": st.none() | st.builds(Quality, quality),
    "png": st.none() | st.just(Lossless()),
    "webp": st.none() | st.just(Lossless()) | st.builds(Quality, quality),
}


_seconds = st.floats(0.01, 100)
_stills = st.fixed_dictionaries(
    {
        "still_at": st.sampled_from([None, 0, 1.5, "25%"]),
        "animation": st.sampled_from(["auto", None]),
    }
)
_motions = st.fixed_dictionaries(
    {
        "animation": st.builds(
            Animation,
            fps=st.none() | _seconds,
            max_frames=st.none() | st.integers(1, 999),
            max_seconds=st.none() | _seconds,
            loop=st.none() | st.integers(0, 99),
            start_seconds=st.just(0.0) | _seconds,
        )
    }
)


@st.composite
def image_outputs(draw: st.DrawFn) -> ImageOutput:
    """Draw an output that every check of the request passes."""
    name = draw(st.sampled_from(sorted(options)))
    spend = draw(
        st.fixed_dictionaries({"rate": _RATES[name]})
        | st.fixed_dictionaries({"quality": st.none() | quality})
    )
    return ImageOutput(
        name,
        fit=draw(fits),
        gravity=draw(gravities),
        upscale=draw(flags),
        background=draw(backgrounds),
        color=draw(st.sampled_from(["srgb", "preserve"])),
        filters=draw(filters),
        options=draw(st.none() | options[name]),
        **draw(_motions if name in ("png", "webp") else _stills),
        suffix=draw(suffixes),
        skip_duplicate=draw(flags),
        name=draw(names),
        **draw(shapes),
        **spend,
    )


output_specs = st.builds(
    OutputSpec,
    format=st.sampled_from(sorted(options)),
    quality=st.none() | quality,
    width=st.none() | px,
    height=st.none() | px,
    maintain_aspect_ratio=flags,
    filename_suffix=suffixes,
)

analysis_outputs = st.builds(AnalysisOutput, suffix=suffixes, name=names, store=flags) | st.builds(
    AnalysisOutput,
    what=st.sampled_from([("loudness",), ("silence",), ("loudness", "silence")]),
    silence_dbfs=st.floats(-120, 0),
    silence_seconds=st.floats(0.01, 3_600),
    track=st.none() | st.integers(0, 9),
    suffix=suffixes,
    name=names,
    store=flags,
)

waveform_outputs = st.builds(
    WaveformOutput,
    st.sampled_from(get_args(WaveformFormat)),
    width=st.none() | st.integers(1, 32_768),
    channels=st.sampled_from(get_args(WaveformChannels)),
    bits=st.sampled_from(get_args(WaveformBits)),
    background=st.sampled_from(["transparent", "#fff", "navy"]),
    start=st.floats(0, 5),
    end=st.none() | st.floats(6, 9),
    track=st.none() | st.integers(0, 9),
    suffix=suffixes,
    name=names,
)


stage_times = st.lists(st.sampled_from(get_args(TimedStage)), unique=True, max_size=6).flatmap(
    lambda names: st.tuples(
        *(st.builds(StageTime, stage=st.just(name), seconds=st.floats(0, 1e6)) for name in names)
    )
)
_figures = {
    "stages": stage_times,
    "cpu_seconds": st.none() | st.floats(0, 1e6),
    "peak_rss_bytes": st.none() | st.integers(0, 2**50),
    "frames_decoded": st.integers(0, 2**40),
    "bytes_in": st.integers(0, 2**60),
}
spent = st.builds(Spent, **_figures)
reports = st.builds(
    JobReport,
    plan=st.lists(st.text(max_size=20), max_size=3).map(tuple),
    seconds=st.floats(0, 1e6),
    peak_bytes_planned=st.integers(0, 2**50),
    frames_encoded=st.integers(0, 2**40),
    bytes_out=st.integers(0, 2**60),
    **_figures,
)


@st.composite
def waveforms(draw: st.DrawFn) -> WaveformData:
    """Points of one or two channels."""
    bits = draw(st.sampled_from(get_args(WaveformBits)))
    channels = draw(st.sampled_from([1, 2]))
    most = 1 << (bits - 1)
    points = draw(st.integers(0, 5))
    numbers = st.integers(-most, most - 1)
    count = 2 * channels * points
    return WaveformData.of(
        draw(st.lists(numbers, min_size=count, max_size=count)),
        sample_rate=draw(st.integers(1, 192_000)),
        samples_per_point=draw(st.integers(1, 10_000)),
        channels=channels,
        bits=bits,
    )


limits = st.builds(
    Limits,
    max_pixels=st.integers(1, 10**9),
    max_side=st.integers(1, 10**6),
    allowed_formats=st.none() | st.lists(st.sampled_from(sorted(options)), unique=True).map(tuple),
)

_places = st.sampled_from(["a.jpg", "s3://bucket/a b.jpg", "/srv/ä.png"])
_parts = st.builds(Part, _places, start=st.floats(0, 5), end=st.none() | st.floats(6, 9))
concats = st.builds(
    Concat,
    st.lists(_places | _parts, min_size=1, max_size=3),
    crossfade_seconds=st.sampled_from([0.0, 0.25, 3.0]),
)

jobs = st.builds(
    Job,
    _places | concats,
    st.lists(
        image_outputs() | output_specs | analysis_outputs | waveform_outputs, min_size=1, max_size=3
    ),
    to=st.sampled_from([None, "out/", "{stem}{suffix}.{ext}"]),
    if_exists=st.sampled_from(["replace", "error", "skip"]),
    on_failure=st.sampled_from(["raise", "partial"]),
    strict=flags,
    limits=st.none() | limits,
)

colors = st.builds(
    ColorInfo,
    model=st.sampled_from(["rgb", "gray", "cmyk", "palette", "lab", "unknown"]),
    icc_space=st.none() | st.sampled_from(get_args(IccSpace)),
    icc_description=st.none() | st.sampled_from(["sRGB", "Display P3", "Dot Gain 20%"]),
    primaries=st.none() | st.sampled_from([1, 2, 9, 12]),
    transfer=st.none() | st.sampled_from([1, 13, 16, 18]),
)


@st.composite
def infos(draw: st.DrawFn) -> object:
    """Draw the facts of a picture that can be decoded."""
    sides = st.integers(1, 40) | st.integers(1, 3_000) | st.integers(1, 12_000)
    return media_info(
        draw(st.sampled_from(["avif", "gif", "jpeg", "png", "tiff", "webp"])),
        draw(sides),
        draw(sides),
        bytes=draw(st.none() | st.integers(1, 10**7)),
        uri=draw(st.sampled_from([None, "photos/photo.jpg"])),
        color=draw(colors),
        orientation=draw(orientations),
        has_alpha=draw(flags),
        is_animated=draw(flags),
        is_progressive=draw(flags),
        has_gain_map=draw(flags),
        bit_depth=draw(st.sampled_from([1, 8, 10, 16])),
        frames=draw(st.none() | st.integers(1, 99)),
    )
