"""An event under another account: the decoder reads what it read before, of that account."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.event.event import EventDecoder
from streams.under_account import under_account

NOW_MS = 1_800_000_000_000
DECODER = EventDecoder(["seats", "plan"])
SHAPES: list[dict[str, Any]] = [
    {"account_id": "old", "event": "login", "timestamp": "2026-03-01T12:00:00Z", "properties": {"seats": 7}},
    {"event": "login", "timestamp": 1_770_000_000, "account_id": "old", "id": "e1", "user_id": "ann"},
    {"type": "track", "event": "login", "context": {"groupId": "old"}, "messageId": "m1", "userId": "ann"},
    {"type": "group", "groupId": "old", "traits": {"plan": "scale"}, "userId": "ann"},
    {"event": "login", "properties": {"$groups": {"company": "old"}, "distinct_id": "ann", "uuid": "u1"}},
    {"event": "login", "account_id": "old", "properties": '{"seats": 3}'},
    {
        "event": "$groupidentify",
        "properties": {"$group_type": "company", "$group_key": "old", "$group_set": {"plan": "scale"}},
    },
]


@pytest.mark.parametrize("body", SHAPES, ids=range(len(SHAPES)))
def test_every_shape_says_the_same_of_the_other_account(body: dict[str, Any]) -> None:
    value = json.dumps(body).encode()
    before = DECODER.decode("analytics", value, NOW_MS, NOW_MS)
    after = DECODER.decode("analytics", under_account(value, "new", was="old"), NOW_MS, NOW_MS)
    assert before.account_id == "old"
    as_if = DECODER.decode("analytics", value.replace(b'"$group_key": "old"', b'"$group_key": "new"'), NOW_MS, NOW_MS)
    assert after == msgspec.structs.replace(before, account_id="new", properties=as_if.properties)
    assert [DECODER.reader(name)(after.properties) for name in ("seats", "plan")] == [
        DECODER.reader(name)(before.properties) for name in ("seats", "plan")
    ]


def test_a_group_that_is_not_the_account_keeps_its_name() -> None:
    body = {"account_id": "old", "event": "x", "properties": {"$group_key": "team-1", "$group_set": {"plan": "scale"}}}
    after = json.loads(under_account(json.dumps(body).encode(), "new", was="old"))
    assert after == {**body, "account_id": "new"}


def test_an_id_is_put_in_and_replaces_none_that_is_deeper() -> None:
    after = json.loads(under_account(b'{"id": 3, "event": "x", "properties": {"id": 4}}', "new", "analytics/0/1"))
    assert after == {"account_id": "new", "id": "analytics/0/1", "event": "x", "properties": {"id": 4}}


@given(
    fields=st.dictionaries(st.text(max_size=8), st.integers() | st.text(max_size=8) | st.none(), max_size=6),
    account_id=st.text(min_size=1, max_size=20),
)
def test_nothing_else_changes(fields: dict[str, Any], account_id: str) -> None:
    after = under_account(json.dumps(fields).encode(), account_id)
    assert json.loads(after) == {**fields, "account_id": account_id}
    assert next(iter(json.loads(after))) == "account_id"


def test_a_mark_before_the_object_is_left_out() -> None:
    assert under_account(b"\xef\xbb\xbf{}", "new") == b'{"account_id":"new"}'


@pytest.mark.parametrize("value", [b"", b"[]", b"null", b"{", b"\xff"])
def test_what_is_no_object_is_refused(value: bytes) -> None:
    with pytest.raises(ValueError, match="an event is a JSON object"):
        under_account(value, "new")
