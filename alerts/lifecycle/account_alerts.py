"""The alerts of one account: its open cases, snoozes, and what its rules remember. Pure: called with instants."""

from __future__ import annotations

from collections.abc import Sequence

from alerts.lifecycle.account_view import NEVER_PAGES, AccountView
from alerts.lifecycle.cases.adopt import adopt, has_past
from alerts.lifecycle.cases.call import Call, link
from alerts.lifecycle.cases.life import follow
from alerts.lifecycle.cases.mute import muted, shown_status
from alerts.lifecycle.cases.people import obey
from alerts.lifecycle.cases.rest import NOTHING_WAITS, Cut, Tracks, Unrecorded, tracks_of, waits_for_nothing, waits_of
from alerts.lifecycle.cases.snoozes import Watched, end_snoozes
from alerts.lifecycle.cases.state import AccountState, Case, RuleState, packed, packed_but, unpacked
from alerts.lifecycle.command import Command
from alerts.lifecycle.kinds.base import Look
from alerts.lifecycle.kinds.ladder import NONE, Band
from alerts.lifecycle.policy import AnyRule, Policy
from alerts.step import AlertStep, CaseStatus
from scoring.instants import FAR, rfc3339
from scoring.result import OpenCase


class AccountAlerts:
    """The alert state of one account. Mutable; owned by its matter.

    `judge` must be called at the account's first judgement; when its score leaves `band`; when its score, its standing
    or its being provisional comes or goes; when `held_rules` or `mrr` changes; and at walks over all accounts. `due`
    must be called when `next_due_ms` is reached. A call that has nothing to do returns [], and costs microseconds.
    Instants never go back. The same calls in the same order give the same steps, ids, and snapshots, also when it is
    restored from its snapshot between any two of them.
    """

    def __init__(self, policy: Policy, state: AccountState | None = None) -> None:
        """`state` is that of a snapshot, which it owns from now on; None for an account that was never judged."""
        self._policy = policy
        is_new = state is None
        self._state = state = state or AccountState()
        for rule in policy.compiled:
            if rule.key not in state.rules:
                state.rules[rule.key] = RuleState()
        self._watched: Watched = [(rule, state.rules[rule.key]) for rule in policy.compiled]
        self._waiting: Watched = []
        """Those that allow not every score, or of which something is due. Of the others a look asks only whether they
        hold."""
        self.band = NONE
        self.next_due_ms = FAR
        self._tracks: Tracks | None = None
        self._tracked: tuple[Watched, Watched] | None = None
        """The rules whose memories are the tracks, and those that remember the score of a look; None before the first
        of these looks."""
        if is_new:  # what is at rest is known, and the first look comes at any score
            self._waiting, self._rest = [pair for pair in self._watched if pair[0].remembers], NOTHING_WAITS
        else:
            self._wait(None, self._watched)

    @classmethod
    def restore(cls, policy: Policy, snapshot: bytes) -> AccountAlerts:
        """The alerts with a snapshot. `policy` may be another than the one it was made under: the next call tells."""
        return cls(policy, unpacked(snapshot))

    def judge(self, view: AccountView) -> list[AlertStep]:
        """Look at the account as it was just judged."""
        return self._look(view, view.as_of_ms, view.cause_kind)

    def due(self, at_ms: int, view: AccountView) -> list[AlertStep]:
        """Do what is due at `at_ms`: dwells, times to act, ends of snoozes, forecasts."""
        return self._look(view, at_ms, "due")

    def command(self, command: Command, view: AccountView) -> list[AlertStep]:
        """Do what a person commands, at the view's instant; the person's own clock decides nothing.

        Raises:
            InvalidCommand: when it does not fit the account's cases; the state is unchanged.
        """
        call = self._call(view, view.as_of_ms, "command")
        try:
            obey(call, self._watched, command)
        finally:
            self._wait(view.score, self._watched)
        return call.steps

    def open_cases(self) -> tuple[OpenCase, ...]:
        """The cases that are not over, in the order of `Policy.compiled`."""
        return tuple(self._open_case(rule, state, state.case) for rule, state in self._watched if state.case)

    def open_statuses(self) -> tuple[tuple[str, CaseStatus], ...]:
        """The rules and statuses of the same, which cost nothing."""
        kept = [(rule.name, state, state.case) for rule, state in self._watched if state.case is not None]
        return tuple([(name, shown_status(self._state, state, case, case.since_ms)) for name, state, case in kept])

    @property
    def counts(self) -> tuple[int, int]:
        """How many steps and how many cases there were, over all time."""
        return self._state.records, self._state.cases

    def snapshot(self) -> bytes:
        """The whole state; b"" before the first judgement."""
        return packed(self._state)

    def unrecorded(self) -> Unrecorded | None:
        """What is kept, without what others record of looks since `tracks` was called; None when that was None."""
        if (tracks := self._tracks) is None:
            return None
        tracked, bounded = self._recording()
        cuts: dict[str, tuple[int, Sequence[float]]] = {rule.key: (-1, rule.bounds) for rule, _ in bounded}
        cuts.update({rule.key: (number, ()) for number, (rule, _) in enumerate(tracked)})
        snapshot, places = packed_but(self._state, cuts)
        return Unrecorded(tracks.due_ms, snapshot, [Cut(at, *cuts[key]) for at, key in places])

    def tracks(self, score: float, *, may_be_warming: bool) -> Tracks | None:
        """What looks do from now on, so that others may make them: see `tracks_of`. None when they may not."""
        self._tracks = self._tracked = None
        if self._state.mark == self._policy.mark:
            self._tracks = tracks_of(self._policy, self._waiting, self._rest, score, may_be_warming=may_be_warming)
        return self._tracks

    def recorded(self, score: float, memories: Sequence[Sequence[int]]) -> None:
        """Adopt the score of the last of the looks that others have made since `tracks` was called, and what the tracks
        were after it."""
        tracks = self._tracks
        assert tracks is not None
        tracked, bounded = self._recording()
        low, high, due = tracks.low, tracks.high, tracks.due_ms
        for rule, state in bounded:
            rule.note_score(state, score)
            least, most = rule.band(state)
            low, high = max(low, least), min(high, most)
        for (rule, state), memory in zip(tracked, memories, strict=True):
            state.memory = list(memory)
            least, most = rule.band(state)
            low, high, due = max(low, least), min(high, most), min(due, rule.due_ms(state))
        self._call_at((low, high), due)

    def _recording(self) -> tuple[Watched, Watched]:
        if self._tracked is None:
            tracked = [pair for pair in self._waiting if pair[0].track(pair[1]) is not None]
            self._tracked = tracked, [pair for pair in self._waiting if pair[0].bounds]
        return self._tracked

    def _look(self, view: AccountView, at_ms: int, kind: str) -> list[AlertStep]:
        call = self._call(view, at_ms, kind)
        look = unknown = call.look
        if self._state.mark != self._policy.mark:
            is_new = not has_past(call)
            unknown = adopt(call, self._watched)
            if not is_new:
                self._waiting = _without_idle(self._watched)
        end_snoozes(call, self._watched)
        followed = self._with_held(look.held_rules) if look.held_rules else self._waiting
        for rule, state in followed:
            call.look = look if rule.knows_before else unknown
            follow(call, rule, state)
        self._wait(look.score, followed)
        return call.steps

    def _with_held(self, held_rules: frozenset[str]) -> Watched:
        return [pair for pair in self._watched if pair[0].name in held_rules or not waits_for_nothing(*pair)]

    def _call(self, view: AccountView, at_ms: int, kind: str) -> Call:
        quiet = kind if kind in NEVER_PAGES else "rule_changed" if kind == "rules" else ""
        is_over = view.is_outage_over
        return Call(
            self._policy,
            self._state,
            Look(view, at_ms, kind, quiet, bool(view.outage) and not is_over, is_over, view.score, view.held_rules),
        )

    def _wait(self, score: float | None, of: Watched) -> None:
        """Work out when to be called next: the band is what all rules allow, the due time the earliest. `score` is that
        of the account, None when there is none or it is not known. `of` has all rules that may wait for something."""
        self._waiting = _without_idle(of)
        (low, high, due), self._rest = waits_of(self._policy, self._state, self._waiting, score)
        self._call_at((low, high), due)

    def _call_at(self, band: Band, due_ms: int) -> None:
        self.band = band if band[0] < band[1] else NONE
        self.next_due_ms = due_ms

    def _open_case(self, rule: AnyRule, state: RuleState, case: Case) -> OpenCase:
        mute = muted(self._state, state, case.since_ms)
        until = case.escalate_ms if mute is None else mute.until_ms
        playbook = rule.rule.playbook or self._policy.rules.header.playbook
        return OpenCase(
            id=case.id,
            rule=rule.name,
            severity=case.severity,
            status=shown_status(self._state, state, case, case.since_ms),
            opened_at=rfc3339(case.opened_ms),
            since=rfc3339(case.since_ms),
            words=case.words,
            assignee=case.assignee,
            by=case.by if mute is None else mute.by,
            until=rfc3339(until) if until else "",
            action=rule.rule.action,
            playbook=link(playbook, case.account_id, rule.name),
        )


def _without_idle(watched: Watched) -> Watched:
    return [pair for pair in watched if not waits_for_nothing(*pair)]
