"""A peer may send so many messages, and is ended where it floods."""

from __future__ import annotations

from mediaflow.integrations.webrtc.pace import Pace


def test_bucket_fills_with_time_and_tells_once_of_each_run_beyond() -> None:
    now = [0.0]
    pace = Pace(10, 3, flood=5, clock=lambda: now[0])

    at_once = [pace.verdict() for _ in range(5)]
    now[0] = 0.1  # one more
    later = [pace.verdict() for _ in range(3)]
    now[0] = 100.0  # never more than at once
    after_long = [pace.verdict() for _ in range(4)]

    assert at_once == ["take", "take", "take", "refuse", "ignore"]
    assert later == ["take", "refuse", "ignore"]
    assert after_long == ["take", "take", "take", "refuse"]


def test_flood_is_what_goes_on_beyond() -> None:
    pace = Pace(1, 1, flood=3, clock=lambda: 0.0)

    assert [pace.verdict() for _ in range(5)] == ["take", "refuse", "ignore", "ignore", "flood"]
