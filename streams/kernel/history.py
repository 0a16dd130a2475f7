"""Histories in the kernel: all events of one account after another, shown at chosen instants."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from scoring.event.topics import INPUT_TOPICS
from scoring.fold.history import Steps
from scoring.plan.plan import Plan
from scoring.result import Fact
from streams.kernel.decoder import NativeDecoder
from streams.kernel.effects import EFFECT, HEAD, Kind
from streams.kernel.kernel import Kernel

INSTANT_MAX = (1 << 32) * 1000 - 1
"""The last instant that the kernel knows, in February 2106: `native/core/core.h`; the first is 0."""
FROM_STEP, FROM_USER, FROM_DAY = range(3)
"""Where the value of an effect comes from: `From` in `native/replay/history.h`."""

WholeEvents = list[tuple[int, bytes]]
"""The number of the topic among `INPUT_TOPICS`, and the message."""
Scored = tuple[float, int, float, bool, tuple[float | None, ...], tuple[float, ...]]
"""A score with its parts: value, tier, coverage, whether it is provisional, judgements and evidence."""
Row = tuple[int, int, Scored | None, int, int, tuple[Fact, ...]]
"""The number of the instant, the account's first event in milliseconds, its score, the number of the standing or -1,
the floors and flags that hold as bits, and the facts that were asked for."""


class Columns(NamedTuple):
    """The events of an account, parallel, in the order in which they were known: when each was known and when it
    occurred (milliseconds, 64 bits), its route doubled, plus 1 for a whole event (32 bits), the fingerprint of its id
    or 0, and of its user or 0; for a whole event its place among them (64 bits each)."""

    known: array[int]
    occurred: array[int]
    routes: array[int]
    prints: array[int]
    users: array[int]


class NativeHistory:
    """Folds accounts under one plan. Mutable; belongs to one thread."""

    def __init__(self, plan: Plan) -> None:
        """
        Raises:
            NotInKernel: when the extension is not built, or a model asks for something that the kernel cannot do.
        """
        kernel, decoder = Kernel(plan), NativeDecoder(plan)
        from streams.kernel._native import History

        self._plan = plan
        self._decoder = decoder
        self._history = History(kernel.native, decoder.native)
        self._known: set[int] = set()
        self._places = {name: place for place, name in enumerate(plan.primary.signals)}

    def knows(self, route: int) -> bool:
        """Whether the steps of a route were learnt."""
        return route in self._known

    def learn(self, route: int, steps: Steps) -> None:
        """What a bare event of a route changes."""
        effects = _effects_of(steps)
        head = HEAD.pack(0, 0, 0, 1, 0, 0, steps.route.rank, 0, 0, len(effects), 0)
        rows = [EFFECT.pack(kind, number, 0, 0, amount, key, 0.0) for kind, number, amount, key, _ in effects]
        self._history.step(route, b"".join([head, *rows]), bytes([each[4] for each in effects]))
        self._known.add(route)

    def places(self, signals: Sequence[str]) -> tuple[int, ...]:
        """The numbers of signals, by name."""
        return tuple([self._places[name] for name in signals])

    def norm(self, norm: Mapping[str, float]) -> tuple[float | None, ...]:
        """A cohort norm by entry."""
        return tuple([norm.get(name) for name in self._plan.norm_signals])

    def rows(
        self,
        columns: Columns,
        whole: WholeEvents,
        instants_ms: tuple[int, ...],
        places: tuple[int, ...],
        norms: tuple[tuple[float | None, ...], ...],
    ) -> list[Row] | None:
        """The account at each instant from its first event on, under the norm of that instant; None when the reference
        has to fold it. The routes of bare events must be known."""
        return self._fold(columns, whole, instants_ms, places, norms)

    def norm_parts(
        self, columns: Columns, whole: WholeEvents, instants_ms: tuple[int, ...]
    ) -> list[tuple[int, dict[str, float]]] | None:
        """The account's part of the norm at each instant; None as above."""
        found = self._fold(columns, whole, instants_ms, None, None)
        names = self._plan.norm_signals
        return None if found is None else [(instant, dict(zip(names, part, strict=True))) for instant, part in found]

    def tier_changes(
        self,
        first_ms: int,
        messages: WholeEvents,
        declared: tuple[tuple[int, tuple[float | None, ...]], ...],
        end_ms: int,
    ) -> list[tuple[int, int, int]] | None:
        """The tier changes of an account that was first known at `first_ms`, as (instant, tier before, tier then), from
        all its events in the order of their time; None when the reference has to fold it."""
        return self._history.tiers(first_ms, messages, declared, end_ms, self._learn_route)

    def _fold(
        self,
        columns: Columns,
        whole: WholeEvents,
        instants_ms: tuple[int, ...],
        places: tuple[int, ...] | None,
        norms: tuple[tuple[float | None, ...], ...] | None,
    ) -> list[Any] | None:
        return self._history.account(*columns, whole, instants_ms, places, norms, self._learn_route)

    def _learn_route(self, topic: int, name: str) -> bool:
        """Let the decoder take the events of a topic, by number, and a name; False when it cannot."""
        return self._decoder.learn(INPUT_TOPICS[topic], name)


def _effects_of(steps: Steps) -> list[tuple[Kind, int, int, int, int]]:
    """Kind, number, amount, value and where that comes from, in the order in which the fold takes them."""
    return [
        *((Kind.LATEST_AT, slot, 0, 0, FROM_STEP) for slot in steps.latest_at),
        *((Kind.FIRST_AT, slot, 0, 0, FROM_STEP) for slot in steps.first_at),
        *((Kind.TOTAL, number, 0, 0, FROM_STEP) for number in steps.totals),
        *((Kind.COUNT, number, 1, 0, FROM_STEP) for number in steps.counts),
        *((Kind.COUNT, number, amount, 0, FROM_STEP) for number, amount in steps.amounts if amount),
        *((Kind.VALUE, number, 0, key, FROM_STEP) for number, key in steps.values),
        *((Kind.VALUE, number, 0, 0, FROM_DAY) for number in steps.days),
        *((Kind.VALUE, number, 0, 0, FROM_USER) for number in steps.users),
    ]
