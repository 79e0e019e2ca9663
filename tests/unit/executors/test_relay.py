"""Whatever an executor does with a future, an end comes of it."""

from __future__ import annotations

from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool

import pytest

from mediaflow.errors import (
    JobCancelledError,
    MediaflowError,
    ProcessingError,
    SpecError,
    WorkerLostError,
)
from mediaflow.executors.relay import Relay


def test_result_is_handed_on() -> None:
    theirs: Future[str] = Future()
    relay = Relay(theirs)

    theirs.set_result("done")

    assert relay.future.result(0) == "done"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (SpecError("no"), SpecError),
        (BrokenProcessPool("a child died"), WorkerLostError),
        (ModuleNotFoundError("no module mediaflow"), ProcessingError),
    ],
)
def test_error_is_one_of_this_library(error: Exception, expected: type[MediaflowError]) -> None:
    theirs: Future[str] = Future()
    relay = Relay(theirs)

    theirs.set_exception(error)

    told = relay.future.exception(0)
    assert type(told) is expected
    assert str(error) in str(told)


def test_interrupt_stays_what_it_is() -> None:
    theirs: Future[str] = Future()
    relay = Relay(theirs)

    theirs.set_exception(KeyboardInterrupt())

    assert isinstance(relay.future.exception(0), KeyboardInterrupt)


def test_future_that_the_executor_gave_up_is_a_lost_worker() -> None:
    theirs: Future[str] = Future()
    relay = Relay(theirs)

    theirs.cancel()  # as shutdown(cancel_futures=True) does

    with pytest.raises(WorkerLostError, match="gave the job up"):
        relay.future.result(0)


def test_future_that_nobody_holds_is_a_lost_worker() -> None:
    theirs: Future[str] = Future()
    relay = Relay(theirs)

    del theirs

    with pytest.raises(WorkerLostError, match="dropped the job"):
        relay.future.result(0)


def test_call_that_is_stopped_before_it_begins_is_cancelled() -> None:
    theirs: Future[str] = Future()
    relay = Relay(theirs)

    relay.stop()
    relay.stop()

    with pytest.raises(JobCancelledError, match="before it began"):
        relay.future.result(0)


def test_call_that_runs_is_not_stopped() -> None:
    theirs: Future[str] = Future()
    theirs.set_running_or_notify_cancel()
    relay = Relay(theirs)

    relay.stop()
    theirs.set_result("made")

    assert relay.future.result(0) == "made"
