"""Files with requests to send."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.gateway.sending.fixture_file import Unusable, fixtures_of
from tests.support.gateway.fixtures import fixture
from tests.support.shared_data import shared


def test_a_recorded_webhook_is_sent_as_it_was() -> None:
    path = "zendesk/prismatic_ticket_created_with_headers.json"
    recorded = fixture(path)
    (found,) = fixtures_of("ticket.json", shared(f"webhooks/{path}").read_bytes())
    assert found.body == recorded.raw
    assert found.headers["x-zendesk-webhook-id"] == recorded.headers["x-zendesk-webhook-id"]
    assert not {"host", "content-length"} & found.headers.keys()


@pytest.mark.parametrize("content", [b'{"a": 1}', b'{"body": 1, "other": 2}', b"[1, 2]", b"hello", b"\xff\xfe", b"7"])
def test_anything_else_is_a_body_byte_for_byte(content: bytes) -> None:
    (found,) = fixtures_of("some.json", content)
    assert (found.body, found.headers) == (content, {})


def test_each_line_of_a_file_of_lines_is_a_request() -> None:
    found = fixtures_of("some.jsonl", b'{"a": 1}\n\n{"body": {"b": 2}, "headers": {"X-A": 1, "Host": "x"}}\r\n')
    assert [(each.name, each.body, each.headers) for each in found] == [
        ("some.jsonl:1", b'{"a": 1}', {}),
        ("some.jsonl:3", b'{"b":2}', {"x-a": "1"}),
    ]
    assert len(fixtures_of("some.json", b'{"a": 1}\n{"a": 2}')) == 1


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.integers()))
def test_a_recorded_body_is_sent_as_json(body: dict[str, int]) -> None:
    (found,) = fixtures_of("some.json", json.dumps({"_source": "x", "body": body}).encode())
    assert json.loads(found.body) == body


@pytest.mark.parametrize("content", [b"", b" \n", b'{"body": {}, "headers": [1]}', b'{"raw_body": 7}'])
def test_what_cannot_be_sent_says_why(content: bytes) -> None:
    with pytest.raises(Unusable):
        fixtures_of("some.json", content)
