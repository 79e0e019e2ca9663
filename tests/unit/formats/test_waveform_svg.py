"""Drawings of waveforms, read by an XML parser; paths followed by hand."""

from __future__ import annotations

import re
from itertools import accumulate
from xml.etree import ElementTree

import pytest

from mediaflow.formats.svg_text import check_svg, svg_size
from mediaflow.formats.waveform_svg import bars_path, outline_path, waveform_svg
from mediaflow.geometry import Size

SVG = "{http://www.w3.org/2000/svg}"
STEP = re.compile(r"([hlv])(-?[\d.]+)(?: ?(-?[\d.]+))?")


def corners(path: str) -> list[tuple[float, float]]:
    """Return the corners of an outline, as whoever draws it goes along them."""
    start, rest = re.fullmatch(r"M0 (-?[\d.]+)(.*)z", path).groups()
    moves = {"h": lambda a, _: (a, 0), "v": lambda a, _: (0, a), "l": lambda a, b: (a, b)}
    steps = [
        moves[word](float(first), float(second or 0)) for word, first, second in STEP.findall(rest)
    ]
    places = accumulate(steps, lambda at, by: (at[0] + by[0], at[1] + by[1]), initial=(0, 0))
    return [(round(x, 3), round(y + float(start), 3)) for x, y in places]


def test_outline_goes_through_the_middle_of_each_column():
    path = outline_path([2, 1, 4.25, 3], [5, 6, 4.5, 7.1])

    assert corners(path) == [
        (0, 2),
        (0.5, 2),
        (1.5, 1),
        (2.5, 4.2),
        (3.5, 3),
        (4, 3),
        (4, 7.1),
        (3.5, 7.1),
        (2.5, 4.5),
        (1.5, 6),
        (0.5, 5),
        (0, 5),
    ]


def test_what_goes_on_in_one_line_is_one():
    assert outline_path([3] * 500, [4] * 500) == "M0 3h.5h499h.5v1h-.5h-499h-.5z"
    assert outline_path([1, 2, 3, 4], [9] * 4) == "M0 1h.5l3 3h.5v5h-.5h-3h-.5z"


def test_rounding_does_not_add_up():
    tops = [number / 30 for number in range(1_000)]

    path = outline_path(tops, [99.0] * 1_000)

    found = dict(corners(path)[1:-4])
    assert all(abs(found[x] - (x - 0.5) / 30) <= 0.0501 for x in found)
    assert (999.5, 33.3) in corners(path)


def test_one_column_is_an_outline():
    assert corners(outline_path([2], [3])) == [(0, 2), (0.5, 2), (1, 2), (1, 3), (0.5, 3), (0, 3)]


def test_bars_are_lines_down_their_middles():
    assert bars_path([1.5, 5.5], [2, 7.04], [12, 7.04]) == "M1.5 2v10M5.5 7v0"


@pytest.mark.parametrize("background", [None, (255, 128, 0)])
@pytest.mark.parametrize("bar_width", [None, 3])
def test_drawing_is_xml_with_its_size_colors_and_one_path(background, bar_width):
    text = waveform_svg(
        "M0 0v4",
        Size(300, 80),
        color=(1, 2, 255),
        background=background,
        bar_width=bar_width,
    )

    root = ElementTree.fromstring(text)

    size = svg_size(text.encode())
    paint = root.find(f"{SVG}path").attrib
    behind = [one.get("fill") for one in root.findall(f"{SVG}rect")]
    check_svg(text.encode())
    assert (size.width, size.height) == (300, 80)
    assert root.get("viewBox") == "0 0 300 80"
    assert paint["d"] == "M0 0v4"
    assert "#0102ff" in (paint.get("fill"), paint.get("stroke"))
    assert paint.get("stroke-width") == (bar_width and str(bar_width))
    assert behind == ([] if background is None else ["#ff8000"])
