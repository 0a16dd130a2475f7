"""Which accounts of a partition want a new forecast. To work one out takes milliseconds: it is done when there is time.

An answer goes out at once, with no forecast or with the one that still holds; another follows when it is worked out.
"""

from __future__ import annotations

from scoring.explain.forecast import forecast_of
from scoring.plan.components.base import CohortNorm
from scoring.plan.plan import Plan
from scoring.state.account import Account
from streams.engine.stored_account import StoredAccount


class ForecastQueue:
    """Mutable; owned by a `Partition`."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._wanted: dict[str, StoredAccount] = {}

    def touched(self, stored: StoredAccount, account: Account, kind: str) -> None:
        """An account was scored again, for a cause of this kind. What time alone does was foreseen: such a forecast
        holds on until its change of tier comes."""
        forecast = stored.forecast
        was_foreseen = kind == "expiry" and forecast is not None
        if was_foreseen and forecast and (forecast.next_tier is None or forecast.next_tier.at_ms > account.as_of_ms):
            return
        stored.forecast = None
        self._wanted[stored.account_id] = stored

    def work_one(self, norm: CohortNorm) -> StoredAccount | None:
        """Work out the forecast of the account that has waited longest; None when none waits."""
        if not self._wanted:
            return None
        account_id = next(iter(self._wanted))
        stored = self._wanted.pop(account_id)
        account = stored.hydrate(self._plan)
        stored.forecast = forecast_of(self._plan, account, stored.scores, norm)
        return stored
