"""Waveforms in the plan of a film or a sound: which track, which places, what cost."""

from __future__ import annotations

import pytest

from mediaflow.errors import SpecError, TruncatedMediaError, UnsupportedError
from mediaflow.geometry import Size
from mediaflow.models.sound import AudioOutput
from mediaflow.models.waveform import WaveformOutput
from mediaflow.planning.kinds import narrow_for
from tests.film_infos import film_info, film_planned, sound_info, track
from tests.infos import media_info

TRACKS = (
    track(index=1, language="eng", disposition=()),
    track(index=2, language="deu", disposition=("default",)),
    track(index=3, language="eng", disposition=(), channels=6, sample_rate=44_100),
)


def planned(*outputs, info=None, **words):
    return film_planned(list(outputs), info or film_info(audio=TRACKS), **words)


@pytest.mark.parametrize(
    ("fields", "stream"),
    [({}, 2), ({"language": "eng"}, 1), ({"language": "DEU"}, 2), ({"track": 3}, 3)],
)
def test_track_is_that_of_a_file_of_sound(fields, stream):
    plan = planned(WaveformOutput(**fields), AudioOutput("mp3", **fields))

    assert [step.stream for step in plan.waveforms] == [stream]
    assert [step.stream for step in plan.sounds] == [stream]


def test_points_are_counted_at_the_rate_of_the_track():
    (step,) = planned(WaveformOutput(track=3)).waveforms

    assert (step.sample_rate, step.samples_per_point) == (44_100, 2_205)


def test_places_have_a_suffix_of_their_own_and_the_size_of_pictures():
    outputs = [WaveformOutput(), WaveformOutput("svg", width=900, suffix="_wave", name="b")]

    plan = planned(*outputs, template="out/{stem}{suffix}.{ext}")
    sized = planned(outputs[1], template="out/{width}x{height}.{ext}")

    assert [step.uri for step in plan.outputs] == [
        "out/clip_waveform.json",
        "out/clip_wave.svg",
    ]
    assert [step.size for step in plan.outputs] == [None, Size(900, 280)]
    assert sized.outputs[0].uri == "out/900x280.svg"


def test_two_waveforms_at_one_place_are_refused():
    outputs = [WaveformOutput(name="a"), WaveformOutput(bits=16, name="b")]

    with pytest.raises(SpecError, match="two outputs would be written"):
        planned(*outputs, template="out/{stem}{suffix}.{ext}")


def test_order_of_outputs_is_kept_beside_sounds():
    outputs = [WaveformOutput(name="a"), AudioOutput("mp3"), WaveformOutput("png", name="b")]

    film, sound = planned(*outputs), planned(*outputs, info=sound_info())

    for plan in (film, sound):
        assert [step.name for step in plan.outputs] == ["a", "mp3", "b"]


def test_cost_grows_with_points_and_channels():
    few = planned(WaveformOutput()).peak_bytes
    many = planned(WaveformOutput(samples_per_point=16)).peak_bytes
    split = planned(WaveformOutput(samples_per_point=16, channels="split", track=3)).peak_bytes
    nothing = planned(AudioOutput("mp3")).peak_bytes

    assert nothing < few < many < split


def test_source_that_is_cut_off_is_refused_up_to_its_end_alone():
    info = film_info(audio=TRACKS, container={"is_truncated": True})

    with pytest.raises(TruncatedMediaError):
        planned(WaveformOutput(), info=info)
    part = planned(WaveformOutput(end=2.0), info=info)
    rest = planned(WaveformOutput(), info=info, fail_on="none")

    assert part.waveforms[0].notices == ()
    assert [notice.code for notice in rest.waveforms[0].notices] == ["source_salvaged"]


def test_picture_has_none():
    with pytest.raises(UnsupportedError, match="has no sound"):
        narrow_for([WaveformOutput()], media_info())
