"""Lists of event names and the sets that they refer to: in the fold and in the oracle, each by its own rule."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.model.event_names import Names, plain_name
from scoring.model.event_sets import EventSets, shipped
from scoring.model.model import Model
from scoring.model.references import event_sets_of
from scoring.oracle.events import is_named
from scoring.plan.plan import Plan
from scoring.plan.routes import ROUTES_MAX
from tests.builders import a_model

SPELLINGS = (
    "$feature_flag_called",
    "$Feature_Flag_Called",
    "$FEATURE_FLAG_CALLED",
    "$feature-flag-called",
    "$feature flag called",
    "$feature.flag.called",
    "$featureFlagCalled",
    " $feature_flag_called ",
)
ENTRIES = ("Export Job*", "*_sync", "*beat*", "login", "!lip-sync", "step_1_2", "a[bc]?d", "$set", "İ")
WORDS = (
    "export",
    "job",
    "s",
    "sync",
    "lip",
    "heart",
    "beat",
    "log",
    "in",
    "step",
    "1",
    "2",
    "$",
    "set",
    "a[bc]?d",
    "İ",
)
GAPS = ("", " ", "_", "-", ".", ":", "/", "\u00a0", "__")


def usage(exclude: list[str], **sets: list[str]) -> Model:
    return a_model({"usage": {"kind": "count", "window": "30d", "exclude": exclude}}, events=sets)


def counted(model: Model, name: str) -> bool:
    """Whether the signal counts an event of this name, by both rules."""
    signal = model.signals["usage"]
    (taken,) = {bool(Plan(model).routes.of("analytics", name).counts), not is_named(signal.exclude, name)}  # type: ignore[union-attr]
    return taken


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_set_takes_a_name_however_it_is_spelled(name: str) -> None:
    assert not counted(usage(["@flags"]), name)


@given(
    st.lists(st.sampled_from(ENTRIES), min_size=1, max_size=4), st.lists(st.sampled_from(WORDS), max_size=4), st.data()
)
def test_both_rules_take_the_same_names(entries: list[str], words: list[str], data: st.DataObject) -> None:
    name = "".join(itertools.chain.from_iterable((data.draw(st.sampled_from(GAPS)), word) for word in words))
    for each in (name, name.upper(), name.title()):
        assert (each in Names(entries)) == is_named(tuple(entries), each)


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_name_takes_itself_and_what_is_spelled_like_it(one: str, other: str) -> None:
    for taken in (other in Names([one]), is_named((one,), other)):
        if not set("*!") & set(one):
            assert taken == (plain_name(one) == plain_name(other))


@pytest.mark.parametrize(
    ("entries", "taken", "left"),
    [
        (["Export Job*"], ["export_job", "exportJob 17"], ["export", "an export job"]),
        (["*_sync"], ["crm-sync", "Sync"], ["sync_now", "resync_all"]),
        (["*beat*"], ["heartbeat", "Beat it"], ["be at"[:2]]),
        (["sync*", "!sync_now"], ["synced"], ["Sync Now", "syncNow"]),
        (["step_1_2"], ["Step 1.2"], ["step_12", "step12"]),
    ],
)
def test_a_star_stands_for_what_begins_ends_or_lies_around(
    entries: list[str], taken: list[str], left: list[str]
) -> None:
    assert [name in Names(entries) for name in (*taken, *left)] == [True] * len(taken) + [False] * len(left)


def test_one_line_extends_the_set_that_ships() -> None:
    model = usage(["@machine"], machine=["@machine", "our_robot"])
    assert [counted(model, name) for name in ("Our Robot", "$identify", "login")] == [False, False, True]


def test_one_line_takes_a_name_out_of_it() -> None:
    model = usage(["@machine"], machine=["@machine", "!group", "!@surveys"])
    assert [counted(model, name) for name in ("Group", "survey sent", "$identify")] == [True, True, False]
    back = usage(["@mine"], mine=["@machine", "!group", "group"])
    assert not counted(back, "group")


def test_a_finer_set_of_ones_own_is_part_of_the_great_one() -> None:
    model = usage(["@machine"], syncs=["@syncs", "warehouse_loaded"])
    assert [counted(model, name) for name in ("warehouse_loaded", "nightly_sync")] == [False, False]
    replaced = usage(["@machine"], syncs=["warehouse_loaded"])
    assert [counted(replaced, name) for name in ("warehouse_loaded", "nightly_sync")] == [False, True]


def test_what_a_signal_names_itself_no_set_takes_out() -> None:
    table = {"kind": "count", "window": "30d", "events": ["Survey Sent"], "exclude": ["@machine"]}
    model = a_model({"usage": table})
    assert counted(model, "survey_sent")


def test_sets_stand_in_every_list_of_names() -> None:
    model = a_model(
        {
            "opened": {"kind": "open", "item": "id", "events": ["@opens"], "closed_by": ["@closes"], "also": ["@also"]},
            "value": {"kind": "last", "property": "mrr", "zero_on": ["@closes"]},
            "steps": {"kind": "milestones", "steps": [{"name": "begun", "events": ["@opens"]}]},
        },
        events={"opens": ["opened"], "closes": ["closed", "done"], "also": ["found"]},
    )
    plan = Plan(model)
    assert [len(plan.routes.of("analytics", name).items) for name in ("Opened", "DONE", "found", "x")] == [1, 1, 1, 0]
    assert len(plan.routes.of("billing", "found").items) == 1
    assert len(plan.routes.of("analytics", "opened").first_at) == 1
    assert event_sets_of(model) == ["opens", "also", "closes"]


def test_a_model_without_sets_is_as_it_was() -> None:
    model = usage(["$exception", "logout"])
    assert (model.signals, model.written, model.events) == (model.as_written, {}, {})


def test_every_set_that_ships_can_be_used_and_is_part_of_a_great_one() -> None:
    sets = EventSets({})
    parts = {part for name in ("machine", "tickets", "billing") for part in sets.made_of(name)}
    assert set(shipped()) - parts == {"nps_answer", "signup", "invite_sent"}
    for name in shipped():
        assert sets.entries(name)
        assert len({plain_name(entry) for entry in sets.entries(name)}) == len(sets.entries(name))


def test_another_set_is_another_state() -> None:
    plans = [Plan(usage(["@machine"], **sets)) for sets in ({}, {"machine": ["@machine", "our_robot"]})]
    assert plans[0].identities.keys() != plans[1].identities.keys()


def test_names_without_number_are_not_all_remembered_and_none_is_slow_for_ever() -> None:
    plan = Plan(usage(["@machine"]))
    for number in range(ROUTES_MAX + 10):
        plan.routes.of("analytics", f"event {number}")
    kept = plan.routes.of("analytics", "login")
    assert len(plan.routes._routes) <= 11
    assert plan.routes.of("analytics", "login") is kept


VENDORS = {
    "ticket_opened": ("zen:event-type:ticket.created", "ticket.created", "conversation.user.created", "convo.created"),
    "ticket_closed": ("Ticket Solved", "ticket.closed", "conversation.admin.closed", "support_ticket_resolved"),
    "ticket_reopened": ("ticket_re-opened", "conversation.admin.opened"),
    "csat_answer": ("satisfaction.ratings", "conversation.rating.added", "CSAT Submitted"),
    "payment_failed": ("invoice.payment_failed", "Payment Failed", "transaction.payment_failed", "failed_payment"),
    "payment_succeeded": ("invoice.paid", "payment_succeeded", "subscription_charged_successfully"),
    "subscription_started": ("customer.subscription.created", "subscription_created", "Subscription Started"),
    "subscription_changed": ("customer.subscription.updated", "plan_changed", "seat_count_set", "Plan Upgraded"),
    "subscription_canceled": ("customer.subscription.deleted", "subscription_cancelled", "subscription.expired"),
    "cancellation_announced": ("subscription_cancellation_scheduled", "canceled_subscription_notification"),
    "signup": ("Signed Up", "Account Created"),
    "invite_sent": ("Invite Sent", "member_invited"),
}
OTHERS = (
    *("issue_created", "case_closed", "conversation_created", "chat_started", "ticket_viewed", "ticket_assigned"),
    *("ticket.status_changed", "convo.status", "plan_viewed", "plan.updated", "charge.failed", "charge.succeeded"),
    *("payment_intent.payment_failed", "payment_page_viewed", "payment_method_added", "invoice_created", "subscribed"),
    *("unsubscribed", "email_unsubscribed", "trial_ended", "order_cancelled", "job_closed", "deal_closed", "login"),
)


@pytest.mark.parametrize("name", VENDORS)
def test_a_set_has_the_words_of_vendors_and_no_other_set_of_its_kind_has_them(name: str) -> None:
    sets = EventSets({})
    great = next(each for each in ("tickets", "billing", name) if each == name or name in sets.made_of(each))
    siblings = {each for each in sets.made_of(great) if each != great} - set(sets.made_of(name))
    siblings -= {each for each in siblings if name in sets.made_of(each)}
    for event in VENDORS[name]:
        assert event in Names(sets.entries(name))
        assert [each for each in siblings if event in Names(sets.entries(each))] == []


@pytest.mark.parametrize("name", OTHERS)
def test_what_may_mean_something_else_is_in_no_set_of_tickets_or_money(name: str) -> None:
    sets = EventSets({})
    assert [each for each in VENDORS if name in Names(sets.entries(each))] == []
