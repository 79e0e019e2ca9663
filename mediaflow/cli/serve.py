"""``mediaflow serve``: the web API on loopback."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from mediaflow.cli.terminal import FAILED, reported
from mediaflow.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    import uvicorn

__all__ = ["serve"]

LOOPBACK: Final = "127.0.0.1"
GRACE_SECONDS: Final = 10  # for open streams of events when the service ends


def serve(
    root: Annotated[Path, typer.Option(help="Folder of all inputs and outputs.")] = Path("media"),
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port on 127.0.0.1.")] = 8000,
) -> None:
    """Serve the web API to this machine; everybody on it may use it.

    Ctrl-C lets running jobs end; Ctrl-C once more cancels them.
    """
    with reported():
        try:
            import uvicorn
            from starlette.middleware.trustedhost import TrustedHostMiddleware

            from mediaflow import aio
            from mediaflow.integrations.fastapi import ServicePolicy, create_app
            from mediaflow.security.limits import limits_for
            from mediaflow.storage import Storage
        except ImportError as exc:
            raise MissingExtraError(
                "the service needs fastapi and uvicorn", hint="pip install 'pymediaflow[service]'"
            ) from exc
        folder = root.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        policy = ServicePolicy(live_private_networks=True)  # its peers are on this machine
        # who uses it has an account here: his films may be as long as an upload
        limits = replace(limits_for("strangers"), max_input_bytes=policy.max_upload_bytes)
        storage = Storage.within(folder)
        processor = aio.Processor(trust="strangers", storage=storage, limits=limits)
        app = create_app(processor, policy=policy, closes_processor=True)
        # a page that lets its own name mean this machine is no caller of it
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=[LOOPBACK, "localhost"])
        config = uvicorn.Config(
            app, host=LOOPBACK, port=port, timeout_graceful_shutdown=GRACE_SECONDS
        )

        def cancel() -> None:
            for handle in processor.jobs():
                handle.cancel()

        server = _server(config, cancel)
        typer.echo(f"the page is at http://{LOOPBACK}:{port}/media/")
        with suppress(KeyboardInterrupt):  # it has ended as it was asked to
            server.run()
        if not server.started:  # it has said why
            raise typer.Exit(FAILED)


def _server(config: uvicorn.Config, cancel: Callable[[], None]) -> uvicorn.Server:
    """Return a server that waits for no job when it is told to end a second time."""
    import uvicorn

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            if not self.should_exit:
                super().handle_exit(sig, frame)
            else:  # what cancels takes locks, and no handler of a signal should
                threading.Thread(target=cancel, daemon=True).start()

    return Server(config)
