"""Sources: what was ever sent, and components that wait for it."""

from __future__ import annotations

from typing import Any

import pytest

from scoring.explain.snapshot import content_of, norm_of
from scoring.plan.plan import Plan
from scoring.plan.read_facts import facts_of, sources_held
from tests.builders import Sent, a_model, an_exception, ticket, usage
from tests.support.account_under_model import NOON, Seen, Table

COUNTS: dict[str, Table] = {
    "errors": {"kind": "count", "window": "14d", "topics": ["exceptions"], "label": "errors"},
    "uses": {"kind": "count", "window": "14d", "label": "product events"},
}
SOURCES: dict[str, Table] = {"errors": {"topics": ["exceptions"], "label": "errors"}}
FRICTION: Table = {"shape": "linear", "signal": "errors", "points": [[0, 100], [10, 0]], "weight": 1}
WAITS = {"it": FRICTION | {"source": "errors"}, "uses": FRICTION | {"signal": "uses"}}


def seen(*events: Sent, components: dict[str, Table] = WAITS, **more: Any) -> Seen:
    return Seen(components, *events, signals=COUNTS, sources=SOURCES, **more)


def test_no_news_is_good_news_only_once_somebody_sends_news() -> None:
    silent = seen(usage(at=NOON))
    assert silent.judgement() is None
    assert silent.judgement(norm={"source:errors": 0.0}) is None
    assert silent.judgement(norm={"source:errors": 1.0}) == 100, "another account sent some"
    assert seen(an_exception(at=NOON)).judgement() == 90, "it sent one itself, and the norm does not know it yet"


def test_a_source_is_for_ever() -> None:
    account = seen(an_exception(at=NOON))
    assert account.judgement() == 90
    account.to(NOON + 400 * 86_400_000)
    assert account.judgement() == 100


def test_neither_needs_nor_an_exception_speaks_for_a_source_that_is_not_there() -> None:
    rule = {"signal": "uses", "at_least": 1, "judgement": 7}
    account = seen(usage(at=NOON), components={"it": WAITS["it"] | {"when": [rule], "needs": "uses"}})
    assert account.judgement() is None
    assert account.judgement(norm={"source:errors": 1.0}) == 7


def test_a_blend_goes_by_its_own_source_and_its_parts_by_theirs() -> None:
    blend = {"shape": "blend", "parts": {"part": 1, "uses": 1}, "weight": 1}
    components = {"it": blend, "part": WAITS["it"] | {"weight": 0}, "uses": WAITS["uses"]}
    account = seen(usage(at=NOON), components=components)
    assert (account.judgement(), account.judgement("part")) == (90, None)
    assert account.judgement(norm={"source:errors": 1.0}) == 95
    account = seen(usage(at=NOON), components=components | {"it": blend | {"source": "errors"}})
    assert account.judgement() is None


@pytest.mark.parametrize(
    ("source", "event", "is_sent"),
    [
        ({"topics": ["tickets"]}, ticket(at=NOON), True),
        ({"topics": ["tickets"]}, usage(at=NOON), False),
        ({"topics": ["analytics"], "also": ["ticket*"]}, ticket(at=NOON), True),
        ({"topics": ["tickets"], "events": ["@errors"]}, ticket(at=NOON), False),
        ({"topics": ["analytics"], "property": "nps"}, usage(at=NOON, nps=0), True),
        ({"topics": ["analytics"], "property": "nps"}, usage(at=NOON, nps=None), False),
        ({"topics": ["analytics"], "property": "nps"}, usage(at=NOON), False),
        ({"topics": ["analytics"], "where": [{"property": "nps", "at_least": 1}]}, usage(at=NOON, nps=0), False),
    ],
)
def test_a_source_takes_what_its_filter_takes(source: Table, event: Sent, is_sent: bool) -> None:
    account = Seen({"it": FRICTION | {"source": "news"}}, event, signals=COUNTS, sources={"news": source})
    assert account.plan.norm_part(account.account) == {"source:news": float(is_sent)}
    assert (account.judgement() is not None) is is_sent


def test_a_source_shares_its_slot_with_a_signal_of_the_same_filter() -> None:
    signals = COUNTS | {"latest": {"kind": "last_at", "topics": ["exceptions"]}}
    plan = Plan(a_model(signals, WAITS, sources=SOURCES))
    assert len(plan.latest_at_slots) == 1


def test_a_snapshot_holds_the_norms_part_and_the_accounts_own() -> None:
    account = seen(usage(at=NOON), an_exception(at=NOON - 1_000))
    plan, norm = account.plan, {"source:errors": 1.0, "source:other": 1.0, "another": 3.0}
    assert norm_of(plan.primary, norm) == {"source:errors": 1.0}
    assert norm_of(plan.primary, {"source:errors": 0.0}) == {}
    content = content_of(plan, "acme", account.account, account.score, norm)
    assert content.sources == sources_held(plan.primary, account.account) == {"errors": "2026-03-01 11:59:59"}
    assert content_of(plan, "acme", seen(usage(at=NOON)).account, None, norm).sources == {}


def test_its_text_says_that_nobody_ever_sent_it() -> None:
    components = seen().plan.primary.components

    def text(account: Seen, norm: dict[str, float]) -> str:
        return components[0].shape.text(facts_of(account.plan.primary, account.account, norm), [None, None])

    assert text(seen(usage(at=NOON)), {}) == "no account ever sent errors"
    assert text(seen(usage(at=NOON)), {"source:errors": 1.0}) == "0 errors in 14 days"
    assert text(seen(an_exception(at=NOON)), {}) == "1 error in 14 days"


def test_a_shadow_has_sources_of_its_own() -> None:
    models = [a_model(COUNTS, WAITS, sources=SOURCES, version=version) for version in (1, 2)]
    plan = Plan(models[0], models[1:])
    assert list(plan.norm_signals) == ["source:errors", "small@2.source:errors"]
    assert len(set(plan.norm_meanings.values())) == 1
