"""The forecast of an account: the next tier change under silence, and what would lift it a tier.

Both run on a fork of the account's state, under the current cohort norm. The tier forecast jumps from one timer to the
next; the time between costs nothing. `scoring.explain.counterfactuals` lists what may be changed.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from scoring.explain.cause import cause_of
from scoring.explain.counterfactuals import AdjustmentKind, adjustment_kinds_of, apply_adjustment
from scoring.fold.fold import advance
from scoring.fold.fork import fork
from scoring.instants import DAY_MS, FAR, rfc3339
from scoring.plan.components.base import CohortNorm
from scoring.plan.plan import Plan
from scoring.plan.score_cache import ScoreCache
from scoring.plan.score_plan import Evaluation
from scoring.result import Forecast, Improvement, TierForecast
from scoring.state.account import Account

HORIZON_DAYS = 400
"""No window reaches further: after this many days of silence nothing changes any more."""
PAIRED_MAX = 4
"""How many adjustments are tried in pairs: those that lift the score most."""
STEPS = (1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144)


def forecast_of(plan: Plan, account: Account, scores: ScoreCache, norm: CohortNorm) -> Forecast:
    """The account's forecast at its instant. Costs milliseconds: a busy account has about a thousand timers ahead."""
    judged = scores.refresh(plan.primary, account, norm)
    return Forecast(
        horizon_days=HORIZON_DAYS,
        next_tier=None if judged is None else tier_forecast_of(plan, account, scores, norm, judged),
        improvements=() if judged is None else improvements_of(plan, account, scores, norm, judged),
    )


def tier_forecast_of(
    plan: Plan, account: Account, scores: ScoreCache, norm: CohortNorm, judged: Evaluation
) -> TierForecast | None:
    """The first change of tier if nothing more arrives; None when there is none within `HORIZON_DAYS`, or the
    account has come into a standing before."""
    copy, scores = fork(plan, account), scores.copy()
    until_ms = account.as_of_ms + HORIZON_DAYS * DAY_MS
    last = judged
    while copy.next_due < FAR and (due_ms := copy.next_due * plan.resolution_ms) <= until_ms:
        advance(plan, copy, due_ms)
        now = scores.refresh(plan.primary, copy, norm)
        if now is None:
            if plan.primary.standing_of(copy):
                return None  # a score after that is a new baseline
            continue
        if now.tier != judged.tier:
            before, after = plan.primary.points(last), plan.primary.points(now)
            return TierForecast(
                at=rfc3339(due_ms),
                at_ms=due_ms,
                tier=plan.primary.tier_names[now.tier],
                score=now.value,
                cause=cause_of(plan, copy, now, norm, "expiry", before, after),
            )
        last = now
    return None


def improvements_of(
    plan: Plan, account: Account, scores: ScoreCache, norm: CohortNorm, judged: Evaluation
) -> tuple[Improvement, ...]:
    """The smallest adjustments that lift the account one tier: single ones, then one pair. May be empty.

    Smallest: with one less, the tier stays the same.
    """
    if judged.tier == len(plan.primary.tier_names) - 1:
        return ()
    search = _Search(plan, account, scores, norm, judged)
    kinds = adjustment_kinds_of(plan, account, judged)
    singles = [(number, kind) for kind in kinds if (number := search.least(kind, ()))]
    improvements = [search.improvement([single]) for single in sorted(singles, key=lambda single: single[0])]
    pair = search.least_pair(kinds)
    return (*improvements[:PAIRED_MAX], *([search.improvement(pair)] if pair else []))


class _Search:
    """Tries adjustments on forks of one account."""

    def __init__(self, plan: Plan, account: Account, scores: ScoreCache, norm: CohortNorm, judged: Evaluation) -> None:
        self._plan = plan
        self._account = account
        self._scores = scores
        self._norm = norm
        self._evaluation = judged

    def after(self, applied: Sequence[tuple[int, AdjustmentKind]]) -> Evaluation | None:
        """The score after applying each adjustment this many times."""
        copy = fork(self._plan, self._account)
        for number, kind in applied:
            apply_adjustment(self._plan, copy, kind, number)
        return self._scores.copy().refresh(self._plan.primary, copy, self._norm)

    def lifts(self, applied: Sequence[tuple[int, AdjustmentKind]]) -> bool:
        """Whether the adjustments reach a higher tier."""
        judged = self.after(applied)
        return judged is not None and judged.tier > self._evaluation.tier

    def least(self, kind: AdjustmentKind, others: Sequence[tuple[int, AdjustmentKind]]) -> int:
        """The least number that lifts the tier, together with `others`; 0 when none does. With one less it does not."""
        low, high = kind.least - 1, kind.least
        if kind.is_value and self.lifts([*others, (low, kind)]):
            return 0  # the event itself lifts, whatever the value
        while not self.lifts([*others, (high, kind)]):
            if high >= kind.most:
                return 0
            low, high = high, min(kind.most, 2 * high if high > 0 else high + 1)
        while high - low > 1:
            middle = (low + high) // 2
            if self.lifts([*others, (middle, kind)]):
                high = middle
            else:
                low = middle
        return high

    def least_pair(self, kinds: Sequence[AdjustmentKind]) -> list[tuple[int, AdjustmentKind]]:
        """Two adjustments that lift the tier together with a small total; empty when no two do.

        With one less of either, they do not lift it.
        """
        best: list[tuple[int, AdjustmentKind]] = []
        for one, other in itertools.combinations(self._most_helpful(kinds), 2):
            for number in STEPS:
                if not one.least <= number <= one.most:
                    continue
                needed = self.least(other, [(number, one)])
                if not needed or (best and number + needed >= best[0][0] + best[1][0]):
                    continue
                least = self.least(one, [(needed, other)])
                pair = [(least, one), (needed, other)]
                if self._is_tight(pair):
                    best = pair
        return best

    def improvement(self, applied: Sequence[tuple[int, AdjustmentKind]]) -> Improvement:
        """The improvement made of these adjustments, which must lift the tier."""
        judged = self.after(applied)
        adjustments = tuple(kind.adjustment_of(number) for number, kind in applied)
        tier = self._plan.primary.tier_names[judged.tier] if judged is not None else ""
        return Improvement(adjustments=adjustments, tier=tier)

    def _most_helpful(self, kinds: Sequence[AdjustmentKind]) -> list[AdjustmentKind]:
        """The `PAIRED_MAX` adjustments that raise the score most when applied about five times."""
        gains = []
        for index, kind in enumerate(kinds):
            judged = self.after([(min(kind.most, max(kind.least, 5)), kind)])
            if judged is not None and judged.value > self._evaluation.value:
                gains.append((-judged.value, index))
        return [kinds[index] for _, index in sorted(gains)[:PAIRED_MAX]]

    def _is_tight(self, pair: Sequence[tuple[int, AdjustmentKind]]) -> bool:
        """Whether both are needed, and one less of either does not lift the tier."""
        for index, (number, kind) in enumerate(pair):
            rest = [each for place, each in enumerate(pair) if place != index]
            less = [*rest, (number - 1, kind)] if number > kind.least or kind.is_value else rest
            if number < kind.least or self.lifts(less) or self.lifts(rest):
                return False
        return True
