"""What must hold after every scenario, judged from what stands in Kafka and Redis. Pure: values in, words out."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from alerts.delivery_record import DeliveryRecord
from alerts.lifecycle.routing import routes_of
from alerts.lifecycle.schema import Route
from alerts.notification import Notification
from alerts.step import AlertStep
from scoring.result import ScoreSnapshot
from tests.faults.alert_evidence import before
from tests.simulation.alert_invariants import check_steps, once_each

_OF_THE_SCORE = ("first", "worse", "better")
WENT_OUT = ("delivered", "in_digest", "in_storm", "in_summary")
"""Results of steps that people got. Others are recorded at once, though an earlier step may wait."""
SHOWN = 3
"""Of a kind of break, how many are told."""


def answers(expected: Mapping[str, ScoreSnapshot], got: Mapping[str, ScoreSnapshot], where: str) -> list[str]:
    """Facts, score and tier of each account are those of the replay; nobody is missing, and nobody extra."""
    missing, extra = sorted(expected.keys() - got.keys()), sorted(got.keys() - expected.keys())
    wrong = [
        f"{name} has {_differences(got[name], expected[name])}"
        for name in sorted(expected.keys() & got.keys())
        if _all(got[name]) != _all(expected[name])
    ]
    return [
        *_told(f"{where}: missing", missing),
        *_told(f"{where}: nobody knows", extra),
        *_told(f"{where}: wrong", wrong),
    ]


def notifications(got: Sequence[Notification]) -> list[str]:
    """One id stands for one content, and each account's sequence has no gap and no leap between tiers."""
    contents: dict[str, Notification] = {}
    broken = [
        f"the id {each.id} stands for two contents: {each} and {contents[each.id]}"
        for each in got
        if contents.setdefault(each.id, each) != each
    ]
    chains: dict[str, list[Notification]] = {}
    for each in contents.values():
        chains.setdefault(each.account_id, []).append(each)
    for name, chain in chains.items():
        chain.sort(key=lambda each: each.sequence)
        if [each.sequence for each in chain] != list(range(1, len(chain) + 1)):
            broken.append(f"the sequence of {name} is {[each.sequence for each in chain]}")
        broken += [
            f"{name}: number {a.sequence} is to {a.to_tier}, and the next from {b.from_tier}"
            for a, b in itertools.pairwise(chain)
            if a.to_tier != b.from_tier
        ]
    return _told("notifications", broken)


def same_notifications(calm: Iterable[Notification], got: Iterable[Notification], *, offsets: bool) -> list[str]:
    """The notifications are those of the undisturbed run; without `offsets`, whatever the offset of their cause."""
    expected = {each.id: each if offsets else _without_offset(each) for each in calm}
    found = {each.id: each if offsets else _without_offset(each) for each in got}
    missing = [_told_one(expected[key]) for key in expected.keys() - found.keys()]
    extra = [_told_one(found[key]) for key in found.keys() - expected.keys()]
    other = [
        f"{_told_one(found[key])}, undisturbed {_told_one(expected[key])}"
        for key in expected.keys() & found.keys()
        if found[key] != expected[key]
    ]
    return [
        *_told("notifications that the undisturbed run has and this has not", missing),
        *_told("notifications that the undisturbed run has not", extra),
        *_told("notifications that the undisturbed run has otherwise", other),
    ]


def alert_steps(
    bodies: Sequence[bytes],
    answers: Mapping[str, ScoreSnapshot],
    expected: Mapping[str, bytes],
    instant_ms: int,
) -> list[str]:
    """Of alert steps, what the simulation holds too (see `tests.simulation.alert_invariants`); and those before the
    closing tick are, byte for byte, those of the plain run (see `_comparable`). What the tick's cohort norm changes it
    does not know."""
    try:
        found = once_each(bodies)
        check_steps(found, answers, (), is_lost=False)
    except AssertionError as error:
        return [f"alert steps: {error}"]
    got = before(found, instant_ms)
    other = [
        f"{got[key].decode()}, in the plain run {expected[key].decode()}"
        for key in sorted(expected.keys() & got.keys())
        if _comparable(got[key]) != _comparable(expected[key])
    ]
    return [
        *_told("alert steps that are lost", [expected[key].decode() for key in expected.keys() - got.keys()]),
        *_told("alert steps that the plain run has not", [got[key].decode() for key in got.keys() - expected.keys()]),
        *_told("alert steps that the plain run has otherwise", other),
    ]


def deliveries(steps: Sequence[AlertStep], records: Sequence[DeliveryRecord], routes: Mapping[str, Route]) -> list[str]:
    """Each step that may be told has one result on each route that takes it, and no other has; what people got is in
    the account's order."""
    results: dict[str, dict[str, list[DeliveryRecord]]] = {name: {} for name in routes}
    for record in records:
        results.setdefault(record.route, {}).setdefault(record.step_id, []).append(record)
    broken: list[str] = []
    for name, of_route in results.items():
        expected = [step for step in steps if step.is_told and name in routes_of(routes, step)]
        ids = {step.id for step in expected}
        broken += [
            f"{name}: no result of {step.id} of {step.account_id}" for step in expected if step.id not in of_route
        ]
        broken += [f"{name}: a result of {key}, which is not for it" for key in of_route if key not in ids]
        for key, repeats in of_route.items():
            if len({msgspec.structs.replace(each, at="") for each in repeats}) > 1:
                broken.append(f"{name}: {key} has several results: {repeats}")
        gone = [key for key, repeats in of_route.items() if repeats[0].outcome in WENT_OUT]
        places = {key: place for place, key in enumerate(gone)}  # that of the first result
        for account_id in {step.account_id for step in expected}:
            own = [step for step in expected if step.account_id == account_id and step.id in places]
            own.sort(key=lambda step: step.sequence)
            if [places[step.id] for step in own] != sorted(places[step.id] for step in own):
                broken.append(f"{name}: the results of {account_id} are not in its order")
    return _told("deliveries", broken)


def dead_letters(injected: Collection[tuple[str, int, int]], got: Collection[tuple[str, int, int]]) -> list[str]:
    """Each unusable message, by (topic, partition, offset), is put aside, and nothing else is."""
    lost, extra = set(injected) - set(got), set(got) - set(injected)
    return [*_told("no dead letter of", sorted(lost)), *_told("a dead letter of a good message", sorted(extra))]


def _comparable(body: bytes) -> AlertStep:
    """A step without what led to its score, when a timer of its own made it.

    The plain run asks the rules after each change of the score; the engine leaves that out while the score is within
    the band. So where a window and a dwell end at one instant, the plain run tells the change of the score with it.
    """
    step = msgspec.json.decode(body, type=AlertStep)
    if step.cause is not None and (step.cause.kind != "expiry" or step.reason in _OF_THE_SCORE):
        return step
    return msgspec.structs.replace(step, cause=None, before=None, change=0.0, deltas=())


def _all(answer: ScoreSnapshot) -> dict[str, object]:
    return {"score": answer.score, "tier": answer.tier, **answer.facts}


def _differences(got: ScoreSnapshot, expected: ScoreSnapshot) -> str:
    one, other = _all(got), _all(expected)
    names = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
    return ", ".join(f"{name} {one.get(name)} for {other.get(name)}" for name in names)


def _without_offset(notification: Notification) -> Notification:
    return msgspec.structs.replace(notification, cause=msgspec.structs.replace(notification.cause, offset=-1))


def _told_one(each: Notification) -> str:
    tiers = f"{each.from_tier} to {each.to_tier}, {each.before} to {each.after}"
    cause = f"{each.cause.kind} {each.cause.topic} {each.cause.offset}"
    return f"{each.account_id} number {each.sequence} ({tiers}, {cause}, at {each.as_of})"


def _told(what: str, found: Sequence[object]) -> list[str]:
    if not found:
        return []
    return [f"{what} ({len(found)}): " + "; ".join(map(str, found[:SHOWN]))]
