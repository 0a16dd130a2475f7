"""Connections that aiokafka loses: of a client whose start is cancelled while it asks for the first metadata.

`AIOKafkaClient.bootstrap` closes its connection on errors, and not when it is cancelled. The garbage collector finds it
in some later test, which then fails for it. A client that is not stopped is another matter: it warns by itself.
"""

from __future__ import annotations

from typing import Any

from aiokafka.conn import AIOKafkaConnection


def let_go_of_lost_connections() -> None:
    """Make all connections that are lost in this process close without a warning. Idempotent."""
    AIOKafkaConnection.__del__ = _let_go


def _let_go(connection: Any) -> None:
    if not connection.connected():
        return
    connection._on_close_cb = None
    transport = connection._writer.transport
    transport._closing = True  # asyncio's writer and transport warn of what is still open
    if (sock := transport._sock) is not None:
        sock.close()
        transport._sock = None
