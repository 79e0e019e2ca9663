"""The layout of audiowaveform's JSON, version 2, read back by a reader of JSON."""

from __future__ import annotations

import json

from mediaflow.formats.waveform_json import waveform_json
from mediaflow.models.waveform import WaveformData


def test_fields_stand_in_their_order_and_numbers_as_pairs():
    data = WaveformData.of(
        [-65, 63, -66, 64, -40, 41, -39, 45],
        sample_rate=48_000,
        samples_per_point=512,
        channels=2,
    )

    text = "".join(waveform_json(data))

    assert text == (
        '{"version":2,"channels":2,"sample_rate":48000,"samples_per_pixel":512,"bits":8,'
        '"length":2,"data":[-65,63,-66,64,-40,41,-39,45]}\n'
    )


def test_no_points_are_an_empty_list():
    data = WaveformData.of([], sample_rate=48_000, samples_per_point=512)

    read = json.loads("".join(waveform_json(data)))

    assert (read["length"], read["data"]) == (0, [])


def test_long_data_comes_in_parts_that_join_without_a_seam():
    numbers = [number % 65_536 - 32_768 for number in range(0, 1_000_000, 7)]
    numbers = numbers[: len(numbers) // 2 * 2]
    data = WaveformData.of(numbers, sample_rate=48_000, samples_per_point=512, bits=16)

    parts = list(waveform_json(data))

    assert json.loads("".join(parts))["data"] == numbers
    assert max(map(len, parts)) < 200_000
