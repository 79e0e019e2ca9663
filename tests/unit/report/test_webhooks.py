"""Messages are signed as the standard says, thin, and tried again by a schedule."""

from __future__ import annotations

import base64
import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaflow.errors import ForbiddenLocationError, StorageError
from mediaflow.models.callback import Callback, CallbackState
from mediaflow.models.loudness import SilenceData
from mediaflow.models.result import JobReport, JobResult, Notice, OutputResult
from mediaflow.report.deliveries import Deliveries, Schedule
from mediaflow.report.webhooks import (
    failure_data,
    message_body,
    message_headers,
    result_data,
    retry_after,
    sign,
)
from mediaflow.security.net import HttpResponse

KEYS = (bytes(range(32)), bytes(range(32, 64)))
SECRETS = tuple("whsec_" + base64.b64encode(key).decode() for key in KEYS)
URL = "https://example.com/hush?token=hush"
AT = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
NOW = 1_777_777_777.0


def _output(index: int = 0, **changes: Any) -> OutputResult:
    one = OutputResult(
        name=f"o{index}",
        status="completed",
        uri=f"s3://out/{index}.webp?X-Amz-Signature=hush",
        format="webp",
        width=640,
        height=480,
        bytes=1_000,
        notices=(Notice(code="low_quality", message="q"),),
    )
    return replace(one, **changes)


def _result(*outputs: OutputResult, **changes: Any) -> JobResult:
    one = JobResult(
        id="a1",
        status="completed",
        outputs=outputs or (_output(),),
        source=None,
        report=JobReport(plan=("a step",), seconds=1.5),
        preview="data:image/webp;base64,AAAA",
        created_at=AT,
        completed_at=AT + timedelta(seconds=2),
    )
    return replace(one, **changes)


# ---------------------------------------------------------------- messages


@pytest.mark.parametrize("secret", SECRETS)
def test_reference_library_verifies_with_either_secret(secret: str) -> None:
    from standardwebhooks import Webhook

    now = int(datetime.now(UTC).timestamp())  # the reference allows five minutes
    body = message_body("completed", result_data(_result()), AT)
    headers = message_headers(KEYS, "msg_a1", now, body)

    told = Webhook(secret).verify(body, headers)

    assert told["type"] == "job.completed"
    assert told["timestamp"] == "2026-05-04T03:02:01+00:00"
    assert told["data"]["id"] == "a1"


@given(
    body=st.binary(max_size=300).map(lambda raw: base64.b64encode(raw)),
    key=st.binary(min_size=24, max_size=64),
)
def test_signature_is_the_reference_librarys(body: bytes, key: bytes) -> None:
    from standardwebhooks import Webhook

    at = datetime.fromtimestamp(NOW, UTC)
    theirs = Webhook("whsec_" + base64.b64encode(key).decode()).sign("msg_1", at, body.decode())

    assert sign((key,), "msg_1", int(NOW), body) == theirs


def test_changed_message_is_not_verified() -> None:
    from standardwebhooks import Webhook, WebhookVerificationError

    now = int(datetime.now(UTC).timestamp())
    body = message_body("completed", result_data(_result()), AT)
    headers = message_headers(KEYS, "msg_a1", now, body)

    for change in ({"webhook-id": "msg_a2"}, {"webhook-timestamp": str(now - 1)}):
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRETS[0]).verify(body, headers | change)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRETS[0]).verify(body + b" ", headers)


def test_message_of_a_result_is_thin_and_holds_no_secret() -> None:
    found = SilenceData(
        silences=(), threshold_dbfs=-50.0, least_seconds=0.5, duration_seconds=7_654_321.0
    )
    output = _output(data=found)
    body = message_body("completed", result_data(_result(output)), AT)

    data = json.loads(body)["data"]
    assert data["seconds"] == 1.5
    assert data["completed_at"] == "2026-05-04T03:02:03+00:00"
    (told,) = data["outputs"]
    assert told["data"] is None
    assert (told["name"], told["status"], told["uri"]) == ("o0", "completed", "s3://out/0.webp?***")
    assert told["notices"] == [{"code": "low_quality", "message": "q"}]
    assert not {"preview", "source", "report"} & data.keys()
    for word in (b"data:", b"hush", b"7654321", b"a step"):
        assert word not in body


def test_name_that_is_no_utf8_is_written_as_json_writes_it() -> None:
    result = _result(_output(uri="/out/a\udcff\u00e9.webp"))

    body = message_body("completed", result_data(result), AT)

    assert b"/out/a\\udcff\xc3\xa9.webp" in body
    assert json.loads(body)["data"]["outputs"][0]["uri"] == "/out/a\udcff\u00e9.webp"


def test_message_of_a_failure_hides_secrets_in_its_text() -> None:
    data = failure_data(
        job_id="a1",
        status="failed",
        error="no s3://id:hush@in/a.jpg",
        error_code="not_found",
        created_at=AT,
        completed_at=AT,
    )
    told = json.loads(message_body("failed", data, AT))

    assert told["type"] == "job.failed"
    assert told["data"]["error"] == "no s3://***@in/a.jpg"
    assert told["data"]["outputs"] == []


def test_long_message_loses_notices_first_and_outputs_last() -> None:
    notices = (Notice(code="low_quality", message="x" * 1_000),) * 3
    some = _result(*(_output(index, notices=notices) for index in range(10)))
    many = _result(*(_output(index) for index in range(200)), error="e" * 50_000)

    slim = message_body("completed", result_data(some), AT)
    bare = message_body("partial", result_data(many), AT)

    assert max(len(slim), len(bare)) <= 20_000
    assert [output["notices"] for output in json.loads(slim)["data"]["outputs"]] == [[]] * 10
    assert json.loads(bare)["data"]["outputs"] == []
    assert json.loads(slim)["data"]["shortened"] is json.loads(bare)["data"]["shortened"] is True
    assert json.loads(slim)["data"]["error"] is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        (format_datetime(AT + timedelta(seconds=90), usegmt=True), 90.0),
        ("Mon, 04 May 2026 03:03:01", 60.0),
        ("Mon, 04 May 2026 05:03:01 +0200", 60.0),
        (format_datetime(AT - timedelta(hours=1), usegmt=True), 0.0),
        ("9" * 400, 999_999_999.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("²", None),
        ("Mon, 99 May 2026 03:03:01 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, AT) == seconds


# ---------------------------------------------------------------- deliveries


@dataclass
class Script:
    """A client that answers what it is told, and a clock that only tests move."""

    answers: list[HttpResponse | Exception]
    now: float = 100.0
    asked: list[dict[str, Any]] = field(default_factory=list)

    def request(self, method: str, url: str, *, headers: dict[str, str], body: bytes) -> Any:
        self.asked.append({"at": self.now, "url": url, "headers": headers, "body": body})
        answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def deliveries(self, *, draw: float = 1.0, **schedule: Any) -> Deliveries:
        return Deliveries(
            self,  # type: ignore[arg-type]  # all that is used of a client
            schedule=Schedule(**schedule),
            clock=lambda: self.now,
            wall=lambda: NOW + self.now,
            draw=lambda: draw,
        )

    def run(self, deliveries: Deliveries) -> list[float]:
        """Step to the end, and return when each try was made, from the first on."""
        begin = self.now
        seconds = deliveries.step()
        while seconds is not None:
            self.now += max(0.0, seconds)
            seconds = deliveries.step()
        return [asked["at"] - begin for asked in self.asked]


def _answer(status: int, **headers: str) -> HttpResponse:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return HttpResponse(status=status, headers=named)


def _put(deliveries: Deliveries, url: str = URL, name: str = "msg_1") -> list[CallbackState]:
    states: list[CallbackState] = []
    deliveries.put(Callback(url, SECRETS), name, b"{}", states.append)
    return states


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_message_that_is_taken_is_sent_once(status: int) -> None:
    script = Script([_answer(status)])
    deliveries = script.deliveries()
    states = _put(deliveries)

    assert script.run(deliveries) == [0.0]
    assert states == ["delivered"]


def test_waits_double_up_to_the_longest() -> None:
    script = Script([_answer(500)])
    deliveries = script.deliveries(base_seconds=5, most_seconds=30, total_seconds=1_000)
    states = _put(deliveries)

    # waits of 5, 10, 20, 30 and 30 s
    assert script.run(deliveries) == [0, 5, 15, 35, 65, 95]
    assert states == ["failed"]


def test_waits_are_a_random_part() -> None:
    script = Script([_answer(500)])
    deliveries = script.deliveries(draw=0.25, attempts=3, base_seconds=8)
    _put(deliveries)

    assert script.run(deliveries) == [0, 2, 6]


@pytest.mark.parametrize(
    "problem",
    [*map(_answer, (101, 301, 302, 308, 400, 401, 404, 429, 500, 503)), StorageError("x")],
)
def test_all_else_is_a_failure_that_is_tried_again(problem: HttpResponse | Exception) -> None:
    script = Script([problem, _answer(204)])
    deliveries = script.deliveries()
    states = _put(deliveries)

    assert script.run(deliveries) == [0, 5]
    assert states == ["delivered"]


def test_tries_have_one_name_and_text_and_a_time_of_their_own() -> None:
    from standardwebhooks import Webhook

    script = Script([_answer(500), _answer(204)])
    deliveries = script.deliveries()
    _put(deliveries)
    script.run(deliveries)

    first, second = (asked["headers"] for asked in script.asked)
    assert first["webhook-id"] == second["webhook-id"] == "msg_1"
    assert int(first["webhook-timestamp"]) == int(NOW + 100)
    assert int(second["webhook-timestamp"]) == int(NOW + 105)
    assert script.asked[0]["body"] == script.asked[1]["body"]
    at = datetime.fromtimestamp(int(second["webhook-timestamp"]), UTC)
    expected = [Webhook(secret).sign("msg_1", at, "{}") for secret in SECRETS]
    assert second["webhook-signature"].split(" ") == expected


@pytest.mark.parametrize(
    ("told", "wait"),
    [
        ("60", 60.0),
        ("86400", 300.0),  # no longer than the longest wait
        ("1", 5.0),  # no sooner than by the schedule
        (format_datetime(datetime.fromtimestamp(NOW + 100 + 40, UTC), usegmt=True), 40.0),
    ],
)
def test_retry_after_is_honoured_within_bounds(told: str, wait: float) -> None:
    script = Script([_answer(429, retry_after=told), _answer(204)])
    deliveries = script.deliveries()
    _put(deliveries)

    # a date has whole seconds: the wall clock here lies on one
    assert script.run(deliveries) == [0, wait]


def test_tries_end_after_the_total_time() -> None:
    script = Script([_answer(503, retry_after="200")])
    deliveries = script.deliveries(attempts=50, total_seconds=500)
    states = _put(deliveries)

    assert script.run(deliveries) == [0, 200, 400]
    assert states == ["failed"]


def test_receiver_that_is_gone_is_called_no_more_and_others_are() -> None:
    script = Script([_answer(410), _answer(204)])
    deliveries = script.deliveries()
    first, second = _put(deliveries), _put(deliveries, name="msg_2")
    other = _put(deliveries, url="https://example.org/", name="msg_3")

    assert script.run(deliveries) == [0, 0]
    assert (first, second, other) == (["failed"], ["failed"], ["delivered"])
    assert [asked["headers"]["webhook-id"] for asked in script.asked] == ["msg_1", "msg_3"]


def test_forbidden_address_is_not_tried_again() -> None:
    script = Script([ForbiddenLocationError("address 10.0.0.1 is private")])
    deliveries = script.deliveries()
    states = _put(deliveries)

    assert script.run(deliveries) == [0]
    assert states == ["failed"]


def test_queue_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    script = Script([_answer(204)])
    deliveries = script.deliveries()
    kept = [_put(deliveries, name=f"msg_{index}") for index in range(1_000)]

    assert _put(deliveries, name="msg_1000") == ["failed"]

    assert "wait already" in caplog.text
    script.run(deliveries)
    assert kept == [["delivered"]] * 1_000


def test_logs_name_the_receiver_without_its_secrets(caplog: pytest.LogCaptureFixture) -> None:
    script = Script([_answer(500)])
    deliveries = script.deliveries(attempts=2)
    _put(deliveries)

    with caplog.at_level(logging.DEBUG):
        script.run(deliveries)

    assert "https://example.com/… answered 500" in caplog.text
    assert "hush" not in caplog.text
    assert "whsec" not in caplog.text


def test_bug_in_one_message_does_not_stop_the_next(caplog: pytest.LogCaptureFixture) -> None:
    script = Script([RuntimeError("ours"), _answer(204)])
    deliveries = script.deliveries(attempts=1)
    first, second = _put(deliveries), _put(deliveries, name="msg_2")

    script.run(deliveries)

    assert (first, second) == (["failed"], ["delivered"])
    assert "ours" in caplog.text


def test_whoever_is_told_may_fail(caplog: pytest.LogCaptureFixture) -> None:
    script = Script([_answer(204)])
    deliveries = script.deliveries()

    def tell(state: CallbackState) -> None:
        raise RuntimeError("theirs")

    deliveries.put(Callback(URL, SECRETS), "msg_1", b"{}", tell)
    second = _put(deliveries, name="msg_2")
    script.run(deliveries)

    assert second == ["delivered"]
    assert "theirs" in caplog.text


def test_closing_gives_up_what_waits_for_another_try_only() -> None:
    script = Script([_answer(500), _answer(204), _answer(500)])
    deliveries = script.deliveries()
    tried = _put(deliveries)
    deliveries.step()
    fresh = _put(deliveries, name="msg_2")

    deliveries.close(wait=False)

    assert tried == ["failed"]
    deliveries.step()
    assert fresh == ["delivered"]
    late = _put(deliveries, name="msg_3")
    assert deliveries.step() is None  # one try, and no more
    assert late == ["failed"]


class TestThread:
    """The one thread that sends."""

    @pytest.fixture(autouse=True)
    def nothing_is_left(self) -> Iterator[None]:
        before = set(threading.enumerate())
        yield
        assert set(threading.enumerate()) <= before

    def test_thread_ends_with_the_last_message(self) -> None:
        script = Script([_answer(500), _answer(204)])
        told = threading.Semaphore(0)
        deliveries = Deliveries(
            script,  # type: ignore[arg-type]  # all that is used of a client
            schedule=Schedule(base_seconds=0.01),
        )
        before = {thread.ident for thread in threading.enumerate()}

        for name in ("msg_1", "msg_2"):
            deliveries.send(Callback(URL, SECRETS), name, b"{}", lambda state: told.release())
        ours = [one for one in threading.enumerate() if one.ident not in before]
        assert told.acquire(timeout=10)
        assert told.acquire(timeout=10)
        for thread in ours:
            thread.join(10)

        assert len(ours) <= 1
        assert len(script.asked) == 3

    def test_closing_waits_for_first_tries(self) -> None:
        script = Script([_answer(204)])
        deliveries = Deliveries(script)  # type: ignore[arg-type]  # all that is used of a client
        states: list[CallbackState] = []
        for index in range(20):
            deliveries.send(Callback(URL, SECRETS), f"msg_{index}", b"{}", states.append)

        deliveries.close()

        assert states == ["delivered"] * 20

    def test_closing_does_not_wait_for_another_try(self) -> None:
        script = Script([_answer(503, retry_after="300")])
        asked = threading.Event()
        deliveries = Deliveries(script)  # type: ignore[arg-type]  # all that is used of a client
        states: list[CallbackState] = []
        script.answers.append(_answer(503))
        deliveries.send(Callback(URL, SECRETS), "msg_1", b"{}", states.append)
        while not script.asked:
            asked.wait(0.005)

        deliveries.close()

        assert states == ["failed"]
        assert len(script.asked) == 1

    def test_closing_gives_up_a_receiver_that_hangs(self) -> None:
        hang = threading.Event()

        class Hanging(Script):
            def request(self, method: str, url: str, **options: Any) -> Any:
                hang.wait(30)
                return _answer(204)

        deliveries = Deliveries(Hanging([]))  # type: ignore[arg-type]  # all that is used of a client
        states: dict[str, CallbackState] = {}
        for name in ("msg_1", "msg_2"):
            deliveries.send(
                Callback(URL, SECRETS),
                name,
                b"{}",
                lambda state, name=name: states.update({name: state}),
            )

        deliveries.close(seconds=0.1)

        assert states == {"msg_2": "failed"}
        hang.set()
        while deliveries._thread is not None:
            threading.Event().wait(0.005)
        assert states == {"msg_1": "delivered", "msg_2": "failed"}
