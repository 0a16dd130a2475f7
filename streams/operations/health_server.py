"""The HTTP server of a process for `/metrics` and `/healthz`."""

from __future__ import annotations

import asyncio
import errno
import functools
import logging
import socket
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import msgspec
import orjson

from streams.deployment.environment import restricted_environment
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.operations.metrics import ProcessMetrics

with restricted_environment():  # at import it reads PROMETHEUS_MULTIPROC_DIR and would keep all metrics in files
    from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

TICK_EVERY_SECONDS = 1.0
_LOG = logging.getLogger(__name__)


class HealthServer:
    """Serves `/metrics` and `/healthz` from its own thread, so that a blocked event loop can still be reported."""

    def __init__(self, settings: Settings, metrics: ProcessMetrics) -> None:
        self._host: Final = settings.metrics_host
        self._wanted_port: Final = settings.metrics_port
        self._metrics: Final = metrics
        self._server: _Server | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def port(self) -> int:
        """The port in use; before `start`, the configured one."""
        return self._server.server_address[1] if self._server else self._wanted_port

    def start(self) -> None:
        """Listen, and watch the running event loop: call it inside that loop. Does not block.

        Raises:
            UserError: when the address cannot be bound.
        """
        loop = asyncio.get_running_loop()
        handler = functools.partial(_Handler, self._metrics)
        try:
            self._server = _Server((self._host, self._wanted_port), handler)
        except OSError as error:
            raise UserError(_cannot_listen(self._host, self._wanted_port, error)) from None
        serve = functools.partial(self._server.serve_forever, poll_interval=0.1)
        threading.Thread(target=serve, name="vitals-health", daemon=True).start()
        self._tick(loop)

    def stop(self) -> None:
        """Stop listening. May block for 0.1 s. Idempotent."""
        if self._timer is not None:
            self._timer.cancel()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
        self._timer = self._server = None

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        self._metrics.liveness.tick()
        self._timer = loop.call_later(TICK_EVERY_SECONDS, self._tick, loop)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], handler: Callable[..., BaseHTTPRequestHandler]) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Log an error, unless the client hung up early."""
        if not isinstance(sys.exception(), OSError):
            _LOG.error("a request for metrics or health failed", exc_info=True)

    def server_bind(self) -> None:
        # HTTPServer resolves its own host name here, which can hang for seconds without DNS.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()


class _Handler(BaseHTTPRequestHandler):
    timeout = 5  # seconds after which a client that sends nothing is dropped

    def __init__(self, metrics: ProcessMetrics, *args: Any) -> None:
        self._metrics = metrics
        super().__init__(*args)

    def do_GET(self) -> None:
        match self.path.partition("?")[0]:
            case "/metrics":
                self._answer(200, CONTENT_TYPE_LATEST, generate_latest(self._metrics.registry))
            case "/healthz":
                report = self._metrics.liveness.report()
                self._answer(
                    200 if report.is_alive else 503, "application/json", orjson.dumps(msgspec.to_builtins(report))
                )
            case _:
                self._answer(404, "text/plain; charset=utf-8", b"Not found: try /metrics or /healthz.\n")

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not logged."""

    def _answer(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _cannot_listen(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is taken: set VITALS_METRICS_PORT to another port, or to 0 for any free one."
    if error.errno == errno.EACCES:
        return f"Port {port} on {host} is not permitted here: set VITALS_METRICS_PORT to 1024 or more."
    return f"Cannot listen on {host}:{port} ({error}): set VITALS_METRICS_HOST to an address of this machine."
