"""One HTTP exchange with a receiver that somebody else named.

Law: a name is resolved once, every answer is vetted, and a vetted address is what is connected:
nothing is looked up a second time. Redirects are answers, never followed; proxies of the
environment are not used. Every wait has an end, and every answer a largest length. No text shows a
path or query.
Source: RFC 9110 and 9112 (HTTP), RFC 6066 3 (the name in the handshake), RFC 9525 (its check).
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import logging
import re
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field
from functools import cached_property
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from mediaflow.errors import ForbiddenLocationError, MediaflowError, SpecError, StorageError
from mediaflow.security.addresses import HttpPolicy, parse_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mediaflow.security.addresses import Address, Target

__all__ = ["HttpClient", "HttpLimits", "HttpResponse", "Resolve", "resolve_host"]

Resolve: TypeAlias = "Callable[[str, int], Iterable[str]]"
"""Returns the addresses of a host, given its name and port."""

_logger: Final = logging.getLogger(__name__)

METHODS: Final = frozenset({"GET", "HEAD", "POST"})
MAX_ADDRESSES: Final = 32  # of one name; more is no service but a trick
MAX_TRIES: Final = 3  # addresses that are tried, since one family may not be routed here
FRAMING: Final = 16 * 1024  # bytes that chunks and trailers may take beside the body

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"[\x20-\x7e]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """How long an exchange may take, and how much may come back."""

    connect_seconds: float = 5.0
    """For finding the address, connecting and the handshake, each."""

    read_seconds: float = 10.0
    """Longest silence."""

    total_seconds: float = 15.0
    """For all of it, however busy the other side is."""

    max_header_bytes: int = 16 * 1024
    """Of the status line and all headers."""

    max_body_bytes: int = 0
    """Of the body; 0 does not read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """What came back."""

    status: int
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def is_success(self) -> bool:
        """Whether the other side took the request; a redirect is none."""
        return 200 <= self.status < 300  # RFC 9110 15.3

    def header(self, name: str) -> str | None:
        """Return the first header of a name, or None."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


def resolve_host(host: str, port: int) -> tuple[str, ...]:
    """Return the addresses of a name, as the system finds them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return tuple(dict.fromkeys(str(answer[4][0]) for answer in found))


class HttpClient:
    """Makes single exchanges; may be used from several threads.

    Args:
        policy: Which receivers may be called.
        limits: How long, and how much.
        resolve: Finds the addresses of a name.
        context: Checks certificates; the system's authorities by default.
    """

    def __init__(
        self,
        policy: HttpPolicy | None = None,
        *,
        limits: HttpLimits | None = None,
        resolve: Resolve = resolve_host,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._policy = policy or HttpPolicy()
        self._limits = limits or HttpLimits()
        self._resolve = resolve
        self._given_context = context

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> HttpResponse:
        """Ask once, and return what came back, whatever its status.

        Args:
            method: ``"GET"``, ``"HEAD"`` or ``"POST"``.
            url: Whom to ask.
            headers: Beside those that say where the message ends.
            body: What to send.

        Raises:
            ForbiddenLocationError: The URL, or an address of its name, is not allowed.
            StorageError: The other side could not be reached, broke the rules of HTTP or TLS, or
                exceeded a limit.
            SpecError: Method or headers are none.
        """
        target = parse_url(url)
        self._policy.check(target)
        message = _message(method, target, headers or {}, body)
        deadline = _Deadline(self._limits)
        _logger.debug("calling %s", target.shown)
        try:
            with self._connect(target, self._addresses(target, deadline), deadline) as sock:
                _send(sock, message, deadline)
                return self._answer(sock, method, deadline)
        except MediaflowError:
            raise
        except TimeoutError as exc:
            raise StorageError(f"{target.shown} took too long") from exc
        except (OSError, http.client.HTTPException, ValueError) as exc:
            raise StorageError(f"{target.shown} failed: {_words(exc)}") from exc

    def _addresses(self, target: Target, deadline: _Deadline) -> tuple[Address, ...]:
        """Return all addresses of a target, each of which is allowed."""
        if target.address is not None:
            return (target.address,)
        texts = _within(
            deadline.left(self._limits.connect_seconds),
            lambda: tuple(self._resolve(target.host, target.port)),
        )
        if not 1 <= len(texts) <= MAX_ADDRESSES:
            raise StorageError(f"{target.host} has {len(texts)} addresses")
        addresses = tuple(ipaddress.ip_address(text) for text in texts)
        for address in addresses:
            self._policy.check_address(address)
        return addresses

    def _connect(
        self, target: Target, addresses: tuple[Address, ...], deadline: _Deadline
    ) -> socket.socket:
        problem: OSError | None = None
        for address in addresses[:MAX_TRIES]:
            try:
                sock = _connected(address, target.port, deadline.left(self._limits.connect_seconds))
            except ForbiddenLocationError:
                raise
            except OSError as exc:
                problem = exc
                continue
            return sock if target.scheme == "http" else self._secured(sock, target, deadline)
        raise problem or OSError("no address")

    def _secured(self, sock: socket.socket, target: Target, deadline: _Deadline) -> socket.socket:
        try:
            sock.settimeout(deadline.left(self._limits.connect_seconds))
            return self._context.wrap_socket(sock, server_hostname=target.host)
        except BaseException:
            sock.close()
            raise

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return self._given_context or ssl.create_default_context()

    def _answer(self, sock: socket.socket, method: str, deadline: _Deadline) -> HttpResponse:
        wire = _Wire(sock, deadline, self._limits.max_header_bytes)
        with http.client.HTTPResponse(cast("socket.socket", wire), method=method) as answer:
            answer.begin()
            body, most = b"", self._limits.max_body_bytes
            if most:
                wire.bytes_left = most + FRAMING
                body = answer.read(most + 1)
                if len(body) > most:
                    raise _too_much(most)
                if answer.length:  # http.client is silent on what is missing of a part
                    raise http.client.IncompleteRead(body, answer.length)
            return HttpResponse(status=answer.status, headers=tuple(answer.getheaders()), body=body)


class _Deadline:
    """The end of an exchange."""

    def __init__(self, limits: HttpLimits) -> None:
        self._end = time.monotonic() + limits.total_seconds
        self.read_seconds = limits.read_seconds

    def left(self, most: float) -> float:
        """Return how long the next step may take.

        Raises:
            TimeoutError: No time is left.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("no time is left")
        return min(left, most)


class _Wire(io.RawIOBase):
    """Bytes as they come: each wait is bounded, and so is their number."""

    def __init__(self, sock: socket.socket, deadline: _Deadline, most: int) -> None:
        super().__init__()
        self._sock = sock
        self._deadline = deadline
        self.bytes_left: int = most

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return what http.client reads from."""
        del mode
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast("bytearray", buffer))[: self.bytes_left]
        if not view:
            raise _too_much(0)
        self._sock.settimeout(self._deadline.left(self._deadline.read_seconds))
        count = self._sock.recv_into(view)
        self.bytes_left -= count
        return count


def _connected(address: Address, port: int, seconds: float) -> socket.socket:
    """Return a connection to one address, and to no other."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.settimeout(seconds)
        sock.connect((str(address), port))
        peer = ipaddress.ip_address(sock.getpeername()[0])
        if peer != address:
            raise ForbiddenLocationError(f"{address} was called, and {peer} answered")
    except BaseException:
        sock.close()
        raise
    return sock


def _send(sock: socket.socket, message: bytes, deadline: _Deadline) -> None:
    rest = memoryview(message)
    while rest:
        sock.settimeout(deadline.left(deadline.read_seconds))
        rest = rest[sock.send(rest) :]


def _message(method: str, target: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    if method not in METHODS:
        raise SpecError(f"method must be one of {', '.join(sorted(METHODS))}, got {method!r:.20}")
    fixed = {"Host": target.authority, "Connection": "close", "Accept-Encoding": "identity"}
    if method == "POST":
        fixed["Content-Length"] = str(len(body))
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
            raise SpecError(f"header {name!r:.40} is none")
    taken = {name.lower() for name in fixed}
    lines = [f"{method} {target.path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in fixed.items()]
    lines += [f"{name}: {value}" for name, value in headers.items() if name.lower() not in taken]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def _within(seconds: float, look_up: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
    """Return what a look-up finds; the system's own has no end that could be set.

    Raises:
        TimeoutError: It takes too long; its thread ends by itself, and nobody waits for it.
    """
    answers: SimpleQueue[tuple[str, ...] | Exception] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(look_up())
        except Exception as exc:  # noqa: BLE001  # raised again by the thread that waits
            answers.put(exc)

    threading.Thread(target=ask, name="mediaflow-resolve", daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except Empty:
        raise TimeoutError("the name was not found in time") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _too_much(most: int) -> StorageError:
    allowed = f"{most:,} bytes" if most else "its limits allow"
    return StorageError(f"the answer is longer than {allowed}", retryable=False)


def _words(exc: Exception) -> str:
    """Return what went wrong, in few words that no header or path gets into."""
    if isinstance(exc, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {exc.verify_message}"
    if isinstance(exc, ssl.SSLError):
        return f"no secure connection: {exc.reason}"
    if isinstance(exc, OSError):
        return exc.strerror or type(exc).__name__
    return f"no HTTP: {type(exc).__name__}"
