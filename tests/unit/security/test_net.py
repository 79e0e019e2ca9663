"""One exchange: pinned to a vetted address, bounded in time and bytes, never led elsewhere."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mediaflow.errors import ForbiddenLocationError, SpecError, StorageError
from mediaflow.security.addresses import HttpPolicy
from mediaflow.security.net import HttpClient, HttpLimits
from tests.receivers import Authority, Receiver, raw_server

LOCAL = HttpPolicy(networks=("127.0.0.0/8", "::1/128"), plain_http=True, ports=None)
QUICK = HttpLimits(connect_seconds=5, read_seconds=5, total_seconds=0.5)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

Talk = Callable[[socket.socket, threading.Event], None]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver().listening() as one:
        yield one


def _saying(*parts: bytes) -> Talk:
    def talk(connection: socket.socket, ended: threading.Event) -> None:
        connection.recv(65_536)
        for part in parts:
            connection.sendall(part)

    return talk


def _repeating(first: bytes, part: bytes, pause: float = 0) -> Talk:
    def talk(connection: socket.socket, ended: threading.Event) -> None:
        connection.recv(65_536)
        connection.sendall(first)
        for _ in range(5_000):
            if ended.wait(pause):
                return
            connection.sendall(part)

    return talk


def _get(port: int, limits: HttpLimits | None = None) -> bytes:
    client = HttpClient(LOCAL, limits=limits or HttpLimits(max_body_bytes=100))
    return client.request("GET", f"http://127.0.0.1:{port}/").body


def test_receiver_gets_the_message_as_it_is(receiver: Receiver) -> None:
    client = HttpClient(LOCAL)

    answer = client.request("POST", receiver.url, headers={"webhook-id": "a"}, body=b'{"a": 1}')

    assert (answer.status, answer.is_success, answer.body) == (204, True, b"")
    (posted,) = receiver.posted
    assert posted.path == "/done?token=hush-in-query"
    assert posted.body == b'{"a": 1}'
    assert posted.headers["webhook-id"] == "a"
    assert posted.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert posted.headers["content-length"] == "8"


def test_loopback_is_refused_by_default(receiver: Receiver) -> None:
    client = HttpClient(HttpPolicy(plain_http=True, ports=None))

    with pytest.raises(ForbiddenLocationError, match="loopback"):
        client.request("POST", receiver.url)

    assert receiver.posted == []


def test_receiver_on_ipv6_is_reached() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with Receiver(host="::1").listening() as receiver:
        assert HttpClient(LOCAL).request("POST", receiver.url).status == 204

        assert receiver.posted[0].headers["host"] == f"[::1]:{receiver.port}"


def test_one_private_answer_among_public_ones_refuses_the_name(receiver: Receiver) -> None:
    client = HttpClient(
        HttpPolicy(plain_http=True, ports=None), resolve=lambda host, port: ("8.8.8.8", "127.0.0.1")
    )

    with pytest.raises(ForbiddenLocationError, match=r"127\.0\.0\.1 is loopback"):
        client.request("POST", f"http://example.com:{receiver.port}/")

    assert receiver.posted == []


def test_resolver_that_changes_its_mind_is_asked_once_an_exchange(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([("127.0.0.1",), ("10.9.9.9",)])
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: pytest.fail("asked again"))
    client = HttpClient(LOCAL, resolve=lambda host, port: next(answers))
    url = f"http://example.com:{receiver.port}/"

    assert client.request("POST", url).status == 204
    assert receiver.posted[0].headers["host"] == f"example.com:{receiver.port}"
    with pytest.raises(ForbiddenLocationError, match=r"10\.9\.9\.9 is private"):
        client.request("POST", url)

    assert len(receiver.posted) == 1


def test_peer_that_is_not_the_vetted_address_is_left(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Elsewhere(socket.socket):
        def getpeername(self) -> tuple[str, int]:
            return "127.0.0.2", 80

    monkeypatch.setattr("mediaflow.security.net.socket.socket", Elsewhere)

    with pytest.raises(ForbiddenLocationError, match=r"127\.0\.0\.2 answered"):
        HttpClient(LOCAL).request("POST", receiver.url)


@pytest.mark.parametrize(
    "answers", [(), ("127.0.0.1",) * 33, ("not an address",)], ids=["none", "many", "odd"]
)
def test_resolver_that_tells_nonsense_is_a_failure(answers: tuple[str, ...]) -> None:
    client = HttpClient(LOCAL, resolve=lambda host, port: answers)

    with pytest.raises(StorageError):
        client.request("POST", "http://example.com/")


def test_name_that_is_not_found_is_a_failure() -> None:
    def resolve(host: str, port: int) -> tuple[str, ...]:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(StorageError, match="Name or service not known") as caught:
        HttpClient(LOCAL, resolve=resolve).request("POST", "http://example.com/hush")

    assert caught.value.retryable
    assert "hush" not in str(caught.value)


def test_resolver_that_hangs_is_not_waited_for() -> None:
    hang = threading.Event()

    def resolve(host: str, port: int) -> tuple[str, ...]:
        hang.wait(30)
        return ("127.0.0.1",)

    client = HttpClient(
        LOCAL, resolve=resolve, limits=HttpLimits(connect_seconds=0.05, total_seconds=60)
    )
    with pytest.raises(StorageError, match="took too long"):
        client.request("POST", "http://example.com/")
    hang.set()


def test_second_address_is_tried_where_the_first_is_closed(receiver: Receiver) -> None:
    client = HttpClient(LOCAL, resolve=lambda host, port: ("127.0.0.9", "127.0.0.1"))

    assert client.request("POST", f"http://example.com:{receiver.port}/").status == 204


def test_closed_port_is_a_failure_that_may_pass() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    with pytest.raises(StorageError, match="refused") as caught:
        HttpClient(LOCAL).request("POST", f"http://127.0.0.1:{port}/hush?token=hush")

    assert caught.value.retryable
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_never_followed(receiver: Receiver, status: int) -> None:
    receiver.answers = [(status, {"Location": receiver.url})]

    answer = HttpClient(LOCAL).request("POST", receiver.url, body=b"a")

    assert (answer.status, answer.is_success) == (status, False)
    assert len(receiver.posted) == 1


def test_proxies_of_the_environment_are_not_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bytes] = []

    def proxy(connection: socket.socket, ended: threading.Event) -> None:
        asked.append(connection.recv(100))

    with raw_server(proxy) as port:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        monkeypatch.delenv("no_proxy", raising=False)
        assert HttpClient(LOCAL).request("POST", receiver.url).status == 204

    assert asked == []


def test_body_is_read_up_to_its_limit() -> None:
    with raw_server(_saying(OK)) as port:
        assert _get(port) == b"ok"
        assert _get(port, HttpLimits(max_body_bytes=2)) == b"ok"
        assert _get(port, HttpLimits()) == b""  # not read at all
        with pytest.raises(StorageError, match="longer than 1 bytes"):
            _get(port, HttpLimits(max_body_bytes=1))


def test_chunks_are_put_together_up_to_the_limit() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with raw_server(_saying(head, b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")) as port:
        assert _get(port) == b"abcde"
    with (
        raw_server(_repeating(head, b"40\r\n" + b"x" * 64 + b"\r\n")) as port,
        pytest.raises(StorageError, match="longer than 100 bytes"),
    ):
        _get(port)
    with (
        raw_server(_repeating(head, b"1;" + b"x" * 3_000 + b"\r\nx\r\n")) as port,
        pytest.raises(StorageError, match="longer than its limits"),
    ):
        _get(port)


@pytest.mark.parametrize(
    ("talk", "problem"),
    [
        pytest.param(_repeating(b"HTTP/1.1 200 OK\r\n", b"a: b\r\n"), "no HTTP", id="headers"),
        pytest.param(
            _repeating(b"HTTP/1.1 200 OK\r\na: ", b"x" * 1_000), "its limits", id="one header"
        ),
        pytest.param(
            _repeating(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "its limits", id="continues"
        ),
        pytest.param(_repeating(b"", b"x" * 1_000), "its limits", id="status line"),
        pytest.param(_saying(b""), "RemoteDisconnected", id="nothing"),
        pytest.param(
            _saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"), "IncompleteRead", id="cut"
        ),
        pytest.param(_saying(b"HTTP/1.1 abc OK\r\n\r\n"), "BadStatusLine", id="no status"),
        pytest.param(_saying(b"SSH-2.0-OpenSSH_9\r\n\r\n"), "BadStatusLine", id="no HTTP"),
    ],
)
def test_answer_that_is_endless_or_no_http_is_a_failure(talk: Talk, problem: str) -> None:
    with raw_server(talk) as port, pytest.raises(StorageError, match=problem):
        _get(port)


@pytest.mark.parametrize(
    "talk",
    [
        pytest.param(_repeating(b"HTTP/1.1 200 OK\r\na: ", b"x", pause=0.02), id="headers"),
        pytest.param(
            _repeating(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n", b"x", pause=0.02),
            id="body",
        ),
        pytest.param(lambda connection, ended: ended.wait(20), id="silence"),
    ],
)
def test_server_that_trickles_meets_the_end_of_the_whole_exchange(talk: Talk) -> None:
    limits = HttpLimits(read_seconds=60, total_seconds=0.5, max_body_bytes=100)

    with raw_server(talk) as port, pytest.raises(StorageError, match="took too long"):
        _get(port, limits)


def test_silence_has_an_end_of_its_own() -> None:
    limits = HttpLimits(read_seconds=0.05, total_seconds=30)

    with (
        raw_server(lambda connection, ended: ended.wait(20) and None) as port,
        pytest.raises(StorageError, match="took too long"),
    ):
        _get(port, limits)


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("DELETE", {}),
        ("GET / HTTP/1.1\r\nX", {}),
        ("GET", {"a b": "c"}),
        ("GET", {"a": "b\r\nc: d"}),
        ("GET", {"a:": "b"}),
        ("GET", {"a": "ü"}),
    ],
)
def test_message_that_is_none_is_refused(method: str, headers: dict[str, str]) -> None:
    with pytest.raises(SpecError):
        HttpClient(LOCAL).request(method, "http://127.0.0.1:9/", headers=headers)


def test_logs_show_neither_path_nor_query(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        HttpClient(LOCAL).request("POST", receiver.url)

    assert f"http://127.0.0.1:{receiver.port}/…" in caplog.text
    assert "hush" not in caplog.text


class TestTls:
    """The name of the URL is what is sent in the handshake and checked, whatever is connected."""

    @pytest.fixture
    def authority(self, tmp_path: Path) -> Authority:
        pytest.importorskip("cryptography", reason="makes the certificates of this test")
        return Authority(tmp_path, "example.com", "127.0.0.1")

    def test_certificate_of_the_name_is_accepted(self, authority: Authority) -> None:
        names: list[str | None] = []
        authority.server.sni_callback = lambda sock, name, context: names.append(name)
        client = HttpClient(
            LOCAL, context=authority.client(), resolve=lambda host, port: ("127.0.0.1",)
        )

        with Receiver(context=authority.server).listening() as receiver:
            assert client.request("POST", f"https://example.com:{receiver.port}/").status == 204
            assert client.request("POST", receiver.url, body=b"a" * 100_000).status == 204

        assert names == ["example.com", None]  # an address is no name to send
        assert [len(posted.body) for posted in receiver.posted] == [0, 100_000]

    def test_certificate_of_another_name_is_a_failure(self, authority: Authority) -> None:
        client = HttpClient(
            LOCAL, context=authority.client(), resolve=lambda host, port: ("127.0.0.1",)
        )

        with (
            Receiver(context=authority.server).listening() as receiver,
            pytest.raises(StorageError, match="not trusted"),
        ):
            client.request("POST", f"https://other.example.com:{receiver.port}/")

        assert receiver.posted == []

    def test_unknown_authority_is_a_failure(self, authority: Authority) -> None:
        with (
            Receiver(context=authority.server).listening() as receiver,
            pytest.raises(StorageError, match="not trusted"),
        ):
            HttpClient(LOCAL).request("POST", receiver.url)

        assert receiver.posted == []

    def test_server_without_tls_is_a_failure(self, authority: Authority) -> None:
        with (
            Receiver().listening() as receiver,
            pytest.raises(StorageError, match="no secure connection"),
        ):
            HttpClient(LOCAL, context=authority.client()).request(
                "POST", receiver.url.replace("http:", "https:")
            )

    def test_handshake_that_hangs_has_an_end(self, authority: Authority) -> None:
        client = HttpClient(LOCAL, context=authority.client(), limits=QUICK)

        with (
            raw_server(lambda connection, ended: ended.wait(20) and None) as port,
            pytest.raises(StorageError, match="took too long"),
        ):
            client.request("POST", f"https://127.0.0.1:{port}/")
