"""An account under a small model, folded for real. Signals here are mostly latest values, so that a case says what they
are: `Seen(components, sent(x=4))` is an account whose `x` was last sent as 4."""

from __future__ import annotations

from typing import Any

from scoring.fold.fold import advance, apply
from scoring.plan.plan import Plan
from scoring.plan.score_cache import ScoreCache
from scoring.plan.score_plan import Evaluation
from scoring.result import Explanation
from scoring.state.account import Account
from tests.builders import Sent, a_model, at_ms, usage
from tests.support.explained import explained

NOON = at_ms("2026-03-01T12:00Z")
DAY = 86_400_000
Table = dict[str, Any]
NUMBERS = {name: {"kind": "last", "property": name} for name in ("x", "y", "z")}
TEXT = {"kind": "last", "property": "text", "type": "text"}
SIGNALS: dict[str, Table] = {
    **NUMBERS,
    "text": TEXT,
    "age": {"kind": "age"},
    "since": {"kind": "since_last", "events": ["check"]},
}


class Seen:
    """An account that saw these events, judged at noon; `to` moves the instant."""

    def __init__(self, components: dict[str, Table], *sent: Sent, signals: dict[str, Table] = SIGNALS, **more: Any):
        self.plan = Plan(a_model(signals, components, **more))
        self.account = Account(self.plan.sizes, NOON)
        self.scores = ScoreCache(self.plan.score_plans)
        for each in sent:
            apply(self.plan, self.account, self.plan.decoder.decode(each.topic, each.value, 0, 1 << 50), NOON)

    def to(self, as_of_ms: int) -> Seen:
        advance(self.plan, self.account, as_of_ms)
        return self

    def judgement(self, name: str = "it", norm: dict[str, float] | None = None) -> float | None:
        judged = self.plan.primary.evaluate(self.account, norm or {}).judgements
        return judged[[component.name for component in self.plan.primary.components].index(name)]

    @property
    def score(self) -> Evaluation:
        """Worked out anew, and the same as what is kept up to date."""
        score = self.plan.primary.score(self.account, {})
        assert score == self.scores.refresh(self.plan.primary, self.account, {})
        assert score is not None
        return score

    @property
    def explained(self) -> Explanation:
        return explained(self.plan, self.account)


def sent(**values: Any) -> Sent:
    """An event that sets latest values."""
    return usage(at=NOON, **values)
