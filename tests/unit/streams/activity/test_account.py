"""The activity of one account: the same in any order, bounded, and what it was after its bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scoring.instants import DAY_MS
from streams.activity.account import (
    ERRORS_MAX,
    MINOR_MAX,
    OTHER_MAX,
    USE_MAX,
    AccountActivity,
)
from streams.activity.kept import NotableEvent, week_of
from streams.read_model.account_values import FEATURE_WEEKS, NOTABLE_MAX, TRAITS_MAX, Activity

START_MS = 20_405 * DAY_MS
INSTANTS = st.integers(min_value=0, max_value=200).map(lambda day: START_MS + day * DAY_MS)
Act = tuple[str, int, str, int]
"""What is taken: "count", "say" or "note"; a kind, a name and an instant."""
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["count", "say", "note"]),
        st.integers(min_value=0, max_value=2),
        st.sampled_from(["a", "b", "c", "owner"]),
        INSTANTS,
    ),
    max_size=60,
)


def taken(acts: list[Act], account: AccountActivity | None = None) -> AccountActivity:
    found = account or AccountActivity()
    for what, kind, name, at_ms in acts:
        if what == "count":
            found.count(kind, kind, name, at_ms)
        elif what == "say":
            found.say(name, f"{kind}", at_ms)
        else:
            found.note(NotableEvent(at_ms, kind, name, f"{name}{at_ms}", "", kind == 1))
    return found


def value(account: AccountActivity) -> Activity:
    """The activity, without the order of its traits."""
    activity = account.activity()
    return Activity(
        features=activity.features,
        traits=tuple(sorted(activity.traits, key=lambda each: each.name)),
        notable=activity.notable,
    )


@given(ACTS, st.randoms(use_true_random=False))
def test_any_order_gives_the_same(acts: list[Act], dice: object) -> None:
    shuffled = list(acts)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert value(taken(acts)) == value(taken(shuffled))


@given(ACTS, st.integers(min_value=0, max_value=60))
def test_it_goes_on_from_its_bytes_at_any_place(acts: list[Act], cut: int) -> None:
    half = AccountActivity(taken(acts[:cut]).to_bytes())
    assert value(taken(acts[cut:], half)) == value(taken(acts))


@given(ACTS)
def test_notable_events_and_traits_that_come_twice_are_one(acts: list[Act]) -> None:
    acts = [act for act in acts if act[0] != "count"]
    assert value(taken([*acts, *acts])) == value(taken(acts))


# week   0   1   …   13   14
# events 2   1        1    4      the window of 13 weeks ends with the last one: weeks 2 to 14
def test_weeks_older_than_the_window_count_in_the_total_alone() -> None:
    account = AccountActivity()
    monday_ms = (week_of(START_MS) * 7 + 4) * DAY_MS
    for week, events in ((14, 4), (0, 2), (13, 1), (1, 1)):
        for _ in range(events):
            account.count(0, 0, "export_run", monday_ms + week * 7 * DAY_MS)
    (feature,) = account.activity().features
    assert feature.total == 8
    assert feature.weeks[-2:] == (1, 4)
    assert sum(feature.weeks) == 5
    assert feature.week == week_of(monday_ms) + 14
    assert (feature.first_ms, feature.last_ms) == (monday_ms, monday_ms + 14 * 7 * DAY_MS)


def test_weeks_fill_up_backwards_when_older_events_come_later() -> None:
    account = AccountActivity()
    for weeks_ago in (0, 3, 1):
        account.count(0, 0, "login", START_MS - weeks_ago * 7 * DAY_MS)
    assert account.activity().features[0].weeks == (1, 0, 1, 1)


def test_a_year_of_silence_leaves_the_last_week() -> None:
    account = AccountActivity()
    account.count(0, 0, "login", START_MS)
    account.count(0, 0, "login", START_MS + 364 * DAY_MS)
    weeks = account.activity().features[0].weeks
    assert weeks == (*(0,) * (FEATURE_WEEKS - 1), 1)


def test_of_too_many_names_the_most_used_and_the_newest_are_kept() -> None:
    account = AccountActivity()
    for number in range(USE_MAX + 30):
        for _ in range(100 - number):
            account.count(0, 0, f"n{number}", START_MS + number)
    names = {feature.name for feature in account.activity().features}
    assert len(names) == USE_MAX
    assert {"n0", "n1", f"n{USE_MAX + 29}"} <= names
    assert f"n{USE_MAX - 1}" not in names


def test_each_kind_of_name_has_its_own_room() -> None:
    account = AccountActivity()
    for kind, limit in enumerate((USE_MAX, OTHER_MAX, ERRORS_MAX)):
        for number in range(limit + 5):
            account.count(0, kind, f"{kind} {number}", START_MS + number)
    features = account.activity().features
    assert len(features) == USE_MAX + OTHER_MAX + ERRORS_MAX
    assert sum(feature.is_use for feature in features) == USE_MAX


def test_many_opened_mails_push_no_ticket_out() -> None:
    account = AccountActivity()
    for number in range(NOTABLE_MAX - MINOR_MAX):
        account.note(NotableEvent(START_MS + number, 3, "ticket_opened", f"t{number}", ""))
    for number in range(200):
        account.note(NotableEvent(START_MS + DAY_MS + number, 0, "email_opened", f"m{number}", "", True))
    notable = account.activity().notable
    assert len(notable) == NOTABLE_MAX
    assert sum(event.event == "ticket_opened" for event in notable) == NOTABLE_MAX - MINOR_MAX
    assert notable[0].event_id == "m199"


def test_an_older_word_of_a_trait_replaces_no_newer_one() -> None:
    account = AccountActivity()
    account.say("owner", "Ann", START_MS)
    account.say("owner", "Bob", START_MS - 1)
    account.say("seats", 12.0, START_MS)
    account.say("seats", 14.0, START_MS + 1)
    assert {trait.name: trait.value for trait in account.activity().traits} == {"owner": "Ann", "seats": 14.0}


def test_of_too_many_traits_the_known_ones_are_kept() -> None:
    account = AccountActivity()
    account.say("owner", "Ann", 1)
    for number in range(TRAITS_MAX + 10):
        account.say(f"field {number:02}", "x", START_MS + number)
    names = {trait.name for trait in account.activity().traits}
    assert len(names) == TRAITS_MAX
    assert "owner" in names
    assert "field 10" not in names


def test_the_first_exception_of_a_type_is_the_earliest() -> None:
    account = AccountActivity()
    for at_ms in (500, 900, 100):
        if account.count(1, 2, "TimeoutError", at_ms):
            account.note_first(NotableEvent(at_ms, 1, "TimeoutError", f"e{at_ms}", "late"))
    assert [event.event_id for event in account.activity().notable] == ["e100"]


def test_an_old_event_has_no_id_any_more_and_a_repeat_is_still_the_same() -> None:
    account = AccountActivity()
    old = NotableEvent(START_MS, 2, "invoice_paid", "in_1", "20")
    account.note(old)
    account.note(NotableEvent(START_MS + 8 * DAY_MS, 2, "invoice_paid", "in_2", "20"))
    again = AccountActivity(account.to_bytes())
    again.note(old)
    for found in (account, again):
        assert [event.event_id for event in found.activity().notable] == ["in_2", ""]


def test_the_bytes_of_a_busy_account_are_few() -> None:
    account = AccountActivity()
    for week in range(13):
        for name in range(25):
            for _ in range(1 + (name + week) % 9):
                account.count(
                    0, 0, f"feature_{name}_used", START_MS + (week * 7 + name % 5) * DAY_MS + 40_000_000 + name
                )
    for number in range(NOTABLE_MAX):
        account.note(NotableEvent(START_MS + number * DAY_MS * 3 // 2, 3, "ticket_opened", f"ticket-{number}", "high"))
    assert len(account.to_bytes()) < 1_400
