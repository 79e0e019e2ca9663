"""Frames that follow each other travel as one block, by frames made by hand."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from mediaflow.audio.block import blocks_of

RATE = 44_100
SAMPLES = 1_152
MILLISECOND = Fraction(1, 1_000)


def frame(pts, base, *, number=0, rate=RATE, samples=SAMPLES, layout="mono") -> av.AudioFrame:
    channels = {"mono": 1, "stereo": 2}[layout]
    rows = np.full((channels, samples), number, np.int16)
    made = av.AudioFrame.from_ndarray(rows, format="s16p", layout=layout)
    made.sample_rate, made.pts, made.time_base = rate, pts, base
    return made


def counted(times, base) -> list[av.AudioFrame]:
    return [frame(pts, base, number=number) for number, pts in enumerate(times)]


@pytest.mark.parametrize(
    ("times", "base"),
    [
        ([7 + SAMPLES * n for n in range(5)], Fraction(1, RATE)),
        ([7 + 368_640 * n for n in range(5)], Fraction(1, 14_112_000)),
        ([round(26.12244898 * n) for n in range(5)], MILLISECOND),  # 1152/44100 s, rounded
        ([100, None, None, None, None], MILLISECOND),
        ([None] * 5, MILLISECOND),
    ],
)
def test_frames_that_follow_are_one(times, base):
    (block,) = blocks_of(counted(times, base))

    found = np.frombuffer(block.planes[0], np.int16)
    assert block.samples == 5 * SAMPLES
    assert found.tolist() == np.repeat(range(5), SAMPLES).tolist()
    assert block.time == (None if times[0] is None else times[0] * base)


@pytest.mark.parametrize(
    ("times", "base", "counts"),
    [
        ([0, SAMPLES, 2 * SAMPLES + 1], Fraction(1, RATE), [2, 1]),
        ([0, SAMPLES - 1, 2 * SAMPLES - 1], Fraction(1, RATE), [1, 2]),
        ([0, 26, 60], MILLISECOND, [2, 1]),
        ([None, 26], MILLISECOND, [1, 1]),
    ],
)
def test_gap_and_overlap_part_them(times, base, counts):
    blocks = list(blocks_of(counted(times, base)))

    assert [block.samples // SAMPLES for block in blocks] == counts


def test_another_shape_parts_them():
    base = Fraction(1, RATE)
    frames = [
        frame(0, base),
        frame(SAMPLES, base, layout="stereo"),
        frame(2 * SAMPLES, base, layout="stereo", rate=48_000),
    ]

    blocks = list(blocks_of(frames))

    assert [(block.layout, block.sample_rate) for block in blocks] == [
        ("mono", RATE),
        ("stereo", RATE),
        ("stereo", 48_000),
    ]


def test_a_frame_alone_comes_back_as_it_was():
    one = frame(77, Fraction(1, RATE), number=5)

    (block,) = blocks_of([one])
    again = block.frame()

    assert (again.pts, again.time_base) == (77, Fraction(1, RATE))
    assert bytes(again.planes[0])[: 2 * SAMPLES] == bytes(one.planes[0])[: 2 * SAMPLES]


def test_drift_is_counted_from_the_first():
    times = [0, 26, 52, 78, 104, 131, 157, 183, 209, 235]  # each within half a tick
    slow = [27 * n for n in range(10)]  # each a tick late

    assert len(list(blocks_of(counted(times, MILLISECOND)))) == 1
    assert len(list(blocks_of(counted(slow, MILLISECOND)))) > 3
