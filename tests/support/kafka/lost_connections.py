"""Connections that aiokafka loses: of a client whose start is cancelled while it asks for the first metadata.

`AIOKafkaClient.bootstrap` closes its connection on errors, and not when it is cancelled. The garbage collector finds it
in some later test, which then fails for it. A client that is not stopped is another matter: it warns by itself.
"""

from __future__ import annotations

import asyncio
import sys
from functools import wraps
from typing import Any

from aiokafka.conn import AIOKafkaConnection, AIOKafkaProtocol

_PORTS = set[int]()
"""Where clients of this process have connected to."""


def let_go_of_lost_connections() -> None:
    """Make all connections that are lost in this process close without a warning."""
    AIOKafkaConnection.__del__ = _let_go
    connect = AIOKafkaConnection.connect

    @wraps(connect)
    async def noted(connection: Any) -> Any:
        _PORTS.add(int(connection.port))
        return await connect(connection)

    AIOKafkaConnection.connect = noted


def overlook_lost_sockets() -> None:
    """The same for what a client lost before it had a connection of it: a start that is cancelled while it connects, or
    a loop that ends with a close under way. Call after pytest has set its own hook."""
    report = sys.unraisablehook

    def look(lost: sys.UnraisableHookArgs) -> None:
        if not _is_of_a_client(lost):
            report(lost)

    sys.unraisablehook = look


def _is_of_a_client(lost: sys.UnraisableHookArgs) -> bool:
    if not isinstance(lost.exc_value, ResourceWarning):
        return False
    words = str(lost.exc_value)
    if words.startswith("unclosed <socket.socket"):
        return any(f"raddr=('127.0.0.1', {port})" in words for port in _PORTS)
    frame = lost.exc_traceback.tb_frame if lost.exc_traceback is not None else None
    transport = frame.f_locals.get("self") if frame is not None else None
    return isinstance(transport, asyncio.Transport) and isinstance(transport.get_protocol(), AIOKafkaProtocol)


def _let_go(connection: Any) -> None:
    if not connection.connected():
        return
    connection._on_close_cb = None
    transport = connection._writer.transport
    transport._closing = True  # asyncio's writer and transport warn of what is still open
    if (sock := transport._sock) is not None:
        sock.close()
        transport._sock = None
