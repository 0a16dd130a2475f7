"""Answers as lines of CSV: each process writes those of its accounts, and the parent puts them in order."""

from __future__ import annotations

import csv
import io
from array import array
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from scoring.instants import rfc3339
from scoring.model.model import Model
from scoring.plan.plan import Plan
from streams.replay.by_account.shown import NO_STANDING, Scored, Shown, TierBefore
from streams.replay.by_account.spill import Place, SpillPort
from streams.replay.csv_cell import cell
from streams.replay.fit import FitCounts

JUDGED = ("score", "tier", "coverage", "provisional", "standing", "flags", "transition")
"""The columns after the signals."""
MODEL = "model"
"""The last column, with several models."""


class CsvLines(msgspec.Struct, kw_only=True):
    """The lines of one plan and partition: the ids of its accounts, sorted, with the index of their first instant, and
    by instant where the lines are, one for each account that was there. `fit` counts the accounts
    at the last instant."""

    accounts: list[str]
    begins: array[int]
    places: list[Place]
    fit: FitCounts


class CsvSink:
    """Writes the lines of one plan. `signals` are the columns, also those that the plan does not have."""

    def __init__(self, plan: Plan, signals: Sequence[str], instants_ms: Sequence[int], *, names_model: bool) -> None:
        self._plan = plan
        self.signals = tuple(name for name in signals if name in plan.primary.signals)
        places = {name: place for place, name in enumerate(self.signals)}
        self._places = [places.get(name, -1) for name in signals]
        """Of each column, where its fact is; -1 for none."""
        self._as_of = [rfc3339(instant_ms) for instant_ms in instants_ms]
        self._texts = [io.StringIO() for _ in instants_ms]
        self._writers = [csv.writer(text, lineterminator="\n") for text in self._texts]
        self._model = [f"{plan.model.name}@{plan.model.version}"] if names_model else []
        self._accounts: list[str] = []
        self._begins = array("i")
        self._fit = FitCounts()
        self._name = ""
        self._tier = TierBefore()

    def begin(self, account_id: str) -> None:
        self._name = account_id
        self._tier.tier = -1

    def add(self, instant: int, shown: Shown) -> None:
        if not self._accounts or self._accounts[-1] != self._name:
            self._accounts.append(self._name)
            self._begins.append(instant)
        facts = [None if place < 0 else cell(shown.facts[place]) for place in self._places]
        row = [self._as_of[instant], cell(self._name), *facts, *self._judged(shown), *self._model]
        self._writers[instant].writerow(row)
        if instant == len(self._writers) - 1:
            with_evidence = [] if shown.scored is None else _with_evidence(self._plan, shown.scored)
            self._fit.note_account(with_evidence, self._standing(shown))

    def lines(self, spill: SpillPort) -> CsvLines:
        """All lines, kept in the spill."""
        places = [spill.write_bytes(text.getvalue().encode()) for text in self._texts]
        return CsvLines(accounts=self._accounts, begins=self._begins, places=places, fit=self._fit)

    def _judged(self, shown: Shown) -> tuple[object, ...]:
        live, before, scored = self._plan.primary, self._tier.change(shown), shown.scored
        flags = ";".join([rule.name for number, rule in enumerate(live.rules) if shown.rules >> number & 1])
        if scored is None:
            return None, "", 0.0, "false", cell(self._standing(shown)), cell(flags), ""
        tier = live.tier_names[scored.tier]
        transition = "" if before < 0 else f"{live.tier_names[before]}>{tier}"
        provisional = "true" if scored.provisional else "false"
        return scored.value, cell(tier), scored.coverage, provisional, "", cell(flags), cell(transition)

    def _standing(self, shown: Shown) -> str:
        return "" if shown.standing == NO_STANDING else self._plan.primary.standings[shown.standing].name


def _with_evidence(plan: Plan, scored: Scored) -> list[str]:
    """The components that have evidence."""
    each = zip(plan.primary.components, scored.judgements, scored.evidence, strict=True)
    return [component.name for component, judgement, evidence in each if judgement is not None and evidence]


def header(models: Sequence[Model]) -> str:
    """The first line of the CSV."""
    text = io.StringIO()
    model = (MODEL,) if len(models) > 1 else ()
    columns = ("as_of", "account_id", *map(cell, signals_of(models)), *JUDGED, *model)
    csv.writer(text, lineterminator="\n").writerow(columns)
    return text.getvalue()


def signals_of(models: Iterable[Model]) -> list[str]:
    """The signals of all models, each once."""
    return list(dict.fromkeys(name for model in models for name in model.signals))


def in_order(parts: Sequence[CsvLines], spill: SpillPort) -> Iterator[str]:
    """The lines of one plan, by instant, then account: a text for each instant."""
    accounts = sorted(
        (name, part, begin)
        for part, lines in enumerate(parts)
        for name, begin in zip(lines.accounts, lines.begins, strict=True)
    )
    for instant in range(len(parts[0].places)):
        texts = [iter(spill.read_bytes(lines.places[instant]).decode().split("\n")) for lines in parts]
        found = [next(texts[part]) for _, part, begin in accounts if begin <= instant]
        if found:
            yield "\n".join(found) + "\n"
