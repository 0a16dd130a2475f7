"""Accounts that are merged into others: what arrives for them counts for the other one."""

from __future__ import annotations

import pytest

from tests.builders import Sent, usage
from tests.scenarios.forgotten.lines import COUNTED, DAY, NOON, a_line, forget, level, outcomes


@pytest.mark.parametrize("partitions", [1, 4])
def test_what_arrives_for_a_merged_account_counts_for_the_other_one_once(partitions: int) -> None:
    line = a_line(usage("acme", NOON), usage("globex", NOON), partitions=partitions, model=COUNTED)
    forget(line, into="globex")
    line.send(usage("acme", NOON + DAY))
    line.send(usage("acme", NOON + DAY, id="e1"))
    line.send(usage("acme", NOON + DAY, id="e1"))
    line.settle()
    assert set(line.answers) == {"globex"}
    assert line.answers["globex"].score == 3.0
    assert outcomes(line) == {"applied": 4, "forwarded": 3, "duplicate": 1}


def test_a_group_that_is_sent_on_is_renamed_with_its_account() -> None:
    line = a_line(level(80))
    forget(line, into="globex")
    properties = {"$group_type": "company", "$group_key": "acme", "$group_set": {"plan": "scale"}}
    body = {"event": "$groupidentify", "account_id": "acme", "timestamp": NOON + DAY, "properties": properties}
    line.send(Sent("analytics", body))
    line.settle()
    last = [message.value or b"" for topic, message in line.messages(0) if topic == 0][-1]
    assert b'"$group_key":"globex"' in last


def test_a_chain_of_merged_accounts_is_followed() -> None:
    line = a_line(usage("acme", NOON), partitions=4, model=COUNTED)
    forget(line, into="globex")
    forget(line, account="globex", into="initech")
    line.settle()
    line.send(usage("acme", NOON + DAY))
    line.settle()
    assert {name: answer.score for name, answer in line.answers.items()} == {"initech": 1.0}


def test_a_circle_of_merged_accounts_ends() -> None:
    line = a_line(partitions=4, model=COUNTED)
    forget(line, into="globex")
    forget(line, account="globex", into="acme")
    line.settle()
    line.send(usage("acme", NOON + DAY))
    line.settle()
    assert not line.answers
    assert outcomes(line) == {"forwarded": 8, "forgotten": 1}
