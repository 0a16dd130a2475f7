"""The web server of `vitals interactions`: uvicorn, which ends when the process is to end."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

from streams.errors import UserError

DRAIN_SECONDS = 20
CONNECTIONS = 200
_LOG = logging.getLogger(__name__)


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the process's: see `streams.operations.process.serve`."""
        yield


async def serve_until(stop: asyncio.Event, application: Starlette, host: str, port: int) -> None:
    """Serve `application` until `stop` is set, then for as long as requests are under way, at most 20 s.

    Raises:
        UserError: when the address cannot be bound.
    """
    listening = _bound(host, port)
    how = uvicorn.Config(
        application,
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        workers=1,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    server = _Server(how)
    _LOG.info("interactions on port %d", listening.getsockname()[1])
    serving = asyncio.ensure_future(server.serve(sockets=[listening]))
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        await serving
    finally:
        stopped.cancel()
        listening.close()


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        why = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
        raise UserError(
            f"Port {port} on {host} {why}: set VITALS_INTERACTIONS_PORT to another port, or "
            "VITALS_INTERACTIONS_HOST to an address of this machine."
        ) from None
    return listening
