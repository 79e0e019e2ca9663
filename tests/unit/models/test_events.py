"""Events are small plain values with a kind of their own."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError
from typing import get_args

import pytest

from mediaflow.models.events import Event, Finished, Progress, Stage, Started, Written

EVENTS = [
    Started(job_id="j", sequence=0),
    Progress(job_id="j", sequence=1, fraction=0.5, stage="encode"),
    Written(job_id="j", sequence=2, output="a", uri="a.jpg", bytes=3),
    Finished(job_id="j", sequence=3, status="completed"),
]


def test_every_event_has_a_kind_of_its_own():
    assert {type(event) for event in EVENTS} == set(get_args(Event))
    assert [event.kind for event in EVENTS] == ["started", "progress", "written", "finished"]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.kind)
def test_event_is_a_plain_value(event):
    assert pickle.loads(pickle.dumps(event)) == event
    assert isinstance(hash(event), int)
    with pytest.raises(FrozenInstanceError):
        event.sequence = 9


def test_stages_follow_the_path():
    assert get_args(Stage) == ("probe", "plan", "decode", "transform", "encode", "store")
