"""What is measured of a sound, before anything is opened."""

from __future__ import annotations

import pytest

from mediaflow.errors import UnsupportedError
from mediaflow.models.analysis import AnalysisOutput
from mediaflow.models.serde import from_dict, to_dict
from mediaflow.models.sound import AudioOutput
from mediaflow.planning import FilmPlan
from mediaflow.planning.sound_analysis import sound_analysis_seconds
from tests.film_infos import film_info, film_planned, sound_info, track

LOUDNESS = AnalysisOutput(what=("loudness",))
SILENCE = AnalysisOutput(what=("silence",), silence_seconds=2, silence_dbfs=-40, name="silence")


def test_track_is_chosen_as_for_files_of_sound():
    info = film_info(audio=[track(index=1, language="eng"), track(index=2, language="deu")])

    plan = film_planned([AudioOutput("mp3"), LOUDNESS], info)
    german = film_planned(AnalysisOutput(what=("silence",), language="deu"), info)

    assert plan.sounds[0].stream == plan.sound_analyses[0].stream == 1
    assert german.sound_analyses[0].stream == 2
    with pytest.raises(UnsupportedError, match="no sound in 'fra'"):
        film_planned(AnalysisOutput(what=("silence",), language="fra"), info)


def test_plan_travels_and_says_what_is_measured():
    plan = film_planned([LOUDNESS, SILENCE], sound_info())

    assert from_dict(FilmPlan, to_dict(plan)) == plan
    lines = plan.lines()
    assert "output analysis: loudness and peaks of stream 0 as data" in lines
    assert "output silence: silences of 2 s or more up to -40 dBFS of stream 0 as data" in lines


def test_what_is_measured_twice_costs_time_once():
    info = sound_info()
    plan = film_planned([LOUDNESS, SILENCE], info)
    both = plan.sound_analyses

    once = sound_analysis_seconds(both, info, is_decoded=False)

    assert sound_analysis_seconds((*both, both[0]), info, is_decoded=False) == once
    assert 0 < sound_analysis_seconds(both, info, is_decoded=True) < once
    assert sound_analysis_seconds((), info, is_decoded=False) == 0
