"""The cohort norm of a plan: its entries, what they mean, and one account's values of them."""

from __future__ import annotations

from collections.abc import Iterable

from scoring.fingerprint import fingerprint
from scoring.model.references import source_meaning
from scoring.plan.score_plan import ScorePlan
from scoring.plan.signals.base import Signal
from scoring.plan.signals.sources import SourceSignal
from scoring.state.account import Account


class NormSignals:
    """The entries of the norm by name; a shadow's begin with its name and version. Frozen once the plan is compiled."""

    def __init__(self) -> None:
        self.all: dict[str, Signal] = {}
        self.sources: dict[str, SourceSignal] = {}
        """Those that are sources."""
        self.compared: dict[str, Signal] = {}
        """Those whose greatest value accounts are compared with."""
        self.meanings: dict[str, int] = {}
        """A fingerprint of what each of them means."""

    def add(self, plan: ScorePlan) -> None:
        """Add the entries of one model; shapes have noted the meanings of compared signals."""
        for name, source in plan.sources.items():
            self.sources[source.norm_name] = source
            self.meanings[source.norm_name] = fingerprint(source_meaning(plan.model.sources[name]))
        self.compared.update(plan.compared)
        self.all.update({**self.compared, **self.sources})

    def part(self, plans: Iterable[ScorePlan], account: Account) -> dict[str, float]:
        """An account's values. The norm is the maximum of each over all accounts.

        An account in a standing, such as a cancelled one, is nothing to compare others with: its signals are 0. Its
        sources count.
        """
        part: dict[str, float] = {}
        for plan in plans:
            if plan.compared:
                counts = not plan.standing_of(account)
                for name, signal in plan.compared.items():
                    part[name] = float(signal.number(account) or 0.0) if counts else 0.0
        part.update({name: source.number(account) or 0.0 for name, source in self.sources.items()})
        return part
