"""The accounts of a partition that need a new forecast. That takes long beside an event, so it is done when idle.

An answer is sent at once, without a forecast or with one that is still valid; another follows once it is computed.
"""

from __future__ import annotations

from collections.abc import Mapping

from scoring.plan.components.base import CohortNorm
from scoring.state.account import Account
from streams.engine.folds.fold import Fold
from streams.engine.stored_account import StoredAccount


class ForecastQueue:
    """Mutable; owned by a `Partition`."""

    def __init__(self, fold: Fold) -> None:
        self._fold = fold
        self._wanted: dict[str, None] = {}
        """The ids of accounts, in order."""
        self.removals = 0
        """How often accounts were removed. While it stands, an account that needs a new one need not be noted again."""

    def touched(self, stored: StoredAccount, account: Account, kind: str) -> None:
        """Note that an account was scored again, for a cause of this kind. Keeps a forecast after a mere expiry, until
        its change of tier is due; drops it after anything that it could not predict."""
        forecast = stored.forecast
        was_foreseen = kind == "expiry" and forecast is not None
        if was_foreseen and forecast and (forecast.next_tier is None or forecast.next_tier.at_ms > account.as_of_ms):
            return
        self.needs_new(stored)

    def needs_new(self, stored: StoredAccount) -> None:
        """Drop the account's forecast, because of something that it could not predict."""
        stored.forecast = None
        self._wanted[stored.account_id] = None

    def drop(self, account_id: str) -> None:
        """Compute no forecast for an account that was forgotten."""
        self.removals += 1
        self._wanted.pop(account_id, None)

    def work_one(self, accounts: Mapping[str, StoredAccount], norm: CohortNorm) -> StoredAccount | None:
        """Compute the forecast of the account that has waited longest; None when none waits."""
        if not self._wanted:
            return None
        self.removals += 1
        account_id = next(iter(self._wanted))
        del self._wanted[account_id]
        stored = accounts[account_id]
        account = stored.read(self._fold)
        stored.forecast = self._fold.forecast(account, stored.scores, norm)
        return stored
