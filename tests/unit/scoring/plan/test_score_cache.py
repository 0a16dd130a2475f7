"""What is kept of an account's scores: what changed is judged again, and the rest stands."""

from __future__ import annotations

from typing import Any

import msgspec

from scoring.fold.fold import apply
from scoring.fold.fork import fork
from scoring.model.schema import Condition
from scoring.plan.plan import Plan
from scoring.plan.score_cache import ScoreCache
from tests.builders import Sent, usage
from tests.support.account_under_model import NOON, NUMBERS, Seen, Table, sent

PARTS: dict[str, Table] = {
    name: {"shape": "ratio", "of": 10, "signal": name, "weight": weight}
    for name, weight in zip(NUMBERS, (50, 30, 20), strict=True)
}
SHARE: dict[str, Table] = {"x": {"shape": "share_of_max", "signal": "x", "weight": 100}}


def earlier(**values: Any) -> Sent:
    """An event just before those of `sent`."""
    return usage(at=NOON - 1, **values)


def value(seen: Seen, scores: ScoreCache, norm: dict[str, float] | None = None) -> float:
    judged = scores.refresh(seen.plan.primary, seen.account, {} if norm is None else norm)
    assert judged is not None
    return judged.value


def see(seen: Seen, event: Sent) -> None:
    apply(seen.plan, seen.account, seen.plan.decoder.decode(event.topic, event.value, 0, 1 << 50), NOON)


def test_the_first_score_is_of_everything_and_the_next_of_what_an_event_changed() -> None:
    seen, norm = Seen(PARTS, earlier(x=10, y=5, z=0)), dict[str, float]()
    scores = ScoreCache(seen.plan.score_plans)
    before = scores.refresh(seen.plan.primary, seen.account, norm)
    assert before == seen.plan.primary.score(seen.account, norm)
    assert scores.refresh(seen.plan.primary, seen.account, norm) is before, "nothing changed"
    see(seen, sent(x=0, y=5, z=10))
    after = scores.refresh(seen.plan.primary, seen.account, norm)
    assert after is not before
    assert after == seen.plan.primary.score(seen.account, norm)


def test_an_event_that_changes_no_judgement_leaves_the_evaluation_as_it_is() -> None:
    seen, norm = Seen(PARTS, earlier(x=10, y=10, z=10)), dict[str, float]()
    before = seen.scores.refresh(seen.plan.primary, seen.account, norm)
    see(seen, sent(x=20, y=10, z=10))  # as far above its whole as can be, before and after
    assert seen.account.changed_dependents
    assert seen.scores.refresh(seen.plan.primary, seen.account, norm) is before
    assert not seen.account.changed_dependents, "the cache took the bits"


def test_another_norm_is_another_object() -> None:
    seen, norm = Seen(SHARE, sent(x=10)), {"x": 20.0}
    assert value(seen, seen.scores, norm) == 50
    assert value(seen, seen.scores, {"x": 40.0}) == 25


def test_a_copy_goes_its_own_way_with_its_fork() -> None:
    seen, norm = Seen(PARTS, earlier(x=10, y=10, z=10)), dict[str, float]()
    assert value(seen, seen.scores, norm) == 100
    event = sent(x=0, y=0, z=0)
    account, scores = fork(seen.plan, seen.account), seen.scores.copy()
    apply(seen.plan, account, seen.plan.decoder.decode(event.topic, event.value, 0, 1 << 50), NOON)
    forked = scores.refresh(seen.plan.primary, account, norm)
    assert forked is not None
    assert forked.value == 0
    assert value(seen, seen.scores, norm) == 100


def test_a_watch_that_comes_to_hold_makes_another_evaluation_of_the_same_score() -> None:
    seen, norm = Seen(PARTS, earlier(x=10, y=10, z=10)), dict[str, float]()
    plan = Plan(seen.plan.model, watches={"much": (Condition(signal="x", above=15),)})
    account, scores = fork(seen.plan, seen.account), ScoreCache(plan.score_plans)
    before = scores.refresh(plan.primary, account, norm)
    assert before is not None
    assert before.watched == ()
    event = sent(x=20, y=10, z=10)
    apply(plan, account, plan.decoder.decode(event.topic, event.value, 0, 1 << 50), NOON)
    after = scores.refresh(plan.primary, account, norm)
    assert after is not None
    assert after is not before
    assert after.watched == ("much",)
    assert after == plan.primary.score(account, norm)
    assert msgspec.structs.replace(after, watched=()) == before
    assert scores.refresh(plan.primary, account, norm) is after, "nothing changed"


def test_watches_are_no_part_of_the_plan_and_of_what_it_keeps() -> None:
    plain = Seen(PARTS).plan
    watched = Plan(plain.model, watches={"much": (Condition(signal="x", above=15),)})
    assert watched.identity == plain.identity
    assert watched.identities == plain.identities
    assert watched.sizes == plain.sizes
