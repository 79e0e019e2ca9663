"""What a stranger's peer sends: bounded, closed, and read without a trace of it in errors."""

from __future__ import annotations

import json

import pytest

from mediaflow import filters
from mediaflow.errors import SpecError
from mediaflow.integrations.webrtc.messages import (
    MAX_MESSAGE_BYTES,
    MAX_OFFER_BYTES,
    read_change,
    read_offer,
    reply,
)

HEAD = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
VIDEO = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\n"
DATA = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"


def _candidate(address: str) -> str:
    return f"a=candidate:1 1 udp 2130706431 {address} 5000 typ host\r\n"


def _read(sdp: object, *, private: bool = False, kind: object = "offer") -> str:
    return read_offer({"sdp": sdp, "type": kind}, private_candidates=private)


def test_candidates_of_private_networks_are_left_out() -> None:
    addresses = [
        "10.0.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "::1",
        "fd00::1",
        "a-b.local",
        "8.8.8.8",
    ]
    sdp = HEAD + VIDEO + "".join(_candidate(one) for one in addresses)

    made = _read(sdp)

    assert [line.split(" ")[4] for line in made.splitlines() if "candidate" in line] == ["8.8.8.8"]
    assert made.startswith(HEAD + VIDEO)


def test_candidates_of_private_networks_are_kept_on_demand_but_no_names() -> None:
    sdp = HEAD + VIDEO + _candidate("10.0.0.1") + _candidate("a-b.local")

    assert _read(sdp, private=True) == HEAD + VIDEO + _candidate("10.0.0.1")


@pytest.mark.parametrize(
    "candidate",
    [
        pytest.param("1 1 udp\t1 10.0.0.1\t9 8.8.8.8 host", id="tabs-hide-an-address"),
        pytest.param("1 1 udp 1 224.0.0.251 5353 typ host", id="multicast"),
        pytest.param("1 1 udp 1 ff02::fb 5353 typ host", id="multicast-v6"),
        pytest.param("1 1 udp 1 2002:7f00:1:: 9 typ host", id="6to4-of-loopback"),
        pytest.param("1 1 udp 1 64:ff9b::a00:1 9 typ host", id="nat64-of-10.0.0.1"),
        pytest.param("1 1 udp 1 ::ffff:10.0.0.1 9 typ host", id="mapped"),
        pytest.param("1 1 udp 1 fec0::1 9 typ host", id="site"),
        pytest.param("1 1 tcp 1 8.8.8.8 9 typ host tcptype active", id="tcp"),
    ],
)
def test_candidate_that_leads_elsewhere_than_it_seems_is_left_out(candidate: str) -> None:
    sdp = HEAD + VIDEO + _candidate("9.9.9.9") + f"a=candidate:{candidate}\r\n"

    assert _read(sdp) == HEAD + VIDEO + _candidate("9.9.9.9")


def test_candidates_beyond_the_sixty_fourth_are_left_out() -> None:
    sdp = HEAD + VIDEO + "".join(_candidate(f"8.8.8.{one}") for one in range(100))

    assert _read(sdp).count("a=candidate") == 64


@pytest.mark.parametrize(
    "sdp",
    [
        pytest.param(HEAD + VIDEO, id="no-candidate"),
        pytest.param(HEAD + VIDEO + _candidate("10.0.0.1"), id="private-only"),
        pytest.param(HEAD + VIDEO + VIDEO + _candidate("8.8.8.8"), id="two-videos"),
        pytest.param(HEAD + "m=text 9 X 96\r\n" + _candidate("8.8.8.8"), id="strange-medium"),
        pytest.param(HEAD + _candidate("8.8.8.8"), id="no-medium"),
        pytest.param(HEAD + VIDEO + _candidate("8.8.8.8") + "x" * MAX_OFFER_BYTES, id="too-long"),
        pytest.param(HEAD + DATA + _candidate("8.8.8.8"), id="no-name"),
        pytest.param(HEAD + VIDEO + DATA + "a=mid:0\r\n" + _candidate("8.8.8.8"), id="one-name"),
        pytest.param(HEAD + "a=mid:0\r\n" + VIDEO + _candidate("8.8.8.8"), id="name-of-none"),
        pytest.param(HEAD + "a=group:BUNDLE 1 0\r\n" + VIDEO + _candidate("8.8.8.8"), id="bundle"),
        pytest.param("", id="empty"),
        pytest.param(b"v=0", id="bytes"),
        pytest.param(None, id="none"),
    ],
)
def test_offer_is_refused(sdp: object) -> None:
    with pytest.raises(SpecError) as caught:
        _read(sdp)

    assert "8.8.8.8" not in str(caught.value)


@pytest.mark.parametrize(
    "offer", [{}, [], None, {"sdp": VIDEO}, {"sdp": VIDEO, "type": "offer", "iceServers": []}]
)
def test_offer_of_another_shape_is_refused(offer: object) -> None:
    with pytest.raises(SpecError, match="sdp and type"):
        read_offer(offer, private_candidates=True)  # type: ignore[arg-type]  # the wrong shape


def test_answer_is_no_offer() -> None:
    with pytest.raises(SpecError):
        _read(HEAD + VIDEO + _candidate("8.8.8.8"), kind="answer")


def test_change_names_filters() -> None:
    text = json.dumps({"filters": [{"kind": "sepia", "amount": 0.4}]})

    assert read_change(text).filters == (filters.Sepia(0.4),)


@pytest.mark.parametrize(
    "message",
    [
        pytest.param("", id="empty"),
        pytest.param("[]", id="array"),
        pytest.param("{}", id="nothing"),
        pytest.param(b'{"filters": []}', id="bytes"),
        pytest.param('{"filters": [], "colour": 1}', id="unknown-key"),
        pytest.param('{"filters": [{"kind": "sepia", "much": 1}]}', id="unknown-field"),
        pytest.param('{"filters": [{"kind": "no_such"}]}', id="unknown-kind"),
        pytest.param('{"filters": [{"kind": "on_frames", "function": "exit"}]}', id="code"),
        pytest.param('{"filters": [{"kind": "cube_lut", "file": "/etc/passwd"}]}', id="file"),
        pytest.param("[" * 15_000, id="deep"),
        pytest.param('{"filters": [' + " " * MAX_MESSAGE_BYTES + "]}", id="long"),
        pytest.param(json.dumps({"filters": [{"kind": "sepia"}] * 33}), id="many"),
        pytest.param('{"filters": [{"kind": "sepia", "amount": %s}]}' % ("1" * 5_000), id="digits"),
    ],
)
def test_change_is_refused(message: object) -> None:
    with pytest.raises(SpecError):
        read_change(message)


def test_reply_says_why() -> None:
    assert json.loads(reply()) == {"ok": True}
    assert json.loads(reply(SpecError("no"))) == {
        "ok": False,
        "code": "invalid_spec",
        "message": "no",
    }
