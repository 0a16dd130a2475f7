"""What comes next for an account: the change of tier that silence alone brings, and what would lift it a tier up.

Both try things on a fork of the account's state, under the cohort norm of now. The first jumps from one instant at
which something changes by itself to the next; nothing is done for the time between them. See
`scoring.explain.counterfactuals` for what may be changed.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import msgspec

from scoring.explain.counterfactuals import Hold, holds_of, pull
from scoring.explain.explanation import expiry_words
from scoring.fold.fold import advance
from scoring.fold.fork import fork
from scoring.instants import DAY_MS, FAR, rfc3339
from scoring.plan.components.base import Maxima
from scoring.plan.plan import Plan
from scoring.plan.score_cache import ScoreCache
from scoring.plan.score_plan import Evaluation
from scoring.result import Forecast, Improvement, Lever, TierForecast
from scoring.state.account import Account

HORIZON_DAYS = 400
"""No window reaches further: after so many days of silence nothing changes any more."""
PAIRED_MAX = 4
"""Levers that are tried in pairs: those that lift the score most."""
STEPS = (1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144)


def forecast_of(plan: Plan, account: Account, scores: ScoreCache, maxima: Maxima) -> Forecast:
    """The account's forecast at its instant. Costs milliseconds: a busy account changes by itself a thousand times."""
    judged = scores.refresh(plan.primary, account, maxima)
    return Forecast(
        as_of_ms=account.as_of_ms,
        horizon_days=HORIZON_DAYS,
        next_tier=None if judged is None else tier_forecast_of(plan, account, scores, maxima, judged),
        improvements=() if judged is None else improvements_of(plan, account, scores, maxima, judged),
    )


def tier_forecast_of(
    plan: Plan, account: Account, scores: ScoreCache, maxima: Maxima, judged: Evaluation
) -> TierForecast | None:
    """The first change of tier if nothing more arrives; None when there is none within `HORIZON_DAYS`."""
    copy, scores = fork(plan, account), scores.copy()
    until_ms = account.as_of_ms + HORIZON_DAYS * DAY_MS
    last = judged
    while copy.next_due < FAR and (due_ms := copy.next_due * plan.resolution_ms) <= until_ms:
        advance(plan, copy, due_ms)
        now = scores.refresh(plan.primary, copy, maxima)
        if now is None:
            continue
        if now.tier != judged.tier:
            before, after = plan.primary.points(last), plan.primary.points(now)
            return TierForecast(
                at=rfc3339(due_ms),
                at_ms=due_ms,
                tier=plan.primary.tier_names[now.tier],
                score=now.value,
                words=expiry_words(plan, copy, now, maxima, before, after),
            )
        last = now
    return None


def improvements_of(
    plan: Plan, account: Account, scores: ScoreCache, maxima: Maxima, judged: Evaluation
) -> tuple[Improvement, ...]:
    """The smallest change of one signal that lifts the account a tier up, and of two; those that there are.

    Smallest: with one less of it, the account stays where it is.
    """
    if judged.tier == len(plan.primary.tier_names) - 1:
        return ()
    search = _Search(plan, account, scores, maxima, judged)
    holds = holds_of(plan, account, judged)
    singles = [(number, hold) for hold in holds if (number := search.least(hold, ()))]
    improvements = [search.improvement([single]) for single in sorted(singles, key=lambda single: single[0])]
    pair = search.least_pair(holds)
    return (*improvements[:PAIRED_MAX], *([search.improvement(pair)] if pair else []))


class _Search:
    """Tries levers on forks of one account."""

    def __init__(self, plan: Plan, account: Account, scores: ScoreCache, maxima: Maxima, judged: Evaluation) -> None:
        self._plan = plan
        self._account = account
        self._scores = scores
        self._maxima = maxima
        self._evaluation = judged

    def after(self, pulled: Sequence[tuple[int, Hold]]) -> Evaluation | None:
        """The score when so many of each lever have happened."""
        copy = fork(self._plan, self._account)
        for number, hold in pulled:
            pull(self._plan, copy, hold, number)
        return self._scores.copy().refresh(self._plan.primary, copy, self._maxima)

    def lifts(self, pulled: Sequence[tuple[int, Hold]]) -> bool:
        """Whether that reaches a higher tier."""
        judged = self.after(pulled)
        return judged is not None and judged.tier > self._evaluation.tier

    def least(self, hold: Hold, others: Sequence[tuple[int, Hold]]) -> int:
        """The least number of a lever that lifts, beside others; 0 when none does. With one less it does not."""
        low, high = hold.least - 1, hold.least
        if hold.is_value and self.lifts([*others, (low, hold)]):
            return 0  # the event itself lifts, whatever the value
        while not self.lifts([*others, (high, hold)]):
            if high >= hold.most:
                return 0
            low, high = high, min(hold.most, 2 * high if high > 0 else high + 1)
        while high - low > 1:
            middle = (low + high) // 2
            if self.lifts([*others, (middle, hold)]):
                high = middle
            else:
                low = middle
        return high

    def least_pair(self, holds: Sequence[Hold]) -> list[tuple[int, Hold]]:
        """Two levers that lift together, by few of both: one less of either does not; empty when no two do."""
        best: list[tuple[int, Hold]] = []
        for one, other in itertools.combinations(self._most_helpful(holds), 2):
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

    def improvement(self, pulled: Sequence[tuple[int, Hold]]) -> Improvement:
        """The improvement by levers that lift, in words."""
        judged = self.after(pulled)
        levers = tuple(_lever(number, hold) for number, hold in pulled)
        tier = self._plan.primary.tier_names[judged.tier] if judged is not None else ""
        return Improvement(levers=levers, tier=tier, words=" and ".join(lever.words for lever in levers))

    def _most_helpful(self, holds: Sequence[Hold]) -> list[Hold]:
        """The levers that lift the score most by a few of each."""
        gains = []
        for index, hold in enumerate(holds):
            judged = self.after([(min(hold.most, max(hold.least, 5)), hold)])
            if judged is not None and judged.value > self._evaluation.value:
                gains.append((-judged.value, index))
        return [holds[index] for _, index in sorted(gains)[:PAIRED_MAX]]

    def _is_tight(self, pair: Sequence[tuple[int, Hold]]) -> bool:
        """Whether neither can be left out, and one less of either does not lift."""
        for index, (number, hold) in enumerate(pair):
            rest = [each for place, each in enumerate(pair) if place != index]
            less = [*rest, (number - 1, hold)] if number > hold.least or hold.is_value else rest
            if number < hold.least or self.lifts(less) or self.lifts(rest):
                return False
        return True


def _lever(number: int, hold: Hold) -> Lever:
    return msgspec.structs.replace(hold.lever, number=number, words=hold.words(number))
