"""A request to the gateway, and what a vendor's reader makes of it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from streams.gateway.sources.schema import Source
from streams.identity.alias import Alias, ForeignId


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A verified request. `body` is decompressed, and otherwise as sent. `path` is that of the URL.

    Names of headers are lower case; the gateway leaves out those that hold secrets. `received_ms` is the time of
    arrival. `fetched` holds what a reader asked for with `Fetch`, by URL.
    """

    name: str
    source: Source
    body: bytes
    headers: Mapping[str, str] = {}
    path: str = ""
    query: Mapping[str, str] = {}
    received_ms: int
    fetched: Mapping[str, dict[str, Any]] = {}


class Inbound(msgspec.Struct, frozen=True, kw_only=True):
    """An event in a request, at `position` from 0.

    `value` is the JSON object to publish on the input `topic`: a shape of docs/events.md with its own name, `timestamp`
    and `id`, and without `account_id`, which the gateway puts first. `accounts` are the ids that may name its account,
    best first; the first that leads to an account counts. With `is_complete`, `value` names the account
    `accounts[0].id` already, and is published as it is unless that account was merged.
    """

    topic: str
    event: str
    value: bytes
    occurred_at_ms: int
    accounts: tuple[ForeignId, ...]
    position: int = 0
    is_complete: bool = False


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """Something in a request that cannot be used: a dead letter, and where the sender looks at answers, an entry there.

    `reason` is one of a small closed set of codes, `words` says what to do, `value` is the part that it is about, such
    that its reader can read it again. `event` is the event if it was read, and the gateway's own check refused it.
    Where somebody asks to delete ids, they are in `about`: the gateway adds their account to the words.
    """

    reason: str
    words: str
    value: bytes
    position: int = 0
    event: Inbound | None = None
    about: tuple[ForeignId, ...] = ()


class Ignored(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the score has no use for, such as the creation of an invoice item. Counted, and kept nowhere."""

    what: str
    position: int = 0


class Fetch(msgspec.Struct, frozen=True):
    """Asks the gateway to fetch a JSON object of the vendor's API, and to read the request again with it.

    `url` is a path; the gateway knows the host and the key.
    """

    url: str


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that a vendor's handshake demands, once everything else in the request is acknowledged."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"


class Reading(msgspec.Struct, kw_only=True):
    """What is in a request. With `fetch` nothing else counts.

    `forgotten` are ids that the vendor asks to delete: the gateway deletes the aliases that lead from them, as far as
    sources said these. What a person set stays. `ended` are ids of what is over, such as closed tickets: their aliases
    are deleted too, but for those that do not lead to an account yet, because events may wait for it.
    """

    events: list[Inbound] = []
    aliases: list[Alias] = []
    forgotten: list[ForeignId] = []
    ended: list[ForeignId] = []
    refused: list[Refused] = []
    ignored: list[Ignored] = []
    fetch: Fetch | None = None
    answer: Answer | None = None


class BadRequest(ValueError):
    """The body cannot be read at all: 400, with the text as the reason."""


class TooMuch(BadRequest):
    """The body holds more than one request may: 413, with the text as the reason."""


class Vendor(msgspec.Struct, frozen=True, kw_only=True):
    """How the gateway takes one kind of source.

    `read` raises `BadRequest`. `scheme` names the signature, "" if the vendor has none. `key` finds the key that a
    request gives, "" without one; a source of a vendor with `key` may list several. `paths` are those that clients of
    the vendor call by themselves, beside `/in/{source}`. `answer_seconds` is within which the gateway answers, a little
    less than the sender waits. With `reads_answers`, senders look at the answer: what is refused is in it, and a
    request of which nothing can be used is a 422. Others repeat whatever is not a 2xx: for them a refusal is a dead
    letter, and the answer a 200. `in_answers` is what clients of the vendor look for in an answer, beside the counts.
    """

    read: Callable[[Request], Reading]
    scheme: str = ""
    key: Callable[[Request], str] | None = None
    paths: tuple[str, ...] = ()
    answer_seconds: float = 4.0
    reads_answers: bool = False
    in_answers: dict[str, Any] = {}
