"""Drafts a model file from findings in events: it extends another model, and has in comments the findings, and what
people must decide. A decision is a line to be uncommented."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from scoring.event.synonyms import MARK
from scoring.model.event_names import SET
from scoring.model.event_sets import MACHINE
from scoring.model.references import event_sets_of, synonyms_used_by
from scoring.model.toml_text import toml_key, toml_value
from scoring.plan.plan import Plan
from scoring.plurals import counted
from streams.replay.drafts.guesses import looks_like_a_machine, same_as, set_for, synonyms_for
from streams.replay.fit import EventKey, FitCounts
from streams.replay.fit_report import FitReport, use_of
from streams.replay.fit_unfed import synonyms_with
from streams.replay.fit_values import PropertyValues

SHOWN_MAX = 15
WIDTH = 118
_NO_USER = 0.95
"""An event of which more than this share has no user may come from a machine."""
_FEW = 20
"""Fewer events than this say nothing about users."""


class Choice(NamedTuple):
    """An entry of a list, and why it may belong there. It is a comment unless it `is_taken`."""

    entry: str
    note: str
    is_taken: bool = False


class Draft:
    """A draft. `name` is that of the new model, `source` the origin of the events, `path` where it is written, and
    `extends` the preset that `plan` was compiled from."""

    def __init__(
        self, plan: Plan, counts: FitCounts, report: FitReport, *, name: str, source: str, path: str, extends: str
    ) -> None:
        self._plan = plan
        self._counts = counts
        self._report = report
        self._name = name
        self._source = source
        self._path = path
        self._extends = extends

    def text(self) -> str:
        """The file. It can be used as it is, and with any of its decisions taken."""
        parts = (self._head(), self._events(), self._properties(), self._signals(), self._components())
        return "\n".join("".join(f"{line}\n" for line in part) for part in parts)

    def _head(self) -> Iterator[str]:
        report, base = self._report, self._extends
        yield from _comment(
            f"Made by `vitals model new` from {self._source}: {counted(report.events, 'events')} of "
            f"{counted(report.accounts + sum(report.standings.values()), 'accounts')}, the last one at {report.as_of}."
        )
        yield from _comment(
            f"It judges as {base!r} does until you change something. `vitals model show {self._path}` prints it whole. "
            "After each «Decide» are lines to uncomment if they are right."
        )
        if report.repeated:
            yield from _comment(f"{counted(report.repeated, 'events')} came again with the same id, and count once.")
        if report.without_id:
            yield from _comment(f"{counted(report.without_id, 'events')} without an id: sent twice, they count twice.")
        yield ""
        yield f"extends = {toml_value(base)}"
        yield ""
        yield "[model]"
        yield f"name = {toml_value(self._name)}"

    # --- events

    def _events(self) -> Iterator[str]:
        report, use = self._report, use_of(self._plan, self._counts)
        yield "[events]"
        named = "; ".join(f"{name} {events:,}" for (_, name), events in use[:SHOWN_MAX])
        yield from _comment(f"{counted(len(use), 'names')} of events count as use, the most frequent first: {named}")
        if report.machine_events:
            yield from _comment(f"Excluded as sent by machines: {counted(report.machine_events, 'events')}")
        suspects = [Choice(each.advice, f"{each.name} is no person's use") for each in report.odd_use]
        for key, events in use:
            why = self._why_a_machine(key, events) if _is_plain(key[1]) and len(suspects) < SHOWN_MAX else ""
            if why:
                suspects.append(Choice(key[1], f"{events:,} events, {why}"))
        if suspects:
            yield from _list(MACHINE, SET, _once(suspects), "which of these are sent by machines, not by people?")
        yield from self._unread_events()

    def _why_a_machine(self, key: EventKey, events: int) -> str:
        """Why an event may come from a machine; "" when nothing says so."""
        has_users = any(self._counts.users.values())
        without = events - self._counts.users.get(key, 0)
        if has_users and events >= _FEW and without > _NO_USER * events:
            return f"{without:,} without a user"
        return "by its name" if looks_like_a_machine(key[1]) else ""

    def _unread_events(self) -> Iterator[str]:
        used = event_sets_of(self._plan.model)
        by_set: dict[str, list[Choice]] = {}
        rest: list[str] = []
        for each in self._report.unread_events:
            guess = set_for(each.topic, each.name) if not each.advice and _is_plain(each.name) else ""
            if guess in used:
                by_set.setdefault(guess, []).append(Choice(each.name, f"{each.events:,} events on {each.topic}"))
            else:
                advice = f", {each.advice}" if each.advice else ""
                rest.append(f"{each.name} {each.events:,} (on {each.topic}{advice})")
        for name, events in by_set.items():
            yield from _list(name, SET, events, "do these mean the same?")
        if rest:
            more = self._report.more_unread_events
            yield from _comment(f"No signal reads: {'; '.join(rest)}{f', and {more:,} more' if more else ''}")

    # --- properties

    def _properties(self) -> Iterator[str]:
        report, used = self._report, synonyms_used_by(self._plan.model)
        unread = {each.name for each in report.unread_properties}
        found: dict[str, list[Choice]] = {}
        for name, values in sorted(self._counts.values.items()):
            if not _is_plain(name):
                continue
            if same := same_as(name, values):
                found.setdefault(same, []).append(Choice(name, "", is_taken=True))
            elif name in unread and not synonyms_with(name) and (like := synonyms_for(name, values)):
                found.setdefault(like, []).append(Choice(name, _values_text(values)))
        yield "[properties]"
        for name, choices in found.items():
            if name in used:
                yield from _list(name, MARK, choices, "do these mean the same?")
        for name, events in report.numbers_as_text.items():
            yield from _comment(f"{name} was a text in {counted(events, 'events')}: send numbers as numbers.")
        rest = [f"{each.name} {each.events:,}" for each in report.unread_properties]
        if rest:
            yield from _comment(f"Properties that no signal reads, the likely ones first: {'; '.join(rest)}")

    # --- signals and components

    def _signals(self) -> Iterator[str]:
        by_words: dict[str, list[str]] = {}
        for each in self._report.unfed:
            by_words.setdefault(each.words, []).append(each.signal)
        if self._report.empty_sources:
            yield from _comment(f"Sources that nobody ever sent: {', '.join(self._report.empty_sources)}.")
        if by_words:
            yield "# Signals without what they read:"
        for words, signals in by_words.items():
            yield from _comment(f"- {', '.join(dict.fromkeys(signals))}: {words}")

    def _components(self) -> Iterator[str]:
        report = self._report
        counting = [each for each in report.components if each.counts]
        yield from _comment(
            "Accounts with evidence, by component: "
            + ", ".join(f"{each.name} {each.accounts:,} of {report.accounts:,}" for each in counting)
        )
        for standing, accounts in report.standings.items():
            yield from _comment(f"{counted(accounts, 'accounts')} in the standing {standing}, so not judged.")
        if report.unjudged:
            yield from _comment(f"{counted(report.unjudged, 'accounts')} without any evidence.")
        sources = self._plan.model.sources
        unsent = {name for name, each in sources.items() if (each.label or name) in report.empty_sources}
        idle = [
            each.name
            for each in counting
            if not each.accounts and (not sources or self._plan.model.components[each.name].source in unsent)
        ]
        if idle and len(idle) < len(counting):
            yield from _comment(
                "Decide: nobody has evidence for these. Leave them, if it is yet to come; or remove them."
            )
            for name in idle:
                yield f"# [components.{toml_key(name)}]"
                yield "# remove = true"


def _list(name: str, mark: str, choices: Sequence[Choice], question: str) -> Iterator[str]:
    """A set that extends the one of its name: what is sure, and in comments what is to be decided."""
    yield ""
    yield f"{toml_key(name)} = ["
    yield f"  {toml_value(f'{mark}{name}')},"
    for each in choices:
        if each.is_taken:
            yield f"  {toml_value(each.entry)},"
    if not all(each.is_taken for each in choices):
        yield f"  # Decide: {question}"
    for each in choices:
        if not each.is_taken:
            yield f"  # {toml_value(each.entry)},  # {_printable(each.note)}"
    yield "]"


def _is_plain(name: str) -> bool:
    """Whether a name can stand in a list of a model, where some characters have a meaning or cannot be read."""
    return bool(name) and name.isprintable() and name[0] not in "!@" and not set(name) & set('*"\\')


def _once(choices: Sequence[Choice]) -> list[Choice]:
    """Without those whose entry came before."""
    return list({each.entry: each for each in reversed(choices)}.values())[::-1]


def _values_text(values: PropertyValues) -> str:
    """«high, low», «up to 250»"""
    return ", ".join(values.words[:6]) if values.words else f"up to {values.greatest:g}"


def _printable(words: str) -> str:
    return "".join(each if each.isprintable() else "?" for each in words)


def _comment(words: str) -> Iterator[str]:
    """A text as lines of comment. Line breaks and control characters in names cannot end a comment."""
    line = "#"
    for word in _printable(words).split(" "):
        if len(line) + 1 + len(word) > WIDTH and line != "#":
            yield line
            line = "#"
        line += f" {word}"
    yield line
