"""A real HTTP server on loopback that stands for Slack, or for any receiver of webhooks."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import msgspec
import trustme


class Reply(msgspec.Struct, frozen=True):
    """One scripted answer, `after_seconds`; `hangs_up` takes the post and closes the line without an answer."""

    status: int = 200
    headers: dict[str, str] = {}
    body: bytes = b"ok"
    after_seconds: float = 0.0
    hangs_up: bool = False


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """One post as it came in, `at_seconds` of the monotonic clock. Header names are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes
    at_seconds: float
    status: int
    method: str = "POST"

    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)


class FakeSlack:
    """Answers posts as scripted, then with 200 for good; keeps every post. A context manager."""

    def __init__(self, *replies: Reply, certificate: trustme.LeafCert | None = None) -> None:
        """With a `certificate` it speaks TLS."""
        self.posts: list[Post] = []
        self._replies = list(replies)
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.slack = self
        self._scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate.configure_cert(context)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            self._scheme = "https"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        """Where to post; the path stands for the secret in a webhook's URL."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}/services/T0/B0/secret"

    def accepted(self) -> list[Post]:
        """The posts that were, or are being, answered with 200."""
        return [post for post in self.posts if post.status == 200]

    async def wait_for(self, posts: int, *, within_seconds: float = 120.0) -> list[Post]:
        """The first `posts` posts, as soon as they are there; fails when they do not come."""

        def arrived() -> bool:
            with self._changed:
                return self._changed.wait_for(lambda: len(self.posts) >= posts, within_seconds)

        assert await asyncio.to_thread(arrived), f"{len(self.posts)} of {posts} posts in {within_seconds:.0f} s"
        return self.posts[:posts]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def next_reply(self, method: str, path: str, body: bytes) -> Reply:
        """The answer to one post. A fake of one product's API decides by `method`, `path` and `body`."""
        return self._replies.pop(0) if self._replies else Reply()

    def take(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        """Keep one post, and wait as long as its answer is to take."""
        with self._changed:
            reply = self.next_reply(method, path, body)
            post = Post(
                path=path, headers=headers, body=body, at_seconds=time.monotonic(), status=reply.status, method=method
            )
            self.posts.append(post)
            self._changed.notify_all()
        self._stopping.wait(reply.after_seconds)
        return reply


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    slack: FakeSlack

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went before its answer is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        reply = self.server.slack.take(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
        if reply.hangs_up:
            self.close_connection = True
            return
        self.send_response_only(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    do_GET = do_PUT = do_PATCH = do_POST  # noqa: N815  # names of the standard library

    def log_message(self, format: str, *args: object) -> None:
        """Requests are kept, not logged."""
