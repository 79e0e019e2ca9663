"""Which receivers on the network may be called: URLs of one plain reading, and vetted addresses.

Law: arithmetic on texts and numbers; nothing is resolved, connected or looked up. A URL that two
programs read in two ways is refused, not mended. What nobody allowed is refused: an address passes
when it is a public one, or lies in a network that the policy names.
Source: RFC 3986 (URLs), RFC 1123 2.1 (names), RFC 6890 and the IANA registries of special-purpose
addresses, RFC 6052 (NAT64), RFC 3056 (6to4), RFC 4380 (Teredo), RFC 5214 (ISATAP), RFC 3490 (IDNA).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TYPE_CHECKING, Final, TypeAlias

from mediaflow.errors import ForbiddenLocationError, SpecError
from mediaflow.redact import printable

if TYPE_CHECKING:
    from typing import NoReturn

__all__ = ["Address", "HttpPolicy", "Target", "parse_url"]

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

MAX_URL: Final = 2_048  # characters; more is no address of a receiver
MAX_NAME: Final = 253  # RFC 1035 2.3.4, without the closing dot
MAX_PORT: Final = 65_535
DEFAULT_PORTS: Final = {"http": 80, "https": 443}

_URL: Final = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]+)"
    r"(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?"
)
_IN_BRACKETS: Final = re.compile(r"\[(?P<host>[0-9A-Fa-f:.]+)\](?::(?P<port>[0-9]{1,5}))?")
_PLAIN: Final = re.compile(r"(?P<host>[^:\[\]%]+)(?::(?P<port>[0-9]{1,5}))?")
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")  # what some readers take for an address
_REQUEST: Final = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*")

_REFUSED: Final = (
    ("0.0.0.0/8", "means this host"),
    ("10.0.0.0/8", "is private"),
    ("100.64.0.0/10", "is shared by a carrier's customers"),
    ("127.0.0.0/8", "is loopback"),
    ("168.63.129.16/32", "belongs to the platform of a cloud"),
    ("169.254.0.0/16", "is link-local, where clouds keep credentials"),
    ("172.16.0.0/12", "is private"),
    ("192.0.0.0/24", "is reserved for protocols"),
    ("192.0.2.0/24", "is for documentation"),
    ("192.88.99.0/24", "is a relay of 6to4"),
    ("192.168.0.0/16", "is private"),
    ("198.18.0.0/15", "is for benchmarks"),
    ("198.51.100.0/24", "is for documentation"),
    ("203.0.113.0/24", "is for documentation"),
    ("224.0.0.0/4", "is multicast"),
    ("240.0.0.0/4", "is reserved"),
    ("::/128", "means this host"),
    ("::1/128", "is loopback"),
    ("::ffff:0:0/96", "hides an IPv4 address"),
    ("::/96", "hides an IPv4 address"),
    ("64:ff9b::/96", "hides an IPv4 address behind NAT64"),
    ("64:ff9b:1::/48", "hides an IPv4 address behind NAT64"),
    ("2001::/32", "hides an IPv4 address in Teredo"),
    ("2001::/23", "is reserved for protocols"),
    ("2001:db8::/32", "is for documentation"),
    ("2002::/16", "hides an IPv4 address in 6to4"),
    ("3ffe::/16", "is of a network that was given up"),
    ("3fff::/20", "is for documentation"),
    ("fc00::/7", "is private"),
    ("fe80::/10", "is link-local"),
    ("fec0::/10", "is private"),
    ("ff00::/8", "is multicast"),
)
_PUBLIC_6: Final = IPv6Network("2000::/3")
"""The only part of IPv6 that global unicast addresses come from so far."""

_ISATAP: Final = frozenset({0x0000_5EFE, 0x0200_5EFE})
"""Upper half of the interface identifiers that hide an IPv4 address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A URL taken apart: whom to call, and what to ask there."""

    scheme: str
    """``"http"`` or ``"https"``."""

    host: str
    """Name in ASCII and lower case, or an address without brackets."""

    port: int
    path: str = field(repr=False)
    """Path and query as they are sent; receivers keep secrets in them, so no text shows them."""

    @property
    def address(self) -> Address | None:
        """The address that the URL names, or None where it has a name."""
        try:
            return ipaddress.ip_address(self.host)
        except ValueError:
            return None

    @property
    def authority(self) -> str:
        """Host and port as the header ``Host`` has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def shown(self) -> str:
        """The target in messages and logs, without its path and query."""
        return f"{self.scheme}://{self.authority}/…"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpPolicy:
    """Which receivers may be called; by default public ones, over https.

    Example:
        >>> HttpPolicy(networks=("10.1.0.0/16",)).check(parse_url("https://10.1.2.3/done"))
    """

    networks: tuple[str, ...] = ()
    """Networks that may be called though they are not public, such as ``"10.1.0.0/16"``."""

    plain_http: bool = False
    """Whether ``http`` may be used beside ``https``."""

    ports: tuple[int, ...] | None = (80, 443)
    """Ports that may be called; None allows all."""

    def __post_init__(self) -> None:
        if not isinstance(self.networks, tuple):
            raise SpecError(
                f"networks must be a tuple, got {self.networks!r:.80}", field="networks"
            )
        for network in self.networks:
            _check_network(network)

    def check(self, target: Target) -> None:
        """Refuse a target that no look-up could make right.

        Raises:
            ForbiddenLocationError: Its scheme, port or address is not allowed, or its name has no
                dot, so that it means something else on every network.
        """
        if target.scheme == "http" and not self.plain_http:
            raise ForbiddenLocationError(
                f"{target.shown} must be https", hint="HttpPolicy(plain_http=True) allows http"
            )
        if self.ports is not None and target.port not in self.ports:
            known = ", ".join(map(str, self.ports)) or "none"
            raise ForbiddenLocationError(
                f"port {target.port} of {target.shown} is not allowed (allowed: {known})",
                hint="HttpPolicy(ports=…) allows others, None all",
            )
        address = target.address
        if address is not None:
            self.check_address(address)
        elif "." not in target.host and not self.networks:
            raise ForbiddenLocationError(f"{target.host!r} is a name of the local network")

    def check_address(self, address: Address) -> None:
        """Refuse an address that is neither public nor in one of the networks.

        Raises:
            ForbiddenLocationError: It is so.
        """
        if any(address in network for network in _parsed(self.networks)):
            hidden = _hidden(address)
            if hidden is not None:
                self.check_address(hidden)
            return
        reason = _reason_against(address)
        if reason is not None:
            raise ForbiddenLocationError(
                f"address {address} {reason} and is not called",
                hint="HttpPolicy(networks=…) allows networks that are your own",
            )


def parse_url(url: str) -> Target:
    """Return a URL taken apart.

    Args:
        url: An absolute ``http`` or ``https`` URL, without user, fragment, and all that two
            programs might read in two ways.

    Raises:
        ForbiddenLocationError: It is none.

    Example:
        >>> parse_url("https://Example.com/done?job=1")
        Target(scheme='https', host='example.com', port=443)
    """
    if not isinstance(url, str) or len(url) > MAX_URL:
        raise ForbiddenLocationError(f"a URL must be text of at most {MAX_URL:,} characters")
    match = _URL.fullmatch(url)
    if match is None or not url.isprintable() or " " in url or "\\" in url:
        _refuse("a URL must look like https://host/path, without spaces, backslashes and '#'")
    scheme = match["scheme"].lower()
    if scheme not in DEFAULT_PORTS:
        _refuse(f"a URL must be https, got {scheme!r:.20}")
    if "@" in match["authority"]:
        _refuse("a URL must not hold a user or password")
    request = (match["path"] or "/") + (match["query"] or "")
    if _REQUEST.fullmatch(request) is None:
        _refuse("path and query of a URL must be ASCII, with all else percent-encoded")
    host, port = _host_and_port(match["authority"])
    return Target(
        scheme=scheme,
        host=host,
        port=DEFAULT_PORTS[scheme] if port is None else port,
        path=request,
    )


def _host_and_port(authority: str) -> tuple[str, int | None]:
    in_brackets = _IN_BRACKETS.fullmatch(authority)
    match = in_brackets or _PLAIN.fullmatch(authority)
    if match is None:
        _refuse(f"{printable(authority)!r:.80} is no plain host")
    port = None if match["port"] is None else int(match["port"])
    if port is not None and not 1 <= port <= MAX_PORT:
        _refuse(f"a port is 1 to {MAX_PORT}, got {port}")
    return (_address_6 if in_brackets else _name_or_address)(match["host"]), port


def _address_6(host: str) -> str:
    try:
        return str(IPv6Address(host))
    except ValueError:
        _refuse(f"{host!r:.80} is no IPv6 address")


def _name_or_address(host: str) -> str:
    name = _ascii(host)
    labels = name.split(".")
    if len(name) > MAX_NAME or not all(_LABEL.fullmatch(label) for label in labels):
        _refuse(f"{printable(host)!r:.80} is no host name")
    if _NUMBER.fullmatch(labels[-1]):
        try:
            IPv4Address(name)  # four decimal numbers without leading zeros, and nothing else
        except ValueError:
            _refuse(f"{printable(host)!r:.80} is an odd spelling of an address")
    return name


def _ascii(host: str) -> str:
    """Return an international name in ASCII; one that is changed on the way has two readings."""
    if host.isascii():
        return host.lower()
    try:
        name = host.encode("idna").decode("ascii")
        same = name.encode("ascii").decode("idna") == host.lower()
    except UnicodeError:
        same, name = False, ""
    if not same:
        _refuse(f"{printable(host)!r:.80} is no plain international name; write its xn-- form")
    return name


def _refuse(message: str) -> NoReturn:
    raise ForbiddenLocationError(message, hint="for example https://example.com/done", field="url")


def _check_network(network: object) -> None:
    try:
        ipaddress.ip_network(str(network))
    except ValueError as exc:
        raise SpecError(f"{network!r:.80} is no network: {exc}", field="networks") from exc


@lru_cache(maxsize=64)
def _parsed(networks: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(network) for network in networks)


@lru_cache(maxsize=1)
def _refused() -> tuple[tuple[Network, str], ...]:
    return tuple((ipaddress.ip_network(network), reason) for network, reason in _REFUSED)


def _reason_against(address: Address) -> str | None:
    """Return why an address is not public, or None."""
    for network, reason in _refused():
        if address in network:
            return reason
    if isinstance(address, IPv4Address):
        return None
    if address not in _PUBLIC_6:
        return "is reserved"
    if address.scope_id is not None:
        return "is bound to an interface"
    if (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP:
        return "hides an IPv4 address in ISATAP"
    return None


def _hidden(address: Address) -> IPv4Address | None:
    """Return the IPv4 address that ends a translated one, or None."""
    if isinstance(address, IPv4Address) or address in IPv6Network("::1/128"):
        return None
    translated = ("::ffff:0:0/96", "::/96", "64:ff9b::/96")
    if any(address in IPv6Network(network) for network in translated):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return None
