"""What a bucket answers when it refuses or fails is said in this library's words."""

from __future__ import annotations

import socket
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mediaflow.errors import MediaflowError, SourceNotFoundError, StorageError
from mediaflow.storage import Profile, Storage

pytest.importorskip("s3fs", reason="the extra s3 is not installed here")
pytestmark = pytest.mark.integration

SECRET = "hush-hush-hush"


class Refusal(BaseHTTPRequestHandler):
    """Answers every request with one status and one S3 error code."""

    protocol_version = "HTTP/1.1"  # answers "Expect: 100-continue" before a body
    status = 500
    code = "InternalError"

    def _answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = f"<Error><Code>{self.code}</Code><Message>{self.code} it is</Message></Error>"
        self.send_response(self.status)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body.encode())

    def __getattr__(self, name):
        if name.startswith("do_"):  # every method of HTTP
            return self._answer
        raise AttributeError(name)

    def log_message(self, *args):
        """Keep the output of the tests clean."""


@pytest.fixture
def refusing():
    servers = []

    def start(status, code):
        handler = type("Handler", (Refusal,), {"status": status, "code": code})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        servers.append((server, thread))
        return _storage(server.server_address[1])

    yield start
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()


def _storage(port):
    options = {
        "key": "test",
        "secret": SECRET,
        "endpoint_url": f"http://127.0.0.1:{port}",
        "client_kwargs": {"region_name": "us-east-1"},
        "config_kwargs": {"retries": {"total_max_attempts": 1}, "read_timeout": 5},
    }
    return Storage({"prod": Profile(protocol="s3", root="bucket", options=options)})


def _write(storage):
    with storage.stage("prod://a.jpg") as staged:
        staged.write(b"new")
        staged.publish()


def _read(storage):
    storage.open("prod://a.jpg", max_bytes=10)


def _ask(storage):
    storage.exists("prod://a.jpg")


def _look(storage):
    storage.is_folder("prod://a")


@pytest.mark.parametrize("act", [_read, _write, _ask])
@pytest.mark.parametrize(
    ("status", "code", "retryable"),
    [
        (403, "AccessDenied", False),
        (403, "SignatureDoesNotMatch", False),
        (400, "AuthorizationHeaderMalformed", False),
        (500, "InternalError", True),
        (503, "ServiceUnavailable", True),
    ],
)
def test_refusing_bucket_is_a_storage_error(refusing, act, status, code, retryable):
    with pytest.raises(StorageError) as caught:
        act(refusing(status, code))

    assert caught.value.retryable is retryable
    assert caught.value.where == "prod://a.jpg"
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_missing_bucket_is_nothing_to_read_and_no_place_to_write(refusing):
    storage = refusing(404, "NoSuchBucket")

    with pytest.raises(SourceNotFoundError):
        _read(storage)
    with pytest.raises(StorageError, match="NoSuchBucket") as caught:
        _write(storage)

    assert caught.value.retryable is False


@pytest.mark.parametrize("act", [_read, _write, _ask])
def test_server_that_is_away_is_a_passing_error(act):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused

        with pytest.raises(StorageError) as caught:
            act(_storage(taken.getsockname()[1]))

    assert caught.value.retryable is True


@pytest.mark.parametrize("act", [_read, _write, _ask, _look])
def test_name_that_no_bucket_can_have_is_a_typed_error(act, refusing):
    storage = refusing(400, "InvalidBucketName")
    profile = Profile(protocol="s3", root="no bucket!", options=storage._profiles["prod"].options)

    with pytest.raises(MediaflowError) as caught:
        act(Storage({"prod": profile}))

    assert caught.value.retryable is False
