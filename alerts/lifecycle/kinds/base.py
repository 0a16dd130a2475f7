"""A rule compiled for a model: what all kinds have. Immutable; what changes is in `RuleState`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

from alerts.lifecycle.account_view import AccountView
from alerts.lifecycle.calendar import OpenHours
from alerts.lifecycle.cases.state import RuleState
from alerts.lifecycle.kinds.ladder import EVERY, Band
from alerts.lifecycle.kinds.track import Track
from alerts.lifecycle.schema import RuleBase
from alerts.step import Severity
from scoring.instants import DAY_MS, FAR, parse_duration

R = TypeVar("R", bound=RuleBase)


class Look(NamedTuple):
    """One look at an account: at which instant, and what kind of cause it has.

    `quiet` is the reason why what begins now opens no case ("norm", "model", "backfill", "rule_changed"), "" for none.
    `kind` is the kind of cause; `score` and `held_rules` are the view's, which works them out each time. `is_held`
    while a fleet alarm is on, `is_after_outage` when one has just ended.
    """

    view: AccountView
    at_ms: int
    kind: str
    quiet: str
    is_held: bool
    is_after_outage: bool
    score: float | None
    held_rules: frozenset[str]


class Reading(NamedTuple):
    """What a rule sees: how many of its bounds are breached now (`plain`), and where its depth goes when nothing is
    waited for: `worse` when that is deeper, else `better`. `hidden` is True when it would have fired, but for a change
    that does not count."""

    plain: int
    worse: int
    better: int
    hidden: bool = False


CALM = Reading(0, 0, 0)
HOLDS = Reading(1, 1, 1)


class CompiledRule(Generic[R]):
    """A rule with its name, durations in milliseconds, and calendar. `kind` is that of the file."""

    kind = ""
    letter = ""
    """Begins the key, so that a rule that changes its kind is another rule."""
    knows_before = False
    """Whether it can tell, at an account's first call, what held before this judgement."""

    remembers = True
    """Whether its band and what is due depend on its memory."""
    records = False
    """Whether a look that decides nothing may remember something: see `track` and `rests_within`."""
    forgets = False
    """Whether such a look may forget something: see `rests_until_ms` and `awaits_mrr`."""
    bounds: Sequence[float] = ()
    """Scores that begin or end a band, though a look there only calls `note_score`: see `rests_within`."""

    def __init__(self, name: str, rule: R, calendar: OpenHours | None) -> None:
        self.name = name
        self.rule = rule
        self.key = f"{self.letter}:{name}"
        self.dwell_ms = optional_duration(rule.dwell)
        self.exit_dwell_ms = optional_duration(rule.exit_dwell)
        self.calendar = calendar
        self.deepest = 1
        self._escalate_ms = self.open_ms(rule.escalate_after)

    def open_ms(self, duration: str) -> int:
        """A time to act; with a calendar, a day is one open day. 0 for none."""
        if self.calendar is not None and duration.endswith("d"):
            return parse_duration(duration) // DAY_MS * self.calendar.day_ms
        return optional_duration(duration)

    def deadline(self, at_ms: int, depth: int) -> int:
        """When the time to act of a case that is `depth` deep ends, counted from an instant; 0 for never."""
        open_ms = self.escalate_ms(depth)
        if not open_ms:
            return 0
        if self.calendar is None:
            return at_ms + open_ms
        due = self.calendar.add(at_ms, open_ms)
        return 0 if due == FAR else due

    def escalate_ms(self, depth: int) -> int:
        return self._escalate_ms

    def severity(self, depth: int) -> Severity | None:
        """The severity at a depth, None when the rule has nothing to say there."""
        return self.rule.severity if depth else None

    def tier(self, depth: int) -> str:
        """The tier that a depth stands for, "" when the rule is not about tiers."""
        return ""

    def read(self, state: RuleState, look: Look) -> Reading | None:
        """Look at the account, and remember what is needed. None when nothing can be said: then all stays."""
        raise NotImplementedError

    def adopt(self, state: RuleState) -> None:
        """Fit what is remembered to this rule: it may have been another one, or for other tiers, until now."""
        return

    def band(self, state: RuleState) -> Band:
        """The scores for which the rule needs no call."""
        return EVERY

    def rests_within(self, state: RuleState, score: float) -> Band:
        """The scores around `score`, which the last look read, at which a look reads the same, and remembers what
        `note_score` does."""
        return self.band(state)

    def note_score(self, state: RuleState, score: float) -> None:
        """Remember the score of a look that others have made, within `rests_within`."""
        return

    def due_ms(self, state: RuleState) -> int:
        """When the rule must look again, FAR for never."""
        return FAR

    def track(self, state: RuleState) -> Track | None:
        """What looks outside the band record, when they read what the last one read; None when they need none."""
        return None

    def rests_until_ms(self, state: RuleState) -> int:
        """The instant before which a look that reads what the last one read remembers, but for the track, what that one
        remembered. FAR for always."""
        return FAR

    def awaits_mrr(self, state: RuleState) -> bool:
        """Whether the next look remembers more if an MRR of 0 is known then."""
        return False


def optional_duration(text: str) -> int:
    """Milliseconds of a duration, 0 for ""."""
    return parse_duration(text) if text else 0
