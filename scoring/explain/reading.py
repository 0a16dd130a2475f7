"""What an answer reads of an account at its instant: a port, and its implementation over an `Account`.

`streams.kernel.reading` has one for accounts that the kernel holds.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from scoring.plan.components.base import CohortNorm
from scoring.plan.facts import Facts
from scoring.plan.plan import Plan
from scoring.plan.read_facts import details_of, sources_held, values_of
from scoring.plan.signals.base import age_ms
from scoring.plan.signals.sources import with_own
from scoring.plan.watches import holding
from scoring.result import Detail, Fact, Sign
from scoring.state.account import Account


class Reading(Protocol):
    """One account, read at its instant. Its signals, standings, rules and sources are those of the primary model.

    Everything is read when it is asked for, so a reading stays valid; instants are in milliseconds since 1970.
    """

    @property
    def as_of_ms(self) -> int:
        """The account's instant."""
        ...

    @property
    def first_ms(self) -> int:
        """The first event of its life (of the latest stretch, when it had several), FAR before any."""
        ...

    @property
    def oldest_ms(self) -> int:
        """The oldest event, FAR before any."""
        ...

    @property
    def age_ms(self) -> int:
        """Milliseconds since its first event, from bucket to bucket; 0 before any."""
        ...

    @property
    def latest_at(self) -> Sequence[int]:
        """The latest event by slot (`LastAtSignal.slot`, `SourceSignal.slot`, …), -1 for none."""
        ...

    def facts(self) -> dict[str, Fact]:
        """Every signal by name, in the model's order."""
        ...

    def details(self) -> dict[str, Detail]:
        """Further facts by signal, of those that have some."""
        ...

    def number(self, signal: str) -> float | None:
        """The number of one signal; None when it is unknown or a text."""
        ...

    def fact(self, signal: str) -> Fact:
        """One signal."""
        ...

    def is_settled(self, signal: str) -> bool:
        """Whether no event before its state was kept could change a signal."""
        ...

    def standing(self) -> str:
        """The standing that it is in, "" for none."""
        ...

    def holding(self) -> tuple[str, ...]:
        """The floors and flags whose conditions hold, whether it is judged or not."""
        ...

    def watched(self) -> tuple[str, ...]:
        """The watches whose conditions hold, whether it is judged or not."""
        ...

    def sources(self) -> dict[str, str]:
        """The instant of its latest event of each source, by name; sources that it never had are left out."""
        ...

    def past_bounds(self) -> tuple[str, ...]:
        """See `Plan.past_bounds`."""
        ...

    def signs(self, without: Collection[str]) -> tuple[Sign, ...]:
        """Its signs, but for those of the signals in `without`."""
        ...


class AccountReading:
    """A reading of an `Account`, which it does not change."""

    __slots__ = ("_account", "_plan")

    def __init__(self, plan: Plan, account: Account) -> None:
        self._plan = plan
        self._account = account

    @property
    def as_of_ms(self) -> int:
        return self._account.as_of_ms

    @property
    def first_ms(self) -> int:
        return self._account.first_ms

    @property
    def oldest_ms(self) -> int:
        return self._account.oldest_ms

    @property
    def age_ms(self) -> int:
        return age_ms(self._account, self._plan.resolution_ms)

    @property
    def latest_at(self) -> Sequence[int]:
        return self._account.latest_at

    def facts(self) -> dict[str, Fact]:
        return values_of(self._plan.primary, self._account)

    def details(self) -> dict[str, Detail]:
        return details_of(self._plan.primary, self._account)

    def number(self, signal: str) -> float | None:
        return self._plan.primary.signals[signal].number(self._account)

    def fact(self, signal: str) -> Fact:
        return self._plan.primary.signals[signal].fact(self._account)

    def is_settled(self, signal: str) -> bool:
        return self._plan.primary.signals[signal].is_settled(self._account)

    def standing(self) -> str:
        return self._plan.primary.standing_of(self._account)

    def holding(self) -> tuple[str, ...]:
        return tuple([rule.name for rule in self._plan.primary.holding(self._account)])

    def watched(self) -> tuple[str, ...]:
        return holding(self._plan.primary.watches, self._account)

    def sources(self) -> dict[str, str]:
        return sources_held(self._plan.primary, self._account)

    def past_bounds(self) -> tuple[str, ...]:
        return self._plan.past_bounds(self._account)

    def signs(self, without: Collection[str]) -> tuple[Sign, ...]:
        signs = [rule.sign_of(self._account) for rule in self._plan.signs if rule.signal not in without]
        return tuple([sign for sign in signs if sign is not None])


def reading_of(plan: Plan, account: Account | Reading) -> Reading:
    """A reading of an account; one stays what it is."""
    return AccountReading(plan, account) if isinstance(account, Account) else account


def facts_in(reading: Reading, norm: CohortNorm) -> Facts:
    """The facts for texts about the account that is read: equal to `scoring.plan.read_facts.facts_of`."""
    return Facts(reading.facts(), reading.details(), with_own(norm, reading.sources()), reading.age_ms)
