"""Files of waveforms, opened by readers of their formats."""

from __future__ import annotations

import io
import json
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from mediaflow.audio.points import Peaks
from mediaflow.jobs.waveform import encode_waveform, waveform_data
from mediaflow.models.waveform import WaveformOutput
from mediaflow.planning.waveform_steps import WaveformStep, plan_waveform
from mediaflow.security.limits import Limits

SVG = "{http://www.w3.org/2000/svg}"


def peaks(count=4_000, channels=1, seed=5) -> Peaks:
    loud = np.random.default_rng(seed).integers(0, 32_767, (count, channels))
    values = np.stack([-loud, loud], axis=-1).astype(np.int16)
    return Peaks(sample_rate=8_000, samples_per_point=10, samples=10 * count, values=values)


def planned(format, **fields) -> WaveformStep:
    return plan_waveform(
        WaveformOutput(format, **fields),
        name="waveform",
        uri="/out/a",
        position=0,
        stream=0,
        sample_rate=8_000,
        samples=None,
        limits=Limits(),
    )


def made(format, points=None, **fields) -> bytes:
    return encode_waveform(points or peaks(), planned(format, **fields))


def opened(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as image:
        assert image.format == "PNG"
        return image.convert("RGBA")


def test_json_holds_every_point_in_8_bits():
    points = peaks(channels=2)

    read = json.loads(made("json", points, channels="split", samples_per_point=10))

    flat = points.values.reshape(-1).astype(int)
    assert read["data"] == [int(number / 256) for number in flat.tolist()]
    assert (read["length"], read["channels"], read["samples_per_pixel"]) == (4_000, 2, 10)


def test_json_of_a_width_has_not_more_points():
    points = peaks(4_001)

    read = json.loads(made("json", points, width=1_000, bits=16))

    first = points.values[:5]
    assert (read["length"], read["samples_per_pixel"]) == (801, 50)
    assert read["data"][:2] == [first[..., 0].min(), first[..., 1].max()]


@pytest.mark.parametrize("bar_width", [None, 3])
def test_picture_has_its_size_and_both_colors(bar_width):
    data = made(
        "png", width=300, height=60, color="#ff8000", background="navy", bar_width=bar_width
    )

    image = opened(data)
    found = {color for _, color in image.getcolors(100_000)}
    assert image.size == (300, 60)
    assert {(255, 128, 0, 255), (0, 0, 128, 255)} <= found
    assert {color[3] for color in found} == {255}


def test_transparent_picture_keeps_its_color_at_smooth_edges():
    image = opened(made("png", width=300, height=60, color="#ff8000"))

    pixels = np.asarray(image).reshape(-1, 4)
    seen = pixels[pixels[:, 3] > 0]
    assert set(map(tuple, seen[:, :3].tolist())) == {(255, 128, 0)}
    assert len(set(seen[:, 3].tolist())) > 10
    assert (pixels[:, 3] == 0).any()


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("bar_width", [None, 4])
def test_drawing_has_one_path_within_its_box(channels, bar_width):
    data = made("svg", peaks(channels=channels), width=400, height=90, bar_width=bar_width)

    root = ElementTree.fromstring(data)
    assert root.get("viewBox") == "0 0 400 90"
    assert len(root) == 1
    assert root[0].tag == f"{SVG}path"


def test_picture_tells_not_more_points_than_it_has_columns():
    data = waveform_data(peaks(4_000), planned("png", width=300))

    assert (data.length, data.samples_per_point, data.bits) == (286, 140, 8)


def test_drawing_of_1800_columns_is_small():
    assert len(made("svg")) < 30_000


@pytest.mark.parametrize("format", ["json", "png", "svg"])
@pytest.mark.parametrize("count", [0, 1, 2])
def test_hardly_any_points_are_no_trouble(format, count):
    assert made(format, peaks(count))
    assert made(format, peaks(count, channels=3), channels="split")
