"""Requests as bytes: one event or many, with a key or a signature. Every event has an id of its own. Pure."""

from __future__ import annotations

import hashlib
import hmac
import itertools
from collections.abc import Callable, Iterator, Sequence

import msgspec

from scoring.event.topics import INPUT_TOPICS
from scoring.instants import rfc3339

ACCOUNTS = 1_000
EVENT_BYTES = 271
"""As in `make bench`."""
OWN_PATH, SIGNED_PATH = "/v1/events", "/in/signed"
SIGNATURE_HEADER = "X-Signature"
_TOPICS = tuple(topic for topic, weight in zip(INPUT_TOPICS, (7, 1, 1, 1), strict=True) for _ in range(weight))
_NAMES = {
    "analytics": "report_exported",
    "exceptions": "$exception",
    "billing": "invoice_paid",
    "tickets": "ticket_commented",
}
_FILLER = "abcdefghijklmnopqrstuvwxyz-0123456789-" * 8


class Batch(msgspec.Struct, frozen=True):
    """One request: its bytes, and the numbers of its events, from `first` on."""

    data: bytes
    first: int
    events: int


def event_id(number: int) -> str:
    """The id of an event; `number_of` reads it."""
    return f"load-{number:012d}"


def number_of(found: str) -> int:
    """The number of an event by its id; -1 for any other id.

    >>> number_of(event_id(7)), number_of("x")
    (7, -1)
    """
    digits = found.removeprefix("load-")
    return int(digits) if len(digits) == 12 and digits.isdigit() and found.startswith("load-") else -1


def account_of(number: int) -> str:
    """The account of an event: all have equally many."""
    return f"acct-{number * 7_919 % ACCOUNTS:06d}"


def event(number: int, timestamp: str) -> bytes:
    """An event of exactly `EVENT_BYTES` bytes.

    >>> len(event(5, "2026-09-01T10:00:00Z"))
    271
    """
    topic = _TOPICS[number % len(_TOPICS)]
    head = (
        f'{{"topic":"{topic}","account_id":"{account_of(number)}","event":"{_NAMES[topic]}",'
        f'"timestamp":"{timestamp}","id":"{event_id(number)}","user_id":"u-{number % 20:02d}",'
        f'"properties":{{"trace":"'
    )
    return f'{head}{_FILLER[: EVENT_BYTES - len(head) - 3]}"}}}}'.encode()


def with_key(body: bytes, key: str) -> bytes:
    """A request of our own events, with a key."""
    return _request(OWN_PATH, f"Authorization: Bearer {key}", body)


def signed(body: bytes, secret: bytes) -> bytes:
    """A request with the HMAC-SHA256 of its raw body."""
    signature = hmac.new(secret, body, hashlib.sha256).hexdigest()
    return _request(SIGNED_PATH, f"{SIGNATURE_HEADER}: sha256={signature}", body)


def requests(numbers: Iterator[int], size: int, wrapped: Callable[[bytes], bytes], at_ms: int) -> Iterator[Batch]:
    """Requests of `size` events each, without end; those of one are an object, those of more a list."""
    timestamp = rfc3339(at_ms)
    while True:
        chosen = list(itertools.islice(numbers, size))
        if len(chosen) < size:
            return
        events = [event(number, timestamp) for number in chosen]
        body = events[0] if size == 1 else b"[" + b",".join(events) + b"]"
        yield Batch(wrapped(body), chosen[0], size)


def mixed(kinds: Sequence[Iterator[Batch]]) -> Iterator[Batch]:
    """One of each kind in turn."""
    for each in itertools.cycle(kinds):
        if (found := next(each, None)) is None:
            return
        yield found


def _request(path: str, proof: str, body: bytes) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n{proof}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
