"""Why an alert came, or why nothing did: the answer about one account and instant, from what is on record. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from alerts.delivery_record import DeliveryRecord
from alerts.lifecycle.schema import AlertRules
from alerts.step import AlertStep
from alerts.step_words import OVER, headline
from scoring.instants import parse_instant
from scoring.model.model import Model
from scoring.result import ScoreSnapshot
from streams.alerting import reasons
from streams.alerting.account_records import AccountRecords

DECISIONS_SHOWN = 10


class CaseThen(msgspec.Struct, frozen=True, kw_only=True):
    """A case that was open at the instant, by its latest step until then."""

    rule: str
    severity: str
    status: str
    opened_at: str
    words: str
    assignee: str
    by: str
    until: str


class Mute(msgspec.Struct, frozen=True, kw_only=True):
    """A snooze in force. `rule` "" is the whole account."""

    rule: str
    by: str
    since: str
    until: str


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a step on one route."""

    route: str
    sink: str
    outcome: str
    at: str
    held_by: str
    why: str
    words: str


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """One decision: to tell (`outcome` "sent") or not, and why."""

    at: str
    rule: str
    step: str
    outcome: str
    reason: str
    words: str
    because: str
    routes: tuple[Sent, ...]


class RuleNow(msgspec.Struct, frozen=True, kw_only=True):
    """One rule, and why it is about the account or not, as the account is now."""

    rule: str
    kind: str
    is_open: bool
    because: str


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """The answer. `says` are sentences, the most important first. `decisions` are the latest until `at`, newest first.
    `rules` are given for now only: how the account stood in the past is not kept. `is_complete` says whether all was
    read that could matter."""

    account_id: str
    at: str
    is_now: bool
    says: tuple[str, ...]
    score: float | None
    tier: str
    band: str
    cases: tuple[CaseThen, ...]
    mutes: tuple[Mute, ...]
    decisions: tuple[Decision, ...]
    rules: tuple[RuleNow, ...]
    is_complete: bool


def why(
    account_id: str,
    at: str,
    *,
    is_now: bool,
    records: AccountRecords,
    snapshot: ScoreSnapshot | None,
    rules: AlertRules,
    model: Model,
) -> Why:
    """The answer at the instant `at` (RFC 3339). `snapshot` is the account as it is now, None when it is not known."""
    at_ms = parse_instant(at)
    steps = [step for step in records.steps if step.as_of_ms <= at_ms]
    decisions = tuple(_decision(step, records.deliveries_of(step.id)) for step in steps[:DECISIONS_SHOWN])
    cases = tuple(_case(step) for step in open_at(steps))
    mutes = tuple(mutes_at(steps, at_ms))
    score, tier = _score(steps, snapshot if is_now else None)
    band = reasons.band(rules, model, score, tier)
    about = _rules(rules, snapshot, cases) if is_now and snapshot is not None else ()
    return Why(
        account_id=account_id,
        at=at,
        is_now=is_now,
        says=tuple(_says(records, steps, decisions, cases, mutes, snapshot, about, is_now=is_now)),
        score=score,
        tier=tier,
        band=band,
        cases=cases,
        mutes=mutes,
        decisions=decisions,
        rules=about,
        is_complete=records.reaches_back and not records.unreadable,
    )


def open_at(steps: Sequence[AlertStep]) -> list[AlertStep]:
    """The latest step of each case that is open after `steps`, which are the newest first."""
    latest: dict[str, AlertStep] = {}
    for step in steps:
        if step.case_id:
            latest.setdefault(step.case_id, step)
    return [step for step in latest.values() if step.status not in (None, *OVER)]


def mutes_at(steps: Sequence[AlertStep], at_ms: int) -> Iterator[Mute]:
    """The snoozes in force at an instant. `steps` are the newest first: for each rule the latest word counts."""
    decided: set[str] = set()
    for step in steps:
        if step.step in ("snoozed", "snooze_ended") and step.rule not in decided:
            decided.add(step.rule)
            if step.step == "snoozed" and step.until and parse_instant(step.until) > at_ms:
                yield Mute(rule=step.rule, by=step.by, since=step.as_of, until=step.until)


def _case(step: AlertStep) -> CaseThen:
    return CaseThen(
        rule=step.rule,
        severity=step.severity,
        status=step.status or "",
        opened_at=step.opened_at,
        words=step.words,
        assignee=step.assignee,
        by=step.hand.by,
        until=step.hand.until,
    )


def _decision(step: AlertStep, records: Sequence[DeliveryRecord]) -> Decision:
    return Decision(
        at=step.as_of,
        rule=step.rule,
        step=step.step,
        outcome=step.outcome,
        reason=step.reason,
        words=step.words,
        because=reasons.because(step),
        routes=tuple(
            Sent(
                route=each.route,
                sink=each.sink,
                outcome=each.outcome,
                at=each.at,
                held_by=each.held_by,
                why=each.why,
                words=reasons.delivery(each),
            )
            for each in records
        ),
    )


def _score(steps: Sequence[AlertStep], now: ScoreSnapshot | None) -> tuple[float | None, str]:
    """The score and tier now, or as the latest step has them."""
    if now is not None:
        return now.score, now.tier or now.standing
    step = next((each for each in steps if each.score is not None), None)
    return (None, "") if step is None else (step.score, step.tier)


def _rules(rules: AlertRules, snapshot: ScoreSnapshot, cases: Sequence[CaseThen]) -> tuple[RuleNow, ...]:
    opened = {case.rule for case in cases} | {case.rule for case in snapshot.cases}
    return tuple(
        RuleNow(
            rule=name,
            kind=reasons.kind_of(rule),
            is_open=name in opened,
            because="its case is open" if name in opened else reasons.quiet(rules, rule, snapshot),
        )
        for name, rule in rules.rules.items()
    )


def _says(
    records: AccountRecords,
    steps: Sequence[AlertStep],
    decisions: Sequence[Decision],
    cases: Sequence[CaseThen],
    mutes: Sequence[Mute],
    snapshot: ScoreSnapshot | None,
    about: Sequence[RuleNow],
    *,
    is_now: bool,
) -> Iterator[str]:
    for mute in mutes:
        what = f"The rule {mute.rule} is" if mute.rule else "The whole account is"
        yield f"{what} snoozed by {mute.by or 'somebody'} until {mute.until}: nobody gets a message before that."
    if steps:
        yield _latest(steps[0], decisions[0])
        told = next(((step, each) for step, each in zip(steps, decisions, strict=False) if step.is_told), None)
        if told is not None and told[0] is not steps[0]:
            yield f"The last message before that was decided on {told[1].at}: {headline(told[0])}. {_reached(told[1])}"
    elif not records.reaches_back:
        yield "No decision was found as far back as was read: the account's partition has very many since then."
    elif is_now and snapshot is None:
        yield "This account is not known: no event of it has been scored. Check its id, and that its events arrive."
    else:
        said = "was ever decided about this account" if is_now else "was decided about this account until then"
        yield f"Nothing {said}, so nothing was sent.{_nothing(about)}"
    for case in cases:
        yield reasons.open_case(case.rule, case.status, case.opened_at, case.by, case.assignee, case.until)
    if is_now and snapshot is not None:
        yield from reasons.account_notes(snapshot)


def _latest(step: AlertStep, decision: Decision) -> str:
    if step.is_told:
        return f"The latest decision, of {step.as_of}, was to tell: {headline(step)}. {_reached(decision)}"
    return f"The latest decision, of {step.as_of}, was to tell nobody: {decision.because}."


def _reached(decision: Decision) -> str:
    if not decision.routes:
        waits = "a route gathers it for a digest, a storm or quiet hours"
        return f"No route has reported on it: {waits}, it is still on its way, or the notifier does not run."
    words = "; ".join(sorted({each.words for each in decision.routes}))
    return f"{words[0].upper()}{words[1:]}."


def _nothing(about: Sequence[RuleNow]) -> str:
    return " Rule by rule, below, what is missing." if about else ""
