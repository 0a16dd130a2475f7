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
from scoring.plan.score_plan import Evaluation
from scoring.state.account import Account
from streams.replay.by_account.sinks import TierBefore
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

    is_judge, needs_tiles = True, False

    def __init__(self, plan: Plan, signals: Sequence[str], instants_ms: Sequence[int], *, names_model: bool) -> None:
        self._plan = plan
        self._signals = [plan.primary.signals.get(name) for name in signals]
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

    def add(self, instant: int, account: Account, judged: Evaluation | None) -> None:
        if not self._accounts or self._accounts[-1] != self._name:
            self._accounts.append(self._name)
            self._begins.append(instant)
        facts = [None if signal is None else cell(signal.fact(account)) for signal in self._signals]
        row = [self._as_of[instant], cell(self._name), *facts, *self._judged(account, judged), *self._model]
        self._writers[instant].writerow(row)
        if instant == len(self._writers) - 1:
            standing = self._plan.primary.standing_of(account) if judged is None else ""
            self._fit.note_account([] if judged is None else _with_evidence(self._plan, judged), standing)

    def lines(self, spill: SpillPort) -> CsvLines:
        """All lines, kept in the spill."""
        places = [spill.write_bytes(text.getvalue().encode()) for text in self._texts]
        return CsvLines(accounts=self._accounts, begins=self._begins, places=places, fit=self._fit)

    def _judged(self, account: Account, judged: Evaluation | None) -> tuple[object, ...]:
        live, before = self._plan.primary, self._tier.change(self._plan, account, judged)
        if judged is None:
            flags = ";".join([rule.name for rule in live.holding(account)])
            return None, "", 0.0, "false", cell(live.standing_of(account)), cell(flags), ""
        tier = live.tier_names[judged.tier]
        transition = "" if before < 0 else f"{live.tier_names[before]}>{tier}"
        provisional = "true" if judged.provisional else "false"
        flags = ";".join([rule.name for rule in judged.triggered])
        return judged.value, cell(tier), judged.coverage, provisional, "", cell(flags), cell(transition)


def _with_evidence(plan: Plan, judged: Evaluation) -> list[str]:
    """The components that have evidence."""
    each = zip(plan.primary.components, judged.judgements, judged.evidence, strict=True)
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
