"""A probe of a film in a bucket costs few requests and few bytes, counted where they are sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import mediaflow as mf
from tests.film import counting_film
from tests.hostile_films import box, boxes, number

boto3 = pytest.importorskip("boto3", reason="S3 is played by moto, not installed here")
moto = pytest.importorskip("moto.server", reason="S3 is played by moto, not installed here")
session = pytest.importorskip("aiobotocore.httpsession", reason="the extra s3 is not installed")
pytestmark = pytest.mark.integration

BUCKET = "films"
MEGABYTE = 1_000_000
HOLE = 65 * MEGABYTE
MOST_REQUESTS = 10
MOST_BYTES = 6 * MEGABYTE


@pytest.fixture(scope="module")
def client() -> Iterator[object]:
    thread = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    thread.start()
    host, port = thread.get_host_and_port()
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "hush"}
    url = f"http://{host}:{port}"
    made = boto3.client("s3", endpoint_url=url, region_name="us-east-1", **keys)
    made.create_bucket(Bucket=BUCKET)
    yield made
    made.close()
    thread.stop()


@pytest.fixture
def storage(client) -> mf.Storage:
    options = {
        "key": "test",
        "secret": "hush",
        "endpoint_url": client.meta.endpoint_url,
        "client_kwargs": {"region_name": "us-east-1"},
        "skip_instance_cache": True,
    }
    return mf.Storage({"prod": mf.Profile(protocol="s3", root=BUCKET, options=options)})


@pytest.fixture
def sent(monkeypatch) -> list[tuple[str, int]]:
    """Return a list that fills with methods and lengths of the answers."""
    seen: list[tuple[str, int]] = []
    send = session.AIOHTTPSession.send

    async def counted(self, request):
        answer = await send(self, request)
        length = 0 if request.method == "HEAD" else int(answer.headers.get("Content-Length", 0))
        seen.append((request.method, length))
        return answer

    monkeypatch.setattr(session.AIOHTTPSession, "send", counted)
    return seen


def padded_mp4(path: Path) -> bytes:
    """Return a film with 65 MB between its media and its index."""
    data = counting_film(path, frames=50).read_bytes()
    grown = b""
    for kind, start, end in boxes(data):
        content = data[start:end]
        grown += box(kind, content + bytes(HOLE) if kind == b"mdat" else content)
    assert grown.index(b"mdat") < grown.rindex(b"moov") > HOLE
    return grown


def padded_mkv(path: Path) -> bytes:
    """Return a film that goes on with 65 MB of nothing."""
    void = b"\xec" + number(0x1000_0000 | HOLE)
    return counting_film(path, frames=50).read_bytes() + void + bytes(HOLE)


@pytest.mark.parametrize(
    ("name", "make"),
    [("film.mp4", padded_mp4), ("film.mkv", padded_mkv)],
    ids=["index behind the media", "matroska"],
)
def test_the_probe_of_a_large_film_costs_little(client, storage, sent, tmp_path, name, make):
    data = make(tmp_path / name)
    client.put_object(Bucket=BUCKET, Key=name, Body=data)

    with mf.Processor(executor="inline", storage=storage) as processor:
        info = processor.probe(f"prod://{name}")

    assert info.bytes == len(data) > HOLE
    assert info.video[0].codec == "h264"
    assert info.duration_seconds == pytest.approx(2.0, abs=0.1)
    assert len(sent) <= MOST_REQUESTS, sent
    assert sum(length for _, length in sent) <= MOST_BYTES, sent
    assert [method for method, _ in sent].count("HEAD") >= 1


def test_a_deep_probe_reads_the_whole_film_once(client, storage, sent, tmp_path):
    data = counting_film(tmp_path / "film.mp4", frames=250, size=(640, 360)).read_bytes()
    client.put_object(Bucket=BUCKET, Key="whole.mp4", Body=data)

    with mf.Processor(executor="inline", storage=storage) as processor:
        info = processor.probe("prod://whole.mp4", deep=True)

    assert info.video[0].frames_from_packets == 250
    assert sum(length for _, length in sent) <= len(data) * 1.5, (len(data), sent)
