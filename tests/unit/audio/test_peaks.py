"""Points of waveforms against arithmetic: on files made byte by byte, and on single blocks."""

from __future__ import annotations

import struct
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from mediaflow.audio.block import Block, blocks_of
from mediaflow.audio.peaks import BATCH_SAMPLES, PeakMeter
from mediaflow.audio.points import PointStore
from mediaflow.errors import LimitExceededError
from mediaflow.security.limits import Limits

RATE = 8_000
KINDS = {"flt": "f4", "fltp": "f4", "s16": "i2", "s16p": "i2", "u8": "u1"}
FORMATS = {"u8": (1, 8), "s16": (1, 16), "s24": (1, 24), "s32": (1, 32), "f32": (3, 32)}
PACK = {
    "u8": lambda x: struct.pack("<B", x),
    "s16": lambda x: struct.pack("<h", x),
    "s24": lambda x: struct.pack("<i", x)[:3],
    "s32": lambda x: struct.pack("<i", x),
    "f32": lambda x: struct.pack("<f", x),
}


def wav(path: Path, kind: str, samples: list[tuple]) -> Path:
    """Write samples, of each moment those of all channels, by the bytes of the format."""
    tag, bits = FORMATS[kind]
    channels = len(samples[0])
    body = b"".join(PACK[kind](value) for moment in samples for value in moment)
    block = channels * bits // 8
    form = struct.pack("<HHIIHH", tag, channels, RATE, RATE * block, block, bits)
    chunks = b"fmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(body)) + body
    path.write_bytes(b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks)
    return path


def meter(each: int | None = 4, **fields) -> PeakMeter:
    wish = {"sample_rate": RATE, "points": 1_000_000, "channels": "mix", "limits": Limits()}
    return PeakMeter(samples_per_point=each, **(wish | fields))


def measured(path: Path, each: int | None = 4, **fields) -> list:
    ours = meter(each, **fields)
    with av.open(str(path)) as file:
        for frame in file.decode(audio=0):
            for one in blocks_of([frame]):
                ours.push(one)
    return ours.end().values.tolist()


def block(samples, *, form="s16", layout="mono", rate=RATE, at=None) -> Block:
    rows = np.ascontiguousarray(np.asarray(samples).astype(KINDS[form]))
    return Block(
        format=form,
        layout=layout,
        sample_rate=rate,
        samples=rows.shape[1],
        planes=tuple(row.tobytes() for row in rows),
        time=None if at is None else Fraction(at, rate),
    )


def test_mono_of_16_bits_keeps_its_extremes(tmp_path):
    file = wav(tmp_path / "a.wav", "s16", [(x,) for x in [5, -7, 32_767, 0, 1, 2, 3, -32_768]])

    assert measured(file) == [[[-7, 32_767]], [[-32_768, 3]]]


def test_last_point_is_of_the_samples_that_are_left(tmp_path):
    file = wav(tmp_path / "a.wav", "s16", [(x,) for x in [10, 20, 30, 40, -50, -60]])

    assert measured(file) == [[[10, 40]], [[-60, -50]]]


def test_mix_is_cut_off_toward_zero_as_c_divides(tmp_path):
    pairs = [(1, 2), (-1, -2), (0, -1), (0, 1), (-32_768, -32_767), (32_767, 32_766)]
    file = wav(tmp_path / "a.wav", "s16", pairs)

    # 3/2 = 1, -3/2 = -1, -1/2 = 0, 1/2 = 0; -65535/2 = -32767, 65533/2 = 32766
    assert measured(file) == [[[-1, 1]], [[-32_767, 32_766]]]


def test_opposite_channels_are_silent_in_the_mix_and_not_apart(tmp_path):
    file = wav(tmp_path / "a.wav", "s16", [(x, -x) for x in [100, -200, 300, 50]])

    assert measured(file) == [[[0, 0]]]
    assert measured(file, channels="split") == [[[-200, 300], [-300, 200]]]


def test_three_channels_are_divided_by_three(tmp_path):
    moments = [(-1, -1, -3), (1, 1, 3), (10, 20, 31), (0, 0, -2)]
    file = wav(tmp_path / "a.wav", "s16", moments)

    assert measured(file) == [[[-1, 20]]]  # -5/3 = -1, 5/3 = 1, 61/3 = 20, -2/3 = 0


def test_8_bits_are_the_upper_ones(tmp_path):
    file = wav(tmp_path / "a.wav", "u8", [(0,), (128,), (255,), (129,)])

    assert measured(file) == [[[-32_768, 127 * 256]]]


@pytest.mark.parametrize(("kind", "shift"), [("s24", 8), ("s32", 16)])
def test_more_bits_are_cut_off_downward(tmp_path, kind, shift):
    values = [(1 << shift) * 1_000 + 200, -((1 << shift) * 1_000) - 1, 1, -1]
    file = wav(tmp_path / "a.wav", kind, [(x,) for x in values])

    assert measured(file) == [[[-1_001, 1_000]]]  # an arithmetic shift


def test_more_bits_are_cut_off_before_they_are_mixed(tmp_path):
    file = wav(tmp_path / "a.wav", "s24", [(255, 255), (-1, 0), (256, 255), (0, 0)])

    assert measured(file) == [[[0, 0]]]  # 0+0, -1+0, 1+0: none is a whole one when halved


def test_floating_point_is_cut_off_toward_zero_and_clipped(tmp_path):
    file = wav(tmp_path / "a.wav", "f32", [(0.5,), (-0.5,), (1.5,), (-1.5,), (1.0,), (-1.0,)])

    # 0.5 * 32767 = 16383.5; what goes beyond stays at the end of the numbers
    assert measured(file, 2) == [[[-16_383, 16_383]], [[-32_768, 32_767]], [[-32_767, 32_767]]]


def test_floating_point_is_cut_off_before_it_is_mixed(tmp_path):
    low = 0.9 / 32_767
    file = wav(tmp_path / "a.wav", "f32", [(low, low), (-low, -low)])

    assert measured(file, 2) == [[[0, 0]]]


def test_what_is_no_number_is_silent(tmp_path):
    nothing = float("nan")
    file = wav(tmp_path / "a.wav", "f32", [(nothing,), (0.25,), (float("inf"),), (0.0,)])

    assert measured(file, 2) == [[[0, 8_191]], [[0, 32_767]]]


@pytest.mark.parametrize("each", [2, 3, 64, 1_000, BATCH_SAMPLES - 1, BATCH_SAMPLES, 100_000])
@pytest.mark.parametrize("channels", ["mix", "split"])
def test_points_are_the_same_however_samples_come(each, channels):
    values = np.random.default_rng(7).integers(-32_768, 32_768, (2, 123_457)).astype(np.int16)
    cuts = [0, 1, 5, 1_157, 1_158, 70_000, 123_457]

    ours = meter(each, channels=channels)
    for start, end in pairwise(cuts):
        ours.push(block(values[:, start:end], form="s16p", layout="stereo"))
    peaks = ours.end()

    total = values.astype(int).sum(axis=0)
    rows = {"mix": [[int(x / 2) for x in total]], "split": values.tolist()}[channels]
    expected = [
        [[min(row[at : at + each]), max(row[at : at + each])] for row in rows]
        for at in range(0, 123_457, each)
    ]
    assert peaks.values.tolist() == expected
    assert peaks.samples == 123_457


@pytest.mark.parametrize("count", [1, 100, 1_023, 1_025, 5_000, 40_001, 1_000_000])
def test_joined_points_are_those_of_so_many_samples(count):
    values = np.random.default_rng(count).integers(-9_999, 9_999, (1, count)).astype(np.int16)
    free = meter(None, points=512)
    for start in range(0, count, 1_000):
        free.push(block(values[:, start : start + 1_000]))
    peaks = free.end()

    fixed = meter(peaks.samples_per_point)
    fixed.push(block(values))

    assert peaks.values.tolist() == fixed.end().values.tolist()
    assert len(peaks.values) <= 513
    assert peaks.samples_per_point == 2 or len(peaks.values) > 256


def test_fewer_points_are_those_of_more_samples():
    values = np.random.default_rng(3).integers(-9_999, 9_999, (1, 10_007)).astype(np.int16)
    fine, coarse = meter(10), meter(30)
    for one in (fine, coarse):
        one.push(block(values))

    peaks = fine.end().joined(400)

    assert peaks.samples_per_point == 30
    assert peaks.values.tolist() == coarse.end().values.tolist()


def test_8_bits_of_a_number_are_cut_off_toward_zero():
    ours = meter(2)
    ours.push(block([[-257, 255, -32_768, 32_767, -255, 256]], form="s16"))

    assert list(ours.end().data(8).values()) == [-1, 0, -128, 127, 0, 1]


def test_all_bits_of_a_number_are_kept():
    ours = meter(2)
    ours.push(block([[-257, 255, -32_768, 32_767]], form="s16"))

    assert list(ours.end().data(16).values()) == [-257, 255, -32_768, 32_767]


def test_what_is_missing_is_silent_and_what_overlaps_is_dropped():
    ours = meter(1_000)
    ours.push(block(np.full((1, 2_000), 5), at=0))
    ours.push(block(np.full((1, 1_000), 7), at=3_000))
    ours.push(block(np.full((1, 2_000), 9), at=3_000))

    peaks = ours.end()

    assert peaks.values.tolist() == [[[5, 5]], [[5, 5]], [[0, 0]], [[7, 7]], [[9, 9]]]


def test_jitter_is_neither_a_gap_nor_an_overlap():
    ours = meter(1_000)
    for number, jitter in enumerate([0, 13, -20, 7]):
        ours.push(block(np.full((1, 1_000), number + 1), at=1_000 * number + jitter))

    assert ours.end().values.tolist() == [[[n, n]] for n in (1, 2, 3, 4)]


def test_part_begins_and_ends_to_the_sample():
    values = np.arange(4_000).reshape(1, -1)
    ours = meter(500, zero=Fraction(1, 8), seconds=Fraction(1, 4))
    ours.push(block(values[:, :1_100], at=0))
    ours.push(block(values[:, 1_100:], at=1_100))

    assert ours.is_over
    assert ours.end().values.tolist() == [
        [[1_000, 1_499]],
        [[1_500, 1_999]],
        [[2_000, 2_499]],
        [[2_500, 2_999]],
    ]


def test_sound_that_begins_late_is_silent_before():
    ours = meter(1_000)
    ours.push(block(np.full((1, 1_000), 5), at=2_000))

    assert ours.end().values.tolist() == [[[0, 0]], [[0, 0]], [[5, 5]]]


def test_silence_of_unsigned_samples_is_their_middle():
    ours = meter(1_000)
    ours.push(block(np.full((1, 1_000), 255, np.uint8), form="u8", at=1_000))

    assert ours.end().values.tolist() == [[[0, 0]], [[127 * 256, 127 * 256]]]


def test_blocks_of_another_kind_go_on_where_the_others_ended():
    ours = meter(1_000)
    ours.push(block(np.full((1, 1_500), 300)))
    ours.push(block(np.full((1, 1_500), 0.5, np.float32), form="flt"))

    assert ours.end().values.tolist() == [[[300, 300]], [[300, 16_383]], [[16_383, 16_383]]]


@pytest.mark.parametrize(("at", "after"), [(None, None), (0, 4_000)])
def test_blocks_of_another_rate_last_as_long_as_they_did(at, after):
    ours = meter(1_000)
    ours.push(block(np.full((1, 8_000), 0.5), form="flt", rate=16_000, at=at))
    ours.push(block(np.full((1, 4_000), 1_000), at=after))

    peaks = ours.end()

    assert peaks.samples == 8_000
    assert peaks.values[1, 0].tolist() == pytest.approx([16_383, 16_383], abs=2)
    assert peaks.values[5].tolist() == [[1_000, 1_000]]


def test_end_of_another_rate_follows_where_nothing_tells_the_time():
    ours = meter(1_000)
    ours.push(block(np.full((1, 4_000), 1_000)))
    ours.push(block(np.full((1, 8_000), 0.5), form="flt", rate=16_000))

    assert ours.end().samples == 8_000  # the last samples come out when the converter is emptied


def test_channels_that_come_and_go_are_mixed_to_those_of_the_start():
    ours = meter(1_000, channels="split")
    ours.push(block(np.full((2, 2_000), 0.5), form="fltp", layout="stereo"))
    ours.push(block(np.full((1, 2_000), 0.25), form="flt"))

    peaks = ours.end()

    assert peaks.values.shape == (4, 2, 2)
    assert (peaks.values[2:] > 0).all()


def test_no_sound_has_no_points():
    peaks = meter().end()

    assert (len(peaks.values), peaks.samples) == (0, 0)
    assert peaks.data(8).length == 0


def test_too_many_points_are_refused():
    ours = meter(2, points=1_000)

    with pytest.raises(LimitExceededError, match="more than 1,000 points"):
        ours.push(block(np.zeros((1, BATCH_SAMPLES))))


def test_gap_longer_than_allowed_is_refused():
    ours = meter(limits=Limits(max_gap_seconds=5))

    with pytest.raises(LimitExceededError, match="gap"):
        ours.push(block(np.zeros((1, 100)), at=10 * RATE))


def test_sound_longer_than_allowed_is_refused():
    ours = meter(limits=Limits(max_duration_seconds=2))

    ours.push(block(np.zeros((1, 2 * RATE))))

    with pytest.raises(LimitExceededError, match="duration"):
        ours.push(block(np.zeros((1, RATE))))


def test_an_odd_number_of_points_is_joined_with_what_follows():
    store = PointStore(None, 4)
    for value in range(1, 12):
        samples = np.full((1, 2), value)
        store.add(*store.extremes(samples), 2)

    peaks = store.end(sample_rate=RATE)

    assert peaks.samples_per_point == 8
    assert peaks.values.tolist() == [[[1, 4]], [[5, 8]], [[9, 11]]]


@pytest.mark.parametrize("step", [1, 3, 5, 7, 15, 31, 100])
def test_joined_points_do_not_depend_on_how_samples_come(step):
    values = np.arange(1_999).reshape(1, -1)  # each place has its own number
    store = PointStore(None, 5)
    for start in range(0, 1_999, step):
        part = values[:, start : start + step]
        store.add(*store.extremes(part), part.shape[1])

    peaks = store.end(sample_rate=RATE)

    each = peaks.samples_per_point
    parts = [values[0, at : at + each].tolist() for at in range(0, 1_999, each)]
    assert len(parts) <= 6
    assert peaks.values.tolist() == [[[min(part), max(part)]] for part in parts]
