"""One broker for all processes of a parallel test session.

The controlling process owns the broker and ends it after the last test. Worker processes ask it for the address. The
first request starts the broker.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Listener

from streams.errors import UserError
from tests.support.kafka.broker import RunningBroker

_BACKLOG = 64
"""Workers that can wait while the broker starts."""
Endpoint = tuple[str, int, str]
"""Host, port and password of a `BrokerServer`."""


class BrokerServer:
    """Sends the description of the broker to worker processes, until this process ends."""

    def __init__(self, get: Callable[[], RunningBroker]) -> None:
        """`get` starts the broker. If it raises UserError, the worker that asked raises it."""
        self._get = get
        self._key = secrets.token_hex()
        self._listener = Listener(("127.0.0.1", 0), backlog=_BACKLOG, authkey=self._key.encode())
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def endpoint(self) -> Endpoint:
        """Where to connect, for `RemoteBroker`."""
        host, port = self._listener.address
        return str(host), int(port), self._key

    def _serve(self) -> None:
        with self._listener:
            while True:
                # The client may have gone, or may not be one of our workers.
                with suppress(OSError, EOFError, AuthenticationError), self._listener.accept() as connection:
                    try:
                        connection.send(self._get())
                    except UserError as error:
                        connection.send(error)


class RemoteBroker:
    """The session's broker in a worker process. Has the methods of `SessionBroker` that the fixtures use."""

    plan = "broker: that of the controlling process"
    report: tuple[str, ...] = ()

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    def running(self) -> RunningBroker:
        """Ask for the broker. Blocks while it starts.

        Raises:
            UserError: if there is none.
        """
        host, port, key = self._endpoint
        with Client((host, port), authkey=key.encode()) as connection:
            answer: RunningBroker | UserError = connection.recv()
        if isinstance(answer, UserError):
            raise answer
        return answer

    def close(self) -> None:
        """Do nothing: the controlling process ends the broker."""
