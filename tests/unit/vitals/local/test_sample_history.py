"""The sample: its book, its history and its live part, judged by the default model through the pure fold."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from scoring.fold.fold import advance, apply
from scoring.instants import DAY_MS, HOUR_MS, parse_instant
from scoring.model.loader import load_preset
from scoring.plan.evaluation import Evaluation
from scoring.plan.plan import Plan
from scoring.plan.score_cache import ScoreCache
from scoring.state.account import Account
from streams.errors import UserError
from vitals.local.sample_accounts import ACCOUNTS_MAX, SampleAccount, Story, book
from vitals.local.sample_events import SampleEvent, sample_event
from vitals.local.sample_history import HISTORY_DAYS, history
from vitals.local.sample_live import SCENE_SECONDS, live, script

pytestmark = pytest.mark.slow
SEED = 7
SATURDAY_NIGHT = parse_instant("2026-11-22T03:00:00Z")
MONDAY_NOON = parse_instant("2026-11-23T12:00:00Z")
THURSDAY_EVENING = parse_instant("2026-11-26T19:00:00Z")
ENDS = (SATURDAY_NIGHT, MONDAY_NOON, THURSDAY_EVENING)
LEADING = book(SEED, 10)

Tiers = dict[str, list[str]]
"""The tiers that each account went through, in order."""


class Fold:
    """The tiers of accounts under the default model, event by event and wake by wake, without Kafka."""

    def __init__(self, *, judges: bool = True) -> None:
        """Without `judges`, accounts are judged only when that is asked for."""
        self._judges = judges
        self.plan = Plan(load_preset("default"))
        self.accounts: dict[str, Account] = {}
        self.scores: dict[str, ScoreCache] = {}
        self.tiers: Tiers = {}

    def take(self, events: Iterable[SampleEvent]) -> None:
        for sent in events:
            at = sent.occurred_at_ms
            event = self.plan.decoder.decode(sent.topic, sent.value, at, at)
            if event.account_id not in self.accounts:
                self.accounts[event.account_id] = Account(self.plan.sizes, at)
                self.scores[event.account_id] = ScoreCache(self.plan.score_plans)
            self.advance(event.account_id, at)
            apply(self.plan, self.accounts[event.account_id], event, at)
            self._judge(event.account_id)

    def advance(self, account_id: str, instant_ms: int) -> None:
        account = self.accounts[account_id]
        while account.next_due * self.plan.resolution_ms <= instant_ms:
            advance(self.plan, account, account.next_due * self.plan.resolution_ms)
            self._judge(account_id)

    def judged(self, account_id: str, instant_ms: int) -> Evaluation | None:
        """The account's score at an instant."""
        self.advance(account_id, instant_ms)
        return self.scores[account_id].refresh(self.plan.primary, self.accounts[account_id], {})

    def _judge(self, account_id: str) -> None:
        if not self._judges:
            return
        score = self.scores[account_id].refresh(self.plan.primary, self.accounts[account_id], {})
        tier = "" if score is None else self.plan.primary.tier_names[score.tier]
        gone_through = self.tiers.setdefault(account_id, [])
        if not gone_through or gone_through[-1] != tier:
            gone_through.append(tier)


def the(story: Story) -> SampleAccount:
    return next(account for account in LEADING if account.story is story)


def played(end_ms: int, seconds: float) -> list[SampleEvent]:
    """The script's events from `end_ms` on."""
    cues = itertools.takewhile(lambda cue: cue[0] < seconds, script(LEADING, SEED))
    return [sample_event(draft, end_ms + int(at * 1_000), number) for number, (at, draft) in enumerate(cues)]


def of(account: SampleAccount, events: Iterable[SampleEvent]) -> list[SampleEvent]:
    return [event for event in events if event.account_id == account.account_id]


def test_the_same_seed_and_end_give_the_same_history() -> None:
    assert history(LEADING, SEED, MONDAY_NOON) == history(LEADING, SEED, MONDAY_NOON)


def test_another_seed_gives_another_history() -> None:
    assert history(LEADING, SEED, MONDAY_NOON) != history(LEADING, SEED + 1, MONDAY_NOON)


def test_a_history_is_in_the_order_of_time_and_ends_before_its_end() -> None:
    instants = [event.occurred_at_ms for event in history(LEADING, SEED, MONDAY_NOON)]
    assert instants == sorted(instants)
    assert instants[0] == MONDAY_NOON - HISTORY_DAYS * DAY_MS
    assert MONDAY_NOON - DAY_MS < instants[-1] < MONDAY_NOON


def test_every_event_is_canonical_and_no_account_has_an_id_twice() -> None:
    decoder = Plan(load_preset("default")).decoder
    sent = history(LEADING, SEED, MONDAY_NOON) + played(MONDAY_NOON, 2 * SCENE_SECONDS)
    events = [decoder.decode(each.topic, each.value, 0, each.occurred_at_ms) for each in sent]
    assert [(e.account_id, e.topic, e.occurred_at_ms) for e in events] == [
        (each.account_id, each.topic, each.occurred_at_ms) for each in sent
    ]
    assert len({(event.account_id, event.event_id) for event in events}) == len(events)
    assert all(event.event_id for event in events)


def test_a_history_speaks_of_every_account_on_every_topic() -> None:
    events = history(book(SEED, 40), SEED, MONDAY_NOON)
    assert {event.account_id for event in events} == {account.account_id for account in book(SEED, 40)}
    assert set(Counter(event.topic for event in events)) == {"analytics", "exceptions", "billing", "tickets"}


def test_people_work_on_working_days() -> None:
    usage = [event for event in history(book(SEED, 40), SEED, MONDAY_NOON) if event.topic == "analytics"]
    weekdays = Counter(datetime.fromtimestamp(event.occurred_at_ms / 1_000, UTC).weekday() for event in usage)
    assert weekdays[5] + weekdays[6] < 0.1 * len(usage)
    assert min(weekdays[day] for day in range(5)) > 0.12 * len(usage)


def test_a_smaller_book_is_the_beginning_of_a_larger_one() -> None:
    assert book(SEED, 200)[:40] == book(SEED, 40)


def test_no_two_accounts_have_one_name() -> None:
    assert len({account.account_id for account in book(SEED, ACCOUNTS_MAX)}) == ACCOUNTS_MAX


@pytest.mark.parametrize("accounts", [-1, 0, ACCOUNTS_MAX + 1])
def test_a_book_of_no_or_too_many_accounts_is_an_error_that_says_how_many_can_be(accounts: int) -> None:
    with pytest.raises(UserError, match=f"use 1 to {ACCOUNTS_MAX}"):
        book(SEED, accounts)


# ... usage ... │ last export │      fourteen days of nothing       │ end
#                 the hour that leaves the two-week windows at the end
@pytest.mark.parametrize("end_ms", ENDS)
def test_the_silent_account_is_yellow_until_the_end_and_red_at_it(end_ms: int) -> None:
    silent = the(Story.SILENT)
    fold = Fold()
    fold.take(of(silent, history(LEADING, SEED, end_ms)))
    fold.advance(silent.account_id, end_ms - 1)
    assert fold.tiers[silent.account_id][-1] == "yellow"
    fold.advance(silent.account_id, end_ms)
    assert fold.tiers[silent.account_id][-2:] == ["yellow", "red"]


def test_at_the_end_that_is_no_whole_hour_the_silent_account_has_fallen() -> None:
    silent = the(Story.SILENT)
    fold = Fold()
    fold.take(of(silent, history(LEADING, SEED, MONDAY_NOON + HOUR_MS // 2)))
    fold.advance(silent.account_id, MONDAY_NOON + HOUR_MS // 2)
    assert fold.tiers[silent.account_id][-1] == "red"


@pytest.mark.parametrize("end_ms", ENDS)
def test_in_the_first_scene_the_storm_and_the_tickets_bring_a_fall_and_the_comeback_a_rise(end_ms: int) -> None:
    fold = Fold()
    fold.take(history(LEADING, SEED, end_ms))
    fold.tiers.clear()
    fold.take(played(end_ms, SCENE_SECONDS))
    assert fold.tiers[the(Story.STORM).account_id] == ["green", "yellow", "red"]
    tickets = fold.tiers[the(Story.TICKETS).account_id]
    assert (tickets[0], tickets[-1]) == ("green", "red")
    assert fold.tiers[the(Story.RECOVERING).account_id][0] == "red"
    assert fold.tiers[the(Story.RECOVERING).account_id][-1] in ("yellow", "green")
    assert len(fold.tiers[the(Story.RECOVERING).account_id]) <= 3, "it goes up, and not back and forth"


@pytest.fixture(scope="module")
def forty() -> Fold:
    """A whole sample, judged at the end of its history."""
    fold = Fold(judges=False)
    fold.take(history(book(SEED, 40), SEED, MONDAY_NOON))
    return fold


def test_most_accounts_are_well_and_some_are_not(forty: Fold) -> None:
    scores = [forty.judged(account_id, MONDAY_NOON) for account_id in forty.accounts]
    tiers = Counter(forty.plan.primary.tier_names[score.tier] if score is not None else "" for score in scores)
    assert tiers["green"] >= 28
    assert tiers["yellow"] >= 2
    assert tiers["red"] >= 4
    assert tiers[""] == 2


def test_who_came_last_week_is_neutral_and_provisional_and_nearly_all_others_are_known(forty: Fold) -> None:
    new = forty.judged(the(Story.NEW).account_id, MONDAY_NOON)
    assert new is not None
    assert new.provisional
    assert new.value == pytest.approx(70.0, abs=1.0)
    scores = [forty.judged(account_id, MONDAY_NOON) for account_id in forty.accounts]
    assert sum(score.provisional for score in scores if score is not None) <= 5


def test_who_cancelled_and_who_only_pays_have_no_score_and_keep_none_in_the_live_part() -> None:
    fold = Fold()
    fold.take(history(LEADING, SEED, MONDAY_NOON) + played(MONDAY_NOON, 6 * SCENE_SECONDS))
    for story, standing in ((Story.CANCELLED, "churned"), (Story.UNUSED, "unused")):
        account_id = the(story).account_id
        assert fold.judged(account_id, MONDAY_NOON + DAY_MS) is None
        assert fold.plan.primary.standing_of(fold.accounts[account_id]) == standing


def test_a_script_is_in_the_order_of_time_and_goes_on() -> None:
    times = [at for at, _ in itertools.islice(script(LEADING, SEED), 5_000)]
    assert times == sorted(times)
    assert times[-1] > 4 * SCENE_SECONDS


@pytest.mark.parametrize("accounts", [1, 8, 40])
def test_live_brings_some_events_a_second_and_never_a_flood(accounts: int) -> None:
    cues = itertools.takewhile(lambda cue: cue[0] < 8 * SCENE_SECONDS, script(book(SEED, accounts), SEED))
    scenes = Counter(int(at // SCENE_SECONDS) for at, _ in cues)
    assert max(scenes.values()) < 20 * SCENE_SECONDS
    assert accounts == 1 or min(scenes.values()) > 4 * SCENE_SECONDS


async def test_live_events_happen_at_the_instant_at_which_they_are_played() -> None:
    clock = itertools.count(MONDAY_NOON)
    events = live(LEADING, SEED, now_ms=lambda: next(clock))
    instants = [(await anext(events)).occurred_at_ms for _ in range(3)]
    await events.aclose()
    assert instants == [MONDAY_NOON, MONDAY_NOON + 1, MONDAY_NOON + 2]
