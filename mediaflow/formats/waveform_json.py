"""The points of a waveform as JSON in the layout of BBC audiowaveform, version 2.

Peaks.js, waveform-data.js and wavesurfer.js read it.

Law: text only; it is made part by part, so that a long one need not be held twice.
Source: audiowaveform, ``doc/DataFormat.md``, "JSON data format".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediaflow.models.waveform import WaveformData

__all__ = ["waveform_json"]

VERSION: Final = 2
NUMBERS: Final = 16_384  # in one part of the text


def waveform_json(data: WaveformData) -> Iterator[str]:
    """Yield the parts of the text of a file.

    Args:
        data: The points.

    Example:
        >>> from mediaflow.models.waveform import WaveformData
        >>> data = WaveformData.of([-65, 63, -66, 64], sample_rate=48_000, samples_per_point=512)
        >>> print("".join(waveform_json(data)), end="")
        {"version":2,"channels":1,"sample_rate":48000,"samples_per_pixel":512,"bits":8,"length":2,"data":[-65,63,-66,64]}
    """
    yield (
        f'{{"version":{VERSION},"channels":{data.channels},"sample_rate":{data.sample_rate},'
        f'"samples_per_pixel":{data.samples_per_point},"bits":{data.bits},'
        f'"length":{data.length},"data":['
    )
    values = data.values()
    for start in range(0, len(values), NUMBERS):
        comma = "," if start else ""
        yield comma + ",".join(map(str, values[start : start + NUMBERS]))
    yield "]}\n"
