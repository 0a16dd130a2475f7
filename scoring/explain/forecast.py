"""What comes next for an account: the change of tier that silence alone brings, and what would lift it a tier up.

Both try things on a fork of the account's state, under the cohort norm of now. The first jumps from one instant at
which something changes by itself to the next; nothing is done for the time between them. See
`scoring.explain.counterfactuals` for what may be changed.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from scoring.explain.cause import cause_of
from scoring.explain.counterfactuals import Adjustment, adjustments_of, apply_adjustment
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
"""No window reaches further: after so many days of silence nothing changes any more."""
PAIRED_MAX = 4
"""Levers that are tried in pairs: those that lift the score most."""
STEPS = (1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144)


def forecast_of(plan: Plan, account: Account, scores: ScoreCache, norm: CohortNorm) -> Forecast:
    """The account's forecast at its instant. Costs milliseconds: a busy account changes by itself a thousand times."""
    judged = scores.refresh(plan.primary, account, norm)
    return Forecast(
        horizon_days=HORIZON_DAYS,
        next_tier=None if judged is None else tier_forecast_of(plan, account, scores, norm, judged),
        improvements=() if judged is None else improvements_of(plan, account, scores, norm, judged),
    )


def tier_forecast_of(
    plan: Plan, account: Account, scores: ScoreCache, norm: CohortNorm, judged: Evaluation
) -> TierForecast | None:
    """The first change of tier if nothing more arrives; None when there is none within `HORIZON_DAYS`."""
    copy, scores = fork(plan, account), scores.copy()
    until_ms = account.as_of_ms + HORIZON_DAYS * DAY_MS
    last = judged
    while copy.next_due < FAR and (due_ms := copy.next_due * plan.resolution_ms) <= until_ms:
        advance(plan, copy, due_ms)
        now = scores.refresh(plan.primary, copy, norm)
        if now is None:
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
    """The smallest change of one signal that lifts the account a tier up, and of two; those that there are.

    Smallest: with one less of it, the account stays where it is.
    """
    if judged.tier == len(plan.primary.tier_names) - 1:
        return ()
    search = _Search(plan, account, scores, norm, judged)
    adjustments = adjustments_of(plan, account, judged)
    singles = [(number, adjustment) for adjustment in adjustments if (number := search.least(adjustment, ()))]
    improvements = [search.improvement([single]) for single in sorted(singles, key=lambda single: single[0])]
    pair = search.least_pair(adjustments)
    return (*improvements[:PAIRED_MAX], *([search.improvement(pair)] if pair else []))


class _Search:
    """Tries levers on forks of one account."""

    def __init__(self, plan: Plan, account: Account, scores: ScoreCache, norm: CohortNorm, judged: Evaluation) -> None:
        self._plan = plan
        self._account = account
        self._scores = scores
        self._norm = norm
        self._evaluation = judged

    def after(self, applied: Sequence[tuple[int, Adjustment]]) -> Evaluation | None:
        """The score when so many of each lever have happened."""
        copy = fork(self._plan, self._account)
        for number, adjustment in applied:
            apply_adjustment(self._plan, copy, adjustment, number)
        return self._scores.copy().refresh(self._plan.primary, copy, self._norm)

    def lifts(self, applied: Sequence[tuple[int, Adjustment]]) -> bool:
        """Whether that reaches a higher tier."""
        judged = self.after(applied)
        return judged is not None and judged.tier > self._evaluation.tier

    def least(self, adjustment: Adjustment, others: Sequence[tuple[int, Adjustment]]) -> int:
        """The least number of a lever that lifts, beside others; 0 when none does. With one less it does not."""
        low, high = adjustment.least - 1, adjustment.least
        if adjustment.is_value and self.lifts([*others, (low, adjustment)]):
            return 0  # the event itself lifts, whatever the value
        while not self.lifts([*others, (high, adjustment)]):
            if high >= adjustment.most:
                return 0
            low, high = high, min(adjustment.most, 2 * high if high > 0 else high + 1)
        while high - low > 1:
            middle = (low + high) // 2
            if self.lifts([*others, (middle, adjustment)]):
                high = middle
            else:
                low = middle
        return high

    def least_pair(self, adjustments: Sequence[Adjustment]) -> list[tuple[int, Adjustment]]:
        """Two levers that lift together, by few of both: one less of either does not; empty when no two do."""
        best: list[tuple[int, Adjustment]] = []
        for one, other in itertools.combinations(self._most_helpful(adjustments), 2):
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

    def improvement(self, applied: Sequence[tuple[int, Adjustment]]) -> Improvement:
        """The improvement by levers that lift."""
        judged = self.after(applied)
        levers = tuple(adjustment.lever_of(number) for number, adjustment in applied)
        tier = self._plan.primary.tier_names[judged.tier] if judged is not None else ""
        return Improvement(levers=levers, tier=tier)

    def _most_helpful(self, adjustments: Sequence[Adjustment]) -> list[Adjustment]:
        """The levers that lift the score most by a few of each."""
        gains = []
        for index, adjustment in enumerate(adjustments):
            judged = self.after([(min(adjustment.most, max(adjustment.least, 5)), adjustment)])
            if judged is not None and judged.value > self._evaluation.value:
                gains.append((-judged.value, index))
        return [adjustments[index] for _, index in sorted(gains)[:PAIRED_MAX]]

    def _is_tight(self, pair: Sequence[tuple[int, Adjustment]]) -> bool:
        """Whether neither can be left out, and one less of either does not lift."""
        for index, (number, adjustment) in enumerate(pair):
            rest = [each for place, each in enumerate(pair) if place != index]
            less = [*rest, (number - 1, adjustment)] if number > adjustment.least or adjustment.is_value else rest
            if number < adjustment.least or self.lifts(less) or self.lifts(rest):
                return False
        return True
