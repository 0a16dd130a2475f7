"""Judging the accounts of a partition: their scores, standings and answers, and the changes of tier they come to.

Pure of I/O and of any clock. What an account is judged by beside its own state is here: the plan, the cohort norm, and
which signals a changed model has only begun to keep.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from alerts.notification import Cause, Notification
from alerts.transition import notification_of
from scoring.account import Account
from scoring.events import Event
from scoring.explain import answer_of, event_words, expiry_words, model_words, norm_words
from scoring.health import Answer, Override, ShadowScore, Standing, Warming
from scoring.instants import DAY_MS, day_words, rfc3339
from scoring.plan import Plan
from scoring.signals import Fact
from streams.entry import Entry
from streams.records import ShadowStanding

EVENT_ID_SHOWN_CHARACTERS = 200
LATEST_VALUE_MS = 0
"""How long a latest value must have been kept to be known: it is known with the next event that has it."""

TOLD = {"norm": norm_words, "model": model_words, "expiry": expiry_words}


class Beginner(msgspec.Struct, frozen=True):
    """A signal that has been kept only `since_ms`, and knows all from `until_ms` on (0: with the next event)."""

    signal: str
    since_ms: int
    until_ms: int


class Judging:
    """What turns states into scores. Mutable; owned by a `Partition`."""

    def __init__(self, number: int, plan: Plan) -> None:
        self.number = number
        self.plan = plan
        self.maxima: dict[str, float] = {}
        self.norm_instant_ms = 0
        self.kept_since: dict[int, int] = dict.fromkeys(plan.identities, 0)
        self.transitions: Counter[tuple[str, str, str]] = Counter()
        self.shadow_transitions: Counter[tuple[str, str, str]] = Counter()
        self.tier_accounts = [0] * len(plan.live.tier_names)
        self.tier_mrr = [0.0] * len(plan.live.tier_names)
        self._beginners: tuple[Beginner, ...] = ()
        self._mrr = plan.live.signals.get("mrr")
        self._shadow_names = [f"{view.model.name}@{view.model.version}" for view in plan.shadows]

    def rescore(
        self, entry: Entry, account: Account, fence: int, kind: str, event: Event | None = None, offset: int = -1
    ) -> Notification | None:
        """Score again; the notification when the tier changed. `kind` is that of its cause."""
        plan = self.plan
        judged = plan.live.refresh(account, self.maxima)
        if plan.shadows:
            self._rescore_shadows(entry, account)
        override = entry.override
        if override is not None:
            tier = plan.live.tier_of(override.score)
        elif judged is not None:
            tier = judged.tier
        else:
            tier = -1
        mrr = (self._mrr.number(account) or 0.0) if self._mrr is not None else 0.0
        self.gauge(entry, tier, mrr)
        if tier < 0:
            # The last known tier stays: when there is evidence again, the next transition begins from it.
            return None
        name = plan.live.tier_names[tier]
        if not entry.standing_tier or name == entry.standing_tier:
            entry.stand(name, judged)
            return None
        before = entry.standing(plan)
        told_override = entry.told_override
        entry.stand(name, judged)
        after = entry.standing(plan)
        if before is None or after is None:
            raise AssertionError("an account in a tier has a standing")
        cause = self._cause(entry, account, kind, event, offset, before, after, told_override)
        entry.sequence += 1
        answer = self.answer(entry, fence)
        notification = notification_of(plan, answer, entry.sequence, before, after, cause)
        self.transitions[notification.from_tier, notification.to_tier, cause.kind] += 1
        return notification

    def answer(self, entry: Entry, fence: int) -> Answer:
        """The whole current answer for an account; its outlook is left out."""
        account = entry.load(self.plan)
        return answer_of(
            self.plan,
            entry.account_id,
            account,
            self.maxima,
            fence,
            entry.version,
            override=entry.override,
            warming=self._warming(account) if self._beginners else (),
            shadows=tuple(self._shadow_scores(entry, account)) if self.plan.shadows else (),
            norm_ms=self.norm_instant_ms,
            applied=tuple(entry.watermarks),
        )

    def take_norm(self, instant_ms: int, maxima: dict[str, float]) -> None:
        """A cohort norm to judge by from now on; the accounts are still to be rescored."""
        self.norm_instant_ms, self.maxima = instant_ms, maxima

    def has_norm(self) -> bool:
        """Whether the norm knows all that the models ask, and somebody in it has anything."""
        return any(self.maxima.values()) and all(name in self.maxima for name in self.plan.norm_signals)

    def keep_since(self, kept_since: dict[int, int], instant_ms: int) -> None:
        """Take over since when each thing has been kept; what is not among them is kept since `instant_ms`.

        A norm of a signal that was another one under the same name is forgotten.
        """
        plan = self.plan
        strangers = {
            name for name, signal in plan.norm_signals.items() if not plan.identities_of(signal) <= kept_since.keys()
        }
        self.maxima = {name: value for name, value in self.maxima.items() if name not in strangers}
        self.kept_since = {identity: kept_since.get(identity, instant_ms) for identity in plan.identities}
        self._beginners = tuple(self._find_beginners())

    def gauge(self, entry: Entry, tier: int, mrr: float) -> None:
        """Keep the gauges: how many accounts, and how much MRR, stand in each tier."""
        if tier == entry.tier and mrr == entry.mrr:
            return
        if entry.tier >= 0:
            self.tier_accounts[entry.tier] -= 1
            self.tier_mrr[entry.tier] -= entry.mrr
        entry.tier, entry.mrr = tier, mrr
        if entry.tier >= 0:
            self.tier_accounts[entry.tier] += 1
            self.tier_mrr[entry.tier] += mrr

    def _cause(
        self,
        entry: Entry,
        account: Account,
        kind: str,
        event: Event | None,
        offset: int,
        before: Standing,
        after: Standing,
        told_override: Override | None,
    ) -> Cause:
        if kind == "override":
            return Cause(kind=kind, words=_override_words(entry.override, told_override))
        if event is None:
            said = TOLD[kind]
            return Cause(kind=kind, words=said(self.plan, account, self.maxima, before.points, after.points))
        return Cause(
            kind=kind,
            words=event_words(self.plan, account, self.maxima, event.name, before.points, after.points),
            topic=event.topic,
            partition=self.number,
            offset=offset,
            event=event.name,
            event_id=event.event_id[:EVENT_ID_SHOWN_CHARACTERS],
        )

    def _rescore_shadows(self, entry: Entry, account: Account) -> None:
        for name, view in zip(self._shadow_names, self.plan.shadows, strict=True):
            judged = view.refresh(account, self.maxima)
            if judged is None:
                continue
            tier = view.tier_names[judged.tier]
            held = entry.shadows.get(name)
            if held is None or not held.tier:
                entry.shadows[name] = ShadowStanding(tier, 0)
            elif held.tier != tier:
                entry.shadows[name] = ShadowStanding(tier, held.transitions + 1)
                self.shadow_transitions[name, held.tier, tier] += 1

    def _shadow_scores(self, entry: Entry, account: Account) -> Iterable[ShadowScore]:
        for name, view in zip(self._shadow_names, self.plan.shadows, strict=True):
            judged = view.refresh(account, self.maxima)
            held = entry.shadows.get(name)
            yield ShadowScore(
                model=view.model.name,
                model_version=view.model.version,
                score=None if judged is None else judged.value,
                tier="" if judged is None else view.tier_names[judged.tier],
                transitions=held.transitions if held is not None else 0,
            )

    def _find_beginners(self) -> Iterable[Beginner]:
        for name, signal in self.plan.live.signals.items():
            identities = self.plan.identities_of(signal)
            since_ms = max((self.kept_since[identity] for identity in identities), default=0)
            if since_ms:
                reach_ms = max(self.plan.identities[identity] for identity in identities)
                # The bucket in which it began is known by half.
                until_ms = since_ms + reach_ms + self.plan.resolution_ms if reach_ms > LATEST_VALUE_MS else 0
                yield Beginner(name, since_ms, until_ms)

    def _warming(self, account: Account) -> tuple[Warming, ...]:
        """The signals that do not know yet what happened to this account before they were kept."""
        warming = []
        for each in self._beginners:
            if account.first_ms >= each.since_ms:
                continue
            if each.until_ms > account.as_of_ms:
                warming.append(Warming(signal=each.signal, until=rfc3339(each.until_ms)))
            elif not each.until_ms and not _is_known(self.plan.live.signals[each.signal].fact(account)):
                warming.append(Warming(signal=each.signal, until=""))
        return tuple(warming)


def _is_known(fact: Fact) -> bool:
    return bool(fact) or fact == 0.0


def _override_words(override: Override | None, told: Override | None) -> str:
    if override is not None:
        until = f"{day_words(override.until_ms // DAY_MS)}"
        return f"{override.author} set the score to {override.score:g} until {until}: {override.reason}"
    if told is not None:
        return f"the score that {told.author} had set to {told.score:g} ({told.reason}) holds no longer"
    return "a person set the score"
