"""An account folded twice, by the reference and by the kernel, and compared after every step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec

from scoring.event.event import Event
from scoring.fold.fold import advance, apply
from scoring.fold.fork import fork
from scoring.instants import FAR, plain_instant
from scoring.model.frozen import Frozen
from scoring.plan.plan import Plan
from scoring.plan.score_cache import ScoreCache
from scoring.state.account import Account
from streams.kernel.kernel import Kernel


class Difference(AssertionError):
    """The kernel and the reference differ; the text says after which step, and in what."""


class Said(NamedTuple):
    """One thing that both say."""

    what: str
    reference: object
    kernel: object


class Both:
    """One account in both folds, under one plan. Mutable. Each step raises `Difference` where they differ."""

    def __init__(self, kernel: Kernel, as_of_ms: int) -> None:
        self.kernel, self.plan = kernel, kernel.plan
        self.account = Account(self.plan.sizes, as_of_ms)
        self.score = ScoreCache(self.plan.score_plans)
        self.number = kernel.begin(as_of_ms)
        self.norm: Mapping[str, float] = {}
        self.step = f"begun at {plain_instant(as_of_ms)}"

    def apply(self, event: Event, as_of_ms: int, *, arrived_ms: int = -1, times: int = 1, looks: bool = True) -> None:
        """Apply an event to both, and compare all that they say; without `looks` only the outcome."""
        self.step = f"after {event.topic}.{event.name} of {plain_instant(event.occurred_at_ms)} {_sent(event)}"
        ours = apply(self.plan, self.account, event, as_of_ms, arrived_ms=arrived_ms, times=times)
        theirs = self.kernel.apply(self.number, event, as_of_ms, arrived_ms=arrived_ms, times=times)
        self._same(Said("the outcome", ours, theirs))
        if looks:
            self.compare()

    def advance(self, as_of_ms: int) -> None:
        """Advance both, and compare."""
        self.step = f"advanced to {plain_instant(as_of_ms)}"
        ours, theirs = advance(self.plan, self.account, as_of_ms), self.kernel.advance(self.number, as_of_ms)
        self._same(Said("whether something changed", ours, theirs))
        self.compare()

    def advance_by_timers(self, until_ms: int, most: int = 40) -> None:
        """Advance both at each timer until an instant, at most so often; then to the instant."""
        resolution_ms = self.plan.resolution_ms
        for _ in range(most):
            due = self.account.next_due
            if due == FAR or due * resolution_ms > until_ms:
                break
            self.advance(due * resolution_ms)
        self.advance(until_ms)

    def freeze(self, frozen: Frozen) -> None:
        """Let the same stand still in both."""
        self.step = f"frozen: {frozen}"
        self.score.freeze(self.plan.primary, frozen)
        self.kernel.freeze(self.number, frozen)
        self.compare()

    def fork(self) -> Both:
        """A copy in both."""
        copy = Both.__new__(Both)
        copy.kernel, copy.plan, copy.norm = self.kernel, self.plan, self.norm
        copy.account, copy.score = fork(self.plan, self.account), self.score.copy()
        copy.number = self.kernel.fork(self.number)
        copy.step = f"{self.step}, forked"
        return copy

    def free(self) -> None:
        """Give the kernel's account back."""
        self.kernel.free(self.number)

    def compare(self) -> None:
        """Compare the scores by all models, and all state."""
        for said in self.said():
            self._same(said)

    def said(self) -> Iterator[Said]:
        """What both say, one after the other, since judging has effects on caches."""
        kernel, account, number = self.kernel, self.account, self.number
        yield Said("the timer", account.next_due, kernel.next_due(number))
        for plan in self.plan.score_plans:
            name = f"{plan.model.name}, model {plan.number}"
            ours, theirs = self.score.refresh(plan, account, self.norm), kernel.refresh(number, plan)
            if ours is None or theirs is None:
                yield Said(f"the evaluation of {name}", ours, theirs)
            else:
                for field in ours.__struct_fields__:
                    yield Said(f"{field} of {name}", getattr(ours, field), getattr(theirs, field))
                if plan is self.plan.primary:
                    yield Said("the points", list(plan.points(ours).items()), list(kernel.points(theirs).items()))
            yield Said(f"the standing of {name}", plan.standing_of(account), kernel.standing_of(number, plan))
            facts = {signal: compiled.fact(account) for signal, compiled in plan.signals.items()}
            found = kernel.facts(number, plan)
            for signal in facts:
                yield Said(f"the signal {signal!r} of {name}", facts[signal], found[signal])
        yield from self._state()

    def _state(self) -> Iterator[Said]:
        plan, account, native, number = self.plan, self.account, self.kernel.native, self.number
        yield Said("the sums of windows", tuple(account.sums), native.sums(number))
        expired = sorted(account.expired_counts), sorted(native.expired_counts(number))
        yield Said("what left the windows", *expired)
        yield Said("the values of windows", account.value_counts, list(native.values(number)))
        ours = [(tuple(sorted(totals)), tuple([totals[day] for day in sorted(totals)])) for totals in account.totals]
        yield Said("the daily totals", ours, list(native.totals(number)))
        held = (*account.open_items, *account.tallies)
        items = [tuple([(key, *item) for key, item in each.items()]) for each in held]
        yield Said("the items", items, list(native.items(number)))
        stretch = (account.first_ms, account.latest_ms, account.is_borne_out, account.has_between)
        days = (tuple(account.earlier), tuple(sorted(account.tiles)), account.event_ids.count)
        yield Said("the life", (*stretch, *days), native.life(number))
        latest = (tuple(account.latest_values), tuple(account.latest_at), tuple(account.first_at))
        yield Said("the latest values", latest, native.latest(number))
        yield Said("what is past its bounds", plan.past_bounds(account), self.kernel.past_bounds(number))
        part = {name: float(value) for name, value in plan.norm_part(account).items()}
        yield Said("the part of the norm", part, self.kernel.norm_part(number))
        passed = {bound: plan.past[bound] for bound in ("values", "items", "ids")}
        plan.past.clear()
        yield Said("how often bounds were passed", passed, self.kernel.past())

    def _same(self, said: Said) -> None:
        if not is_same(said.reference, said.kernel):
            ours, theirs = said.reference, said.kernel
            raise Difference(f"{self.step}: {said.what}: the reference says {ours!r}, the kernel {theirs!r}")


class BothCohort:
    """Accounts by id in both folds, under one plan. Mutable."""

    def __init__(self, plan: Plan) -> None:
        self.kernel = Kernel(plan)
        self.accounts: dict[str, Both] = {}
        self._norm: Mapping[str, float] = {}

    def apply(self, event: Event, as_of_ms: int, *, arrived_ms: int = -1, times: int = 1, looks: bool = True) -> Both:
        """Apply an event to its account."""
        both = self.accounts.get(event.account_id)
        if both is None:
            both = self.accounts[event.account_id] = Both(self.kernel, as_of_ms)
            both.norm = self._norm
        both.apply(event, as_of_ms, arrived_ms=arrived_ms, times=times, looks=looks)
        return both

    def set_norm(self, norm: Mapping[str, float]) -> None:
        """The cohort norm of all from here on."""
        self._norm = norm
        self.kernel.set_norm(norm)
        for both in self.accounts.values():
            both.norm = norm


def is_same(one: object, other: object) -> bool:
    """Whether two values are the same, floats to the last bit, and whole numbers no floats.

    >>> is_same(1.5, 1.5), is_same(0.0, -0.0), is_same(1, 1.0), is_same([1, "a"], [1, "a"])
    (True, False, False, True)
    """
    if isinstance(one, dict):
        return _are_same_tables(one, other)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return one is other or (one == other and repr(one) == repr(other))


def _are_same_tables(one: dict[object, object], other: object) -> bool:
    """Tables in any order."""
    if not isinstance(other, dict) or one.keys() != other.keys():
        return False
    return all(is_same(value, other[key]) for key, value in one.items())


def _sent(event: Event) -> str:
    """The properties that were sent."""
    fields = event.properties.__struct_fields__
    sent = {field: value for field in fields if (value := getattr(event.properties, field)) is not msgspec.UNSET}
    return str(sent)
