"""URLs have one reading or none; addresses are public, or named by the policy."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaflow.errors import ForbiddenLocationError, SpecError
from mediaflow.security.addresses import HttpPolicy, parse_url

PUBLIC = HttpPolicy(plain_http=True, ports=None)

ODD = [
    "",
    "example.com/a",
    "//example.com/a",
    "https:/example.com/a",
    "https:example.com/a",
    "https:///a",
    "https://",
    "https://?a",
    "ftp://example.com/",
    "file:///a",
    "gopher://example.com/",
    "javascript://example.com/",
    "https+unix://example.com/",
    "https://user@example.com/",
    "https://user:hush@example.com/",
    "https://@example.com/",
    "https://example.com@127.0.0.1/",
    "https://example.com\\@127.0.0.1/",
    "https://example.com\\.host/",
    "https://example.com/a b",
    "https://example.com/a\tb",
    "https://example.com/a\r\nX: y",
    "https://exa\nmple.com/",
    " https://example.com/",
    "https://example.com/ ",
    "https://example.com/\0",
    "https://example.com/a#b",
    "https://example.com#@127.0.0.1/",
    "https://example.com/%zz",
    "https://example.com/%",
    "https://example.com/ä",
    "https://example.com/a|b",
    "https://example.com./",
    "https://.example.com/",
    "https://example..com/",
    "https://-example.com/",
    "https://example-.com/",
    "https://exa_mple.com/",
    "https://exa%6dple.com/",
    "https://%31%32%37.0.0.1/",
    f"https://{'a' * 64}.com/",
    f"https://{'.'.join(['a' * 60] * 5)}.com/",
    f"https://example.com/{'a' * 2_100}",
    "https://example.com:/",
    "https://example.com:0/",
    "https://example.com:65536/",
    "https://example.com:443:80/",
    "https://example.com:+80/",
    "https://example.com:\uff18\uff10/",
    "https://127.0.0.1./",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.1/",
    "https://0x7f.0x0.0x0.0x1/",
    "https://017700000001/",
    "https://0177.0.0.1/",
    "https://127.0.0.01/",
    "https://127.1/",
    "https://127.0.1/",
    "https://127.0.0.256/",
    "https://127.0.0.0x1/",
    "https://127.0.0.1.1/",
    "https://example.1/",
    "https://example.0x/",
    "https://\uff11\uff12\uff17.0.0.1/",
    "https://①②⑦.0.0.1/",
    "https://127。0。0。1/",
    "https://example。com/",
    "https://\uff45xample.com/",
    "https://straße.de/",
    "https://exa\u200dmple.com/",
    "https://exa\u00admple.com/",
    "https://[::1/",
    "https://::1/",
    "https://[127.0.0.1]/",
    "https://[::1]x/",
    "https://[::1]:/",
    "https://[fe80::1%25eth0]/",
    "https://[fe80::1%eth0]/",
    "https://[v1.fe80]/",
    "https://[1::2::3]/",
]

PRIVATE = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::8.8.8.8",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2a00:1450:4001:800:0:5efe:7f00:1",
    "2a00:1450:4001:800:200:5efe:a00:1",
    "3ffe::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fd12:3456::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("url", ODD)
def test_odd_url_is_refused_by_every_policy(url: str) -> None:
    with pytest.raises(ForbiddenLocationError):
        parse_url(url)


@pytest.mark.parametrize("address", PRIVATE)
def test_address_that_is_not_public_is_refused(address: str) -> None:
    host = f"[{address}]" if ":" in address else address

    with pytest.raises(ForbiddenLocationError):
        PUBLIC.check(parse_url(f"https://{host}/"))


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00::1"]
)
def test_public_address_passes(address: str) -> None:
    PUBLIC.check_address(ipaddress.ip_address(address))

    host = f"[{address}]" if ":" in address else address
    assert parse_url(f"https://{host}/").address == ipaddress.ip_address(address)


@given(st.ip_addresses())
def test_what_python_calls_not_global_is_refused(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if address.is_global and not address.is_multicast and not address.is_reserved:
        return

    with pytest.raises(ForbiddenLocationError):
        PUBLIC.check_address(address)


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("https://Example.COM", "example.com", 443, "/"),
        ("HTTPS://example.com/a%20b?c=d/e?f", "example.com", 443, "/a%20b?c=d/e?f"),
        ("http://example.com:8080?q", "example.com", 8080, "/?q"),
        ("https://xn--mnchen-3ya.de/", "xn--mnchen-3ya.de", 443, "/"),
        ("https://München.de/", "xn--mnchen-3ya.de", 443, "/"),
        ("https://[2606:4700:0:0::1111]:444/x", "2606:4700::1111", 444, "/x"),
    ],
)
def test_plain_url_is_taken_apart(url: str, host: str, port: int, path: str) -> None:
    target = parse_url(url)

    assert (target.host, target.port, target.path) == (host, port, path)


def test_texts_of_a_target_show_neither_path_nor_query() -> None:
    target = parse_url("https://example.com:8443/hush?token=hush")

    assert target.shown == "https://example.com:8443/…"
    assert "hush" not in repr(target)


def test_host_header_names_a_port_that_is_not_usual() -> None:
    assert parse_url("https://[2606:4700::1]:443/").authority == "[2606:4700::1]"
    assert parse_url("https://[2606:4700::1]:80/").authority == "[2606:4700::1]:80"
    assert parse_url("http://a.b:80/").authority == "a.b"


@pytest.mark.parametrize(
    "url", ["http://example.com/", "https://example.com:22/", "https://localhost/", "https://db/"]
)
def test_default_policy_refuses(url: str) -> None:
    with pytest.raises(ForbiddenLocationError):
        HttpPolicy().check(parse_url(url))


def test_policy_allows_what_it_names_and_no_more() -> None:
    policy = HttpPolicy(networks=("10.1.0.0/16", "fd00::/64"), plain_http=True, ports=(8080,))

    policy.check(parse_url("http://10.1.2.3:8080/"))
    policy.check(parse_url("http://[fd00::5]:8080/"))
    policy.check(parse_url("http://receiver:8080/"))
    for host in ("10.2.0.1", "127.0.0.1", "[fd01::5]"):
        with pytest.raises(ForbiddenLocationError):
            policy.check(parse_url(f"http://{host}:8080/"))


@pytest.mark.parametrize("hidden", ["::ffff:127.0.0.1", "64:ff9b::127.0.0.1", "::127.0.0.1"])
def test_network_of_translated_addresses_allows_no_private_one_within(hidden: str) -> None:
    policy = HttpPolicy(networks=("::ffff:0:0/96", "64:ff9b::/96", "::/96"))

    policy.check_address(ipaddress.ip_address("64:ff9b::8.8.8.8"))
    with pytest.raises(ForbiddenLocationError, match="loopback"):
        policy.check_address(ipaddress.ip_address(hidden))


@pytest.mark.parametrize("networks", [("10.0.0.1/8",), ("local",), "10.0.0.0/8"])
def test_network_that_is_none_is_refused(networks: object) -> None:
    with pytest.raises(SpecError):
        HttpPolicy(networks=networks)  # type: ignore[arg-type]  # the wrong type is the test
