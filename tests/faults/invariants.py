"""What must hold after every scenario, judged from what stands in Kafka and Redis. Pure: values in, words out."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from alerts.notification import Notification
from scoring.result import ScoreSnapshot

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


def dead_letters(injected: Collection[tuple[str, int, int]], got: Collection[tuple[str, int, int]]) -> list[str]:
    """Each unusable message, by (topic, partition, offset), is put aside, and nothing else is."""
    lost, extra = set(injected) - set(got), set(got) - set(injected)
    return [*_told("no dead letter of", sorted(lost)), *_told("a dead letter of a good message", sorted(extra))]


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
