"""What the gateway answers: problems that a person can act on, and what became of the events of a request. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import msgspec

from streams.gateway.reading import Refused

REFUSALS_NAMED = 100
"""The most refusals that an answer lists; it counts the rest."""
RETRY_AFTER_SECONDS = 2
_JSON = (b"content-type", b"application/json")
_PROBLEM = (b"content-type", b"application/problem+json")
_encode = msgspec.json.Encoder().encode

Header = tuple[bytes, bytes]


class Reply(msgspec.Struct, frozen=True):
    """An HTTP answer."""

    status: int
    body: bytes
    headers: tuple[Header, ...] = (_JSON,)


class Problem(Exception):
    """A request that is not taken. `reason` is one of a small closed set; `words` say what to do."""

    def __init__(self, status: int, reason: str, words: str) -> None:
        super().__init__(words)
        self.status: Final = status
        self.reason: Final = reason
        self.words: Final = words

    def reply(self) -> Reply:
        """The answer: {"reason", "words"}, with `Retry-After` where it should be sent again later."""
        headers: tuple[Header, ...] = (_PROBLEM,)
        if self.status in (429, 503):
            headers = (*headers, (b"retry-after", str(RETRY_AFTER_SECONDS).encode()))
        if self.status == 401:
            headers = (*headers, (b"www-authenticate", b"Bearer"))
        return Reply(self.status, _encode({"reason": self.reason, "words": self.words}), headers)


def not_written(words: str) -> Problem:
    """503: Kafka has not acknowledged everything."""
    return Problem(503, "not_written", f"Not everything is stored ({words}): send the request again.")


def outcome(
    accepted: int,
    waiting: int,
    refused: Sequence[Refused],
    *,
    is_read: bool,
    also: Mapping[str, object] = MappingProxyType({}),
) -> Reply:
    """The answer to a request that was taken.

    `accepted` events are on their topics, `waiting` ones wait for an alias. `is_read` says that the sender looks at the
    answer: then 422 if nothing could be used, or 413 if all was too large. `also` is what else the answer holds.
    """
    if not refused and not also:
        return Reply(200, b'{"accepted":%d,"refused":[],"waiting":%d}' % (accepted, waiting))
    listed = [
        {"position": each.position, "reason": each.reason, "words": each.words} for each in refused[:REFUSALS_NAMED]
    ]
    told: dict[str, object] = {**also, "accepted": accepted, "refused": listed, "waiting": waiting}
    if len(refused) > REFUSALS_NAMED:
        told["refused_count"] = len(refused)
    if accepted or waiting or not refused or not is_read:
        return Reply(200, _encode(told))
    status = 413 if all(each.reason == "oversize" for each in refused) else 422
    return Reply(status, _encode({"reason": refused[0].reason, "words": refused[0].words, **told}), (_PROBLEM,))
