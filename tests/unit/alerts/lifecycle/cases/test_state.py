"""The bytes of an account."""

from __future__ import annotations

import msgspec

from alerts.lifecycle.cases.state import (
    AccountState,
    Case,
    Missed,
    Mute,
    Origin,
    RuleState,
    packed,
    packed_but,
    unpacked,
)
from scoring.result import Baseline, TransitionCause


def test_nothing_is_kept_of_an_account_that_was_never_judged() -> None:
    assert packed(AccountState()) == b""
    assert unpacked(b"") == AccountState()


def test_a_state_survives_its_bytes() -> None:
    missed = Missed("tier", "c1", "opened", "open", "critical", "red", 5, 1, True)
    rule = RuleState(
        memory=[1, 2, 3],
        depth=2,
        plain=1,
        quiet=1,
        sinces=[7, 9],
        is_rising=True,
        blocked="guard",
        recheck_ms=11,
        origin=Origin(Baseline(50.5, "yellow", {"use": 50.5}), TransitionCause(kind="event")),
        case=Case("c1", "acme", "open", "critical", 2, "red", 5, 6, steps=3, escalate_ms=99, by="ann", words="w"),
        mute=Mute(until_ms=100, by="ann", since_ms=50, missed=[missed], more=2),
    )
    state = AccountState(mark=7, records=3, cases=1, rules={"t:tier": rule}, mute=Mute(1, "bob", 0))
    assert unpacked(packed(state)) == state


def test_memories_can_be_put_into_the_bytes_of_all_else() -> None:
    kept = {f"d:{number:02}": RuleState(memory=[number, 1 << 40, 9_000]) for number in range(20)}
    kept |= {"t:tier": RuleState(memory=[3], depth=1, sinces=[5]), "t:new": RuleState(depth=1), "f:flag": RuleState()}
    for rules in (kept, {"t:tier": kept["t:tier"]}):
        for mute in (None, Mute(60_000, "ann", 1)):
            state = AccountState(mark=1 << 60, records=300, cases=2, rules=rules, mute=mute)
            rest, cuts = packed_but(state, rules)
            whole = rest
            for at, key in reversed(cuts):
                whole = whole[:at] + msgspec.msgpack.encode(rules[key].memory) + whole[at:]
            assert whole == packed(state)
            assert len(cuts) == len([rule for rule in rules.values() if rule.memory])
            assert packed_but(state, ()) == (packed(state), [])


def test_rules_without_anything_to_keep_cost_nothing_and_their_order_no_difference() -> None:
    one = AccountState(mark=7, rules={"b": RuleState(depth=1), "a": RuleState(quiet=1), "c": RuleState()})
    other = AccountState(mark=7, rules={"a": RuleState(quiet=1), "b": RuleState(depth=1)})
    assert packed(one) == packed(other)
    assert len(packed(AccountState(mark=7, rules={"c": RuleState()}))) == 5
