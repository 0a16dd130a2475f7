"""The web application of the gateway, plain ASGI: finds the source, verifies, and answers what the pipeline says."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from streams.gateway.answers import Header, Problem, Reply
from streams.gateway.bodies import BodyReader, Gone, Message, Receive
from streams.gateway.keys import without_secrets
from streams.gateway.permission import permission
from streams.gateway.pipeline import Pipeline, Taken
from streams.gateway.reading import Request
from streams.gateway.routes import Routes, check_key_early, chosen
from streams.gateway.source_health import SourceHealth
from streams.gateway.sources.ready import LOCAL, ReadySource
from streams.operations.gateway_metrics import GatewayMetrics

UNDER_WAY_MAX = 2_000
"""The most requests that are answered at once."""
LOOPBACK = ("127.0.0.1", "::1", "localhost", "[::1]")
_OUTCOMES = {400: "malformed", 401: "unverified", 403: "unverified", 408: "too_slow", 413: "too_large"}
_CORS: tuple[Header, ...] = ((b"access-control-allow-origin", b"*"),)
_PREFLIGHT: tuple[Header, ...] = (
    (b"access-control-allow-methods", b"POST, OPTIONS"),
    (b"access-control-allow-headers", b"*, authorization, content-type"),
    (b"access-control-max-age", b"86400"),
)

Scope = Mapping[str, Any]
Send = Callable[[Message], Awaitable[None]]


class Gateway:
    """The application. `now` is Unix time in seconds."""

    def __init__(
        self,
        sources: Mapping[str, ReadySource],
        pipeline: Pipeline,
        metrics: GatewayMetrics,
        bodies: BodyReader | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._sources: Final = sources
        self._routes: Final = Routes(sources)
        self._pipeline: Final = pipeline
        self._metrics: Final = metrics
        self._bodies: Final = bodies or BodyReader()
        self._now: Final = now
        self._is_local: Final = set(sources) == {LOCAL} and sources[LOCAL].source.insecure
        self._under_way = 0
        self.health: Final = {
            name: SourceHealth(name, each.kind, f"/in/{name}", is_insecure=each.source.insecure)
            for name, each in sources.items()
        }
        metrics.sources({name: each.source.insecure for name, each in sources.items()})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        started = asyncio.get_running_loop().time()
        self._under_way += 1
        call = _Call(scope, receive, started)
        try:
            reply = await self._answered(call)
        except Problem as problem:
            reply = problem.reply()
            self._not_taken(call, problem)
        except Gone:
            self._count(call, "too_slow")
            return
        except BaseException:  # a fault of ours, which the server logs and answers with 500: the sender repeats it
            self._count(call, "failed")
            raise
        finally:
            self._under_way -= 1
        await _send(send, reply, _CORS if call.is_for_browsers else ())

    def _not_taken(self, call: _Call, problem: Problem) -> None:
        self._count(call, "not_written" if problem.status == 503 else _OUTCOMES.get(problem.status, "unusable"))
        if call.source:
            self.health[call.source].failed(problem.words, self._now())

    def _count(self, call: _Call, outcome: str) -> None:
        seconds = asyncio.get_running_loop().time() - call.started
        self._metrics.request(call.source or "none", outcome, seconds)

    async def _answered(self, call: _Call) -> Reply:
        if self._under_way > UNDER_WAY_MAX:
            raise Problem(503, "busy", "The gateway has too many requests at the moment: send this one again.")
        if self._is_local:
            _check_is_of_this_machine(call)
        candidates, call.is_for_browsers = self._routes.candidates(call.path)
        if not candidates:
            return self._other(call)
        if call.method == "OPTIONS" and call.is_for_browsers:
            return Reply(204, b"", _PREFLIGHT)
        if call.method == "OPTIONS" and candidates[0].kind == "cloudevents":
            return permission(call.headers)
        if call.method == "HEAD":  # Intercom looks whether an address is there before it sends
            return Reply(200, b"", ())
        if call.method != "POST":
            raise Problem(405, "method", f"{call.path[:100]} takes POST: send events as its body.")
        if len(candidates) == 1:
            call.source = candidates[0].name
        check_key_early(candidates, call.request(candidates[0], b"", 0))
        sent = await self._bodies.read(call.receive, call.headers)
        with self._bodies.opened(sent, call.headers) as body:
            return await self._taken(call, candidates, body)

    async def _taken(self, call: _Call, candidates: Any, body: bytes) -> Reply:
        now = self._now()
        request = call.request(candidates[0], body, int(now * 1_000))
        ready: ReadySource = chosen(candidates, request)
        call.source = ready.name
        ready.verify(request, now)
        request = msgspec.structs.replace(
            request, name=ready.name, source=ready.source, headers=without_secrets(call.headers)
        )
        deadline = asyncio.get_running_loop().time() + ready.answer_within  # a sender waits from its last byte on
        taken = await self._pipeline.take(ready, request, deadline)
        self._count(call, "taken" if taken.reply.status < 300 else "unusable")
        self.note(ready, taken)
        return taken.reply

    def note(self, ready: ReadySource, taken: Taken) -> None:
        """Count what became of a request, or of a message of a source's topic."""
        now = self._now()
        for outcome in ("accepted", "waiting", "refused", "ignored"):
            if count := getattr(taken, outcome):
                self._metrics.events(ready.name, outcome, count)
        if events := taken.accepted + taken.waiting:
            self._metrics.last_event(ready.name, now)
        self.health[ready.name].took(events, taken.refused, now)

    def _other(self, call: _Call) -> Reply:
        match call.path:
            case "/v1/sources":
                self._check_may_look(call)
                reports = [health.report(self._now()) for health in self.health.values()]
                return Reply(200, msgspec.json.encode({"sources": reports}))
            case "/healthz":
                return Reply(200, b'{"is_alive":true}')
            case _:
                words = "post to /in/ and the name of a source, or to a path that its clients call"
                raise Problem(404, "no_such_path", f"Nothing is at {call.path[:100]}: {words}.")

    def _check_may_look(self, call: _Call) -> None:
        """Reports are for this machine, and for callers that have a key."""
        if call.peer in LOOPBACK and not any(name.startswith(("x-forwarded", "forwarded")) for name in call.headers):
            return
        for ready in self._sources.values():
            request = Request(name=ready.name, source=ready.source, body=b"", headers=call.headers, received_ms=0)
            if ready.keys and (key := ready.key_of(request)) and ready.has_key(key):
                return
        raise Problem(401, "no_key", "Give the key of a source: send the header Authorization: Bearer KEY.")


class _Call:
    """A request as ASGI has it."""

    __slots__ = ("_scope", "headers", "is_for_browsers", "method", "path", "receive", "source", "started")

    def __init__(self, scope: Scope, receive: Receive, started: float) -> None:
        self._scope = scope
        self.receive = receive
        self.started = started
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        self.source = ""
        self.is_for_browsers = False

    def request(self, ready: ReadySource, body: bytes, received_ms: int) -> Request:
        """The request, with all its headers, as one to this source."""
        return Request(
            name=ready.name,
            source=ready.source,
            body=body,
            headers=self.headers,
            path=self.path,
            query=self.query,
            received_ms=received_ms,
        )

    @property
    def query(self) -> dict[str, str]:
        raw: bytes = self._scope.get("query_string", b"")
        return dict(parse_qsl(raw.decode("latin-1"), keep_blank_values=True, max_num_fields=None)) if raw else {}

    @property
    def peer(self) -> str:
        client = self._scope.get("client")
        return str(client[0]) if client else ""


def _check_is_of_this_machine(call: _Call) -> None:
    """A page of some web site must not send events to the gateway of a person who looks at it."""
    host = call.headers.get("host", "").rpartition(":")[0] or call.headers.get("host", "")
    origin = call.headers.get("origin", "").partition("://")[2]
    from_host = origin.rpartition(":")[0] or origin
    if host not in LOOPBACK or (call.headers.get("origin") and from_host not in LOOPBACK):
        raise Problem(
            403, "not_local", "This gateway takes events from this machine alone: set VITALS_GATEWAY to a file."
        )


async def _send(send: Send, reply: Reply, more: tuple[Header, ...]) -> None:
    length = (b"content-length", str(len(reply.body)).encode())
    headers = [*reply.headers, *more, length]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
