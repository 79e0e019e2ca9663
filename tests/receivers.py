"""Servers on loopback that take what is posted, answer what they are told, or misbehave."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

__all__ = ["Authority", "Posted", "Receiver", "raw_server"]


@dataclass(frozen=True)
class Posted:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Takes posts; answers the given statuses one after the other, the last one for ever."""

    answers: list[tuple[int, dict[str, str]]] = field(default_factory=lambda: [(204, {})])
    host: str = "127.0.0.1"
    context: ssl.SSLContext | None = None
    posted: list[Posted] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (
            f"{'https' if self.context else 'http'}://{host}:{self.port}/done?token=hush-in-query"
        )

    @contextmanager
    def listening(self) -> Iterator[Receiver]:
        """Listen in a thread."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                answers = receiver.answers
                status, extra = answers[min(len(receiver.posted), len(answers) - 1)]
                receiver.posted.append(Posted(self.path, headers, body))
                self.send_response(status)
                for name, value in extra.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            address_family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # handshakes that the other side breaks off are what some tests are about

        with Server((self.host, 0), Handler) as server:
            self.port = server.server_address[1]
            if self.context is not None:
                server.socket = self.context.wrap_socket(server.socket, server_side=True)
            thread = threading.Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            try:
                yield self
            finally:
                server.shutdown()
                thread.join()


@contextmanager
def raw_server(talk: Callable[[socket.socket, threading.Event], None]) -> Iterator[int]:
    """Accept connections and let ``talk`` do what it likes with them, until the event is set."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)

        def serve() -> None:
            while not ended.is_set():
                with suppress(OSError):
                    connection, _ = server.accept()
                    with connection:
                        connection.settimeout(10)
                        talk(connection, ended)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            ended.set()
            thread.join()


class Authority:
    """A certificate authority that nobody knows, with one certificate.

    Args:
        folder: Where its files go.
        names: Names and addresses that the certificate is for.
    """

    def __init__(self, folder: Path, *names: str) -> None:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.x509.oid import NameOID

        def signed(subject: str, key: Any, issuer: str, signer: Any, *extensions: Any) -> Any:
            now = datetime.datetime.now(datetime.UTC)
            builder = x509.CertificateBuilder(
                subject_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]),
                issuer_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]),
                public_key=key.public_key(),
                serial_number=x509.random_serial_number(),
                not_valid_before=now - datetime.timedelta(days=1),
                not_valid_after=now + datetime.timedelta(days=1),
            )
            for extension, critical in extensions:
                builder = builder.add_extension(extension, critical=critical)
            return builder.sign(signer, hashes.SHA256())

        root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        key_id = x509.SubjectKeyIdentifier.from_public_key(root_key.public_key())
        usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
        root = signed(
            "root",
            root_key,
            "root",
            root_key,
            (x509.BasicConstraints(ca=True, path_length=None), True),
            (key_id, False),
            (usage, True),
        )
        leaf = signed(
            "leaf",
            key,
            "root",
            root_key,
            (x509.SubjectAlternativeName([_general_name(name) for name in names]), False),
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), False),
        )
        pem = serialization.Encoding.PEM
        self.root: Path = folder / "root.pem"
        self.root.write_bytes(root.public_bytes(pem))
        chain = folder / "chain.pem"
        chain.write_bytes(
            key.private_bytes(
                pem,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + leaf.public_bytes(pem)
        )
        self.server: ssl.SSLContext = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server.load_cert_chain(chain)

    def client(self) -> ssl.SSLContext:
        """Return the context of a client that trusts it."""
        return ssl.create_default_context(cafile=str(self.root))


def _general_name(name: str) -> Any:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
