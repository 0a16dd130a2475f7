"""One call on an account's alerts: what it looks at, and the steps that it records. The only place that asks whether
somebody may be told."""

from __future__ import annotations

from hashlib import sha256
from typing import Any
from urllib.parse import quote

import msgspec

from alerts.lifecycle.account_view import AccountView
from alerts.lifecycle.cases.mute import muted, remember, shown_status
from alerts.lifecycle.cases.state import AccountState, Case, Mute, Origin, RuleState
from alerts.lifecycle.kinds.base import Look
from alerts.lifecycle.kinds.drop import CompiledDrop, hundredths
from alerts.lifecycle.policy import AnyRule, Policy
from alerts.step import SEVERITIES, AlertStep, CaseStatus, InHand, Outcome, Reason, Severity, StepKind
from scoring.instants import rfc3339

_COVERED_KINDS = ("drop", "forecast")
"""Kinds of rule that say of a fall what the tier rule says too."""


def step_id(account_id: str, sequence: int) -> str:
    """The id of an account's `sequence`-th record: a pure function of both, so that repeats are recognised."""
    return _hash(f"{account_id}\0alerts\0{sequence}")


def case_id(account_id: str, number: int) -> str:
    """The id of an account's `number`-th case."""
    return _hash(f"{account_id}\0case\0{number}")


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class Note(msgspec.Struct, kw_only=True):
    """What a step says beside the case and the account. `origin` is where its change is measured from; None for a step
    that is no change. `peak` is the score, in hundredths, that a drop is measured from instead. `severity` and `status`
    are the case's when they are None."""

    words: str
    origin: Origin | None = None
    peak: int | None = None
    from_tier: str = ""
    tier: str | None = None
    severity: Severity | None = None
    status: CaseStatus | None = None
    by: str = ""
    until_ms: int = 0
    text: str = ""
    taken: str = ""
    next_tier: str = ""
    next_at: str = ""


class Call:
    """One call of `AccountAlerts`. Lives as long as the call; changes the account's state only by counting records."""

    def __init__(self, policy: Policy, account: AccountState, look: Look) -> None:
        self.policy = policy
        self.account = account
        self.look = look
        self.view: AccountView = look.view
        self.at_ms = look.at_ms
        self.steps: list[AlertStep] = []
        self._covering: list[Severity] = []
        self.is_adopting = False
        """Whether the account is looked at by these rules for the first time."""
        self.tier = look.view.tier
        """The account's tier for `only`: as the tier rule sees it, if there is one."""

    def passes(self, rule: AnyRule) -> bool:
        """Whether the rule is for this account."""
        only = rule.rule.only
        if only.tiers and self.tier not in only.tiers:
            return False
        if only.min_mrr and (self.view.mrr is None or self.view.mrr < only.min_mrr):
            return False
        traits = self.policy.rules.traits
        return all(self.view.trait(traits.get(name, name)) in values for name, values in only.traits.items())

    def mute(self, state: RuleState | None) -> Mute | None:
        """The snooze that holds now."""
        return muted(self.account, state, self.at_ms)

    def is_held(self, rule: AnyRule) -> bool:
        """Whether a fleet alarm holds the rule."""
        return self.look.is_held and rule.rule.guarded

    def reason(self, rule: AnyRule, reason: Reason) -> Reason:
        """`reason`, but for steps that waited for the end of an outage."""
        return "after_outage" if self.look.is_after_outage and rule.rule.guarded else reason

    def here(self) -> Origin:
        """A change from before this judgement to now."""
        return Origin(self.view.before, self.view.cause())

    def tell(self, rule: AnyRule, state: RuleState, case: Case, step: StepKind, reason: Reason, note: Note) -> bool:
        """Record a step of a case that people should be told; whether they are, or a snooze hides it until its end.

        A person's own action is always told: it is the answer to that person.
        """
        case.steps += 1
        case.since_ms = self.at_ms
        mute = None if reason == "action" else self.mute(state)
        if mute is not None:
            note.by, note.until_ms = mute.by, mute.until_ms
            remember(mute, rule.name, case, step, note.status or case.status)
            self._write(rule, state, case, step, "suppressed", "snooze", note)
            return False
        if self._is_covered(rule, case, step, note):
            case.words, case.escalate_ms, note.until_ms = note.words, 0, 0
            self._write(rule, state, case, step, "suppressed", "covered", note)
            return False
        case.was_told = True
        case.words = note.words
        self._write(rule, state, case, step, "sent", reason, note)
        return True

    def cover(self, rule: AnyRule, severity: Severity) -> None:
        """A case opened or got worse, and that is sent: if it is of the tier, people need no other message of a fall in
        this call, unless that is more severe."""
        if rule.kind == "tier" and severity != "good":
            self._covering.append(severity)

    def _is_covered(self, rule: AnyRule, case: Case, step: StepKind, note: Note) -> bool:
        """Whether a case opens beside one of the tier; or ends, and nobody ever heard of it. What a person does, and
        the end of a snooze, is sent, and so is all that comes after."""
        if step == "opened":
            rank = SEVERITIES.index(case.severity)
            return rule.kind in _COVERED_KINDS and any(SEVERITIES.index(each) <= rank for each in self._covering)
        return step in ("resolved", "retracted") and not case.was_told and not note.by

    def hush(self, rule: AnyRule, state: RuleState, step: StepKind, reason: Reason, note: Note) -> None:
        """Record a decision to tell nobody; with "changed", a step of the case that people do not learn of."""
        case = state.case
        if case is not None and step != "none":
            case.steps += 1
            case.since_ms = self.at_ms
        self._write(rule, state, case, step, "suppressed", reason, note)

    def _write(
        self,
        rule: AnyRule,
        state: RuleState,
        case: Case | None,
        step: StepKind,
        outcome: Outcome,
        reason: Reason,
        note: Note,
    ) -> None:
        self._measure_from_peak(rule, state, step, note)
        header = self.policy.rules.header
        name = rule.name
        status = note.status or (shown_status(self.account, state, case, self.at_ms) if case else None)
        self._append(
            note,
            rule=name,
            rule_kind=rule.kind,
            severity=note.severity or (case.severity if case else "info"),
            step=step,
            outcome=outcome,
            reason=reason,
            case_id=case.id if case else "",
            status=status,
            step_number=case.steps if case else 0,
            opened_at=rfc3339(case.opened_ms) if case else "",
            assignee=case.assignee if case else "",
            action=rule.rule.action,
            playbook=self.link(rule.rule.playbook or header.playbook, name),
            page=self.link(header.page, name),
            label=rule.rule.label,
            in_hand=self._in_hand(state, case, status, note) if case else None,
        )

    def _measure_from_peak(self, rule: AnyRule, state: RuleState, step: StepKind, note: Note) -> None:
        """A step that says that the score dropped has the score that it dropped from, and not the judgement before."""
        if not isinstance(rule, CompiledDrop) or note.origin is None or self.view.score is None:
            return
        if step == "opened" or (step == "none" and state.plain):
            note.peak = peak = rule.peak(state, self.view.score, self.at_ms)
            was = next((tier.name for tier in reversed(self.policy.tiers) if peak >= tier.lower * 100), "")
            note.from_tier = was if was != (note.tier or self.view.tier) else ""

    def _in_hand(self, state: RuleState, case: Case, status: CaseStatus | None, note: Note) -> InHand | None:
        """Who has the case in hand, and until when, where it is somebody else than the step is by, or another time."""
        mute = self.mute(state)
        by, until_ms = (case.by, case.escalate_ms) if mute is None else (mute.by, mute.until_ms)
        match status:
            case "open":
                is_same = until_ms == note.until_ms
            case "acknowledged":
                is_same = by == note.by
            case "snoozed":
                is_same = (by, until_ms) == (note.by, note.until_ms)
            case _:
                is_same = True
        return None if is_same else InHand(by, rfc3339(until_ms) if until_ms else "")

    def link(self, pattern: str, rule: str) -> str:
        """A link of the configuration for this account and a rule."""
        return link(pattern, self.view.account_id, rule)

    def write_over(self, note: Note, **about: Any) -> None:
        """Record a step about a case that is over, or about no rule: `about` are fields of `AlertStep`."""
        self._append(note, **about)

    def _append(self, note: Note, **about: Any) -> None:
        view, origin = self.view, note.origin
        before = origin.before if origin else None
        details = view.details(before, origin.cause if origin else None)
        self.account.records += 1
        score = None if view.score is None else hundredths(view.score)
        was = note.peak
        if was is None and before is not None and before.tier:
            was = hundredths(before.value)
        is_change = score is not None and was is not None
        step = AlertStep(
            id=step_id(view.account_id, self.account.records),
            account_id=view.account_id,
            sequence=self.account.records,
            words=note.words,
            as_of=rfc3339(self.at_ms),
            as_of_ms=self.at_ms,
            model=details.model,
            model_version=details.model_version,
            tier=view.tier if note.tier is None else note.tier,
            from_tier=note.from_tier,
            score=None if score is None else score / 100,
            before=was / 100 if is_change and was is not None else None,
            change=(score - was) / 100 if score is not None and was is not None else 0.0,
            deltas=details.deltas if is_change and note.peak is None else (),
            cause=details.cause,
            drivers=view.drivers() if about["outcome"] == "sent" else (),
            flags=view.flags,
            mrr=view.mrr,
            plan=details.plan,
            traits=self._traits(),
            by=note.by,
            until=rfc3339(note.until_ms) if note.until_ms else "",
            note=note.text,
            taken=note.taken,
            next_tier=note.next_tier,
            next_at=note.next_at,
            outage=view.outage if about["reason"] in ("after_outage", "guard") else "",
            **about,
        )
        self.steps.append(step)

    def _traits(self) -> dict[str, str]:
        found = {name: self.view.trait(signal) for name, signal in self.policy.rules.traits.items()}
        return {name: value for name, value in found.items() if value is not None}


def link(pattern: str, account_id: str, rule: str) -> str:
    """A link with the account and the rule in it, escaped for a path or a query.

    >>> link("https://crm.example/{account_id}?why={rule}", "a/b", "tier")
    'https://crm.example/a%2Fb?why=tier'
    """
    if not pattern:
        return ""
    account = quote(account_id.encode("utf-8", "replace"), safe="")
    return pattern.replace("{account_id}", account).replace("{rule}", quote(rule, safe=""))
