"""Messages of `alerts` and `notifications`, folded into the steps and transitions of their accounts."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import msgspec

from alerts.notification import Notification
from alerts.step import CANARY_ACCOUNT, AlertStep
from streams.activity.account_cases import AccountSteps, AccountTransitions, notification_of, step_of
from streams.activity.store import RedisCopy, Step
from streams.activity.taking import Gone
from streams.message import Message
from streams.read_model.port import ReadModelBroken
from streams.topics import ALERTS, NOTIFICATIONS

DECISIONS_MAX = 2_000
STEPS, TRANSITIONS, CASES, OPEN, DECISIONS, BODIES = range(1, 7)
"""The keys of the data, see `streams.activity.store.CASES`."""
T = TypeVar("T", AlertStep, Notification)
Kept = TypeVar("Kept", AccountSteps, AccountTransitions)


class CasesFold:
    """The fold of all partitions. Keeps nothing in memory: steps are rare. `outcomes` counts messages by (topic,
    outcome); the code that reports these counts clears them."""

    topics: tuple[str, ...] = (ALERTS, NOTIFICATIONS)

    def __init__(self) -> None:
        self.outcomes: Counter[tuple[str, str]] = Counter()

    def drop(self, partition: int) -> None:
        """See `Fold.drop`."""

    async def removal(self, copy: RedisCopy, partition: int, account_id: str) -> list[Step]:
        """The steps that remove an account, its decisions among the latest of all included."""
        steps = _kept(AccountSteps, account_id, (await copy.load(STEPS, [account_id])).get(account_id))
        own = {each.step.id for each in steps.ordered()}
        own |= {name.decode() for name, body in (await copy.load_all(BODIES)).items() if _is_of(account_id, body)}
        return [
            Step("del", STEPS, account_id),
            Step("del", TRANSITIONS, account_id),
            *(Step("del", key, case_id) for case_id in sorted(steps.cases()) for key in (CASES, OPEN)),
            *(Step("unrank", DECISIONS, step_id) for step_id in sorted(own)),
            *(Step("del", BODIES, step_id) for step_id in sorted(own)),
            Step("news", 0, account_id, "alerts"),
        ]

    async def fold(
        self, copy: RedisCopy, partition: int, messages: Mapping[str, Sequence[Message]], gone: Gone, now_ms: int
    ) -> list[Step]:
        """Take messages of one partition, by topic; the steps that write what they change.

        Raises:
            ReadModelUnavailable: when Redis does not answer.
        """
        steps = self._decoded(ALERTS, messages.get(ALERTS, ()), step_of, gone)
        transitions = self._decoded(NOTIFICATIONS, messages.get(NOTIFICATIONS, ()), notification_of, gone)
        found = await copy.load(STEPS, list(steps)) if steps else {}
        writes = [each for name, new in steps.items() for each in _take_steps(name, found.get(name), new)]
        newest = sorted((pair for new in steps.values() for pair in new), key=lambda pair: pair[0].as_of_ms)
        for step, body in newest[-DECISIONS_MAX:]:
            writes.append(Step("rank", DECISIONS, step.id, step.as_of_ms))
            writes.append(Step("set", BODIES, step.id, zlib.compress(body)))
        if newest:
            writes.append(Step("cut", DECISIONS, "", DECISIONS_MAX))
        found = await copy.load(TRANSITIONS, list(transitions)) if transitions else {}
        for name, made in transitions.items():
            kept = _kept(AccountTransitions, name, found.get(name))
            if sum(kept.take(transition, body) for transition, body in made):
                writes.append(Step("set", TRANSITIONS, name, kept.to_bytes()))
        writes += [Step("news", 0, name, "alerts") for name in sorted({*steps, *transitions})]
        return writes

    def _decoded(
        self, topic: str, messages: Sequence[Message], decode: Callable[[bytes | None], T], gone: Gone
    ) -> dict[str, list[tuple[T, bytes]]]:
        """What messages say, by account."""
        found: dict[str, list[tuple[T, bytes]]] = {}
        for message in messages:
            try:
                said = decode(message.value)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                self.outcomes[topic, "unusable"] += 1
                continue
            account_id = said.account_id
            if gone and gone.refuses(account_id, message.timestamp):
                self.outcomes[topic, "forgotten"] += 1
                continue
            self.outcomes[topic, "taken"] += 1
            if account_id != CANARY_ACCOUNT:
                found.setdefault(account_id, []).append((said, message.value or b""))
        return found


def _take_steps(account_id: str, packed: bytes | None, new: Sequence[tuple[AlertStep, bytes]]) -> list[Step]:
    """The steps that write what `new` changes of an account."""
    kept = _kept(AccountSteps, account_id, packed)
    cases, open_cases = kept.cases(), kept.open_cases()
    if not sum(kept.take(step, body) for step, body in new):
        return []
    kept.trim()
    cases_now, open_now = kept.cases(), kept.open_cases()
    return [
        Step("set", STEPS, account_id, kept.to_bytes()),
        *(Step("set", CASES, case_id, account_id.encode()) for case_id in sorted(cases_now - cases)),
        *(Step("del", CASES, case_id) for case_id in sorted(cases - cases_now)),
        *(
            Step("set", OPEN, case_id, zlib.compress(each.body))
            for case_id, each in open_now.items()
            if each != open_cases.get(case_id)
        ),
        *(Step("del", OPEN, case_id) for case_id in sorted(open_cases.keys() - open_now.keys())),
    ]


def _kept(kind: type[Kept], account_id: str, packed: bytes | None) -> Kept:
    try:
        return kind(packed)
    except (msgspec.DecodeError, UnicodeDecodeError, zlib.error) as error:
        raise ReadModelBroken(f"Redis holds alerts of {account_id!r} that cannot be read ({error}).") from error


def _is_of(account_id: str, body: bytes) -> bool:
    return step_of(zlib.decompress(body)).account_id == account_id
