"""The server of these tests gives parts of files and their types as the formats ask for."""

from __future__ import annotations

from http.client import HTTPConnection

import pytest

from tests.browser.served import serving

pytestmark = pytest.mark.browser


@pytest.fixture
def ask(tmp_path):
    (tmp_path / "seg.m4s").write_bytes(b"0123456789")
    with serving({"set": tmp_path}) as server:
        connection = HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)

        def answer(path, **headers):
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            return response.status, response.read(), response.headers

        yield answer
        connection.close()


@pytest.mark.parametrize(
    ("wanted", "status", "body"),
    [
        ("bytes=2-4", 206, b"234"),
        ("bytes=7-", 206, b"789"),
        ("bytes=-2", 206, b"89"),
        ("bytes=8-99", 206, b"89"),
        ("bytes=10-", 416, b""),
        ("bytes=-0", 416, b""),
        ("lines=1-2", 200, b"0123456789"),
    ],
)
def test_ranges(ask, wanted, status, body):
    answered, given, headers = ask("/set/seg.m4s", Range=wanted)

    assert (answered, given) == (status, body)
    assert headers["Content-Type"] == "video/iso.segment" or status == 416


def test_nothing_outside_its_folders(ask, tmp_path):
    (tmp_path.parent / "secret.txt").write_text("hush")

    assert ask("/set/../secret.txt")[0] == 404
    assert ask("/set/%2e%2e/secret.txt")[0] == 404
    assert ask("/other/seg.m4s")[0] == 404
