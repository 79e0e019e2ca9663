"""The picture of loudness is a drawing whose lines lie where the numbers say."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from mediaflow.errors import SpecError
from mediaflow.models.loudness import LoudnessData
from mediaflow.recipes import loudness_chart

SVG = "{http://www.w3.org/2000/svg}"


def data(**words):
    given = {
        "integrated_lufs": -30.0,
        "range_lu": 0.0,
        "true_peak_dbtp": -20.0,
        "sample_peak_dbfs": -20.0,
        "duration_seconds": 10.0,
        "momentary_lufs": (-30.0,) * 97,
        "short_term_lufs": (-30.0,) * 71,
        **words,
    }
    return LoudnessData(**given)


def paths(text):
    return [path.attrib["d"] for path in ET.fromstring(text).iter(f"{SVG}path")]


def test_level_lies_half_way_between_its_edges():
    lines = paths(loudness_chart(data(), width=400, height=234))  # 200 px for 60 LU, from 10 on

    levels = {y for line in lines[-3:] for y in re.findall(r"[ML][\d.]+ ([\d.]+)", line)}
    assert levels == {"110.0"}


def test_series_ends_where_the_sound_does():
    *_, short, _ = paths(loudness_chart(data(), width=400, height=234))

    last = float(re.findall(r"L([\d.]+) ", short)[-1])
    assert last == pytest.approx(400 - 12)


def test_what_is_not_heard_parts_the_line():
    series = (-30.0, -30.0, None, -30.0)

    *_, line = paths(
        loudness_chart(data(momentary_lufs=series, short_term_lufs=(), integrated_lufs=None))
    )

    assert line.count("M") == 2


def test_silence_has_axes_alone():
    text = loudness_chart(data(momentary_lufs=(), short_term_lufs=(), integrated_lufs=None))

    assert len(paths(text)) == 7
    assert "LUFS" not in text


@pytest.mark.parametrize("words", [{"width": 10}, {"height": 1_000_000}])
def test_size_is_bounded(words):
    with pytest.raises(SpecError):
        loudness_chart(data(), **words)
