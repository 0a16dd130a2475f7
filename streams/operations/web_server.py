"""A web server inside a process of ours: uvicorn, which ends when the process is to end."""

from __future__ import annotations

import asyncio
import errno
import logging
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from streams.errors import UserError

DRAIN_SECONDS = 20
HEAD_SECONDS = 10.0
"""How long a client may take from its connection, or from the first byte of a request, to the end of the head."""
HEAD_MAX_BYTES = 65_536
STALLED_SECONDS = 20.0
"""How long a client may read nothing while an answer waits for it."""
KEEP_ALIVE_SECONDS = 5
SPARE_CONNECTIONS = 50
"""As many connections beyond the limit are answered with 503; more are hung up on."""
_UPGRADE = re.compile(rb"\r\nupgrade:", re.IGNORECASE)
_LOG = logging.getLogger(__name__)


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the process's: see `streams.operations.process.serve`."""
        yield


class _Protocol(HttpToolsProtocol):
    """Hangs up on clients that open a connection and send no request, half of its head, or an endless one, and on
    those that do not read what they are sent.

    A client that asks for another protocol is answered in this one: the parser would drop the body. Java's own client
    asks with each request that has no TLS.
    """

    _head: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _is_in_body = False
    _stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if self.limit_concurrency is not None and len(self.connections) > self.limit_concurrency + SPARE_CONNECTIONS:
            transport.close()  # even the answer that there are too many needs an open file
            return
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        if not self._is_in_body and _UPGRADE.search(data):
            head, end, body = data.partition(b"\r\n\r\n")
            data = _UPGRADE.sub(b"\r\nx-asked:", head) + end + body
        super().data_received(data)
        if self._head is not None:  # not complete yet
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_MAX_BYTES:
                self._hang_up()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._wait_for_head()

    def on_headers_complete(self) -> None:
        self._no_longer()
        self._is_in_body = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._is_in_body = False
        super().on_message_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._stalled is None:
            self._stalled = self.loop.call_later(STALLED_SECONDS, self._abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._reads_again()

    def connection_lost(self, exc: Exception | None) -> None:
        self._no_longer()
        self._reads_again()
        super().connection_lost(exc)

    def _wait_for_head(self) -> None:
        if self._head is None:
            self._head_bytes = 0
            self._head = self.loop.call_later(HEAD_SECONDS, self._hang_up)

    def _no_longer(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _reads_again(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _abort(self) -> None:
        """Closing would wait for the client to read the rest."""
        if self.transport is not None:
            self.transport.abort()

    def _hang_up(self) -> None:
        self._no_longer()
        if self.transport is not None and not self.transport.is_closing():
            self.transport.close()


class Address:
    """Where a server listens. `prefix` begins the names of the variables for it, for errors."""

    def __init__(self, host: str, port: int, prefix: str) -> None:
        self.host: Final = host
        self.port: Final = port
        self.prefix: Final = prefix


async def serve_until(
    stop: asyncio.Event, application: Any, address: Address, *, connections: int, name: str = ""
) -> None:
    """Serve `application`, an ASGI one, until `stop` is set, then for as long as requests are under way, at most 20 s.

    New connections beyond `connections` are answered with 503, or hung up on if they are many. `name` is what the
    log calls it.

    Raises:
        UserError: when the address cannot be bound.
    """
    listening = _bound(address)
    how = uvicorn.Config(
        application,
        http=_Protocol,
        lifespan="off",
        log_config=None,
        log_level="error",  # anybody may send requests that are no HTTP
        access_log=False,
        server_header=False,
        proxy_headers=False,
        workers=1,
        limit_concurrency=connections,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    server = _Server(how)
    _LOG.info("%s on port %d", name or "web server", listening.getsockname()[1])
    serving = asyncio.ensure_future(server.serve(sockets=[listening]))
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        await serving
    finally:
        stopped.cancel()
        listening.close()


def _bound(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((address.host, address.port))
    except OSError as error:
        listening.close()
        why = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
        raise UserError(
            f"Port {address.port} on {address.host} {why}: set {address.prefix}_PORT to another port, or "
            f"{address.prefix}_HOST to an address of this machine."
        ) from None
    return listening
