"""Verifying, without a broker: a partition's own answers agree with the oracle, every tampered one is found, and what
cannot be told is not checked, with its reason."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from scoring.model.loader import PRESETS, load_preset
from scoring.model.model import Model
from scoring.model.schema.bounds import ITEMS_MAX, VALUES_MAX
from scoring.plan.plan import Plan
from scoring.result import Override, ScoreSnapshot, Sign, Warming
from streams.control.messages import EndOverride, SetOverride
from streams.message import Message
from streams.topics import CONTROL_INDEX
from streams.verify.compare import REASONS, mismatches, unfit, unfit_snapshot
from streams.verify.evidence import Evidence, Gathering, Sample
from tests.builders import Sent, a_model, a_snapshot, an_event, an_exception, at_ms, subscription, ticket, usage
from tests.support.in_memory_cluster import FAR_FUTURE_MS, Line

NOON = at_ms("2026-03-01T12:00Z")
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
SMALL = a_model(
    {
        "uses": {"kind": "count", "window": "30d"},
        "users": {"kind": "distinct", "of": "user", "window": "30d"},
        "open": {"kind": "open", "topics": ["tickets"], "item": "ticket_id", "closed_by": ["ticket_closed"]},
        "plan": {"kind": "last", "topics": ["billing"], "property": "plan", "type": "text"},
    },
    {
        "level": {"shape": "ratio", "signal": "uses", "of": 10, "weight": 2},
        "tickets": {"shape": "linear", "signal": "open", "points": [[0, 100], [4, 0]], "weight": 1},
    },
    floors={"many": {"when": [{"signal": "open", "at_least": 3}], "to": 30}},
    flags={"some": {"when": [{"signal": "open", "at_least": 1}]}},
)


class RecordedLine(Line):
    """A line whose log can be read from its beginning, as that of a broker."""

    def __init__(self, model: Model, partitions: int = 1) -> None:
        self.log: list[tuple[int, int, Message]] = []
        super().__init__(Plan(model), partitions)

    def send_raw(self, topic_index: int, value: bytes | None, *, to: int = 0, **fields: Any) -> Any:
        message = super().send_raw(topic_index, value, to=to, **fields)
        self.log.append((to, topic_index, message))
        return message

    def evidence(self, answers: dict[str, ScoreSnapshot] | None = None, *, partition: int = 0) -> dict[str, Evidence]:
        """What the log of a partition holds for these answers, by default for those that were sent last."""
        wanted = self.answers if answers is None else answers
        refused = {(each.topic, each.offset) for each in self.dead_letters if each.reason == "in_the_future"}
        gathering = Gathering(self.plan.decoder, wanted, refused, FAR_FUTURE_MS)
        ends = gathering.ends()
        for to, index, message in self.log:
            end = ends.get(index, 0)
            if to == partition and (end is None or message.offset < end):
                gathering.take(index, message)
        return {account_id: gathering.evidence(account_id) for account_id in wanted}


def sent(*events: Sent, model: Model = SMALL) -> RecordedLine:
    line = RecordedLine(model)
    for event in events:
        line.send(event)
    line.settle()
    return line


def acme(*events: Sent, model: Model = SMALL) -> Evidence:
    """The evidence for acme's answer after these events."""
    return sent(*events, model=model).evidence()["acme"]


def a_life(dice: random.Random, events: int) -> list[Sent]:
    """Three months of three accounts: late events, retries, odd properties."""
    made: list[Sent] = []
    for number in range(events):
        account, at = dice.choice(["acme", "globex", "initech"]), NOON - 90 * DAY + number * 90 * DAY // events
        at -= dice.choice([0, 0, 0, HOUR, 40 * DAY])
        fields: dict[str, Any] = {"id": f"e{number}"} if dice.random() < 0.3 else {}
        match dice.randrange(7):
            case 0 | 1 | 2:
                made.append(usage(account, at, user_id=f"u{dice.randrange(9)}", feature=dice.choice("abc"), **fields))
            case 3:
                made.append(an_exception(account, at))
            case 4:
                name = dice.choice(["ticket_opened", "ticket_resolved"])
                severity = dice.choice(["low", "high", 3, None])
                made.append(ticket(account, at, event=name, ticket_id=dice.randrange(6), severity=severity, csat=4))
            case 5:
                made.append(subscription(account, at, mrr=dice.choice([500, 900, "much"]), plan="scale", seats=9))
            case 6:
                made.append(an_event("analytics", account, "account_updated", at, nps=dice.randrange(11)))
        if fields and dice.random() < 0.5:
            made.append(made[-1])
    return made


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_a_partition_answers_is_what_the_oracle_says_at_any_time(preset: str, seed: int) -> None:
    dice = random.Random(seed)
    line = RecordedLine(load_preset(preset))
    for number, event in enumerate(a_life(dice, 240)):
        line.send(event)
        line.work()
        if number % 40 == 39:
            line.flush()
            if number % 80 == 79:
                line.tick(line.partitions[0].as_of_ms)
        if number == 150:
            line.crash(reached="records")
    line.settle()
    found = line.evidence()
    assert len(found) == 3
    for evidence in found.values():
        assert unfit(line.plan.model, evidence) == ""
        assert mismatches(line.plan.model, evidence) == []


# --- what is gathered


def test_an_answer_is_checked_by_the_events_that_are_in_it_and_no_later_ones() -> None:
    line = sent(usage(at=NOON), usage("globex", at=NOON))
    early = dict(line.answers)
    line.send(usage(at=NOON + HOUR))
    line.settle()
    assert [len(each.events) for each in line.evidence(early).values()] == [1, 1]
    assert [len(each.events) for each in line.evidence().values()] == [2, 1]
    assert mismatches(SMALL, line.evidence(early)["acme"]) == []


def test_an_event_that_went_to_the_wrong_partition_counts_once_however_often_it_was_sent_on() -> None:
    line = RecordedLine(SMALL, partitions=2)
    home = next(number for number in range(2) if line.send(usage(at=NOON)) and line.log[-1][0] == number)
    line.send(usage(at=NOON + HOUR), to=1 - home)
    line.settle()
    copy = line.log[-1][2]
    assert copy.headers
    line.send_raw(0, copy.value, to=home, key=copy.key, timestamp=copy.timestamp, headers=copy.headers)
    line.tick(NOON + DAY)
    evidence = line.evidence(partition=home)["acme"]
    assert evidence.answer.facts["uses"] == 2
    assert len({each.event.event_id for each in evidence.events}) == 2
    assert len(evidence.events) == 3
    assert unfit(SMALL, evidence) == ""
    assert mismatches(SMALL, evidence) == []


def test_an_event_that_was_refused_as_lying_in_the_future_is_not_taken_for_one_when_its_date_has_come() -> None:
    line = sent(usage(at=NOON))
    line.now_ms = NOON
    line.send(usage(at=NOON + DAY))
    line.send(usage(at=NOON + MINUTE))
    line.settle()
    assert [each.reason for each in line.dead_letters] == ["in_the_future"]
    evidence = line.evidence()["acme"]
    assert len(evidence.events) == 2
    assert mismatches(SMALL, evidence) == []


def test_traits_of_a_call_are_properties_where_it_has_none_of_that_name() -> None:
    body = {"account_id": "acme", "type": "group", "timestamp": NOON, "traits": {"plan": "scale", "user_id": "u9"}}
    evidence = acme(Sent("billing", body), Sent("analytics", {**body, "properties": {"$group_set": {"plan": "x"}}}))
    assert evidence.answer.facts["plan"] == "scale"
    assert [each.event.properties.get("plan") for each in evidence.events] == ["scale", "scale"]
    assert mismatches(SMALL, evidence) == []


def test_a_sample_is_chosen_by_its_seed_and_holds_the_newest_answer_of_each_account() -> None:
    answers = [a_snapshot(f"account-{number}", version=version) for version in (1, 3, 2) for number in range(200)]
    chosen = []
    for order in (answers, answers[::-1]):
        sample = Sample(10, seed=7)
        for answer in order:
            if sample.wants(answer.account_id):
                sample.offer(0, answer.account_id, answer)
        chosen.append(sample.by_partition())
    assert chosen[0] == chosen[1]
    assert len(chosen[0][0]) == 10
    assert {answer.version for answer in chosen[0][0].values() if answer is not None} == {3}
    other = Sample(10, seed=8)
    for answer in answers:
        if other.wants(answer.account_id):
            other.offer(0, answer.account_id, answer)
    assert other.by_partition() != chosen[0]


# --- what is found

BUSY = [
    *(usage(at=NOON - hour * HOUR, user_id=f"u{hour % 3}") for hour in range(5)),
    *(ticket(at=NOON - HOUR, event="ticket_opened", ticket_id=number) for number in range(3)),
    subscription(at=NOON - HOUR, plan="scale"),
]


def tampered(evidence: Evidence, **changes: Any) -> list[str]:
    """What is found to differ when the answer says something else."""
    answer = msgspec.structs.replace(evidence.answer, **changes)
    return [each.what for each in mismatches(SMALL, msgspec.structs.replace(evidence, answer=answer))]


def test_every_value_of_an_answer_that_is_not_so_is_found() -> None:
    evidence = acme(*BUSY)
    answer = evidence.answer
    assert (answer.score, answer.tier, answer.facts["users"]) == (30.0, "red", 3)
    assert tampered(evidence) == []
    assert tampered(evidence, score=30.0 + 2e-9) == ["score"]
    assert tampered(evidence, score=None) == ["score"]
    assert tampered(evidence, score=30.0 + 5e-10) == []
    assert tampered(evidence, tier="yellow") == ["tier"]
    assert tampered(evidence, coverage=0.5) == ["coverage"]
    assert tampered(evidence, profile="young") == ["profile"]
    assert tampered(evidence, flags=answer.flags[:1]) == ["flags"]
    assert tampered(evidence, flags=(*answer.flags, "x")) == ["flags"]
    assert tampered(evidence, signs=(Sign(name="x", number=9, event="a", user="", hour=None),)) == ["signs"]
    assert tampered(evidence, components=dict([*answer.components.items()][:1])) == ["judgement tickets"]
    level = msgspec.structs.replace(answer.components["level"], evidence=0.5)
    assert tampered(evidence, components={**answer.components, "level": level}) == ["evidence level"]
    assert tampered(evidence, beneath=30.0) == ["beneath"]
    assert tampered(evidence, as_of_ms=NOON + 40 * DAY) != []
    for name, wrong in {"uses": 4, "users": 3.0000001, "plan": "Scale", "open": None}.items():
        assert tampered(evidence, facts={**answer.facts, name: wrong}) == [f"fact {name}"]
    assert tampered(evidence, facts={**answer.facts, "more": 1.0}) == ["fact more"]
    override = Override(score=5.0, reason="why", author="ann", set_ms=NOON, until_ms=NOON + DAY)
    assert tampered(evidence, override=override) == [f"override.{field}" for field in Override.__struct_fields__]


def test_a_standing_and_sources_are_what_the_oracle_says_and_others_are_found() -> None:
    uses = {"kind": "count", "window": "30d"}
    model = a_model(
        {"uses": uses, "gone": {"kind": "ended", "topics": ["billing"], "ended_by": ["subscription_canceled"]}},
        {"level": {"shape": "ratio", "signal": "uses", "of": 10, "source": "errors", "weight": 1}},
        sources={"errors": {"topics": ["exceptions"]}},
        standings={"churned": {"when": [{"signal": "gone", "known": True}]}},
        flags={"some": {"when": [{"signal": "uses", "at_least": 1}]}},
    )
    stays = (usage(at=NOON), an_exception(at=NOON))
    left = (*stays, an_event("billing", "acme", "subscription_canceled", NOON + 1))
    for events, standing in ((stays, ""), (left, "churned")):
        evidence = acme(*events, model=model)
        answer = evidence.answer
        assert (answer.standing, answer.score is None, answer.flags) == (standing, bool(standing), ("some",))
        assert answer.sources == {"errors": "2026-03-01 12:00:00"}
        assert mismatches(model, evidence) == []
        for what, wrong in (("standing", "asleep"), ("sources", {}), ("flags", ())):
            changed = msgspec.structs.replace(evidence, answer=msgspec.structs.replace(answer, **{what: wrong}))
            assert [each.what for each in mismatches(model, changed)] == [what]


def test_an_event_that_was_not_counted_or_counted_twice_is_found() -> None:
    evidence = acme(*BUSY)
    for events in (evidence.events[1:], [*evidence.events, evidence.events[0]]):
        found = mismatches(SMALL, msgspec.structs.replace(evidence, events=events))
        assert {"fact uses", "judgement level"} <= {each.what for each in found}
    [none] = mismatches(SMALL, msgspec.structs.replace(evidence, events=[]))
    assert (none.account_id, none.what, none.expected) == ("acme", "events", 0)


def test_a_tier_may_differ_only_where_the_score_is_on_its_bound() -> None:
    model = a_model({"uses": {"kind": "count", "window": "30d"}}, tiers={"red": 0, "yellow": 50})
    for uses, found in ((5, []), (6, ["tier"])):
        evidence = acme(*[usage(at=NOON)] * uses, model=model)
        assert (evidence.answer.score, evidence.answer.tier) == (10.0 * uses, "yellow")
        answer = msgspec.structs.replace(evidence.answer, score=10.0 * uses - 5e-10, tier="red")
        wrong = msgspec.structs.replace(evidence, answer=answer)
        assert [each.what for each in mismatches(model, wrong)] == found


def test_a_sign_is_what_the_oracle_tells_and_another_is_found() -> None:
    model = a_model({"uses": {"kind": "count", "window": "30d"}}, signs={"alike": {"signal": "uses"}})
    nights = [usage(at=NOON - days * DAY, event="warehouse_loaded", user_id="svc") for days in range(29, -1, -1)]
    evidence = acme(*nights, model=model)
    (sign,) = evidence.answer.signs
    assert (sign.number, sign.event, sign.user, sign.hour) == (30, "warehouse_loaded", "svc", 12)
    assert mismatches(model, evidence) == []
    for changed in ({"number": 29}, {"event": "login"}, {"user": ""}, {"hour": None}):
        answer = msgspec.structs.replace(evidence.answer, signs=(msgspec.structs.replace(sign, **changed),))
        found = mismatches(model, msgspec.structs.replace(evidence, answer=answer))
        assert [each.what for each in found] == ["signs"]


# --- overrides


def overridden(*controls: SetOverride | EndOverride, at: int = NOON + 2 * HOUR) -> Evidence:
    line = sent(*BUSY)
    for control in controls:
        line.control(control, to=0)
    line.send(usage(at=at))
    line.settle()
    return line.evidence()["acme"]


def an_override(score: float = 80.0) -> SetOverride:
    return SetOverride(
        instant_ms=NOON + HOUR, account_id="acme", score=score, reason="why", author="ann", until_ms=NOON + 3 * HOUR
    )


def test_an_override_is_checked_against_the_log_and_the_score_beneath_it_by_the_oracle() -> None:
    evidence = overridden(an_override(70.0), an_override())
    assert (evidence.answer.score, evidence.answer.tier, evidence.answer.beneath) == (80.0, "green", 30.0)
    assert unfit(SMALL, evidence) == ""
    assert tampered(evidence) == []
    assert tampered(evidence, beneath=31.0) == ["beneath"]
    assert tampered(evidence, score=81.0) == ["score"]
    assert tampered(evidence, tier="red") == ["tier"]
    lost = tampered(evidence, override=None, score=30.0, tier="red", beneath=None)
    assert {"override.score", "score", "beneath", "tier"} <= set(lost)


def test_an_override_that_was_ended_or_is_over_holds_no_longer() -> None:
    end = EndOverride(instant_ms=NOON + HOUR, account_id="acme", author="ann")
    for evidence in (overridden(an_override(), end), overridden(an_override(), at=NOON + 4 * HOUR)):
        assert evidence.answer.override is None
        assert tampered(evidence) == []
        still = Override(score=80.0, reason="why", author="ann", set_ms=NOON + HOUR, until_ms=NOON + 3 * HOUR)
        assert "override.score" in tampered(evidence, override=still)


# --- what is not checked


def test_an_answer_that_cannot_be_checked_whatever_the_log_holds_says_why() -> None:
    answer = acme(*BUSY).answer
    reasons = {
        "unreadable": None,
        "model": msgspec.structs.replace(answer, model_version=2),
        "no_offsets": msgspec.structs.replace(answer, applied=()),
        "warming": msgspec.structs.replace(answer, warming=(Warming(signal="uses", until=""),)),
        "stale": msgspec.structs.replace(answer, stale={"exceptions": "2026-03-01T12:00:00Z"}),
        "": answer,
    }
    assert {reason: unfit_snapshot(SMALL, answer) for reason, answer in reasons.items()} == {
        reason: reason for reason in reasons
    }
    assert unfit_snapshot(SMALL, msgspec.structs.replace(answer, model="other")) == "model"


def repeated(*arrivals: int, topics: Sequence[str] = ("analytics",) * 2, ids: int = 0) -> Evidence:
    """One id at these times; the message's time is the event's."""
    model = a_model({"uses": {"kind": "count", "window": "30d", "topics": ["analytics", "billing"]}})
    events = [an_event(topic, "acme", "login", at, id="e1") for topic, at in zip(topics, arrivals, strict=True)]
    return acme(*events, *(usage(at=NOON, id=f"i{number}") for number in range(ids)), model=model)


def test_ids_that_may_have_been_forgotten_are_not_checked_and_those_of_two_topics_are() -> None:
    model = a_model({"uses": {"kind": "count", "window": "30d", "topics": ["analytics", "billing"]}})
    within = repeated(NOON, NOON + 72 * HOUR)
    assert unfit(model, within) == ""
    assert mismatches(model, within) == []
    assert unfit(model, repeated(NOON, NOON + 72 * HOUR + 1)) == "ids_repeat"
    of_two_topics = repeated(NOON, NOON, topics=("analytics", "billing"))
    assert unfit(model, of_two_topics) == ""
    assert mismatches(model, of_two_topics) == []
    assert unfit(model, repeated(NOON, NOON + 72 * HOUR + 1), "event") == "", "then an id is known while it counts"
    assert unfit(model, repeated(NOON, NOON, ids=9_000)) == ""


def test_a_log_that_does_not_reach_back_or_on_is_not_enough() -> None:
    line = sent(*BUSY)
    log = list(line.log)
    first, last = line.evidence(), [message for _, index, message in log if index == 0][-1]
    assert unfit(SMALL, first["acme"]) == ""
    for gone in (log[0], (0, 0, last)):
        line.log = [each for each in log if each != gone]
        assert unfit(SMALL, line.evidence()["acme"]) == "inputs_gone"
    line.log = []
    assert unfit(SMALL, line.evidence()["acme"]) == "inputs_gone"
    lost = msgspec.structs.replace(overridden(an_override()), control=None)
    assert unfit(SMALL, lost) == "inputs_gone"


def test_an_answer_by_a_norm_that_is_gone_is_not_checked_and_one_before_any_norm_is() -> None:
    model = load_preset("usage-trend-friction")
    before = acme(usage(at=NOON), model=model)
    assert (before.answer.score, before.norm, unfit(model, before)) == (None, {}, "")
    assert mismatches(model, before) == []
    line = sent(usage(at=NOON), usage("globex", at=NOON), model=model)
    line.tick(NOON + HOUR)
    judged = line.evidence()["acme"]
    assert judged.answer.score is not None
    assert mismatches(model, judged) == []
    other = msgspec.structs.replace(judged, norm={**(judged.norm or {}), "usage_30d": 7.0})
    assert "score" in {each.what for each in mismatches(model, other)}
    line.log = [each for each in line.log if each[1] != CONTROL_INDEX]
    assert unfit(model, line.evidence()["acme"]) == "norm_gone"


def test_an_event_ahead_of_its_answer_counts_in_its_bucket_and_is_not_checked_beyond() -> None:
    evidence = acme(usage(at=NOON), usage(at=NOON + MINUTE))
    answer = msgspec.structs.replace(evidence.answer, as_of_ms=NOON)
    assert unfit(SMALL, msgspec.structs.replace(evidence, answer=answer)) == ""
    assert mismatches(SMALL, msgspec.structs.replace(evidence, answer=answer)) == []
    answer = msgspec.structs.replace(evidence.answer, as_of_ms=NOON - 1)
    assert unfit(SMALL, msgspec.structs.replace(evidence, answer=answer)) == "ahead"


@pytest.mark.slow
def test_accounts_that_have_passed_the_bounds_of_the_state_are_checked_and_say_so() -> None:
    day = NOON // DAY * DAY
    users = [usage(at=day, user_id=f"u{each}") for each in range(VALUES_MAX + 1)]
    tickets = [ticket(at=day, event="ticket_opened", ticket_id=each) for each in range(ITEMS_MAX + 1)]
    for sent_ in (users, tickets):
        evidence = acme(*sent_)
        assert evidence.answer.past_bounds
        assert unfit(SMALL, evidence) == ""
        assert mismatches(SMALL, evidence) == []
        within = acme(*sent_[:-1])
        assert within.answer.past_bounds == ()
        silent = msgspec.structs.replace(evidence, answer=msgspec.structs.replace(evidence.answer, past_bounds=()))
        assert [each.what for each in mismatches(SMALL, silent)] == ["past_bounds"]


def test_every_reason_is_said_in_words() -> None:
    assert set(REASONS) == {
        *("model", "unreadable", "no_offsets", "warming", "stale", "inputs_gone", "norm_gone", "ahead", "ids_repeat"),
        "forgotten",
    }
