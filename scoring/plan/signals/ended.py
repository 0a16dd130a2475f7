"""When the last of an account's items ended."""

from __future__ import annotations

from scoring.instants import DAY_MS, day_words, parse_instant, plain_instant
from scoring.model import schema
from scoring.plan.facts import Facts
from scoring.plan.layout import Layout
from scoring.plan.signals.base import Signal, Source, filter_key
from scoring.result import Fact
from scoring.state.account import Account
from scoring.state.tally import Tally


class EndedSignal(Signal):
    """When the last of the items ended, from a tally of 1 for each item that runs; unknown while one does."""

    def __init__(self, label: str, tally: Tally) -> None:
        self.label = label
        self.tally = tally

    @staticmethod
    def compile(layout: Layout, name: str, of: schema.Ended) -> EndedSignal:
        """The signal of a table."""
        key = f"ended {filter_key(of)} {of.by!r} {sorted(of.ended_by)}"
        runs, ends = (layout.extractors.runs(name, of, ends=each) for each in (False, True))
        tally = layout.tally(
            key,
            lambda topic, event: of.takes(topic, event) or of.ends(topic, event),
            lambda topic, event: ends if of.ends(topic, event) else runs,
        )
        return EndedSignal(of.label or name, tally)

    def number(self, account: Account) -> float | None:
        return None

    def fact(self, account: Account) -> Fact:
        at = self.tally.ended_ms(account)
        return None if at < 0 else plain_instant(at)

    def text(self, facts: Facts) -> str:
        at = facts.values.get(self.name)
        if not isinstance(at, str):
            return f"not {self.label}"
        return f"{self.label} on {day_words(parse_instant(at) // DAY_MS)}"

    def sources(self) -> tuple[Source, ...]:
        return (("tally", self.tally.number),)

    def is_settled(self, account: Account) -> bool:
        return bool(account.tallies[self.tally.number])
