"""How far back each signal's state reaches, and which signals are still warming up after a model change.

A changed model keeps the state that it shares with the previous one. A signal that is new, or reaches further back,
warms up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from scoring.explain.reading import Reading
from scoring.instants import rfc3339
from scoring.plan.plan import Plan
from scoring.result import Warming
from streams.changelog.record_types import Retention


class WarmingSignal(msgspec.Struct, frozen=True):
    """A signal whose state begins at `since_ms`, and covers its whole window from `until_ms` on (0: unknown)."""

    signal: str
    since_ms: int
    until_ms: int


class SignalWarmup:
    """The retention of state under one plan. Mutable; owned by a `Scorer`."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.kept = {identity: Retention(0, reach_ms) for identity, reach_ms in plan.identities.items()}
        self.warming_signals: tuple[WarmingSignal, ...] = ()

    def adopt_kept(self, kept: Mapping[int, Retention], instant_ms: int) -> None:
        """Adopt the retention up to `instant_ms`, under this or another plan."""
        self.kept = {
            identity: _continued(kept.get(identity), reach_ms, instant_ms)
            for identity, reach_ms in self._plan.identities.items()
        }
        self.warming_signals = tuple(self._find_warming(instant_ms))

    def next_until_ms(self, after_ms: int) -> int:
        """The next instant after `after_ms` at which some signal's warm-up ends, 0 for none."""
        return min((each.until_ms for each in self.warming_signals if each.until_ms > after_ms), default=0)

    def warming(self, account: Reading) -> tuple[Warming, ...]:
        """The signals whose state lacks some of this account's history."""
        warming = []
        for each in self.warming_signals:
            if account.oldest_ms > each.since_ms:
                continue
            if each.until_ms > account.as_of_ms:
                warming.append(Warming(signal=each.signal, until=rfc3339(each.until_ms)))
            elif not each.until_ms and not account.is_settled(each.signal):
                warming.append(Warming(signal=each.signal, until=""))
        return tuple(warming)

    def _find_warming(self, instant_ms: int) -> Iterable[WarmingSignal]:
        plan = self._plan
        for name, signal in plan.primary.signals.items():
            since_ms = max((self.kept[identity].since_ms for identity in plan.identities_of(signal)), default=0)
            if not since_ms:
                continue
            reach_ms = signal.reach_ms
            # The bucket in which it began is incomplete.
            until_ms = since_ms + reach_ms + plan.resolution_ms if reach_ms else 0
            if not reach_ms or until_ms > instant_ms:
                yield WarmingSignal(name, since_ms, until_ms)


def _continued(kept: Retention | None, reach_ms: int, instant_ms: int) -> Retention:
    if kept is None:
        return Retention(instant_ms, reach_ms)
    if reach_ms <= kept.reach_ms:
        return Retention(kept.since_ms, reach_ms)
    return Retention(max(kept.since_ms, instant_ms - kept.reach_ms), reach_ms)
