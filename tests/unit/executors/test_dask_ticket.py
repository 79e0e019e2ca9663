"""Events of a call on a cluster are told once, in order, and those of an older try never."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("distributed", reason="distributed is not installed")

from mediaflow.errors import WorkerLostError
from mediaflow.executors.dask.ticket import DaskTicket


def at_once(call: Callable[..., object], *args: object) -> None:
    call(*args)


def ticket(told: list[Any]) -> DaskTicket:
    return DaskTicket(
        lambda text, emit=None, cancelled=None: "", "{}", "j-1", told.append, at_once, id
    )


def message(attempt: int, sequence: int) -> dict[str, object]:
    event = {"at": (attempt, sequence)} if sequence else None
    return {"name": "j-1", "attempt": attempt, "sequence": sequence, "event": event}


def test_late_and_repeated_events_are_dropped() -> None:
    told: list[Any] = []
    one = ticket(told)

    for place in [(1, 0), (1, 1), (1, 1), (1, 2), (2, 0), (1, 3), (2, 1)]:
        one.hear(message(*place))

    assert [event["at"] for event in told] == [(1, 1), (1, 2), (2, 1)]
    assert one.begun == 2


def test_only_the_first_end_counts_and_nothing_is_told_after_it() -> None:
    told: list[Any] = []
    one = ticket(told)

    one.end(WorkerLostError("gone"))
    one.end("answer")
    one.hear(message(1, 1))

    with pytest.raises(WorkerLostError):
        one.future.result(0)
    assert told == []
    assert one.text == ""
