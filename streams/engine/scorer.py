"""Scoring the accounts of a partition: their evaluations, baselines, snapshots and transitions.

No I/O and no clock. Holds the inputs of an evaluation that are not the account's state: the plan, the cohort norm, and
which signals are warming up after a model change.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from alerts.lifecycle.policy import Policy
from alerts.lifecycle.scored_view import Change
from alerts.notification import Notification
from alerts.transition import NamedEvent, account_now, cause_in_words, notification_of, transition_of, with_event
from scoring.explain.cause import override_cause
from scoring.explain.snapshot import content_of, position_of
from scoring.result import ShadowScore
from scoring.state.account import Account
from streams.changelog.record_types import PartitionRecord, ShadowBaseline
from streams.engine.answer_parts import Answer, NormParts, norm_parts
from streams.engine.folds import native_flush
from streams.engine.folds.fold import Fold
from streams.engine.folds.native_loop import NativeLoop
from streams.engine.ledger import Ledger, standing_tier
from streams.engine.sent_sources import SentSources
from streams.engine.stored_account import StoredAccount
from streams.engine.warmup import SignalWarmup

NOTHING_STALE: Mapping[str, str] = {}
BACKFILL = "backfill"
"""The cause under which transitions that are not notified are counted."""


class Transition(NamedTuple):
    """A change of tier, and its notification; None when nobody is notified."""

    change: Change
    notification: Notification | None


class Scorer:
    """Evaluates the accounts of a partition. Mutable; owned by a `Partition`."""

    def __init__(self, number: int, fold: Fold, policy: Policy) -> None:
        plan = fold.plan
        self.number = number
        self.fold = fold
        self.plan = plan
        self.policy = policy
        self.norm: dict[str, float] = {}
        self.norm_as_of_ms = 0
        self.warmup = SignalWarmup(plan)
        self.transitions: Counter[tuple[str, str, str]] = Counter()
        self.shadow_transitions: Counter[tuple[str, str, str]] = Counter()
        self.ledger = Ledger(plan)
        self.sources = SentSources(plan)
        self._norm_parts: NormParts | None = None
        self._has_mrr = "mrr" in plan.primary.signals
        self._standing_numbers = {standing.name: number for number, standing in enumerate(plan.primary.standings)}
        self._shadow_names = [f"{view.model.name}@{view.model.version}" for view in plan.shadows]

    def rescore(
        self,
        stored: StoredAccount,
        account: Account,
        kind: str,
        *,
        event: NamedEvent | None = None,
        offset: int = -1,
        author: str = "",
        is_told: bool = True,
    ) -> Transition | None:
        """Score again; returns the change of tier, if it is one. `kind` is the kind of cause, `author` who ended
        an override. Without `is_told` a transition moves the baseline and is counted as "backfill", without a
        notification or a sequence number."""
        plan = self.plan
        judged = stored.evaluation = stored.scores.refresh(plan.primary, account, self.norm)
        reading = self.fold.reading(account)
        if plan.norms.sources:
            self.sources.note(reading)
        if plan.shadows:
            self._rescore_shadows(stored, account)
        standing = -1 if judged is not None else self._standing_numbers.get(reading.standing(), -1)
        tier = judged.tier if judged is not None else standing_tier(standing)
        if stored.override is not None:
            tier = plan.primary.tier_of(stored.override.score)
        self.ledger.note(stored, tier, (reading.number("mrr") or 0.0) if self._has_mrr else 0.0)
        if standing >= 0:
            # Nobody is alerted, not even of an override, and the first score afterwards is a new baseline.
            stored.clear_baseline()
            return None
        if tier < 0:
            # The last known tier stays: once there is evidence again, the next transition is measured from it.
            return None
        name = plan.primary.tier_names[tier]
        if not stored.baseline_tier or name == stored.baseline_tier:
            stored.set_baseline(name, judged)
            return None
        explained = self.fold.explained(account, stored.scores)
        before, told_override = stored.baseline(plan, explained.points), stored.told_override
        stored.set_baseline(name, judged)
        after = stored.baseline(plan, explained.points)
        if before is None or after is None:
            raise AssertionError("an account in a tier has a baseline")
        if kind == "override":
            cause = override_cause(stored.override, told_override, author)
        else:
            cause = explained.cause(judged, self.norm, kind, before.points, after.points)
        if event is not None:
            cause = with_event(cause, event, self.number, offset)
        stored.last_transition = transition_of(plan, reading, before, after, cause)
        self.transitions[before.tier, after.tier, kind if is_told else BACKFILL] += 1
        if not is_told:
            return Transition(Change(before, after, cause), None)
        stored.sequence += 1
        now = account_now(plan, stored.account_id, reading, judged, self.norm)
        words = cause_in_words(plan, cause)
        notification = notification_of(plan, now, stored.sequence, before, after, words)
        return Transition(Change(before, after, cause, words), notification)

    def answers(
        self, taken: Sequence[StoredAccount], stale: Mapping[str, str], epoch: int, loop: NativeLoop | None
    ) -> list[tuple[bytes, bytes] | None]:
        """The answers about these accounts, as `Answer`, None of one that says what the last one did. `loop` is what
        they may have entered; see `content` for `stale`."""
        found: list[tuple[bytes, bytes] | None] = []
        for stored, made in zip(taken, self._made_natively(taken, epoch, loop), strict=True):
            if made is None:
                content = self.content(stored, stale)
                is_new = content != stored.answered
                found.append(Answer(content, self.snapshot(stored, content, epoch)) if is_new else None)
            else:
                found.append(None if made is True else made)
        return found

    def _made_natively(
        self, taken: Sequence[StoredAccount], epoch: int, loop: NativeLoop | None
    ) -> Sequence[native_flush.Found]:
        """None of those that Python has to make."""
        if loop is None:
            return [None] * len(taken)
        warming: set[str] = set()
        if self.warmup.warming_signals:
            readings = [(stored.account_id, self.fold.reading(stored.read(self.fold))) for stored in taken]
            warming.update([account_id for account_id, reading in readings if self.warmup.warming(reading)])
        norm = self._norm_parts = norm_parts(self._norm_parts, self.plan, self.norm, self.norm_as_of_ms)
        return native_flush.answers(loop, taken, warming, norm, self.policy, epoch)

    def content(self, stored: StoredAccount, stale: Mapping[str, str] = NOTHING_STALE) -> bytes:
        """The content of the account's score snapshot, as JSON: it is sent when this changes. `stale` are the feeds
        that have stopped: for an account of which something is frozen."""
        account = stored.read(self.fold)
        reading = self.fold.reading(account)
        content = content_of(
            self.plan,
            stored.account_id,
            reading,
            stored.scores.refresh(self.plan.primary, account, self.norm),
            self.norm,
            override=stored.override,
            warming=self.warmup.warming(reading) if self.warmup.warming_signals else (),
            shadows=tuple(self._shadow_scores(stored, account)) if self.plan.shadows else (),
            last_transition=stored.last_transition,
            forecast=stored.forecast,
            stale=stale if stale and stored.frozen is not None else NOTHING_STALE,
            cases=stored.open_cases(self.policy),
        )
        return msgspec.json.encode(content)

    def snapshot(self, stored: StoredAccount, content: bytes, epoch: int) -> bytes:
        """The message on `scores` that holds this content: a `ScoreSnapshot`."""
        position = position_of(
            self.plan,
            stored.read(self.fold).as_of_ms,
            epoch,
            stored.version,
            norm_ms=self.norm_as_of_ms,
            applied=tuple(stored.applied_offsets),
        )
        return b"%b,%b" % (content[:-1], msgspec.json.encode(position)[1:])

    def take_norm(self, instant_ms: int, norm: dict[str, float]) -> bool:
        """Use this cohort norm from now on. True when it differs in what the models judge by: then the caller rescores
        the accounts. Else the norm before stays, the same object, since evaluations are cached by it."""
        plan, before = self.plan, self.norm
        is_other = any(norm.get(name) != before.get(name) for name in plan.norms.compared) or any(
            norm.get(name, 0.0) != before.get(name, 0.0) for name in plan.norms.sources
        )
        self.norm_as_of_ms = instant_ms
        if is_other or any(name not in before for name in plan.norm_signals):
            self.norm = norm
            self.sources.take_norm(norm)
        return is_other

    def has_norm(self) -> bool:
        """Whether the norm has every signal that the models need, and some value to compare with is not zero."""
        plan, norm = self.plan, self.norm
        if any(name not in norm for name in plan.norm_signals):
            return False
        return not plan.norms.compared or any(norm[name] for name in plan.norms.compared)

    def adopt_record(self, own: PartitionRecord) -> None:
        """Adopt the norm and the retention from a partition's record.

        The norm of a signal whose definition changed under the same name is dropped.
        """
        norm_of = self.plan.norm_meanings
        norm = {name: value for name, value in own.norm.items() if own.norm_meanings.get(name) == norm_of.get(name)}
        self.take_norm(own.norm_as_of_ms, norm)
        self.warmup.adopt_kept(own.kept, own.as_of_ms)

    def _rescore_shadows(self, stored: StoredAccount, account: Account) -> None:
        for name, view in zip(self._shadow_names, self.plan.shadows, strict=True):
            judged = stored.scores.refresh(view, account, self.norm)
            held = stored.shadows.get(name)
            if judged is None:
                if held is not None and held.tier and self.fold.standing_of(account, view):
                    stored.shadows[name] = ShadowBaseline("", held.transitions)
                continue
            tier = view.tier_names[judged.tier]
            if held is None or not held.tier:
                stored.shadows[name] = ShadowBaseline(tier, held.transitions if held is not None else 0)
            elif held.tier != tier:
                stored.shadows[name] = ShadowBaseline(tier, held.transitions + 1)
                self.shadow_transitions[name, held.tier, tier] += 1

    def _shadow_scores(self, stored: StoredAccount, account: Account) -> Iterable[ShadowScore]:
        for name, view in zip(self._shadow_names, self.plan.shadows, strict=True):
            judged = stored.scores.refresh(view, account, self.norm)
            held = stored.shadows.get(name)
            yield ShadowScore(
                model=view.model.name,
                model_version=view.model.version,
                score=None if judged is None else judged.value,
                tier="" if judged is None else view.tier_names[judged.tier],
                transitions=held.transitions if held is not None else 0,
            )
