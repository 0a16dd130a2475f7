"""The question with which senders of CloudEvents begin: may they send here? Pure.

HTTP 1.1 Web Hooks for Event Delivery, part 4: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/http-webhook.md
"""

from __future__ import annotations

from collections.abc import Mapping

from streams.gateway.answers import Problem, Reply


def permission(headers: Mapping[str, str]) -> Reply:
    """The answer to `OPTIONS`: the origin that asks may send, at any rate. What it then sends is verified as ever.

    >>> permission({"webhook-request-origin": "eventgrid.example"}).headers[0]
    (b'webhook-allowed-origin', b'eventgrid.example')

    Raises:
        Problem: 400 when no origin asks.
    """
    origin = headers.get("webhook-request-origin", "").strip()
    if not origin:
        raise Problem(400, "no_origin", "OPTIONS here asks whether one may send: give WebHook-Request-Origin.")
    answer = [(b"webhook-allowed-origin", origin.encode("latin-1", "replace")), (b"webhook-allowed-rate", b"*")]
    return Reply(200, b"", (*answer, (b"allow", b"POST, OPTIONS")))
