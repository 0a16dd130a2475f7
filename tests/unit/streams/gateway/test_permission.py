"""Senders of CloudEvents that ask first."""

from __future__ import annotations

import pytest

from streams.gateway.answers import Problem
from streams.gateway.permission import permission


def test_an_origin_that_asks_may_send() -> None:
    reply = permission({"webhook-request-origin": " eventgrid.azure.net "})
    assert (reply.status, reply.body) == (200, b"")
    assert dict(reply.headers) == {
        b"webhook-allowed-origin": b"eventgrid.azure.net",
        b"webhook-allowed-rate": b"*",
        b"allow": b"POST, OPTIONS",
    }


@pytest.mark.parametrize("headers", [{}, {"webhook-request-origin": " "}])
def test_a_question_without_an_origin_is_refused_in_words(headers: dict[str, str]) -> None:
    with pytest.raises(Problem, match="WebHook-Request-Origin"):
        permission(headers)
