"""Alert steps and transitions, folded: exact under repeats and any order, bounded, and no open case is lost."""

from __future__ import annotations

import zlib
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.step import CANARY_ACCOUNT, AlertStep
from streams.activity.account_cases import AccountSteps, AccountTransitions
from streams.activity.cases_fold import BODIES, CASES, DECISIONS, DECISIONS_MAX, OPEN, STEPS, TRANSITIONS, CasesFold
from streams.activity.store import RedisCopy, Step
from streams.activity.taking import Gone
from streams.read_model.account_values import STEPS_MAX, TRANSITIONS_MAX
from streams.read_model.port import ReadModelBroken
from tests.builders import a_notification, an_alert_step
from tests.unit.streams.activity.test_activity_fold import Sent

NOW_MS = 1_790_000_000_000


class Kept:
    """What Redis holds, by key and name: the steps are carried out as its script does."""

    def __init__(self) -> None:
        self.keys: dict[int, dict[str, Any]] = {number: {} for number in range(1, 7)}

    async def load(self, key: int, names: list[str]) -> dict[str, bytes]:
        return {name: self.keys[key][name] for name in names if name in self.keys[key]}

    async def load_all(self, key: int) -> dict[bytes, bytes]:
        return {name.encode(): body for name, body in self.keys[key].items()}

    def take(self, steps: list[Step]) -> None:
        for what, key, name, value in steps:
            if what in ("set", "rank"):
                self.keys[key][str(name)] = value
            elif what in ("del", "unrank"):
                self.keys[key].pop(str(name), None)
            elif what == "cut":
                ranked = sorted(self.keys[key], key=lambda each: (self.keys[DECISIONS][each], each))
                for old in ranked[: -int(value)]:
                    del self.keys[key][old], self.keys[key + 1][old]

    def open_cases(self) -> set[str]:
        return set(self.keys[OPEN])


def a_step(
    sequence: int, case: str = "c1", step: str = "changed", status: str | None = "open", **more: Any
) -> AlertStep:
    fields = {"as_of_ms": NOW_MS + sequence, **more}
    return an_alert_step(sequence=sequence, case_id=case, step=step, status=status, **fields)


def sent(*said: Any) -> list[Sent]:
    return [Sent(msgspec.json.encode(each)) for each in said]


async def folded(kept: Kept, *said: Any, topic: str = "alerts", gone: Gone | None = None) -> CasesFold:
    fold = CasesFold()
    kept.take(await fold.fold(cast(RedisCopy, kept), 0, {topic: sent(*said)}, gone or Gone(), NOW_MS))
    return fold


async def test_a_case_is_open_until_it_is_over_and_is_found_by_its_id() -> None:
    kept = Kept()
    await folded(kept, a_step(1, step="opened"), a_step(2, case="c2", step="opened"))
    assert kept.open_cases() == {"c1", "c2"}
    await folded(kept, a_step(3, step="resolved", status="resolved"))
    await folded(kept, a_step(4, case="c2", step="retracted", status="retracted"))
    assert kept.open_cases() == set()
    assert kept.keys[CASES] == {"c1": b"acme", "c2": b"acme"}


async def test_a_decision_that_changed_no_case_leaves_its_last_step() -> None:
    kept = Kept()
    await folded(kept, a_step(1, step="opened", words="it fell"))
    await folded(kept, a_step(2, step="none", status=None, outcome="suppressed", reason="repeat", words="again"))
    shown = msgspec.json.decode(zlib.decompress(kept.keys[OPEN]["c1"]), type=AlertStep)
    assert shown.words == "it fell"


@given(st.permutations(range(1, 13)), st.lists(st.integers(min_value=1, max_value=12), max_size=6))
def test_any_order_and_any_repeat_give_the_same(order: list[int], repeats: list[int]) -> None:
    steps = {n: a_step(n, case=f"c{n % 3}", status="resolved" if n > 9 else "open") for n in range(1, 13)}
    straight, mixed = AccountSteps(), AccountSteps()
    for number in range(1, 13):
        straight.take(steps[number], msgspec.json.encode(steps[number]))
    for number in [*order, *repeats]:
        mixed.take(steps[number], msgspec.json.encode(steps[number]))
        mixed.trim()
        mixed = AccountSteps(mixed.to_bytes())
    assert [each.step.id for each in mixed.ordered()] == [each.step.id for each in straight.ordered()]
    assert mixed.open_cases().keys() == straight.open_cases().keys()


async def test_only_the_newest_steps_are_kept_and_the_first_and_last_of_an_open_case() -> None:
    kept = Kept()
    await folded(kept, a_step(1, case="old", step="opened"), a_step(2, case="old", step="acknowledged"))
    await folded(
        kept, a_step(3, case="over", step="opened"), a_step(4, case="over", step="resolved", status="resolved")
    )
    for first in range(5, 205, 10):
        more = [a_step(n, case="", step="none", status=None, outcome="suppressed") for n in range(first, first + 10)]
        await folded(kept, *more)
    steps = [each.step for each in AccountSteps(kept.keys[STEPS]["acme"]).ordered()]
    assert len(steps) == STEPS_MAX
    assert [step.sequence for step in steps[:2]] == [1, 2]
    assert [step.sequence for step in steps[-2:]] == [203, 204]
    assert kept.keys[CASES] == {"old": b"acme"}, "a case without steps is not found any more"
    assert kept.open_cases() == {"old"}


async def test_of_all_decisions_the_latest_are_kept() -> None:
    kept = Kept()
    for account in range(25):
        steps = [
            an_alert_step(account_id=f"a{account}", sequence=n, as_of_ms=NOW_MS + 25 * n + account) for n in range(100)
        ]
        await folded(kept, *steps)
    assert len(kept.keys[DECISIONS]) == len(kept.keys[BODIES]) == DECISIONS_MAX
    assert min(kept.keys[DECISIONS].values()) == NOW_MS + 500


async def test_transitions_are_bounded_and_a_repeat_writes_nothing() -> None:
    kept = Kept()
    moves = [a_notification(sequence=number) for number in range(1, 61)]
    await folded(kept, *moves, topic="notifications")
    packed = kept.keys[TRANSITIONS]["acme"]
    await folded(kept, moves[-1], topic="notifications")
    assert kept.keys[TRANSITIONS]["acme"] == packed
    again = AccountTransitions(packed)
    assert not again.take(moves[-TRANSITIONS_MAX], b"")
    assert again.take(moves[-TRANSITIONS_MAX - 1], b"")


async def test_a_forgotten_account_leaves_nothing() -> None:
    kept = Kept()
    await folded(kept, a_step(1, step="opened"), an_alert_step(account_id="globex", case_id="g"))
    await folded(kept, a_notification(), topic="notifications")
    kept.take(await CasesFold().removal(cast(RedisCopy, kept), 0, "acme"))
    assert kept.open_cases() == {"g"}
    assert list(kept.keys[STEPS]) == ["globex"]
    assert kept.keys[TRANSITIONS] == {}
    assert len(kept.keys[DECISIONS]) == len(kept.keys[BODIES]) == 1


async def test_the_canary_is_no_account_and_what_is_no_step_is_counted() -> None:
    kept = Kept()
    fold = CasesFold()
    messages = [*sent(an_alert_step(account_id=CANARY_ACCOUNT)), Sent(b"{}"), Sent(None)]
    kept.take(await fold.fold(cast(RedisCopy, kept), 0, {"alerts": messages}, Gone(), NOW_MS))
    assert kept.keys[STEPS] == {}
    assert fold.outcomes == {("alerts", "taken"): 1, ("alerts", "unusable"): 2}


async def test_bytes_that_are_no_steps_are_a_broken_read_model() -> None:
    kept = Kept()
    kept.keys[STEPS]["acme"] = b"nonsense"
    with pytest.raises(ReadModelBroken):
        await folded(kept, a_step(1))
